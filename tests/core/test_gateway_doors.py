"""Paths and queries."""

from __future__ import annotations

import re

import pytest

from tgproto.gateway.doors import POST, Door, query_of
from tgproto.gateway.messages import RestAnswer, RestRequest


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
    assert query_of(RestRequest("GET", target)) == query


def test_a_door() -> None:
    door = Door(re.compile("/x"), POST, lambda request: RestAnswer(200, request.method.encode()))
    assert door.answer(RestRequest("POST", "/x")) == RestAnswer(200, b"POST")
