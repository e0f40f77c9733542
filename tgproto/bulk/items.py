"""Items to messages: one packer for each kind of data, for a gateway's dialect.

A batch is checked and written in one go. Only if something is wrong with it, it is gone through item by item.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from math import isfinite
from operator import countOf
from typing import Any, ClassVar, Generic, TypeAlias, TypeVar, cast

import msgspec

from tgproto.bulk.wire import TermWriter, check_iri, parsed_term, term_writer
from tgproto.dialect import Dialect, Tenancy, TermCodec
from tgproto.errors import InvalidItem, LocalProtocolError
from tgproto.types.bulk import (
    Batch,
    BulkMetadata,
    DocumentEmbedding,
    EntityContext,
    GraphEmbedding,
    Row,
    Unreadable,
)
from tgproto.types.terms import Term, Triple, WireTerm, as_term
from tgproto.types.wire import exact

T = TypeVar("T")
W = TypeVar("W")

MAX_FRAME = 50 * 2**20
"""Bytes of the longest message that a gateway takes (`gateway/endpoint/socket.py`, all releases)."""

DEFAULT_USER = "trustgraph"

UNWRITABLE = (TypeError, ValueError, OverflowError, RecursionError, LocalProtocolError)
"""What is raised for an item that cannot be written."""

Packed: TypeAlias = list[tuple[bytes, int]]
"""Messages, and how many items each holds."""


class Packer(ABC, Generic[W]):
    """Makes messages of items.

    Args:
        dialect: The gateway's habits.
        metadata: What is said about all items.
        batch_bytes: Length at which a message is divided, unless it holds one item only.

    Raises:
        LocalProtocolError: The gateway cannot be told the metadata.
        TypeError: A part of the metadata is of the wrong type.
        ValueError: A triple of the metadata is none.
    """

    def __init__(self, dialect: Dialect, metadata: BulkMetadata, batch_bytes: int) -> None:
        self.dialect = dialect
        self.terms: TermWriter = term_writer(dialect.terms)
        self._longest = min(batch_bytes, MAX_FRAME)
        self.metadata = msgspec.Raw(msgspec.json.encode(_written_metadata(metadata, dialect, self.terms)))
        self._said = bytes(self.metadata).decode()

    def pack(self, items: Sequence[object], position: int) -> tuple[Packed, list[InvalidItem]]:
        """Make messages of some items.

        Args:
            items: The items.
            position: How many came before them.

        Returns:
            The messages, without what is wrong; and that.
        """
        try:
            return self._divided(self.write_all(items)), []
        except UNWRITABLE:
            return self._pack_singly(items, position)

    def write_all(self, items: Sequence[object]) -> list[W]:
        """Return items as they are written."""
        write = self.write
        return [write(item) for item in items]

    def _term(self, term: Term) -> msgspec.Raw:
        return msgspec.Raw(self.terms.term(term).encode())

    @abstractmethod
    def write(self, item: object) -> W:
        """Return an item as it is written; raises one of `UNWRITABLE` if that is not possible."""

    @abstractmethod
    def encode(self, written: list[W]) -> bytes:
        """Return the message that holds items, which go together."""

    def groups(self, written: list[W]) -> Iterable[list[W]]:
        """Part items that do not go together in one message."""
        return (written,) if written else ()

    def _pack_singly(self, items: Sequence[object], position: int) -> tuple[Packed, list[InvalidItem]]:
        packed: Packed = []
        written: list[W] = []
        wrong: list[InvalidItem] = []
        for place, item in enumerate(items, position):
            try:
                if isinstance(item, Unreadable):
                    raise ValueError(item.reason)
                if isinstance(item, Batch):
                    whole = self._whole(cast("Batch[object]", item))
                    packed += [*self._divided(written), whole]
                    written = []
                else:
                    one = self.write(item)
                    self._checked([one])
                    written.append(one)
            except UNWRITABLE as error:
                wrong.append(InvalidItem(place, str(error) or type(error).__name__))
        return packed + self._divided(written), wrong

    def _whole(self, batch: Batch[object]) -> tuple[bytes, int]:
        """Return the message that holds a batch, with its own metadata; it counts as one item."""
        own = type(self)(self.dialect, batch.metadata, MAX_FRAME)
        frames = own._divided(own.write_all(batch))
        if len(frames) != 1:
            raise ValueError("the items of a batch must go together in one message, and there must be some")
        return frames[0][0], 1

    def _divided(self, written: list[W]) -> Packed:
        return [packed for group in self.groups(written) for packed in self._halved(group)]

    def _halved(self, group: list[W]) -> Iterator[tuple[bytes, int]]:
        frame = self._checked(group)
        if len(frame) <= self._longest or len(group) == 1:
            yield frame, len(group)
        else:
            middle = len(group) // 2
            yield from self._halved(group[:middle])
            yield from self._halved(group[middle:])

    def _checked(self, group: list[W]) -> bytes:
        frame = self.encode(group)
        if len(frame) > MAX_FRAME and len(group) == 1:
            raise ValueError(f"it takes {len(frame)} bytes, and a gateway accepts {MAX_FRAME}")
        return frame


# --- triples --------------------------------------------------------------------------------------


class _GivenTriple(msgspec.Struct, forbid_unknown_fields=True):
    s: WireTerm | str
    p: WireTerm | str
    o: WireTerm | str
    g: str | None = None


class TriplesPacker(Packer[Triple]):
    """Triples, or JSON objects like those on the wire. They are checked while they are written."""

    def write_all(self, items: Sequence[object]) -> list[Triple]:
        """Return the items as triples."""
        plain = countOf(map(type, items), Triple) == len(items)
        return list(cast("Sequence[Triple]", items) if plain else map(_triple_of, items))

    def write(self, item: object) -> Triple:
        """Return an item as a triple."""
        return _triple_of(item)

    def encode(self, written: list[Triple]) -> bytes:
        """Return a message."""
        return f'{{"metadata":{self._said},"triples":[{self.terms.triples(written)}]}}'.encode()


def _triple_of(item: object) -> Triple:
    if isinstance(item, Triple):
        return item
    given = _given(item, _GivenTriple, "a Triple")
    return Triple(_term_of(given.s), _term_of(given.p), _term_of(given.o), given.g or "")


# --- embeddings of entities -----------------------------------------------------------------------


Pieces: TypeAlias = tuple[bytes, ...]
"""A text in pieces: what is long is copied as seldom as possible."""


class _LongItems(Packer[Pieces]):
    """Items of which a few make a long message."""

    member: ClassVar[bytes]
    """What messages call their items."""

    def encode(self, written: list[Pieces]) -> bytes:
        """Return a message."""
        pieces = [b'{"metadata":%b,"%b":[' % (self.metadata, self.member)]
        for item in written:
            pieces += item
            pieces.append(b",")
        pieces[-1] = b"]}"
        return b"".join(pieces)

    def groups(self, written: list[Pieces]) -> Iterator[list[Pieces]]:
        """Part items that are too long together."""
        group: list[Pieces] = []
        room = self._longest
        for item in written:
            size = sum(map(len, item)) + 1
            if group and size > room:
                yield group
                group, room = [], self._longest
            group.append(item)
            room -= size
        if group:
            yield group


class _GivenEntity(msgspec.Struct, forbid_unknown_fields=True):
    entity: WireTerm | str
    vector: list[float] | None = None
    vectors: list[list[float]] | None = None


class _EntitiesFrame(msgspec.Struct):
    metadata: msgspec.Raw
    entities: list[Any]


class GraphEmbeddingsPacker(_LongItems):
    """`GraphEmbedding`s, or JSON objects like those on the wire."""

    member = b"entities"

    def write(self, item: object) -> Pieces:
        """Return an embedding as it is written."""
        if isinstance(item, GraphEmbedding):
            term, vectors = as_term(item.entity), [_vector(item.vector)[1]]
        else:
            given = _given(item, _GivenEntity, "a GraphEmbedding")
            term, vectors = _term_of(given.entity), _vectors_of(given.vector, given.vectors)
        entity = self.terms.term(term).encode()
        if self.dialect.one_vector:
            return b'{"entity":%b,"vector":' % entity, _only(vectors), b"}"
        return b'{"entity":%b,"vectors":[' % entity, b",".join(vectors), b"]}"


# --- embeddings of chunks -------------------------------------------------------------------------


class _GivenChunk(msgspec.Struct, forbid_unknown_fields=True):
    chunk_id: str = ""
    vector: list[float] | None = None
    vectors: list[list[float]] | None = None
    chunk: str = ""
    attributes: dict[str, str | list[str]] = {}


class _ChunkVector(msgspec.Struct, omit_defaults=True):
    chunk_id: str
    vector: msgspec.Raw
    attributes: dict[str, str | list[str]] = {}


class _ChunkVectors(msgspec.Struct):
    chunk: str
    vectors: list[msgspec.Raw]


class DocumentEmbeddingsPacker(_LongItems):
    """`DocumentEmbedding`s, or JSON objects like those on the wire."""

    member = b"chunks"

    def write(self, item: object) -> Pieces:
        """Return an embedding as it is written."""
        if isinstance(item, DocumentEmbedding):
            vectors = [_vector(item.vector)[1]]
            attributes = _attributes(item.attributes)
        else:
            item = _given(item, _GivenChunk, "a DocumentEmbedding")
            vectors, attributes = _vectors_of(item.vector, item.vectors), item.attributes
        if self.dialect.one_vector:
            if not item.chunk_id:
                raise ValueError("this gateway needs the chunk_id of an embedded chunk")
            vector = msgspec.Raw(_only(vectors))
            return (msgspec.json.encode(_ChunkVector(exact(item.chunk_id), vector, attributes)),)
        if not item.chunk or attributes:
            raise ValueError("this gateway needs the text of a chunk (chunk), and has no attributes")
        return (msgspec.json.encode(_ChunkVectors(exact(item.chunk), list(map(msgspec.Raw, vectors)))),)


# --- contexts of entities -------------------------------------------------------------------------


class _GivenContext(msgspec.Struct, forbid_unknown_fields=True):
    entity: WireTerm | str
    context: str
    rdf_type: list[str] = []


class _Context(msgspec.Struct, omit_defaults=True):
    entity: msgspec.Raw
    context: str
    rdf_type: list[str] = []


class EntityContextsPacker(Packer[_Context]):
    """`EntityContext`s, or JSON objects like those on the wire."""

    def write(self, item: object) -> _Context:
        """Return a context as it is written."""
        if isinstance(item, EntityContext):
            term = as_term(item.entity)
            types = [] if not item.rdf_type else _texts("rdf_type", item.rdf_type)
        else:
            item = _given(item, _GivenContext, "an EntityContext")
            term, types = _term_of(item.entity), item.rdf_type
        if types and self.dialect.terms is TermCodec.VALUE:
            raise LocalProtocolError("rdf_type cannot be sent to this gateway: it is of 2.10.16 and later")
        return _Context(self._term(term), exact(item.context), [check_iri(iri) for iri in types])

    def encode(self, written: list[_Context]) -> bytes:
        """Return a message."""
        return msgspec.json.encode(_EntitiesFrame(self.metadata, written))


# --- rows -----------------------------------------------------------------------------------------


class _GivenRow(msgspec.Struct, forbid_unknown_fields=True):
    schema_name: str
    values: dict[str, str]
    confidence: float = 1.0
    source_span: str = ""


class _RowsFrame(msgspec.Struct):
    metadata: msgspec.Raw
    schema_name: str
    values: list[Mapping[str, str]]
    confidence: float
    source_span: str


class RowsPacker(Packer[Row]):
    """`Row`s, or JSON objects like them. Each message holds neighbours of one schema."""

    def write(self, item: object) -> Row:
        """Return a row, checked."""
        if not isinstance(item, Row):
            given = _given(item, _GivenRow, "a Row")
            item = Row(given.schema_name, given.values, given.confidence, given.source_span)
        if not item.schema_name:
            raise ValueError("a row needs the name of its schema (schema_name)")
        if not isfinite(item.confidence):
            raise ValueError("the confidence of a row must be a finite number")
        values = {
            exact(name): exact(value) for name, value in _mapping("the values of a row", item.values).items()
        }
        if not values:
            raise ValueError("a row needs values")
        return Row(exact(item.schema_name), values, float(item.confidence), exact(item.source_span))

    def groups(self, written: list[Row]) -> Iterable[list[Row]]:
        """Part rows where the schema changes, or what else a message says once."""
        return (list(group) for _, group in groupby(written, _shared))

    def encode(self, written: list[Row]) -> bytes:
        """Return a message."""
        values = [row.values for row in written]
        return msgspec.json.encode(_RowsFrame(self.metadata, *_shared_by_name(written[0], values)))


def _shared(row: Row) -> tuple[str, float, str]:
    return row.schema_name, row.confidence, row.source_span


def _shared_by_name(
    row: Row, values: list[Mapping[str, str]]
) -> tuple[str, list[Mapping[str, str]], float, str]:
    return row.schema_name, values, row.confidence, row.source_span


# --- parts ----------------------------------------------------------------------------------------


def vector_of(value: object) -> list[float]:
    """Return a vector as a list of plain numbers; arrays with `tolist` are taken, too.

    Raises:
        TypeError: It is no sequence, or something in it is no number.
        ValueError: It is empty, or a number is infinite or NaN.
        OverflowError: A number is too large.
    """
    return _vector(value)[0]


def _vector(value: object) -> tuple[list[float], bytes]:
    """Return a vector as `vector_of` does, and as it is written."""
    tolist: Callable[[], object] | None = getattr(value, "tolist", None)
    plain = value if tolist is None else tolist()
    try:
        numbers = msgspec.convert(plain, list[float])
    except (msgspec.ValidationError, TypeError):  # numbers of other classes, or no numbers at all
        if isinstance(plain, str | bytes | Mapping) or not isinstance(plain, Iterable):
            raise TypeError(f"a vector must be a list of numbers, not {type(value).__name__}") from None
        numbers = [_number(number) for number in cast("Iterable[object]", plain)]
    if not numbers:
        raise ValueError("a vector must not be empty")
    text = msgspec.json.encode(numbers)
    if b"n" in text:  # a null, which is written for what is no number in JSON
        raise ValueError("a vector must have finite numbers: NaN and infinity are none in JSON")
    return numbers, text


def _number(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError(f"a vector must be made of numbers, not {type(value).__name__}")
    return float(value)


def _vectors_of(vector: list[float] | None, vectors: list[list[float]] | None) -> list[bytes]:
    given = vectors or ([] if vector is None else [vector])
    if not given or (vectors and vector is not None):
        raise ValueError("an embedding needs a vector, or vectors")
    return [_vector(one)[1] for one in given]


def _only(vectors: list[bytes]) -> bytes:
    if len(vectors) != 1:
        raise LocalProtocolError("this gateway takes one vector in each item; give an item for each vector")
    return vectors[0]


def _attributes(value: Mapping[str, str | Sequence[str]]) -> dict[str, str | list[str]]:
    return {
        exact(name): exact(item) if isinstance(item, str) else _texts(f"attribute {name!r}", item)
        for name, item in _mapping("the attributes of a chunk", value).items()
    }


def _mapping(name: str, value: Mapping[str, T]) -> Mapping[str, T]:
    if not isinstance(value, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"{name} must be a mapping, such as a dict, not {type(value).__name__}")
    return value


def _texts(name: str, value: Sequence[str]) -> list[str]:
    if isinstance(value, str):
        raise TypeError(f"{name} must be a list of strings, not one string")
    return [exact(one) for one in value]


G = TypeVar("G", bound=msgspec.Struct)


def _given(item: object, shape: type[G], wanted: str) -> G:
    """Return what a JSON object means; it may come from an export."""
    if not isinstance(item, Mapping):
        raise TypeError(f"it must be {wanted}, or a dict, not {type(item).__name__}")
    return msgspec.convert(item, shape)


def _term_of(given: WireTerm | str) -> Term:
    return as_term(given) if isinstance(given, str) else parsed_term(given)


def _written_metadata(metadata: BulkMetadata, dialect: Dialect, terms: TermWriter) -> Mapping[str, object]:
    if not isinstance(metadata, BulkMetadata):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"metadata must be BulkMetadata, not {type(metadata).__name__}")
    written: dict[str, object] = {"id": exact(metadata.id)}
    if dialect.terms is TermCodec.TERM:
        written["root"] = exact(metadata.root)
    elif metadata.root:
        raise LocalProtocolError("metadata root cannot be sent to this gateway: 1.x has none")
    written["collection"] = exact(metadata.collection)
    if dialect.tenancy is Tenancy.USER:
        written["user"] = exact(metadata.user if metadata.user is not None else DEFAULT_USER)
        written["metadata"] = msgspec.Raw(f"[{terms.triples(map(_triple_of, metadata.metadata))}]".encode())
    return written


PACKERS: Mapping[str, type[Packer[Any]]] = {
    "triples": TriplesPacker,
    "graph-embeddings": GraphEmbeddingsPacker,
    "document-embeddings": DocumentEmbeddingsPacker,
    "entity-contexts": EntityContextsPacker,
    "rows": RowsPacker,
}
"""What makes messages of items, by kind of data."""
