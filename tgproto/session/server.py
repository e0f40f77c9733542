"""The gateway side of the multiplexed socket, message by message: requests in, answers out.

Imitates the real gateway (`gateway/dispatch/mux.py`, 1.7.1 to 2.11.1): frames are handled strictly
in order, the form of a request is judged before the caller, slots are freed only from the front, and
reading stops when slots and queue are full.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping

from tgproto.closing import CloseCause, CloseKind
from tgproto.dialect import Dialect, SocketAuth
from tgproto.errors import LocalProtocolError
from tgproto.session.base import Session
from tgproto.session.config import ServerConfig
from tgproto.session.envelope import (
    AuthFrame,
    ClientFrame,
    ClientRequest,
    Malformed,
    WireError,
    classify_client,
    encode_answer,
    encode_auth_failed,
    encode_auth_ok,
    encode_error,
    encode_failure,
)
from tgproto.session.events import (
    AuthenticationReceived,
    CloseCarrier,
    MalformedMessage,
    RequestReceived,
    ServerEvent,
)
from tgproto.session.generation1 import classify_client as classify_old_client
from tgproto.session.tables import STREAM, SessionInput, SessionState, StreamInput, StreamState, advance
from tgproto.session.window import Window
from tgproto.timers import Timers, earlier

AUTH = "auth"
AUTH_REQUIRED = WireError("auth-required", "auth failure")
BAD_MESSAGE = "Bad message"


def silent_service(dialect: Dialect) -> WireError:
    """Return what a gateway makes of a service that is silent for too long: 2.x has no words for it."""
    return WireError("gateway-error", "" if dialect.socket_auth is SocketAuth.FRAME else "Timeout")


class _Call:
    """A request on its way through the gateway."""

    __slots__ = ("id", "position", "request", "state")

    def __init__(self, call_id: int, request: ClientRequest) -> None:
        self.id = call_id
        self.request = request
        self.state = StreamState.QUEUED
        self.position = -1

    def advance(self, event: StreamInput) -> None:
        self.state = advance(STREAM, self.state, event)


class ServerSession(Session[ServerEvent]):
    """Gateway of one multiplexed socket.

    Args:
        config: Options; its dialect says which generation to imitate.
    """

    def __init__(self, config: ServerConfig) -> None:
        super().__init__(config.keepalive, config.close_timeout)
        self.config = config
        self._by_frame = config.dialect.socket_auth is SocketAuth.FRAME
        self._classify = classify_client if config.dialect.errors_have_ids else classify_old_client
        self._deciding = False  # the owner has been asked to judge a token
        self._listening = True
        self._inbox: deque[bytes | str] = deque()
        self._queue: deque[_Call] = deque()
        self._calls: dict[int, _Call] = {}  # the ones in slots, by id
        self._window = Window(config.slots)
        self._silence: Timers[int] = Timers()
        self._next_id = 1

    @property
    def wants_read(self) -> bool:
        """Whether the carrier shall go on reading: not while the queue overflows or a token is judged."""
        return self.over or not (self._inbox or self._blocked)

    @property
    def in_flight(self) -> int:
        """Requests in slots that were not answered to the end."""
        return len(self._calls)

    def awaits(self, stream_id: int) -> bool:
        """Return whether a request waits for more of its answer; no longer so after `answer_timeout`.

        Args:
            stream_id: From `RequestReceived`.
        """
        return stream_id in self._calls

    # --- intents ------------------------------------------------------------------------------

    def accept_authentication(self, default_workspace: str, *, now: float) -> None:
        """Accept the token of the last `AuthenticationReceived`.

        Raises:
            LocalProtocolError: No token is waiting for judgement.
        """
        self._judge(SessionInput.AUTH_OK, encode_auth_ok(default_workspace), now)

    def reject_authentication(self, message: str = "auth failure", *, now: float) -> None:
        """Refuse the token of the last `AuthenticationReceived`; an earlier identity stays in force.

        Raises:
            LocalProtocolError: No token is waiting for judgement.
        """
        self._judge(SessionInput.AUTH_FAILED, encode_auth_failed(message), now)

    def respond(self, stream_id: int, payload: bytes, *, final: bool, now: float) -> None:
        """Send one frame of an answer.

        Args:
            stream_id: From `RequestReceived`.
            payload: The `response` member as JSON text.
            final: Whether this is the last frame.
            now: Current time in seconds.

        Raises:
            LocalProtocolError: There is no such request, or its answer is over.
        """
        call = self._call(stream_id)
        call.advance(StreamInput.CHUNK)
        self._outbox.append(encode_answer(call.request.id, payload, final=final))
        self._silence.set(stream_id, now + self.config.answer_timeout)
        if final:
            self._finish(call, now)

    def fail(
        self,
        stream_id: int,
        error: WireError,
        *,
        now: float,
        final: bool = True,
        beside: Mapping[str, object] | None = None,
    ) -> None:
        """End an answer with an error inside the response.

        Args:
            stream_id: From `RequestReceived`.
            error: What to say.
            now: Current time in seconds.
            final: What the frame's `complete` says. Gateways from 2.10.6 on say False for some services
                and send nothing more; the slot is freed all the same.
            beside: Further members of the response, JSON values.

        Raises:
            LocalProtocolError: There is no such request, or its answer is over.
        """
        call = self._call(stream_id)
        self._outbox.append(encode_answer(call.request.id, encode_failure(error, beside), final=final))
        self._finish(call, now)

    def refuse(self, stream_id: int, error: WireError, *, now: float) -> None:
        """End an answer with an error in the envelope: gate and dispatch failures.

        Raises:
            LocalProtocolError: There is no such request, or its answer is over.
        """
        call = self._call(stream_id)
        self._outbox.append(self._refusal(call.request.id, error))
        self._finish(call, now)

    def close(self, *, now: float, code: int = 1000, reason: str = "") -> None:
        """End the session; requests under way are forgotten. Idempotent."""
        self._close(CloseCarrier(code, reason), CloseCause(CloseKind.LOCAL, reason), now)

    # --- inputs -------------------------------------------------------------------------------

    def carrier_opened(self, *, now: float) -> None:
        """The carrier is up.

        Raises:
            LocalProtocolError: It was reported before.
        """
        self._step(SessionInput.OPENED if self._by_frame else SessionInput.OPENED_READY)
        if self.over:
            return
        self._keepalive.start(now)
        if self._by_frame:
            self._timers.set(AUTH, now + self.config.auth_timeout)
        self._work(now)

    def receive_messages(self, messages: Iterable[bytes | str], *, now: float) -> None:
        """Take messages of the client, in order. Never raises on their content."""
        self._keepalive.heard(now)
        self._inbox.extend(messages)
        if self.state is not SessionState.NEW:  # else nobody has been asked to authenticate yet
            self._work(now)

    # --- time ---------------------------------------------------------------------------------

    def next_deadline(self) -> float | None:
        """Return when to call `handle_timeout`, in the seconds of `now`; None for never."""
        return earlier(super().next_deadline(), self._silence.earliest())

    def handle_timeout(self, *, now: float) -> None:
        """Do what is due, if anything. Afterwards `next_deadline` is None or later than `now`."""
        super().handle_timeout(now=now)
        for stream_id in self._silence.pop_due(now):
            self.fail(stream_id, silent_service(self.config.dialect), now=now)

    # --- inside -------------------------------------------------------------------------------

    @property
    def _blocked(self) -> bool:
        return self._deciding or len(self._queue) > self.config.queue

    def _work(self, now: float) -> None:
        """Handle messages in order until something blocks."""
        while self._inbox and not self._blocked and not self.over:
            self._receive(self._classify(self._inbox.popleft()), now)
        if self.over:
            self._inbox.clear()
        elif self._listening is not self.wants_read:
            self._listening = self.wants_read
            if self._listening:
                self._keepalive.start(now)
            else:
                self._keepalive.stop()  # a pong could not be seen

    def _receive(self, frame: ClientFrame, now: float) -> None:
        match frame:
            case AuthFrame(token=token):
                if self._by_frame:
                    self._deciding = True
                    self._timers.set(AUTH, now + self.config.auth_timeout)
                    self._events.append(AuthenticationReceived(token))
                else:
                    self._reply_malformed(BAD_MESSAGE, None)
            case Malformed(reason=reason, id=ident):
                self._reply_malformed(reason, ident)
            case _:
                if self.state is SessionState.AUTHENTICATING:
                    self._outbox.append(self._refusal(frame.id, AUTH_REQUIRED))
                else:
                    self._queue.append(_Call(self._next_id, frame))
                    self._next_id += 1
                    self._fill(now)

    def _fill(self, now: float) -> None:
        """Move requests from the queue into free slots."""
        while self._queue and self._window.room != 0:
            call = self._queue.popleft()
            call.advance(StreamInput.START)
            call.position = self._window.take()
            self._calls[call.id] = call
            self._silence.set(call.id, now + self.config.answer_timeout)
            request = call.request
            self._events.append(
                RequestReceived(call.id, request.service, request.flow, request.workspace, request.body)
            )

    def _judge(self, event: SessionInput, reply: bytes, now: float) -> None:
        if not self._deciding:
            raise LocalProtocolError("no token is waiting for judgement")
        self._step(event)
        self._deciding = False
        if self.state is SessionState.AUTHENTICATING:
            self._timers.set(AUTH, now + self.config.auth_timeout)
        else:
            self._timers.cancel(AUTH)
        self._outbox.append(reply)
        self._work(now)

    def _call(self, stream_id: int) -> _Call:
        call = self._calls.get(stream_id)
        if call is None:
            raise LocalProtocolError(f"there is no request {stream_id}, or its answer is over")
        return call

    def _finish(self, call: _Call, now: float) -> None:
        call.advance(StreamInput.FINISH)
        del self._calls[call.id]
        self._window.finish(call.position)
        self._silence.cancel(call.id)
        self._fill(now)
        self._work(now)

    def _refusal(self, ident: bytes, error: WireError) -> bytes:
        if self.config.dialect.errors_have_ids:
            return encode_error(ident, error)
        return encode_error(None, WireError("", error.message, bare=True))

    def _reply_malformed(self, reason: str, ident: bytes | None) -> None:
        bare = not self.config.dialect.errors_have_ids
        self._outbox.append(encode_error(None if bare else ident, WireError("error", reason, bare)))
        self._events.append(MalformedMessage(reason))

    def _lose(self, cause: CloseCause, now: float) -> None:  # noqa: ARG002
        for call in (*self._queue, *self._calls.values()):
            call.advance(StreamInput.LOSE)
        self._queue.clear()
        self._calls.clear()
        self._inbox.clear()
        self._silence.clear()

    def _expire(self, name: str, now: float) -> None:
        assert name == AUTH
        detail = f"not authenticated within {self.config.auth_timeout:g} s (auth_timeout)"
        self._close(CloseCarrier(1008, "authentication timeout"), CloseCause(CloseKind.TIMEOUT, detail), now)
