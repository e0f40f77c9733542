"""Keys, users and tokens of the embedded EdgeQuake."""

from __future__ import annotations

import pytest

from tests.core.authorization import shown
from tgproto.edgequake.server_accounts import Accounts
from tgproto.serving.messages import WebRequest


def who(of: Accounts, bearer: str = "", key: str = "") -> str | None:
    headers = shown(f"bearer {bearer}") if bearer else ()
    if key:
        headers += ((b"x-api-key", key.encode()),)
    return of.admit(WebRequest("GET", "/", headers))


def test_everybody_is_let_in() -> None:
    assert who(Accounts("", {})) == ""
    assert who(Accounts("", {}), "x") == ""


def test_a_key() -> None:
    of = Accounts("k", {})
    assert who(of, "k") == who(of, key="k") == ""
    assert who(of) is who(of, "other") is who(of, key="other") is None
    assert who(of, "other", "k") is None  # the bearer token comes first
    assert of.admit(WebRequest("GET", "/", (*shown("Basic k"), (b"x-api-key", b"k")))) == ""


def test_users() -> None:
    of = Accounts("", {"ann": "secret"})
    assert who(of) is None
    tokens = of.login("ann", "secret")
    assert tokens is not None
    assert tokens["user"] == {
        "user_id": "user-ann", "username": "ann", "email": "ann@example.org", "role": "user",
    }  # fmt: skip
    assert who(of, str(tokens["access_token"])) == "ann"
    of.expire()
    assert who(of, str(tokens["access_token"])) is None
    renewed = of.refresh(tokens["refresh_token"])
    assert renewed is not None
    assert "refresh_token" not in renewed
    assert renewed["access_token"] != tokens["access_token"]
    assert who(of, str(renewed["access_token"])) == "ann"


@pytest.mark.parametrize(("name", "password"), [("ann", "x"), ("bob", "secret"), (1, "secret"), ([], None)])
def test_wrong_passwords(name: object, password: object) -> None:
    assert Accounts("k", {"ann": "secret"}).login(name, password) is None


@pytest.mark.parametrize("token", ["x", 1, None, []])
def test_wrong_refresh_tokens(token: object) -> None:
    assert Accounts("k", {"ann": "secret"}).refresh(token) is None
