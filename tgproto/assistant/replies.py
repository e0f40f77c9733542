"""Reads answers of any endpoint: one in JSON, or a stream of events."""

from __future__ import annotations

from typing import cast

from tgproto import lenient
from tgproto.assistant.events import ChatEvent
from tgproto.catalog.plain import PlainReader
from tgproto.catalog.reader import Several
from tgproto.errors import DecodeError
from tgproto.types.wire import Json
from tgproto.web.errors import StreamError
from tgproto.web.events import EventReader, decode_object
from tgproto.web.refusals import read_error


class JsonReader(PlainReader):
    """Reads one answer as JSON; an empty one is None."""

    def result(self) -> Json:
        """Return what was answered.

        Raises:
            DecodeError: It is no JSON.
        """
        data = self._whole()
        try:
            return cast("Json", lenient.loads(data)) if data else None
        except lenient.JSONRefused as error:
            raise DecodeError(f"the answer cannot be read: {error}", self._context) from None


class EventsReader(EventReader[ChatEvent, ChatEvent | None]):
    """Reads any stream of events as they are. It is complete with `[DONE]`, or with the end of the answer.

    Data that are no JSON object are an event with the one member `data`.
    """

    newest: ChatEvent | None = None

    def check(self) -> None:
        """Find nothing wrong: nobody knows how such a stream ends."""

    def result(self) -> ChatEvent | None:
        """Return the last event; None if there was none."""
        return self.newest

    def _event(self, name: bytes, data: bytes) -> ChatEvent | None:  # noqa: ARG002
        if data == b"[DONE]":
            self.ended = True
            return None
        members = decode_object(data)
        event = ChatEvent({"data": data.decode("utf-8", "replace")} if members is None else members)
        if event.type == "error" or (not event.type and event.get("error")):
            message, code, details = read_error(event)
            raise StreamError(message, None, code, details=details)
        self.newest = event
        return event

    def _whole(self, data: bytes) -> ChatEvent | Several[ChatEvent] | None:
        return self._event(b"", data) if data else None
