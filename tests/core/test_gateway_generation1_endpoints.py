"""The paths of 1.7.1 beside its services."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec import msgpack

from tests.core.authorization import shown
from tgproto.gateway import Gateway1, GraphStore
from tgproto.gateway.core_file import unpacked
from tgproto.gateway.generation1.endpoints import UNAUTHORIZED
from tgproto.serving.messages import OCTETS, TEXT, WebAnswer, WebRequest

S = {"v": "urn:s", "e": True}
ROW = {"s": S, "p": S, "o": {"v": "o", "e": False}}
ABOUT = {"i": "lost", "m": [ROW], "u": "lost", "c": "lost"}
KEPT = {"i": "d", "m": [ROW], "u": "ann", "c": "default"}
FILE = [("t", {"m": ABOUT, "t": [ROW]}), ("x", {}), ("ge", {"m": ABOUT, "e": [{"e": S, "v": [[1.5]]}]})]


def said(of: Gateway1, method: str, target: str, body: bytes = b"", key: str = "s") -> WebAnswer:
    answer = of.receive(WebRequest(method, target, shown(f"Bearer {key}"), body))
    assert isinstance(answer, WebAnswer)
    return answer


def gateway() -> Gateway1:
    return Gateway1(GraphStore(), secret="s")


def test_a_core_goes_in_and_comes_out() -> None:
    of = gateway()
    body = b"".join(map(msgpack.encode, FILE))
    assert said(of, "POST", "/api/v1/import-core?id=d&user=ann", body) == WebAnswer(200, b"", OCTETS)
    assert of.world.cores("ann").names() == ["d"]
    answer = said(of, "GET", "/api/v1/export-core?id=d&user=ann")
    assert (answer.status, answer.body, answer.content_type) == (200, b"", OCTETS)
    assert answer.pieces is not None
    written: list[Any] = list(unpacked(b"".join(answer.pieces)))
    assert written == [("t", {"m": KEPT, "t": [ROW]}), ("ge", {"m": KEPT, "e": [{"e": S, "v": [[1.5]]}]})]


def test_a_file_that_is_none_is_taken_too() -> None:
    of = gateway()
    answer = said(of, "POST", "/api/v1/import-core?id=d&user=ann", b"\xc1")
    assert answer == WebAnswer(200, b"", OCTETS)
    assert of.world.cores("ann").names() == []


@pytest.mark.parametrize(("method", "path"), [("POST", "import-core"), ("GET", "export-core")])
def test_what_is_missing(method: str, path: str) -> None:
    of = gateway()
    for query, missing in {"": "id", "?user=ann": "id", "?id=d": "user"}.items():
        answer = said(of, method, f"/api/v1/{path}{query}")
        assert (answer.status, json.loads(answer.body)) == (200, {"error": f"'{missing}'"})
    assert said(of, method, f"/api/v1/{path}?id=d&user=ann", key="no") == UNAUTHORIZED


def test_metrics() -> None:
    of = gateway()
    answer = said(of, "GET", "/api/metrics/query?query=up")
    assert (answer.status, answer.content_type) == (200, TEXT)
    assert json.loads(answer.body)["data"]["result"]
    assert said(of, "GET", "/api/metrics/query?query=up", key="no") == UNAUTHORIZED
    assert said(of, "GET", "/api/metrics").status == 404


@pytest.mark.parametrize(
    ("method", "target", "allow"),
    [
        ("PUT", "/api/v1/import-core", "POST"),
        ("PUT", "/api/v1/export-core", "GET,HEAD,POST"),
        ("POST", "/api/metrics/query", "GET,HEAD"),
    ],
)
def test_methods(method: str, target: str, allow: str) -> None:
    answer = said(gateway(), method, target)
    assert (answer.status, dict(answer.headers).get("Allow", "")) == (405, allow)


def test_there_is_no_document_stream_yet() -> None:
    assert said(gateway(), "GET", "/api/v1/document-stream").status == 405
