"""When a token is asked for, and until when one holds."""

from __future__ import annotations

import base64
import json

import pytest

from tgproto.credentials import Credentials, expiry
from tgproto.secrets import Secret
from tgproto.session.events import CredentialWanted

OLD, NEW = Secret("old"), Secret("new")


def test_the_owner_is_asked_once() -> None:
    credentials = Credentials(20.0)
    assert credentials.next_deadline() is None
    assert credentials.want("why", now=1.0) == CredentialWanted("why")
    assert credentials.want("why", now=2.0) is None
    assert credentials.next_deadline() == 21.0
    credentials.supplied(None, now=3.0)
    assert credentials.next_deadline() is None
    assert credentials.want("again", now=4.0) == CredentialWanted("again")


def test_an_owner_who_takes_too_long_is_asked_again_later() -> None:
    credentials = Credentials(20.0)
    credentials.want("why", now=0.0)
    assert credentials.expire(now=19.0, used=True) is None
    told = credentials.expire(now=20.0, used=True)
    assert told == "no fresh token was supplied within 20 s (auth_timeout)"
    assert credentials.want("why", now=21.0) is not None
    credentials.denied()
    assert credentials.next_deadline() is None


@pytest.mark.parametrize(("lifetime", "at"), [(3600.0, 3540.0), (100.0, 50.0), (0.0, None), (-5.0, None)])
def test_a_token_is_replaced_before_it_ends(lifetime: float, at: float | None) -> None:
    credentials = Credentials(20.0)
    credentials.supplied(lifetime, now=0.0)
    assert credentials.next_deadline() == at
    if at is not None:
        assert credentials.expire(now=at, used=True) == CredentialWanted("it ends soon")


def test_an_owner_who_keeps_a_token_until_its_end_is_asked_a_few_times() -> None:
    credentials, end, asked = Credentials(20.0), 3600.0, 0
    credentials.supplied(end, now=0.0)
    while (now := credentials.next_deadline()) is not None:
        assert credentials.expire(now=now, used=False) is None
        credentials.supplied(end - now, now=now)
        asked += 1
    assert asked == 9


def test_what_is_being_replaced_is_not_replaced_twice() -> None:
    credentials = Credentials(20.0)
    credentials.supplied(100.0, now=0.0)
    credentials.want("refused", now=40.0)
    assert credentials.next_deadline() == 60.0


def test_without_a_good_token_nothing_can_be_asked() -> None:
    credentials = Credentials(20.0)
    assert credentials.lacks(None)
    assert not credentials.lacks(OLD)
    assert credentials.may_go_on(0, lambda number: number == 0)
    assert credentials.lacks(OLD)
    credentials.supplied(None, now=0.0)
    assert credentials.round == 1
    assert not credentials.lacks(OLD)  # though it may be the same


def test_a_refusal_is_final_for_what_may_not_wait() -> None:
    credentials = Credentials(20.0)
    assert not credentials.may_go_on(0, lambda _: False)
    assert not credentials.lacks(OLD)


def test_a_refusal_of_a_token_that_has_been_replaced_is_no_news() -> None:
    def never(number: int) -> bool:
        raise AssertionError("it counts for nobody")

    credentials = Credentials(20.0)
    credentials.supplied(None, now=0.0)
    assert credentials.may_go_on(0, never)
    assert not credentials.lacks(NEW)


def jwt(claims: object) -> Secret:
    text = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    return Secret(f"e30.{base64.urlsafe_b64encode(text).decode().rstrip('=')}.c2ln")


@pytest.mark.parametrize("end", [1_800_000_000, 1_800_000_000.5])
@pytest.mark.parametrize("name", ["", "a", "ab", "abc"])
def test_a_jwt_says_when_it_ends(end: float, name: str) -> None:
    assert expiry(jwt({"exp": end, "sub": name})) == end


@pytest.mark.parametrize(
    "token",
    [
        Secret(""),
        Secret("tg_key"),
        Secret("a.b"),
        Secret("a.b.c"),
        Secret("a.\u00e4.c"),
        Secret("a.====.c"),
        jwt({}),
        jwt([1]),
        jwt(b"?"),
        *(
            jwt({"exp": end})
            for end in ("1800000000", None, False, -1, 0, 1e300, float("nan"), float("inf"), [])
        ),
        jwt(b'{"exp":1' + b"0" * 400 + b"}"),
    ],
)
def test_anything_else_says_nothing(token: Secret) -> None:
    assert expiry(token) is None
