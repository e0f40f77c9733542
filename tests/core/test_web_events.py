"""Reading streams of events: the head, texts that are kept, and every way in which a stream ends."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tgproto.catalog.call import StreamCall
from tgproto.catalog.kept import MAX_KEPT
from tgproto.catalog.reader import Several
from tgproto.catalog.receipt import Receipt
from tgproto.closing import CloseCause, CloseKind
from tgproto.errors import (
    CallCancelled,
    CallContext,
    CallError,
    ConnectionLost,
    DecodeError,
    LocalProtocolError,
    RequestTimeout,
    TransportError,
)
from tgproto.session.events import Completed, Failed, Payload
from tgproto.web.errors import IncompleteStreamError, StreamError
from tgproto.web.events import EventReader, Head, decode_object

CALL = CallContext("query")
LOST = ConnectionLost(CloseCause(CloseKind.LOST, "reset"), sent=True, delivered=2)


class Words(EventReader[str, str]):
    """Yields the words of each event."""

    def _event(self, name: bytes, data: bytes) -> str | Several[str] | None:
        if name == b"error":
            raise StreamError(data.decode(), None)
        if name == b"end":
            self.ended = True
            return None
        self._keep(data.decode())
        return Several(data.decode().split())

    def result(self) -> str:
        return self._joined()


class Whole(Words):
    """Takes answers that are no streams, too."""

    def _whole(self, data: bytes) -> str | None:
        if not data:
            raise StreamError("nothing", None)
        self._keep(data.decode())
        return data.decode()


def head(*headers: tuple[str, str], events: bool = True, status: int = 200) -> bytes:
    return json.dumps({"status": status, "events": events, "headers": headers}).encode()


def reading(*payloads: bytes, kind: type[Words] = Words, events: bool = True) -> Words:
    reader = kind(CALL)
    for payload in (head(events=events), *payloads):
        reader.read(Payload(payload))
    return reader


def test_the_head_comes_first_and_is_no_chunk() -> None:
    reader = Words(CALL)
    assert reader.head is None
    assert reader.read(head(("x-a", "1"), ("x-request-id", "r"), ("x-a", "2"), status=201)) is None
    assert reader.head == Head(201, {"x-a": "2", "x-request-id": "r"}, True)
    assert reader.head.request_id == "r"
    assert Head(200, {}, True).request_id == ""


@pytest.mark.parametrize("make", [Payload, bytes])
def test_events_have_a_name_and_data(make: type[bytes] | type[Payload]) -> None:
    reader = reading()
    assert reader.read(make(b"message\none two\nthree")) == ("one", "two", "three")
    assert reader.read(make(b"e\n")) == ()
    assert reader.read(make(b"end\n")) is None
    reader.check()
    assert reader.result() == "one two\nthree"


def test_what_has_not_ended_is_incomplete() -> None:
    for payloads, partial in (((), None), ((b"m\na b", b"m\nc"), "a bc")):
        with pytest.raises(IncompleteStreamError, match="without saying that it is complete") as caught:
            reading(*payloads).check()
        assert (caught.value.context, caught.value.partial) == (CALL, partial)


def test_an_error_of_the_stream_has_what_came_before() -> None:
    with pytest.raises(StreamError, match="query: no luck") as caught:
        reading(b"m\na b", b"error\nno luck")
    assert (caught.value.context, caught.value.partial) == (CALL, "a b")
    assert caught.value.__cause__ is None


def test_a_connection_that_was_lost_is_an_incomplete_stream() -> None:
    error = reading(b"m\na b").failure(LOST)
    assert isinstance(error, IncompleteStreamError)
    assert error.__cause__ is LOST
    assert (error.context, error.partial) == (CALL, "a b")
    assert error.summary.startswith("the stream broke off: ")
    assert LOST.summary in error.summary


@pytest.mark.parametrize(
    "error", [LOST, RequestTimeout("timeout", 1.0), RequestTimeout("progress_timeout", 1.0)]
)
def test_behind_the_end_nothing_is_lost(error: Exception) -> None:
    assert reading(b"m\na b", b"end\n").failure(error) is None
    received = receipt(head(), b"m\na b", b"end\n", error=error)
    assert chunks(received) == ["a", "b"]
    received.check()
    assert received.result() == "a b"
    cancelled = CallCancelled("closed")
    assert reading(b"end\n").failure(cancelled) is cancelled


def test_before_the_head_it_was_no_stream() -> None:
    assert Words(CALL).failure(LOST) is LOST
    assert not isinstance(LOST, IncompleteStreamError)


def test_other_errors_are_told_with_what_came_before() -> None:
    late = RequestTimeout("timeout", 1.0)
    assert reading(b"m\na b").failure(late) is late
    assert (late.context, late.partial) == (CALL, "a b")
    late.partial = "more"
    assert reading(b"m\na b").failure(late) is late
    assert late.partial == "more"
    wrong = TypeError("no")
    assert reading().failure(wrong) is wrong


def test_what_is_no_stream_is_an_error_unless_a_subclass_knows_better() -> None:
    with pytest.raises(DecodeError, match="no stream of events, but 4 bytes of something else") as caught:
        reading(b"<p/>", events=False)
    assert caught.value.context == CALL
    reader = reading(b"all\n", kind=Whole, events=False)
    reader.check()
    assert reader.result() == "all\n"
    with pytest.raises(StreamError) as refused:
        reading(b"", kind=Whole, events=False)
    assert refused.value.context == CALL


def test_a_long_text_is_not_kept_once_somebody_has_it() -> None:
    reader = reading(b"m\n" + b"x" * MAX_KEPT, b"m\nx")
    assert reader.partial is not None
    reader.release()
    reader.read(b"m\nyz")
    assert reader.partial is None
    with pytest.raises(LocalProtocolError, match=r"query: a text of more than .* result\(\)"):
        reader.result()


def receipt(*payloads: bytes, error: Exception | None = None) -> Receipt[str, str]:
    received: Receipt[str, str] = Receipt(
        StreamCall(service="query", arguments={}, start=Words, streaming=True)
    )
    outcome = Completed() if error is None else Failed(error)
    received.feed([*map(Payload, payloads)], outcome)
    return received


def chunks(received: Receipt[str, str]) -> list[str]:
    return [*iter(received.next_chunk, None)]


def test_as_an_answer_every_chunk_comes_before_the_failure() -> None:
    received = receipt(head(), b"m\na b", b"m\nc", error=LOST)
    assert chunks(received) == ["a", "b", "c"]
    with pytest.raises(IncompleteStreamError) as caught:
        received.check()
    assert caught.value.partial == "a bc"
    assert isinstance(caught.value, TransportError)


def test_an_error_in_the_stream_ends_the_answer() -> None:
    received = receipt(head(), b"m\na b", b"error\nno", b"m\nlate")
    assert [received.next_chunk(), received.next_chunk()] == ["a", "b"]
    for last in (received.next_chunk, received.check, received.result):
        with pytest.raises(StreamError):
            last()
    assert received.next_chunk() is None


def test_as_an_answer_it_can_be_whole() -> None:
    assert receipt(head(), b"m\na b", b"end\n").result() == "a b"
    with pytest.raises(IncompleteStreamError):
        receipt(head(), b"m\na b").result()


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b'{"a": 1}', {"a": 1}),
        (b' {"a": {"b": [null]}}\n', {"a": {"b": [None]}}),
        (b'{"a": "\\ud800"}', {"a": "\ud800"}),
        (b'{"a": NaN}', None),
        (b"{}", {}),
        (b"[]", None),
        (b"7", None),
        (b"", None),
        (b"[DONE]", None),
        (b'{"a"', None),
        (b'{"a": "\xff"}', None),
        (b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", None),
    ],
)
def test_objects_are_decoded(data: bytes, value: object) -> None:
    decoded = decode_object(data)
    if b"NaN" in data:
        assert decoded is not None
        assert str(decoded["a"]) == "nan"
    else:
        assert decoded == value


@given(st.binary() | st.text('{}[]":,\\ua1dN', max_size=20).map(str.encode))
def test_no_data_raise(data: bytes) -> None:
    decoded = decode_object(data)
    assert decoded is None or isinstance(decoded, dict)


@given(st.lists(st.sampled_from([b"m\na b", b"m\n", b"end\n", b"error\nno", b"e\nc"])), st.integers(0, 3))
def test_however_it_ends_the_chunks_and_the_error_are_the_same_for_every_reader(
    payloads: list[bytes], ending: int
) -> None:
    """Chunk by chunk or whole: one error, with the same text so far."""
    endings = [None, LOST, RequestTimeout("timeout", 1.0), ValueError("no")]
    errors: list[Exception | None] = []
    for read in ((lambda it: it.result()), (lambda it: (chunks(it), it.check()))):
        try:
            read(receipt(head(), *payloads, error=endings[ending]))
            errors.append(None)
        except (CallError, ValueError) as error:
            errors.append(error)
    one, other = errors
    assert type(one) is type(other)
    assert str(one) == str(other)
    if isinstance(one, StreamError | IncompleteStreamError):
        assert isinstance(other, CallError)
        assert one.partial == other.partial
