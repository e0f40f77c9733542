"""One connection of the gateway: brings its session and the services together, in time and within bounds."""

from __future__ import annotations

from collections.abc import Iterator

from tgproto.errors import LocalProtocolError
from tgproto.gateway.gateway import Gateway
from tgproto.gateway.steps import Failure, Frame, Pause, Step
from tgproto.session.events import AuthenticationReceived, RequestReceived, ServerEvent
from tgproto.session.server import ServerSession
from tgproto.timers import Timers

ENVELOPE = 64
"""Bytes that a frame counts for beside its payload."""


class Host:
    """Answers the requests of one connection.

    The driver carries `session` like any other, and calls `pull` whenever it has handed something to the
    session, at `next_deadline`, and when there is room to write again. An answer is worked out frame by
    frame, each one when its time has come and there is room for it: a client that does not read costs
    one frame, whatever it asked for.

    Args:
        gateway: The gateway that the connection belongs to.

    Attributes:
        session: The conversation. Its events belong to this object.
    """

    def __init__(self, gateway: Gateway) -> None:
        self.session = ServerSession(gateway.session)
        self._gateway = gateway
        self._granted: tuple[str, ...] = ()
        self._answers: dict[int, Iterator[Step]] = {}
        self._next: Timers[int] = Timers()

    def pull(self, *, now: float, room: int) -> None:
        """Judge tokens, take up requests, and produce what is due.

        Args:
            now: Current time in seconds.
            room: Bytes for which there is room. Frames are produced until they are used up; the last one may
                be longer than what was left. 0 produces none.
        """
        self._take_events(now)
        if room <= 0:
            return
        for stream_id in self._next.pop_due(now):
            room -= self._advance(stream_id, now)
            self._take_events(now)
            if room <= 0:
                return

    def next_deadline(self) -> float | None:
        """Return when `pull` has something to produce, in the seconds of `now`; None for never.

        It is in the past if the last `pull` ran out of room.
        """
        return self._next.earliest()

    def _take_events(self, now: float) -> None:
        session = self.session
        while (event := session.next_event()) is not None:
            if not session.over:
                self._handle(event, now)
        if session.over:
            self._answers.clear()
            self._next.clear()

    def _handle(self, event: ServerEvent, now: float) -> None:
        match event:
            case AuthenticationReceived(token=token):
                if granted := self._gateway.identify(token):
                    self._granted = granted
                    self.session.accept_authentication(granted[0], now=now)
                else:
                    self.session.reject_authentication(now=now)
            case RequestReceived(stream_id=stream_id):
                error = self._gateway.refusal(event, self._granted)
                if error is not None:
                    self.session.refuse(stream_id, error, now=now)
                else:
                    self._answers[stream_id] = self._gateway.answer(event, self._granted)
                    self._next.set(stream_id, now)
            case _:
                pass  # a malformed message, which the session has answered

    def _advance(self, stream_id: int, now: float) -> int:
        """Do the next step of an answer; return how many bytes that produced."""
        step = next(self._answers[stream_id], None)
        if isinstance(step, Pause):
            self._next.set(stream_id, now + step.seconds)
            return 0
        try:
            return self._send(stream_id, step, now)
        except LocalProtocolError:  # the session has given the request up, because nothing came for too long
            del self._answers[stream_id]
            return 0

    def _send(self, stream_id: int, step: Frame | Failure | None, now: float) -> int:
        size = 0
        match step:
            case Frame(payload=payload, final=final):
                self.session.respond(stream_id, payload, final=final, now=now)
                size = ENVELOPE + len(payload)
                if not final:
                    self._next.set(stream_id, now)
                    return size
            case Failure(error=error, final=final, beside=beside):
                self.session.fail(stream_id, error, final=final, beside=beside, now=now)
                size = ENVELOPE
            case _:
                pass  # the answer is never finished
        del self._answers[stream_id]
        return size
