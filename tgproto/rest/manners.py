"""What differs between HTTP services: how a token is shown, what a refusal says, what is tried again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from tgproto.errors import CallContext, CallError
from tgproto.link.http_types import ResponseHead

Refusal: TypeAlias = Callable[[ResponseHead, str, CallContext], CallError]
"""Reads an answer whose status is not 2xx: its head, its body without the token, and which call it was."""

Patience: TypeAlias = Callable[[CallError, bool, int], float | None]
"""Says in how many seconds, at least, a request that was refused may be sent again; None for never. It is
told the error, whether running the request twice does no harm, and how often it was refused before."""


@dataclass(frozen=True, slots=True)
class Manners:
    """How one kind of service is talked to.

    Attributes:
        token_header: Name of the header field that shows the token.
        token_prefix: What stands in front of the token there.
        headers: Fields of every request, as names and values.
        refusal: Reads refusals; None for the way of TrustGraph's gateway.
        patience: Whether a refused request is sent again; None for never.
        unreachable: What to try if nothing listens at the address; None for what holds for TrustGraph.
        like_forms: Whether a blank in a query is sent as `+`, as forms do, and not as `%20`.
    """

    token_header: str = "Authorization"
    token_prefix: str = "Bearer "
    headers: tuple[tuple[str, str], ...] = ()
    refusal: Refusal | None = None
    patience: Patience | None = None
    unreachable: str | None = None
    like_forms: bool = False


GATEWAY = Manners()
"""TrustGraph's gateway."""
