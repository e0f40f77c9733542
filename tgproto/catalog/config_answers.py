"""Answers of the global service `config`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias, TypeVar

import msgspec

from tgproto.catalog.reader import Start
from tgproto.catalog.single import single
from tgproto.errors import DecodeError, SilentFailure
from tgproto.types.configuration import Configuration, ConfigValue
from tgproto.types.wire import Shape, encode

T = TypeVar("T")

ConfigValues: TypeAlias = list[ConfigValue]
"""Values, each with its type and key."""


class WireValue(msgspec.Struct, gc=False):
    """A value; null where nothing is."""

    type: str
    key: str
    value: str | None = None
    workspace: str | None = None


class ConfigFrame(msgspec.Struct, gc=False):
    """What was asked for. 2.x sends the other members, too, but empty."""

    version: int | None = None
    values: list[dict[str, Any]] | None = None
    directory: list[str] | None = None
    config: dict[str, dict[str, str]] | None = None


_CONFIG: Final = Shape(ConfigFrame)
_VALUE: Final = Shape(WireValue)
_SKELETON: Final = ConfigFrame(0, [], [], {})


def _reading(member: str, convert: Callable[[ConfigFrame], T | None]) -> Start[T, T]:
    """Make the readers of answers that are one member."""

    def checked(frame: ConfigFrame) -> T:
        if frame == _SKELETON:  # any change makes the version more than 0; 2.11.1
            raise SilentFailure("the answer is empty: the service failed, and the gateway lost the error")
        result = convert(frame)
        if result is None:
            raise DecodeError(f"the answer has no member `{member}`")
        return result

    return single(_CONFIG, checked)


def _values(frame: ConfigFrame) -> ConfigValues | None:
    if frame.values is None:
        return None
    return [_value(value, f"$.values[{i}]") for i, value in enumerate(frame.values)]


def _value(value: dict[str, Any], path: str) -> ConfigValue:
    wire = _VALUE.convert(value, path)
    return ConfigValue(wire.type, wire.key, wire.value, wire.workspace or "", encode(value))


def _all(frame: ConfigFrame) -> Configuration | None:
    return None if frame.config is None else Configuration(frame.config, frame.version or 0)


CONFIG_VALUES: Final = _reading("values", _values)
"""Makes the readers of answers of `get`, `getvalues` and `getvalues-all-ws`."""

CONFIG_KEYS: Final[Start[list[str], list[str]]] = _reading("directory", lambda frame: frame.directory)
"""Makes the readers of answers of `list`."""

CONFIG_ALL: Final = _reading("config", _all)
"""Makes the readers of answers of `config`."""
