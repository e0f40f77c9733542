"""Operations as descriptors: one definition each, in the colour of the scope it is called on.

An operation is defined once, as a pure method that returns a `Call`, or a generator of calls. Called on a
`PureScope` it returns just that, on a `SyncScope` the result, on an `AsyncScope` something to await. Type
checkers see the parameters of the definition, and so does `inspect.signature`.
"""

from __future__ import annotations

import functools
import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Mapping
from types import MethodType
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar, get_args, overload

from tgproto.catalog.call import Call, StreamCall
from tgproto.catalog.progress import AsyncProgress, Progress
from tgproto.catalog.scopes import (
    AsyncScope,
    Colour,
    Method,
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
from tgproto.catalog.steps import Steps, Telling
from tgproto.catalog.streams import AsyncStream, Stream

S = TypeVar("S")
C = TypeVar("C")
T = TypeVar("T")
P = ParamSpec("P")
Q = ParamSpec("Q")
B = ParamSpec("B")
R_co = TypeVar("R_co", covariant=True)
X_co = TypeVar("X_co", covariant=True)


class Descriptor(ABC):
    """What all kinds do at run time: keep a function for each colour, and bind the right one."""

    def __init__(self, build: Method) -> None:
        self._build = build
        self._methods: dict[Colour | None, Method] = {None: build}

    def __set_name__(self, owner: type, name: str) -> None:
        call = inspect.get_annotations(self._build, eval_str=True)["return"]
        signature = self._shown(inspect.signature(self._build))
        build = _guarded(self._build, signature)
        methods = {Colour.PURE: build, **self._coloured(build)}
        returned = {Colour.PURE: call, **self._returned(get_args(call))}
        for colour, method in methods.items():
            functools.update_wrapper(method, self._build)
            _show(method, signature.replace(return_annotation=returned[colour]))
            self._methods[colour] = method

    def _bind(self, scope: Scope | None, owner: type[Scope]) -> Method:
        method = self._methods[owner.colour]
        return method if scope is None else MethodType(method, scope)

    def _shown(self, signature: inspect.Signature) -> inspect.Signature:
        """Return the signature to show, given that of the definition."""
        return signature

    @abstractmethod
    def _coloured(self, build: Method) -> Mapping[Colour, Method]:
        """Return new methods for the colours that carry calls out."""

    def _returned(self, parameters: tuple[Any, ...]) -> Mapping[Colour, object]:
        """Return what they return, given the type parameters of the call; the last one is its result."""
        return {Colour.SYNC: parameters[-1], Colour.ASYNC: parameters[-1]}


class operation(Descriptor, Generic[S, P, T]):  # noqa: N801
    """Makes an operation of a definition that returns a `Call`.

    Args:
        build: The definition; a method.
    """

    def __init__(self, build: Callable[Concatenate[S, P], Call[T]]) -> None:
        super().__init__(build)

    @overload
    def __get__(self, scope: None, owner: type) -> Callable[Concatenate[S, P], object]: ...
    @overload
    def __get__(self, scope: PureScope, owner: type) -> Callable[P, Call[T]]: ...
    @overload
    def __get__(self, scope: SyncScope, owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, scope: AsyncScope, owner: type) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, scope: Scope | None, owner: type[Any]) -> object:
        return self._bind(scope, owner)

    def _coloured(self, build: Method) -> Mapping[Colour, Method]:
        return {Colour.SYNC: blocking(build), Colour.ASYNC: awaited(build)}


class procedure(Descriptor, Generic[S, P, T]):  # noqa: N801
    """Makes an operation of a definition that is a generator of calls; see `steps`.

    Time limits hold for each of its calls. Arguments are checked when it is run.

    Args:
        build: The definition; a method.
    """

    def __init__(self, build: Callable[Concatenate[S, P], Steps[T]]) -> None:
        super().__init__(build)

    @overload
    def __get__(self, scope: None, owner: type) -> Callable[Concatenate[S, P], object]: ...
    @overload
    def __get__(self, scope: PureScope, owner: type) -> Callable[P, Steps[T]]: ...
    @overload
    def __get__(self, scope: SyncScope, owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, scope: AsyncScope, owner: type) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, scope: Scope | None, owner: type[Any]) -> object:
        return self._bind(scope, owner)

    def _coloured(self, build: Method) -> Mapping[Colour, Method]:
        return {Colour.SYNC: stepped(build), Colour.ASYNC: awaited_steps(build)}


