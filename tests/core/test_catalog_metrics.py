"""Metrics as data."""

from __future__ import annotations

from typing import Any

import pytest

from tests.core.catalogue import answer
from tgproto.catalog import CallOptions, MetricsCalls
from tgproto.catalog.metrics import EVERYTHING
from tgproto.dialect import GENERATION_1, GENERATION_2, Dialect
from tgproto.session.request import Answer, Form, Request

ANY: Any = MetricsCalls()


@pytest.mark.parametrize("dialect", [GENERATION_1, GENERATION_2])
@pytest.mark.parametrize(
    ("arguments", "path", "query"),
    [
        ({}, "query", (("query", EVERYTHING),)),
        ({"path": "labels", "parameters": {}}, "labels", ()),
        ({"path": "/label/a b/values/"}, "label/a%20b/values", (("query", EVERYTHING),)),
        ({"parameters": {"query": "up", "time": "1"}}, "query", (("query", "up"), ("time", "1"))),
    ],
)
def test_requests(
    dialect: Dialect, arguments: dict[str, Any], path: str, query: tuple[tuple[str, str], ...]
) -> None:
    call = MetricsCalls(options=CallOptions(retry=True)).get(**arguments)
    form = Form(path=f"api/metrics/{path}", method="GET", query=query, answer=Answer.TEXT)
    assert call.request(dialect) == Request("metrics", b"{}", None, None, True, form)
    assert not call.public


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({"path": ""}, ValueError, "path must not be empty"),
        ({"path": "/"}, ValueError, "path must name something"),
        ({"path": "a/../b"}, ValueError, "path must name something"),
        ({"path": "a//b"}, ValueError, "path must name something"),
        ({"path": 5}, TypeError, "path must be a str"),
        ({"parameters": {"a": 1}}, TypeError, r"parameters\['a'\] must be a str"),
    ],
)
def test_wrong_arguments(arguments: dict[str, Any], error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        ANY.get(**arguments)


def test_the_answer_is_text() -> None:
    assert answer(MetricsCalls().get(), [b'{"status":', b'"success"}']) == '{"status":"success"}'
