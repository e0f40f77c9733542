"""What type checkers see of the global services. Never run: `tests/meta/test_types.py` has it checked."""

# pyright: reportUnnecessaryTypeIgnoreComment=true

from collections.abc import Coroutine
from typing import Any, assert_type

from tgproto.catalog import (
    AsyncCollection,
    AsyncConfig,
    AsyncFlow,
    Call,
    Collection,
    CollectionCalls,
    Config,
    ConfigCalls,
    Flow,
    FlowsCalls,
    Steps,
)
from tgproto.types import CollectionMetadata, ConfigKey, Configuration, ConfigValue, Json


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
    flow.get_blueprint(5)  # type: ignore[arg-type]


async def awaited_blueprints(flow: AsyncFlow) -> None:
    assert_type(await flow.list_classes(), list[str])
    assert_type(await flow.get_blueprint("b"), dict[str, Json])
    await flow.put_blueprint("b", "{}")
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
