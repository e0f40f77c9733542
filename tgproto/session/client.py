"""The client side of the multiplexed socket, message by message: requests out, answers in.

Carried by `tgproto.connection` or by any WebSocket library. Inputs are messages, pongs and `now`;
outputs are drained with `next_output` and `next_event`. Never raises on what the peer sends.

Rules that hold throughout: a stream has one outcome and nothing after it; nothing is written before
the gateway has accepted the caller; every wait has a deadline in `next_deadline`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import count

from tgproto.closing import CloseCause, CloseFrame, CloseKind
from tgproto.dialect import GENERATION_1, GENERATION_2, MIXED_2_2, Dialect, SocketAuth
from tgproto.errors import (
    AuthenticationError,
    CallCancelled,
    ConnectionLost,
    DecodeError,
    LocalProtocolError,
)
from tgproto.secrets import Secret
from tgproto.session.base import OVER, Session
from tgproto.session.config import ClientConfig
from tgproto.session.envelope import (
    Answer,
    AuthFailed,
    AuthOk,
    EndFrame,
    ErrorFrame,
    ServerFrame,
    Unreadable,
    WireError,
    classify,
    decode_answer,
    encode_auth,
    encode_request,
    refuse_error,
)
from tgproto.session.events import (
    Authenticated,
    AuthenticationFailed,
    ClientEvent,
    CloseCarrier,
    Completed,
    CredentialWanted,
    Failed,
    Outcome,
    Output,
    Payload,
    StreamReadable,
    UnmatchedMessage,
)
from tgproto.session.request import Submission, check_limits, for_socket
from tgproto.session.stream import CHUNK_OVERHEAD, Stream
from tgproto.session.streams import RETIRED, Streams
from tgproto.session.tables import SESSION, SessionInput, SessionState, StreamState, advance
from tgproto.timers import earlier

_COMPLETED = Completed()

AUTH, DRAIN = "auth", "drain"
"""The session's own timers."""


