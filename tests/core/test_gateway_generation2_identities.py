"""IAM of 2.11.1: what it does, and that nobody is told when it does not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tgproto.gateway.callers import Caller
from tgproto.gateway.generation2.blueprints import BLUEPRINTS
from tgproto.gateway.generation2.identities import SERVICE
from tgproto.gateway.graph import GraphStore
from tgproto.gateway.managed import Asked, serve
from tgproto.gateway.steps import Failure, Frame
from tgproto.gateway.stores.calendar import Calendar
from tgproto.gateway.stores.iam import Iam, User
from tgproto.gateway.stores.tokens import Signer
from tgproto.gateway.stores.world import World
from tgproto.secrets import NO_TOKEN, Secret

NOTHING = {"bootstrap_available": False}
ROOT = Caller("root", ("acme", "*"), ("admin",))


def world(*, empty: bool = False) -> World:
    graphs, calendar = GraphStore(), Calendar()
    graphs.add([], workspace="attic")
    iam = Iam(calendar, graphs, Signer(), empty=empty)
    iam.open_workspace("acme")
    iam.add_user(User(ROOT, "Root", "", NO_TOKEN, True, False, "then"))
    return World(graphs, calendar, BLUEPRINTS, {}, iam=iam)


def done(of: World, operation: str, caller: Caller | None = ROOT, **body: Any) -> Any:
    """Return the members that an operation filled; of an error of the gateway its message."""
    asked = Asked(of, "", {**body, "operation": operation}, caller)
    [step] = serve(SERVICE, SERVICE.operations[operation], asked)
    if isinstance(step, Failure):
        assert step.error.type == "gateway-error"
        return step.error.message
    assert isinstance(step, Frame)
    assert step.final
    answer = json.loads(step.payload)
    available = answer.pop("bootstrap_available")
    return answer or available


def with_ann(**more: Any) -> World:
    of = world()
    user = {"username": "ann", "password": "pw", "roles": ["reader"], **more}
    assert done(of, "create-user", workspace="acme", user=user)["user"]["id"] == "user-ann"
    return of


def came_in(of: World, token: str) -> Caller | None:
    return of.iam.caller(Secret(token))


# --- users ----------------------------------------------------------------------------------------


def test_a_user_comes_and_goes() -> None:
    of = with_ann(name="Ann", email="a@x")
    said = done(of, "get-user", user_id="user-ann", workspace="acme")["user"]
    assert said == {
        "id": "user-ann",
        "default_workspace": "acme",
        "username": "ann",
        "name": "Ann",
        "email": "a@x",
        "roles": ["reader"],
        "enabled": True,
        "must_change_password": False,
        "created": "2026-01-01T00:00:00+00:00",
    }
    assert [user["username"] for user in done(of, "list-users")["users"]] == ["root", "ann"]
    assert len(done(of, "list-users", workspace="acme")["users"]) == 2
    assert done(of, "list-users", workspace="attic") is False
    changes = {"name": "A", "roles": ["writer", "admin"], "must_change_password": True}
    changed = done(of, "update-user", user_id="user-ann", user=changes)["user"]
    assert changed == {**said, "name": "A", "roles": ["admin", "writer"], "must_change_password": True}
    assert of.iam.user("user-ann").caller.may("users:admin", "attic")
    # What is absent is kept, but for the two flags, which get their defaults.
    assert done(of, "update-user", user_id="user-ann", user={})["user"] == {
        **changed,
        "must_change_password": False,
    }
    assert done(of, "delete-user", user_id="user-ann") is False
    assert done(of, "get-user", user_id="user-ann") is False
    assert with_ann(roles=None)


def test_a_user_without_a_role_may_do_nothing() -> None:
    of = with_ann(roles=[])
    assert of.iam.user("user-ann").record()["roles"] == []
    assert not of.iam.user("user-ann").caller.may("llm")


def test_who_one_is() -> None:
    of = with_ann()
    assert done(of, "whoami")["user"]["username"] == "root"
    assert done(of, "whoami", of.iam.user("user-ann").caller)["user"]["username"] == "ann"
    assert done(of, "whoami", None) is False
    mine = done(of, "list-my-workspaces", of.iam.user("user-ann").caller)["workspaces"]
    assert [row["id"] for row in mine] == ["acme"]
    assert len(done(of, "list-my-workspaces")["workspaces"]) == 2
    nowhere = of.iam.add_user(User(Caller("x", ("gone",), ("reader",)), "", "", NO_TOKEN, True, False, ""))
    assert done(of, "list-my-workspaces", nowhere.caller) is False


def test_a_user_is_locked_out_and_let_in_again() -> None:
    of = with_ann()
    key = done(of, "create-api-key", key={"user_id": "user-ann", "name": "k"})["api_key_plaintext"]
    assert came_in(of, key)
    assert done(of, "disable-user", user_id="user-ann") is False
    assert came_in(of, key) is None
    assert done(of, "login", username="ann", password="pw") is False
    assert done(of, "enable-user", user_id="user-ann") is False
    assert came_in(of, key) is None  # the keys are gone
    assert done(of, "login", username="ann", password="pw")["jwt"]


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("create-user", {"user": {"username": "b", "password": "p"}}),
        ("create-user", {"workspace": "acme"}),
        ("create-user", {"workspace": "acme", "user": {"password": "p"}}),
        ("create-user", {"workspace": "acme", "user": {"username": "b"}}),
        ("create-user", {"workspace": "nope", "user": {"username": "b", "password": "p"}}),
        ("create-user", {"workspace": "acme", "user": {"username": "ann", "password": "p"}}),
        ("create-user", {"workspace": "acme", "user": {"username": "fail=0", "password": "p"}}),
        ("get-user", {}),
        ("get-user", {"user_id": "nope"}),
        ("get-user", {"user_id": "user-ann", "workspace": "attic"}),
        ("update-user", {"user_id": "user-ann"}),
        ("update-user", {"user_id": "user-ann", "user": {"password": "p"}}),
        ("update-user", {"user_id": "user-ann", "user": {"username": "b"}}),
        ("change-password", {"user_id": "user-ann", "password": "no", "new_password": "p"}),
        ("change-password", {"user_id": "nope", "password": "pw", "new_password": "p"}),
        ("change-password", {"user_id": "user-root", "password": "pw", "new_password": "p"}),
        ("create-api-key", {"key": {"user_id": "user-ann"}}),
        ("create-api-key", {"key": {"name": "k"}}),
        ("create-api-key", {"key": {"user_id": "nope", "name": "k"}}),
        ("revoke-api-key", {}),
        ("revoke-api-key", {"key_id": "nope"}),
        ("login", {"username": "ann", "password": ""}),
        ("login", {"username": "ann", "password": "pw", "workspace": "nope"}),
        ("mint-token", {"user_context_json": "{}"}),
        ("mint-token", {"workspace": "acme"}),
        ("mint-token", {"workspace": "nope", "user_context_json": "{}"}),
        ("mint-token", {"workspace": "acme", "user_context_json": "{"}),
        ("mint-token", {"workspace": "acme", "user_context_json": "{}", "user_id": "nope"}),
        ("mint-token", {"workspace": "acme", "user_context_json": "{}", "user_id": "a", "username": "b"}),
        ("create-workspace", {"workspace_record": {"id": "_x"}}),
        ("create-workspace", {"workspace_record": {}}),
        ("get-workspace", {"workspace_record": {"id": "nope"}}),
        ("bootstrap", {}),
        ("bootstrap-status", {}),
        ("create-group", {"group_id": "g"}),
        ("resolve-effective-permissions", {}),
    ],
)
def test_failures_are_invisible(operation: str, body: dict[str, Any]) -> None:
    of = with_ann()
    before = [dict(of.iam.users), dict(of.iam.workspaces())]
    assert done(of, operation, **body) is False
    assert before == [dict(of.iam.users), dict(of.iam.workspaces())]


@pytest.mark.parametrize("member", ["user", "key", "workspace_record"])
def test_what_the_gateway_cannot_translate(member: str) -> None:
    operation = {"user": "update-user", "key": "create-api-key", "workspace_record": "get-workspace"}[member]
    said = done(with_ann(), operation, user_id="user-ann", **{member: [5]})
    assert said == "'list' object has no attribute 'get'"


# --- passwords, keys and tokens -------------------------------------------------------------------


def test_passwords() -> None:
    of = with_ann()
    changed = {"user_id": "user-ann", "password": "pw", "new_password": "new"}
    assert done(of, "change-password", **changed) is False
    assert done(of, "login", username="ann", password="pw") is False
    assert done(of, "login", username="ann", password="new")["jwt"]
    temporary = done(of, "reset-password", user_id="user-ann")["temporary_password"]
    assert done(of, "login", username="ann", password=temporary)["jwt"]
    assert done(of, "get-user", user_id="user-ann")["user"]["must_change_password"]


def test_keys() -> None:
    of = with_ann()
    made = done(of, "create-api-key", key={"user_id": "user-ann", "name": "k", "expires": "2030-01-01"})
    assert made["api_key"]["expires"] == "2030-01-01T00:00:00"
    forever = done(of, "create-api-key", key={"user_id": "user-ann", "name": "l", "expires": "soon"})
    assert forever["api_key"]["expires"] == ""
    assert came_in(of, made["api_key_plaintext"]) == of.iam.user("user-ann").caller
    assert done(of, "list-api-keys", user_id="user-ann")["api_keys"] == [made["api_key"], forever["api_key"]]
    assert done(of, "revoke-api-key", key_id=made["api_key"]["id"], workspace="attic") is False
    assert came_in(of, made["api_key_plaintext"])
    assert done(of, "revoke-api-key", key_id=made["api_key"]["id"], workspace="acme") is False
    assert came_in(of, made["api_key_plaintext"]) is None
    done(of, "revoke-api-key", key_id=forever["api_key"]["id"])
    assert done(of, "list-api-keys", user_id="user-ann") is False


def test_tokens() -> None:
    of = with_ann()
    made = done(of, "login", username="ann", password="pw", workspace="attic")
    assert made["jwt_expires"].startswith("2100-")
    caller = came_in(of, made["jwt"])
    assert caller is not None
    assert (caller.name, caller.default_workspace) == ("ann", "attic")
    context = {"workspace": "attic", "user_context_json": '{"purpose":"test"}'}
    for who, name in ({"user_id": "user-ann"}, "ann"), ({"username": "ann"}, "ann"), ({}, "root"):
        token = done(of, "mint-token", **context, **who)["jwt"]
        caller = came_in(of, token)
        assert caller is not None
        assert caller.name == name
        claims = of.iam.signer.claims(token)
        assert claims is not None
        assert claims["user_context"] == {"purpose": "test"}
    done(of, "disable-user", user_id="user-ann")
    assert done(of, "mint-token", **context, username="ann") is False


def test_after_a_rotation_a_running_gateway_takes_old_tokens_only() -> None:
    of = with_ann()
    old = done(of, "login", username="ann", password="pw")["jwt"]
    assert done(of, "rotate-signing-key") is False
    assert came_in(of, old)
    assert came_in(of, done(of, "login", username="ann", password="pw")["jwt"]) is None


def test_the_first_administrator() -> None:
    of = world(empty=True)
    assert done(of, "bootstrap-status", None) is True
    made = done(of, "bootstrap", None)
    caller = came_in(of, made["bootstrap_admin_api_key"])
    assert caller is not None
    assert caller.id == made["bootstrap_admin_user_id"]
    assert done(of, "bootstrap-status", None) is False
    assert done(of, "bootstrap", None) is False


# --- workspaces -----------------------------------------------------------------------------------


def test_workspaces() -> None:
    of = world()
    record = {"id": "new", "name": "New", "enabled": True, "created": "2026-01-01T00:00:00+00:00"}
    made = {"id": "new", "name": "New"}
    assert done(of, "create-workspace", workspace_record=made)["workspace"] == record
    again = {"id": "new", "name": "Other"}
    assert done(of, "create-workspace", workspace_record=again)["workspace"] == record
    assert [row["id"] for row in done(of, "list-workspaces")["workspaces"]] == ["acme", "new", "attic"]
    assert done(of, "get-workspace", workspace_record={"id": "new"})["workspace"] == record
    changed = done(of, "update-workspace", workspace_record={"id": "new", "enabled": False})["workspace"]
    assert changed == {**record, "enabled": False}
    assert not of.iam.knows("new")
    assert done(of, "update-workspace", workspace_record=again)["workspace"]["name"] == "Other"
    assert of.iam.knows("new")


def test_a_workspace_is_closed_with_everybody_in_it() -> None:
    of = world()
    done(of, "create-user", workspace="attic", user={"username": "ann", "password": "pw"})
    assert done(of, "disable-workspace", workspace_record={"id": "attic"}) is False
    assert not of.iam.knows("attic")
    assert not of.iam.user("user-ann").enabled
    assert of.iam.user("user-root").enabled


def test_no_workspaces() -> None:
    graphs, calendar = GraphStore(), Calendar()
    of = World(graphs, calendar, BLUEPRINTS, {}, iam=Iam(calendar, graphs, Signer(), empty=False))
    assert done(of, "list-workspaces") is False
    assert done(of, "list-users") is False
