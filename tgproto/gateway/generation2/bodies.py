"""How a service reads the body of a request, and where it answers (gateway 2.11.1).

Bodies are read as loosely as that gateway does it: numbers may be strings, unknown members do not
matter, and what is missing or impossible is a `gateway-error`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import msgspec

from tgproto import lenient
from tgproto.gateway.generation2.explain import session_id
from tgproto.gateway.graph import Graph, GraphStore
from tgproto.gateway.model import Focus, Reading, read
from tgproto.gateway.steps import Frame, Step
from tgproto.gateway.telling import complain, last
from tgproto.session.events import Payload

_MISSING = re.compile(r"missing required field `(.*?)`")

B = TypeVar("B")


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a request is answered.

    Attributes:
        graphs: What the services know.
        workspace: The workspace that the request addresses.
    """

    graphs: GraphStore
    workspace: str

    def graph(self, collection: str) -> Graph:
        """Return the graph of a collection."""
        return self.graphs.graph(self.workspace, collection)

    def read(self, question: str, collection: str, focus: Focus | None = None) -> tuple[Reading, str]:
        """Return what the model makes of a question, and an identifier for the answer."""
        return read(question, self.graph(collection), focus), session_id(self.workspace, question)


Service: TypeAlias = Callable[[Payload, Scene], Iterator[Step]]
"""Answers the body of a request."""


def reading(kind: type[B], serve: Callable[[B, Scene], Iterator[Step]]) -> Service:
    """Return a service that reads its body as `kind`.

    Args:
        kind: What the gateway reads from a body.
        serve: Returns the steps of the answer.
    """
    decode = msgspec.json.Decoder(kind, strict=False).decode

    def answer(body: Payload, scene: Scene) -> Iterator[Step]:
        try:
            try:
                request = decode(body)
            except ValueError:  # perhaps for a lone surrogate, a NaN: a gateway takes those
                request = msgspec.convert(lenient.loads(body), kind, strict=False)
        except (ValueError, RecursionError) as error:
            missing = _MISSING.search(str(error))
            # The words of a gateway are those of Python's KeyError.
            return complain(repr(missing[1]) if missing else str(error))
        return serve(request, scene)

    return answer


def whole(payload: Mapping[str, object]) -> Iterator[Step]:
    """Return an answer of one frame."""
    return iter((last(payload),))


def said(kind: str, message: str, **members: object) -> Frame:
    """Return what becomes of an error that the gateway lets through: it stands beside other members.

    Args:
        kind: Its type.
        message: What the service says.
        **members: What else is in the answer, in this order, before the error.
    """
    return last({**members, "error": {"type": kind, "message": message}})


def misplaced(context: object) -> str | None:
    """Return what a gateway says about a user context that is no object; None if it takes it."""
    if not context or isinstance(context, dict):
        return None
    return f"{type(context).__name__!r} object has no attribute 'items'"
