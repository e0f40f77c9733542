"""One answer as it comes in: chunk by chunk, as a whole, and broken off."""

from __future__ import annotations

import msgspec
import pytest

from tgproto.catalog.call import Call, StreamCall
from tgproto.catalog.kept import MAX_KEPT
from tgproto.catalog.rag import RagReader
from tgproto.catalog.reader import Several
from tgproto.catalog.receipt import Receipt
from tgproto.catalog.text import TextReader
from tgproto.closing import CloseCause, CloseKind
from tgproto.errors import (
    CallCancelled,
    CallContext,
    ConnectionLost,
    DecodeError,
    LLMError,
    LocalProtocolError,
    SilentFailure,
)
from tgproto.session.events import Completed, Failed
from tgproto.types import RAGChunk, TextChunk, TextCompletion
from tgproto.types.wire import Payload

CALL = StreamCall(service="text-completion", arguments={}, start=TextReader, flow="f", streaming=True)
RAG = StreamCall(service="graph-rag", arguments={}, start=RagReader, flow="f", streaming=True)
ONE, TWO = msgspec.Raw(b'{"response":"one "}'), msgspec.Raw(b'{"response":"two"}')


def receipt() -> Receipt[TextChunk, TextCompletion]:
    return Receipt(CALL)


def test_chunks_are_read_as_they_are_asked_for() -> None:
    answer = receipt()
    assert answer.next_chunk() is None
    answer.feed([ONE], None)
    assert answer.next_chunk() == TextChunk("one ")
    assert answer.next_chunk() is None
    assert not answer.complete
    answer.check()  # nothing is known to be wrong
    answer.feed([TWO], Completed())
    assert answer.complete
    assert answer.next_chunk() == TextChunk("two", True)
    assert answer.next_chunk() is None
    answer.check()


def test_the_whole_holds_the_chunks_that_were_taken_before() -> None:
    answer = receipt()
    answer.feed([ONE, TWO], Completed())
    answer.next_chunk()
    whole = answer.result()
    assert whole.text == "one two"
    assert answer.result() == whole


