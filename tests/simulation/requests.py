"""The simulation of a client with many requests."""

from __future__ import annotations

from collections.abc import Sized

from tests.simulation.driver import Caller, Driver
from tests.simulation.gateway import Gateway
from tests.simulation.oracle import Judge
from tests.simulation.program import program
from tests.simulation.world import Log, Violation, World, play

WORKING = 400.0
"""Seconds within which every caller must have an outcome."""
CLOSING = 300.0
"""Seconds within which a closed client must be idle, its slow callers included."""


def simulate_requests(seed: int, log: Log | None = None) -> None:
    """Play one seed; see `play`."""

    def scene(world: World) -> None:
        judge, callers = perform(world, seed)
        for caller in callers:
            judge.judge(caller)

    play(scene, seed, log)


def perform(world: World, seed: int) -> tuple[Judge, list[Caller]]:
    """Let everything happen, to the end, and return who judges it and what the callers got."""
    plan = program(seed)
    world.tell(f"{plan.options}, {plan.dialect.name}, calm: {plan.calm}")
    gateway = Gateway(world, plan)
    driver = Driver(world, plan, gateway)
    if not world.run(lambda: driver.at_rest, min(plan.close_at, WORKING)) and plan.close_at > WORKING:
        raise Violation(f"no outcome: {[c.ask.number for c in driver.callers if not c.over]}")
    world.tell("client: close")
    closed = world.now
    driver.close()
    client = driver.client
    if not world.run(lambda: client.idle and driver.at_rest, closed + CLOSING):
        raise Violation("the closed client did not become idle")
    deadline = client.next_deadline()
    if deadline is not None:
        raise Violation(f"an idle client waits for {deadline}")
    rest = {name: value for name, value in vars(client).items() if isinstance(value, Sized) and len(value)}
    if rest:
        raise Violation(f"an idle client still holds {rest}")
    return Judge(plan, gateway.runs, closed), driver.callers
