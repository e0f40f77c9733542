"""Carries the catalogue's calls out over anything that carries requests."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Generic, NoReturn, TypeVar

from tgproto.catalog.call import Call, StreamCall
from tgproto.catalog.machine import Machine
from tgproto.catalog.options import CallOptions
from tgproto.catalog.streams import (
    AsyncStream,
    AwaitedCarrier,
    BlockingCarrier,
    Carrier,
    Stream,
    awaited_result_of,
    awaited_results_of,
    result_of,
    results_of,
)
from tgproto.errors import LocalProtocolError, StreamingUnavailable

C = TypeVar("C")
T = TypeVar("T")
K = TypeVar("K", bound=Carrier)


def no_sockets() -> NoReturn:
    """Refuse an import or export where there is nothing to carry it.

    Raises:
        LocalProtocolError: Always.
    """
    raise LocalProtocolError("there are no sockets for imports and exports here; use api.bulk()")


class _Runner(Generic[K]):
    """Which carrier is for what.

    Args:
        carrier: Returns what carries the requests of the caller.
        streams: Returns what carries those whose answers come in pieces; None if nothing can, as over REST.
        machine: The machine that this runs on; None for operations that need none.
        http: Returns what carries those that go over HTTP only; None if `carrier` does.
        bulk: Returns what carries imports and exports.
    """

    def __init__(
        self,
        carrier: Callable[[], K],
        *,
        streams: Callable[[], K] | None,
        http: Callable[[], K] | None = None,
        bulk: Callable[[], K] = no_sockets,
        machine: Machine | None = None,
    ) -> None:
        self._carrier = carrier
        self._streams = streams
        self._http = http or carrier
        self.bulk_carrier = bulk
        self._machine = machine

    @property
    def machine(self) -> Machine:
        """The machine that this runs on.

        Raises:
            LocalProtocolError: The runner was made without one.
        """
        if self._machine is None:
            raise LocalProtocolError("this operation needs a machine, with a clock and files: pass machine=")
        return self._machine

    def _for(self, call: Call[Any]) -> K:
        return self._carrier() if call.form is None else self._http()

    def _for_all(self, calls: Sequence[Call[Any]]) -> K:
        return self._for(calls[0]) if calls else self._carrier()

    def _for_stream(self, call: StreamCall[Any, Any]) -> K:
        if call.form is not None:
            return self._http()
        return refuse_streaming(call) if self._streams is None else self._streams()


class BlockingRunner(_Runner[BlockingCarrier]):
    """Carries calls out for blocking callers; a `SyncRunner`. The arguments are those of `_Runner`."""

    def call(self, call: Call[T], options: CallOptions) -> T:
        """Carry a call out. An interrupt abandons the request."""
        return result_of(self._for(call), call, options)

    def call_together(self, calls: Sequence[Call[T]], options: CallOptions) -> list[T]:
        """Carry calls out at the same time. The first that fails, or an interrupt, abandons the others."""
        return results_of(self._for_all(calls), calls, options)

    def open(self, call: StreamCall[C, T], options: CallOptions) -> Stream[C, T]:
        """Start a streaming call."""
        return Stream(self._for_stream(call), call, options)

    def pause(self, seconds: float) -> None:
        """Let time pass."""
        self._carrier().pause(seconds)


class AwaitedRunner(_Runner[AwaitedCarrier]):
    """Carries calls out for asynchronous callers; an `AsyncRunner`. The arguments are those of `_Runner`."""

    def call(self, call: Call[T], options: CallOptions) -> Coroutine[Any, Any, T]:
        """Carry a call out. Cancelling it abandons the request."""
        return awaited_result_of(self._for(call), call, options)

    def call_together(self, calls: Sequence[Call[T]], options: CallOptions) -> Coroutine[Any, Any, list[T]]:
        """Carry calls out at the same time. The first that fails, or cancelling it, abandons the others."""
        return awaited_results_of(self._for_all(calls), calls, options)

    def open(self, call: StreamCall[C, T], options: CallOptions) -> AsyncStream[C, T]:
        """Return a stream that starts when it is first awaited or iterated."""
        return AsyncStream(self._for_stream(call), call, options)

    def in_thread(self, function: Callable[[], T]) -> Coroutine[Any, Any, T]:
        """Call a function that may block in a thread, and return what it returns."""
        return self._carrier().in_thread(function)

    def pause(self, seconds: float) -> Coroutine[Any, Any, None]:
        """Let time pass."""
        return self._carrier().pause(seconds)


def refuse_streaming(call: StreamCall[Any, Any]) -> NoReturn:
    """Refuse a streaming call over REST.

    Raises:
        StreamingUnavailable: Always.
    """
    raise StreamingUnavailable(
        f"{call.service}: over REST an answer cannot come in pieces; use api.socket().flow(…), or an Api "
        "without transport='rest', or leave streaming out"
    )
