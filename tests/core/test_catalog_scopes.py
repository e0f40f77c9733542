"""Scopes and their options, and how each colour carries a call out."""

from __future__ import annotations

import inspect
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.core.carriers import LAST, Awaited, Carried, drive
from tgproto.catalog.call import Call, StreamCall
from tgproto.catalog.options import CallOptions
from tgproto.catalog.runners import AwaitedRunner, BlockingRunner
from tgproto.catalog.scopes import (
    AsyncScope,
    Colour,
    PureScope,
    Scope,
    SyncScope,
    awaited,
    awaited_steps,
    blocking,
    carried_or_opened,
    opened,
    stepped,
    told,
    told_later,
)
from tgproto.catalog.steps import Steps, Telling, machine, pause, step, taken, tell, together, worked
from tgproto.catalog.steps import opened as opened_step
from tgproto.catalog.text import TextReader
from tgproto.types import TextChunk


@dataclass
class Runner:
    """Notes what it is asked to do."""

    seen: list[object] = field(default_factory=list)

    def call(self, call: Call[Any], options: CallOptions) -> Any:
        self.seen.append((call, options))
        return "result"

    def open(self, call: StreamCall[Any, Any], options: CallOptions) -> Any:
        self.seen.append((call, options))
        return "stream"


class AsyncRunner(Runner):
    async def call(self, call: Call[Any], options: CallOptions) -> Any:
        return super().call(call, options)


def build(scope: Scope, service: str, *, streaming: bool = False) -> StreamCall[Any, Any]:
    return StreamCall(service=service, arguments={}, start=TextReader, streaming=streaming)


def run(coroutine: Coroutine[Any, Any, object]) -> object:
    """Drive a coroutine that never waits."""
    with pytest.raises(StopIteration) as done:
        coroutine.send(None)
    return done.value.value


CALL = build(PureScope(), "a-service")
STREAM = build(PureScope(), "a-service", streaming=True)
OPTIONS = CallOptions(timeout=5)


def test_colours() -> None:
    assert [scope.colour for scope in (Scope, PureScope, SyncScope, AsyncScope)] == [
        None,
        Colour.PURE,
        Colour.SYNC,
        Colour.ASYNC,
    ]


def test_blocking() -> None:
    scope = SyncScope(Runner(), options=OPTIONS)
    assert blocking(build)(scope, "a-service") == "result"
    assert scope.runner.seen == [(CALL, OPTIONS)]  # type: ignore[attr-defined]


def test_awaited() -> None:
    scope = AsyncScope(AsyncRunner(), options=OPTIONS)
    method = awaited(build)
    assert inspect.iscoroutinefunction(method)
    assert run(method(scope, service="a-service")) == "result"
    assert scope.runner.seen == [(CALL, OPTIONS)]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "scope", [SyncScope(Runner(), options=OPTIONS), AsyncScope(AsyncRunner(), options=OPTIONS)]
)
def test_opened(scope: Any) -> None:
    assert opened(build)(scope, "a-service", streaming=True) == "stream"
    assert scope.runner.seen == [(STREAM, OPTIONS)]


def test_carried_or_opened() -> None:
    scope = SyncScope(Runner())
    method = carried_or_opened(build)
    assert method(scope, "a-service") == "result"
    assert method(scope, "a-service", streaming=True) == "stream"
    assert scope.runner.seen == [(CALL, CallOptions()), (STREAM, CallOptions())]  # type: ignore[attr-defined]
    later = AsyncScope(AsyncRunner())
    assert run(method(later, "a-service")) == "result"
    assert method(later, "a-service", streaming=True) == "stream"


class Failing(Runner):
    """Fails the calls to one service with one error."""

    def __init__(self, service: str, error: BaseException) -> None:
        super().__init__()
        self.service = service
        self.error = error

    def call(self, call: Call[Any], options: CallOptions) -> Any:
        result = super().call(call, options)
        if call.service == self.service:
            raise self.error
        return result


class AsyncFailing(Failing):
    async def call(self, call: Call[Any], options: CallOptions) -> Any:
        return super().call(call, options)


closed: list[str] = []


def procedure(scope: Scope, *services: str) -> Steps[list[object]]:
    results: list[object] = []
    try:
        for service in services:
            try:
                results.append((yield from step(build(scope, service))))
            except KeyError:
                results.append((yield from step(build(scope, "instead"))))
    finally:
        closed.append("closed")
    return results


def stepwise(runner: Any, *services: str) -> Any:
    closed.clear()
    return stepped(procedure)(SyncScope(runner, options=OPTIONS), *services)


def later(runner: Any, *services: str) -> Any:
    closed.clear()
    return run(awaited_steps(procedure)(AsyncScope(runner, options=OPTIONS), *services))


COLOURS = [(stepwise, Runner, Failing), (later, AsyncRunner, AsyncFailing)]


