"""How the service is talked to."""

from __future__ import annotations

import pytest

from tgproto.assistant.manners import manners_of
from tgproto.errors import CallContext, ConnectionFailed
from tgproto.link.http_types import ResponseHead
from tgproto.rest.manners import Manners
from tgproto.web.errors import HttpError, NotFoundError

MANNERS = manners_of((("X-A", "b"),), 2)


def refused(status: int, service: str = "chat", wait: float | None = None) -> HttpError:
    assert MANNERS.refusal is not None
    headers = () if wait is None else ((b"retry-after", str(wait).encode()),)
    error = MANNERS.refusal(ResponseHead(status, headers), '{"detail":"d"}', CallContext(service))
    assert isinstance(error, HttpError)
    return error


def waits(error: Exception, *, repeatable: bool = False, refused: int = 0) -> float | None:
    assert MANNERS.patience is not None
    assert isinstance(error, (HttpError, ConnectionFailed))
    return MANNERS.patience(error, repeatable, refused)


def test_a_bearer_key() -> None:
    shown = Manners(headers=(("X-A", "b"),), refusal=MANNERS.refusal, patience=MANNERS.patience)
    assert shown == MANNERS
    assert (MANNERS.token_header, MANNERS.token_prefix) == ("Authorization", "Bearer ")


def test_where_an_endpoint_may_be_missing() -> None:
    for service, hinted in (("chat", True), ("batch", True), ("completions", True), ("tools", False)):
        error = refused(404, service)
        assert isinstance(error, NotFoundError)
        assert ("has this endpoint" in str(error)) is hinted
    assert "has this endpoint" not in str(refused(500))


def test_what_is_sent_again() -> None:
    assert waits(refused(429)) == 0.5
    assert waits(refused(429, wait=7), refused=1) == 7.0
    assert waits(refused(429), refused=2) is None
    assert waits(refused(503)) is None
    assert waits(refused(503), repeatable=True) == 0.5
    assert waits(refused(503, wait=3)) == 3.0
    assert waits(refused(504)) is None
    assert waits(refused(504), repeatable=True) == 0.5
    assert waits(ConnectionFailed("x")) is None


def test_a_negative_number() -> None:
    with pytest.raises(ValueError, match="max_retries"):
        manners_of((), -1)
