"""Carries calls over REST with a client of httpx that the user brings: for HTTP/2, SOCKS, or their own setup.

What is asked in which order is one generator for both colours; httpx sends it. Whoever brings no client does
not load this module, and needs no httpx.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar, Generic, NoReturn, TypeAlias, TypeVar

import anyio
import httpx

from tgdrivers.credentials import TokenLate, TokenSource, Told, ask_later, ask_within, failure, lifetime
from tgdrivers.files import MACHINE
from tgdrivers.network import Endpoint
from tgproto.catalog import Call, CallOptions, StreamCall
from tgproto.catalog.receipt import Receipt
from tgproto.catalog.runners import refuse_streaming
from tgproto.closing import CloseCause, CloseKind, DialFault
from tgproto.dialect import GENERATION_2
from tgproto.errors import (
    AuthenticationError,
    CallContext,
    CallError,
    ConnectionFailed,
    ConnectionLost,
    DecodeError,
    LocalProtocolError,
    NotAGateway,
    RequestTimeout,
    StreamingUnavailable,
    connection_error,
)
from tgproto.link.http_types import HttpRequest
from tgproto.rest.config import RestOptions
from tgproto.rest.introduction import Introduction
from tgproto.rest.messages import encode, read_answer
from tgproto.secrets import Secret
from tgproto.session.events import Completed, Failed, Payload
from tgproto.session.reconnect import may_repeat
from tgproto.session.request import Request

T = TypeVar("T")
ClientT = TypeVar("ClientT", httpx.Client, httpx.AsyncClient)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came back for one HTTP request."""

    status: int
    content_type: bytes
    body: bytes


_Reply: TypeAlias = _Answer | CallError
_Steps: TypeAlias = Generator[HttpRequest | TokenSource, _Reply | Told, T]
"""Yields what to send, and is sent what came back; or what to ask for a token, and is sent that."""


@dataclass(frozen=True, slots=True)
class _Limits:
    """How long one HTTP request may take.

    Attributes:
        option: The option that limits its silence.
        seconds: What that option says; None for no limit.
        silence: Longest silence in seconds, with regard to the time that is left; None for no limit.
        connect: Seconds for a connection to be up.
    """

    option: str
    seconds: float | None
    silence: float | None
    connect: float

    @property
    def connecting(self) -> bool:
        """Whether it is `connect` that limits how long connecting takes."""
        return self.silence is None or self.connect <= self.silence

    @property
    def timeout(self) -> httpx.Timeout:
        """The limits in the words of httpx."""
        silence = self.silence
        return httpx.Timeout(silence, connect=self.connect if silence is None else min(self.connect, silence))


