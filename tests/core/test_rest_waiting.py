"""Where requests wait."""

from __future__ import annotations

from tgproto.rest.stream import Stream
from tgproto.rest.waiting import Waiting
from tgproto.session.request import Request


def stream(ident: int) -> Stream:
    return Stream(ident, Request("a", b"{}"), {}, 1)


def test_what_waits_is_counted_wherever_it_waits_and_can_be_forgotten() -> None:
    waiting = Waiting()
    streams = [stream(ident) for ident in range(4)]
    for place, one in zip((waiting.queue, waiting.held, waiting.parked, waiting.later), streams, strict=True):
        place[one.id] = one
    for left in range(4, 0, -1):
        assert len(waiting) == left
        waiting.forget(streams[left - 1])
        waiting.forget(streams[left - 1])  # harmless
    assert len(waiting) == 0


def test_one_may_be_the_next() -> None:
    waiting = Waiting()
    waiting.queue = waiting.queue.__class__({1: stream(1), 2: stream(2)})
    waiting.queue_first(stream(3))
    assert list(waiting.queue) == [3, 1, 2]
    waiting.queue_first(waiting.queue[2])
    assert list(waiting.queue) == [2, 3, 1]


def test_what_waits_for_a_token_or_its_time_can_be_queued_and_what_waits_for_an_answer_stays() -> None:
    waiting = Waiting()
    waiting.queue[1] = stream(1)
    waiting.held[2] = stream(2)
    waiting.parked[3] = stream(3)
    waiting.later[4] = stream(4)
    waiting.queue_all()
    assert list(waiting.queue) == [1, 3, 4]
    assert list(waiting.held) == [2]
    assert not waiting.parked
    assert not waiting.later
