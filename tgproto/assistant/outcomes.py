"""What became of the requests of a batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, cast, overload

from tgproto.errors import (
    CallContext,
    CallError,
    ConnectionFailed,
    ConnectionLost,
    DecodeError,
    TrustGraphError,
)
from tgproto.types.wire import Json
from tgproto.web.errors import CLASSES, HttpError
from tgproto.web.refusals import MAX_TEXT, read_error

CONTEXT: Final = CallContext("batch")


class MissingResponse(DecodeError):
    """The answer to a batch has nothing for this request."""


class BadItem(DecodeError):
    """What a batch says about this request has no status."""


@dataclass(frozen=True, slots=True)
class BatchItem:
    """What became of one request of a batch.

    Attributes:
        id: Name of the request.
        status: HTTP status of its answer; None if there is none.
        body: What was answered; of a failure, too, if that had a body.
        error: What went wrong, ready to be raised; None if nothing did.
        attempts: How often it was sent.
        outcome_unknown: Whether it may have run though there is no answer. It was not sent again, unless it
            is safe.
        not_executed: Whether it certainly did not run, though its run was sent.
        not_sent: Whether it was never sent.
    """

    id: str
    status: int | None = None
    body: Json = None
    error: TrustGraphError | None = None
    attempts: int = 1
    outcome_unknown: bool = False
    not_executed: bool = False
    not_sent: bool = False

    @property
    def ok(self) -> bool:
        """Whether it succeeded."""
        return self.error is None

    @property
    def text(self) -> str | None:
        """The text of an answer that has one: `response` of a chat, `result` of a tool; else None."""
        if not isinstance(self.body, dict):
            return None
        body = cast("Mapping[str, Json]", self.body)
        found = body.get("response", body.get("result"))
        return found if isinstance(found, str) else None

    def raise_for_status(self) -> None:
        """Raise the error, if there is one.

        Raises:
            TrustGraphError: It failed.
        """
        if self.error is not None:
            raise self.error


@dataclass(frozen=True)
class BatchResult(Sequence[BatchItem]):
    """What became of all requests, in their order.

    Attributes:
        items: For each request, what became of it.
        unexpected: Answers that nobody asked for, as they were sent: of an unknown id or none, or the second
            one of an id.
        times: What the service says each run took, in the order in which they ended; None where it does not.
    """

    items: tuple[BatchItem, ...]
    unexpected: tuple[Json, ...] = ()
    times: tuple[float | None, ...] = ()

    @overload
    def __getitem__(self, index: int) -> BatchItem: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[BatchItem, ...]: ...
    def __getitem__(self, index: int | slice) -> BatchItem | tuple[BatchItem, ...]:
        """Return an item by its place, or several."""
        return self.items[index]

    def __len__(self) -> int:
        """Return how many requests there were."""
        return len(self.items)

    def __iter__(self) -> Iterator[BatchItem]:
        """Go through the items."""
        return iter(self.items)

    @cached_property
    def by_id(self) -> Mapping[str, BatchItem]:
        """The items by id."""
        return {item.id: item for item in self.items}

    @property
    def failed(self) -> tuple[BatchItem, ...]:
        """The items that failed."""
        return tuple(item for item in self.items if not item.ok)

    @property
    def ok(self) -> bool:
        """Whether all succeeded."""
        return not self.failed

    @property
    def total_processing_time(self) -> float:
        """The sum of `times`, presumably seconds."""
        return sum(time for time in self.times if time is not None)

    def raise_for_status(self) -> None:
        """Raise the errors of all that failed, together.

        Raises:
            ExceptionGroup: At least one failed.
        """
        errors = [item.error for item in self.items if item.error is not None]
        if errors:
            raise ExceptionGroup(f"{len(errors)} of {len(self)} requests failed", errors)


@dataclass(frozen=True, slots=True)
class Matched:
    """The answer to a run, sorted.

    Attributes:
        items: By id, for each request that has an answer.
        unexpected: The other answers.
        time: What the run took, if the service says so.
    """

    items: Mapping[str, BatchItem]
    unexpected: tuple[Json, ...]
    time: float | None


def matched(ids: Sequence[str], answer: object, *, strict: bool = False) -> Matched:
    """Match the answers of a run with its requests, by id alone.

    Args:
        ids: Names of the requests.
        answer: What came, decoded.
        strict: Whether a status has to be a number; else a text of three digits is one.

    Raises:
        DecodeError: It has no list of responses.
    """
    members = cast("dict[str, Json]", answer) if isinstance(answer, dict) else {}
    responses = members.get("responses")
    if not isinstance(responses, list):
        raise DecodeError("the answer has no list of responses", CONTEXT)
    wanted, items, unexpected = set(ids), dict[str, BatchItem](), list[Json]()
    for response in cast("list[Json]", responses):
        one = cast("dict[str, Json]", response) if isinstance(response, dict) else {}
        ident = one.get("id")
        if isinstance(ident, str) and ident in wanted and ident not in items:
            items[ident] = _item(ident, one, strict=strict)
        else:
            unexpected.append(response)
    time = members.get("total_processing_time")
    known = isinstance(time, int | float) and not isinstance(time, bool)
    return Matched(items, tuple(unexpected), float(cast("float", time)) if known else None)


def missing(ident: str) -> BatchItem:
    """Return what becomes of a request that has no answer in that to its run."""
    error = MissingResponse(f"there is no answer for {ident!r} (missing_response)", CONTEXT)
    return BatchItem(ident, error=error, outcome_unknown=True)


def _item(ident: str, response: dict[str, Json], *, strict: bool) -> BatchItem:
    status, body, said = response.get("status"), response.get("body"), response.get("error")
    if isinstance(status, str) and not strict and len(status) == 3 and status.isdecimal():
        status = int(status)
    if type(status) is not int:
        error: CallError = BadItem(f"the answer for {ident!r} has no status (bad_item)", CONTEXT)
        return BatchItem(ident, None, body, error, outcome_unknown=True)
    if 200 <= status <= 299 and said is None:
        return BatchItem(ident, status, body)
    return BatchItem(ident, status, body, _error(status, body if said is None else said))


def _error(status: int, said: Json) -> HttpError:
    """Return the error that a failed item is; `said` is what it gives as a reason."""
    if isinstance(said, dict):
        message, code, details = read_error(cast("dict[str, Any]", said))
    else:
        message, code, details = ("" if said is None else str(said))[:MAX_TEXT], "", None
    return CLASSES.get(status, HttpError)(message, status, code, CONTEXT, details=details)


def lost(ident: str, error: CallError) -> BatchItem:
    """Return what becomes of a request whose run failed as a whole."""
    refused = _certainly_not_executed(error)
    status = error.status if isinstance(error, HttpError) else None
    return BatchItem(ident, status, None, error, outcome_unknown=not refused, not_executed=refused)


_NOT_EXECUTED: Final = frozenset({400, 401, 403, 404, 405, 413, 422, 429})


def _certainly_not_executed(error: CallError) -> bool:
    match error:
        case HttpError(status=503, retry_after=wait):
            return wait is not None
        case HttpError(status=status):
            return status in _NOT_EXECUTED
        case ConnectionLost(sent=sent):
            return not sent
        case _:
            return isinstance(error, ConnectionFailed)
