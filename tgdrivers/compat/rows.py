"""Rows: methods of upstream's classes, each declared with the operation that it stands for.

    @rest(completion)
    def text_completion(self, system: str, prompt: str) -> TextCompletionResult: ...

What is declared is upstream's: name, parameters, defaults, the type of what is returned. What is done is done
by the operation of the same name, with the arguments by their names; the decorator says what differs, and how
the result becomes upstream's. Blocking methods are declared with `def`, awaited ones with `async def`. A
stream becomes an iterator.
"""

from __future__ import annotations

import copy
import functools
import inspect
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias, TypeVar, cast

import msgspec

from tgdrivers.compat.errors import Translate
from tgproto.catalog import Call, CallOptions, StreamCall
from tgproto.catalog.scopes import AsyncScope, Scope, SyncScope
from tgproto.catalog.spelling import Spelling
from tgproto.catalog.through import ThroughReader
from tgproto.errors import CallError

F = TypeVar("F", bound=Callable[..., Any])
S = TypeVar("S", bound=Scope)

Arguments: TypeAlias = dict[str, Any]
MEANINGLESS = ("max_subgraph_count", "max_entity_distance")
"""Parameters that some methods of upstream have, and no gateway."""


def same(value: Any) -> Any:
    """Return a result, a chunk or arguments as they are."""
    return value


def renamed(**names: str) -> Callable[[Arguments], Arguments]:
    """Give arguments other names; what is not named keeps its own.

    Args:
        names: Name of the operation's argument by that of the method's.
    """
    return lambda arguments: {names.get(name, name): value for name, value in arguments.items()}


def nothing(_: object) -> None:
    """Return None, whatever the operation returns."""


class Rows:
    """Makes the decorator for the methods of a generation, over one transport.

    Args:
        translate: Makes upstream's exception of one of the core.
        despite: Errors despite which a method returns what there is, as upstream does.
    """

    def __init__(self, translate: Translate, despite: type[CallError] | tuple[()] = ()) -> None:
        self._translate = translate
        self._despite = despite

    def __call__(
        self,
        result: Callable[[Any], object] = same,
        operation: str = "",
        *,
        takes: Callable[[Arguments], Arguments] = same,
        chunk: Callable[[Any], object] = same,
        streams: bool = False,
        whole: bool = False,
        of: str = "_operations",
        passes: bool = False,
        differs: str = "",
    ) -> Callable[[F], F]:
        """Return the decorator for one method.

        Args:
            result: Makes upstream's result of that of the operation.
            operation: Name of the operation, if it is another one.
            takes: Makes the operation's arguments of the method's; those that are None are left out, and so
                is what has no meaning.
            chunk: Makes what an iterator yields of a chunk; None for what it leaves out.
            streams: Whether the answer is an iterator even if the gateway is asked for the whole.
            whole: Whether what an iterator yields is made of frames as the gateway sends them.
            of: Attribute of the instance where the operation is.
            passes: Whether `**kwargs` are arguments of the operation. Otherwise they are members of the
                request, and override others.
            differs: What to say about the method besides.
        """

        def decorate(declared: F) -> F:
            row = _Row(
                declared, operation or declared.__name__, result, takes, chunk, streams, whole, of, passes
            )
            method = self._awaited(row) if inspect.iscoroutinefunction(declared) else self._blocking(row)
            functools.update_wrapper(method, declared)
            method.__doc__ = f"Stand for the operation `{row.operation}`.\n\n{differs}".strip()
            return cast("F", method)

        return decorate

    def _blocking(self, row: _Row) -> Callable[..., Any]:
        def method(group: object, /, *args: object, **kwargs: object) -> object:
            scope, arguments = row.asked(group, args, kwargs)
            try:
                return self._finished(row, getattr(scope, row.operation)(**arguments))
            except CallError as error:
                return self._failed(row, error)

        return method

    def _awaited(self, row: _Row) -> Callable[..., Any]:
        async def method(group: object, /, *args: object, **kwargs: object) -> object:
            scope, arguments = row.asked(group, args, kwargs)
            try:
                return self._finished(row, await getattr(scope, row.operation)(**arguments))
            except CallError as error:
                return self._failed(row, error)

        return method

    def _finished(self, row: _Row, outcome: Any) -> object:
        """Return what a method returns."""
        if hasattr(outcome, "__anext__"):
            return self._each_awaited(outcome, row.chunk)
        return self._each(outcome, row.chunk) if hasattr(outcome, "__next__") else row.result(outcome)

    def _failed(self, row: _Row, error: CallError) -> object:
        """Return what a method returns despite an error, or raise upstream's."""
        if isinstance(error, self._despite):
            return row.result(error.partial)
        raise self._translate(error) from error

    def _each(self, stream: Any, chunk: Callable[[Any], object]) -> Iterator[object]:
        with stream:
            try:
                for each in stream:
                    if (made := chunk(each)) is not None:
                        yield made
            except CallError as error:
                raise self._translate(error) from error

    async def _each_awaited(self, stream: Any, chunk: Callable[[Any], object]) -> AsyncIterator[object]:
        async with stream:
            try:
                async for each in stream:
                    if (made := chunk(each)) is not None:
                        yield made
            except CallError as error:
                raise self._translate(error) from error


