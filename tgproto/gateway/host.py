"""One multiplexed socket of the gateway: brings its session and the services together, in time and bounds."""

from __future__ import annotations

from tgproto.gateway.answers import Answers, size_of
from tgproto.gateway.base import AnyGateway
from tgproto.gateway.callers import Caller
from tgproto.gateway.steps import Failure, Frame
from tgproto.session.envelope import WireError
from tgproto.session.events import AuthenticationReceived, RequestReceived, ServerEvent
from tgproto.session.server import ServerSession


class Host:
    """Answers the requests of one connection.

    Its owner carries `session` like any other, and calls `pull` whenever it has handed something to the
    session, at `next_deadline`, and when there is room to write again. An answer is worked out frame by
    frame, each one when its time has come and there is room for it: a client that does not read costs
    one frame, whatever it asked for.

    Args:
        gateway: The gateway that the connection belongs to.
        caller: Who opened it, if that is known from the upgrade; None if a frame will have to say it.

    Attributes:
        session: The conversation. Its events belong to this object.
    """

    def __init__(self, gateway: AnyGateway, caller: Caller | None = None) -> None:
        self.session = ServerSession(gateway.session)
        self._gateway = gateway
        self._caller = caller
        self._answers = Answers()

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
        for stream_id, step in self._answers.due(now=now):
            if not self.session.awaits(stream_id):  # nothing came for too long, and it was told so
                self._answers.forget(stream_id)
                continue
            self._send(stream_id, step, now)
            self._take_events(now)
            room -= size_of(step)
            if room <= 0:
                return

    def next_deadline(self) -> float | None:
        """Return when `pull` has something to produce, in the seconds of `now`; None for never.

        It is in the past if the last `pull` ran out of room.
        """
        return self._answers.next_deadline()

    def _take_events(self, now: float) -> None:
        session = self.session
        while (event := session.next_event()) is not None:
            if not session.over:
                self._handle(event, now)
        if session.over:
            self._answers.clear()

    def _handle(self, event: ServerEvent, now: float) -> None:
        match event:
            case AuthenticationReceived(token=token):
                caller = self._gateway.identify(token)
                if caller is not None:
                    self._caller = caller
                    self.session.accept_authentication(caller.default_workspace, now=now)
                else:
                    self.session.reject_authentication(now=now)
            case RequestReceived(stream_id=stream_id):
                assert self._caller is not None  # the session lets nobody else ask
                answer = self._gateway.answer(event, self._caller)
                if isinstance(answer, WireError):
                    self.session.refuse(stream_id, answer, now=now)
                else:
                    self._answers.begin(stream_id, answer, now=now)
            case _:
                pass  # a malformed message, which the session has answered

    def _send(self, stream_id: int, step: Frame | Failure, now: float) -> None:
        if isinstance(step, Frame):
            self.session.respond(stream_id, step.payload, final=step.final, now=now)
        else:
            self.session.fail(stream_id, step.error, final=step.final, beside=step.beside, now=now)
