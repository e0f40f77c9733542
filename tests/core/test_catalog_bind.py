"""Descriptors: one definition, three colours, and what inspection shows of each."""

from __future__ import annotations

import inspect
import pydoc
import typing
from dataclasses import dataclass
from typing import Any

import pytest

from tgproto.catalog.bind import dual_operation, operation, procedure, stream_operation, telling_procedure
from tgproto.catalog.call import Call, StreamCall
from tgproto.catalog.options import CallOptions
from tgproto.catalog.progress import AsyncProgress, Progress
from tgproto.catalog.scopes import AsyncScope, PureScope, Scope, SyncScope
from tgproto.catalog.steps import Steps, Tell, Telling, step, tell
from tgproto.catalog.streams import AsyncStream, Stream
from tgproto.catalog.text import TextReader
from tgproto.types import TextChunk, TextCompletion

TextCall = StreamCall[TextChunk, TextCompletion]


def twin(self, a: str, b: int = 1, *, streaming: bool, c: str | None = None) -> None: ...


def short_twin(self, a: str, *, stream: bool) -> None: ...


def another_twin(self, a: str, b: int = 2, *, streaming: bool, c: str | None = None) -> None: ...


def call(*arguments: object, streaming: bool = False) -> TextCall:
    return StreamCall(service="s", arguments={"arguments": arguments}, start=TextReader, streaming=streaming)


@dataclass(frozen=True)
class Ops(Scope):
    @operation
    def plain(self, a: str, b: int = 1) -> Call[TextCompletion]:
        """Plain."""
        return call(a, b)

    @stream_operation
    def streamed(self, a: str, *, c: str | None = None) -> StreamCall[TextChunk, TextCompletion]:
        """Streamed."""
        return call(a, c, streaming=True)

    @dual_operation(twin, twin)
    def dual(
        self, a: str, b: int = 1, *, streaming: typing.Literal[False] = False, c: str | None = None
    ) -> StreamCall[TextChunk, TextCompletion]:
        """Dual."""
        return call(a, b, c, streaming=streaming)

    @procedure
    def stepwise(self, a: str, b: int = 1) -> Steps[list[TextCompletion]]:
        """Stepwise."""
        results: list[TextCompletion] = []
        while len(results) < b:
            results.append((yield from step(call(a, len(results)))))
        return results

    @telling_procedure
    def told(self, a: str) -> Telling[str, TextCompletion]:
        """Told."""

        def begin() -> Steps[TextCompletion]:
            yield from tell(a)
            return (yield from step(call(a)))

        return Telling(begin)

    @dual_operation(short_twin, short_twin)
    def short(self, a: str, *, stream: typing.Literal[False] = False) -> TextCall:
        """Short."""
        return call(a, streaming=stream)


@dataclass(frozen=True)
class Pure(PureScope, Ops):
    pass


@dataclass(frozen=True)
class Blocking(SyncScope, Ops):
    pass


@dataclass(frozen=True)
class Awaited(AsyncScope, Ops):
    pass


class Runner:
    def call(self, call: Call[Any], options: CallOptions) -> Any:
        return "result", call, options

    def open(self, call: StreamCall[Any, Any], options: CallOptions) -> Any:
        return "stream", call, options


class AsyncRunner(Runner):
    async def call(self, call: Call[Any], options: CallOptions) -> Any:
        return super().call(call, options)


OPTIONS = CallOptions(timeout=5)
PURE, SYNC, ASYNC = Pure(), Blocking(Runner(), options=OPTIONS), Awaited(AsyncRunner(), options=OPTIONS)


def run(coroutine: Any) -> Any:
    """Drive a coroutine that never waits."""
    with pytest.raises(StopIteration) as done:
        coroutine.send(None)
    return done.value.value


def test_pure() -> None:
    assert PURE.plain("x", b=2) == call("x", 2)
    assert PURE.streamed("x", c="y") == call("x", "y", streaming=True)
    assert PURE.dual("x") == call("x", 1, None)
    assert PURE.dual("x", streaming=True) == call("x", 1, None, streaming=True)  # type: ignore[comparison-overlap]
    steps = PURE.stepwise("x")
    assert next(steps) == call("x", 0)
    with pytest.raises(StopIteration) as done:
        steps.send("result")
    assert done.value.value == ["result"]
    assert next(PURE.told("x").begin()) == Tell("x")


def test_blocking() -> None:
    assert SYNC.plain("x") == ("result", call("x", 1), OPTIONS)
    assert SYNC.streamed("x") == ("stream", call("x", None, streaming=True), OPTIONS)
    assert SYNC.dual(a="x", b=3) == ("result", call("x", 3, None), OPTIONS)
    assert SYNC.dual("x", streaming=True) == ("stream", call("x", 1, None, streaming=True), OPTIONS)
    progress = SYNC.told("x")
    assert list(progress) == ["x"]
    assert progress.result() == ("result", call("x"), OPTIONS)
    assert SYNC.stepwise("x", 2) == [("result", call("x", i), OPTIONS) for i in range(2)]


def test_awaited() -> None:
    assert run(ASYNC.plain("x")) == ("result", call("x", 1), OPTIONS)
    assert ASYNC.streamed("x") == ("stream", call("x", None, streaming=True), OPTIONS)
    assert run(ASYNC.dual("x")) == ("result", call("x", 1, None), OPTIONS)
    assert ASYNC.dual("x", streaming=True) == ("stream", call("x", 1, None, streaming=True), OPTIONS)
    assert run(ASYNC.told("x").result()) == ("result", call("x"), OPTIONS)
    assert run(ASYNC.stepwise("x", b=2)) == [("result", call("x", i), OPTIONS) for i in range(2)]


