"""The configuration: values by type and key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeAlias, cast

from tgproto.catalog import arguments as check
from tgproto.catalog.administration import NOTHING
from tgproto.catalog.bind import operation, procedure
from tgproto.catalog.call import Call
from tgproto.catalog.config_answers import CONFIG_ALL, CONFIG_KEYS, CONFIG_VALUES, ConfigValues
from tgproto.catalog.global_scope import GlobalScope
from tgproto.catalog.scopes import AsyncScope, PureScope, SyncScope
from tgproto.catalog.steps import Steps, step
from tgproto.errors import SilentFailure
from tgproto.types.configuration import (
    ConfigKey,
    ConfigKeyLike,
    Configuration,
    ConfigValue,
    ConfigValueLike,
)

Names: TypeAlias = list[str]
"""Keys of one type."""


@dataclass(frozen=True)
class ConfigOps(GlobalScope):
    """The configuration of one workspace; on 1.x gateways there is one for all.

    A value is a text, by convention JSON. Gateways from 2.10.6 on lose the errors of this service, so what
    was changed is read back.
    """

    service = "config"
    entries: ClassVar = {
        "config get": "get",
        "config list": "list",
        "config getvalues": "get_values",
        "config put": "put",
        "config delete": "delete",
        "config config": "all",
        "config getvalues-all-ws": "get_values_all_workspaces",
    }

    @operation
    def get(self, keys: Sequence[ConfigKeyLike]) -> Call[ConfigValues]:
        """Read values.

        Args:
            keys: Where they are: `ConfigKey`, `(type, key)`, or a mapping with `type` and `key`.

        Returns:
            One `ConfigValue` for each key, in their order. Its value is None where nothing is.

        Raises:
            ConfigError: The service failed.
            SilentFailure: It failed, and the gateway (2.10.6 and later) lost the error.
            TypeError: A key is none.
        """
        return self._read(_keys(keys))

    @operation
    def list(self, type: str) -> Call[Names]:  # noqa: A002
        """List the keys of a type.

        Args:
            type: The type, for instance `prompt`.

        Returns:
            The keys; none if there is no such type.

        Raises:
            ConfigError: The service failed.
            SilentFailure: It failed, and the gateway (2.10.6 and later) lost the error.
            TypeError: The type is no string.
        """
        return self._call("list", {"type": check.text("type", type)}, CONFIG_KEYS)

    @operation
    def get_values(self, type: str) -> Call[ConfigValues]:  # noqa: A002
        """Read all values of a type.

        Args:
            type: The type, for instance `prompt`.

        Returns:
            The values; none if there is no such type.

        Raises:
            ConfigError: The service failed.
            SilentFailure: It failed, and the gateway (2.10.6 and later) lost the error.
            TypeError: The type is no string.
        """
        return self._call("getvalues", {"type": check.text("type", type)}, CONFIG_VALUES)

    @operation
    def all(self) -> Call[Configuration]:
        """Read everything.

        Returns:
            All values by type and key, and the version: a pair that unpacks to `config, version`.

        Raises:
            ConfigError: The service failed.
            SilentFailure: It failed, and the gateway (2.10.6 and later) lost the error.
        """
        return self._call("config", {}, CONFIG_ALL)

    @operation
    def get_values_all_workspaces(self, type: str) -> Call[ConfigValues]:  # noqa: A002
        """Ask for all values of a type in all workspaces, which no gateway up to 2.11.1 grants.

        The gateway lets it pass, but its configuration service has no such operation for callers outside
        (gateway `config/service/config.py`, 2.11.1). So read each workspace: `with_options(workspace=…)`.

        Args:
            type: The type, for instance `prompt`.

        Returns:
            The values, each with its `workspace`.

        Raises:
            NotOffered: The gateway is of the 1.7 line, which has no workspaces.
            BadOperationError: Gateways up to 2.10.5 refuse it.
            SilentFailure: Later ones refuse it, too, but do not say so.
            TypeError: The type is no string.
        """
        return self._call("getvalues-all-ws", {"type": check.text("type", type)}, CONFIG_VALUES)

    @procedure
    def put(self, values: Sequence[ConfigValueLike]) -> Steps[None]:
        """Write values, and see that they are there.

        What is running hears of it by a notification, a moment later. On 2.x gateways it takes the role
        `admin`.

        Args:
            values: What to write, and where: `ConfigValue`, `(type, key, value)`, or a mapping with `type`,
                `key` and `value`. A value is a text, usually JSON. Of several for one key, the last counts.

        Raises:
            ConfigError: The service failed.
            AccessDenied: The caller may not write.
            SilentFailure: A value is not there afterwards: the gateway lost the error, or somebody else wrote
                another one meanwhile.
            TypeError: A value is none, or no text.
        """
        given = [_value(f"values[{i}]", value) for i, value in check.items("values", values)]
        members = [value.members() for value in given]
        put = self._call("put", {"values": members}, NOTHING)
        yield from step(put)
        wanted = {ConfigKey(value.type, value.key): value.value for value in given}
        there = yield from self._there([*wanted])
        for place, text in wanted.items():
            if there.get(place) != text:
                raise SilentFailure(
                    f"the value of {place.key!r}, of type {place.type!r}, is not what was put there: the "
                    "gateway lost the error, or somebody else wrote another one",
                    context=put.context,
                )

    @procedure
    def delete(self, keys: Sequence[ConfigKeyLike]) -> Steps[None]:
        """Delete values, and see that they are gone. What is not there is passed over.

        Args:
            keys: Where they are: `ConfigKey`, `(type, key)`, a mapping with `type` and `key`, or a
                `ConfigValue` from one of the readings.

        Raises:
            ConfigError: The service failed.
            AccessDenied: The caller may not write.
            SilentFailure: A value is still there: the gateway lost the error, or somebody wrote it again.
            TypeError: A key is none.
        """
        given = _keys(keys)
        delete = self._call("delete", {"keys": [_members(key) for key in given]}, NOTHING)
        yield from step(delete)
        there = yield from self._there(given)
        for place in given:
            if there.get(place) is not None:
                raise SilentFailure(
                    f"the value of {place.key!r}, of type {place.type!r}, was not deleted: the gateway "
                    "lost the error, or somebody else wrote it again",
                    context=delete.context,
                )

    def _there(self, keys: Sequence[ConfigKey]) -> Steps[dict[ConfigKey, str | None]]:
        """Read back what is at some places."""
        found = yield from step(self._read(keys))
        return {ConfigKey(value.type, value.key): value.value for value in found}

    def _read(self, keys: Sequence[ConfigKey]) -> Call[ConfigValues]:
        return self._call("get", {"keys": [_members(key) for key in keys]}, CONFIG_VALUES)


def _members(key: ConfigKey) -> dict[str, str]:
    return {"type": key.type, "key": key.key}


def _keys(keys: object) -> list[ConfigKey]:
    return [_key(f"keys[{i}]", key) for i, key in check.items("keys", keys)]


def _key(name: str, key: object) -> ConfigKey:
    parts = _parts(name, key, ("type", "key"), ConfigKey, ConfigValue)
    return ConfigKey(check.text(f"{name}.type", parts["type"]), check.text(f"{name}.key", parts["key"]))


def _value(name: str, value: object) -> ConfigValue:
    parts = _parts(name, value, ("type", "key", "value"), ConfigValue)
    place = _key(name, parts)
    text = parts["value"]
    if not isinstance(text, str):
        raise TypeError(
            f"{name}.value must be a str, not {type(text).__name__}: a value is text, usually JSON: "
            "pass json.dumps(…)"
        )
    return ConfigValue(place.type, place.key, check.text(f"{name}.value", text))


def _parts(name: str, given: object, members: Sequence[str], *kinds: type) -> Mapping[str, object]:
    """Return members of something that comes as an object, as a tuple, or as a mapping."""
    if isinstance(given, kinds):
        return {member: getattr(given, member) for member in members}
    if isinstance(given, tuple):
        parts = cast("tuple[object, ...]", given)
        if len(parts) == len(members):
            return dict(zip(members, parts, strict=True))
    if isinstance(given, Mapping):
        mapping = cast("Mapping[str, object]", given)
        if mapping.keys() >= set(members):
            return mapping
    raise TypeError(
        f"{name} must be a {kinds[0].__name__}, or have {', '.join(members)} as a tuple or a mapping"
    )


@dataclass(frozen=True)
class ConfigCalls(PureScope, ConfigOps):
    """The configuration: values by type and key; as calls that somebody else carries out."""


@dataclass(frozen=True)
class Config(SyncScope, ConfigOps):
    """The configuration: values by type and key; blocking."""


@dataclass(frozen=True)
class AsyncConfig(AsyncScope, ConfigOps):
    """The configuration: values by type and key; awaited."""
