"""The paths of a gateway, and which methods each of them takes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import parse_qsl

from tgproto.gateway.messages import RestAnswer, RestRequest
from tgproto.gateway.steps import Step

RestVerdict: TypeAlias = Iterator[Step] | RestAnswer
"""What becomes of a plain request: the steps of an answer, or the answer at once."""

GET = ("GET", "HEAD")
POST = ("POST",)


@dataclass(frozen=True, slots=True)
class Door:
    """A path, or many of a kind.

    Attributes:
        path: What the path looks like, percent-encoded.
        methods: The methods.
        answer: Takes a request, and the groups in its path, decoded.
    """

    path: re.Pattern[str]
    methods: tuple[str, ...]
    answer: Callable[..., RestVerdict]


def query_of(request: RestRequest) -> Mapping[str, str]:
    """Return the query of a request; of members of the same name the first one."""
    pairs = parse_qsl(request.target.partition("?")[2], keep_blank_values=True)
    return dict(reversed(pairs))
