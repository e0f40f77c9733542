"""How documents and processings are described to gateways."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.catalogue import body
from tgproto.catalog import LibraryCalls
from tgproto.catalog.library_answers import document as read_document
from tgproto.catalog.library_scope import described, processed
from tgproto.dialect import GENERATION_1, GENERATION_2, MIXED_2_2, Dialect
from tgproto.errors import NotOffered
from tgproto.types import IRI, DocumentMetadata, Literal, ProcessingMetadata, Triple
from tgproto.types.wire import encode

LIBRARY = LibraryCalls()
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
names = texts.filter(bool)
terms = st.builds(IRI, names) | st.builds(Literal, texts)
triples = st.builds(Triple, terms, terms, terms)
documents = st.builds(
    DocumentMetadata,
    id=names,
    time=st.integers(1, 2**33),
    kind=names,
    title=texts,
    comments=texts,
    metadata=st.lists(triples, max_size=3),
    tags=st.lists(texts, max_size=3),
)


@given(documents, texts, names, names)
def test_a_description_comes_back_as_it_went(
    document: DocumentMetadata, parent: str, kind: str, user: str
) -> None:
    for dialect, extra in (
        (GENERATION_2, {"parent_id": parent, "document_type": kind}),
        (GENERATION_1, {"user": user}),
    ):
        sent = DocumentMetadata(
            document.id,
            document.time,
            document.kind,
            document.title,
            document.comments,
            document.metadata,
            document.tags,
            **extra,  # type: ignore[arg-type]
        )
        wire = body(LIBRARY.put_document(sent, b""), dialect)["document-metadata"]
        assert read_document(encode(wire)) == sent


@pytest.mark.parametrize(
    ("dialect", "told", "user", "owner"),
    [
        (GENERATION_2, "", None, None),
        (GENERATION_2, "me", "you", None),
        (GENERATION_1, "", None, "trustgraph"),
        (GENERATION_1, "me", None, "me"),
        (GENERATION_1, "me", "you", "you"),
        (MIXED_2_2, "", "you", "you"),
    ],
)
def test_only_gateways_with_users_are_told_whose_it_is(
    dialect: Dialect, told: str, user: str | None, owner: str | None
) -> None:
    document = described(DocumentMetadata("urn:d", kind="k", user=told), user)(dialect)["document-metadata"]
    processing = processed(ProcessingMetadata("p", "urn:d", user=told), user)(dialect)["processing-metadata"]
    assert document.get("user") == processing.get("user") == owner  # type: ignore[attr-defined]
    assert ("document-type" in document) is dialect.chunks  # type: ignore[operator]


def test_no_parent_where_there_are_none() -> None:
    described(DocumentMetadata("urn:d", kind="k", parent_id="urn:p"), None)(GENERATION_2)
    with pytest.raises(NotOffered, match=r"belong to another: .* does not have it; it came with 2\.1\.1"):
        described(DocumentMetadata("urn:d", kind="k", parent_id="urn:p"), None)(GENERATION_1)


@pytest.mark.parametrize(
    ("members", "kind", "said"),
    [
        ({"id": ""}, ValueError, "id must not be empty"),
        ({"kind": ""}, ValueError, "kind must not be empty"),
        ({"title": 1}, TypeError, "title must be a str"),
        ({"metadata": [1]}, TypeError, r"metadata\[0\] must be a Triple"),
        ({"document_type": ""}, ValueError, "document_type must not be empty"),
        ({"user": 1}, TypeError, "user must be a str"),
    ],
)
def test_what_cannot_be_sent(members: dict[str, Any], kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=said):
        described(DocumentMetadata(**{"id": "urn:d", "kind": "k", **members}), None)


@pytest.mark.parametrize("member", ["id", "document_id", "flow", "collection"])
def test_a_processing_names_everything(member: str) -> None:
    good: dict[str, Any] = {"id": "p", "document_id": "urn:d"}
    with pytest.raises(ValueError, match=f"{member} must not be empty"):
        processed(ProcessingMetadata(**{**good, member: ""}), None)
