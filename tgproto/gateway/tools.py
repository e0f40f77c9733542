"""The tools that the service `mcp-tool` has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias, cast

Parameters: TypeAlias = Mapping[str, object]


class ToolError(Exception):
    """A tool fails; the message says why."""


def call_tool(name: str, parameters: object, *, where: str = "") -> str | dict[str, object]:
    """Call a tool.

    Args:
        name: A key of `TOOLS`.
        parameters: What it is to work with, by name; None for nothing.
        where: Added to the message if there is no such tool.

    Returns:
        A text, perhaps an empty one, or an object.

    Raises:
        ToolError: There is no such tool, or it cannot work with these parameters.
    """
    if name not in TOOLS:
        raise ToolError(f"MCP service {name} not known{where}")
    if not isinstance(parameters, dict | None):
        raise ToolError(f"The parameters of {name} are no object")
    return TOOLS[name](cast("Parameters", parameters or {}))


def _echo(parameters: Parameters) -> str:
    text = parameters.get("text", "")
    if not isinstance(text, str):
        raise ToolError("echo wants a text")
    return text


def _add(parameters: Parameters) -> dict[str, object]:
    match parameters.get("a"), parameters.get("b"):
        case (int() | float() as a, int() | float() as b):
            try:
                return {"sum": a + b}
            except OverflowError as error:
                raise ToolError(str(error)) from None
        case _:
            raise ToolError("add wants two numbers, a and b")


TOOLS: Mapping[str, Callable[[Parameters], str | dict[str, object]]] = {"echo": _echo, "add": _add}
"""The tools: `echo` returns its parameter `text`, `add` an object with the sum of `a` and `b`."""
