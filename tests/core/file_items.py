"""Strategies for items of every kind, for tests of file formats."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tgproto.types.bulk import DocumentEmbedding, EntityContext, GraphEmbedding, Row
from tgproto.types.terms import IRI, BlankNode, Literal, QuotedTriple, Triple

ANY_TEXT = st.text(st.characters())  # with lone surrogates and control characters
NUMBERS = st.lists(st.floats(), max_size=4)

_PLAIN = (
    st.builds(IRI, ANY_TEXT)
    | st.builds(BlankNode, ANY_TEXT)
    | st.builds(Literal, ANY_TEXT, st.none() | st.text(min_size=1), st.none() | st.text(min_size=1))
)
TERMS = st.recursive(
    _PLAIN, lambda inner: st.builds(QuotedTriple, st.builds(Triple, inner, inner, inner)), max_leaves=4
)
ITEMS: dict[str, st.SearchStrategy[Any]] = {
    "triples": st.builds(Triple, TERMS, TERMS, TERMS, ANY_TEXT),
    "graph-embeddings": st.builds(GraphEmbedding, TERMS, NUMBERS),
    "document-embeddings": st.builds(
        DocumentEmbedding,
        ANY_TEXT,
        NUMBERS,
        ANY_TEXT,
        st.dictionaries(ANY_TEXT, ANY_TEXT | st.lists(ANY_TEXT, max_size=2), max_size=2),
    ),
    "entity-contexts": st.builds(EntityContext, TERMS, ANY_TEXT, st.lists(ANY_TEXT, max_size=2)),
    "rows": st.builds(Row, ANY_TEXT, st.dictionaries(ANY_TEXT, ANY_TEXT, max_size=3), st.floats(), ANY_TEXT),
}
"""Items by kind of data: whatever a gateway might have."""

_ABSOLUTE = st.from_regex(r"\A[a-z][a-z0-9+.-]{0,5}:[^\x00-\x20<>\"{}|^`\\\ud800-\udfff]{0,8}\Z")
_IRIS = st.builds(IRI, _ABSOLUTE)
_NODES = _IRIS | st.builds(BlankNode, st.from_regex(r"\A[A-Za-z0-9]{1,5}\Z"))
_VALUES = st.text(st.characters(exclude_categories=["Cs"]))
WRITABLE = st.builds(
    Triple,
    _NODES,
    _IRIS,
    _NODES
    | st.builds(Literal, _VALUES)
    | st.builds(Literal, _VALUES, _ABSOLUTE)
    | st.builds(Literal, _VALUES, st.none(), st.from_regex(r"\A[a-z]{1,4}(-[a-z0-9]{1,4})?\Z")),
)
"""Triples that RDF can say."""