def test_coroutine_functions_are_recognised() -> None:
    assert inspect.iscoroutinefunction(ASYNC.plain)
    assert inspect.iscoroutinefunction(ASYNC.stepwise)
    assert not inspect.iscoroutinefunction(SYNC.plain)


PARAMETERS = {
    "plain": "(a: 'str', b: 'int' = 1)",
    "streamed": "(a: 'str', *, c: 'str | None' = None)",
    "stepwise": "(a: 'str', b: 'int' = 1)",
    "told": "(a: 'str')",
    "short": "(a: 'str', *, stream: 'bool' = False)",
    "dual": "(a: 'str', b: 'int' = 1, *, streaming: 'bool' = False, c: 'str | None' = None)",
}
RETURNED: dict[tuple[str, object], object] = {
    ("plain", PURE): Call[TextCompletion],
    ("plain", SYNC): TextCompletion,
    ("plain", ASYNC): TextCompletion,
    ("streamed", PURE): TextCall,
    ("streamed", SYNC): Stream[TextChunk, TextCompletion],
    ("streamed", ASYNC): AsyncStream[TextChunk, TextCompletion],
    ("stepwise", PURE): Steps[list[TextCompletion]],
    ("stepwise", SYNC): list[TextCompletion],
    ("stepwise", ASYNC): list[TextCompletion],
    ("told", PURE): Telling[str, TextCompletion],
    ("told", SYNC): Progress[str, TextCompletion],
    ("told", ASYNC): AsyncProgress[str, TextCompletion],
    ("short", PURE): TextCall,
    ("short", SYNC): TextCompletion | Stream[TextChunk, TextCompletion],
    ("dual", PURE): TextCall,
    ("dual", SYNC): TextCompletion | Stream[TextChunk, TextCompletion],
    ("dual", ASYNC): TextCompletion | AsyncStream[TextChunk, TextCompletion],
}


@pytest.mark.parametrize(("name", "scope"), RETURNED)
def test_signatures(name: str, scope: Scope) -> None:
    method = getattr(scope, name)
    signature = inspect.signature(method)
    assert signature.return_annotation == RETURNED[name, scope]
    assert str(signature.replace(return_annotation=inspect.Signature.empty)) == PARAMETERS[name]
    hints = typing.get_type_hints(method)
    assert hints.pop("return") == RETURNED[name, scope]
    assert hints["a"] is str
    assert hints.get("streaming", bool) is bool
    unbound = getattr(type(scope), name)
    assert list(inspect.signature(unbound).parameters) == ["self", *signature.parameters]


@pytest.mark.parametrize("scope", [PURE, SYNC, ASYNC])
@pytest.mark.parametrize("name", PARAMETERS)
def test_methods_look_like_methods(scope: Scope, name: str) -> None:
    method = getattr(scope, name)
    assert method.__name__ == name
    assert method.__qualname__ == f"Ops.{name}"
    assert method.__doc__ == f"{name.capitalize()}."
    assert method.__module__ == __name__
    assert inspect.ismethod(method)
    assert inspect.isfunction(getattr(type(scope), name))
    assert f"{name}({PARAMETERS[name][1:-1]}" in pydoc.plain(pydoc.render_doc(method))
    assert name in pydoc.plain(pydoc.render_doc(type(scope)))


def test_the_uncoloured_class_has_the_definition_itself() -> None:
    definition: Any = Ops.plain
    assert definition(PURE, "x") == call("x", 1)
    assert inspect.signature(definition).return_annotation == "Call[TextCompletion]"


@pytest.mark.parametrize("scope", [PURE, SYNC])
def test_wrong_arguments_are_named(scope: Any) -> None:
    with pytest.raises(TypeError, match=r"Ops\.plain\(\) missing 1 required positional argument: 'a'"):
        scope.plain()
    with pytest.raises(TypeError, match=r"Ops\.plain\(\) got an unexpected keyword argument 'x'"):
        scope.plain("a", x=1)
    with pytest.raises(
        TypeError, match=r"Ops\.dual\(\) takes 2 arguments by position but 3 .*: a, b, streaming, c"
    ):
        scope.dual("a", 1, True)
    with pytest.raises(TypeError, match=r"Ops\.stepwise\(\) takes 2 arguments by position but 3"):
        scope.stepwise("a", 1, 2)


def test_wrong_arguments_of_a_coroutine_are_named_when_it_is_awaited() -> None:
    pending: Any = ASYNC.plain
    with pytest.raises(TypeError, match=r"Ops\.plain\(\) missing"):
        pending().send(None)


def test_an_operation_may_have_two_names() -> None:
    class More(Ops):
        first = Ops.__dict__["plain"]

    class Both(PureScope, More):
        pass

    both: Any = Both()
    assert both.first("x") == both.plain("x")


def test_a_twin_that_differs_is_found_when_the_class_is_made() -> None:
    with pytest.raises((RuntimeError, TypeError)) as caught:  # Python 3.12 no longer wraps it

        class Wrong(Scope):
            @dual_operation(another_twin, another_twin)
            def dual(
                self, a: str, b: int = 1, *, streaming: typing.Literal[False] = False, c: str | None = None
            ) -> StreamCall[TextChunk, TextCompletion]:
                return call(a, b, c, streaming=streaming)

    assert "differ" in str(caught.value.__cause__ or caught.value)
