"""What retrieval selected: edges of the graph and passages of documents, with scores."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Self

from tgproto.types.description import TG, Description, TripleLike, number
from tgproto.types.terms import QuotedTriple, Triple


class Edge(Triple, Mapping[str, str]):
    """An edge of the graph: a triple whose parts can also be subscripted as strings, as `edge["s"]`."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        """Compare it with a triple, which may be an edge or not."""
        if not isinstance(other, Triple):
            return NotImplemented
        return (self.s, self.p, self.o, self.g) == (other.s, other.p, other.o, other.g)

    __hash__ = Triple.__hash__

    def __getitem__(self, name: str) -> str:
        if name not in ("s", "p", "o"):
            raise KeyError(name)
        return str(getattr(self, name))

    def __iter__(self) -> Iterator[str]:
        return iter("spo")

    def __len__(self) -> int:
        return 3


@dataclass(frozen=True, slots=True)
class EdgeSelection:
    """An edge that was selected for an answer.

    Attributes:
        uri: IRI of the selection.
        edge: The edge; None if the description does not say.
        reasoning: Why it was selected; empty if it was scored instead.
        concept: The concept of the question to which it belongs; possibly empty.
        score: How well it fits, larger is better; None if it was not scored.
    """

    uri: str
    edge: Edge | None = None
    reasoning: str = ""
    concept: str = ""
    score: float | None = None

    @classmethod
    def from_triples(cls, uri: str, triples: Iterable[TripleLike]) -> Self:
        """Read one.

        Args:
            uri: IRI of the selection.
            triples: Statements about it; those about others do not matter.
        """
        said = Description(uri, triples)
        quoted = (term.triple for term in said.terms(TG + "edge") if isinstance(term, QuotedTriple))
        edge = next((Edge(triple.s, triple.p, triple.o, triple.g) for triple in quoted), None)
        return cls(uri, edge, said.text(TG + "reasoning"), said.text(TG + "concept"), _score(said))


@dataclass(frozen=True, slots=True)
class ChunkSelection:
    """A passage of a document that was selected for an answer.

    Attributes:
        uri: IRI of the selection.
        document: IRI of the passage, by which the library knows it.
        score: How well it fits, larger is better; None if it was not scored.
    """

    uri: str
    document: str = ""
    score: float | None = None

    @classmethod
    def from_triples(cls, uri: str, triples: Iterable[TripleLike]) -> Self:
        """Read one.

        Args:
            uri: IRI of the selection.
            triples: Statements about it; those about others do not matter.
        """
        said = Description(uri, triples)
        return cls(uri, said.text(TG + "document"), _score(said))


def _score(said: Description) -> float | None:
    return number(float, said.text(TG + "score"), None)
