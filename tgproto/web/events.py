"""Reading answers that are streams of events; see `Answer.EVENTS`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, cast

import msgspec

from tgproto import lenient
from tgproto.catalog.kept import MAX_KEPT, Kept
from tgproto.catalog.reader import BaseReader, C, Several, T
from tgproto.errors import CallContext, CallError, DecodeError, RequestTimeout, TransportError
from tgproto.types.wire import Payload
from tgproto.web.errors import IncompleteStreamError

_LET_GO: Final = (
    f"a text of more than {MAX_KEPT} characters is not kept once its pieces are read; "
    "join them, or call result() instead of reading"
)


@dataclass(frozen=True, slots=True)
class Head:
    """What came in front of a stream.

    Attributes:
        status: HTTP status, 2xx.
        headers: Header fields by lower-case name; of several of a name, the last.
        events: Whether events follow. If not, the whole answer follows as one.
    """

    status: int
    headers: Mapping[str, str]
    events: bool

    @property
    def request_id(self) -> str:
        """The service's name for the request, or an empty text."""
        return self.headers.get("x-request-id", "")


class _Head(msgspec.Struct):
    status: int
    events: bool
    headers: list[tuple[str, str]]


_decode_head = msgspec.json.Decoder(_Head).decode
_decode_object = msgspec.json.Decoder(dict[str, Any]).decode


def decode_object(data: bytes) -> dict[str, Any] | None:
    """Return the JSON object that the data of an event is, or None if they are anything else.

    What only lenient decoders take, such as a lone surrogate, is taken.
    """
    try:
        return _decode_object(data)
    except (ValueError, RecursionError):
        pass
    try:
        value = lenient.loads(data)
    except lenient.JSONRefused:
        return None
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


class EventReader(BaseReader, ABC, Generic[C, T]):
    """Reads a stream of events, of which the text is kept for errors and for the result, unless it is long.

    Args:
        context: Which call it is, for errors.

    Attributes:
        head: What came in front; None before that.
        ended: Whether the service has said that the stream is complete. Set by subclasses.
    """

    def __init__(self, context: CallContext) -> None:
        super().__init__(context)
        self.head: Head | None = None
        self.ended = False
        self._text: Kept[str] = Kept(context, MAX_KEPT, _LET_GO)

    @property
    def partial(self) -> str | None:
        """The text so far; None if there is none, or if it was not kept."""
        return "".join(self._text.partial) or None

    def read(self, payload: Payload, *, last: bool = False) -> C | Several[C] | None:  # noqa: ARG002
        """Take the next payload; see `Reader.read`."""
        head = self.head
        if head is None:
            came = _decode_head(payload)
            self.head = Head(came.status, dict(came.headers), came.events)
            return None
        try:
            if head.events:
                name, _, data = bytes(payload).partition(b"\n")
                return self._event(name, data)
            whole = self._whole(bytes(payload))
            self.ended = True  # or the answer would be none
            return whole
        except CallError as error:
            raise self._told(error) from None

    def release(self) -> None:
        """Let a long text go; see `Reader.release`."""
        self._text.release()

    def failure(self, error: Exception) -> Exception | None:
        """Return what to raise when the stream was cut short; see `Reader.failure`."""
        if self.ended and isinstance(error, TransportError | RequestTimeout):
            return None  # what was lost is the silence behind the end
        if isinstance(error, TransportError) and self.head is not None:
            cut = self._told(IncompleteStreamError(f"the stream broke off: {error.summary}"))
            cut.__cause__ = error
            return cut
        return self._told(error) if isinstance(error, CallError) else error

    def check(self) -> None:
        """See that the stream is complete; see `Reader.check`."""
        if not self.ended:
            raise self._told(IncompleteStreamError("the stream ended without saying that it is complete"))

    def _keep(self, text: str) -> None:
        """Note a piece of the text."""
        self._text.add(text, len(text))

    def _joined(self) -> str:
        """Return the text.

        Raises:
            LocalProtocolError: It was not kept.
        """
        return "".join(self._text.whole())

    def _told(self, error: CallError) -> CallError:
        """Complete an error."""
        if error.partial is None:
            error.partial = self.partial
        return error.with_context(self._context)

    @abstractmethod
    def _event(self, name: bytes, data: bytes) -> C | Several[C] | None:
        """Take an event and return what a stream yields for it.

        Args:
            name: Its name, `message` if it was given none.
            data: Its data.

        Raises:
            CallError: It says so, or cannot be read. Neither context nor `partial` is needed.
        """

    def _whole(self, data: bytes) -> C | Several[C] | None:
        """Take an answer that is no stream of events, and return what a stream yields for it.

        Raises:
            CallError: It is no answer. Neither context nor `partial` is needed.
        """
        raise DecodeError(f"the answer is no stream of events, but {len(data)} bytes of something else")