class telling_procedure(Descriptor, Generic[S, P, C, T]):  # noqa: N801
    """Makes an operation of a definition that returns a procedure which says something on its way.

    Args:
        build: The definition; a method.
    """

    def __init__(self, build: Callable[Concatenate[S, P], Telling[C, T]]) -> None:
        super().__init__(build)

    @overload
    def __get__(self, scope: None, owner: type) -> Callable[Concatenate[S, P], object]: ...
    @overload
    def __get__(self, scope: PureScope, owner: type) -> Callable[P, Telling[C, T]]: ...
    @overload
    def __get__(self, scope: SyncScope, owner: type) -> Callable[P, Progress[C, T]]: ...
    @overload
    def __get__(self, scope: AsyncScope, owner: type) -> Callable[P, AsyncProgress[C, T]]: ...
    def __get__(self, scope: Scope | None, owner: type[Any]) -> object:
        return self._bind(scope, owner)

    def _coloured(self, build: Method) -> Mapping[Colour, Method]:
        return {Colour.SYNC: told(build), Colour.ASYNC: told_later(build)}

    def _returned(self, parameters: tuple[Any, ...]) -> Mapping[Colour, object]:
        generics: dict[Colour, Any] = {Colour.SYNC: Progress, Colour.ASYNC: AsyncProgress}
        return {colour: generic[parameters] for colour, generic in generics.items()}


class stream_operation(Descriptor, Generic[S, P, C, T]):  # noqa: N801
    """Makes an operation of a definition that returns a `StreamCall` and always streams.

    Args:
        build: The definition; a method.
    """

    def __init__(self, build: Callable[Concatenate[S, P], StreamCall[C, T]]) -> None:
        super().__init__(build)

    @overload
    def __get__(self, scope: None, owner: type) -> Callable[Concatenate[S, P], object]: ...
    @overload
    def __get__(self, scope: PureScope, owner: type) -> Callable[P, StreamCall[C, T]]: ...
    @overload
    def __get__(self, scope: SyncScope, owner: type) -> Callable[P, Stream[C, T]]: ...
    @overload
    def __get__(self, scope: AsyncScope, owner: type) -> Callable[P, AsyncStream[C, T]]: ...
    def __get__(self, scope: Scope | None, owner: type[Any]) -> object:
        return self._bind(scope, owner)

    def _coloured(self, build: Method) -> Mapping[Colour, Method]:
        return {Colour.SYNC: opened(build), Colour.ASYNC: opened(build)}

    def _returned(self, parameters: tuple[Any, ...]) -> Mapping[Colour, object]:
        return _streams(parameters)


class Dual(Protocol[P, Q, B, R_co, X_co]):
    """A bound operation with `streaming`: left out or False; True; a `bool` that only shows at run time."""

    @overload
    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co: ...
    @overload
    def __call__(self, *args: Q.args, **kwargs: Q.kwargs) -> X_co: ...
    @overload
    def __call__(self, *args: B.args, **kwargs: B.kwargs) -> R_co | X_co: ...


