"""The span rule against a list that is searched from the front."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tgproto.session.window import Window


class Model:
    """Every position ever handed out, and whether it is open."""

    def __init__(self, limit: int | None) -> None:
        self.limit = limit
        self.open: list[bool] = []

    @property
    def front(self) -> int | None:
        return next((position for position, is_open in enumerate(self.open) if is_open), None)

    @property
    def span(self) -> int:
        return 0 if self.front is None else len(self.open) - self.front

    @property
    def room(self) -> int | None:
        return None if self.limit is None else max(0, self.limit - self.span)


LIMITS = st.one_of(st.none(), st.integers(1, 20))
STEPS = st.lists(st.one_of(st.just("take"), st.integers(-1, 40)), min_size=20, max_size=80)


@given(LIMITS, STEPS, st.booleans())
@settings(max_examples=200)
def test_it_is_a_list_searched_from_the_front(
    limit: int | None, steps: list[int | str], obedient: bool
) -> None:
    window, model = Window(limit), Model(limit)
    for step in steps:
        if isinstance(step, int):
            window.finish(step)
            if 0 <= step < len(model.open):
                model.open[step] = False
        elif not obedient or model.room != 0:
            assert window.take() == len(model.open)
            model.open.append(True)
        assert (window.front, window.span, window.room) == (model.front, model.span, model.room)
        assert len(window) == sum(model.open)


def test_a_finished_request_keeps_its_place_behind_an_older_one() -> None:
    window = Window(16)
    positions = [window.take() for _ in range(16)]
    for position in positions[1:]:
        window.finish(position)
    assert (len(window), window.span, window.room) == (1, 16, 0)
    window.finish(positions[0])
    assert (len(window), window.front, window.span, window.room) == (0, None, 0, 16)


def test_without_a_limit_nothing_is_refused() -> None:
    window = Window(None)
    window.take()
    assert (window.limit, window.room, window.span) == (None, None, 1)


def test_to_finish_twice_is_harmless() -> None:
    window = Window(2)
    first, second = window.take(), window.take()
    window.finish(first)
    window.finish(first)
    assert (window.front, len(window)) == (second, 1)


def count_calls(act: Callable[[], None]) -> int:
    """Count the calls, of Python and of C functions, that `act` makes."""
    calls = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        act()
    finally:
        sys.setprofile(before)
    return calls


@pytest.mark.parametrize("from_the_back", [False, True])
def test_each_request_costs_the_same_number_of_calls_however_many_are_open(from_the_back: bool) -> None:
    size = 10_000
    window = Window(None)
    order = [window.take() for _ in range(size)]
    if from_the_back:
        order.reverse()
    spans = 0

    def finish_all() -> None:
        nonlocal spans
        for position in order:
            window.finish(position)
            spans += window.span

    assert count_calls(finish_all) < 10 * size
    assert spans == size * (size - 1) // (1 if from_the_back else 2)


def test_finished_places_are_not_searched_again_and_again() -> None:
    """No matter of counting calls: one call that searched them would make this last for minutes."""
    window = Window(None)
    order = [window.take() for _ in range(400_000)]
    for position in order:
        assert window.front == position
        window.finish(position)
    assert window.front is None
