"""What a scripted service is."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from trustgraph.schema import Error

from .records import Place, Records
from .script import Script

MODEL = "standin-model"
USAGE = {"in_token": 11, "out_token": 22, "model": MODEL}


@dataclass(frozen=True, slots=True)
class Context:
    """What a service knows besides the request."""

    script: Script
    place: Place
    records: Records


Answer = Callable[[Any, Context], AsyncIterator[Any]]


@dataclass(frozen=True, slots=True)
class Scripted:
    """One kind of service.

    Attributes:
        request: The class of its requests.
        response: The class of its responses.
        text: The text of a request that may carry directives.
        answer: Yields the responses to a request.
        failure: The response that reports an error, from the request and the error's text.
    """

    request: type
    response: type
    text: Callable[[Any], str | None]
    answer: Answer
    failure: Callable[[Any, str], Any]


def fails(response: type, error_type: str, /, **members: object) -> Callable[[Any, str], Any]:
    """Make the `failure` of a service whose error does not depend on the request.

    Args:
        response: The class of the response.
        error_type: The error's type.
        members: What else the response has.
    """
    return lambda _, message: response(error=Error(type=error_type, message=message), **members)


def at_once(reply: Callable[[Any, Context], Any]) -> Answer:
    """Make the `answer` of a service with a single response, sent when the script has been played.

    Args:
        reply: Makes the response.
    """

    async def answer(request: Any, context: Context) -> AsyncIterator[Any]:
        await context.script.text()
        yield reply(request, context)

    return answer
