"""What of a batch is sent next, and what became of what was sent: pure, whoever sends it."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from operator import attrgetter
from typing import Final, TypeAlias

from tgproto.assistant.batch import BatchPolicy, Prepared, cut, not_sent
from tgproto.assistant.outcomes import CONTEXT, BatchItem, BatchResult, lost, matched, missing
from tgproto.errors import CallError, DecodeError
from tgproto.types.wire import Json
from tgproto.web.errors import HttpError

Run: TypeAlias = tuple[Prepared, ...]

FOR_NOW: Final = frozenset({408, 429, 502, 503, 504})
"""Statuses of items that may succeed another time."""

_TOO_LARGE = re.compile(
    r"(?i)too (?:large|many|big|long)|at most|exceed|max(?:imum|_size)|batch.?size|size limit"
)


class Plan:
    """A batch under way.

    Args:
        requests: All requests.
        policy: How they are sent.
    """

    def __init__(self, requests: Sequence[Prepared], policy: BatchPolicy) -> None:
        self._requests, self._policy = requests, policy
        self._runs: deque[Run] = deque(cut(requests, policy.max_size, policy.max_bytes))
        self._again: dict[Prepared, BatchItem] = {}  # what is to go again -> how it failed
        self._stopped = False
        self._sent: Counter[str] = Counter()
        self._items: dict[str, BatchItem] = {}
        self._unexpected: list[Json] = []
        self._times: list[float | None] = []

    def take(self) -> Run | None:
        """Return the next run to send; None if there is none now."""
        if not self._runs:
            return None
        run = self._runs.popleft()
        self._sent.update(request.id for request in run)
        return run

    def again(self) -> int:
        """Prepare what failed for now to be sent again, once nothing is under way.

        Returns:
            How often one of them has been sent, at most; 0 if there is none.
        """
        again = sorted(self._again, key=attrgetter("place"))
        self._runs.extend(cut(again, self._policy.max_size, self._policy.max_bytes))
        self._again.clear()
        return max((self._sent[request.id] for request in again), default=0)

    def answered(self, run: Run, answer: object) -> list[BatchItem]:
        """Take the answer to a run, decoded; return what became of its requests, unless they go again."""
        try:
            found = matched([request.id for request in run], answer, strict=self._policy.strict)
        except DecodeError as error:
            return self.failed(run, error)
        self._unexpected += found.unexpected
        self._times.append(found.time)
        return self._settle(run, [found.items.get(request.id) or missing(request.id) for request in run])

    def failed(self, run: Run, error: CallError) -> list[BatchItem]:
        """A run failed as a whole; see `answered`. One that is too large is cut in two."""
        if self._policy.halve and not self._stopped and len(run) > 1 and is_too_large(error):
            half = (len(run) + 1) // 2
            self._runs.extendleft((run[half:], run[:half]))
            self._sent.subtract(request.id for request in run)
            return []
        return self._settle(run, [lost(request.id, copy(error)) for request in run])

    def _settle(self, run: Run, items: Sequence[BatchItem]) -> list[BatchItem]:
        settled: list[BatchItem] = []
        for request, found in zip(run, items, strict=True):
            item = replace(found, attempts=self._sent[request.id])
            if self._goes_again(request, item):
                self._again[request] = item
            else:
                self._items[item.id] = item
                settled.append(item)
        if self._policy.stop_on_error and not all(item.ok for item in settled):
            settled += self.stop("a request before it failed")
        return settled

    def _goes_again(self, request: Prepared, item: BatchItem) -> bool:
        if self._stopped or not request.safe or self._sent[request.id] > self._policy.item_retries:
            return False
        return isinstance(item.error, HttpError) and item.status in FOR_NOW

    def stop(self, why: str) -> list[BatchItem]:
        """Send nothing more; return what becomes of what was not sent, or was to go again."""
        self._stopped = True
        waiting = [request for run in self._runs for request in run]
        self._runs.clear()
        dropped = [*(not_sent(request, why) for request in waiting), *self._again.values()]
        self._again.clear()
        self._items.update((item.id, item) for item in dropped)
        return dropped

    def result(self) -> BatchResult:
        """Return what became of all requests, once nothing is under way."""
        items = tuple(self._items[request.id] for request in self._requests)
        return BatchResult(items, tuple(self._unexpected), tuple(self._times))

    def check(self, result: BatchResult) -> None:
        """Refuse, if strict, answers that nobody asked for.

        Raises:
            DecodeError: There are some; `partial` is the result.
        """
        if self._policy.strict and result.unexpected:
            error = DecodeError(f"{len(result.unexpected)} answers are none to any request", CONTEXT)
            error.partial = result
            raise error


def is_too_large(error: CallError) -> bool:
    """Whether a run was refused, and not executed, because it has too many requests or bytes."""
    if not isinstance(error, HttpError):
        return False
    return error.status == 413 or (error.status in (400, 422) and bool(_TOO_LARGE.search(error.message)))
