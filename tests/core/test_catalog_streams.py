"""Streams in both colours: chunks, results, closing at any moment, and who may read."""

from __future__ import annotations

import gc
import inspect
from collections.abc import Awaitable, Callable, Generator
from typing import Any, TypeVar

import msgspec
import pytest

from tests.core.carriers import (
    CALL,
    FIRST,
    LAST,
    ONE,
    OPTIONS,
    TWO,
    Awaited,
    Carried,
    Interrupt,
    Step,
    Taken,
    drive,
)
from tgproto.catalog import AsyncStream, CallOptions, Stream
from tgproto.catalog.streams import awaited_result_of, awaited_results_of, result_of, results_of
from tgproto.errors import CallCancelled, DecodeError, LLMError, LocalProtocolError
from tgproto.session.events import Completed, Failed
from tgproto.types import TextChunk, TextCompletion

T = TypeVar("T")


class Both:
    """One stream, whatever its colour; the methods are those of the blocking one."""

    def __init__(self, awaited: bool, *steps: Step) -> None:
        self.awaited = awaited
        self.carrier = Awaited(*steps) if awaited else Carried(*steps)
        kind: Callable[..., Any] = AsyncStream if awaited else Stream
        self.stream = kind(self.carrier, CALL, OPTIONS)

    def next(self) -> TextChunk | None:
        """Return the next chunk; None at the end."""
        if not self.awaited:
            return next(self.stream, None)
        try:
            return drive(self.stream.__anext__())
        except StopAsyncIteration:
            return None

    def result(self) -> TextCompletion:
        return drive(self.stream.result()) if self.awaited else self.stream.result()

    def close(self) -> None:
        drive(self.stream.aclose()) if self.awaited else self.stream.close()

    def enter(self) -> Any:
        return drive(self.stream.__aenter__()) if self.awaited else self.stream.__enter__()

    def leave(self) -> None:
        nothing = (None, None, None)
        drive(self.stream.__aexit__(*nothing)) if self.awaited else self.stream.__exit__(*nothing)


@pytest.fixture(params=[False, True], ids=["blocking", "awaited"])
def make(request: pytest.FixtureRequest) -> Callable[..., Both]:
    return lambda *steps: Both(request.param, *steps)


Make = Callable[..., Both]

# --- reading ----------------------------------------------------------------------------------------


def test_of_two_limits_of_a_duration_the_shorter_one_holds() -> None:
    for mine, given, holds in ((7.0, None, 7.0), (7.0, 3.0, 3.0), (3.0, 7.0, 3.0), (None, None, None)):
        carrier = Carried(LAST)
        call = msgspec.structs.replace(CALL, total_timeout=mine)
        result_of(carrier, call, CallOptions(timeout=None, total_timeout=given))
        assert carrier.submitted[0][1:] == (None, holds)


def test_chunks_come_one_by_one_and_the_whole_afterwards(make: Make) -> None:
    both = make(FIRST, LAST)
    assert [both.next(), both.next(), both.next(), both.next()] == [
        TextChunk("one "),
        TextChunk("two", True),
        None,
        None,
    ]
    assert both.result().text == "one two"
    both.close()
    assert both.carrier.submitted == [(CALL, 5.0, 50.0)]
    assert both.carrier.cancelled == []


def test_several_chunks_of_one_read_are_all_handed_out(make: Make) -> None:
    both = make(([ONE, TWO], Completed()))
    assert [both.next(), both.next(), both.next()] == [TextChunk("one "), TextChunk("two", True), None]


def test_the_whole_can_be_asked_for_at_any_moment(make: Make) -> None:
    both = make(FIRST, LAST)
    assert both.next() == TextChunk("one ")
    assert both.result().text == "one two"
    assert both.result().text == "one two"


def test_chunks_before_a_failure_are_handed_out(make: Make) -> None:
    error = LLMError("no luck", "llm-error")
    both = make(FIRST, ([TWO], Failed(error)))
    assert [both.next(), both.next()] == [TextChunk("one "), TextChunk("two")]
    for _ in range(2):
        with pytest.raises(LLMError):
            both.next()
    with pytest.raises(LLMError) as caught:
        both.result()
    assert caught.value.partial == "one two"
    assert both.carrier.cancelled == []


@pytest.mark.parametrize("whole", [False, True])
def test_a_frame_that_cannot_be_read_ends_the_stream(make: Make, whole: bool) -> None:
    both = make(([msgspec.Raw(b'{"response":7}')], None), LAST)
    with pytest.raises(DecodeError):
        both.result() if whole else [both.next(), both.next()]
    both.close()


def test_the_request_of_a_blocking_stream_is_sent_at_once_and_of_an_awaited_one_when_it_is_used() -> None:
    assert len(Both(False).carrier.submitted) == 1
    for use in (Both.enter, lambda both: drive(wait(both.stream))):
        both = Both(True)
        assert both.carrier.submitted == []
        assert use(both) is both.stream
        assert use(both) is both.stream
        assert len(both.carrier.submitted) == 1
        both.close()