class DualOperation(Descriptor, Generic[S, P, Q, B, C, T]):
    """An operation with the keyword `streaming`; made by `dual_operation`.

    Args:
        build: The definition; a method whose `streaming` is annotated `Literal[False]`, for type checkers
            only: it is called with either value.
        twin: A function with the same parameters, but for the type of `streaming`.

    Raises:
        TypeError: The parameters differ; when the class is made.
    """

    def __init__(self, build: Callable[Concatenate[S, P], StreamCall[C, T]], twin: Method) -> None:
        super().__init__(build)
        self._twin = twin

    @overload
    def __get__(self, scope: None, owner: type) -> Callable[Concatenate[S, P], object]: ...
    @overload
    def __get__(self, scope: PureScope, owner: type) -> Dual[P, Q, B, Call[T], StreamCall[C, T]]: ...
    @overload
    def __get__(self, scope: SyncScope, owner: type) -> Dual[P, Q, B, T, Stream[C, T]]: ...
    @overload
    def __get__(
        self, scope: AsyncScope, owner: type
    ) -> Dual[P, Q, B, Coroutine[Any, Any, T], AsyncStream[C, T]]: ...
    def __get__(self, scope: Scope | None, owner: type[Any]) -> object:
        return self._bind(scope, owner)

    def _shown(self, signature: inspect.Signature) -> inspect.Signature:
        shown = _with_any_streaming(signature)
        twin = _with_any_streaming(inspect.signature(self._twin))
        if list(shown.parameters.values()) != list(twin.parameters.values()):
            raise TypeError(f"{self._build.__qualname__}{shown} and its twin {twin} differ")
        return shown

    def _coloured(self, build: Method) -> Mapping[Colour, Method]:
        return {Colour.SYNC: carried_or_opened(build), Colour.ASYNC: carried_or_opened(build)}

    def _returned(self, parameters: tuple[Any, ...]) -> Mapping[Colour, object]:
        return {colour: parameters[-1] | stream for colour, stream in _streams(parameters).items()}


def dual_operation(
    streamed: Callable[Concatenate[Any, Q], object], either: Callable[Concatenate[Any, B], object]
) -> Callable[[Callable[Concatenate[S, P], StreamCall[C, T]]], DualOperation[S, P, Q, B, C, T]]:
    """Make operations of definitions with the keyword `streaming`.

    Args:
        streamed: A function with the parameters of the definition, `streaming: Literal[True]` among them.
        either: The same function, with `streaming: bool`.

    Returns:
        A decorator for the definition.
    """
    del either  # for type checkers

    def decorate(
        build: Callable[Concatenate[S, P], StreamCall[C, T]],
    ) -> DualOperation[S, P, Q, B, C, T]:
        return DualOperation(build, streamed)

    return decorate


def _streams(parameters: tuple[Any, ...]) -> dict[Colour, Any]:
    """Return the types of the streams of both colours."""
    generics: dict[Colour, Any] = {Colour.SYNC: Stream, Colour.ASYNC: AsyncStream}
    return {colour: generic[parameters] for colour, generic in generics.items()}


def _show(method: Method, signature: inspect.Signature) -> None:
    """Let `inspect`, and what builds on it, see a signature."""
    annotations = {name: parameter.annotation for name, parameter in signature.parameters.items()}
    annotations = {name: note for name, note in annotations.items() if note is not inspect.Parameter.empty}
    for name, value in (
        ("__signature__", signature),
        ("__annotations__", {**annotations, "return": signature.return_annotation}),
    ):
        setattr(method, name, value)


def _with_any_streaming(signature: inspect.Signature) -> inspect.Signature:
    """Return the signature with `streaming: bool = False`, or `stream` if it is called that."""
    return signature.replace(
        parameters=[
            parameter.replace(annotation="bool", default=False)
            if parameter.name in ("streaming", "stream")
            else parameter
            for parameter in signature.parameters.values()
        ]
    )


def _guarded(build: Method, signature: inspect.Signature) -> Method:
    """Return a method that names the parameters if there are too many arguments without a name.

    Other clients order some parameters differently; their callers learn from it what to do.
    """
    _, *parameters = signature.parameters.values()
    limit = sum(parameter.kind is parameter.POSITIONAL_OR_KEYWORD for parameter in parameters)
    names = ", ".join(parameter.name for parameter in parameters)

    def method(scope: Scope, /, *args: object, **kwargs: object) -> object:
        if len(args) > limit:
            raise TypeError(
                f"{build.__qualname__}() takes {limit} arguments by position but {len(args)} were given; "
                f"pass them by keyword: {names}"
            )
        return build(scope, *args, **kwargs)

    return method
