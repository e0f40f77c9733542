"""How the service is talked to over HTTP: key, refusals, and what is sent again."""

from __future__ import annotations

from typing import Final

from tgproto.errors import CallContext, CallError
from tgproto.link.http_types import ResponseHead
from tgproto.rest.manners import Manners
from tgproto.web.errors import HttpError
from tgproto.web.patience import Retries
from tgproto.web.refusals import read_refusal

_NOT_EVERYWHERE: Final = frozenset({"chat", "completions", "batch"})
_NOT_DEPLOYED: Final = (
    "Not every release of the service has this endpoint: check base_url, and what /docs of the service shows"
)


def manners_of(headers: tuple[tuple[str, str], ...], max_retries: int) -> Manners:
    """Return the manners of a client.

    Args:
        headers: Header fields of every request.
        max_retries: How often a request is sent again.

    Raises:
        ValueError: `max_retries` is negative.
    """
    retries = Retries(attempts=max_retries)

    def refusal(head: ResponseHead, body: str, context: CallContext) -> HttpError:
        error = read_refusal(head, body, context)
        if error.status in (404, 405) and context.service in _NOT_EVERYWHERE:
            error.hint = _NOT_DEPLOYED
        return error

    def patience(error: CallError, repeatable: bool, refused: int) -> float | None:
        # A service that cannot say when it will be there again may have begun.
        unsure = isinstance(error, HttpError) and error.status == 503 and error.retry_after is None
        return None if unsure and not repeatable else retries(error, repeatable, refused)

    return Manners(headers=headers, refusal=refusal, patience=patience)
