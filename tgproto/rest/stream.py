"""A request over REST and its answer, and the connection that carries it, as the client keeps them."""

from __future__ import annotations

from tgproto.errors import CallContext
from tgproto.link.http_client import HttpClientLink
from tgproto.link.http_types import HttpRequest, ResponseHead
from tgproto.session.events import Outcome, Payload
from tgproto.session.request import Answer, Request, Submission
from tgproto.session.stream import CHUNK_OVERHEAD


class Stream:
    """A request and what came of it.

    Attributes:
        id: Its name.
        submission: What is asked.
        limits: Seconds, by option.
        request: The same, once the dialect is known.
        http: The request as it is sent; None while something is not known that it depends on.
        round: Which token was shown with it; see `Credentials.round`.
        line: The connection that carries it, or None.
        tried: Whether a connection was lost with it, so that it may have run.
        waited: In which round it waited for a fresh token; None if it never did.
        outcome: How it ended.
        announced: Whether its owner was told that there is something to take, and has not taken it yet.

    Args:
        window: Bytes that may wait to be taken before it is full.
    """

    def __init__(self, ident: int, submission: Submission, limits: dict[str, float], window: int) -> None:
        self.id = ident
        self.submission = submission
        self.limits = limits
        self.request = submission if isinstance(submission, Request) else None
        self.http: HttpRequest | None = None
        self.round = 0
        self.line: int | None = None
        self.tried = False
        self.waited: int | None = None
        self.outcome: Outcome | None = None
        self.announced = False
        self._window = window
        self._unread: list[Payload] = []
        self._charge = 0
        self._taken = 0

    @property
    def context(self) -> CallContext:
        """What an error shall say about it."""
        asked = self.submission
        return CallContext(
            asked.service, asked.flow, None if self.request is None else self.request.workspace
        )

    @property
    def repeatable(self) -> bool:
        """Whether the caller declared that running it twice does no harm."""
        return self.request is not None and self.request.repeatable

    @property
    def public(self) -> bool:
        """Whether no token is shown."""
        return self.request is not None and self.request.public

    @property
    def in_pieces(self) -> bool:
        """Whether a good answer is handed on as it comes."""
        form = None if self.request is None else self.request.form
        return form is not None and form.answer is Answer.BYTES

    @property
    def delivered(self) -> int:
        """Payloads that have come."""
        return self._taken + len(self._unread)

    @property
    def full(self) -> bool:
        """Whether so much waits to be taken that no more is to be read."""
        return self._charge > self._window

    def renew(self, number: int) -> bool:
        """Wait for a fresh token in a round; return whether it may: it does so in one round alone."""
        self.waited = number if self.waited is None else self.waited
        return self.waited == number

    def put(self, payload: Payload) -> None:
        """Keep a payload until it is taken."""
        self._unread.append(payload)
        self._charge += len(payload) + CHUNK_OVERHEAD

    def take(self) -> list[Payload]:
        """Hand over what was not taken yet."""
        taken, self._unread = self._unread, []
        self._taken += len(taken)
        self._charge = 0
        self.announced = False
        return taken


class Line:
    """A connection.

    Attributes:
        link: Its link.
        up: Whether there is a transport.
        stream: The request it carries, or None.
        head: Head of the answer, once it has come.
        body: What has come of the body, unless it is handed on.
    """

    def __init__(self, link: HttpClientLink) -> None:
        self.link = link
        self.up = False
        self.stream: Stream | None = None
        self.head: ResponseHead | None = None
        self.body: list[bytes] = []

    @property
    def hands_on(self) -> bool:
        """Whether what comes of the body is handed on at once, because the answer is good."""
        stream, head = self.stream, self.head
        return stream is not None and stream.in_pieces and head is not None and head.successful

    @property
    def paused(self) -> bool:
        """Whether it is not to be read."""
        return self.stream is not None and self.stream.full