@dataclass(frozen=True)
class _Row:
    """One method: what is declared, and what it stands for; see `Rows.__call__`."""

    declared: Callable[..., Any]
    operation: str
    result: Callable[[Any], object]
    takes: Callable[[Arguments], Arguments]
    chunk: Callable[[Any], object]
    streams: bool
    whole: bool
    of: str
    passes: bool

    @cached_property
    def signature(self) -> inspect.Signature:
        """The parameters of the method."""
        return inspect.signature(self.declared)

    def asked(
        self, group: object, args: Sequence[object], kwargs: Mapping[str, object]
    ) -> tuple[SyncScope | AsyncScope, Arguments]:
        """Return the scope to ask, and the arguments of the operation.

        Raises:
            TypeError: The method has no such parameters.
        """
        try:
            bound = self.signature.bind(group, *args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{self.declared.__qualname__}() {error}") from None
        bound.apply_defaults()
        arguments = dict(bound.arguments)
        arguments.pop("self")
        members: dict[str, Any] = arguments.pop("kwargs", {})
        for name in MEANINGLESS:
            arguments.pop(name, None)
        if self.passes:
            arguments, members = {**arguments, **members}, {}
        given = {name: value for name, value in arguments.items() if value is not None}
        scope: SyncScope | AsyncScope = getattr(group, self.of)
        carrier = _Carrier(scope.runner, self, members)
        return changed(scope, runner=carrier), self.takes(given)


def changed(scope: S, **attributes: object) -> S:
    """Return a copy of a scope with other attributes."""
    other = copy.copy(scope)
    for name, value in attributes.items():
        object.__setattr__(other, name, value)
    return other


class _Carrier:
    """A runner of either colour that changes calls on their way.

    Args:
        runner: What carries them.
        row: The method that is called.
        members: What to add to the request.
    """

    def __init__(self, runner: Any, row: _Row, members: Mapping[str, object]) -> None:
        self._runner = runner
        self._row = row
        self._members = members

    def __getattr__(self, name: str) -> Any:
        """Return what else the runner has."""
        return getattr(self._runner, name)

    def call(self, call: Call[Any], options: CallOptions) -> Any:
        """Carry a call out, in the colour of the runner."""
        if self._row.streams and isinstance(call, StreamCall):
            return self.open(call, options)  # pyright: ignore[reportUnknownArgumentType]
        return self._runner.call(self._changed(call), options)

    def call_together(self, calls: Sequence[Call[Any]], options: CallOptions) -> Any:
        """Carry calls out at the same time, in the colour of the runner."""
        return self._runner.call_together([self._changed(call) for call in calls], options)

    def open(self, call: StreamCall[Any, Any], options: CallOptions) -> Any:
        """Start a streaming call, in the colour of the runner."""
        changed = self._changed(call)
        if self._row.whole:
            changed = msgspec.structs.replace(changed, start=ThroughReader)
        return self._runner.open(changed, options)

    def _changed(self, call: Call[Any]) -> Call[Any]:
        """Return a call with the members; but not the first step of a search, which is to embed a text."""
        if not self._members or (call.service == "embeddings" and self._row.operation != "embeddings"):
            return call
        added = Spelling(lambda _: True, self._members, {})
        return msgspec.structs.replace(call, spellings=(*call.spellings, added))
