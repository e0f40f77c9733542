"""What type checkers see of the global services. Never run: `tests/meta/test_types.py` has it checked."""

# pyright: reportUnnecessaryTypeIgnoreComment=true

from collections.abc import Coroutine
from datetime import datetime
from typing import Any, assert_type

from tgproto.catalog import (
    AsyncCollection,
    AsyncConfig,
    AsyncFlow,
    AsyncIam,
    Call,
    Collection,
    CollectionCalls,
    Config,
    ConfigCalls,
    Flow,
    FlowsCalls,
    Iam,
    IamCalls,
    Steps,
)
from tgproto.secrets import Secret
from tgproto.types import (
    ApiKeyRecord,
    CollectionMetadata,
    ConfigKey,
    Configuration,
    ConfigValue,
    Json,
    Login,
    NewAdministrator,
    NewApiKey,
    UserRecord,
    WorkspaceRecord,
)


def configuration(config: Config) -> None:
    assert_type(config.get([ConfigKey("t", "k"), ("t", "k"), {"type": "t", "key": "k"}]), list[ConfigValue])
    assert_type(config.list("t"), list[str])
    assert_type(config.get_values("t"), list[ConfigValue])
    assert_type(config.get_values_all_workspaces(type="t"), list[ConfigValue])
    assert_type(config.all(), Configuration)
    values, version = config.all()
    assert_type(values, dict[str, dict[str, str]])
    assert_type(version, int)
    config.put([ConfigValue("t", "k", "v"), ("t", "k", "v"), {"type": "t", "key": "k", "value": "v"}])
    config.delete(config.get_values("t"))
    config.put([("t", "k")])  # type: ignore[list-item]


async def awaited_configuration(config: AsyncConfig) -> None:
    assert_type(await config.get([("t", "k")]), list[ConfigValue])
    await assert_type(config.list("t"), Coroutine[Any, Any, list[str]])
    assert_type(await config.get_values("t"), list[ConfigValue])
    assert_type(await config.get_values_all_workspaces("t"), list[ConfigValue])
    assert_type(await config.all(), Configuration)
    await config.put([("t", "k", "v")])
    await config.delete([("t", "k")])


def configuration_as_data(config: ConfigCalls) -> None:
    assert_type(config.get([]), Call[list[ConfigValue]])
    assert_type(config.put([]), Steps[None])


def blueprints(flow: Flow, either: dict[str, Any] | str) -> None:
    assert_type(flow.list_blueprints(), list[str])
    assert_type(flow.list_classes(), list[str])
    assert_type(flow.get_blueprint("b"), dict[str, Json])
    assert_type(flow.get_class(class_name="b"), dict[str, Json])
    flow.put_blueprint("b", either)
    flow.put_class(class_name="b", definition={"flow": {}})
    flow.delete_blueprint("b")
    flow.delete_class(class_name="b")
    flow.get_blueprint(5)  # type: ignore[arg-type]


async def awaited_blueprints(flow: AsyncFlow) -> None:
    assert_type(await flow.list_blueprints(), list[str])
    assert_type(await flow.list_classes(), list[str])
    assert_type(await flow.get_blueprint("b"), dict[str, Json])
    assert_type(await flow.get_class("b"), dict[str, Json])
    await flow.put_blueprint("b", "{}")
    await flow.put_class("b", {})
    await flow.delete_blueprint("b")
    await flow.delete_class("b")


def blueprints_as_data(flow: FlowsCalls) -> None:
    assert_type(flow.get_class("b"), Call[dict[str, Json]])
    assert_type(flow.put_class("b", {}), Steps[None])


def collections(collection: Collection) -> None:
    assert_type(collection.list_collections(), list[CollectionMetadata])
    assert_type(collection.list_collections(["x"], user="anna", limit=5), list[CollectionMetadata])
    assert_type(collection.update_collection("c", "C", tags=["x"]), CollectionMetadata | None)
    collection.delete_collection("c", user="anna")
    collection.delete_collection("c", "anna")  # type: ignore[call-arg]


async def awaited_collections(collection: AsyncCollection) -> None:
    assert_type(await collection.list_collections(), list[CollectionMetadata])
    assert_type(await collection.update_collection("c"), CollectionMetadata | None)
    await collection.delete_collection("c")


def collections_as_data(collection: CollectionCalls) -> None:
    assert_type(collection.list_collections(), Call[list[CollectionMetadata]])
    assert_type(collection.delete_collection("c"), Call[None])


def users(iam: Iam, secret: Secret) -> None:
    assert_type(iam.whoami(), UserRecord)
    assert_type(iam.list_users("w"), list[UserRecord])
    assert_type(iam.get_user("u", workspace="w"), UserRecord)
    assert_type(iam.create_user("ben", "password", roles=["reader"]), UserRecord)
    assert_type(iam.create_user("ben", secret, workspace="w", enabled=False), UserRecord)
    assert_type(iam.update_user("u", name="Ben", enabled=True), UserRecord)
    iam.disable_user("u")
    iam.enable_user("u", workspace="w")
    iam.delete_user("u")
    iam.create_user("ben")  # type: ignore[call-arg]


