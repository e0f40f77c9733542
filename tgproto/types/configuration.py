"""What the configuration holds: values by type and key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from tgproto.types.record import Record
from tgproto.types.wire import Json


@dataclass(frozen=True, slots=True)
class ConfigKey:
    """Where a value is.

    Attributes:
        type: What kind of thing it configures, for instance `prompt`.
        key: Which of them.
    """

    type: str
    key: str


@dataclass(frozen=True, slots=True)
class ConfigValue(Record):
    """A value, and where it is.

    Attributes:
        type: What kind of thing it configures, for instance `prompt`.
        key: Which of them.
        value: The text, by convention JSON; None if nothing is there.
        workspace: The workspace that it is in, if it was asked for in all of them; otherwise empty.
        payload: JSON text of what else the gateway says about it, an object.
    """

    type: str
    key: str
    value: str | None
    workspace: str = ""
    payload: bytes = field(default=b"{}", repr=False, compare=False)

    def members(self) -> dict[str, Json]:
        """Return the members by wire name."""
        known: dict[str, Json] = {"type": self.type, "key": self.key, "value": self.value}
        where: dict[str, Json] = {"workspace": self.workspace} if self.workspace else {}
        return {**Record.members(self), **known, **where}


class Configuration(NamedTuple):
    """The whole configuration of a workspace. It unpacks to `config, version`.

    Attributes:
        config: Values by type and key.
        version: How often the configuration was changed so far; of all workspaces.
    """

    config: dict[str, dict[str, str]]
    version: int


ConfigKeyLike: TypeAlias = ConfigKey | ConfigValue | tuple[str, str] | Mapping[str, object]
"""A key; or `(type, key)`, or a mapping with these members; or a value that is there."""

ConfigValueLike: TypeAlias = ConfigValue | tuple[str, str, str] | Mapping[str, object]
"""A value; or `(type, key, value)`, or a mapping with these members."""
