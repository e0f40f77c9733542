"""How the global services are asked: operations as a table, their failures, and directives in a request.

What an operation does is written once in each generation's tables. How a service frames its answers and its
failures is data of the service.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from tgproto.gateway.callers import Caller
from tgproto.gateway.script import Ending, Script, read_script
from tgproto.gateway.steps import Failure, Frame, Pause, Step
from tgproto.gateway.stores.failures import GATEWAY_ERROR, ServiceFailure, in_pythons_words
from tgproto.gateway.stores.world import World
from tgproto.gateway.telling import last
from tgproto.session.envelope import WireError

Members: TypeAlias = Mapping[str, object]
"""The members of a JSON object."""

NAMES = frozenset(
    {
        "blueprint-name",
        "class-name",
        "collection",
        "document-id",
        "flow-id",
        "id",
        "key",
        "key_id",
        "name",
        "processing-id",
        "type",
        "upload-id",
        "user",
        "user_id",
        "username",
    }
)
"""The members of a request that are read for directives: whatever names something."""

_MAX_INNER = 8


@dataclass(frozen=True, slots=True)
class Asked:
    """A request to a global service.

    Attributes:
        world: What there is.
        owner: The workspace that it is about; empty in 1.x.
        body: The request, decoded.
        caller: Who asks; None if that does not matter.
    """

    world: World
    owner: str
    body: Any
    caller: Caller | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """Something that a service can do.

    Attributes:
        run: Does it, and returns the members that it fills. Raises `ServiceFailure`, or whatever Python does.
        capability: What a caller needs for it in 2.x; empty for nothing but a token.
    """

    run: Callable[[Asked], Members]
    capability: str = ""


@dataclass(frozen=True, slots=True)
class Streamed:
    """Something that a service answers in frames.

    Attributes:
        run: Yields the frames. Without a last one the answer does not end.
        capability: As for `Operation`.
    """

    run: Callable[[Asked], Iterator[Frame]]
    capability: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """A global service.

    Attributes:
        operations: What it can do, by name.
        trouble: Type of the errors that it did not foresee.
        scripted: Type of the error that a directive causes.
        say: Makes an answer of what an operation fills.
        fail: Makes an answer of an error of the service.
    """

    operations: Mapping[str, Operation | Streamed]
    trouble: str
    scripted: str
    say: Callable[[Members], Members]
    fail: Callable[[WireError], Step]


def serve(service: Service, operation: Operation | Streamed, asked: Asked) -> Iterator[Step]:
    """Answer a request. Nothing is done before the first step is taken.

    Args:
        service: The service.
        operation: One of its operations.
        asked: The request.
    """
    script = read_script(directives(asked.body))
    if script.first:
        yield Pause(script.first)
    try:
        if isinstance(operation, Streamed):
            yield from _stream(service, operation, asked, script)
        else:
            yield from _whole(service, operation, asked, script)
    except ServiceFailure as failure:
        error = WireError(failure.kind, str(failure))
        yield Failure(error) if failure.kind == GATEWAY_ERROR else service.fail(error)


def _whole(service: Service, operation: Operation, asked: Asked, script: Script) -> Iterator[Step]:
    if not _breaks(script, 0):
        if script.delay:
            yield Pause(script.delay)
        with in_pythons_words(service.trouble):
            answer = operation.run(asked)
        yield last(service.say(answer))
    elif script.ending is Ending.FAILED:
        raise ServiceFailure(service.scripted, script.message)


def _stream(service: Service, operation: Streamed, asked: Asked, script: Script) -> Iterator[Step]:
    with in_pythons_words(service.trouble):
        for index, frame in enumerate(operation.run(asked)):
            if _breaks(script, index):
                break
            if script.delay:
                yield Pause(script.delay)
            yield frame
        else:
            return
    if script.ending is Ending.FAILED:
        raise ServiceFailure(service.scripted, script.message)


def _breaks(script: Script, index: int) -> bool:
    """Return whether an answer breaks off before a frame. A whole answer is one of one frame."""
    return script.ending is not Ending.DONE and index == script.count


def directives(body: object) -> str:
    """Return the texts of a request in which directives may stand: its names, and those one level deeper."""
    return " ".join(_names(body, 2))


def _names(value: object, depth: int) -> Iterator[str]:
    if isinstance(value, list) and depth:
        for item in cast("list[object]", value)[:_MAX_INNER]:
            yield from _names(item, depth - 1)
    elif isinstance(value, dict):
        for name, inner in cast("dict[str, object]", value).items():
            if isinstance(inner, str):
                if name in NAMES:
                    yield inner
            elif depth:
                yield from _names(inner, depth - 1)
