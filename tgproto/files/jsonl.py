"""Items as JSON, one object on each line, in the attribute names of the classes in `tgproto.types.bulk`.

A term is an object as gateways 2.x write it, `{"t":"i","i":…}`, because N-Triples cannot say every term that
a gateway may have. Those of 1.x, `{"v":…,"e":…}`, are read as well, and strings as `as_term` judges them.
What has its default value may be left out. Nothing is lost: NaN, infinity and lone surrogates are written as
Python's `json` does it, and read again. Only an empty datatype or language is none afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from math import isfinite
from typing import Any, TypeAlias

import msgspec

from tgproto import lenient
from tgproto.bulk.wire import parsed_term
from tgproto.dialect import TermCodec
from tgproto.files.items import Numbered, unmarked
from tgproto.types.bulk import DocumentEmbedding, EntityContext, GraphEmbedding, Row, Unreadable
from tgproto.types.terms import Term, TermLike, Triple, WireTerm, as_term, encode_term, encode_triple
from tgproto.types.wire import encode, exact

# --- reading --------------------------------------------------------------------------------------


class _Triple(msgspec.Struct, forbid_unknown_fields=True):
    s: WireTerm | str
    p: WireTerm | str
    o: WireTerm | str
    g: str = ""

    def item(self) -> Triple:
        return Triple(_term(self.s), _term(self.p), _term(self.o), self.g)


class _GraphEmbedding(msgspec.Struct, forbid_unknown_fields=True):
    entity: WireTerm | str
    vector: list[float]

    def item(self) -> GraphEmbedding:
        return GraphEmbedding(_term(self.entity), self.vector)


class _DocumentEmbedding(msgspec.Struct, forbid_unknown_fields=True):
    vector: list[float]
    chunk_id: str = ""
    chunk: str = ""
    attributes: dict[str, str | list[str]] = {}

    def item(self) -> DocumentEmbedding:
        return DocumentEmbedding(self.chunk_id, self.vector, self.chunk, self.attributes)


class _EntityContext(msgspec.Struct, forbid_unknown_fields=True):
    entity: WireTerm | str
    context: str
    rdf_type: list[str] = []

    def item(self) -> EntityContext:
        return EntityContext(_term(self.entity), self.context, self.rdf_type)


class _Row(msgspec.Struct, forbid_unknown_fields=True):
    schema_name: str
    values: dict[str, str]
    confidence: float = 1.0
    source_span: str = ""

    def item(self) -> Row:
        return Row(self.schema_name, self.values, self.confidence, self.source_span)


_Shape: TypeAlias = _Triple | _GraphEmbedding | _DocumentEmbedding | _EntityContext | _Row

_SHAPES: Mapping[str, type[_Shape]] = {
    "triples": _Triple,
    "graph-embeddings": _GraphEmbedding,
    "document-embeddings": _DocumentEmbedding,
    "entity-contexts": _EntityContext,
    "rows": _Row,
}

KINDS = tuple(_SHAPES)
"""The kinds of data."""


def read_json(kind: str, lines: Iterable[bytes | Unreadable]) -> Iterator[Numbered]:
    """Read items, one line after the other.

    Args:
        kind: What they are; one of `KINDS`.
        lines: Lines in UTF-8, with or without their ends. An `Unreadable` in place of a line stays one.

    Yields:
        The items. A line that is none is an `Unreadable`; empty lines and a byte order mark are nothing.

    Raises:
        ValueError: There is no such kind.
    """
    shape = _SHAPES.get(kind)
    if shape is None:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, not {kind!r}")
    decoder = msgspec.json.Decoder(shape)
    for number, line in enumerate(unmarked(lines), 1):
        if isinstance(line, Unreadable):
            yield Numbered(number, line)
            continue
        if line.isspace() or not line:
            continue
        try:
            yield Numbered(number, _decoded(decoder, shape, line).item())
        except (ValueError, RecursionError) as error:
            reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
            yield Numbered(number, Unreadable(reason))


def _decoded(decoder: msgspec.json.Decoder[_Shape], shape: type[_Shape], line: bytes) -> _Shape:
    try:
        return decoder.decode(line)
    except ValueError:
        return msgspec.convert(lenient.loads(line), shape)


def _term(given: WireTerm | str) -> Term:
    return as_term(given) if isinstance(given, str) else parsed_term(given)


# --- writing --------------------------------------------------------------------------------------


def format_json(kind: str, item: Any) -> bytes:
    """Write an item as a line.

    Args:
        kind: What it is; one of `KINDS`.
        item: A `Triple`, or what else belongs to the kind.

    Returns:
        The line, without its end.

    Raises:
        ValueError: There is no such kind, or the item has no strings where it should.
        TypeError: The item has something else where strings or numbers should be.
    """
    write = _WRITERS.get(kind)
    if write is None:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, not {kind!r}")
    return write(item)


def _triple_line(item: Triple) -> bytes:
    written = encode_triple(item, TermCodec.TERM)
    return encode(written)


def _graph_embedding_line(item: GraphEmbedding) -> bytes:
    vector = [float(number) for number in item.vector]
    return _with_numbers({"entity": _written(item.entity), "vector": vector}, vector)


def _document_embedding_line(item: DocumentEmbedding) -> bytes:
    vector = [float(number) for number in item.vector]
    written: dict[str, object] = {"chunk_id": exact(item.chunk_id), "vector": vector}
    if item.chunk:
        written["chunk"] = exact(item.chunk)
    if item.attributes:
        written["attributes"] = {
            exact(name): exact(value) if isinstance(value, str) else [exact(one) for one in value]
            for name, value in item.attributes.items()
        }
    return _with_numbers(written, vector)


def _entity_context_line(item: EntityContext) -> bytes:
    written: dict[str, object] = {"entity": _written(item.entity), "context": exact(item.context)}
    if item.rdf_type:
        written["rdf_type"] = [exact(iri) for iri in item.rdf_type]
    return encode(written)


def _row_line(item: Row) -> bytes:
    values = {exact(name): exact(value) for name, value in item.values.items()}
    written: dict[str, object] = {"schema_name": exact(item.schema_name), "values": values}
    if item.confidence != 1:
        written["confidence"] = float(item.confidence)
    if item.source_span:
        written["source_span"] = exact(item.source_span)
    return _with_numbers(written, [item.confidence])


_WRITERS: Mapping[str, Callable[[Any], bytes]] = {
    "triples": _triple_line,
    "graph-embeddings": _graph_embedding_line,
    "document-embeddings": _document_embedding_line,
    "entity-contexts": _entity_context_line,
    "rows": _row_line,
}


def _written(term: TermLike) -> dict[str, object]:
    return encode_term(as_term(term), TermCodec.TERM)


def _with_numbers(written: dict[str, object], numbers: list[float]) -> bytes:
    """Return an object with numbers that JSON may have no words for: the quick encoder would write null."""
    return encode(written) if all(map(isfinite, numbers)) else lenient.dumps(written)