class _Conversation:
    """What both colours share: what to send, what the replies mean, and the caller's workspace.

    Args:
        endpoint: Where the gateway is.
        options: As whom it is asked, and the limits.
        tokens: What supplies tokens, if something does.
    """

    def __init__(self, endpoint: Endpoint, options: RestOptions, tokens: TokenSource | None) -> None:
        self._endpoint = replace(endpoint, proxy=None)  # httpx has its own
        self._options = options
        self._tokens = tokens
        self._ends_at: float | None = None  # when the token does
        self._introduction = Introduction(options.dialect)
        self.max_message_bytes = options.http.max_message_bytes
        self.auth_timeout = options.auth_timeout

    def steps(self, call: Call[T]) -> _Steps[T]:
        """Yield what to send, take what came back, and return the result.

        Calls that start while the dialect or the caller's workspace is not known ask for it, each for itself.
        """
        receipt: Receipt[Any, T] = Receipt(call)
        introduction = self._introduction
        while not call.public and (question := introduction.missing(None)) is not None:
            yield from self._introduce(call, question)
        request = call.request(introduction.dialect or GENERATION_2)  # where anybody may ask, any one will do
        encode(request, self._options)  # what cannot be sent is refused before anything more is asked
        while (question := introduction.missing(request)) is not None:
            yield from self._introduce(call, question)
        answer = yield from self._exchange(request)
        if isinstance(answer, CallError):
            receipt.feed([], Failed(answer))
        else:
            receipt.feed([answer], Completed())
        return receipt.result()

    def _introduce(self, call: Call[Any], question: Request) -> _Steps[None]:
        """Ask what is to be known before a request."""
        failed = self._introduction.learn(question, (yield from self._exchange(question)))
        if failed is not None:
            raise failed.with_context(call.context)

    def _exchange(self, request: Request) -> _Steps[Payload | CallError]:
        """Send a request, a second time with a fresh token if it is refused and one can be had."""
        context = CallContext(request.service, request.flow, request.workspace)
        if request.public:
            return (yield from self._try(request, context))
        ended = self._ends_at is not None and time.monotonic() > self._ends_at
        wanted = self._options.token is None or ended
        if wanted and (failed := (yield from self._renew(context))) is not None:
            return failed
        shown = self._options.token
        answer = yield from self._try(request, context)
        if isinstance(answer, AuthenticationError) and self._tokens is not None:
            known = shown != self._options.token  # somebody has renewed it meanwhile
            if not known and (failed := (yield from self._renew(context))) is not None:
                return failed
            answer = yield from self._try(request, context)
        return answer

    def _renew(self, context: CallContext) -> _Steps[CallError | None]:
        """Ask for a fresh token; return None, or what to fail with because there is none."""
        assert self._tokens is not None
        told = yield self._tokens
        if isinstance(told, Exception):
            return AuthenticationError(failure(told), "", context)
        assert isinstance(told, Secret)
        left = lifetime(told)
        self._ends_at = None if left is None else time.monotonic() + left
        self._options = replace(self._options, token=told)
        return None

    def _try(self, request: Request, context: CallContext) -> _Steps[Payload | CallError]:
        """Send a request, a second time if the connection is lost and that does no harm."""
        http = encode(request, self._options, self._introduction.workspace)
        reply = yield http
        if (
            isinstance(reply, ConnectionLost)
            and reply.cause.retryable
            and may_repeat(reply, repeatable=request.repeatable)
        ):
            again = yield http
            # That there is no connection any more says less: the request may have run.
            reply = reply if isinstance(again, ConnectionFailed) else again
        if isinstance(reply, CallError):
            return reply.with_context(context)
        assert isinstance(reply, _Answer)
        kind, form = reply.content_type, request.form
        return read_answer(reply.status, kind, reply.body, self._options, context, form)

    def url(self, request: HttpRequest) -> str:
        """Return the whole URL of a request."""
        scheme = "http" if self._endpoint.tls is None else "https"
        return f"{scheme}://{request.host}{request.target}"

    def limits(self, options: CallOptions, left: float | None = None) -> _Limits:
        """Return the limits of one HTTP request.

        Args:
            options: Those of the call.
            left: Seconds until the call is to be over; None if somebody else sees to that.
        """
        silence, connect = options.timeout, self._options.connect_timeout
        if left is not None and (silence is None or left < silence):
            return _Limits("total_timeout", options.total_timeout, left, connect)
        return _Limits("timeout", silence, silence, connect)

    def too_long(self) -> ConnectionLost:
        """Return the error for an answer that was given up because of its length."""
        detail = f"the answer is longer than max_message_bytes ({self.max_message_bytes} bytes)"
        return ConnectionLost(CloseCause(CloseKind.PROTOCOL, detail), sent=True)

    def failed(self, error: httpx.RequestError, limits: _Limits) -> CallError:
        """Return what an error of httpx means. Its text is shown without the token."""
        origin = _system_error(error)
        text = self._options.secret.hide_in(str(origin) or type(origin).__name__)
        match error:
            case httpx.ConnectTimeout() if limits.connecting:
                return _unconnected(f"no connection within {limits.connect:g} s", DialFault.TIMEOUT)
            case httpx.TimeoutException() if limits.seconds is not None:
                return RequestTimeout(limits.option, limits.seconds)
            case httpx.ConnectError() | httpx.ProxyError() | httpx.UnsupportedProtocol():
                detail, fault = self._endpoint.loss(origin)
                return _unconnected(self._options.secret.hide_in(detail), fault)
            case httpx.DecodingError():
                return DecodeError(f"the answer cannot be decompressed: {text}")
            case httpx.TransportError():
                return ConnectionLost(CloseCause(CloseKind.LOST, text), sent=True)
            case _:
                return NotAGateway(text)


async def _ask(tokens: TokenSource, limit: float) -> Told:
    with anyio.move_on_after(limit):
        return await ask_later(tokens, partial(anyio.to_thread.run_sync, abandon_on_cancel=True))
    return TokenLate(limit)


