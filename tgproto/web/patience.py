"""When a request that was refused is sent again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tgproto.errors import CallError
from tgproto.session.config import require
from tgproto.web.errors import HttpError

NOT_DONE: Final = frozenset({429, 503})
"""Statuses of requests that were certainly not carried out, so that any of them may be sent again."""

PERHAPS_DONE: Final = frozenset({408, 502, 504})
"""Statuses of requests that may have been carried out: only those go again that do no harm twice."""

MAX_WAIT: Final = 3600.0
"""Seconds; a service that wants a longer wait is not asked again."""


@dataclass(frozen=True, slots=True)
class Retries:
    """How often, and after how long. A `Patience`.

    Attributes:
        attempts: How often a request is sent again; 0 for never.
        first_delay: Seconds before the first time, if the service does not say. It doubles each time.
        max_delay: Seconds at most, if the service does not say.
        final: Codes of refusals after which nothing is sent again: a write may have happened.
    """

    attempts: int = 3
    first_delay: float = 0.5
    max_delay: float = 8.0
    final: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        require(self.attempts >= 0, "max_retries must not be negative")

    def __call__(self, error: CallError, repeatable: bool, refused: int) -> float | None:
        """Return the seconds to wait; None to give up; see `Patience`."""
        if not isinstance(error, HttpError) or refused >= self.attempts or error.code in self.final:
            return None
        if error.status not in NOT_DONE and not (repeatable and error.status in PERHAPS_DONE):
            return None
        if error.retry_after is not None:
            return error.retry_after if error.retry_after <= MAX_WAIT else None
        return min(self.max_delay, self.first_delay * 2.0 ** min(refused, 32))
