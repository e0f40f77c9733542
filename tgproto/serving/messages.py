"""A plain HTTP request, and what becomes of it: an answer, at once or piece by piece, or no whole one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from tgproto.link.http_types import Headers, first_header

JSON = "application/json; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
OCTETS = "application/octet-stream"
EVENTS = "text/event-stream"


@dataclass(frozen=True, slots=True, repr=False)
class WebRequest:
    """A request. Its `repr` shows no token.

    Attributes:
        method: The method, as sent.
        target: Path and query, percent-encoded as sent.
        headers: Header fields in order: names in lower case, values.
        body: The body; None if it was longer than the connection allows, and not read to its end.
    """

    method: str
    target: str
    headers: Headers = ()
    body: bytes | None = b""

    @property
    def path(self) -> str:
        """The path, percent-encoded as sent."""
        return self.target.partition("?")[0]

    @property
    def authorization(self) -> str:
        """Value of the header Authorization; empty if there is none."""
        return self.header("authorization") or ""

    def header(self, name: str) -> str | None:
        """Return the first value of a header, or None.

        Args:
            name: Header name, in any case.
        """
        value = first_header(self.headers, name.lower().encode())
        return None if value is None else value.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Pause:
    """Let time pass before the next step.

    Attributes:
        seconds: How long; infinite for a step that never comes.
    """

    seconds: float


@dataclass(frozen=True, slots=True)
class Cut:
    """Close the connection here, whatever is missing: the head, or the last chunk.

    Attributes:
        delay: Seconds before that, where it stands for a whole answer.
        reset: Whether TCP says that the connection was reset, and not just that there is no more to come.
    """

    delay: float = 0.0
    reset: bool = False


Piece: TypeAlias = bytes | Pause | Cut
"""A step of a body: bytes to send, a wait, or a bad end."""


@dataclass(frozen=True, slots=True)
class WebAnswer:
    """An answer.

    Attributes:
        status: Status code.
        body: The body.
        content_type: Value of the header Content-Type; empty for none.
        more: Further header fields.
        pieces: The body, if it is sent chunk by chunk as it is worked out; `body` is empty then.
        delay: Seconds before its head is sent.
    """

    status: int
    body: bytes = b""
    content_type: str = JSON
    more: tuple[tuple[str, str], ...] = ()
    pieces: Iterator[Piece] | None = None
    delay: float = 0.0

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """Its header fields, without Content-Length."""
        return (("Content-Type", self.content_type), *self.more) if self.content_type else self.more


Reply: TypeAlias = WebAnswer | Cut
"""What becomes of a request."""
