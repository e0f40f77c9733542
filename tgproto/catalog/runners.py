"""Carries the catalogue's calls out over anything that carries requests."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, NoReturn, TypeVar

from tgproto.catalog.call import Call, StreamCall
from tgproto.catalog.options import CallOptions
from tgproto.catalog.streams import (
    AsyncStream,
    AwaitedCarrier,
    BlockingCarrier,
    Stream,
    awaited_result_of,
    result_of,
)
from tgproto.errors import LocalProtocolError, StreamingUnavailable

C = TypeVar("C")
T = TypeVar("T")


def no_sockets() -> NoReturn:
    """Refuse an import or export where there is nothing to carry it.

    Raises:
        LocalProtocolError: Always.
    """
    raise LocalProtocolError("there are no sockets for imports and exports here; use api.bulk()")


class BlockingRunner:
    """Carries calls out for blocking callers; a `SyncRunner`.

    Args:
        carrier: Returns what carries the requests of the caller.
        streams: Whether answers can come in pieces; over REST they cannot.
        bulk: Returns what carries the imports and exports of the caller.
    """

    def __init__(
        self,
        carrier: Callable[[], BlockingCarrier],
        *,
        streams: bool,
        bulk: Callable[[], BlockingCarrier] = no_sockets,
    ) -> None:
        self._carrier = carrier
        self._streams = streams
        self.bulk_carrier = bulk

    def call(self, call: Call[T], options: CallOptions) -> T:
        """Carry a call out. An interrupt abandons the request."""
        return result_of(self._carrier(), call, options)

    def open(self, call: StreamCall[C, T], options: CallOptions) -> Stream[C, T]:
        """Start a streaming call."""
        if not self._streams:
            refuse_streaming(call)
        return Stream(self._carrier(), call, options)


class AwaitedRunner:
    """Carries calls out for asynchronous callers; an `AsyncRunner`.

    Args:
        carrier: Returns what carries the requests of the running program.
        streams: Whether answers can come in pieces; over REST they cannot.
        bulk: Returns what carries the imports and exports of the running program.
    """

    def __init__(
        self,
        carrier: Callable[[], AwaitedCarrier],
        *,
        streams: bool,
        bulk: Callable[[], AwaitedCarrier] = no_sockets,
    ) -> None:
        self._carrier = carrier
        self._streams = streams
        self.bulk_carrier = bulk

    def call(self, call: Call[T], options: CallOptions) -> Coroutine[Any, Any, T]:
        """Carry a call out. Cancelling it abandons the request."""
        return awaited_result_of(self._carrier(), call, options)

    def open(self, call: StreamCall[C, T], options: CallOptions) -> AsyncStream[C, T]:
        """Return a stream that starts when it is first awaited or iterated."""
        if not self._streams:
            refuse_streaming(call)
        return AsyncStream(self._carrier(), call, options)


def refuse_streaming(call: StreamCall[Any, Any]) -> NoReturn:
    """Refuse a streaming call over REST.

    Raises:
        StreamingUnavailable: Always.
    """
    raise StreamingUnavailable(
        f"{call.service}: over REST an answer cannot come in pieces; use api.socket().flow(…), "
        "or leave streaming out"
    )
