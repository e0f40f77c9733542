"""The configuration's store: workspace and type -> key -> value."""
# The methods are those that upstream's service calls, by these names.
# ruff: noqa: D102

import time
from collections import defaultdict
from typing import ClassVar


class MemoryConfig:
    """Configuration values and their version.

    The rows belong to the class, so that they can be filled before the service makes its instance. The
    version only ever grows, over restarts too, because a running gateway ignores a lower one.
    """

    rows: ClassVar[defaultdict[tuple[str, str], dict[str, str]]] = defaultdict(dict)
    version = int(time.time())

    def __init__(self, *args: object, **kwargs: object) -> None:
        pass

    async def inc_version(self):
        MemoryConfig.version += 1

    async def get_version(self):
        return MemoryConfig.version

    async def put_config(self, workspace, cls, key, value):
        self.rows[workspace, cls][key] = value

    async def get_value(self, workspace, cls, key):
        return self.rows.get((workspace, cls), {}).get(key)

    async def get_values(self, workspace, cls):
        return [[key, value] for key, value in self.rows.get((workspace, cls), {}).items()]

    async def get_values_all_ws(self, cls):
        return [
            (w, key, value) for (w, c), row in self.rows.items() if c == cls for key, value in row.items()
        ]

    async def get_keys_all_ws(self, cls):
        return [(workspace, key) for workspace, key, _ in await self.get_values_all_ws(cls)]

    async def get_all_for_workspace(self, workspace):
        return [
            (c, key, value)
            for (w, c), row in self.rows.items()
            if w == workspace
            for key, value in row.items()
        ]

    async def get_keys(self, workspace, cls):
        return list(self.rows.get((workspace, cls), {}))

    async def delete_key(self, workspace, cls, key):
        self.rows.get((workspace, cls), {}).pop(key, None)
