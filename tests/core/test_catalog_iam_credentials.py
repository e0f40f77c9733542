"""Passwords, tokens and API keys: what is sent, what is shown, and that changes are read back."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from tests.core.catalogue import AsyncScript, Script, body, payloads, run
from tests.core.identity_service import service
from tgproto.catalog import AsyncIam, Iam, IamCalls
from tgproto.dialect import GENERATION_2, dialect_of
from tgproto.errors import AuthenticationError, NotFoundError, NotOffered, ServiceError, SilentFailure
from tgproto.secrets import Secret
from tgproto.types import ApiKeyRecord, Login

CALLS = IamCalls()


# --- login, tokens --------------------------------------------------------------------------------


@pytest.mark.parametrize("password", ["anna-old", Secret("anna-old")])
def test_login(password: str | Secret) -> None:
    iam, there = service()
    assert iam.login("anna", password) == Login("2030-01-01T00:00:00+00:00", "jwt.of.anna-id")
    iam.login("anna", password, workspace="acme")
    told = {"operation": "login", "username": "anna", "password": "anna-old"}
    assert there.calls == [told, {**told, "workspace": "acme"}]
    assert "anna-old" not in repr(CALLS.login("anna", password))


@pytest.mark.parametrize(("hides", "kind"), [(True, SilentFailure), (False, AuthenticationError)])
def test_a_login_that_is_refused(hides: bool, kind: type[ServiceError]) -> None:
    iam, _ = service(hides=hides)
    with pytest.raises(kind, match=r"^iam: ") as failed:
        iam.login("anna", "hush-hush")
    assert "hush" not in f"{failed.value} {failed.value!r}"


def test_mint_token() -> None:
    iam, there = service()
    context = {"roles": ["auditor"], "purpose": "ä"}
    assert iam.mint_token("acme", context).jwt == "jwt.root-id.x"
    assert iam.mint_token("acme", {}, user_id="anna-id").jwt == "jwt.anna-id.x"
    iam.mint_token("acme", {}, username="anna")
    first, *others = there.calls
    assert json.loads(first.pop("user_context_json")) == context
    assert first == {"operation": "mint-token", "workspace": "acme"}
    told = {"operation": "mint-token", "workspace": "acme", "user_context_json": "{}"}
    assert others == [{**told, "user_id": "anna-id"}, {**told, "username": "anna"}]
    with pytest.raises(SilentFailure):
        iam.mint_token("nowhere", {})
    with pytest.raises(NotOffered, match=r"iam mint-token: .*2\.10\.4"):
        CALLS.mint_token("acme", {}).request(dialect_of("2.10.3"))


# --- passwords ------------------------------------------------------------------------------------


def test_ones_own_password() -> None:
    iam, there = service()
    iam.change_password("root-old", Secret("root-new"))
    assert there.passwords["root-id"] == "root-new"
    assert there.calls == [
        {"operation": "whoami"},
        {
            "operation": "change-password",
            "user_id": "root-id",
            "password": "root-old",
            "new_password": "root-new",
        },
        {"operation": "login", "username": "root", "password": "root-new"},
    ]


@pytest.mark.parametrize("user", ["root", "anna"])
def test_the_password_of_somebody(user: str) -> None:
    iam, there = service()
    iam.change_password(f"{user}-old", "new", user_id=f"{user}-id")
    assert there.passwords[f"{user}-id"] == "new"
    assert there.calls[-1] == {"operation": "login", "username": user, "password": "new"}


@pytest.mark.parametrize(("hides", "kind"), [(True, SilentFailure), (False, AuthenticationError)])
def test_a_password_that_is_wrong(hides: bool, kind: type[ServiceError]) -> None:
    iam, there = service(hides=hides)
    with pytest.raises(kind) as failed:
        iam.change_password("hush-hush", "hush-new")
    assert there.passwords["root-id"] == "root-old"
    assert "hush" not in f"{failed.value} {failed.value!r}"
    if hides:
        assert str(failed.value) == (
            "iam: the new password of 'root' does not log in: it was not set, and the gateway lost the reason"
            ". Check the present password, and that user and workspace are enabled"
        )


def test_passwords_are_not_shown() -> None:
    steps = CALLS.change_password("hush-old", "hush-new")
    shown = repr(next(steps))
    shown += repr(steps.send(service()[0].whoami()))
    shown += repr(steps.send(None))
    assert "hush" not in shown
    assert "root" in shown


def test_reset_password() -> None:
    iam, there = service()
    assert iam.reset_password("anna-id", workspace="acme") == "temporary" == there.passwords["anna-id"]
    assert there.calls == [{"operation": "reset-password", "user_id": "anna-id", "workspace": "acme"}]
    for wrong in ({"user_id": "nobody"}, {"user_id": "anna-id", "workspace": "other"}):
        with pytest.raises(SilentFailure):
            iam.reset_password(**wrong)


# --- API keys -------------------------------------------------------------------------------------


def test_create_api_key() -> None:
    iam, there = service()
    made = iam.create_api_key("anna-id", "ci")
    assert (made.plaintext, made.api_key) == ("tg_key", ApiKeyRecord("ci-id", "anna-id", "ci", "tg_k"))
    assert "tg_key" not in repr(made)
    assert there.calls == [{"operation": "create-api-key", "key": {"user_id": "anna-id", "name": "ci"}}]
    with pytest.raises(SilentFailure):
        iam.create_api_key("anna-id", "ci", workspace="other")


@pytest.mark.parametrize(
    ("expires", "told"),
    [
        (datetime(2030, 1, 31, 12, tzinfo=UTC), "2030-01-31T12:00:00+00:00"),
        (datetime(2030, 1, 31, tzinfo=timezone(timedelta(hours=2))), "2030-01-31T00:00:00+02:00"),
        ("2030-01-31T12:00:00Z", "2030-01-31T12:00:00+00:00"),
        ("20300131T120000+0100", "2030-01-31T12:00:00+01:00"),
    ],
)
def test_when_a_key_expires(expires: datetime | str, told: str) -> None:
    assert body(CALLS.create_api_key("u", "n", expires))["key"]["expires"] == told


@pytest.mark.parametrize(
    ("expires", "kind", "said"),
    [
        ("tomorrow", ValueError, "expires must be a time in ISO 8601, such as"),
        ("", ValueError, "expires must not be empty"),
        (1893456000, TypeError, "expires must be a str, not int"),
        (datetime(2030, 1, 31), ValueError, r"expires must have a time zone, such as \+00:00"),
        ("2030-01-31", ValueError, "expires must have a time zone"),
    ],
)
def test_a_time_that_would_be_taken_for_never(expires: Any, kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=f"^{said}"):
        CALLS.create_api_key("u", "n", expires)


def test_list_api_keys() -> None:
    iam, there = service()
    assert [key.id for key in iam.list_api_keys("anna-id", workspace="acme")] == ["anna-key"]
    assert there.calls == [{"operation": "list-api-keys", "user_id": "anna-id", "workspace": "acme"}]
    assert iam.list_api_keys("nobody") == []
    with pytest.raises(NotFoundError):
        service(hides=False)[0].list_api_keys("nobody")


def test_revoke_is_read_back() -> None:
    iam, there = service()
    iam.revoke_api_key("anna-key", user_id="anna-id")
    assert [*there.keys] == ["root-key"]
    listing = {"operation": "list-api-keys", "user_id": "anna-id"}
    assert there.calls == [listing, {"operation": "revoke-api-key", "key_id": "anna-key"}, listing]


def test_the_owner_of_a_key_is_searched() -> None:
    iam, there = service()
    iam.revoke_api_key("anna-key", workspace="acme")
    assert [*there.keys] == ["root-key"]
    assert [(call["operation"], call.get("user_id")) for call in there.calls] == [
        ("list-users", None),
        ("list-api-keys", "root-id"),
        ("list-api-keys", "anna-id"),
        ("revoke-api-key", None),
        ("list-api-keys", "anna-id"),
    ]


@pytest.mark.parametrize("owner", [None, "root-id"])
def test_a_key_that_is_not_there(owner: str | None) -> None:
    iam, there = service()
    key = "anna-key" if owner else "no-key"
    with pytest.raises(NotFoundError, match=f"^iam: not-found: there is no API key '{key}'"):
        iam.revoke_api_key(key, user_id=owner)
    assert len(there.keys) == 2


@pytest.mark.parametrize("owner", [None, "anna-id"])
def test_a_key_that_is_not_revoked(owner: str | None) -> None:
    iam, _ = service(deaf="revoke-api-key")
    with pytest.raises(SilentFailure, match=r"^iam: the API key 'anna-key' was not revoked, and the gateway"):
        iam.revoke_api_key("anna-key", user_id=owner)


# --- wrong arguments, and the other colour ---------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "arguments", "kind", "said"),
    [
        ("login", ("", "p"), ValueError, "username must not be empty"),
        ("login", ("u", ""), ValueError, "password must not be empty"),
        ("login", ("u", Secret("")), ValueError, "password must not be empty"),
        ("login", ("u", None), TypeError, "password must be a str, not NoneType"),
        ("change_password", ("", "new"), ValueError, "password must not be empty"),
        ("change_password", ("old", 5), TypeError, "new_password must be a str"),
        ("reset_password", ("",), ValueError, "user_id must not be empty"),
        ("mint_token", ("", {}), ValueError, "workspace must not be empty"),
        ("mint_token", ("w", None), TypeError, "user_context must be a mapping"),
        ("mint_token", ("w", {"a": object()}), TypeError, r"user_context\.a must be a JSON value"),
        ("create_api_key", ("u", ""), ValueError, "name must not be empty"),
        ("create_api_key", ("", "n"), ValueError, "user_id must not be empty"),
        ("list_api_keys", (None,), TypeError, "user_id must be a str"),
        ("revoke_api_key", ("",), ValueError, "key_id must not be empty"),
    ],
)
def test_wrong_arguments(operation: str, arguments: Any, kind: type[Exception], said: str) -> None:
    iam, there = service()
    with pytest.raises(kind, match=f"^{said}"):
        getattr(iam, operation)(*arguments)
    assert there.calls == []


@pytest.mark.parametrize(
    ("operation", "arguments", "said"),
    [
        ("login", ("u", "p"), "workspace"),
        ("reset_password", ("u",), "workspace"),
        ("create_api_key", ("u", "n"), "workspace"),
        ("list_api_keys", ("u",), "workspace"),
        ("mint_token", ("w", {}), "user_id"),
        ("mint_token", ("w", {}), "username"),
        ("change_password", ("old", "new"), "user_id"),
        ("revoke_api_key", ("k",), "user_id"),
        ("revoke_api_key", ("k",), "workspace"),
    ],
)
def test_optional_arguments_are_not_empty(operation: str, arguments: Any, said: str) -> None:
    iam, there = service()
    with pytest.raises(ValueError, match=f"^{said} must not be empty"):
        getattr(iam, operation)(*arguments, **{said: ""})
    assert there.calls == []


def test_a_user_is_named_once() -> None:
    with pytest.raises(TypeError, match="the user must be named once, by user_id= or username="):
        CALLS.mint_token("w", {}, user_id="u", username="n")


def test_awaited() -> None:
    who, ack, token = payloads("2.11.1 iam whoami")[0], b"{}", b'{"jwt":"a.b.c"}'
    iam = AsyncIam(AsyncScript(GENERATION_2, [token, who, ack, token]))
    assert run(iam.login("admin", "p")).jwt == "a.b.c"
    run(iam.change_password("p", "q"))


def test_other_failures_of_the_login_are_raised() -> None:
    who, lost = payloads("2.11.1 iam whoami")[0], ServiceError("out of order", "gateway-error")
    with pytest.raises(ServiceError, match="out of order"):
        Iam(Script(GENERATION_2, [who, b"{}", lost])).change_password("p", "q")
