"""Answers under way: each at its pace, one frame of each in turn, and no more than is asked for."""

from __future__ import annotations

from collections.abc import Iterator

from tgproto.gateway.answers import ENVELOPE, Answers, size_of
from tgproto.gateway.steps import Failure, Frame, Pause, Step
from tgproto.session.envelope import WireError

LAST = Frame(b"last", final=True)
ERROR = Failure(WireError("error", "no"), final=False)


def frames(name: bytes, count: int) -> Iterator[Step]:
    yield from (Frame(name) for _ in range(count))
    yield LAST


def test_answers_take_turns_and_end() -> None:
    answers = Answers()
    answers.begin(1, frames(b"a", 2), now=0.0)
    answers.begin(2, frames(b"b", 1), now=0.0)
    taken = [(key, step.payload) for key, step in answers.due(now=0.0) if isinstance(step, Frame)]
    assert taken == [(1, b"a"), (2, b"b"), (1, b"a"), (2, b"last"), (1, b"last")]
    assert answers.next_deadline() is None


def test_pauses_pass() -> None:
    answers = Answers()
    answers.begin(1, iter([Pause(1.0), Pause(0.0), Frame(b"a"), Pause(2.0), LAST]), now=5.0)
    assert answers.next_deadline() == 5.0
    assert list(answers.due(now=5.0)) == []
    assert answers.next_deadline() == 6.0
    assert list(answers.due(now=6.5)) == [(1, Frame(b"a"))]
    assert answers.next_deadline() == 8.5
    assert list(answers.due(now=8.5)) == [(1, LAST)]


def test_what_is_not_taken_stays() -> None:
    answers = Answers()
    answers.begin(1, frames(b"a", 1), now=0.0)
    assert next(answers.due(now=0.0)) == (1, Frame(b"a"))
    assert answers.next_deadline() == 0.0
    assert next(answers.due(now=9.0)) == (1, LAST)
    assert answers.next_deadline() is None


def test_other_ends() -> None:
    answers = Answers()
    answers.begin(1, iter([ERROR, LAST]), now=0.0)
    answers.begin(2, iter([]), now=0.0)
    assert list(answers.due(now=0.0)) == [(1, ERROR)]
    assert answers.next_deadline() is None


def test_giving_up() -> None:
    answers = Answers()
    answers.begin(1, frames(b"a", 1), now=0.0)
    answers.begin(2, frames(b"b", 0), now=0.0)
    answers.forget(1)
    answers.forget(1)
    assert list(answers.due(now=0.0)) == [(2, LAST)]
    answers.begin(3, frames(b"c", 1), now=0.0)
    answers.clear()
    assert answers.next_deadline() is None
    assert list(answers.due(now=9.0)) == []


def test_sizes() -> None:
    assert size_of(LAST) == ENVELOPE + 4
    assert size_of(ERROR) == ENVELOPE
