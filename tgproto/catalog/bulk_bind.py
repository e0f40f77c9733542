"""Imports and exports as descriptors: one definition each, in the colour of the scope it is called on.

Like `catalog.bind`, for definitions that return an `ImportPlan` or an `ExportPlan`.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar, overload, runtime_checkable

from tgproto.catalog.bind import Descriptor
from tgproto.catalog.bulk_plans import ExportPlan, ImportPlan
from tgproto.catalog.bulk_streams import (
    AsyncExport,
    AwaitedBulkCarrier,
    Export,
    awaited_import,
    run_import,
)
from tgproto.catalog.runners import no_sockets
from tgproto.catalog.scopes import AsyncScope, Colour, Method, PureScope, Scope, SyncScope
from tgproto.catalog.streams import BlockingCarrier
from tgproto.types.bulk import ImportResult

S = TypeVar("S")
P = ParamSpec("P")
T = TypeVar("T")


@runtime_checkable
class BlockingBulkRunner(Protocol):
    """A runner for blocking callers that can also carry imports and exports."""

    def bulk_carrier(self) -> BlockingCarrier:
        """Return what carries the imports and exports of the caller."""
        ...


@runtime_checkable
class AwaitedBulkRunner(Protocol):
    """A runner for asynchronous callers that can also carry imports and exports."""

    def bulk_carrier(self) -> AwaitedBulkCarrier:
        """Return what carries the imports and exports of the running program."""
        ...


class import_operation(Descriptor, Generic[S, P]):  # noqa: N801
    """Makes an operation of a definition that returns an `ImportPlan`.

    Args:
        build: The definition; a function whose first argument is the scope.
    """

    def __init__(self, build: Callable[Concatenate[S, P], ImportPlan]) -> None:
        super().__init__(build)

    @overload
    def __get__(self, scope: None, owner: type) -> Callable[Concatenate[S, P], object]: ...
    @overload
    def __get__(self, scope: PureScope, owner: type) -> Callable[P, ImportPlan]: ...
    @overload
    def __get__(self, scope: SyncScope, owner: type) -> Callable[P, ImportResult]: ...
    @overload
    def __get__(self, scope: AsyncScope, owner: type) -> Callable[P, Coroutine[Any, Any, ImportResult]]: ...
    def __get__(self, scope: Scope | None, owner: type[Any]) -> object:
        return self._bind(scope, owner)

    def _coloured(self, build: Method) -> Mapping[Colour, Method]:
        def blocking(scope: SyncScope, /, *args: object, **kwargs: object) -> ImportResult:
            return run_import(_blocking(scope), build(scope, *args, **kwargs), scope.options)

        def awaited(
            scope: AsyncScope, /, *args: object, **kwargs: object
        ) -> Coroutine[Any, Any, ImportResult]:
            return awaited_import(_awaited(scope), build(scope, *args, **kwargs), scope.options)

        return {Colour.SYNC: blocking, Colour.ASYNC: awaited}

    def _returned(self, parameters: tuple[Any, ...]) -> Mapping[Colour, object]:  # noqa: ARG002
        return {Colour.SYNC: ImportResult, Colour.ASYNC: ImportResult}


class export_operation(Descriptor, Generic[S, P, T]):  # noqa: N801
    """Makes an operation of a definition that returns an `ExportPlan`.

    Args:
        build: The definition; a function whose first argument is the scope.
    """

    def __init__(self, build: Callable[Concatenate[S, P], ExportPlan[T]]) -> None:
        super().__init__(build)

    @overload
    def __get__(self, scope: None, owner: type) -> Callable[Concatenate[S, P], object]: ...
    @overload
    def __get__(self, scope: PureScope, owner: type) -> Callable[P, ExportPlan[T]]: ...
    @overload
    def __get__(self, scope: SyncScope, owner: type) -> Callable[P, Export[T]]: ...
    @overload
    def __get__(self, scope: AsyncScope, owner: type) -> Callable[P, AsyncExport[T]]: ...
    def __get__(self, scope: Scope | None, owner: type[Any]) -> object:
        return self._bind(scope, owner)

    def _coloured(self, build: Method) -> Mapping[Colour, Method]:
        def blocking(scope: SyncScope, /, *args: object, **kwargs: object) -> Export[Any]:
            return Export(_blocking(scope), build(scope, *args, **kwargs), scope.options)

        def awaited(scope: AsyncScope, /, *args: object, **kwargs: object) -> AsyncExport[Any]:
            return AsyncExport(_awaited(scope), build(scope, *args, **kwargs), scope.options)

        return {Colour.SYNC: blocking, Colour.ASYNC: awaited}

    def _returned(self, parameters: tuple[Any, ...]) -> Mapping[Colour, object]:
        generics: dict[Colour, Any] = {Colour.SYNC: Export, Colour.ASYNC: AsyncExport}
        return {colour: generic[parameters] for colour, generic in generics.items()}


def _blocking(scope: SyncScope) -> BlockingCarrier:
    runner: object = scope.runner
    return runner.bulk_carrier() if isinstance(runner, BlockingBulkRunner) else no_sockets()


def _awaited(scope: AsyncScope) -> AwaitedBulkCarrier:
    runner: object = scope.runner
    return runner.bulk_carrier() if isinstance(runner, AwaitedBulkRunner) else no_sockets()
