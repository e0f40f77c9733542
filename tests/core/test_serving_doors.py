"""Paths and queries."""

from __future__ import annotations

import re

import pytest

from tgproto.serving.doors import GET, POST, Door, knock, query_of
from tgproto.serving.messages import WebRequest


@pytest.mark.parametrize(
    ("target", "query"),
    [
        ("/x", {}),
        ("/x?", {}),
        ("/x?a=1&b=", {"a": "1", "b": ""}),
        ("/x?a=1&a=2", {"a": "1"}),
        ("/x?a=%C3%A9+b?c", {"a": "é b?c"}),
    ],
)
def test_queries(target: str, query: dict[str, str]) -> None:
    assert query_of(WebRequest("GET", target)) == query


DOORS = (
    Door(re.compile("/x/([^/]+)"), POST, lambda request, name: f"{request.method} {name}"),
    Door(re.compile("/x/(y)"), GET, lambda _request, name: f"look at {name}"),
)


@pytest.mark.parametrize(
    ("method", "target", "answer"),
    [
        ("POST", "/x/a%2Fb?c", "POST a/b"),
        ("GET", "/x/y", "look at y"),
        ("POST", "/x/y", "POST y"),
        ("PUT", "/x/y", "refused: GET,HEAD,POST"),
        ("GET", "/x/a", "refused: POST"),
        ("GET", "/z", "refused: "),
    ],
)
def test_doors(method: str, target: str, answer: str) -> None:
    assert knock(DOORS, WebRequest(method, target), lambda allowed: f"refused: {allowed}") == answer
