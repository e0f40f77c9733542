"""What a server role needs of whatever answers plain requests."""

from __future__ import annotations

from typing import Protocol

from tgproto.serving.messages import TEXT, Reply, WebAnswer, WebRequest

TOO_LONG = WebAnswer(413, b"413: the body is too long", TEXT)


class Service(Protocol):
    """Answers plain HTTP requests, on any number of connections."""

    def respond(self, request: WebRequest, *, now: float) -> Reply:
        """Answer a request.

        Args:
            request: What is asked for; it has a body, possibly an empty one.
            now: Current time in seconds.

        Returns:
            The answer. Its pieces are taken when their time has come and there is room for them, and not at
            all once the client is gone.
        """
        ...


class Responder(Protocol):
    """Answers the plain requests of one connection, one after the other.

    Its owner hands a request in, and calls `pull` then, at `next_deadline`, and when there is room to write
    again, until it gets the answer.
    """

    def receive(self, request: WebRequest, *, now: float) -> None:
        """Take a request up. An earlier one that is not answered yet is forgotten."""
        ...

    def pull(self, *, now: float, room: int) -> Reply | None:
        """Return the answer when its time has come, once.

        Args:
            now: Current time in seconds.
            room: Bytes that may be worked out in this call. 0 works nothing out.
        """
        ...

    def next_deadline(self) -> float | None:
        """Return when `pull` has something to do, in the seconds of `now`; None for never."""
        ...

    def forget(self) -> None:
        """Give the request up: nobody waits for its answer. Idempotent."""
        ...


class Replies:
    """The `Responder` of a service: it asks at once, and waits as long as the answer says.

    Args:
        service: What answers.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._reply: Reply | None = None
        self._due = 0.0

    def receive(self, request: WebRequest, *, now: float) -> None:
        """Take a request up. An earlier one that is not answered yet is forgotten."""
        self._reply = TOO_LONG if request.body is None else self._service.respond(request, now=now)
        self._due = now + self._reply.delay

    def pull(self, *, now: float, room: int) -> Reply | None:
        """Return the answer when its time has come, once."""
        if room <= 0 or now < self._due:
            return None
        reply, self._reply = self._reply, None
        return reply

    def next_deadline(self) -> float | None:
        """Return when `pull` has something to do, in the seconds of `now`; None for never."""
        return None if self._reply is None else self._due

    def forget(self) -> None:
        """Give the request up: nobody waits for its answer. Idempotent."""
        self._reply = None