def credentials(iam: Iam, secret: Secret, expires: datetime) -> None:
    assert_type(iam.login("ben", secret, workspace="w"), Login)
    assert_type(iam.login("ben", "password").jwt, str)
    assert_type(iam.mint_token("w", {"roles": ["auditor"]}, username="ben"), Login)
    assert_type(iam.reset_password("u"), str)
    assert_type(iam.create_api_key("u", "ci", expires), NewApiKey)
    assert_type(iam.create_api_key("u", "ci", "2030-01-31T12:00:00Z").plaintext, str)
    assert_type(iam.list_api_keys("u"), list[ApiKeyRecord])
    iam.change_password("old", secret, user_id="u")
    iam.revoke_api_key("k", user_id="u")


def workspaces(iam: Iam) -> None:
    assert_type(iam.list_my_workspaces(), list[WorkspaceRecord])
    assert_type(iam.list_workspaces(), list[WorkspaceRecord])
    assert_type(iam.get_workspace("w"), WorkspaceRecord)
    assert_type(iam.create_workspace("w", "W"), WorkspaceRecord)
    assert_type(iam.update_workspace("w", enabled=False), WorkspaceRecord)
    iam.disable_workspace("w")
    assert_type(iam.bootstrap(), NewAdministrator)
    assert_type(iam.bootstrap_status(), bool)
    iam.rotate_signing_key()


def groups(iam: Iam) -> None:
    assert_type(iam.create_group("g", "d", group_id="g"), Json)
    assert_type(iam.get_group("g"), Json)
    assert_type(iam.list_groups(), Json)
    assert_type(iam.update_group("g", "G"), Json)
    assert_type(iam.delete_group("g"), Json)
    assert_type(iam.add_group_member("g", "user", "u"), Json)
    assert_type(iam.remove_group_member("g", "user", "u"), Json)
    assert_type(iam.list_group_members("g"), Json)
    assert_type(iam.add_group_grant("g", "c"), Json)
    assert_type(iam.remove_group_grant("g", "c", "w"), Json)
    assert_type(iam.list_group_grants("g"), Json)
    assert_type(iam.add_user_grant("u", "c"), Json)
    assert_type(iam.remove_user_grant("u", "c", "w"), Json)
    assert_type(iam.list_user_grants("u"), Json)
    assert_type(iam.resolve_effective_permissions("u"), Json)


async def awaited_identities(iam: AsyncIam, secret: Secret) -> None:
    assert_type(await iam.whoami(), UserRecord)
    assert_type(await iam.list_users(), list[UserRecord])
    assert_type(await iam.get_user("u"), UserRecord)
    assert_type(await iam.create_user("ben", secret), UserRecord)
    assert_type(await iam.update_user("u", name="Ben"), UserRecord)
    await iam.disable_user("u")
    await iam.enable_user("u")
    await iam.delete_user("u")
    assert_type(await iam.login("ben", secret), Login)
    assert_type(await iam.mint_token("w", {}), Login)
    assert_type(await iam.reset_password("u"), str)
    assert_type(await iam.create_api_key("u", "ci"), NewApiKey)
    assert_type(await iam.list_api_keys("u"), list[ApiKeyRecord])
    await iam.change_password("old", "new")
    await iam.revoke_api_key("k")
    assert_type(await iam.list_my_workspaces(), list[WorkspaceRecord])
    assert_type(await iam.list_workspaces(), list[WorkspaceRecord])
    assert_type(await iam.get_workspace("w"), WorkspaceRecord)
    assert_type(await iam.create_workspace("w"), WorkspaceRecord)
    assert_type(await iam.update_workspace("w"), WorkspaceRecord)
    await iam.disable_workspace("w")
    assert_type(await iam.bootstrap(), NewAdministrator)
    assert_type(await iam.bootstrap_status(), bool)
    await iam.rotate_signing_key()
    assert_type(await iam.create_group("g"), Json)
    assert_type(await iam.get_group("g"), Json)
    assert_type(await iam.list_groups(), Json)
    assert_type(await iam.update_group("g", "G"), Json)
    assert_type(await iam.delete_group("g"), Json)
    assert_type(await iam.add_group_member("g", "user", "u"), Json)
    assert_type(await iam.remove_group_member("g", "user", "u"), Json)
    assert_type(await iam.list_group_members("g"), Json)
    assert_type(await iam.add_group_grant("g", "c"), Json)
    assert_type(await iam.remove_group_grant("g", "c"), Json)
    assert_type(await iam.list_group_grants("g"), Json)
    assert_type(await iam.add_user_grant("u", "c"), Json)
    assert_type(await iam.remove_user_grant("u", "c"), Json)
    assert_type(await iam.list_user_grants("u"), Json)
    assert_type(await iam.resolve_effective_permissions("u"), Json)


def identities_as_data(iam: IamCalls) -> None:
    assert_type(iam.login("ben", "password"), Call[Login])
    assert_type(iam.create_user("ben", "password"), Steps[UserRecord])
    assert_type(iam.delete_group("g"), Steps[Json])
