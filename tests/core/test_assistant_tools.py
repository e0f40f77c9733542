"""Tools as Python values."""

from __future__ import annotations

import json

import msgspec
import pytest

from tgproto.assistant.tools import TOOL, TOOL_RESULT, TOOLS, Tool, ToolResult
from tgproto.catalog.reader import Start, T
from tgproto.errors import CallContext, DecodeError


def read(start: Start[object, T], body: object) -> T:
    reader = start(CallContext("tools"))
    reader.read(msgspec.Raw(json.dumps(body).encode()), last=True)
    return reader.result()


def test_tools() -> None:
    sent = {
        "name": "search",
        "description": "Looks.",
        "parameters": {"q": "text"},
        "examples": [{"input": 1}],
    }
    assert read(TOOL, sent) == Tool("search", "Looks.", {"q": "text"}, ({"input": 1},), sent)
    bare = {"name": "x", "description": 3, "examples": None}
    assert read(TOOLS, {"tools": [sent, bare]})[1] == Tool("x", members=bare)
    assert read(TOOLS, {"tools": []}) == []


def test_results() -> None:
    sent = {"result": [1], "execution_time": 2, "cached": True, "more": 0}
    result = read(TOOL_RESULT, sent)
    assert result == ToolResult([1], 2.0, True, sent)
    assert str(result) == "[1]"
    assert read(TOOL_RESULT, {"result": None, "execution_time": True, "cached": "no"}).execution_time is None
    assert str(read(TOOL_RESULT, {"result": "found"})) == "found"


@pytest.mark.parametrize(
    ("start", "body"),
    [
        (TOOL, {}),
        (TOOL, [1]),
        (TOOLS, {"tools": {}}),
        (TOOLS, {"tools": [3]}),
        (TOOLS, {"tools": [{}]}),
        (TOOL_RESULT, {"message": "?"}),
    ],
)
def test_what_is_none(start: Start[object, object], body: object) -> None:
    with pytest.raises(DecodeError):
        read(start, body)
