"""What tests plan for the requests to an embedded service, and what that has been asked.

Request by request a path may get another answer, none, or the ordinary one with a fault in it::

    server.plan("/api/v1/query", WebAnswer(429, more=(("Retry-After", "2"),)), Cut())
    server.plan("/api/v1/query/stream", Fault(after=3, then=CUT))
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import cycle, islice
from typing import Final, TypeAlias, cast

from tgproto import lenient
from tgproto.link.sse import encode_comment
from tgproto.serving.kept import KEPT
from tgproto.serving.messages import TEXT, Cut, Pause, Piece, Reply, WebAnswer, WebRequest
from tgproto.serving.streams import words
from tgproto.types.wire import Json

CUT: Final = (Cut(),)
"""The connection is closed, and the last chunk is missing."""
RESET: Final = (Cut(reset=True),)
"""The same, and the client is told that the connection was reset. Bytes on their way may be lost with it."""
STALL: Final = (Pause(math.inf),)
"""Nothing comes any more, and the connection stays open."""
ALIVE: Final = (Pause(15.0), encode_comment("keep-alive") + b"\n")
"""A comment after 15 s; with `again` there is no end to them."""

TOO_DEEP: Final = WebAnswer(400, b"400: the request is nested too deeply", TEXT)

Answers: TypeAlias = Mapping[str, str | Sequence[str]]
"""Question -> its answer: a text, which is sent word by word, or the tokens as they are sent."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What becomes of an ordinary answer.

    Its steps are the events or lines of a stream; a whole body is a single step. With one of these only
    `delay` leaves a whole body whole; it goes in chunks otherwise.

    Attributes:
        delay: Seconds before the head, in addition to those of the answer.
        before: What comes before each ordinary step, for instance `(Pause(0.5),)`.
        after: How many ordinary steps there are; None for all.
        then: What follows them. Then the answer ends as if it were complete.
        again: Whether `then` is repeated until the client is gone.

    Raises:
        ValueError: A delay or a count is below 0.
    """

    delay: float = 0.0
    before: Sequence[Piece] = ()
    after: int | None = None
    then: Sequence[Piece] = ()
    again: bool = False

    def __post_init__(self) -> None:
        if not self.delay >= 0:
            raise ValueError(f"delay must not be below 0 s, but is {self.delay}")
        if self.after is not None and self.after < 0:
            raise ValueError(f"after must not be below 0, but is {self.after}")

    def applied(self, answer: WebAnswer) -> WebAnswer:
        """Return an answer with the fault in it."""
        delay = answer.delay + self.delay
        if self == Fault(delay=self.delay):
            return replace(answer, delay=delay)
        steps: Iterator[Piece] = iter((answer.body,)) if answer.pieces is None else answer.pieces
        return replace(answer, body=b"", pieces=self._told(steps), delay=delay)

    def _told(self, steps: Iterator[Piece]) -> Iterator[Piece]:
        for step in islice(steps, self.after):
            yield from self.before
            yield step
        yield from cycle(self.then) if self.again else self.then


Plan: TypeAlias = Reply | Fault
"""What happens to one request: this answer, no answer, or the ordinary one with a fault."""


class Refusal(Exception):
    """A request cannot be answered as it wants.

    Args:
        answer: What is answered instead.
    """

    def __init__(self, answer: WebAnswer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class Planned(ABC):
    """A service whose answers are known beforehand, and can be planned. Any thread may plan and look.

    Args:
        answers: Question -> its answer: a text, or its tokens. Any other question is repeated, word by word.

    Attributes:
        requests: The last `KEPT` requests, the newest one last.
    """

    def __init__(self, answers: Answers | None = None) -> None:
        self.requests: deque[WebRequest] = deque(maxlen=KEPT)
        self._answers = dict(answers or {})
        self._plans: dict[str, deque[Plan]] = {}

    def plan(self, path: str, *plans: Plan) -> None:
        """Say what happens to the next requests to a path, whatever their method and however they are meant.

        Args:
            path: The path without query, percent-encoded as it will be sent.
            plans: One for each request, in turn; they follow those that are planned already.

        Raises:
            ValueError: It is no path.
            TypeError: It is no plan.
        """
        if not path.startswith("/") or "?" in path:
            raise ValueError(f"path must begin with a slash and have no query, but is {path!r}")
        for plan in plans:
            if not isinstance(plan, WebAnswer | Cut | Fault):  # pyright: ignore[reportUnnecessaryIsInstance]
                raise TypeError(f"plans must be of WebAnswer, Cut or Fault, not {type(plan).__name__}")
        self._plans.setdefault(path, deque()).extend(plans)

    def respond(self, request: WebRequest, *, now: float) -> Reply:  # noqa: ARG002
        """Answer a request as planned, or as usual."""
        self.requests.append(request)
        return self.planned(request)

    def planned(self, request: WebRequest) -> Reply:
        """Answer a request as planned, or as usual, without remembering it."""
        planned = self._plans.get(request.path)
        plan = planned.popleft() if planned else Fault()
        return plan.applied(self._answered(request)) if isinstance(plan, Fault) else plan

    @abstractmethod
    def answer(self, request: WebRequest) -> WebAnswer:
        """Answer a request as usual.

        Raises:
            Refusal: It cannot be answered.
        """

    def tokens(self, question: str) -> Sequence[str]:
        """Return the answer to a question in pieces."""
        answer = self._answers.get(question, f"You asked: {question}")
        return words(answer) if isinstance(answer, str) else answer

    def _answered(self, request: WebRequest) -> WebAnswer:
        try:
            return self.answer(request)
        except Refusal as refusal:
            return refusal.answer
        except RecursionError:  # of what is said back
            return TOO_DEEP


def json_body(request: WebRequest) -> Mapping[str, Json] | None:
    """Return the JSON object that a request carries; None if it carries something else."""
    value = json_value(request.body or b"")
    return cast("dict[str, Json]", value) if isinstance(value, dict) else None


def json_value(text: bytes) -> object:
    """Return a JSON value; None if it is no JSON."""
    try:
        return lenient.loads(text)
    except lenient.JSONRefused:
        return None
