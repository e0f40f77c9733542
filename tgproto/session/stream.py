"""One request and its answer, as a session keeps it: state, unread frames, outcome, clocks."""

from __future__ import annotations

from typing import Final

import msgspec

from tgproto.errors import CallContext
from tgproto.session.events import Outcome, Payload
from tgproto.session.request import Submission
from tgproto.session.tables import STREAM, StreamInput, StreamState, advance

CHUNK_OVERHEAD: Final = 256
"""Bytes charged for an unread frame beside its text, so that many tiny frames count too."""


class Stream(msgspec.Struct, eq=False):
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
        wire_id: Its id on the wire, once sent: made of the position, so that no id is ever used twice on a
            connection.
        chunks: Unread payloads.
        charge: Bytes charged for them.
        taken: How many payloads were handed over.
        outcome: How it ended, until it was taken.
        announced: Whether `StreamReadable` is out and not yet answered by `take`.
        renewed: Whether it has already waited for a fresh credential on this connection.
        waited: In which round of its owner's it waited for a fresh token; see `Credentials.round`.
        tried: Whether another connection was lost with it, so that it may have run.
    """

    id: int
    submission: Submission
    timeout: float | None
    total_timeout: float | None
    since: float
    heard: float
    state: StreamState = StreamState.QUEUED
    position: int = -1
    wire_id: str = ""
    chunks: list[Payload] = []
    charge: int = 0
    taken: int = 0
    outcome: Outcome | None = None
    announced: bool = False
    renewed: bool = False
    waited: int | None = None
    tried: bool = False

    def anew(self) -> Stream:
        """Return it as if nothing had been sent; the clocks go on."""
        limits = self.timeout, self.total_timeout
        stream = Stream(self.id, self.submission, *limits, self.since, self.heard)
        stream.waited, stream.tried = self.waited, self.tried
        return stream

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

    def renew(self, number: int) -> bool:
        """Wait for a fresh token in a round; return whether it may: it does so in one round alone."""
        self.waited = number if self.waited is None else self.waited
        return self.waited == number

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
