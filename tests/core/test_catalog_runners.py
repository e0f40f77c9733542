"""The runners: whole answers and streams, in both colours, and no streams over REST."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.core.carriers import CALL, FIRST, LAST, OPTIONS, Awaited, Carried, Interrupt, drive
from tgproto.catalog import AsyncStream, CallOptions, Stream
from tgproto.catalog.call import StreamCall
from tgproto.catalog.runners import AwaitedRunner, BlockingRunner
from tgproto.catalog.text import TextReader
from tgproto.closing import CloseCause, CloseKind
from tgproto.errors import ConnectionLost, LocalProtocolError, StreamingUnavailable
from tgproto.session.events import Completed, Failed
from tgproto.session.request import Form
from tgproto.types import TextChunk


def test_there_may_be_no_sockets_for_imports() -> None:
    for runner in (BlockingRunner(Carried, streams=True), AwaitedRunner(Awaited, streams=True)):
        with pytest.raises(LocalProtocolError, match=r"use api\.bulk\(\)"):
            runner.bulk_carrier()


def test_a_call_returns_the_whole_answer() -> None:
    carrier = Carried(FIRST, LAST)
    assert BlockingRunner(lambda: carrier, streams=None).call(CALL, OPTIONS).text == "one two"
    assert carrier.submitted == [(CALL, 5.0, 50.0)]
    awaited = Awaited(FIRST, LAST)
    calling = AwaitedRunner(lambda: awaited, streams=None).call(CALL, OPTIONS)
    assert awaited.submitted == []
    assert drive(calling).text == "one two"
    assert awaited.submitted == [(CALL, 5.0, 50.0)]


def test_a_failed_call_raises_its_error_with_what_came() -> None:
    lost = ConnectionLost(CloseCause(CloseKind.LOST), sent=True, delivered=1)
    carrier = Carried(FIRST, ([], Failed(lost)))
    with pytest.raises(ConnectionLost) as caught:
        BlockingRunner(lambda: carrier, streams=lambda: carrier).call(CALL, OPTIONS)
    assert caught.value is lost
    assert lost.partial == "one "


def test_an_interrupted_call_is_abandoned() -> None:
    carrier = Carried(Interrupt())
    with pytest.raises(Interrupt):
        BlockingRunner(lambda: carrier, streams=lambda: carrier).call(CALL, OPTIONS)
    assert carrier.cancelled == [1]
    awaited = Awaited()
    calling = AwaitedRunner(lambda: awaited, streams=lambda: awaited).call(CALL, OPTIONS)
    calling.send(None)
    calling.close()
    assert awaited.cancelled == [1]


def test_each_call_asks_for_the_carrier_of_its_caller() -> None:
    carriers = [Carried(LAST), Carried(([msgspec.Raw(b'{"response":"b"}')], Completed()))]
    runner = BlockingRunner(iter(carriers).__next__, streams=None)
    assert [runner.call(CALL, CallOptions()).text for _ in range(2)] == ["two", "b"]


def test_streams() -> None:
    carrier = Carried(FIRST, LAST)
    stream = BlockingRunner(lambda: carrier, streams=lambda: carrier).open(CALL, OPTIONS)
    assert isinstance(stream, Stream)
    assert list(stream) == [TextChunk("one "), TextChunk("two", True)]
    awaited = Awaited(FIRST, LAST)
    waiting = AwaitedRunner(lambda: awaited, streams=lambda: awaited).open(CALL, OPTIONS)
    assert isinstance(waiting, AsyncStream)
    assert awaited.submitted == []
    assert drive(waiting.__anext__()) == TextChunk("one ")
    drive(waiting.aclose())


@pytest.mark.parametrize("kind", [BlockingRunner, AwaitedRunner])
def test_over_rest_there_are_no_streams(kind: type[BlockingRunner] | type[AwaitedRunner]) -> None:
    carrier = Awaited()
    with pytest.raises(StreamingUnavailable, match=r"text-completion.*api\.socket\(\)") as caught:
        kind(lambda: carrier, streams=None).open(CALL, OPTIONS)
    assert isinstance(caught.value, NotImplementedError)
    assert carrier.submitted == []


def test_calls_at_the_same_time_pauses_and_threads() -> None:
    carrier, later = Carried(), Awaited()
    runner, awaited = (
        BlockingRunner(lambda: carrier, streams=None),
        AwaitedRunner(lambda: later, streams=None),
    )
    carrier.steps, later.steps = [FIRST, LAST], [FIRST, LAST]
    assert runner.call_together([CALL], OPTIONS) == ["one two"]
    assert drive(awaited.call_together([CALL], OPTIONS)) == ["one two"]
    runner.pause(0.5)
    drive(awaited.pause(0.5))
    assert carrier.paused == later.paused == [0.5]
    assert drive(awaited.in_thread(lambda: "done")) == "done"


def test_a_machine_is_there_if_it_was_given() -> None:
    machine: Any = object()
    carrier, awaited = Carried(), Awaited()
    for runner in (
        BlockingRunner(lambda: carrier, streams=None, machine=machine),
        AwaitedRunner(lambda: awaited, streams=None, machine=machine),
    ):
        assert runner.machine is machine
    with pytest.raises(LocalProtocolError, match="this operation needs a machine"):
        _ = BlockingRunner(lambda: carrier, streams=None).machine


def test_what_goes_over_http_only() -> None:
    plain, other = Carried(LAST, LAST, LAST), Carried(LAST)
    runner = BlockingRunner(lambda: other, streams=None, http=lambda: plain)
    form = Form(path="a")
    call = StreamCall(service="a", arguments={}, start=TextReader, form=lambda _: form, streaming=True)
    assert runner.call(call, OPTIONS) == "two"
    plain.submitted.clear()
    assert runner.call_together([call], OPTIONS) == ["two"]
    assert runner.call_together([], OPTIONS) == []
    plain.submitted.clear()
    assert runner.open(call, OPTIONS).result() == "two"
    assert other.submitted == []
    assert runner.call(CALL, OPTIONS) == "two"
