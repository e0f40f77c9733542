"""Answers that are streams of events, as payloads: Server-Sent Events, and lines of JSON (NDJSON)."""

from __future__ import annotations

from typing import Protocol

from tgproto import lenient
from tgproto.errors import ProtocolException
from tgproto.link.http_types import ResponseHead
from tgproto.link.sse import DEFAULT_LIMIT, SSEPayloads
from tgproto.session.events import Payload


class Framing(Protocol):
    """Finds the events in a body."""

    @property
    def error(self) -> ProtocolException | None:
        """Why nothing more will be found; None while that is not so. Look at it behind each call."""
        ...

    def feed(self, data: bytes) -> list[Payload]:
        """Take bytes of the body, and return the events that they complete."""
        ...

    def close(self) -> list[Payload]:
        """Note the end of the body, and return what that completes."""
        ...


class ServerSentEvents:
    """Events of `text/event-stream`. What the end of the body cuts off is none."""

    def __init__(self) -> None:
        self._reader = SSEPayloads()

    @property
    def error(self) -> ProtocolException | None:
        """See `Framing`."""
        return self._reader.error

    def feed(self, data: bytes) -> list[Payload]:
        """See `Framing.feed`."""
        return [*map(Payload, self._reader.feed(data))]

    def close(self) -> list[Payload]:
        """See `Framing.close`."""
        return [*map(Payload, self._reader.close())]


class Lines:
    """Lines, each an event named `message`. Empty ones are none, and the last one needs no end."""

    def __init__(self) -> None:
        self._error: ProtocolException | None = None
        self._rest = bytearray()

    @property
    def error(self) -> ProtocolException | None:
        """See `Framing`."""
        return self._error

    def feed(self, data: bytes) -> list[Payload]:
        """See `Framing.feed`."""
        if self._error is not None:
            return []
        first, *others = data.split(b"\n")
        self._rest += first
        lines: list[bytes | bytearray] = [self._rest, *others]
        events: list[Payload] = []
        for line in lines[:-1]:
            if len(line) > DEFAULT_LIMIT:
                break
            if line := line.strip():
                events.append(Payload(b"message\n" + line))
        else:
            line = lines[-1]
        if len(line) > DEFAULT_LIMIT:
            self._error = ProtocolException(f"a line of the answer is longer than {DEFAULT_LIMIT} bytes")
        elif others:
            self._rest = bytearray(line)
        return events

    def close(self) -> list[Payload]:
        """See `Framing.close`."""
        return self.feed(b"\n")


_FRAMINGS: dict[bytes, type[ServerSentEvents] | type[Lines]] = {
    b"text/event-stream": ServerSentEvents,
    b"text/plain": ServerSentEvents,  # what some servers call it, such as that of the AI Assistant project
    b"application/x-ndjson": Lines,
    b"application/ndjson": Lines,
    b"application/jsonl": Lines,
}


def framing(head: ResponseHead) -> Framing | None:
    """Return what finds the events of an answer, or None if it is no stream of events.

    One that is compressed is none: that was not asked for.
    """
    kind = (head.header(b"content-type") or b"").partition(b";")[0].strip().lower()
    made = _FRAMINGS.get(kind)
    plain = (head.header(b"content-encoding") or b"identity").strip().lower() == b"identity"
    return made() if made is not None and plain and head.status != 204 else None


def opening(head: ResponseHead, *, events: bool) -> Payload:
    """Return the first payload of an answer; see `Answer.EVENTS`."""
    headers: list[object] = [
        [name.decode("latin-1"), value.decode("latin-1")] for name, value in head.headers
    ]
    return Payload(lenient.dumps({"status": head.status, "events": events, "headers": headers}))
