"""A request over REST and its answer, and the connection that carries it, as the client keeps them."""

from __future__ import annotations

from tgproto.errors import CallContext
from tgproto.link.http_client import HttpClientLink
from tgproto.link.http_types import HttpRequest, ResponseHead
from tgproto.secrets import NO_TOKEN
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
        token: What was shown with it.
        line: The connection that carries it, or None.
        tried: Whether a connection was lost with it, so that it may have run.
        renewed: Whether it has already waited for a fresh token.
        payload: The answer.
        outcome: How it ended.
    """

    def __init__(self, ident: int, submission: Submission, limits: dict[str, float]) -> None:
        self.id = ident
        self.submission = submission
        self.limits = limits
        self.request = submission if isinstance(submission, Request) else None
        self.http: HttpRequest | None = None
        self.token = NO_TOKEN
        self.line: int | None = None
        self.tried = False
        self.renewed = False
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

    def renew(self) -> bool:
        """Note that it waits for a fresh token; return whether it never did before."""
        first, self.renewed = not self.renewed, True
        return first


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
