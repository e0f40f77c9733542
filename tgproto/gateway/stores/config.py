"""The configuration of a workspace, or of a whole gateway 1.x: texts by type and key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from tgproto.gateway.stores.failures import ServiceFailure, keep

MAX_VALUE = 2**24
"""Longest value, in characters."""

Key: TypeAlias = tuple[str, str]
"""A type, and a key of that type."""


class ConfigStore:
    """Values and a version, which grows with each change.

    Each method returns the members that an operation fills.
    """

    def __init__(self) -> None:
        self.version = 1
        self._sections: dict[str, dict[str, str]] = {}

    def section(self, kind: str) -> dict[str, str]:
        """Return the values of a type by key, to be read and changed by another store."""
        keep(self._sections, kind, self._sections.get(kind, {}))
        return self._sections[kind]

    def get(self, keys: Iterable[Key]) -> Mapping[str, object]:
        """Return single values; null for one that is not there."""
        values = [(kind, key, self._sections.get(kind, {}).get(key)) for kind, key in keys]
        return self._answer(values=[_value(*value) for value in values])

    def list(self, kind: str) -> Mapping[str, object]:
        """Name the keys of a type."""
        return self._answer(directory=[*self._sections.get(kind, {})])

    def get_values(self, kind: str) -> Mapping[str, object]:
        """Return the values of a type."""
        section = self._sections.get(kind, {})
        return self._answer(values=[_value(kind, key, value) for key, value in section.items()])

    def everything(self) -> Mapping[str, object]:
        """Return all values."""
        return self._answer(config={kind: dict(values) for kind, values in self._sections.items() if values})

    def put(self, values: Iterable[tuple[str, str, str]]) -> Mapping[str, object]:
        """Keep values: a type, a key, and the text."""
        for kind, key, value in values:
            if len(value) > MAX_VALUE:
                raise ServiceFailure("config-error", f"a value may have {MAX_VALUE} characters")
            keep(self.section(kind), key, value)
        self.version += 1
        return {}

    def delete(self, keys: Iterable[Key]) -> Mapping[str, object]:
        """Forget values, those that are there."""
        for kind, key in keys:
            self._sections.get(kind, {}).pop(key, None)
        self.version += 1
        return {}

    def _answer(self, **members: object) -> Mapping[str, object]:
        return {"version": self.version, **members}


def _value(kind: str, key: str, value: str | None) -> Mapping[str, object]:
    return {"type": kind, "key": key, "value": value}
