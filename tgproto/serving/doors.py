"""The paths of a service, and which methods each of them takes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import parse_qsl, unquote

from tgproto.serving.messages import WebRequest

V = TypeVar("V")
V_co = TypeVar("V_co", covariant=True)

GET = ("GET", "HEAD")
POST = ("POST",)


@dataclass(frozen=True, slots=True)
class Door(Generic[V_co]):
    """A path, or many of a kind.

    Attributes:
        path: What the path looks like, percent-encoded.
        methods: The methods.
        answer: Takes a request, and the groups in its path, decoded.
    """

    path: re.Pattern[str]
    methods: tuple[str, ...]
    answer: Callable[..., V_co]


def knock(doors: Iterable[Door[V]], request: WebRequest, refuse: Callable[[str], V]) -> V:
    """Answer a request at the first door that it fits.

    Args:
        doors: The doors of a service.
        request: What is asked for.
        refuse: Answers what fits none. It is given the methods that the path takes, in order and with
            commas between them; empty if there is no such path.
    """
    allowed: set[str] = set()
    for door in doors:
        if found := door.path.fullmatch(request.path):
            if request.method in door.methods:
                return door.answer(request, *map(unquote, found.groups()))
            allowed.update(door.methods)
    return refuse(",".join(sorted(allowed)))


def query_of(request: WebRequest) -> Mapping[str, str]:
    """Return the query of a request; of members of the same name the first one."""
    pairs = parse_qsl(request.target.partition("?")[2], keep_blank_values=True)
    return dict(reversed(pairs))