class ClientSession(Session[ClientEvent]):
    """Client of one multiplexed socket.

    Args:
        config: Options.
        ids: Where the ids of streams come from; sessions that exchange streams share one source.

    Attributes:
        config: The options.
        dialect: The gateway's habits; None until they are known.
        default_workspace: The caller's workspace, as the gateway said it.
    """

    def __init__(self, config: ClientConfig | None = None, *, ids: Iterator[int] | None = None) -> None:
        self.config = config if config is not None else ClientConfig()
        super().__init__(self.config.keepalive, self.config.close_timeout)
        self.dialect = self.config.dialect
        self.default_workspace: str | None = None
        self._opened = False
        self._auth_pending = False  # an auth frame is out
        self._renewing = False  # requests wait for a fresh token
        self._untried = self.config.token is None  # no token has been shown yet
        self._streams = Streams(self.config, self._events, self._keepalive, ids or count(1))

    # --- what the owner may look at -----------------------------------------------------------

    @property
    def wants_read(self) -> bool:
        """Whether the carrier shall go on reading. False while a stream's window is full."""
        return not self._streams.full

    @property
    def retired(self) -> bool:
        """Whether an abandoned request blocks the gateway's slots, so that no request is accepted."""
        return self._streams.retired

    @property
    def in_flight(self) -> int:
        """Requests the gateway still works on, abandoned ones included."""
        return len(self._streams.window)

    @property
    def queued_ids(self) -> list[int]:
        """Streams whose requests were not sent yet, in order."""
        return [stream.id for stream in self._streams.waiting()]

    @property
    def has_output(self) -> bool:
        """Whether `next_output` may have something; if not, it has nothing."""
        return bool(self._outbox or self._streams.queue)

    @property
    def waits(self) -> bool:
        """Whether there is a request that was not sent yet."""
        return bool(self._streams.queue)

    @property
    def holds_streams(self) -> bool:
        """Whether there is a stream whose outcome was not taken."""
        return self._streams.holds_any

    @property
    def live(self) -> int:
        """Streams that are not over: queued or under way."""
        return self._streams.live

    @property
    def room(self) -> int:
        """How many further requests could be sent without waiting for another one to end."""
        streams = self._streams
        if streams.retired or SessionInput.REQUEST not in SESSION[self.state]:
            return 0
        room = streams.window.room
        return sys.maxsize if room is None else max(0, room - len(streams.queue))

    @property
    def vacancies(self) -> int | None:
        """How many further requests could be sent, and answered, at once; None if none is accepted ever."""
        if self.state in OVER or self._streams.retired:
            return None
        return 0 if self._streams.full else self.room

    @property
    def surplus(self) -> list[int]:
        """Queued streams that must wait for another one to end, in order."""
        room = self._streams.window.room
        return [] if room is None or self.over else self.queued_ids[room:]

    # --- intents ------------------------------------------------------------------------------

    def send_request(
        self,
        submission: Submission,
        *,
        now: float,
        timeout: float | None = 60.0,
        total_timeout: float | None = None,
    ) -> int:
        """Ask for something. It is written as soon as the gateway's rules allow.

        Args:
            submission: A `Request`, or anything that becomes one once the dialect is known.
            now: Current time in seconds; both limits count from here.
            timeout: Longest silence in seconds, counted again from each frame; None for no limit.
            total_timeout: Longest duration in seconds; None for no limit.

        Returns:
            The id of the stream, for `take` and `cancel`.

        Raises:
            LocalProtocolError: The session is closing or retired, too much is queued, a limit is not above 0,
                or the request goes over HTTP only.
            TrustGraphError: Whatever `submission` raises because an argument cannot be expressed.
        """
        self._check_open()
        if len(self._streams.queue) >= self.config.max_queued:
            raise LocalProtocolError(
                f"{len(self._streams.queue)} requests wait already; raise max_queued to allow more"
            )
        check_limits(timeout, total_timeout)
        submission = for_socket(submission, self.dialect)
        return self._streams.add(submission, timeout, total_timeout, now)

    def take(self, stream_id: int, *, now: float) -> tuple[list[Payload], Outcome | None]:
        """Take what a stream has received; taking is what acknowledges it.

        Args:
            stream_id: What `send_request` returned.
            now: Current time in seconds.

        Returns:
            The payloads since the last call, in order, and how the stream ended, or None if it goes on.
            With the outcome the stream is forgotten.

        Raises:
            LocalProtocolError: There is no such stream, it was cancelled, or its outcome was taken.
        """
        return self._streams.take(stream_id, now)

    def outcome(self, stream_id: int) -> Outcome | None:
        """Say how a stream ended, without taking anything.

        Returns:
            None if it goes on, or does not exist.
        """
        return self._streams.outcome(stream_id)

    def submission(self, stream_id: int) -> Submission:
        """Return what was asked with a stream: the encoded `Request`, once the dialect is known.

        Raises:
            LocalProtocolError: There is no such stream.
        """
        return self._streams.get(stream_id).submission

    def cancel(self, stream_id: int, *, now: float) -> None:
        """Forget a stream: nothing more is delivered, what was unread is dropped. Harmless if it is over.

        The gateway cannot be told; it works on, and its slot stays taken until it has finished.
        """
        self._streams.cancel(stream_id, now)
        self._close_if_done(now)

    def renew(self, stream_id: int, number: int) -> bool:
        """Let a stream wait for a fresh token in a round of its owner's; see `Stream.renew`.

        Raises:
            LocalProtocolError: There is no such stream.
        """
        return self._streams.get(stream_id).renew(number)

    def disown(self, stream_id: int) -> Stream:
        """Give away a stream that is still queued, or that was lost, for another session to `adopt`.

        Args:
            stream_id: One of `queued_ids`, or a stream whose outcome says that the connection was lost.

        Raises:
            LocalProtocolError: There is no such stream, or the gateway has it.
        """
        return self._streams.disown(stream_id)

    def adopt(self, stream: Stream, *, now: float) -> None:
        """Queue a stream that another session has disowned. It keeps its id, and its limits go on.

        Raises:
            LocalProtocolError: The session is closing or retired.
        """
        self._check_open()
        self._streams.adopt(stream)
        if self.dialect is not None:
            self._encode(stream, self.dialect, now)

    def authenticate(self, token: Secret, *, now: float) -> None:
        """Authenticate again with another token. Requests under way are not affected.

        Raises:
            LocalProtocolError: An authentication is under way, the session is not open, or the gateway
                authenticates in the URL (then a new connection is needed).
        """
        advance(SESSION, self.state, SessionInput.AUTHENTICATE)
        if self._auth_pending:
            raise LocalProtocolError("an authentication is under way; wait for its answer")
        if _in_url(self.dialect):
            raise LocalProtocolError("this gateway authenticates in the URL; open a new connection")
        self._send_auth(token, now)

    def deny(self, reason: str, *, now: float) -> None:
        """There is no token to `authenticate` with: what waits for one fails. Harmless if nothing does.

        A session whose carrier is not up waits for one, too: it ends.

        Args:
            reason: Why, for a person.
            now: Current time in seconds.
        """
        if self.state is SessionState.NEW or (self._renewing and not self._auth_pending):
            self._timers.cancel(AUTH)
            self._give_up_authenticating(reason, now)

    def close(self, *, now: float, drain: float | None = None) -> None:
        """End the session. Idempotent.

        Args:
            now: Current time in seconds.
            drain: Seconds to let requests under way finish; None fails them at once. Requests that
                were not sent fail in both cases.
        """
        event = SessionInput.CLOSE if drain is None else SessionInput.DRAIN
        if self.over:
            return
        if drain is None or advance(SESSION, self.state, event) is SessionState.CLOSING:
            self._close(CloseCarrier(), CloseCause(CloseKind.LOCAL), now, event)
            return
        self._step(event)
        cause = CloseCause(CloseKind.LOCAL, "draining")
        self._streams.fail_queued(
            lambda stream: ConnectionLost(cause, sent=stream.tried, context=stream.context), now
        )
        self._timers.set(DRAIN, now + drain)
        self._close_if_done(now)

    # --- inputs -------------------------------------------------------------------------------

    def carrier_opened(self, *, now: float) -> None:
        """The carrier is up: authenticate, or begin at once if the URL did.

        Raises:
            LocalProtocolError: It was reported before.
        """
        in_url = _in_url(self.dialect)
        self._step(SessionInput.OPENED_READY if in_url else SessionInput.OPENED)
        if self.state is SessionState.CLOSING:
            return
        self._opened = True
        self._keepalive.start(now)
        if self.dialect is not None and in_url:
            self._events.append(Authenticated(None, self.dialect))
        elif self.config.token is None:
            self._want_credential("there is none yet", now)
        else:
            self._send_auth(self.config.token, now)

    def receive_messages(self, messages: Iterable[bytes | str], *, now: float) -> None:
        """Take messages of the gateway, in order. Never raises on their content."""
        self._keepalive.heard(now)
        streams, limit = self._streams, self.config.stream_window
        flowing = streams.flowing.get
        for message in messages:
            # What `classify` tries first, written out: each token of an answer comes this way.
            try:
                answer = decode_answer(message)
                refuse_error(answer.payload)
            except (ValueError, RecursionError):
                self._receive(classify(message), len(message), now)
                continue
            if not answer.final and (stream := flowing(answer.id)) is not None:
                stream.heard = now
                stream.chunks.append(answer.payload)
                stream.charge += len(message) + CHUNK_OVERHEAD
                if not stream.announced:
                    streams.announce(stream)
                if stream.charge > limit:
                    streams.pause(stream, now)
            elif not self.over:
                stream = streams.by_wire.get(answer.id)
                self._receive_answer(stream, answer.payload, answer.final, len(message), now)
                self._close_if_done(now)

    def carrier_closed(self, cause: CloseCause, *, now: float) -> None:
        """The carrier is gone; see `Session.carrier_closed`. A token is hidden in what the peer said."""
        said, hide = cause.received, self.config.secret.hide_in
        received = said and CloseFrame(said.code, hide(said.reason))
        hidden = replace(cause, detail=hide(cause.detail), received=received)
        super().carrier_closed(cause if hidden == cause else hidden, now=now)

    # --- time ---------------------------------------------------------------------------------

    def next_deadline(self) -> float | None:
        """Return when to call `handle_timeout`, in the seconds of `now`; None for never."""
        return earlier(self._keepalive.due, self._timers.earliest(), self._streams.timers.earliest())

    def handle_timeout(self, *, now: float) -> None:
        """Do what is due, if anything. Afterwards `next_deadline` is None or later than `now`."""
        super().handle_timeout(now=now)
        for key in self._streams.timers.pop_due(now):
            self._streams.expire(key, now)
        self._close_if_done(now)

    # --- outputs ------------------------------------------------------------------------------

    def next_event(self) -> ClientEvent | None:
        """Return the next event, or None. What was announced but is already taken or cancelled is skipped."""
        while self._events:
            event = self._events.popleft()
            if not isinstance(event, StreamReadable) or self._streams.heard(event.stream_id):
                return event
        return None

    def next_output(self) -> Output | None:
        """Return the next thing for the carrier to do, or None. A request leaves the queue here."""
        if self._outbox:
            return self._outbox.popleft()
        if self.state is not SessionState.READY or self._renewing or self.dialect is None:
            return None
        stream = self._streams.next_sendable(self.dialect)
        if stream is None:
            return None
        request = stream.submission.request(self.dialect)
        workspace = request.workspace or self.default_workspace
        wire_id = self._streams.start(stream, self.dialect)
        return encode_request(wire_id, request.service, request.flow, workspace, request.body)

    def _check_open(self) -> None:
        advance(SESSION, self.state, SessionInput.REQUEST)
        if self._streams.retired:
            raise LocalProtocolError(f"this connection is {RETIRED.detail}; open another")

    # --- frames -------------------------------------------------------------------------------

    def _receive(self, frame: ServerFrame, size: int, now: float) -> None:
        if self.over:
            return
        match frame:
            case Answer(id=wire_id, payload=payload, final=final):
                self._receive_answer(self._streams.by_wire.get(wire_id), payload, final, size, now)
            case EndFrame(id=wire_id):
                self._receive_answer(self._streams.by_wire.get(wire_id), None, True, size, now)
            case ErrorFrame(id=None, error=error):
                self._receive_error_without_id(error.hiding(self.config.secret), now)
            case ErrorFrame(id=wire_id, error=error):
                stream = self._streams.by_wire.get(wire_id)
                self._receive_error(stream, error.hiding(self.config.secret), now)
            case AuthOk(default_workspace=workspace):
                self._authenticated(workspace, self.dialect or GENERATION_2, now)
            case AuthFailed(message=message):
                self._refused(self.config.secret.hide_in(message), now)
            case Unreadable():
                self._receive_unreadable(self._streams.by_wire.get(frame.id), frame, now)
            case _:
                if frame.broken:
                    self._broken(frame.reason, now)
                else:
                    self._events.append(UnmatchedMessage(frame.reason))
        self._close_if_done(now)

    def _receive_answer(
        self, stream: Stream | None, payload: Payload | None, final: bool, size: int, now: float
    ) -> None:
        if stream is None:
            self._events.append(UnmatchedMessage("an answer to no request of this connection"))
            return
        streams = self._streams
        streams.answered(stream)
        if payload is not None and stream.under_way:
            streams.deliver(stream, payload, size, final, now)
        if final:
            streams.finish(stream, _COMPLETED, now)

    def _receive_unreadable(self, stream: Stream | None, frame: Unreadable, now: float) -> None:
        """Fail one call; the connection can be read on."""
        if stream is None:
            self._events.append(UnmatchedMessage(frame.reason))
            return
        self._streams.answered(stream)
        error = DecodeError(f"the answer cannot be read: {frame.reason}", stream.context)
        if frame.final:
            self._streams.finish(stream, Failed(error), now)
        elif stream.under_way:
            self._streams.fail(stream, error, now)

    def _receive_error(self, stream: Stream | None, error: WireError, now: float) -> None:
        if stream is None:
            self._events.append(UnmatchedMessage("an error for no request of this connection"))
        elif self._may_renew(stream, error):
            self._streams.requeue(stream, now)
            self._want_credential(error.message, now)
        else:
            self._streams.answered(stream)
            self._streams.finish(stream, Failed(error.to_exception(stream.context)), now)

    def _receive_error_without_id(self, error: WireError, now: float) -> None:
        """Attribute an error that names no request: nobody may wait for a time limit because of it."""
        if self.state is SessionState.AUTHENTICATING:
            self._answered_without_auth(error, now)
            return
        candidates = self._streams.candidates()
        ambiguous = len(candidates) > 1
        for stream in candidates:
            exception = error.to_exception(stream.context)
            if ambiguous:
                exception.hint = (
                    f"The gateway named no request; it meant one of {len(candidates)}, and all failed"
                )
            if stream.under_way or not ambiguous:  # an abandoned one may still be answered
                self._streams.finish(stream, Failed(exception), now)
        if not candidates:
            self._events.append(UnmatchedMessage("an error without id while no request was waiting"))

    def _broken(self, reason: str, now: float) -> None:
        cause = CloseCause(CloseKind.PROTOCOL, f"the gateway sent a message that cannot be read: {reason}")
        self._close(CloseCarrier(1002, "unreadable message", failure=True), cause, now)

    # --- authentication -----------------------------------------------------------------------

    def _send_auth(self, token: Secret, now: float) -> None:
        self._auth_pending = True
        self._renewing = self._renewing and not self._untried  # the first one is no renewal
        self._untried = False
        self._outbox.append(encode_auth(token))
        self._timers.set(AUTH, now + self.config.auth_timeout)

    def _authenticated(self, workspace: str | None, dialect: Dialect, now: float) -> None:
        if not self._auth_pending:
            self._events.append(UnmatchedMessage("an answer to no authentication"))
            return
        self._step(SessionInput.AUTH_OK)
        self._auth_pending = self._renewing = False
        self._timers.cancel(AUTH)
        self.dialect = dialect
        self.default_workspace = workspace or self.default_workspace
        self._events.append(Authenticated(self.default_workspace, dialect))
        for stream in self._streams.waiting():
            self._encode(stream, dialect, now)

    def _encode(self, stream: Stream, dialect: Dialect, now: float) -> None:
        """The dialect is known: let what cannot be expressed in it fail before anything is sent."""
        try:
            stream.submission = for_socket(stream.submission, dialect)
        except Exception as error:  # noqa: BLE001  # whoever submitted it gets it
            self._streams.fail(stream, error, now)
        except BaseException:  # an interrupt: this call shall not meet it again on another connection
            self._streams.fail(stream, CallCancelled("interrupted before it was sent", stream.context), now)
            raise

    def _answered_without_auth(self, error: WireError, now: float) -> None:
        """A gateway before 2.4.5 answers the auth frame with `Bad message`, and works without one."""
        if error.message != "Bad message":
            self._refused(error.message, now)
        elif self.config.dialect is not None:
            self._refused("the gateway knows no authentication frame; it is older than 2.4.5", now)
        else:
            self._authenticated(None, GENERATION_1 if error.bare else MIXED_2_2, now)

    def _refused(self, message: str, now: float) -> None:
        if not self._auth_pending:
            self._events.append(UnmatchedMessage("an answer to no authentication"))
            return
        self._step(SessionInput.AUTH_FAILED)
        self._auth_pending = False
        self._timers.cancel(AUTH)
        self._events.append(AuthenticationFailed(message))
        first = self.state is SessionState.AUTHENTICATING
        if first and self.config.renewable and not self._renewing:
            self._want_credential(message, now)
        elif first or self._renewing:
            self._give_up_authenticating(message, now)

    def _may_renew(self, stream: Stream, error: WireError) -> bool:
        """Whether a request shall wait for a fresh token: once, and only if it can be sent again here."""
        wanted = error.type == "auth-required" and self.config.renewable and not _in_url(self.dialect)
        sendable = self.state is SessionState.READY and not self.retired
        return wanted and sendable and stream.state is StreamState.SENT and not stream.renewed

    def _want_credential(self, reason: str, now: float) -> None:
        """Ask the owner for a token, once; requests wait until it was accepted."""
        if not self._renewing and not self._auth_pending:
            self._events.append(CredentialWanted(reason))
            self._timers.set(AUTH, now + self.config.auth_timeout)
        self._renewing = True

    def _give_up_authenticating(self, message: str, now: float) -> None:
        self._renewing = False
        self._streams.fail_queued(
            lambda stream: AuthenticationError(message, "auth-failed", stream.context), now
        )
        if self.state in (SessionState.NEW, SessionState.AUTHENTICATING):
            self._close(CloseCarrier(), CloseCause(CloseKind.LOCAL, f"not authenticated: {message}"), now)

    # --- ending -------------------------------------------------------------------------------

    def _lose(self, cause: CloseCause, now: float) -> None:
        self._streams.lose(cause, self._opened, now)

    def _expire(self, name: str, now: float) -> None:
        limit = f"{self.config.auth_timeout:g} s (auth_timeout)"
        if name == DRAIN:
            self._close(CloseCarrier(), CloseCause(CloseKind.LOCAL, "not drained in time"), now)
        elif not self._auth_pending:
            self._give_up_authenticating(f"no fresh token was supplied within {limit}", now)
        elif (due := self._streams.listening_since(now) + self.config.auth_timeout) > now:
            self._timers.set(AUTH, due)
        else:
            detail = f"no answer to the authentication within {limit}"
            self._close(CloseCarrier(failure=True), CloseCause(CloseKind.TIMEOUT, detail), now)

    def _close_if_done(self, now: float) -> None:
        """A retired or draining session closes after its last live stream."""
        retired = self._streams.retired
        if (retired or self.state is SessionState.DRAINING) and not self.live and not self.over:
            cause = RETIRED if retired else CloseCause(CloseKind.LOCAL)
            self._close(CloseCarrier(), cause, now)


def _in_url(dialect: Dialect | None) -> bool:
    """Whether the gateway is known to authenticate in the URL."""
    return dialect is not None and dialect.socket_auth is SocketAuth.QUERY
