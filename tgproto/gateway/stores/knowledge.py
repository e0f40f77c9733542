"""The knowledge cores of a workspace, or of a user in 1.x: batches of triples and embeddings by document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

from tgproto.gateway.stores.failures import Unexpected, keep
from tgproto.types.terms import Literal, Term, Triple

MAX_BATCHES = 10_000
"""Batches of one kind that a core may have."""

B = TypeVar("B")

Metadata: TypeAlias = Mapping[str, object]
"""What a batch says about itself."""
Rows: TypeAlias = Sequence[Mapping[str, object]]
"""Embeddings, as they are answered."""


@dataclass(slots=True)
class Core:
    """What was learnt from a document.

    Attributes:
        triples: Batches of triples, each with its metadata.
        entities: Batches of graph embeddings, likewise.
    """

    triples: list[tuple[Metadata, Sequence[Triple]]] = field(
        default_factory=list[tuple[Metadata, Sequence[Triple]]]
    )
    entities: list[tuple[Metadata, Rows]] = field(default_factory=list[tuple[Metadata, Rows]])

    def all_triples(self) -> Iterator[Triple]:
        """Yield the triples of all batches."""
        for _, batch in self.triples:
            yield from batch


class Cores:
    """Cores by the id of their document. What is not there is empty, not an error.

    Attributes:
        announced: What was said about documents whose content has not come yet, by id.
    """

    def __init__(self) -> None:
        self.announced: dict[str, Metadata] = {}
        self._graphs: dict[str, Core] = {}
        self._chunks: dict[str, list[tuple[Metadata, Rows]]] = {}

    # --- of graphs ----------------------------------------------------------------------------

    def names(self) -> list[str]:
        """Name the cores."""
        return list(self._graphs)

    def core(self, name: str) -> Core:
        """Return a core to read."""
        return self._graphs.get(name, Core())

    def add_triples(self, name: str, metadata: Metadata, triples: Sequence[Triple]) -> None:
        """Add a batch of triples. Datatypes and languages are lost, as in the store of a real gateway."""
        _append(self._core_to_change(name).triples, (metadata, [bare(triple) for triple in triples]))

    def add_entities(self, name: str, metadata: Metadata, entities: Rows) -> None:
        """Add a batch of graph embeddings."""
        _append(self._core_to_change(name).entities, (metadata, entities))

    def delete(self, name: str) -> None:
        """Forget a core, and what was learnt about the document's chunks."""
        self._graphs.pop(name, None)
        self.delete_chunks(name)

    # --- of documents -------------------------------------------------------------------------

    def chunk_names(self) -> list[str]:
        """Name the cores with document embeddings."""
        return list(self._chunks)

    def chunks(self, name: str) -> Sequence[tuple[Metadata, Rows]]:
        """Return the batches of document embeddings in a core."""
        return self._chunks.get(name, ())

    def add_chunks(self, name: str, metadata: Metadata, chunks: Rows) -> None:
        """Add a batch of document embeddings."""
        keep(self._chunks, name, self._chunks.get(name, []))
        _append(self._chunks[name], (metadata, chunks))

    def delete_chunks(self, name: str) -> None:
        """Forget the document embeddings in a core."""
        self._chunks.pop(name, None)

    def _core_to_change(self, name: str) -> Core:
        keep(self._graphs, name, self._graphs.get(name, Core()))
        return self._graphs[name]


def bare(triple: Triple) -> Triple:
    """Return a triple whose literals have neither datatype nor language."""
    return Triple(bare_term(triple.s), bare_term(triple.p), bare_term(triple.o), triple.g)


def bare_term(term: Term) -> Term:
    """Return a term without datatype and language."""
    return Literal(term.value) if isinstance(term, Literal) else term


def _append(batches: list[B], batch: B) -> None:
    if len(batches) >= MAX_BATCHES:
        raise Unexpected(f"a core has room for {MAX_BATCHES} batches of a kind")
    batches.append(batch)
