"""A batch that is carried out, step by step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest

from tgproto.assistant.batch import BatchPolicy, BatchRequest, prepared
from tgproto.assistant.outcomes import BatchItem, BatchResult
from tgproto.assistant.plan import Plan, Run
from tgproto.assistant.sending import LONGEST_PAUSE, send
from tgproto.catalog.call import StreamCall
from tgproto.catalog.machine import Machine
from tgproto.catalog.steps import Here, Opened, Pause, Step, Taken, Tell
from tgproto.catalog.through import LAST
from tgproto.errors import CallCancelled, CallError, RequestTimeout
from tgproto.web.errors import InternalError

Answer = Callable[[Run], object]


class Sent:
    """A run under way."""

    def __init__(self, run: Run, call: StreamCall[Any, Any], world: World) -> None:
        self.run, self.call, self.world = run, call, world

    def cancel(self) -> None:
        self.world.under_way.discard(self)


class World:
    """Carries the steps out: what a run is answered, and how long it takes."""

    def __init__(self, *answers: object, seconds: float = 1.0, limit: float | None = 35.0) -> None:
        self.answers, self.seconds, self.limit = list(answers), seconds, limit
        self.now = 1000.0
        self.under_way: set[Sent] = set()
        self.runs: dict[int, Run] = {}
        self.said: list[str] = []
        self.told: list[BatchItem] = []

    def call(self, run: Run) -> StreamCall[Any, Any]:
        made: StreamCall[Any, Any] = StreamCall(
            service="batch",
            arguments={"ids": [one.id for one in run]},
            start=LAST,
            streaming=True,
            total_timeout=self.limit,
        )
        self.runs[len(self.runs)] = run
        return made

    def time(self) -> float:
        return self.now

    def run(self, plan: Plan, *, concurrency: int = 1, total_timeout: float | None = None) -> BatchResult:
        steps = send(plan, concurrency, self.call, total_timeout)
        came: object = None
        error: Exception | None = None
        try:
            while True:
                asked = steps.send(came) if error is None else steps.throw(error)
                came, error = None, None
                try:
                    came = self.carry_out(asked)
                except Exception as failed:  # noqa: BLE001
                    error = failed
        except StopIteration as done:
            return cast("BatchResult", done.value)
        finally:
            assert not self.under_way

    def carry_out(self, asked: Step) -> object:
        match asked:
            case Here():
                machine: Any = self
                found: Machine = machine
                return found
            case Opened(call):
                names = call.arguments["ids"]
                sent = Sent(self.runs[len(self.runs) - 1], call, self)
                self.under_way.add(sent)
                self.said.append(f"open {names[0]} {call.total_timeout}")
                return sent
            case Taken(stream):
                assert isinstance(stream, Sent)
                self.now += self.seconds
                self.said.append(f"take {stream.run[0].id}")
                answer = self.answers.pop(0) if self.answers else 200
                if isinstance(answer, Exception):
                    self.under_way.discard(stream)
                    raise answer
                return {"responses": [{"id": one.id, "status": answer} for one in stream.run]}
            case Pause(seconds):
                self.said.append(f"pause {seconds:g}")
                return None
            case Tell(chunk):
                self.told.append(chunk)
                return None
            case _:
                raise AssertionError(asked)


def plan_of(count: int, *, safe: bool = False, **policy: Any) -> Plan:
    requests = [BatchRequest("/a", id=str(number), idempotent=safe) for number in range(count)]
    return Plan(prepared(requests), BatchPolicy(**policy))


def test_run_after_run() -> None:
    world = World()
    result = world.run(plan_of(3, max_size=1))
    assert world.said == ["open 0 35.0", "take 0", "open 1 35.0", "take 1", "open 2 35.0", "take 2"]
    assert list(result) == world.told
    assert result.ok


def test_so_many_at_once() -> None:
    world = World(limit=None)
    assert world.run(plan_of(3, max_size=1), concurrency=2).ok
    assert world.said == ["open 0 None", "open 1 None", "take 0", "open 2 None", "take 1", "take 2"]


def test_nothing_to_send() -> None:
    world = World()
    assert len(world.run(plan_of(0), total_timeout=5.0)) == 0
    assert world.said == []


def test_a_failure_is_that_of_its_run() -> None:
    world = World(200, InternalError("m", 500), 200)
    result = world.run(plan_of(3, max_size=1))
    assert [item.ok for item in result] == [True, False, True]
    assert result[1].outcome_unknown


def test_a_pause_before_what_goes_again() -> None:
    world = World(*[503] * 7)
    result = world.run(plan_of(1, safe=True, item_retries=6))
    assert [said for said in world.said if "pause" in said] == [
        *("pause 0.5", "pause 1", "pause 2", "pause 4"),
        *[f"pause {LONGEST_PAUSE:g}"] * 2,
    ]
    assert (result[0].attempts, result[0].status) == (7, 503)
    assert world.told == list(result)


def test_a_limit_for_all_of_it() -> None:
    world = World(seconds=20.0)
    plan = plan_of(4, max_size=1)
    with pytest.raises(RequestTimeout, match="batch: the call was not over after 45 s") as caught:
        world.run(plan, total_timeout=45.0)
    assert [said for said in world.said if "open" in said] == ["open 0 35.0", "open 1 25.0", "open 2 5.0"]
    result = caught.value.partial
    assert isinstance(result, BatchResult)
    assert [item.ok for item in result] == [True, True, True, False]
    assert result[3].not_sent
    assert world.told == list(result)


def test_a_limit_that_ends_the_last_run() -> None:
    world = World(RequestTimeout("total_timeout", 5.0), seconds=5.0)
    with pytest.raises(RequestTimeout) as caught:
        world.run(plan_of(1), total_timeout=5.0)
    assert isinstance(caught.value.partial, BatchResult)
    assert caught.value.partial[0].outcome_unknown


def test_a_limit_that_all_is_just_within() -> None:
    assert World(seconds=5.0).run(plan_of(1), total_timeout=5.0).ok
    failed = World(RequestTimeout("timeout", 1.0)).run(plan_of(1), total_timeout=5.0)
    assert failed[0].outcome_unknown


def test_there_is_always_a_moment() -> None:
    world = World()
    plan = plan_of(2, max_size=1)
    steps = send(plan, 2, world.call, 5.0)
    assert isinstance(next(steps), Here)
    opened = steps.send(world)
    assert isinstance(opened, Opened)
    world.now += 10.0
    second = steps.send(Sent(world.runs[0], opened.call, world))
    assert isinstance(second, Opened)
    assert second.call.total_timeout == 0.001
    steps.close()


def test_what_is_given_up_is_cancelled() -> None:
    class Interrupt(BaseException):
        pass

    for error in (Interrupt(), CallCancelled("closed")):
        world = World()
        steps = send(plan_of(2, max_size=1), 2, world.call, None)
        sent: list[Sent] = []
        asked: Step = next(steps)
        while isinstance(asked, Opened):
            sent.append(Sent(world.runs[len(sent)], asked.call, world))
            world.under_way.add(sent[-1])
            asked = steps.send(sent[-1])
        assert len(world.under_way) == 2
        if isinstance(error, CallError):
            steps.close()
        else:
            with pytest.raises(Interrupt):
                steps.throw(error)
        assert not world.under_way
