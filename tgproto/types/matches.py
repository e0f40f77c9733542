"""What searches by meaning find."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import SupportsIndex, overload

from tgproto.types.record import Members, Record
from tgproto.types.terms import Term
from tgproto.types.wire import Json


@dataclass(frozen=True, slots=True)
class EntityMatch(Record):
    """An entity of the graph that is close in meaning.

    Attributes:
        entity: The entity.
        score: How close it is, at best 1; None on gateways before 2.1.6, which do not tell.
        rdf_types: IRIs of its types, as far as they were indexed; 2.10.0 and later.
        attributes: What it was indexed with; 2.10.0 and later.
        payload: JSON text of the match.
    """

    entity: Term
    score: float | None = None
    rdf_types: tuple[str, ...] = ()
    attributes: Mapping[str, str | Sequence[str]] = field(default_factory=dict[str, "str | Sequence[str]"])
    payload: bytes = field(default=b"{}", repr=False, compare=False)


class EntityMatches(Members, list[EntityMatch]):
    """The entities found, best first. Subscription with a name reaches the answer: `matches["entities"]`.

    Args:
        matches: The entities.
        payload: JSON text of the answer, an object.
    """

    __slots__ = ("payload",)

    def __init__(self, matches: Iterable[EntityMatch] = (), *, payload: bytes = b"{}") -> None:
        super().__init__(matches)
        self.payload = payload

    @overload
    def __getitem__(self, key: SupportsIndex) -> EntityMatch: ...
    @overload
    def __getitem__(self, key: slice) -> list[EntityMatch]: ...
    @overload
    def __getitem__(self, key: str) -> Json: ...
    def __getitem__(self, key: SupportsIndex | slice | str) -> EntityMatch | list[EntityMatch] | Json:
        return self.members()[key] if isinstance(key, str) else super().__getitem__(key)
