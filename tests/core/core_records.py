"""Records of knowledge cores for tests, of any kind that a generation can express."""

from __future__ import annotations

from hypothesis import strategies as st

from tgproto.types import IRI, BlankNode, Literal, Triple
from tgproto.types.cores import (
    CoreMetadata,
    CoreRecord,
    EntityVectors,
    GraphEmbeddingsBatch,
    LibraryBlob,
    LibraryMetadata,
    TriplesBatch,
)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
names = texts.filter(bool)
numbers = st.floats(allow_nan=False, allow_infinity=False, width=32)
vectors = st.lists(numbers, min_size=1, max_size=4)

old_terms = st.builds(IRI, names) | st.builds(Literal, texts)
old_triples = st.builds(Triple, old_terms, old_terms, old_terms)
old_metadata = st.builds(
    CoreMetadata, names, st.just(""), names, names, st.lists(old_triples, max_size=2).map(tuple)
)
old_records: st.SearchStrategy[CoreRecord] = st.builds(
    TriplesBatch, st.lists(old_triples, max_size=3), old_metadata
) | st.builds(
    GraphEmbeddingsBatch,
    st.lists(st.builds(EntityVectors, old_terms, st.lists(vectors, min_size=1, max_size=3)), max_size=3),
    old_metadata,
)

new_terms = old_terms | st.builds(BlankNode, names) | st.builds(Literal, texts, names)
new_triples = st.builds(Triple, new_terms, new_terms, new_terms, texts)
new_metadata = st.builds(CoreMetadata, names, st.just(""), names)
new_records: st.SearchStrategy[CoreRecord] = (
    st.builds(TriplesBatch, st.lists(new_triples, max_size=3), new_metadata)
    | st.builds(
        GraphEmbeddingsBatch,
        st.lists(st.builds(EntityVectors, new_terms, vectors.map(lambda vector: [vector])), max_size=3),
        new_metadata,
    )
    | st.builds(
        LibraryMetadata, names, texts, texts, texts, names, texts, st.lists(texts, max_size=2).map(tuple)
    )
    | st.builds(LibraryBlob, names, st.binary(max_size=9))
)