def _late(options: CallOptions) -> RequestTimeout:
    """Return the error for a call that takes too long."""
    assert options.total_timeout is not None
    return RequestTimeout("total_timeout", options.total_timeout)


def _unconnected(detail: str, fault: DialFault | None) -> CallError:
    cause = CloseCause(CloseKind.LOST, detail, fault=fault)
    return connection_error(cause, opened=False, sent=False, delivered=0, context=CallContext())


def _system_error(error: BaseException) -> BaseException:
    """Return the system's error behind one of httpx, which says why; those between may say nothing.

    The errors of httpcore lose their cause on the way, but have it as their argument.
    """
    behind: object = error
    while isinstance(behind, BaseException):
        if isinstance(behind, OSError):
            return behind
        behind = behind.__cause__ or next(iter(behind.args), None)
    return error


class _Body:
    """Gathers the body of an answer.

    Args:
        max_bytes: Longest body.
    """

    def __init__(self, max_bytes: int) -> None:
        self._pieces: list[bytes] = []
        self._room = max_bytes

    def add(self, piece: bytes) -> bool:
        """Take some more, unless it becomes too long; return whether there was room."""
        self._room -= len(piece)
        if self._room >= 0:
            self._pieces.append(piece)
        return self._room >= 0

    def answer(self, response: httpx.Response) -> _Answer:
        """Return the answer, which is complete."""
        kind = response.headers.get("content-type", "").encode("ascii", "replace")
        return _Answer(response.status_code, kind, b"".join(self._pieces))


def _require(client: object, kind: type[object]) -> None:
    if not isinstance(client, kind):
        raise TypeError(f"http_client must be an httpx.{kind.__name__} here, not {type(client).__name__}")


def _require_open(client: httpx.Client | httpx.AsyncClient) -> None:
    if client.is_closed:
        raise LocalProtocolError("the http_client is closed; keep it open for as long as calls are made")


class _Runner(Generic[ClientT]):
    """What both colours share: the user's client, and that there are no streams.

    An answer of bytes is gathered, too, so that `max_message_bytes` limits it.
    """

    def __init__(
        self, client: ClientT, endpoint: Endpoint, options: RestOptions, tokens: TokenSource | None = None
    ) -> None:
        _require(client, self._kind)
        self._client: ClientT = client
        self._conversation = _Conversation(endpoint, options, tokens)

    _kind: ClassVar[type[object]]

    machine = MACHINE

    def open(self, call: StreamCall[Any, Any], options: CallOptions) -> NoReturn:  # noqa: ARG002
        """Refuse: answers are gathered here.

        Raises:
            StreamingUnavailable: Always.
        """
        if call.form is None:
            refuse_streaming(call)
        raise StreamingUnavailable(
            f"{call.service}: with http_client= an answer cannot come in pieces; use an Api without it"
        )


class HttpxRunner(_Runner[httpx.Client]):
    """Carries calls out with an `httpx.Client`; a `SyncRunner`. Any thread may use it.

    The client decides about connections, proxies, certificates, redirects and its own `auth`; it is never
    closed here. The time limits are those of each call: httpx applies `timeout` to each of its operations.
    `total_timeout` is looked at before each of them and with each piece of the answer, so that a head that
    trickles in may take longer.

    Args:
        client: The user's.
        endpoint: Where the gateway is.
        options: As whom it is asked, and the limits.
        tokens: What supplies tokens, if something does.

    Raises:
        TypeError: The client is none of httpx, or an asynchronous one.
    """

    _kind = httpx.Client

    def call(self, call: Call[T], options: CallOptions) -> T:
        """Carry a call out. An interrupt abandons the request.

        Raises:
            LocalProtocolError: The client is closed, or HTTP cannot carry the request.
            TrustGraphError: The call failed.
        """
        _require_open(self._client)
        total = options.total_timeout
        end = None if total is None else time.monotonic() + total
        steps = self._conversation.steps(call)
        try:
            wanted = next(steps)
            while True:
                if isinstance(wanted, HttpRequest):
                    wanted = steps.send(self._send(wanted, options, end))
                else:
                    wanted = steps.send(self._ask(wanted, call, options, end))
        except StopIteration as done:
            result: T = done.value
            return result

    def call_together(self, calls: Sequence[Call[T]], options: CallOptions) -> list[T]:
        """Carry calls out one after the other, as the client is blocking; see `call`."""
        return [self.call(call, options) for call in calls]

    def pause(self, seconds: float) -> None:
        """Let time pass."""
        time.sleep(seconds)

    def _ask(self, tokens: TokenSource, call: Call[Any], options: CallOptions, end: float | None) -> Told:
        limit = self._conversation.auth_timeout
        left = limit if end is None else min(limit, end - time.monotonic())
        told = ask_within(tokens, left, limit)
        if isinstance(told, TokenLate) and left < limit:
            raise _late(options).with_context(call.context)
        return told

    def _send(self, request: HttpRequest, options: CallOptions, end: float | None) -> _Reply:
        left = None if end is None else end - time.monotonic()
        if left is not None and left <= 0:
            return _late(options)
        limits, body = self._conversation.limits(options, left), _Body(self._conversation.max_message_bytes)
        try:
            with self._client.stream(
                request.method,
                self._conversation.url(request),
                headers=request.headers,
                content=request.body,
                timeout=limits.timeout,
            ) as response:
                for piece in response.iter_bytes():
                    if not body.add(piece):
                        return self._conversation.too_long()
                    if end is not None and time.monotonic() >= end:
                        return _late(options)
            return body.answer(response)
        except httpx.RequestError as error:
            return self._conversation.failed(error, limits)


