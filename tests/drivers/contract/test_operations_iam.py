"""Users, workspaces, passwords, tokens and keys (2.x)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.drivers.contract.errors import failure
from tests.drivers.contract.place import Place, attentive, story
from tests.drivers.peers.peer import TOKEN
from tgproto.catalog import AuthOps, IamOps
from tgproto.errors import (
    AccessDenied,
    AuthenticationError,
    NotFoundError,
    SilentFailure,
    WorkspaceNotFound,
)

PASSWORD, BETTER = "wagtail-7 ü", "nuthatch-8"


@story(IamOps, "create_user", "get_user", "list_users", "update_user", "delete_user", "whoami", generation=2)
async def test_the_life_of_a_user(place: Place) -> None:
    iam = place.api.iam()
    me = await iam.whoami()
    assert await iam.list_users() == [me]
    new = await iam.create_user("anna", PASSWORD, name="Anna", email="a@example.org", roles=["reader"])
    assert (new.username, new.name, new.email, new.roles) == ("anna", "Anna", "a@example.org", ("reader",))
    assert (new.enabled, new.default_workspace, new["username"]) == (True, "default", "anna")
    assert await iam.get_user(new.id) == new
    assert await iam.list_users() == await iam.list_users("default") == [me, new]
    assert await iam.list_users("attic") == []
    changed = await iam.update_user(new.id, name="Annette", roles=["writer", "reader"])
    assert (changed.name, set(changed.roles), changed.email) == ("Annette", {"reader", "writer"}, new.email)
    assert await iam.get_user(new.id, workspace="default") == changed
    await failure(iam.get_user(new.id, workspace="attic"), SilentFailure)
    await failure(iam.create_user("anna", PASSWORD), SilentFailure)
    await iam.delete_user(new.id)
    assert await iam.list_users() == [me]
    for about in (iam.get_user, iam.update_user, iam.delete_user):
        await failure(about(new.id), SilentFailure)


@story(IamOps, "disable_user", "enable_user", "create_api_key", "list_api_keys", "login", generation=2)
async def test_a_user_who_is_locked_out(place: Place) -> None:
    iam = place.api.iam()
    new = await iam.create_user("anna", PASSWORD, roles=["reader"])
    key = (await iam.create_api_key(new.id, "her key")).plaintext
    assert await who_is(place, key) == new
    await iam.disable_user(new.id)
    assert not (await iam.get_user(new.id)).enabled
    assert await iam.list_api_keys(new.id) == []
    await failure(iam.login("anna", PASSWORD), SilentFailure)
    await failure(who_is(place, key), AuthenticationError)
    await iam.enable_user(new.id)
    assert (await iam.get_user(new.id)).enabled
    assert (await iam.login("anna", PASSWORD)).jwt
    for change in (iam.disable_user, iam.enable_user):
        await failure(change("nope"), SilentFailure)


@story(IamOps, "change_password", "reset_password", "login", "mint_token", generation=2)
async def test_passwords_and_tokens(place: Place) -> None:
    iam = place.api.iam()
    new = await iam.create_user("anna", PASSWORD, roles=["reader"])
    token = await iam.login("anna", PASSWORD)
    assert await who_is(place, token.jwt) == new
    assert datetime.fromisoformat(token.expires) > datetime.now(UTC) + timedelta(minutes=50)
    await failure(iam.login("anna", BETTER), SilentFailure)
    await failure(iam.login("nope", PASSWORD), SilentFailure)
    async with place.connect(token.jwt) as hers:
        await failure(hers.iam().change_password("wrong", BETTER), SilentFailure, "does not log in")
        await hers.iam().change_password(PASSWORD, BETTER)
    await failure(iam.login("anna", PASSWORD), SilentFailure)
    assert (await iam.login("anna", BETTER)).jwt
    reset = await iam.reset_password(new.id)
    assert (await iam.login("anna", reset)).jwt
    assert (await iam.get_user(new.id)).must_change_password
    await iam.change_password(reset, PASSWORD, user_id=new.id)
    assert await who_is(place, (await iam.login("anna", PASSWORD)).jwt) == new
    minted = await iam.mint_token("default", {"roles": ["auditor"]}, username="anna")
    assert await who_is(place, minted.jwt) == new
    await failure(iam.mint_token("nope", {"purpose": "audit"}), SilentFailure)
    await failure(iam.reset_password("nope"), SilentFailure)


@story(IamOps, "create_api_key", "list_api_keys", "revoke_api_key", generation=2)
async def test_the_life_of_an_api_key(place: Place) -> None:
    iam = place.api.iam()
    new = await iam.create_user("anna", PASSWORD, roles=["reader"])
    soon = datetime(2999, 1, 31, tzinfo=UTC)
    first, second = [await iam.create_api_key(new.id, name, soon) for name in ("first", "second")]
    assert await iam.list_api_keys(new.id) == [first.api_key, second.api_key]
    assert datetime.fromisoformat(first.api_key.expires) == soon
    assert (first.api_key.name, first.api_key.user_id) == ("first", new.id)
    assert first.plaintext.startswith(first.api_key.prefix)
    assert await who_is(place, first.plaintext) == new
    await iam.revoke_api_key(first.api_key.id)
    await iam.revoke_api_key(second.api_key.id, user_id=new.id)
    assert await iam.list_api_keys(new.id) == []
    await failure(who_is(place, first.plaintext), AuthenticationError)
    await failure(iam.revoke_api_key(first.api_key.id), NotFoundError, "no API key")
    late = await iam.create_api_key(new.id, "late", "2020-01-01T00:00:00+00:00")
    await failure(who_is(place, late.plaintext), AuthenticationError)
    await failure(iam.create_api_key("nope", "key"), SilentFailure)
    assert await iam.list_api_keys("nope") == []  # the gateway loses the error


@story(IamOps, "create_workspace", "get_workspace", "list_workspaces", "update_workspace", generation=2)
@story(IamOps, "disable_workspace", "list_my_workspaces", "create_user")
async def test_the_life_of_a_workspace(place: Place) -> None:
    iam = place.api.iam()
    [home] = await iam.list_workspaces()
    assert home.id == "default"
    new = await iam.create_workspace("attic", "The attic")
    assert (new.id, new.name, new.enabled) == ("attic", "The attic", True)
    assert await iam.get_workspace("attic") == new
    assert await iam.list_workspaces() == await iam.list_my_workspaces() == [home, new]
    changed = await iam.update_workspace("attic", "Top floor")
    assert (await iam.get_workspace("attic")).name == changed.name == "Top floor"
    lodger = await iam.create_user("anna", PASSWORD, workspace="attic", roles=["reader"])
    async with place.connect((await iam.login("anna", PASSWORD)).jwt) as hers:
        assert await hers.iam().list_my_workspaces() == [changed]
        await failure(hers.iam().list_workspaces(), AccessDenied)
        assert await hers.config().list("prompt") == []
    await iam.disable_workspace("attic")
    assert not (await iam.get_workspace("attic")).enabled
    assert not (await iam.get_user(lodger.id)).enabled
    await failure(place.api.config().with_options(workspace="attic").list("prompt"), WorkspaceNotFound)
    await failure(iam.create_user("bea", PASSWORD, workspace="attic"), SilentFailure)
    for about in (iam.get_workspace, iam.update_workspace, iam.disable_workspace):
        await failure(about("nope"), SilentFailure)


@story(IamOps, "rotate_signing_key", "login", generation=2)
async def test_a_new_signing_key_leaves_old_tokens_alone(place: Place) -> None:
    iam = place.api.iam()
    new = await iam.create_user("anna", PASSWORD, roles=["reader"])
    old = await iam.login("anna", PASSWORD)
    await iam.rotate_signing_key()
    assert await who_is(place, old.jwt) == new
    assert (await iam.login("anna", PASSWORD)).jwt != old.jwt


@story(IamOps, "bootstrap_status", "bootstrap", generation=2)
async def test_the_first_administrator(place: Place) -> None:
    """Over REST anybody may be; a socket must be authenticated already, so somebody is there before."""
    iam = place.api.iam()
    assert await iam.bootstrap_status() is False
    await failure(iam.bootstrap(), SilentFailure)
    token = None if place.transport == "rest" else TOKEN
    with attentive(2, keys={} if token is None else {TOKEN: "default"}, bootstrap=True) as server:
        elsewhere = Place(place.driver, server, place.transport, ())
        async with elsewhere.connect(token, dialect="2.x") as api:
            assert await api.iam().bootstrap_status() is True
            first = await api.iam().bootstrap()
            assert await api.iam().bootstrap_status() is False
            await failure(api.iam().bootstrap(), SilentFailure)
        user = await who_is(elsewhere, first.api_key)
        assert (user.id, user.roles) == (first.user_id, ("admin",))


GROUPS: dict[str, Callable[[Any], Any]] = {
    "create_group": lambda iam: iam.create_group("g"),
    "get_group": lambda iam: iam.get_group("g"),
    "list_groups": lambda iam: iam.list_groups(),
    "update_group": lambda iam: iam.update_group("g", "name"),
    "delete_group": lambda iam: iam.delete_group("g"),
    "add_group_member": lambda iam: iam.add_group_member("g", "user", "anna"),
    "remove_group_member": lambda iam: iam.remove_group_member("g", "user", "anna"),
    "list_group_members": lambda iam: iam.list_group_members("g"),
    "add_group_grant": lambda iam: iam.add_group_grant("g", "config:read"),
    "remove_group_grant": lambda iam: iam.remove_group_grant("g", "config:read"),
    "list_group_grants": lambda iam: iam.list_group_grants("g"),
    "add_user_grant": lambda iam: iam.add_user_grant("anna", "config:read"),
    "remove_user_grant": lambda iam: iam.remove_user_grant("anna", "config:read"),
    "list_user_grants": lambda iam: iam.list_user_grants("anna"),
    "resolve_effective_permissions": lambda iam: iam.resolve_effective_permissions("anna"),
}


@story(IamOps, *GROUPS, generation=2)
async def test_groups_are_for_another_service(place: Place) -> None:
    """The one of open source, which the embedded gateway is like, refuses, and the gateway loses that."""
    for ask in GROUPS.values():
        await failure(ask(place.api.iam()), SilentFailure, "knows no groups")


@story(AuthOps, "login", "change_password", generation=2, transport="rest")
async def test_logging_in_without_a_token(place: Place) -> None:
    new = await place.api.iam().create_user("anna", PASSWORD, roles=["reader"])
    async with place.connect(None) as nobody:
        token = await nobody.auth().login("anna", PASSWORD)
        await failure(nobody.auth().login("anna", BETTER), SilentFailure)
        await failure(nobody.iam().whoami(), AuthenticationError)
    assert await who_is(place, token.jwt) == new
    async with place.connect(token.jwt) as hers, place.connect(None) as nobody:
        await hers.auth().change_password(PASSWORD, BETTER)
        await failure(nobody.auth().login("anna", PASSWORD), SilentFailure)
        assert await who_is(place, (await nobody.auth().login("anna", BETTER)).jwt) == new
        await hers.auth().change_password("wrong", PASSWORD)  # the gateway loses the error
        await failure(nobody.auth().login("anna", PASSWORD), SilentFailure)


@story(AuthOps, "bootstrap_status", "bootstrap", generation=2, transport="rest")
async def test_the_first_administrator_comes_in_by_the_same_door(place: Place) -> None:
    assert await place.api.auth().bootstrap_status() is False
    await failure(place.api.auth().bootstrap(), SilentFailure)
    with attentive(2, keys={}, bootstrap=True) as server:
        elsewhere = Place(place.driver, server, place.transport, ())
        async with elsewhere.connect(None) as nobody:
            assert await nobody.auth().bootstrap_status() is True
            first = await nobody.auth().bootstrap()
            assert await nobody.auth().bootstrap_status() is False
            await failure(nobody.auth().bootstrap(), SilentFailure)
        assert (await who_is(elsewhere, first.api_key)).id == first.user_id


async def who_is(place: Place, token: str) -> Any:
    """Return for whom a token is taken, over the transport in question."""
    async with place.connect(token) as api:
        return await api.iam().whoami()
