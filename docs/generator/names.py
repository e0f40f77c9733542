"""Names of types, values and places, as the reference writes them."""

from __future__ import annotations

import enum
import inspect
import re
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Links = Mapping[str, str]
"""Names that the reference explains -> where, from another page of it."""

_CODE = re.compile(r"(?<!`)`([A-Za-z_][\w.]*)(?:\(\))?`(?!`)")
_FENCE = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)


def type_name(note: Any) -> str:
    """Return how a type is written in an annotation."""
    if note is None or note is type(None):
        return "None"
    if isinstance(note, typing.ForwardRef):
        note = note.__forward_arg__
    if isinstance(note, str):
        return note.strip("\"'")
    if note is ...:
        return "..."
    if isinstance(note, list):
        return f"[{', '.join(map(type_name, typing.cast('list[Any]', note)))}]"
    origin, parts = typing.get_origin(note), typing.get_args(note)
    if origin in (typing.Union, types.UnionType):
        return " | ".join(map(type_name, parts))
    if origin is typing.Literal:
        return f"Literal[{', '.join(map(repr, parts))}]"
    if origin is not None:
        return f"{type_name(origin)}[{', '.join(map(type_name, parts))}]"
    return str(getattr(note, "__name__", note)).rpartition(".")[2]


def value_name(value: Any) -> str:
    """Return how a default is written."""
    if isinstance(value, enum.Enum):
        return f"{type(value).__name__}.{value.name}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:_}" if abs(value) >= 10_000 else str(value)
    return f'"{value}"' if isinstance(value, str) and '"' not in value else repr(value)


def signature_text(name: str, signature: inspect.Signature, returns: Any = inspect.Signature.empty) -> str:
    """Write a signature without its `self`: on one line if it fits a phone, or with a line for each part."""
    parts: list[str] = []
    starred = False
    for parameter in shown(signature):
        if parameter.kind is parameter.KEYWORD_ONLY and not starred:
            parts.append("*")
            starred = True
        starred = starred or parameter.kind is parameter.VAR_POSITIONAL
        note = "" if parameter.annotation is parameter.empty else f": {type_name(parameter.annotation)}"
        default = "" if parameter.default is parameter.empty else value_name(parameter.default)
        equals = default and (f" = {default}" if note else f"={default}")
        stars = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
        parts.append(f"{stars}{parameter.name}{note}{equals}")
    end = "" if returns is inspect.Signature.empty else f" -> {type_name(returns)}"
    line = f"{name}({', '.join(parts)}){end}"
    if len(line) <= 44:
        return line
    inside = "".join(f"    {part},\n" for part in parts)
    return f"{name}(\n{inside}){end}" if parts else line


def shown(signature: inspect.Signature) -> list[inspect.Parameter]:
    """Return the parameters that a caller of the method sees."""
    return [parameter for name, parameter in signature.parameters.items() if name not in ("self", "scope")]


def linked(text: str, links: Links) -> str:
    """Return Markdown in which names of the reference that stand as code are links."""

    def link(found: re.Match[str]) -> str:
        target = links.get(found[1])
        return found[0] if target is None else f"[{found[0]}]({target})"

    parts = _FENCE.split(text)
    return "".join(part if part.startswith("```") else _CODE.sub(link, part) for part in parts)


def linked_type(note: Any, links: Links) -> str:
    """Return a type as code, and behind it the names in it that the reference explains."""
    text = type_name(note)
    names = [name for name in dict.fromkeys(re.findall(r"[A-Z]\w+", text)) if name in links]
    if names == [text]:
        return f"[`{text}`]({links[text]})"
    see = ", ".join(f"[{name}]({links[name]})" for name in names)
    return f"`{text}`" + (f" ({see})" if see else "")


def cell(text: str) -> str:
    """Return text for a cell of a table."""
    return text.replace("|", "\\|").replace("\n", " ")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a table."""
    lines = [head, ["---"] * len(head), *([cell(text) for text in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def kebab(name: str) -> str:
    """Return the name of a class as part of the name of a file."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()


def public_methods(cls: type) -> list[tuple[str, Callable[..., Any]]]:
    """Return the public methods that a class defines or inherits from ours, in the order of definition."""
    found: dict[str, Callable[..., Any]] = {}
    for base in reversed(cls.__mro__):
        if not base.__module__.startswith("tg"):
            continue
        for name, value in vars(base).items():
            function = value.__func__ if isinstance(value, staticmethod | classmethod) else value
            if inspect.isfunction(function) and not name.startswith("_"):
                found[name] = function
            elif name in found:
                del found[name]
    return list(found.items())
