"""Text completion and prompts, as both generations answer them."""

import json
from collections.abc import AsyncIterator, Mapping

from trustgraph.schema import (
    PromptRequest,
    PromptResponse,
    TextCompletionRequest,
    TextCompletionResponse,
)

from .script import ScriptedFailure
from .scripted import USAGE, Answer, Context, Scripted, fails


async def complete_text(
    request: TextCompletionRequest, context: Context
) -> AsyncIterator[TextCompletionResponse]:
    """Answer in pieces, then an empty one with the usage; or all in one."""
    rest = ""
    if request.streaming:
        async for piece in context.script.play():
            yield TextCompletionResponse(response=piece)
    else:
        rest = await context.script.text()
    yield TextCompletionResponse(response=rest, end_of_stream=True, **USAGE)


def _terms(request: PromptRequest) -> dict[str, object]:
    return {name: json.loads(value) for name, value in (request.terms or {}).items()}


def text_completion(answer: Answer = complete_text) -> Scripted:
    """Make the service for text completion.

    Args:
        answer: What it answers.
    """
    return Scripted(
        request=TextCompletionRequest,
        response=TextCompletionResponse,
        text=lambda request: request.prompt,
        answer=answer,
        failure=fails(TextCompletionResponse, "llm-error", response=None, end_of_stream=True),
    )


def prompt(usage: Mapping[str, object]) -> Scripted:
    """Make the service for prompts.

    Args:
        usage: What its last message has besides the text.
    """

    async def run_prompt(request: PromptRequest, context: Context) -> AsyncIterator[PromptResponse]:
        """Like text completion; template `object` gives an object, and template `missing` does not exist."""
        if request.id == "missing":
            raise ScriptedFailure("'missing'")
        if request.id == "object":
            await context.script.begin()
            echo = json.dumps({"id": request.id, "terms": _terms(request)})
            yield PromptResponse(text=None, object=echo, end_of_stream=True, **usage)
            return
        rest = ""
        if request.streaming:
            async for piece in context.script.play():
                yield PromptResponse(text=piece, object=None)
        else:
            rest = await context.script.text()
        yield PromptResponse(text=rest, object=None, end_of_stream=True, **usage)

    return Scripted(
        request=PromptRequest,
        response=PromptResponse,
        text=lambda request: " ".join(map(str, _terms(request).values())),
        answer=run_prompt,
        failure=fails(PromptResponse, "llm-error", text=None, object=None, end_of_stream=True),
    )
