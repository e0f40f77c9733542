"""The pace of plain HTTP requests: whole requests in, whole answers out, one after the other.

Anything that a service says has status 200, whatever it means; of a stream only the last frame is left.
"""

from __future__ import annotations

from tgproto.gateway.answers import Answers, size_of
from tgproto.gateway.base import AnyGateway
from tgproto.gateway.steps import Failure
from tgproto.serving.messages import WebAnswer, WebRequest
from tgproto.session.envelope import encode_failure
from tgproto.session.server import silent_service

_ONLY = 0
"""The key of the answer under way: there is one at a time."""


class Rest:
    """Answers the plain requests of one connection, one after the other.

    Its owner hands a request in, and calls `pull` then, at `next_deadline`, and when there is room to write
    again, until it gets the answer.

    Args:
        gateway: The gateway that the connection belongs to.
    """

    def __init__(self, gateway: AnyGateway) -> None:
        self._gateway = gateway
        self._answers = Answers()
        self._ready: WebAnswer | None = None
        self._deadline: float | None = None  # of the answer that is ready, or of the service's silence

    def receive(self, request: WebRequest, *, now: float) -> None:
        """Take a request up.

        Args:
            request: What is asked for. An earlier request that is not answered yet is forgotten.
            now: Current time in seconds.
        """
        self.forget()
        verdict = self._gateway.receive(request)
        if isinstance(verdict, WebAnswer):
            self._ready = verdict
            self._deadline = now
        else:
            self._answers.begin(_ONLY, verdict, now=now)
            self._wait(now)

    def pull(self, *, now: float, room: int) -> WebAnswer | None:
        """Return the answer when its time has come, once.

        Args:
            now: Current time in seconds.
            room: Bytes that may be worked out in this call, those included that are then thrown away. The
                answer itself may be longer. 0 works nothing out.
        """
        if room <= 0:
            return None
        answer = self._ready or self._work(now, room)
        if answer is not None:
            self.forget()
        return answer

    def next_deadline(self) -> float | None:
        """Return when `pull` has something to do, in the seconds of `now`; None for never.

        It is in the past if the last `pull` ran out of room.
        """
        dues = (self._answers.next_deadline(), self._deadline)
        return min((due for due in dues if due is not None), default=None)

    def forget(self) -> None:
        """Give the request up: nobody waits for its answer. Idempotent."""
        self._answers.clear()
        self._ready = self._deadline = None

    # --- inside -------------------------------------------------------------------------------

    def _work(self, now: float, room: int) -> WebAnswer | None:
        for _, step in self._answers.due(now=now):
            if isinstance(step, Failure):
                return WebAnswer(200, encode_failure(step.error, step.beside))
            if step.final:
                return WebAnswer(200, step.payload)
            self._wait(now)
            room -= size_of(step)
            if room <= 0:
                return None
        if self._deadline is None or now < self._deadline:
            return None
        return WebAnswer(200, encode_failure(silent_service(self._gateway.session.dialect)))

    def _wait(self, now: float) -> None:
        self._deadline = now + self._gateway.session.answer_timeout
