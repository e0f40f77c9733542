"""How EdgeQuake is talked to over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from tgproto.edgequake.dialects import GUIDE, OPENAI, SERVER
from tgproto.edgequake.manners import manners_of
from tgproto.errors import CallContext, RequestTimeout
from tgproto.link.http_types import ResponseHead
from tgproto.rest.manners import Manners


def made(dialect: Any = SERVER, *, bearer: bool = False, max_retries: int = 3) -> Manners:
    return manners_of(dialect, (("X-Tenant-ID", "t"),), bearer=bearer, max_retries=max_retries)


def refusal(status: int, service: str, body: str = "", dialect: Any = SERVER) -> Any:
    read = made(dialect).refusal
    assert read is not None
    return read(ResponseHead(status, ()), body, CallContext(service))


def patience(error: Any, *, repeatable: bool, refused: int = 0, max_retries: int = 3) -> float | None:
    wait = made(max_retries=max_retries).patience
    assert wait is not None
    return wait(error, repeatable, refused)


@pytest.mark.parametrize(
    ("dialect", "bearer", "shown"),
    [
        (SERVER, False, ("X-API-Key", "")),
        (OPENAI, False, ("X-API-Key", "")),
        (GUIDE, False, ("Authorization", "Bearer ")),
        (SERVER, True, ("Authorization", "Bearer ")),
    ],
)
def test_how_a_key_is_shown(dialect: Any, bearer: bool, shown: tuple[str, str]) -> None:
    manners = made(dialect, bearer=bearer)
    assert (manners.token_header, manners.token_prefix) == shown
    assert manners.headers == (("X-Tenant-ID", "t"),)
    assert manners.like_forms
    assert manners.unreachable
    assert "8080" in manners.unreachable


@pytest.mark.parametrize("status", [404, 405])
@pytest.mark.parametrize("service", ["query.execute", "query.stream", "chat.completions", "chat.stream"])
def test_a_missing_endpoint_names_another_dialect(status: int, service: str) -> None:
    assert refusal(status, service).hint.endswith('pass dialect="guide"')
    assert refusal(status, service, dialect=GUIDE).hint.endswith('pass dialect="server"')


def test_other_refusals_say_what_they_are() -> None:
    error = refusal(404, "GET api/v1/x", '{"code":"NOT_FOUND","message":"no"}')
    assert (error.code, error.message) == ("NOT_FOUND", "no")
    assert "dialect=" not in error.hint
    assert "tenant_id= and user_id=" in refusal(401, "chat.stream").hint
    assert "tenant_id" not in refusal(401, "query.stream").hint


@pytest.mark.parametrize("status", [429, 503])
def test_what_is_sent_again(status: int) -> None:
    error = refusal(status, "query.stream", '{"retry_after_seconds":7}')
    assert patience(error, repeatable=True) == 7.0
    assert patience(error, repeatable=True, refused=3) is None
    assert patience(error, repeatable=True, max_retries=0) is None
    assert patience(refusal(status, "POST api/v1/documents"), repeatable=False) == 0.5


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
@pytest.mark.parametrize("service", ["chat.completions", "chat.stream"])
def test_nothing_is_said_twice(status: int, service: str) -> None:
    assert patience(refusal(status, service), repeatable=False) is None


def test_a_write_that_may_have_happened_is_not_sent_again() -> None:
    unknown = refusal(503, "query.execute", '{"code":"STORAGE_UNKNOWN_OUTCOME"}')
    assert patience(unknown, repeatable=True) is None
    assert patience(RequestTimeout("timeout", 5), repeatable=True) is None


def test_a_wrong_number_of_retries() -> None:
    with pytest.raises(ValueError, match="max_retries"):
        made(max_retries=-1)
