"""Embeddings as columns: texts, and a vector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tgproto.bulk.items import vector_of
from tgproto.files import read_term
from tgproto.rdf import format_term
from tgproto.types.bulk import DocumentEmbedding, GraphEmbedding, Unreadable
from tgproto.types.terms import as_term

TEXTS: Mapping[str, tuple[str, ...]] = {
    "graph-embeddings": ("entity",),
    "document-embeddings": ("chunk_id", "chunk"),
}
"""The columns of texts, by kind of data; the first one must be there."""


def columns_of(item: GraphEmbedding | DocumentEmbedding) -> tuple[list[str], list[float]]:
    """Return the texts of an embedding and its vector.

    Raises:
        ValueError: There is no column for what it has.
        TypeError: The vector is none.
    """
    vector = [float(number) for number in vector_of(item.vector)]
    if isinstance(item, GraphEmbedding):
        return [format_term(as_term(item.entity))], vector
    if item.attributes:
        raise ValueError("there is no column for attributes: write JSON Lines")
    return [item.chunk_id, item.chunk], vector


def item_of(kind: str, texts: Sequence[Any], vector: Any) -> GraphEmbedding | DocumentEmbedding | Unreadable:
    """Return the embedding that columns have."""
    if vector is None or not all(isinstance(text, str) for text in texts):
        return Unreadable("a column has no value, or one that is no text")
    if kind == "document-embeddings":
        return DocumentEmbedding(texts[0], vector, texts[1] if len(texts) > 1 else "")
    try:
        return GraphEmbedding(read_term(texts[0]), vector)
    except ValueError as error:
        return Unreadable(str(error))
