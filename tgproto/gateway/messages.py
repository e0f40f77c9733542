"""A plain HTTP request, and its answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from tgproto.types.wire import encode

JSON = "application/json; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
OCTETS = "application/octet-stream"

MAX_BODY_BYTES = 256 * 2**20
"""Longest body of a request that a gateway accepts."""


@dataclass(frozen=True, slots=True, repr=False)
class RestRequest:
    """A request. Its `repr` shows no token.

    Attributes:
        method: The method, as sent.
        target: Path and query, percent-encoded as sent.
        authorization: Value of the header Authorization; empty if there is none.
        body: The body; None if it was longer than `MAX_BODY_BYTES`, and not read to its end.
    """

    method: str
    target: str
    authorization: str = ""
    body: bytes | None = b""

    @property
    def path(self) -> str:
        """The path, percent-encoded as sent."""
        return self.target.partition("?")[0]


@dataclass(frozen=True, slots=True)
class RestAnswer:
    """An answer.

    Attributes:
        status: Status code.
        body: The body.
        content_type: Value of the header Content-Type.
        allow: Value of the header Allow; empty for none.
        pieces: The body, if it is sent piece by piece as it is worked out; `body` is empty then.
    """

    status: int
    body: bytes
    content_type: str = JSON
    allow: str = ""
    pieces: Iterator[bytes] | None = None

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """Its header fields, without Content-Length."""
        fields = (("Content-Type", self.content_type),)
        return (*fields, ("Allow", self.allow)) if self.allow else fields


def refuse(status: int, message: str) -> RestAnswer:
    """Return a refusal as gateways write it: a bare text."""
    return RestAnswer(status, encode({"error": message}))


def parse_body(body: bytes) -> object:
    """Read JSON as a gateway does, in whose words the error is.

    Args:
        body: The body of a request.

    Returns:
        The value.

    Raises:
        ValueError: It is no JSON.
        RecursionError: It is nested too deeply.
    """
    return json.loads(body.decode())
