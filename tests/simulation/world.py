"""The virtual clock: actions in the order of their times. Nothing sleeps, and a seed decides everything."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterable
from random import Random
from typing import TypeAlias

Log: TypeAlias = Callable[[str], object]
"""Told what happens, line by line."""
BUSY = 20_000
"""Actions at one instant that count as a busy loop."""


class Violation(AssertionError):
    """A promise of the core was broken."""


class World:
    """Time, chance, and what is still to happen.

    Args:
        seed: Decides every random choice.
        log: Told what happens, for a person.
    """

    def __init__(self, seed: int, log: Log | None = None) -> None:
        self.now = 0.0
        self.random = Random(seed)
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        self._serial = 0
        self._crowd = 0
        self._log = log

    def at(self, when: float, action: Callable[[], None]) -> None:
        """Do something at a time; at once if it is past."""
        self._serial += 1
        heapq.heappush(self._agenda, (max(when, self.now), self._serial, action))

    def after(self, delay: float, action: Callable[[], None]) -> None:
        """Do something later."""
        self.at(self.now + delay, action)

    def run(self, done: Callable[[], bool], until: float) -> bool:
        """Let things happen until `done`, and return whether it was before `until`.

        Raises:
            Violation: Time stands still.
        """
        while not done():
            if not self._agenda or self._agenda[0][0] > until:
                self.now = until
                return False
            when, _, action = heapq.heappop(self._agenda)
            self._crowd = self._crowd + 1 if when == self.now else 0
            if self._crowd > BUSY:
                raise Violation(f"more than {BUSY} actions at one instant: a busy loop")
            self.now = when
            action()
        return True

    def tell(self, text: str) -> None:
        """Write a line of the log."""
        if self._log is not None:
            self._log(f"{self.now:10.4f}  {text}")


def play(scene: Callable[[World], None], seed: int, log: Log | None, option: str = "") -> None:
    """Play a seed.

    Args:
        scene: What is played.
        seed: Decides everything.
        log: Told what happens.
        option: What the command line needs before the seed.

    Raises:
        Violation: A promise of the core was broken; the message says how to play the seed again.
    """
    world = World(seed, log)
    try:
        scene(world)
    except Exception as error:
        again = f"To see it again: python -m tests.simulation {option}{seed}"
        raise Violation(f"seed {seed}, {world.now:.4f} s: {error!r}\n{again}") from error


class Process:
    """Something that acts only while it is not frozen, and then in the order of what happened.

    Args:
        world: The clock.
        freezes: When it stands still, and for how long.
    """

    def __init__(self, world: World, freezes: Iterable[tuple[float, float]]) -> None:
        self.world = world
        self._frozen = 0
        self._backlog: deque[Callable[[], None]] = deque()
        for begin, duration in freezes:
            world.at(begin, self._freeze)
            world.at(begin + duration, self._thaw)

    def do(self, action: Callable[[], None]) -> None:
        """Act now, or as soon as it can."""
        self._backlog.append(action)
        self._work()

    def _work(self) -> None:
        while self._backlog and not self._frozen:
            self._backlog.popleft()()

    def _freeze(self) -> None:
        self._frozen += 1

    def _thaw(self) -> None:
        self._frozen -= 1
        self._work()
