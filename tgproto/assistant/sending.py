"""Carries a batch out, in steps that every colour knows."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from math import inf
from typing import Any, Final

import msgspec

from tgproto.assistant.outcomes import CONTEXT, BatchItem, BatchResult
from tgproto.assistant.plan import Plan, Run
from tgproto.catalog.call import StreamCall
from tgproto.catalog.steps import Flowing, Steps, machine, opened, pause, taken, tell
from tgproto.errors import CallError, RequestTimeout

FIRST_PAUSE: Final = 0.5
"""Seconds before requests go again that failed for now. It doubles each time."""
LONGEST_PAUSE: Final = 8.0


def send(
    plan: Plan,
    concurrency: int,
    call: Callable[[Run], StreamCall[Any, Any]],
    total_timeout: float | None,
) -> Steps[BatchResult]:
    """Send the runs of a batch, and tell what became of each request.

    Args:
        plan: The batch.
        concurrency: How many runs are under way at once, at most.
        call: Makes a call of a run.
        total_timeout: Seconds for all of it; None for no limit.

    Returns:
        What became of all requests.

    Raises:
        RequestTimeout: The time is over; `partial` is the result so far.
        DecodeError: See `Plan.check`.
    """
    left = yield from _clock(total_timeout)
    under_way: deque[tuple[Run, Flowing[Any]]] = deque()
    late = False
    try:
        while True:
            while len(under_way) < concurrency and (run := plan.take()) is not None:
                under_way.append((run, (yield from opened(_limited(call(run), left())))))
            if under_way:
                items, timed_out = yield from _next(plan, *under_way[0])
                under_way.popleft()
                dropped = plan.stop("total_timeout was over") if left() <= 0 else []
                late = late or (left() <= 0 and (timed_out or bool(dropped)))
                for item in items + dropped:
                    yield from tell(item)
            elif times := plan.again():
                yield from pause(min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(times - 1, 32)))
            else:
                break
    finally:
        for _, stream in under_way:
            stream.cancel()
    return _checked(plan, total_timeout if late else None)


def _next(plan: Plan, run: Run, stream: Flowing[Any]) -> Steps[tuple[list[BatchItem], bool]]:
    """Wait for the end of a run; return what became of its requests, and whether time ran out."""
    try:
        answer = yield from taken(stream)
    except CallError as error:
        return plan.failed(run, error), isinstance(error, RequestTimeout)
    stream.cancel()  # whatever else might come is nothing to wait for
    return plan.answered(run, answer), False


def _clock(total_timeout: float | None) -> Steps[Callable[[], float]]:
    """Return what says how many seconds are left."""
    if total_timeout is None:
        return lambda: inf
    here = yield from machine()
    end = here.time() + total_timeout
    return lambda: end - here.time()


def _limited(call: StreamCall[Any, Any], left: float) -> StreamCall[Any, Any]:
    """Return a call that takes no longer than there is time, and at least a moment."""
    limit = min(inf if call.total_timeout is None else call.total_timeout, max(left, 0.001))
    return msgspec.structs.replace(call, total_timeout=None if limit == inf else limit)


def _checked(plan: Plan, over: float | None) -> BatchResult:
    result = plan.result()
    if over is not None:
        error = RequestTimeout("total_timeout", over, CONTEXT)
        error.partial = result
        raise error
    plan.check(result)
    return result
