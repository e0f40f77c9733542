"""Two cores over a faulty pipe, on a virtual clock. A seed that fails says how to play it again.

A request has one outcome, in time; what came is what was sent, in order; nothing runs twice unless it
may; what is confirmed was handled; and a closed client holds nothing.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.simulation.driver import Caller
from tests.simulation.imports import simulate_import
from tests.simulation.oracle import Judge
from tests.simulation.requests import perform, simulate_requests
from tests.simulation.world import Violation, World
from tgproto.closing import CloseCause, CloseKind
from tgproto.errors import ConnectionLost
from tgproto.session.events import Completed, Failed

FAST = range(0, 300, 25)
SLOW = range(300, 2300, 100)


@pytest.mark.parametrize("first", FAST)
def test_requests(first: int) -> None:
    for seed in range(first, first + FAST.step):
        simulate_requests(seed)


@pytest.mark.slow
@pytest.mark.parametrize("first", SLOW)
def test_many_requests(first: int) -> None:
    for seed in range(first, first + SLOW.step):
        simulate_requests(seed)


@pytest.mark.parametrize("first", FAST)
def test_imports(first: int) -> None:
    for seed in range(first, first + FAST.step):
        simulate_import(seed)


@pytest.mark.slow
@pytest.mark.parametrize("first", SLOW)
def test_many_imports(first: int) -> None:
    for seed in range(first, first + SLOW.step):
        simulate_import(seed)


@pytest.mark.parametrize("simulate", [simulate_requests, simulate_import])
def test_a_seed_plays_the_same_every_time(simulate: Callable[..., None]) -> None:
    first, second = list[str](), list[str]()
    simulate(42, first.append)
    simulate(42, second.append)
    assert first == second


# --- the judge itself -------------------------------------------------------------------------------


def _served() -> tuple[Judge, Caller]:
    """Return a caller who got a whole answer of several frames."""
    for seed in range(100):
        judge, callers = perform(World(seed), seed)
        for caller in callers:
            if isinstance(caller.outcome, Completed) and len(caller.frames) > 1:
                judge.judge(caller)
                return judge, caller
    raise AssertionError("no seed has one")


def _lose_a_frame(caller: Caller) -> None:
    del caller.frames[0]


def _lose_the_last_frame(caller: Caller) -> None:
    del caller.frames[-1]


def _swap_frames(caller: Caller) -> None:
    caller.frames.reverse()


def _repeat_a_frame(caller: Caller) -> None:
    caller.frames.append(caller.frames[-1])


def _never_end(caller: Caller) -> None:
    caller.outcome = None


def _fail(caller: Caller) -> None:
    caller.outcome = Failed(
        ConnectionLost(CloseCause(CloseKind.LOST), sent=True, delivered=len(caller.frames))
    )


def _say_that_it_never_ran(caller: Caller) -> None:
    caller.frames.clear()
    caller.outcome = Failed(ConnectionLost(CloseCause(CloseKind.LOST), sent=False))


def _miscount(caller: Caller) -> None:
    del caller.frames[-1]
    caller.outcome = Failed(ConnectionLost(CloseCause(CloseKind.LOST), sent=True, delivered=77))


@pytest.mark.parametrize(
    "spoil",
    [
        _lose_a_frame,
        _lose_the_last_frame,
        _swap_frames,
        _repeat_a_frame,
        _never_end,
        _fail,
        _say_that_it_never_ran,
        _miscount,
    ],
)
def test_the_judge_notices(spoil: Callable[[Caller], None]) -> None:
    judge, caller = _served()
    spoil(caller)
    with pytest.raises(Violation):
        judge.judge(caller)
