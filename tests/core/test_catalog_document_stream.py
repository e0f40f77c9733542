"""Documents over HTTP as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.core.catalogue import answer
from tgproto.catalog.document_stream import DocumentStreamOps
from tgproto.catalog.scopes import PureScope
from tgproto.dialect import GENERATION_1, GENERATION_2
from tgproto.errors import NotOffered
from tgproto.session.request import Answer, Form, Request


@dataclass(frozen=True)
class Documents(PureScope, DocumentStreamOps):
    service = "librarian"


ANY: Any = Documents()


def test_a_document() -> None:
    call = Documents().document_stream("urn:a b", 5)
    form = Form(
        path="api/v1/document-stream",
        method="GET",
        query=(("document-id", "urn:a b"), ("chunk-size", "5")),
        answer=Answer.BYTES,
        tenant=True,
    )
    assert call.streaming
    assert call.request(GENERATION_2) == Request("document-stream", b"{}", form=form)
    assert answer(call, [b"a", b"b"]) == b"ab"
    with pytest.raises(NotOffered, match=r"document-stream: .*2\.1\.7"):
        call.request(GENERATION_1)


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        (("",), ValueError, "id must not be empty"),
        (("a", 0), ValueError, "chunk_size must be at least 1"),
        (("a", "1"), TypeError, "chunk_size must be an int"),
    ],
)
def test_wrong_arguments(arguments: Any, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        ANY.document_stream(*arguments)
