"""Where the token goes when a socket is opened, and what a refusal with 401 means."""

from __future__ import annotations

import pytest

from tgproto.admission import Admission
from tgproto.closing import CloseCause, CloseKind, RefusedUpgrade
from tgproto.credentials import Credentials
from tgproto.dialect import GENERATION_1, GENERATION_2, MIXED_2_2, Dialect
from tgproto.secrets import Secret
from tgproto.session.config import ClientConfig

PLAIN = ((b"content-type", b"text/plain; charset=utf-8"),)
TOKEN = Secret("tg a&b")


def refusal(
    status: int = 401, headers: tuple[tuple[bytes, bytes], ...] = PLAIN, body: bytes = b""
) -> CloseCause:
    refused = RefusedUpgrade(status, headers, body or b"401: Unauthorized")
    return CloseCause(CloseKind.REJECTED, "refused", refused=refused)


def admission() -> Admission:
    return Admission(Credentials(20.0))


def never(number: int) -> bool:
    raise AssertionError("no fresh token is asked for")


@pytest.mark.parametrize(
    ("dialect", "target"),
    [
        (GENERATION_1, "/s?token=tg%20a%26b"),
        (MIXED_2_2, "/s?token=tg%20a%26b"),
        (GENERATION_2, "/s"),
        (None, "/s"),
    ],
)
def test_the_token_is_in_the_url_where_gateways_look_there(dialect: Dialect | None, target: str) -> None:
    assert admission().target(1, "/s", ClientConfig(TOKEN, dialect)) == target


def test_a_token_that_is_no_text_does_no_harm() -> None:
    assert admission().target(1, "/s", ClientConfig(Secret("\ud800"), GENERATION_1)) == "/s?token=%3F"


def test_an_empty_token_is_nowhere() -> None:
    assert admission().target(1, "/s", ClientConfig(dialect=GENERATION_1)) == "/s"


def test_an_old_gateway_is_found_out_by_its_refusal() -> None:
    door, config = admission(), ClientConfig(TOKEN)
    assert door.target(1, "/s", config) == "/s"
    assert door.target(2, "/s", config) == "/s"
    assert door.may_go_on(1, refusal(), config, never)
    assert door.target(3, "/s", config) == "/s?token=tg%20a%26b"
    assert door.may_go_on(2, refusal(), config, never)  # it had been on its way
    assert not door.may_go_on(3, refusal(), config, never)


@pytest.mark.parametrize(
    ("cause", "config"),
    [
        (refusal(403), ClientConfig(TOKEN)),
        (CloseCause(CloseKind.LOST), ClientConfig(TOKEN)),
        (refusal(headers=((b"content-type", b"text/html"),)), ClientConfig(TOKEN)),
        (refusal(headers=()), ClientConfig(TOKEN)),
        (refusal(body=b"go away"), ClientConfig(TOKEN)),
        (refusal(), ClientConfig()),
        (refusal(), ClientConfig(TOKEN, GENERATION_2)),
    ],
)
def test_other_refusals_are_final(cause: CloseCause, config: ClientConfig) -> None:
    door = admission()
    door.target(1, "/s", config)
    assert not door.may_go_on(1, cause, config, never)
    assert door.target(2, "/s", config) == "/s"


def test_a_token_in_the_url_can_be_replaced() -> None:
    credentials = Credentials(20.0)
    door, config = Admission(credentials), ClientConfig(TOKEN, GENERATION_1, renewable=True)
    door.target(1, "/s", config)
    assert not door.may_go_on(1, refusal(), config, lambda _: False)
    assert not door.lacks_token(config)
    assert door.may_go_on(1, refusal(), config, lambda _: True)
    assert door.lacks_token(config)
    credentials.supplied(None, now=0.0)
    assert not door.lacks_token(config)


def test_nothing_is_opened_without_a_token_where_none_is_let_in_without() -> None:
    config = ClientConfig(None, renewable=True)
    door = admission()
    assert not door.lacks_token(config)  # perhaps it need not be in the URL
    assert door.may_go_on(1, refusal(), config, never)
    assert door.lacks_token(config)
    assert admission().lacks_token(ClientConfig(None, GENERATION_1, renewable=True))


def test_what_is_over_is_forgotten() -> None:
    door, config = admission(), ClientConfig(TOKEN, GENERATION_1)
    door.target(1, "/s", config)
    door.forget(1)
    door.forget(1)
    assert not door.may_go_on(1, refusal(), config, never)
