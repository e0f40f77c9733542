"""Scopes and their options, and how each colour carries a call out."""

from __future__ import annotations

import inspect
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

import pytest

from tgproto.catalog.call import Call, StreamCall
from tgproto.catalog.options import CallOptions
from tgproto.catalog.scopes import (
    AsyncScope,
    Colour,
    PureScope,
    Scope,
    SyncScope,
    awaited,
    blocking,
    carried_or_opened,
    opened,
)
from tgproto.catalog.text import TextReader


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
