"""How EdgeQuake is talked to over HTTP: keys, refusals, and what is sent again."""

from __future__ import annotations

from typing import Final

from tgproto.edgequake.dialects import EdgequakeDialect
from tgproto.errors import CallContext, CallError
from tgproto.link.http_types import ResponseHead
from tgproto.rest.manners import Manners
from tgproto.web.errors import HttpError
from tgproto.web.patience import Retries
from tgproto.web.refusals import read_refusal
from tgproto.web.requests import Headers

CHATS: Final = frozenset({"chat.completions", "chat.stream"})
"""Calls that are never sent again: the service keeps what is said before it answers."""

QUERIES: Final = frozenset({"query.execute", "query.stream"})

_PERHAPS_DONE: Final = frozenset({"STORAGE_UNKNOWN_OUTCOME"})
"""Codes of refusals that say that a write may have happened."""

_NOBODY = "Check the key. A chat also needs to know whose it is: pass tenant_id= and user_id="


def manners_of(dialect: EdgequakeDialect, headers: Headers, *, bearer: bool, max_retries: int) -> Manners:
    """Return the manners of a client.

    Args:
        dialect: The dialect.
        headers: Header fields of every request.
        bearer: Whether the token is a JWT, and not an API key.
        max_retries: How often a request is sent again.

    Raises:
        ValueError: `max_retries` is negative.
    """
    retries = Retries(attempts=max_retries, final=_PERHAPS_DONE)

    def refusal(head: ResponseHead, body: str, context: CallContext) -> HttpError:
        error = read_refusal(head, body, context)
        if error.status in (404, 405) and context.service in CHATS | QUERIES:
            error.hint = dialect.missing
        elif error.status == 401 and context.service in CHATS:
            error.hint = _NOBODY
        return error

    def patience(error: CallError, repeatable: bool, refused: int) -> float | None:
        return None if error.context.service in CHATS else retries(error, repeatable, refused)

    return Manners(
        token_header="Authorization" if bearer else dialect.key_header,
        token_prefix="Bearer " if bearer else dialect.key_prefix,
        headers=headers,
        refusal=refusal,
        patience=patience,
        like_forms=True,
        unreachable="Is EdgeQuake running? Check the base URL; by default it listens on port 8080",
    )
