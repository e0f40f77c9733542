"""The collections of a workspace, or of a user in 1.x: names for parts of its data."""

from __future__ import annotations

import json
from collections.abc import Collection, MutableMapping, Sequence
from typing import Any, TypeAlias

from tgproto.gateway.stores.failures import keep

Record: TypeAlias = dict[str, Any]
"""A collection, as it is answered."""


class Collections:
    """Collections by name.

    Args:
        texts: Where they are kept, as JSON text by name. In 2.x that is the configuration (librarian of
            2.11.1, `collection_manager.py`).
    """

    def __init__(self, texts: MutableMapping[str, str]) -> None:
        self._texts = texts

    def find(self, name: str) -> Record | None:
        """Return a collection, if there is one."""
        text = self._texts.get(name)
        return None if text is None else _read(text)

    def select(self, tags: Collection[str] = ()) -> Sequence[Record]:
        """Return the collections.

        Args:
            tags: Only those that have one of these; empty for all.
        """
        found = map(_read, self._texts.values())
        return [record for record in found if not tags or set(tags) & set(record["tags"])]

    def keep(self, record: Record) -> None:
        """Keep a collection by its member `collection`."""
        keep(self._texts, str(record["collection"]), json.dumps(record))

    def ensure(self, record: Record) -> None:
        """Keep a collection, unless there is one of that name."""
        if str(record["collection"]) not in self._texts:
            self.keep(record)

    def forget(self, name: str) -> None:
        """Forget a collection, if there is one."""
        self._texts.pop(name, None)


def _read(text: str) -> Record:
    """Return a record. What somebody wrote there as configuration may be anything, and fails as such."""
    return dict(json.loads(text).items())