def test_a_long_text_that_was_read_is_not_kept() -> None:
    answer = receipt()
    piece = msgspec.Raw(b'{"response":"%b"}' % (b"x" * 1000))
    for _ in range(2 * MAX_KEPT // 1000):
        answer.feed([piece], None)
        while answer.next_chunk() is not None:
            pass
    answer.feed([ONE], Completed())
    assert answer.next_chunk() == TextChunk("one ", True)
    answer.check()
    with pytest.raises(LocalProtocolError, match="text-completion in flow 'f': an answer of more than"):
        answer.result()


def test_what_came_of_a_long_text_is_not_kept_for_its_error() -> None:
    answer = receipt()
    for _ in range(2):
        answer.feed([msgspec.Raw(b'{"response":"%b"}' % (b"x" * MAX_KEPT))], None)
        answer.next_chunk()
    answer.feed([msgspec.Raw(b"[]")], None)
    with pytest.raises(DecodeError) as caught:
        answer.next_chunk()
    assert caught.value.partial is None


def test_a_long_text_that_nobody_read_is_kept() -> None:
    answer = receipt()
    for _ in range(3):
        answer.feed([msgspec.Raw(b'{"response":"%b"}' % (b"x" * MAX_KEPT))], None)
    answer.feed([ONE], Completed())
    assert len(answer.result().text) == 3 * MAX_KEPT + 4


def test_a_call_that_is_no_stream_has_a_receipt_too() -> None:
    call = Call(service="text-completion", arguments={}, start=TextReader)
    answer: Receipt[object, TextCompletion] = Receipt(call)
    answer.feed([ONE], Completed())
    assert answer.result().text == "one "


def test_the_last_frame_ends_the_text_though_it_does_not_say_so() -> None:
    answer = receipt()
    answer.feed([ONE, ONE], Completed())
    assert [answer.next_chunk(), answer.next_chunk()] == [TextChunk("one "), TextChunk("one ", True)]
    answer = receipt()
    answer.feed([ONE], Failed(LLMError("no luck")))
    assert answer.next_chunk() == TextChunk("one ")


def test_frames_without_a_chunk_are_passed_over() -> None:
    answer: Receipt[RAGChunk, object] = Receipt(RAG)
    answer.feed([msgspec.Raw(b'{"explain_id":"urn:x"}'), ONE], None)
    chunk = answer.next_chunk()
    assert chunk is not None
    assert chunk.content == "one "


def test_chunks_come_before_the_failure() -> None:
    answer = receipt()
    answer.feed([ONE], Failed(LLMError("out of memory", "llm-error")))
    assert answer.next_chunk() == TextChunk("one ")
    assert answer.next_chunk() is None
    for _ in range(2):
        with pytest.raises(LLMError) as caught:
            answer.check()
        assert caught.value.partial is None


def test_the_whole_of_a_failed_answer_is_its_error_with_what_came() -> None:
    answer = receipt()
    lost = ConnectionLost(CloseCause(CloseKind.LOST), sent=True, delivered=1)
    answer.feed([ONE], Failed(lost))
    with pytest.raises(ConnectionLost) as caught:
        answer.result()
    assert caught.value is lost
    assert caught.value.partial == "one "


def test_an_error_that_is_not_of_a_call_is_raised_as_it_is() -> None:
    answer = receipt()
    answer.feed([], Failed(TypeError("no such argument")))
    with pytest.raises(TypeError):
        answer.result()


def test_a_frame_that_cannot_be_read_ends_the_answer() -> None:
    answer = receipt()
    answer.feed([ONE, msgspec.Raw(b'{"response":7}'), TWO], None)
    answer.next_chunk()
    with pytest.raises(DecodeError) as caught:
        answer.next_chunk()
    assert caught.value.partial == "one "
    assert answer.complete
    assert answer.next_chunk() is None
    for last in (answer.check, answer.result):
        with pytest.raises(DecodeError):
            last()


def test_an_error_that_the_gateway_lost_shows_at_the_end() -> None:
    answer: Receipt[RAGChunk, object] = Receipt(RAG)
    answer.feed([msgspec.Raw(b'{"explain_id":"urn:x"}')], Completed())
    assert answer.next_chunk() is None
    with pytest.raises(SilentFailure, match="graph-rag in flow 'f'"):
        answer.check()
    with pytest.raises(SilentFailure):
        answer.result()


def test_an_answer_without_frames_is_no_empty_success() -> None:
    answer = receipt()
    answer.feed([], Completed())
    assert answer.next_chunk() is None
    for last in (answer.check, answer.result):
        with pytest.raises(DecodeError, match="no frames") as caught:
            last()
        assert caught.value.context == CallContext("text-completion", "f")


def test_an_abandoned_answer_was_cancelled() -> None:
    answer = receipt()
    answer.feed([ONE, TWO], None)
    answer.next_chunk()
    answer.abandon()
    assert answer.complete
    assert answer.next_chunk() is None
    with pytest.raises(CallCancelled, match="text-completion in flow 'f'") as caught:
        answer.result()
    assert caught.value.partial == "one "


def test_what_comes_after_the_end_is_not_taken() -> None:
    answer = receipt()
    answer.feed([ONE], None)
    answer.abandon()
    answer.feed([TWO], Completed())  # a reader that was too late
    assert answer.next_chunk() is None
    with pytest.raises(CallCancelled):
        answer.result()


def test_a_complete_answer_cannot_be_abandoned() -> None:
    answer = receipt()
    answer.feed([ONE], Completed())
    answer.abandon()
    assert answer.result().text == "one "


class Letters(TextReader):
    """Yields each letter of a frame; its errors say more, and are counted."""

    failures = 0

    def read(self, payload: Payload, *, last: bool = False) -> TextChunk | Several[TextChunk] | None:
        chunk = super().read(payload, last=last)
        return Several(map(TextChunk, chunk.content)) if chunk is not None else None

    def failure(self, error: Exception) -> Exception:
        Letters.failures += 1
        return DecodeError(f"more than {error}")


def letters() -> Receipt[TextChunk, TextCompletion]:
    return Receipt(StreamCall(service="text-completion", arguments={}, start=Letters, streaming=True))


def test_a_frame_may_have_several_chunks_or_none_of_several() -> None:
    answer = letters()
    answer.feed([ONE, msgspec.Raw(b'{"response":""}')], None)
    assert [answer.next_chunk() for _ in range(5)] == [*map(TextChunk, "one "), None]
    answer.feed([TWO], Completed())
    assert answer.next_chunk() == TextChunk("t")
    assert answer.result().text == "one two"


def test_chunks_of_a_frame_that_nobody_took_are_not_read_after_closing() -> None:
    answer = letters()
    answer.feed([ONE], None)
    answer.next_chunk()
    answer.abandon()
    assert answer.next_chunk() is None


def test_what_a_failure_means_is_asked_once() -> None:
    answer = letters()
    answer.feed([ONE], Failed(TypeError("no")))
    Letters.failures = 0
    errors: list[Exception] = []
    for last in (answer.check, answer.result, answer.check):
        with pytest.raises(DecodeError, match="more than no") as caught:
            last()
        errors.append(caught.value)
    assert Letters.failures == 1
    assert errors[0] is errors[1] is errors[2]
    assert errors[0].partial == "one "  # type: ignore[attr-defined]


def test_what_a_reader_found_itself_is_no_failure_to_explain() -> None:
    answer = letters()
    answer.feed([msgspec.Raw(b"[]")], Completed())
    Letters.failures = 0
    for last in (answer.next_chunk, answer.check, answer.result):
        with pytest.raises(DecodeError) as caught:
            last()
        assert "more than" not in str(caught.value)
    assert Letters.failures == 0


class Content(Letters):
    """Knows that it was complete whatever happens."""

    def failure(self, error: Exception) -> None:
        return None


def test_a_failure_behind_the_end_is_none() -> None:
    call = StreamCall(service="text-completion", arguments={}, start=Content, streaming=True)
    answer: Receipt[TextChunk, TextCompletion] = Receipt(call)
    answer.feed([ONE], Failed(TypeError("no")))
    assert answer.result().text == "one "
    answer.check()
