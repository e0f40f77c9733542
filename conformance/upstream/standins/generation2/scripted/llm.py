"""Text completion and prompts."""

from collections.abc import AsyncIterator

from trustgraph.schema import ModelInfo, TextCompletionRequest, TextCompletionResponse

from ...llm import complete_text, prompt, text_completion
from ...scripted import MODEL, USAGE, Context


async def complete_or_list(
    request: TextCompletionRequest, context: Context
) -> AsyncIterator[TextCompletionResponse]:
    """Complete a text, or list the one model."""
    if request.operation == "list-models":
        yield TextCompletionResponse(models=[ModelInfo(id=MODEL, name="Stand-in")], end_of_stream=True)
        return
    async for response in complete_text(request, context):
        yield response


SERVICES = {"text-completion": text_completion(complete_or_list), "prompt": prompt(USAGE)}