class AsyncHttpxRunner(_Runner[httpx.AsyncClient]):
    """Carries calls out with an `httpx.AsyncClient`; an `AsyncRunner`, for asyncio and trio.

    The client decides about connections, proxies, certificates, redirects and its own `auth`; it is never
    closed here. The time limits are those of each call: httpx applies `timeout` to each of its operations;
    `total_timeout` is exact, as it cancels the request by way of anyio, on which httpx is built.

    Args:
        client: The user's.
        endpoint: Where the gateway is.
        options: As whom it is asked, and the limits.
        tokens: What supplies tokens, if something does.

    Raises:
        TypeError: The client is none of httpx, or a blocking one.
    """

    _kind = httpx.AsyncClient

    async def call(self, call: Call[T], options: CallOptions) -> T:
        """Carry a call out. Cancelling it abandons the request.

        Raises:
            LocalProtocolError: The client is closed, or HTTP cannot carry the request.
            TrustGraphError: The call failed.
        """
        _require_open(self._client)
        with anyio.move_on_after(options.total_timeout):
            return await self._converse(self._conversation.steps(call), options)
        raise _late(options).with_context(call.context)

    async def call_together(self, calls: Sequence[Call[T]], options: CallOptions) -> list[T]:
        """Carry calls out at the same time; see `call`. The first that fails ends the rest."""
        results: dict[int, T] = {}
        failures: list[Exception] = []

        async def carry_out(number: int, call: Call[T]) -> None:
            try:
                results[number] = await self.call(call, options)
            except Exception as error:  # noqa: BLE001  # raised below, out of the group
                failures.append(error)
                group.cancel_scope.cancel()

        async with anyio.create_task_group() as group:
            for number, call in enumerate(calls):
                group.start_soon(carry_out, number, call)
        if failures:
            raise failures[0]
        return [results[number] for number in range(len(calls))]

    async def pause(self, seconds: float) -> None:
        """Let time pass."""
        await anyio.sleep(seconds)

    async def in_thread(self, function: Callable[[], T]) -> T:
        """Call a function that may block in a thread. Being cancelled, it waits until that is done."""
        return await anyio.to_thread.run_sync(function)

    async def _converse(self, steps: _Steps[T], options: CallOptions) -> T:
        try:
            wanted = next(steps)
            while True:
                if isinstance(wanted, HttpRequest):
                    wanted = steps.send(await self._send(wanted, options))
                else:
                    wanted = steps.send(await _ask(wanted, self._conversation.auth_timeout))
        except StopIteration as done:
            result: T = done.value
            return result

    async def _send(self, request: HttpRequest, options: CallOptions) -> _Reply:
        limits, body = self._conversation.limits(options), _Body(self._conversation.max_message_bytes)
        try:
            async with self._client.stream(
                request.method,
                self._conversation.url(request),
                headers=request.headers,
                content=request.body,
                timeout=limits.timeout,
            ) as response:
                async for piece in response.aiter_bytes():
                    if not body.add(piece):
                        return self._conversation.too_long()
            return body.answer(response)
        except httpx.RequestError as error:
            return self._conversation.failed(error, limits)
