"""The agent: thoughts and an observation, each in two words, and then the scripted answer."""

from collections.abc import AsyncIterator

from trustgraph.schema import AgentRequest, AgentResponse, Error

from ...agent import STEPS
from ...scripted import Context, Scripted


async def converse(request: AgentRequest, context: Context) -> AsyncIterator[AgentResponse]:
    """Think, look, think and answer: in pieces with their kind, or each step in a member of its own."""
    await context.script.begin()
    if not request.streaming:
        for kind, words in STEPS:
            yield AgentResponse(**{kind: "".join(words)})
        yield AgentResponse(answer=await context.script.text())
        return
    for kind, words in STEPS:
        for word in words:
            yield AgentResponse(chunk_type=kind, content=word, end_of_message=word is words[-1])
    async for piece in context.script.play():
        yield AgentResponse(chunk_type="answer", content=piece)
    yield AgentResponse(chunk_type="answer", content="", end_of_message=True, end_of_dialog=True)


def agent_failure(request: AgentRequest, message: str) -> AgentResponse:
    """The error, which in a stream also is the content of a chunk of its own kind."""
    error = Error(type="agent-error", message=message)
    if not request.streaming:
        return AgentResponse(error=error)
    return AgentResponse(
        chunk_type="error", content=message, end_of_message=True, end_of_dialog=True, error=error
    )


SERVICES = {
    "agent": Scripted(
        request=AgentRequest,
        response=AgentResponse,
        text=lambda request: request.question,
        answer=converse,
        failure=agent_failure,
    )
}
