"""Answers of `iam`: what is there, and what is not there because the gateway lost a refusal."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.core.catalogue import payloads
from tgproto.catalog import identities
from tgproto.catalog.identities import user_named, user_of, workspace_of
from tgproto.errors import CallContext, DecodeError, SilentFailure
from tgproto.types import ApiKeyRecord, Login, NewAdministrator, NewApiKey, UserRecord, WorkspaceRecord

REFUSED = b'{"bootstrap_available":false}'
WHO = "e6a1614d-90e7-452d-8a4e-c99844932cdf"
JSON_MEMBERS = {
    "GROUP": "group_json",
    "GROUPS": "groups_json",
    "MEMBERS": "members_json",
    "GRANTS": "grants_json",
    "PERMISSIONS": "effective_permissions_json",
}


def read(start: Any, frame: bytes | dict[str, Any]) -> Any:
    reader = (getattr(identities, start) if isinstance(start, str) else start)(CallContext("iam"))
    reader.read(frame if isinstance(frame, bytes) else json.dumps(frame).encode())
    return reader.result()


def test_a_captured_user() -> None:
    frame = payloads("2.11.1 iam whoami")[0]
    found = read("USER", frame)
    assert found == UserRecord(
        WHO,
        "admin",
        "default",
        "Administrator",
        "",
        ("admin",),
        enabled=True,
        must_change_password=True,
        created="2026-11-20T15:55:42.271619+00:00",
    )
    assert found["email"] == ""
    assert read(user_of(WHO), frame) == found
    assert read(user_named("admin"), frame) == found
    with pytest.raises(SilentFailure, match=r"^iam: there is no user 'else', or"):
        read(user_of("else"), frame)
    with pytest.raises(SilentFailure, match=r"^iam: nobody called 'else' was added, and"):
        read(user_named("else"), frame)


@pytest.mark.parametrize("start", ["ALL_USERS", "SOME_USERS"])
def test_users(start: str) -> None:
    found = read(start, {"users": [{"id": "u", "roles": None, "extra": 1}, {}]})
    assert found == [UserRecord("u"), UserRecord()]
    assert found[0]["extra"] == 1


def test_workspaces() -> None:
    frame = {"id": "w", "name": "W", "enabled": True, "created": "2026-11-20"}
    found = WorkspaceRecord("w", "W", True, "2026-11-20")
    assert read(workspace_of("w"), {"workspace": frame}) == found
    assert read("WORKSPACES", {"workspaces": [frame, {"id": "v"}]}) == [found, WorkspaceRecord("v")]


def test_keys() -> None:
    frame = {"id": "k", "user_id": "u", "name": "n", "prefix": "tg_a", "expires": "e", "created": "c"}
    found = ApiKeyRecord("k", "u", "n", "tg_a", "e", "c")
    assert read("API_KEYS", {"api_keys": [frame, {"last_used": "l"}]}) == [found, ApiKeyRecord(last_used="l")]
    assert read("API_KEYS", REFUSED) == []
    new = read("NEW_API_KEY", {"api_key": frame, "api_key_plaintext": "tg_abcdef"})
    assert new == NewApiKey(found, "tg_abcdef")
    assert new["api_key_plaintext"] == "tg_abcdef"
    assert read("NEW_API_KEY", {"api_key_plaintext": "tg_a"}) == NewApiKey(ApiKeyRecord(), "tg_a")


def test_tokens_and_passwords() -> None:
    login = read("LOGIN", {"jwt": "a.b.c", "jwt_expires": "e"})
    assert (login, login["jwt"]) == (Login("e", "a.b.c"), "a.b.c")
    assert read("LOGIN", {"jwt": "a.b.c"}) == Login("", "a.b.c")
    admin = {"bootstrap_admin_api_key": "tg_a", "bootstrap_admin_user_id": "u"}
    assert read("ADMINISTRATOR", admin) == NewAdministrator("u", "tg_a")
    assert read("ADMINISTRATOR", {"bootstrap_admin_api_key": "tg_a"}) == NewAdministrator("", "tg_a")
    assert read("PASSWORD", {"temporary_password": "hush"}) == "hush"


def test_whether_a_gateway_can_be_bootstrapped() -> None:
    assert read("BOOTSTRAP_STATUS", {"bootstrap_available": True}) is True
    assert read("BOOTSTRAP_STATUS", REFUSED) is read("BOOTSTRAP_STATUS", {}) is False


@pytest.mark.parametrize(("start", "member"), JSON_MEMBERS.items())
@pytest.mark.parametrize("value", [[{"id": "g"}], {"a": None}, [], "x", None])
def test_what_the_enterprise_service_says(start: str, member: str, value: object) -> None:
    assert read(start, {member: json.dumps(value)}) == value


@pytest.mark.parametrize("start", JSON_MEMBERS)
def test_no_enterprise_service(start: str) -> None:
    with pytest.raises(SilentFailure, match=r"^iam: this gateway's service .* knows no groups and grants"):
        read(start, REFUSED)


@pytest.mark.parametrize(
    "start", ["ALL_USERS", "WORKSPACES", "NEW_API_KEY", "PASSWORD", "LOGIN", "ADMINISTRATOR"]
)
@pytest.mark.parametrize("frame", [REFUSED, b"{}"])
def test_what_must_be_there(start: str, frame: bytes) -> None:
    with pytest.raises(SilentFailure, match=r"^iam: it was refused, and the gateway lost the reason"):
        read(start, frame)


@pytest.mark.parametrize(
    ("start", "said"),
    [
        ("USER", "the answer names nobody"),
        (user_of("u"), "there is no user 'u'"),
        (user_named("u"), "nobody called 'u' was added"),
        (workspace_of("w"), "there is no workspace 'w'"),
    ],
)
def test_who_and_what_must_be_there(start: Any, said: str) -> None:
    for frame in (REFUSED, b'{"user":null,"workspace":{}}'):
        with pytest.raises(SilentFailure, match=f"^iam: {said}"):
            read(start, frame)


@pytest.mark.parametrize(
    ("start", "frame", "place"),
    [
        ("USER", {"user": "anna"}, r"\$\.user"),
        ("USER", {"user": {"roles": "admin"}}, r"\$\.user\.roles"),
        ("SOME_USERS", {"users": [{}, {"enabled": "perhaps"}]}, r"\$\.users\[1\]\.enabled"),
        ("WORKSPACES", {"workspaces": [{"name": {}}]}, r"\$\.workspaces\[0\]\.name"),
        ("API_KEYS", {"api_keys": [{"id": []}]}, r"\$\.api_keys\[0\]\.id"),
        ("LOGIN", {"jwt": ["secret"]}, r"\$\.jwt"),
        ("NEW_API_KEY", {"api_key_plaintext": "secret", "api_key": {"id": {}}}, r"\$\.api_key\.id"),
    ],
)
def test_wrong_shapes(start: str, frame: dict[str, Any], place: str) -> None:
    with pytest.raises(DecodeError, match=f"^iam: .*documented shape.*`{place}`") as failed:
        read(start, frame)
    assert "secret" not in f"{failed.value} {failed.value!r}"


@pytest.mark.parametrize("text", ["{", "[[[", "nothing"])
def test_json_that_is_none(text: str) -> None:
    with pytest.raises(DecodeError, match=r"^iam: the answer cannot be read"):
        read("GROUP", {"group_json": text})
