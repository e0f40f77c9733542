"""One request and its answer, as a session keeps it: state, unread frames, outcome, clocks."""

from __future__ import annotations

from typing import Final

from tgproto.errors import CallContext
from tgproto.session.events import Outcome, Payload
from tgproto.session.request import Submission
from tgproto.session.tables import STREAM, StreamInput, StreamState, advance

CHUNK_OVERHEAD: Final = 256
"""Bytes charged for an unread frame beside its text, so that many tiny frames count too."""


class Stream:
    """The record of one stream.

    Attributes:
        id: Name of the stream towards the owner.
        submission: What was asked.
        timeout: Longest silence in seconds, or None.
        total_timeout: Longest duration in seconds, or None.
        since: When it was submitted.
        heard: When the peer was last not silent about this stream.
        state: Where the request stands with the peer.
        position: Its place in the window, once sent.
        chunks: Unread payloads.
        charge: Bytes charged for them.
        taken: How many payloads were handed over.
        outcome: How it ended, until it was taken.
        announced: Whether `StreamReadable` is out and not yet answered by `take`.
        renewed: Whether it has already waited for a fresh credential.
        tried: Whether another connection was lost with it, so that it may have run.
    """

    __slots__ = (
        "announced",
        "charge",
        "chunks",
        "heard",
        "id",
        "outcome",
        "position",
        "renewed",
        "since",
        "state",
        "submission",
        "taken",
        "timeout",
        "total_timeout",
        "tried",
    )

    def __init__(
        self,
        stream_id: int,
        submission: Submission,
        timeout: float | None,
        total_timeout: float | None,
        now: float,
    ) -> None:
        self.id = stream_id
        self.submission = submission
        self.timeout = timeout
        self.total_timeout = total_timeout
        self.since = now
        self.heard = now
        self.tried = False
        self.reset()

    def reset(self) -> None:
        """Begin anew, as if nothing had been sent; the clocks go on."""
        self.state = StreamState.QUEUED
        self.position = -1
        self.chunks: list[Payload] = []
        self.charge = 0
        self.taken = 0
        self.outcome: Outcome | None = None
        self.announced = False
        self.renewed = False

    @property
    def wire_id(self) -> str:
        """Its id on the wire: the position, so that no id is ever used twice on a connection."""
        return str(self.position + 1)

    @property
    def pair(self) -> tuple[str, str | None]:
        """Service and flow."""
        return self.submission.service, self.submission.flow

    @property
    def context(self) -> CallContext:
        """What an error shall say about this stream."""
        return CallContext(self.submission.service, self.submission.flow)

    @property
    def delivered(self) -> int:
        """Payloads received so far."""
        return self.taken + len(self.chunks)

    @property
    def under_way(self) -> bool:
        """Whether the peer works on it and somebody here waits."""
        return self.state is StreamState.SENT or self.state is StreamState.STREAMING

    def advance(self, event: StreamInput) -> None:
        """Follow the table."""
        self.state = advance(STREAM, self.state, event)

    def take(self) -> list[Payload]:
        """Hand over the unread payloads."""
        chunks, self.chunks = self.chunks, []
        self.taken += len(chunks)
        self.charge = 0
        self.announced = False
        return chunks