@pytest.mark.parametrize(("way", "kind", "failing"), COLOURS)
def test_a_procedure_runs_to_its_end(way: Any, kind: Any, failing: Any) -> None:
    runner = kind()
    assert way(runner, "a", "b") == ["result", "result"]
    assert runner.seen == [(build(PureScope(), service), OPTIONS) for service in ("a", "b")]
    assert way(runner) == []
    assert closed == ["closed"]


@pytest.mark.parametrize(("way", "kind", "failing"), COLOURS)
def test_the_error_of_a_call_is_raised_inside(way: Any, kind: Any, failing: Any) -> None:
    runner = failing("b", KeyError("b"))
    assert way(runner, "a", "b", "c") == ["result"] * 3
    assert [call.service for call, _ in runner.seen] == ["a", "b", "instead", "c"]
    for error in (ValueError("b"), KeyboardInterrupt()):
        runner = failing("b", error)
        with pytest.raises(type(error)) as caught:
            way(runner, "a", "b", "c")
        assert caught.value is error
        assert len(runner.seen) == 2
        assert closed == ["closed"]


def test_a_procedure_that_is_waited_for_no_longer_is_closed() -> None:
    class Waiting(Runner):
        async def call(self, call: Call[Any], options: CallOptions) -> Any:
            await Pause()

    class Pause:
        def __await__(self) -> Any:
            yield "pause"

    closed.clear()
    coroutine = awaited_steps(procedure)(AsyncScope(Waiting()), "a")
    assert coroutine.send(None) == "pause"
    coroutine.close()
    assert closed == ["closed"]


def test_options_are_changed_in_a_copy() -> None:
    scope = SyncScope(Runner(), options=CallOptions(timeout=5, workspace="w"))
    copy = scope.with_options(timeout=None, retry=True)
    assert type(copy) is SyncScope
    assert copy.runner is scope.runner
    assert copy.options == CallOptions(timeout=None, workspace="w", retry=True)
    assert scope.options == CallOptions(timeout=5, workspace="w")
    assert copy.with_options(total_timeout=7, workspace=None).options == CallOptions(None, 7, None, True)
    assert copy.with_options() == copy
    with pytest.raises(TypeError):
        scope.with_options(timeout="5")  # type: ignore[arg-type]


def test_the_default_of_an_option_is_to_keep_it() -> None:
    assert "timeout: 'float | _Keep | None' = UNCHANGED" in str(inspect.signature(Scope.with_options))


# --- steps other than calls -------------------------------------------------------------------


MACHINE: Any = "a machine"


def every_step(scope: Scope) -> Steps[list[object]]:
    """Take every kind of step."""
    stream = yield from opened_step(STREAM)
    try:
        chunks = [(yield from taken(stream)), (yield from taken(stream))]
        both = yield from together([CALL, CALL])
        yield from pause(0.5)
        yield from tell("on the way")
        return [*chunks, both, (yield from worked(lambda: "done")), (yield from machine())]
    finally:
        stream.cancel()


def blocking_runner(carrier: Carried) -> BlockingRunner:
    return BlockingRunner(lambda: carrier, streams=lambda: carrier, machine=MACHINE)


def test_every_step_is_carried_out() -> None:
    results = [TextChunk("two", True), None, ["two", "two"], "done", MACHINE]
    carrier, later = Carried(LAST, LAST, LAST), Awaited(LAST, LAST, LAST)
    assert stepped(every_step)(SyncScope(blocking_runner(carrier))) == results
    runner = AwaitedRunner(lambda: later, streams=lambda: later, machine=MACHINE)
    assert drive(awaited_steps(every_step)(AsyncScope(runner))) == results
    assert carrier.paused == later.paused == [0.5]


def test_who_listens_hears_what_is_said_on_the_way() -> None:
    def telling(scope: Scope) -> Telling[str, list[object]]:
        return Telling(lambda: every_step(scope))

    carrier, later = Carried(LAST, LAST, LAST), Awaited(LAST, LAST, LAST)
    progress = told(telling)(SyncScope(blocking_runner(carrier)))
    assert carrier.submitted == []
    assert list(progress) == ["on the way"]
    runner = AwaitedRunner(lambda: later, streams=lambda: later, machine=MACHINE)
    awaiting = told_later(telling)(AsyncScope(runner))

    async def listen() -> list[str]:
        return [said async for said in awaiting]

    assert drive(listen()) == ["on the way"]
    assert progress.result() == drive(awaiting.result())


def test_what_a_procedure_opens_is_on_its_way_at_once() -> None:
    def two(scope: Scope) -> Steps[int]:
        streams = [(yield from opened_step(STREAM)), (yield from opened_step(STREAM))]
        under_way = len(later.submitted)
        for stream in streams:
            stream.cancel()
        return under_way

    later = Awaited()
    runner = AwaitedRunner(lambda: later, streams=lambda: later, machine=MACHINE)
    assert drive(awaited_steps(two)(AsyncScope(runner))) == 2
    assert later.cancelled == [1, 2]
