"""Reads answers of any endpoint: one of any kind, or a stream of events."""

from __future__ import annotations

from typing import Any, Final, cast

from tgproto import lenient
from tgproto.catalog.plain import PlainReader
from tgproto.errors import CallContext, DecodeError
from tgproto.types.wire import Json
from tgproto.web.events import EventReader, decode_object
from tgproto.web.refusals import failure_of, says_failure

_DONE: Final = b"[DONE]"

_UNNAMED: Final = b"message"
"""Name of an event that was given none."""

_LAST: Final = frozenset({b"complete", b"error", b"timeout"})
"""Names of the events that end a stream of progress."""


class Event(dict[str, Any]):
    """An event: the JSON object that was sent. What is none is a text, as the one member `data`.

    The name of an event stands in `event["type"]`, unless it says another type itself.
    """

    __slots__ = ()

    @property
    def type(self) -> str:
        """What it is; empty if that is not said."""
        value = self.get("type")
        return value if isinstance(value, str) else ""

    @property
    def done(self) -> bool:
        """Whether the stream is complete with it: it is of type `done` or `end`, or has `"done": true`."""
        return self.type in ("done", "end") or self.get("done") is True


class EventsReader(EventReader[Event, Event | None]):
    """Reads any stream of events as they are.

    It is complete with `[DONE]`, with an event that says so, and with one that is named `complete`, `error`
    or `timeout`. An event that has a name is data, `error` among them.

    Args:
        context: Which call it is, for errors.
        open_ended: Whether the stream is complete wherever it ends.
    """

    def __init__(self, context: CallContext, *, open_ended: bool = False) -> None:
        super().__init__(context)
        self._open_ended = open_ended
        self._newest: Event | None = None

    def check(self) -> None:
        """See that the stream is complete; see `Reader.check`."""
        self.ended = self.ended or self._open_ended
        super().check()

    def result(self) -> Event | None:
        """Return the last event; None if there was none. See `Reader.result`."""
        self.check()
        return self._newest

    def _event(self, name: bytes, data: bytes) -> Event | None:
        """Take an event; see `EventReader`."""
        if data == _DONE:
            self.ended = True
            return None
        members = decode_object(data)
        named = name != _UNNAMED
        if members is not None and not named and says_failure(members):
            raise failure_of(members)
        event = Event(data=data.decode("utf-8", "replace")) if members is None else Event(members)
        if named:
            event.setdefault("type", name.decode("utf-8", "replace"))
        self.ended = self.ended or event.done or (named and name in _LAST)
        self._newest = event
        return event

    def _whole(self, data: bytes) -> Event | None:
        """Take an answer that is no stream; see `EventReader`. It is one event."""
        if decode_object(data) is None:
            raise DecodeError(f"the answer is no stream of events, but {len(data)} bytes of something else")
        return self._event(_UNNAMED, data)


class ReplyReader(PlainReader):
    """Reads one answer of any kind."""

    def result(self) -> Json:
        """Return what the answer is, if it is JSON; else its text; None if it is empty.

        Raises:
            DecodeError: It is no text.
        """
        data = self._whole()
        try:
            return cast("Json", lenient.loads(data)) if data else None
        except lenient.JSONRefused:
            pass
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            raise DecodeError("the answer is no text in UTF-8", self._context) from None