async def wait(stream: Awaitable[T]) -> T:
    return await stream


def test_both_can_be_looped_over() -> None:
    assert [chunk.content for chunk in Both(False, FIRST, LAST).stream] == ["one ", "two"]

    async def loop() -> list[str]:
        stream: AsyncStream[TextChunk, TextCompletion] = Both(True, FIRST, LAST).stream
        return [chunk.content async for chunk in await stream]

    assert drive(loop()) == ["one ", "two"]


# --- closing ----------------------------------------------------------------------------------------


def test_leaving_the_block_cancels_what_is_left(make: Make) -> None:
    both = make(FIRST)
    assert both.enter() is both.stream
    assert both.next() == TextChunk("one ")
    both.leave()
    both.close()
    assert both.carrier.cancelled == [1]
    with pytest.raises(CallCancelled):
        both.next()
    with pytest.raises(CallCancelled) as caught:
        both.result()
    assert caught.value.partial == "one "
    assert len(both.carrier.submitted) == 1


def test_a_stream_that_is_over_can_be_entered(make: Make) -> None:
    both = make(LAST)
    both.result()
    both.enter()
    assert both.next() == TextChunk("two") or both.next() is None
    assert len(both.carrier.submitted) == 1


def test_a_closed_stream_that_was_never_used_sends_nothing() -> None:
    both = Both(True)
    both.close()
    with pytest.raises(CallCancelled):
        both.next()
    with pytest.raises(CallCancelled):
        both.result()
    assert both.carrier.submitted == []


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize(
    "found",
    [FIRST, LAST, ([], None), CallCancelled("closed"), LocalProtocolError("there is no stream 1")],
)
def test_a_stream_may_be_closed_while_it_is_read(make: Make, found: Taken | Exception, whole: bool) -> None:
    def closed_meanwhile() -> Taken:
        both.close()
        if isinstance(found, Exception):
            raise found
        return found

    both = make(closed_meanwhile)
    with pytest.raises(CallCancelled, match="text-completion in flow 'f'"):
        both.result() if whole else both.next()
    assert both.carrier.cancelled == [1]
    assert len(both.carrier.submitted) == 1


@pytest.mark.parametrize("error", [CallCancelled("by the carrier"), LocalProtocolError("another loop")])
def test_an_error_of_the_carrier_is_not_hidden(make: Make, error: Exception) -> None:
    both = make(error)
    with pytest.raises(type(error)):
        both.next()


def test_a_cancelled_loop_can_go_on_and_a_cancelled_result_is_abandoned() -> None:
    both = Both(True, Interrupt(), FIRST, Interrupt())
    with pytest.raises(Interrupt):
        both.next()
    assert both.next() == TextChunk("one ")
    assert both.carrier.cancelled == []
    with pytest.raises(Interrupt):
        both.result()
    assert both.carrier.cancelled == [1]


def test_an_interrupted_loop_ends_because_chunks_may_be_lost() -> None:
    both = Both(False, Interrupt(), FIRST)
    with pytest.raises(Interrupt):
        both.next()
    assert both.carrier.cancelled == [1]
    with pytest.raises(CallCancelled):
        both.next()


def test_a_stream_that_nobody_has_any_more_is_cancelled(make: Make) -> None:
    both = make(FIRST)
    both.next()
    del both.stream
    gc.collect()
    assert both.carrier.collected == [1]


def test_a_stream_that_is_over_is_not_cancelled_when_it_is_collected(make: Make) -> None:
    both = make(LAST)
    both.result()
    del both.stream
    gc.collect()
    assert both.carrier.collected == both.carrier.cancelled == []


def test_a_request_that_was_refused_leaves_nothing_behind() -> None:
    class Refusing(Carried):
        def submit(self, *args: object, **limits: object) -> int:
            raise LocalProtocolError("closed")

    carrier = Refusing()
    with pytest.raises(LocalProtocolError):
        Stream(carrier, CALL, OPTIONS)
    with pytest.raises(LocalProtocolError):
        drive(AsyncStream(carrier, CALL, OPTIONS).result())
    gc.collect()
    assert carrier.collected == carrier.cancelled == []
    Stream.__new__(Stream).__del__()  # one whose making was interrupted


# --- one reader -------------------------------------------------------------------------------------


@pytest.mark.parametrize("whole", [False, True])
def test_a_stream_is_read_by_one_at_a_time(make: Make, whole: bool) -> None:
    def another_one() -> Taken:
        with pytest.raises(LocalProtocolError, match="somebody else"):
            both.result() if whole else both.next()
        return FIRST

    both = make(another_one, LAST)
    assert both.next() == TextChunk("one ")
    assert both.result().text == "one two"  # the first reader was not disturbed
    assert both.carrier.cancelled == []


