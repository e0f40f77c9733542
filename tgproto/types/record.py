"""What results share that keep the JSON they were made from, and hand it out by wire name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from tgproto import lenient
from tgproto.types.wire import Json


class Members:
    """Something made from a JSON object, whose text it keeps as `payload`."""

    __slots__ = ()

    payload: bytes

    def members(self) -> dict[str, Json]:
        """Return the members by wire name, newly decoded."""
        return cast("dict[str, Json]", lenient.loads(self.payload))

    def get(self, name: str, default: Json = None) -> Json:
        """Return a member by wire name.

        Args:
            name: Name of the member.
            default: What to return if the gateway did not send it.
        """
        return self.members().get(name, default)


class Record(Members):
    """A result with attributes that can also be subscripted by wire name: `record["description"]`."""

    __slots__ = ()

    def __getitem__(self, name: str) -> Json:
        return self.members()[name]

    def __contains__(self, name: object) -> bool:
        return name in self.members()

    def __iter__(self) -> Iterator[str]:
        return iter(self.members())
