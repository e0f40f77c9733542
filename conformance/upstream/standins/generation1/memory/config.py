"""The configuration's store: type -> key -> value."""
# The methods are those that upstream's service calls, by these names.
# ruff: noqa: ARG002, D102

from collections import defaultdict
from typing import ClassVar


class MemoryConfig:
    """Configuration values and their version; the rows can be filled before there is an instance."""

    rows: ClassVar[defaultdict[str, dict[str, str]]] = defaultdict(dict)

    def __init__(self, *args: object, **kwargs: object) -> None:
        self.version = 0

    async def inc_version(self):
        self.version += 1

    async def get_version(self):
        return self.version

    async def put_config(self, cls, key, value):
        self.rows[cls][key] = value

    async def get_value(self, cls, key):
        return self.rows.get(cls, {}).get(key)

    async def get_values(self, cls):
        return [[key, value] for key, value in self.rows.get(cls, {}).items()]

    async def get_all(self):
        return [(cls, key, value) for cls, row in self.rows.items() for key, value in row.items()]

    async def get_keys(self, cls):
        return list(self.rows.get(cls, {}))

    async def delete_key(self, cls, key):
        self.rows.get(cls, {}).pop(key, None)
