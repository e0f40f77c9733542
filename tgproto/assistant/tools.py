"""Tools of the service, and what comes of executing one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from tgproto.catalog.reader import Start
from tgproto.catalog.single import single
from tgproto.errors import DecodeError
from tgproto.types.wire import Json, Shape


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool.

    Attributes:
        name: Its name.
        description: What it does; empty if that is not said.
        parameters: JSON schema of its parameters, or what else is said of them.
        examples: Examples, each with `input` and `output`; only where one tool is asked for.
        members: All that was sent.
    """

    name: str
    description: str = ""
    parameters: Json = None
    examples: tuple[Json, ...] = ()
    members: Mapping[str, Json] = field(default_factory=dict[str, Json], repr=False)


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What came of executing a tool.

    Attributes:
        result: What it returned.
        execution_time: Seconds that it took; None if that is not said.
        cached: Whether it is an older result; None if that is not said.
        members: All that was sent.
    """

    result: Json
    execution_time: float | None = None
    cached: bool | None = None
    members: Mapping[str, Json] = field(default_factory=dict[str, Json], repr=False)

    def __str__(self) -> str:
        """Return the result as text."""
        return str(self.result)


_ANY: Final = Shape(dict[str, Any])


def read_tool(members: dict[str, Json]) -> Tool:
    """Return a tool.

    Raises:
        DecodeError: It has no name.
    """
    name, description, examples = (members.get(key) for key in ("name", "description", "examples"))
    if not isinstance(name, str):
        raise DecodeError("a tool has no name")
    return Tool(
        name,
        description if isinstance(description, str) else "",
        members.get("parameters"),
        tuple(cast("list[Json]", examples)) if isinstance(examples, list) else (),
        members,
    )


def _tools(members: dict[str, Json]) -> list[Tool]:
    listed = members.get("tools")
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in cast("list[Json]", listed)):
        raise DecodeError("the answer has no list of tools")
    return [read_tool(one) for one in cast("list[dict[str, Json]]", listed)]


def _result(members: dict[str, Json]) -> ToolResult:
    if "result" not in members:
        raise DecodeError("the answer has no result")
    time, cached = members.get("execution_time"), members.get("cached")
    known = isinstance(time, int | float) and not isinstance(time, bool)
    return ToolResult(
        members["result"],
        float(cast("float", time)) if known else None,
        cached if isinstance(cached, bool) else None,
        members,
    )


TOOLS: Final[Start[list[Tool], list[Tool]]] = single(_ANY, _tools)
"""Makes the readers of lists of tools."""
TOOL: Final[Start[Tool, Tool]] = single(_ANY, read_tool)
"""Makes the readers of one tool."""
TOOL_RESULT: Final[Start[ToolResult, ToolResult]] = single(_ANY, _result)
"""Makes the readers of what comes of executing one."""
