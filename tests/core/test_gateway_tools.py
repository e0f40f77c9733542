"""The tools."""

from __future__ import annotations

import pytest

from tgproto.gateway.tools import ToolError, call_tool


def test_an_echo() -> None:
    assert call_tool("echo", {"text": "hello"}) == "hello"
    assert call_tool("echo", {}) == call_tool("echo", None) == ""


def test_a_sum() -> None:
    assert call_tool("add", {"a": 1, "b": 2.5}) == {"sum": 3.5}
    assert call_tool("add", {"a": 10**30, "b": 1}) == {"sum": 10**30 + 1}


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("nope", {}, "MCP service nope not known in w"),
        ("", {}, "MCP service  not known in w"),
        ("echo", [], "The parameters of echo are no object"),
        ("echo", {"text": 5}, "echo wants a text"),
        ("add", {"a": 1}, "add wants two numbers, a and b"),
        ("add", {"a": "1", "b": 2}, "add wants two numbers, a and b"),
        ("add", {"a": 10**400, "b": 0.5}, "int too large to convert to float"),
    ],
)
def test_a_tool_that_fails(name: str, parameters: object, message: str) -> None:
    with pytest.raises(ToolError) as failed:
        call_tool(name, parameters, where=" in w")
    assert str(failed.value) == message
