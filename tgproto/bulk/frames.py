"""Messages to items: what an export gives, whichever gateway it is from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Generic, TypeVar

import msgspec

from tgproto.errors import DecodeError
from tgproto.types.bulk import Batch, BulkMetadata, DocumentEmbedding, EntityContext, GraphEmbedding
from tgproto.types.terms import IRI, DraftLiteral, DraftTriple, Literal, Term, Triple, WireTerm, WireTriple
from tgproto.types.wire import Payload, Shape

T = TypeVar("T")


class MessageReader(ABC, Generic[T]):
    """Reads messages of one kind."""

    @abstractmethod
    def __call__(self, payload: Payload, /) -> Batch[T]:
        """Read a message.

        Raises:
            DecodeError: It is of another shape.
        """

    def ahead(self, payloads: Sequence[Payload], /) -> tuple[list[T], int]:
        """Read messages, up to one that cannot be read: what is wrong is told when that is read alone.

        Args:
            payloads: The messages.

        Returns:
            The items of all that were read, and how many messages that are.
        """
        items: list[T] = []
        for number, payload in enumerate(payloads):
            try:
                items += self(payload)
            except (DecodeError, ValueError):
                return items, number
        return items, len(payloads)


class _Metadata(msgspec.Struct, gc=False):
    id: str | None = None
    root: str | None = None
    collection: str | None = None
    user: str | None = None
    metadata: list[dict[str, Any]] | None = None

    def read(self) -> BulkMetadata:
        return BulkMetadata(
            self.id or "", self.root or "", self.collection or "", self.user, tuple(self.metadata or ())
        )


class _Triples(msgspec.Struct):
    metadata: _Metadata
    triples: list[WireTriple]


class _Entity(msgspec.Struct):
    entity: WireTerm
    vector: list[float] | None = None
    vectors: list[list[float]] | None = None


class _Entities(msgspec.Struct):
    metadata: _Metadata
    entities: list[_Entity]


class _Chunk(msgspec.Struct):
    vector: list[float] | None = None
    vectors: list[list[float]] | None = None
    chunk_id: str | None = None
    chunk: str | None = None


class _Chunks(msgspec.Struct):
    metadata: _Metadata
    chunks: list[_Chunk]


class _Context(msgspec.Struct):
    entity: WireTerm
    context: str | None = None


class _Contexts(msgspec.Struct):
    metadata: _Metadata
    entities: list[_Context]


F = TypeVar("F")

KNOWN = 10_000
"""IRIs that are kept, because they come again."""


class _Reader(MessageReader[T], Generic[F, T]):
    """Reads messages of one shape."""

    def __init__(self, kind: type[F], items: Callable[[F], Batch[T]]) -> None:
        self._shape: Shape[F] = Shape(kind)
        self._items = items

    def __call__(self, payload: Payload, /) -> Batch[T]:
        return self._items(self._shape.decode(payload))


def _triples(frame: _Triples) -> Batch[Triple]:
    return Batch([wire.triple() for wire in frame.triples], frame.metadata.read())


class _QuickTriples(msgspec.Struct, gc=False):
    metadata: msgspec.Raw
    triples: list[WireTriple]


_empty_batch: Callable[[], Batch[Triple]] = partial(Batch.__new__, Batch)
_NEVER = msgspec.Raw()  # no message has this


class _TriplesReader(MessageReader[Triple]):
    """Reads messages with triples as `_Reader` does, in a third of the time.

    What it does not know how to read quickly it leaves to that.
    """

    def __init__(self) -> None:
        self._carefully = _Reader(_Triples, _triples)
        self._decode = msgspec.json.Decoder(_QuickTriples).decode
        self._decode_metadata = msgspec.json.Decoder(_Metadata).decode
        self._last = _NEVER, BulkMetadata()  # neighbours have the same metadata
        self._iris: dict[str | None, IRI] = {}

    def __call__(self, payload: Payload, /) -> Batch[Triple]:
        batch = _empty_batch()
        count, batch.metadata = self._quickly((payload,), batch)
        return batch if count else self._carefully(payload)

    def ahead(self, payloads: Sequence[Payload], /) -> tuple[list[Triple], int]:
        items: list[Triple] = []
        done, _ = self._quickly(payloads, items)
        while done < len(payloads):
            others, count = self._carefully.ahead(payloads[done : done + 1])
            if not count:
                break
            items += others
            count, _ = self._quickly(payloads[done + 1 :], items)
            done += 1 + count
        return items, done

    def _quickly(self, payloads: Sequence[Payload], items: list[Triple]) -> tuple[int, BulkMetadata]:
        """Append the items of messages, up to one that cannot be read quickly.

        Returns:
            How many messages were read, and the metadata of the last one.
        """
        decode, known, term, append = self._decode, self._iris.get, self._term, items.append
        raw, metadata = self._last
        for count, payload in enumerate(payloads):
            try:
                frame = decode(payload)
                if frame.metadata != raw:
                    raw, metadata = self._metadata(frame.metadata)
            except (ValueError, RecursionError):
                return count, metadata
            for wire in frame.triples:
                s, p, o = wire.s, wire.p, wire.o
                if s is None or p is None or o is None:
                    append(wire.triple())
                    continue
                triple: Any = DraftTriple()
                triple.s = (s.t == "i" and known(s.i)) or term(s)
                triple.p = (p.t == "i" and known(p.i)) or term(p)
                if o.t == "l":
                    literal: Any = DraftLiteral()
                    literal.value = o.v or ""
                    literal.datatype = o.dt or None
                    literal.language = o.ln or None
                    literal.__class__ = Literal
                    triple.o = literal
                else:
                    triple.o = (o.t == "i" and known(o.i)) or term(o)
                triple.g = wire.g or ""
                triple.__class__ = Triple
                append(triple)
        return len(payloads), metadata

    def _metadata(self, raw: msgspec.Raw) -> tuple[msgspec.Raw, BulkMetadata]:
        metadata = self._decode_metadata(raw).read()
        if metadata.metadata:  # that could be changed by whoever gets it
            return _NEVER, metadata
        self._last = raw.copy(), metadata
        return self._last

    def _term(self, wire: WireTerm) -> Term:
        term = wire.term()
        if isinstance(term, IRI):
            if len(self._iris) >= KNOWN:
                self._iris.clear()
            self._iris[term.value] = term
        return term


def _graph_embeddings(frame: _Entities) -> Batch[GraphEmbedding]:
    return Batch(
        [
            GraphEmbedding(entity.entity.term(), vector)
            for entity in frame.entities
            for vector in _vectors(entity.vector, entity.vectors)
        ],
        frame.metadata.read(),
    )


def _document_embeddings(frame: _Chunks) -> Batch[DocumentEmbedding]:
    return Batch(
        [
            DocumentEmbedding(chunk.chunk_id or "", vector, chunk.chunk or "")
            for chunk in frame.chunks
            for vector in _vectors(chunk.vector, chunk.vectors)
        ],
        frame.metadata.read(),
    )


def _entity_contexts(frame: _Contexts) -> Batch[EntityContext]:
    return Batch(
        [EntityContext(entity.entity.term(), entity.context or "") for entity in frame.entities],
        frame.metadata.read(),
    )


def _vectors(vector: list[float] | None, vectors: list[list[float]] | None) -> list[list[float]]:
    """Return the vectors of an item: one in 2.x, any number in 1.x, an item each."""
    return vectors or [vector or []]


READERS: Mapping[str, MessageReader[Any]] = {
    "triples": _TriplesReader(),
    "graph-embeddings": _Reader(_Entities, _graph_embeddings),
    "document-embeddings": _Reader(_Chunks, _document_embeddings),
    "entity-contexts": _Reader(_Contexts, _entity_contexts),
}
"""What reads messages, by kind of data."""
