"""Users, keys, passwords and workspaces of 2.11.1: what is done, others see; failures are told."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.interop.parts import Part
from tests.interop.published import Published, Published2
from tests.interop.world import World, each_way_on_1x, each_way_on_2x, on
from tgproto.errors import AccessDenied, AuthenticationError, NotFoundError, NotOffered, SilentFailure
from tgproto.types import UserRecord

PASSWORD, OTHER = "first-password", "second-password"


def ask(gateway: Published, operation: str, **members: object) -> Any:
    """Return what another client is told."""
    return gateway.ask("iam", operation=operation, **members)


def user(gateway: Published, user_id: str) -> Any:
    """Return a user as another client sees it; None if there is none."""
    return ask(gateway, "get-user", user_id=user_id).get("user")


def lets_in(gateway: Published, name: str, password: str) -> bool:
    """Try to log in."""
    return "jwt" in gateway.ask("auth/login", username=name, password=password)


@pytest.fixture
def name(world: World) -> Iterator[str]:
    """A name that no user has, neither before nor afterwards."""
    name = f"made-{time.time_ns()}"
    yield name
    left = [each["id"] for each in ask(world.gateway, "list-users")["users"] if each["username"] == name]
    for user_id in left:  # so that a test that fails leaves nothing
        ask(world.gateway, "delete-user", user_id=user_id)
    assert not left


@pytest.fixture
def made(world: World, name: str) -> Iterator[UserRecord]:
    """A user who reads in `other`."""
    told = {"username": name, "password": PASSWORD, "roles": ["reader"], "name": "Made"}
    record = ask(world.gateway, "create-user", workspace="other", user=told)["user"]
    yield UserRecord(record["id"], record["username"])
    ask(world.gateway, "delete-user", user_id=record["id"])


# --- who is there -----------------------------------------------------------------------------


@pytest.mark.exercises("iam whoami", "iam list-my-workspaces")
@each_way_on_2x
async def test_who_one_is(world: World) -> None:
    iam = world.services.iam()
    admin = await iam.whoami()
    assert (admin.username, admin.roles, admin.default_workspace) == ("admin", ("admin",), "default")
    assert admin.id == ask(world.gateway, "whoami")["user"]["id"]
    assert {"default", "other"} <= {each.id for each in await iam.list_my_workspaces()}
    async with world.connect(world.gateway.reader, transport=world.transport) as api:
        reader = await api.iam().whoami()
        assert (reader.id, reader.username, reader.roles) == ("reader-id", "reader", ("reader",))
        assert [each.id for each in await api.iam().list_my_workspaces()] == ["default"]


@pytest.mark.exercises(
    "iam create-user", "iam get-user", "iam list-users", "iam update-user", "iam delete-user"
)
@each_way_on_2x
async def test_the_life_of_a_user(world: World, name: str) -> None:
    iam, gateway = world.services.iam(), world.gateway
    new = await iam.create_user(
        name, PASSWORD, workspace="other", name="Köln", email="a@example.org", roles=["reader"]
    )
    seen = user(gateway, new.id)
    assert (new.username, new.name, new.email) == (seen["username"], seen["name"], seen["email"])
    assert (seen["default_workspace"], seen["roles"], seen["enabled"]) == ("other", ["reader"], True)
    assert lets_in(gateway, name, PASSWORD)
    assert await iam.get_user(new.id) == await iam.get_user(new.id, workspace="other") == new
    assert new in await iam.list_users()
    assert new in await iam.list_users("other")
    assert new not in await iam.list_users("default")
    changed = await iam.update_user(new.id, name="Bonn", roles=["writer", "reader"])
    assert (changed.name, changed.email) == ("Bonn", "a@example.org")
    assert set(user(gateway, new.id)["roles"]) == {"reader", "writer"}
    assert (await iam.update_user(new.id, enabled=False)).enabled is False
    assert not lets_in(gateway, name, PASSWORD)
    assert (await iam.update_user(new.id, must_change_password=True)).enabled is False
    await iam.delete_user(new.id)
    assert user(gateway, new.id) is None
    assert new.id not in {each.id for each in await iam.list_users()}


@each_way_on_2x
async def test_users_are_made_where_the_caller_is(world: World, name: str) -> None:
    iam = world.services.iam()
    for place, options in (("default", {}), ("other", {"workspace": "other"})):
        new = await iam.with_options(**options).create_user(name, PASSWORD)
        assert user(world.gateway, new.id)["default_workspace"] == place
        await iam.delete_user(new.id)


@each_way_on_2x
async def test_users_that_are_not(world: World, made: UserRecord) -> None:
    iam, before = world.services.iam(), user(world.gateway, made.id)
    assert await iam.list_users("nope") == []
    for call in (
        iam.create_user(made.username, PASSWORD),
        iam.create_user("never", PASSWORD, workspace="nope"),
        iam.get_user("nope"),
        iam.get_user(made.id, workspace="default"),
        iam.update_user("nope", name="x"),
        iam.update_user(made.id, name="x", workspace="default"),
        iam.disable_user("nope"),
        iam.enable_user("nope"),
        iam.delete_user("nope"),
        iam.disable_user(made.id, workspace="default"),
        iam.delete_user(made.id, workspace="default"),
        iam.reset_password("nope"),
        iam.create_api_key("nope", "key"),
        iam.mint_token("nope", {}, user_id=made.id),
        iam.mint_token("other", {}, username="nope"),
    ):
        await world.failure(call, SilentFailure)
    assert user(world.gateway, made.id) == before
    assert lets_in(world.gateway, made.username, PASSWORD)


@pytest.mark.exercises("iam disable-user", "iam enable-user")
@each_way_on_2x
async def test_locking_out(world: World, made: UserRecord) -> None:
    iam, gateway = world.services.iam(), world.gateway
    await iam.create_api_key(made.id, "key")
    await iam.disable_user(made.id)
    assert user(gateway, made.id)["enabled"] is False
    assert not lets_in(gateway, made.username, PASSWORD)
    assert await iam.list_api_keys(made.id) == []
    await iam.enable_user(made.id, workspace="other")
    assert user(gateway, made.id)["enabled"] is True
    assert lets_in(gateway, made.username, PASSWORD)


@each_way_on_2x
async def test_who_may_manage_users(world: World, made: UserRecord) -> None:
    before = user(world.gateway, made.id)
    async with world.connect(world.gateway.reader, transport=world.transport) as api:
        iam = api.iam()
        for call in (
            iam.list_users(),
            iam.get_user(made.id),
            iam.create_user("never", PASSWORD, workspace="default"),
            iam.update_user(made.id, name="x"),
            iam.disable_user(made.id),
            iam.enable_user(made.id),
            iam.delete_user(made.id),
            iam.reset_password(made.id),
            iam.create_workspace("never"),
            iam.list_workspaces(),
            iam.get_workspace("other"),
            iam.update_workspace("other", "x"),
            iam.disable_workspace("other"),
            iam.rotate_signing_key(),
            iam.mint_token("default", {}),
            iam.list_groups(),
        ):
            await world.failure(call, AccessDenied)
    assert user(world.gateway, made.id) == before


# --- passwords and tokens ---------------------------------------------------------------------


@pytest.mark.exercises("iam login", "iam change-password", "iam reset-password")
@each_way_on_2x
async def test_passwords(world: World, made: UserRecord) -> None:
    iam, gateway = world.services.iam(), world.gateway
    login = await iam.login(made.username, PASSWORD)
    async with world.connect(login.jwt, transport=world.transport) as api:
        assert (await api.iam().whoami()).id == made.id
        await api.iam().change_password(PASSWORD, OTHER)
        assert (lets_in(gateway, made.username, PASSWORD), lets_in(gateway, made.username, OTHER)) == (
            False,
            True,
        )
        await world.failure(api.iam().change_password("wrong", PASSWORD), SilentFailure, "does not log in")
    await world.failure(iam.login(made.username, PASSWORD), SilentFailure)
    await world.failure(iam.login("nope", PASSWORD), SilentFailure)
    await iam.change_password(OTHER, PASSWORD, user_id=made.id)
    assert lets_in(gateway, made.username, PASSWORD)
    fresh = await iam.reset_password(made.id)
    assert lets_in(gateway, made.username, fresh)
    assert user(gateway, made.id)["must_change_password"] is True


@pytest.mark.exercises("iam mint-token")
@each_way_on_2x
async def test_minted_tokens(world: World, made: UserRecord) -> None:
    mint = world.services.iam().mint_token
    context = {"roles": ["auditor"], "purpose": "ü", "n": [1, None]}
    for whose in ({"user_id": made.id}, {"username": made.username}, {}):
        token = await mint("other", context, **whose)
        assert token.expires > datetime.now(UTC).isoformat()
        async with world.connect(token.jwt, transport=world.transport) as api:
            assert (await api.iam().whoami()).username == (made.username if whose else "admin")


@pytest.mark.exercises("iam create-api-key", "iam list-api-keys", "iam revoke-api-key")
@each_way_on_2x
async def test_the_life_of_a_key(world: World, made: UserRecord) -> None:
    iam, gateway = world.services.iam(), world.gateway
    expires = datetime.now(UTC) + timedelta(days=1)
    new = await iam.create_api_key(made.id, "köln", expires, workspace="other")
    (kept,) = ask(gateway, "list-api-keys", user_id=made.id)["api_keys"]
    assert (kept["id"], kept["name"], kept["prefix"]) == (new.api_key.id, "köln", new.plaintext[:7])
    assert datetime.fromisoformat(kept["expires"]) == expires
    assert new.plaintext not in repr(new)
    assert await iam.list_api_keys(made.id) == [new.api_key]
    async with world.connect(new.plaintext, transport=world.transport) as api:
        assert (await api.iam().whoami()).id == made.id
    other = await iam.create_api_key(made.id, "other")
    await iam.revoke_api_key(new.api_key.id)
    assert await iam.list_api_keys(made.id) == [other.api_key]
    await iam.revoke_api_key(other.api_key.id, user_id=made.id)
    assert "api_keys" not in ask(gateway, "list-api-keys", user_id=made.id)
    await world.failure(iam.revoke_api_key(new.api_key.id), NotFoundError, "no API key")
    assert await iam.list_api_keys("nope") == []


# --- workspaces -------------------------------------------------------------------------------


@pytest.mark.exercises(
    "iam create-workspace",
    "iam get-workspace",
    "iam list-workspaces",
    "iam update-workspace",
    "iam disable-workspace",
)
@each_way_on_2x
async def test_the_life_of_a_workspace(world: World) -> None:
    """They cannot be deleted: this one stays, disabled."""
    iam, gateway, ident = world.services.iam(), world.gateway, f"made-{time.time_ns()}"

    def seen() -> Any:
        return ask(gateway, "get-workspace", workspace_record={"id": ident}).get("workspace")

    new = await iam.create_workspace(ident, "Köln")
    assert (new.id, new.name, new.enabled) == (seen()["id"], seen()["name"], True) == (ident, "Köln", True)
    assert (await iam.create_workspace(ident, "Bonn")).name == "Köln"
    assert await iam.get_workspace(ident) == new
    assert new in await iam.list_workspaces()
    assert (await iam.update_workspace(ident, "Bonn")).name == seen()["name"] == "Bonn"
    assert (await iam.update_workspace(ident, enabled=False)).enabled is seen()["enabled"] is False
    assert (await iam.update_workspace(ident, "Trier")).enabled is False
    assert (await iam.update_workspace(ident, enabled=True)).name == "Trier"
    await iam.disable_workspace(ident)
    assert seen()["enabled"] is False
    await world.failure(iam.get_workspace("nope"), SilentFailure)
    await world.failure(iam.update_workspace("nope", "x"), SilentFailure)
    await world.failure(iam.disable_workspace("nope"), SilentFailure)


# --- the gateway itself -----------------------------------------------------------------------


@pytest.mark.exercises("iam bootstrap", "iam bootstrap-status")
@each_way_on_2x
async def test_bootstrapping_again(world: World) -> None:
    iam, before = world.services.iam(), ask(world.gateway, "list-users")["users"]
    assert await iam.bootstrap_status() is False
    await world.failure(iam.bootstrap(), SilentFailure)
    assert ask(world.gateway, "list-users")["users"] == before


@pytest.mark.exercises("iam rotate-signing-key")
@on("rest", releases=[Published2.release])
async def test_a_new_signing_key(world: World) -> None:
    """The gateway refuses tokens signed with it until it is started again, which others must not notice."""
    gateway = world.gateway
    assert isinstance(gateway, Published2)
    old = gateway.login()
    try:
        await world.services.iam().rotate_signing_key()
        new = gateway.login()
        async with world.connect(old) as api:
            assert (await api.iam().whoami()).username == "reader"
        async with world.connect(new) as api:
            await world.failure(api.iam().whoami(), AuthenticationError)
    finally:
        Part(gateway.part).restart()
    async with world.connect(new) as api:
        assert (await api.iam().whoami()).username == "reader"


# --- groups, which take another service -------------------------------------------------------

GROUPS = (
    "iam create-group",
    "iam get-group",
    "iam list-groups",
    "iam update-group",
    "iam delete-group",
    "iam add-group-member",
    "iam remove-group-member",
    "iam list-group-members",
    "iam add-group-grant",
    "iam remove-group-grant",
    "iam list-group-grants",
    "iam add-user-grant",
    "iam remove-user-grant",
    "iam list-user-grants",
    "iam resolve-effective-permissions",
)


@pytest.mark.exercises(*GROUPS)
@each_way_on_2x
async def test_groups(world: World) -> None:
    """The service that is there refuses them all, which the gateway does not say."""
    iam = world.services.iam()
    for call in (
        iam.create_group("g"),
        iam.get_group("g"),
        iam.list_groups(),
        iam.update_group("g", "n"),
        iam.delete_group("g"),
        iam.add_group_member("g", "user", "u"),
        iam.remove_group_member("g", "user", "u"),
        iam.list_group_members("g"),
        iam.add_group_grant("g", "config:read"),
        iam.remove_group_grant("g", "config:read", "default"),
        iam.list_group_grants("g"),
        iam.add_user_grant("u", "config:read"),
        iam.remove_user_grant("u", "config:read"),
        iam.list_user_grants("u"),
        iam.resolve_effective_permissions("u"),
    ):
        await world.failure(call, SilentFailure, "knows no groups")


@each_way_on_1x
async def test_there_is_no_such_service(world: World) -> None:
    iam, before = world.services.iam(), world.gateway.served()
    for call in (
        iam.whoami(),
        iam.list_users(),
        iam.create_user("a", "b"),
        iam.update_user("a", name="b"),
        iam.create_api_key("a", "b"),
        iam.change_password("a", "b"),
        iam.list_workspaces(),
        iam.bootstrap_status(),
        iam.add_user_grant("a", "b"),
    ):
        await world.failure(call, NotOffered, r"2\.4\.5")
    assert world.gateway.served() == before
