"""The agent: thoughts and an observation, each in two words, and then the scripted answer."""

from collections.abc import AsyncIterator

from trustgraph.schema import AgentRequest, AgentResponse, Error

from ...agent import STEPS
from ...scripted import USAGE, Context, Scripted
from .common import explain

IDS = "urn:trustgraph:agent:standin/"

# For each step the name of its message, and the explanation that follows it.
DETAILS = (
    ("i1/thought", ("i1", "Analysis")),
    ("i1/observation", ("i1/observation", "Observation")),
    ("i2/thought", None),
)


async def converse(request: AgentRequest, context: Context) -> AsyncIterator[AgentResponse]:
    """Think, look, think and answer."""
    await context.script.begin()
    yield AgentResponse(content="", **explain("session", "AgentSession"))
    for (kind, words), (name, explanation) in zip(STEPS, DETAILS, strict=True):
        parts = words if request.streaming else ("".join(words),)
        for part in parts:
            yield AgentResponse(
                message_type=kind, content=part, message_id=IDS + name, end_of_message=part is parts[-1]
            )
        if explanation:
            yield AgentResponse(content="", **explain(*explanation))
    rest = ""
    if request.streaming:
        async for piece in context.script.play():
            yield AgentResponse(message_type="answer", content=piece, message_id=IDS + "final")
    else:
        rest = await context.script.text()
    yield AgentResponse(content="", **explain("final", "Conclusion"))
    yield AgentResponse(
        message_type="answer",
        content=rest,
        message_id=IDS + "final",
        end_of_message=True,
        end_of_dialog=True,
        **USAGE,
    )


def agent_failure(_: AgentRequest, message: str) -> AgentResponse:
    """The error, which also is the content of a message of its own type."""
    return AgentResponse(
        message_type="error",
        content=message,
        end_of_message=True,
        end_of_dialog=True,
        error=Error(type="agent-error", message=message),
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
