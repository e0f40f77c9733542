"""A request over REST and its answer, and the connection that carries it, as the client keeps them."""

from __future__ import annotations

from tgproto.errors import CallContext
from tgproto.link.http_client import HttpClientLink
from tgproto.link.http_types import HttpRequest, ResponseHead
from tgproto.session.events import Outcome, Payload
from tgproto.session.request import Request, Submission


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
        payload: The answer.
        outcome: How it ended.
    """

    def __init__(self, ident: int, submission: Submission, limits: dict[str, float]) -> None:
        self.id = ident
        self.submission = submission
        self.limits = limits
        self.request = submission if isinstance(submission, Request) else None
        self.http: HttpRequest | None = None
        self.round = 0
        self.line: int | None = None
        self.tried = False
        self.waited: int | None = None
        self.payload: Payload | None = None
        self.outcome: Outcome | None = None

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

    def renew(self, number: int) -> bool:
        """Wait for a fresh token in a round; return whether it may: it does so in one round alone."""
        self.waited = number if self.waited is None else self.waited
        return self.waited == number


class Line:
    """A connection.

    Attributes:
        link: Its link.
        up: Whether there is a transport.
        stream: The request it carries, or None.
        head: Head of the answer, once it has come.
        body: What has come of the body.
    """

    def __init__(self, link: HttpClientLink) -> None:
        self.link = link
        self.up = False
        self.stream: Stream | None = None
        self.head: ResponseHead | None = None
        self.body: list[bytes] = []
