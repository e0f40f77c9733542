"""Deadlines against a dictionary, and that memory follows what is armed."""

from __future__ import annotations

import sys

from hypothesis import given, settings
from hypothesis import strategies as st

from tgproto.timers import Timers, earlier

KEYS = st.integers(0, 5)
TIMES = st.integers(0, 20).map(float)
STEPS = st.one_of(
    st.tuples(st.just("set"), KEYS, TIMES),
    st.tuples(st.just("cancel"), KEYS, TIMES),
    st.tuples(st.just("pop"), KEYS, TIMES),
    st.tuples(st.just("earliest"), KEYS, TIMES),
    st.tuples(st.just("clear"), KEYS, TIMES),
)


@given(st.lists(STEPS, min_size=20, max_size=120))
@settings(max_examples=150)
def test_it_is_a_dictionary_of_deadlines(steps: list[tuple[str, int, float]]) -> None:
    timers: Timers[int] = Timers()
    model: dict[int, float] = {}
    for step, key, at in steps:
        match step:
            case "set":
                timers.set(key, at)
                model[key] = at
            case "cancel":
                timers.cancel(key)
                model.pop(key, None)
            case "clear":
                timers.clear()
                model.clear()
            case "earliest":
                assert timers.earliest() == min(model.values(), default=None)
            case _:
                due = [(model[key], key) for key in timers.pop_due(at)]
                assert [time for time, _ in due] == sorted(time for time in model.values() if time <= at)
                for _, popped in due:
                    del model[popped]  # a KeyError if it was given twice
        assert len(timers) == len(model)
        assert {key for key in range(6) if key in timers} == set(model)


def test_a_deadline_can_be_moved_both_ways() -> None:
    timers: Timers[str] = Timers()
    timers.set("a", 5.0)
    timers.set("b", 6.0)
    timers.set("a", 7.0)
    assert timers.earliest() == 6.0
    timers.set("a", 4.0)
    assert timers.earliest() == 4.0
    assert list(timers.pop_due(7.0)) == ["a", "b"]


def test_what_is_armed_while_others_are_due_is_due_as_well() -> None:
    timers: Timers[str] = Timers()
    timers.set("a", 1.0)
    seen = []
    for name in timers.pop_due(5.0):
        seen.append(name)
        if name == "a":
            timers.set("b", 3.0)
            timers.set("c", 7.0)
    assert seen == ["a", "b"]
    assert timers.earliest() == 7.0


def test_what_is_disarmed_while_others_are_due_is_not_given() -> None:
    timers: Timers[str] = Timers()
    timers.set("a", 1.0)
    timers.set("b", 2.0)
    due = timers.pop_due(5.0)
    assert next(due) == "a"
    timers.clear()
    assert list(due) == []


def test_a_key_that_fired_can_be_armed_again() -> None:
    timers: Timers[str] = Timers()
    timers.set("a", 9.0)
    timers.set("a", 1.0)
    assert list(timers.pop_due(1.0)) == ["a"]
    timers.set("a", 9.0)
    assert list(timers.pop_due(10.0)) == ["a"]
    assert timers.earliest() is None


def test_keys_need_no_order() -> None:
    timers: Timers[object] = Timers()
    first, second = object(), object()
    timers.set(first, 1.0)
    timers.set(second, 1.0)
    assert list(timers.pop_due(1.0)) == [first, second]


def references_after(count: int, *, cancel: bool) -> int:
    """Arm one key again and again below an earlier one, and count what remembers it."""
    key = object()
    timers: Timers[object] = Timers()
    timers.set("front", 0.0)
    for number in range(count):
        timers.set(key, 10.0)
        timers.set(key, 5.0 + number % 2)
        if cancel:
            timers.cancel(key)
        assert timers.earliest() == 0.0
    return sys.getrefcount(key)


def test_disarmed_deadlines_are_forgotten() -> None:
    assert references_after(2000, cancel=True) < 60


def test_moved_deadlines_are_forgotten() -> None:
    assert references_after(2000, cancel=False) < 60


def test_cleared_deadlines_are_forgotten() -> None:
    key = object()
    timers: Timers[object] = Timers()
    before = sys.getrefcount(key)
    timers.set(key, 1.0)
    timers.clear()
    assert sys.getrefcount(key) == before


def test_a_set_of_deadlines_says_what_it_holds() -> None:
    timers: Timers[str] = Timers()
    timers.set("a", 1.0)
    assert len(timers) == 1
    assert "a" in timers
    assert "b" not in timers


@given(st.lists(st.one_of(st.none(), st.floats(allow_nan=False)), max_size=5))
@settings(max_examples=100)
def test_the_earlier_one_of_deadlines_of_which_some_are_none(deadlines: list[float | None]) -> None:
    assert earlier(*deadlines) == min((at for at in deadlines if at is not None), default=None)


def test_no_deadline_is_later_than_any() -> None:
    assert earlier() is None
    assert earlier(None, None) is None
    assert earlier(None, 2.0, 1.0, None, 3.0) == 1.0
