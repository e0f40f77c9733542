"""A request over REST and its answer, and the connection that carries it, as the client keeps them."""

from __future__ import annotations

from math import inf

from tgproto.errors import CallContext, CallError, DecodeError
from tgproto.link.http_client import HttpClientLink
from tgproto.link.http_types import HttpRequest, ResponseHead
from tgproto.rest.config import RestOptions
from tgproto.rest.events import Framing, framing, opening
from tgproto.rest.manners import Patience
from tgproto.rest.messages import read_answer
from tgproto.secrets import NO_TOKEN, Secret
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
        ends_at: When it is too late for an answer.
        refused: How often it was refused, and sent again.
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
        self.ends_at = inf
        self.refused = 0
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
        return self._answer in (Answer.BYTES, Answer.EVENTS)

    @property
    def of_events(self) -> bool:
        """Whether a good answer is handed on event by event."""
        return self._answer is Answer.EVENTS

    @property
    def _answer(self) -> Answer | None:
        form = None if self.request is None else self.request.form
        return None if form is None else form.answer

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

    def wait_after(self, refusal: CallError, patience: Patience) -> float | None:
        """Return how long to wait before it is sent again; None if it is not. An answer is never spliced."""
        if self.delivered:
            return None
        delay = patience(refusal, self.repeatable, self.refused)
        self.refused += 1
        return delay

    def put(self, payloads: list[Payload]) -> None:
        """Keep payloads until they are taken."""
        self._unread += payloads
        self._charge += sum(map(len, payloads)) + len(payloads) * CHUNK_OVERHEAD

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

    Args:
        link: Its link.
        max_gathered: Longest body in bytes of a good answer that was to be a stream of events, and is none.
    """

    def __init__(self, link: HttpClientLink, max_gathered: int) -> None:
        self.link = link
        self.up = False
        self.stream: Stream | None = None
        self.head: ResponseHead | None = None
        self.body: list[bytes] = []
        self._max_gathered = max_gathered
        self._gathered = 0
        self._hands_on = False  # what comes of the body is handed on at once, because the answer is good
        self._framing: Framing | None = None
        self._opening: Payload | None = None  # goes in front of what is handed on first
        self._secret = NO_TOKEN

    @property
    def paused(self) -> bool:
        """Whether it is not to be read."""
        return self.stream is not None and self.stream.full

    def carry(self, stream: Stream, secret: Secret = NO_TOKEN) -> None:
        """Begin with another request, which shows a token."""
        self.stream, self.head, self.body = stream, None, []
        self._secret = secret
        self._framing = self._opening = None
        self._hands_on, self._gathered = False, 0

    def begin(self, head: ResponseHead) -> None:
        """Take the head of the answer."""
        self.head = head
        stream = self.stream
        if stream is None or not head.successful:
            return
        if stream.of_events:
            self._framing = framing(head)
            self._opening = opening(head, events=self._framing is not None)
        self._hands_on = stream.in_pieces and (self._framing is not None or not stream.of_events)

    def receive(self, data: bytes) -> bool:
        """Take some of the body; return whether something of it was handed on.

        Raises:
            DecodeError: It is no stream of events that can be read, or endless though it is none at all; the
                rest is of no use.
        """
        if self._framing is not None:
            handed_on = self._hand_on(self._hidden(self._framing.feed(data)))
            self._check(self._framing)
            return handed_on
        if self._hands_on:
            return self._hand_on([Payload(data)])
        self.body.append(data)
        self._gathered += len(data)
        if self._opening is not None and self._gathered > self._max_gathered:
            raise DecodeError(
                f"the answer is no stream of events, and longer than {self._max_gathered} bytes "
                "(max_message_bytes)"
            )
        return False

    def _handed_on(self) -> bool:
        """Hand on what is left of a good answer; return whether that was all of it."""
        if self._framing is not None:
            self._hand_on(self._hidden(self._framing.close()))
            self._check(self._framing)
        if self._opening is not None:
            whole = self._hidden([Payload(b"".join(self.body))])
            self._hand_on([] if self._framing else whole, always=True)
            return True
        return self._hands_on and self.stream is not None and bool(self.stream.delivered)

    def answer(self, options: RestOptions) -> Payload | CallError | None:
        """Return what a complete answer says, or None if it was handed on.

        Args:
            options: The client's.
        """
        stream, head = self.stream, self.head
        assert stream is not None
        assert stream.request is not None
        assert head is not None
        try:
            if head.successful and self._handed_on():
                return None
        except DecodeError as error:
            return error.with_context(stream.context)
        refusal, body = options.manners.refusal, b"".join(self.body)
        if refusal is not None and not head.successful:
            text = options.secret.hide_in(body.decode("utf-8", "replace"))
            return refusal(head, text, stream.context)
        kind = head.header(b"content-type") or b""
        return read_answer(head.status, kind, body, options, stream.context, stream.request.form)

    def _hand_on(self, payloads: list[Payload], *, always: bool = False) -> bool:
        assert self.stream is not None
        if self._opening is not None and (payloads or always):
            payloads = [self._opening, *payloads]
            self._opening = None
        self.stream.put(payloads)
        return bool(payloads)

    def _hidden(self, payloads: list[Payload]) -> list[Payload]:
        """Return events of which those that may tell of an error do not repeat the token."""
        if not self._secret:
            return payloads
        return [
            Payload(self._secret.hide_in(data.decode("utf-8", "replace")).encode())
            if b"rror" in (data := bytes(payload))
            else payload
            for payload in payloads
        ]

    @staticmethod
    def _check(framing: Framing) -> None:
        if (error := framing.error) is not None:
            raise DecodeError(error.summary, hint=error.hint)
