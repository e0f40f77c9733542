"""What searches by meaning find."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import SupportsIndex, TypeVar, overload

from tgproto.types.record import Members, Record
from tgproto.types.terms import Term
from tgproto.types.wire import Json

M = TypeVar("M")


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


class Matches(Members, list[M]):
    """What was found, best first. Subscription with a name reaches the answer: `matches["entities"]`.

    Args:
        matches: What was found.
        payload: JSON text of the answer, an object.
    """

    __slots__ = ("payload",)

    def __init__(self, matches: Iterable[M] = (), *, payload: bytes = b"{}") -> None:
        super().__init__(matches)
        self.payload = payload

    @overload
    def __getitem__(self, key: SupportsIndex) -> M: ...
    @overload
    def __getitem__(self, key: slice) -> list[M]: ...
    @overload
    def __getitem__(self, key: str) -> Json: ...
    def __getitem__(self, key: SupportsIndex | slice | str) -> M | list[M] | Json:
        return self.members()[key] if isinstance(key, str) else super().__getitem__(key)


class EntityMatches(Matches[EntityMatch]):
    """The entities found, best first. Subscription with a name reaches the answer: `matches["entities"]`."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class ChunkMatch(Record):
    """A chunk of a document that is close in meaning.

    Attributes:
        chunk_id: Its id.
        score: How close it is, at best 1.
        attributes: What it was indexed with; 2.10.0 and later.
        payload: JSON text of the match.
    """

    chunk_id: str
    score: float | None = None
    attributes: Mapping[str, str | Sequence[str]] = field(default_factory=dict[str, "str | Sequence[str]"])
    payload: bytes = field(default=b"{}", repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class RowMatch(Record):
    """A row of structured data that is close in meaning.

    Attributes:
        index_name: The index of the schema by which it was found.
        index_value: Its values in that index.
        text: What was indexed.
        score: How close it is, at best 1.
        attributes: What it was indexed with; 2.10.0 and later.
        payload: JSON text of the match.
    """

    index_name: str
    index_value: tuple[str, ...] = ()
    text: str = ""
    score: float | None = None
    attributes: Mapping[str, str | Sequence[str]] = field(default_factory=dict[str, "str | Sequence[str]"])
    payload: bytes = field(default=b"{}", repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class RerankMatch(Record):
    """How well a document answers a query.

    Attributes:
        document_id: Id of the document.
        query_id: Id of the query.
        score: How well it does; larger is better.
        payload: JSON text of the match.
    """

    document_id: str
    query_id: str = ""
    score: float | None = None
    payload: bytes = field(default=b"{}", repr=False, compare=False)
