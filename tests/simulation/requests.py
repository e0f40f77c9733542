"""The simulation of a client with many requests."""

from __future__ import annotations

from collections.abc import Sized

from tests.simulation.driver import Driver
from tests.simulation.gateway import Gateway
from tests.simulation.oracle import Judge
from tests.simulation.program import FOREVER, program
from tests.simulation.world import Log, Violation, World, play

CLOSING = 300.0
"""Seconds within which a closed client must be idle, its slow callers included."""


def simulate_requests(seed: int, log: Log | None = None) -> None:
    """Play one seed; see `play`."""
    play(_play, seed, log)


def _play(world: World, seed: int) -> None:
    plan = program(seed)
    world.tell(f"{plan.options}, {plan.dialect.name}, calm: {plan.calm}")
    gateway = Gateway(world, plan)
    driver = Driver(world, plan, gateway)
    client = driver.client
    at_rest = world.run(lambda: driver.at_rest, min(plan.close_at, FOREVER))
    if not at_rest and plan.close_at > FOREVER:
        raise Violation(f"no outcome: {[c.ask.number for c in driver.callers if not c.over]}")
    if not at_rest:
        world.now = plan.close_at
    world.tell("client: close")
    closed = world.now
    driver.close()
    if not world.run(lambda: client.idle and driver.at_rest, world.now + CLOSING):
        raise Violation("the closed client did not become idle")
    deadline = client.next_deadline()
    if deadline is not None:
        raise Violation(f"an idle client waits for {deadline}")
    rest = {name: value for name, value in vars(client).items() if isinstance(value, Sized) and len(value)}
    if rest:
        raise Violation(f"an idle client still holds {rest}")
    judge = Judge(plan, gateway.runs, closed)
    for caller in driver.callers:
        judge.judge(caller)
        judge.judge_delay(caller)
