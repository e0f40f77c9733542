"""The flow services that this gateway has, all of those of gateway 2.11.1, and those it lets through."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain

from tgproto import lenient
from tgproto.gateway.flows import members_of
from tgproto.gateway.generation2 import judgements, queries, structured, text, vectors
from tgproto.gateway.generation2.bodies import Service
from tgproto.gateway.judging import text_of
from tgproto.gateway.script import Ending, read_script
from tgproto.gateway.steps import Frame, Pause, Step
from tgproto.gateway.telling import complain, last
from tgproto.session.events import Payload
from tgproto.types.wire import encode

SERVICES: Mapping[str, Service] = dict(
    sorted(
        chain(
            judgements.SERVICES.items(),
            queries.SERVICES.items(),
            structured.SERVICES.items(),
            text.SERVICES.items(),
            vectors.SERVICES.items(),
        )
    )
)
"""The flow services, by kind."""

PASS_THROUGH = "thru/"
"""What the names of services begin with that a gateway knows nothing about, and lets through."""

ECHO = "echo"
"""The service behind the gateway: a flow has it by this name, and callers reach it as `thru/echo`."""


def knows_kind(kind: str) -> bool:
    """Return whether there is such a flow service, be it in a certain flow or not."""
    return kind in SERVICES or kind.startswith(PASS_THROUGH)


def echo(body: Payload) -> Iterator[Step]:
    """Let the service behind the gateway answer: it gives back what it got, in the member `echo`.

    If that has a true member `stream`, the pieces that its directives want come first. What a failure
    looks like is up to each such service; of this one nothing is left but an empty object.

    Args:
        body: Any JSON value.
    """
    try:
        value = lenient.loads(body)
    except lenient.JSONRefused as refusal:
        return complain(str(refusal))
    return _echoed(value, streaming=bool(members_of(body).get("stream")))


def _echoed(value: object, *, streaming: bool) -> Iterator[Step]:
    script = read_script(text_of(value))
    yield Pause(script.first)
    for index in range(script.count):
        yield Pause(script.delay)
        if streaming:
            yield Frame(encode({"i": index, "chunk": script.piece(index)}))
    if script.ending is Ending.FAILED:
        yield last({})
    elif script.ending is Ending.DONE:
        yield last({"echo": value})
