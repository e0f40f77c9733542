"""Core files over HTTP as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.core.catalogue import answer
from tgproto.catalog import CallOptions
from tgproto.catalog.core_files import CoreFileOps
from tgproto.catalog.scopes import PureScope
from tgproto.dialect import GENERATION_1, GENERATION_2
from tgproto.errors import LocalProtocolError
from tgproto.session.request import Answer, Form, Request


@dataclass(frozen=True)
class Files(PureScope, CoreFileOps):
    service = "knowledge"


FILES = Files(options=CallOptions(retry=True))
ANY: Any = FILES


def test_an_import() -> None:
    call = FILES.import_core("an id", b"data", user="me")
    form = Form(
        path="api/v1/import-core",
        query=(("id", "an id"),),
        body=b"data",
        content_type="application/octet-stream",
        answer=Answer.TEXT,
        tenant=True,
    )
    assert call.request(GENERATION_2) == Request("import-core", b"{}", None, None, True, form)
    old = call.request(GENERATION_1).form
    assert old is not None
    assert old.query == (("id", "an id"), ("user", "me"))
    assert call.ignored(GENERATION_2) == ("user",)
    assert answer(call, [b""]) == b""


def test_an_export() -> None:
    call = FILES.export_core("a")
    form = Form(
        path="api/v1/export-core", method="GET", query=(("id", "a"),), answer=Answer.BYTES, tenant=True
    )
    assert call.streaming
    assert call.request(GENERATION_2) == Request("export-core", b"{}", None, None, True, form)
    old = call.request(GENERATION_1).form
    assert old is not None
    assert old.query == (("id", "a"), ("user", "trustgraph"))
    assert answer(call, [b"ab", b"c"]) == b"abc"


def test_a_workspace_goes_along() -> None:
    call = FILES.with_options(workspace="w").export_core("a")
    assert call.request(GENERATION_2).workspace == "w"
    with pytest.raises(LocalProtocolError, match=r"export-core: .*has users, not workspaces"):
        call.request(GENERATION_1)


@pytest.mark.parametrize(
    ("name", "arguments", "error", "said"),
    [
        ("import_core", ("", b""), ValueError, "id must not be empty"),
        ("import_core", ("a", "text"), TypeError, "data must be bytes, not str"),
        ("export_core", (5,), TypeError, "id must be a str"),
    ],
)
def test_wrong_arguments(name: str, arguments: Any, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        getattr(ANY, name)(*arguments)