def test_a_cancelled_wait_loses_nothing() -> None:
    both = Both(True, FIRST, LAST)
    waiting = both.stream.__anext__()
    waiting.send(None)
    waiting.close()
    assert both.next() == TextChunk("one ")
    assert both.carrier.cancelled == []


def test_a_cancelled_result_is_abandoned() -> None:
    both = Both(True, FIRST, LAST)
    waiting: Generator[Any, Any, Any] = both.stream.result()
    waiting.send(None)
    waiting.close()
    assert both.carrier.cancelled == [1]


# --- what is shown ----------------------------------------------------------------------------------


def test_what_it_shows(make: Make) -> None:
    both = make(FIRST, LAST)
    name = type(both.stream).__name__
    shown = [repr(both.stream)]
    both.next()
    shown.append(repr(both.stream))
    both.result()
    shown.append(repr(both.stream))
    states = ["new" if both.awaited else "under way", "under way", "over"]
    assert shown == [f"<{name} of text-completion in flow 'f': {state}>" for state in states]


def test_both_have_the_same_verbs_and_all_are_documented() -> None:
    verbs = {
        kind: {name for name, value in inspect.getmembers(kind, inspect.isfunction)}
        for kind in (Stream, AsyncStream)
    }
    assert {name for name in verbs[Stream] if name[0] != "_"} == {"result", "close", "cancel"}
    assert {name for name in verbs[AsyncStream] if name[0] != "_"} == {"result", "aclose", "cancel"}
    for kind, names in verbs.items():
        assert all(getattr(kind, name).__doc__ for name in names if name[0] != "_")


# --- whole answers ----------------------------------------------------------------------------------


def test_a_whole_answer_needs_no_stream() -> None:
    carriers = Carried(FIRST, LAST), Awaited(FIRST, LAST)
    assert result_of(carriers[0], CALL, OPTIONS).text == "one two"
    assert drive(awaited_result_of(carriers[1], CALL, OPTIONS)).text == "one two"
    for carrier in carriers:
        assert carrier.submitted == [(CALL, 5.0, 50.0)]
        assert carrier.cancelled == []


def test_an_interrupted_wait_for_a_whole_answer_abandons_the_request() -> None:
    carriers = Carried(FIRST, Interrupt()), Awaited(FIRST, Interrupt())
    with pytest.raises(Interrupt):
        result_of(carriers[0], CALL, OPTIONS)
    with pytest.raises(Interrupt):
        drive(awaited_result_of(carriers[1], CALL, OPTIONS))
    assert all(len(carrier.cancelled) == 1 for carrier in carriers)


# --- several calls at the same time -----------------------------------------------------------


class Several(Carried):
    """Gives each stream what is meant for it."""

    def __init__(self, **answers: Step) -> None:
        super().__init__()
        self.answers = answers
        self.asked: list[int] = []

    def receive(self, stream_id: int) -> Taken:
        self.asked.append(stream_id)
        self.steps = [self.answers.pop(f"_{stream_id}")]
        return super().receive(stream_id)


class AwaitedSeveral(Several):
    async def receive(self, stream_id: int) -> Taken:  # type: ignore[override]
        return super().receive(stream_id)


SEVERAL: dict[str, Step] = {"_1": LAST, "_2": LAST, "_3": LAST}
LOST = ([], Failed(LLMError("no", "llm-error")))


def test_calls_go_out_at_once_and_results_come_in_their_order() -> None:
    blocking, awaited = Several(**SEVERAL), AwaitedSeveral(**SEVERAL)
    assert results_of(blocking, [CALL] * 3, OPTIONS) == ["two"] * 3
    assert drive(awaited_results_of(awaited, [CALL] * 3, OPTIONS)) == ["two"] * 3
    for carrier in (blocking, awaited):
        assert carrier.submitted == [(CALL, 5.0, 50.0)] * 3
        assert (carrier.asked, carrier.cancelled) == ([1, 2, 3], [])
    assert results_of(Several(), [], OPTIONS) == []


@pytest.mark.parametrize("second", [LOST, Interrupt()])
def test_the_first_that_fails_cancels_the_rest(second: Step) -> None:
    answers = {**SEVERAL, "_2": second}
    error = Interrupt if isinstance(second, Interrupt) else LLMError
    blocking, awaited = Several(**answers), AwaitedSeveral(**answers)
    with pytest.raises(error):
        results_of(blocking, [CALL] * 3, OPTIONS)
    with pytest.raises(error):
        drive(awaited_results_of(awaited, [CALL] * 3, OPTIONS))
    for carrier in (blocking, awaited):
        assert carrier.asked == [1, 2]
        assert carrier.cancelled == ([3] if second is LOST else [2, 3])


def test_an_answer_may_come_in_several_frames() -> None:
    carrier = Carried(FIRST, LAST)
    assert results_of(carrier, [CALL], OPTIONS) == ["one two"]
