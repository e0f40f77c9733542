"""Classes, functions and aliases, described by their docstrings."""

from __future__ import annotations

import ast
import enum
import inspect
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import MISSING, fields, is_dataclass
from types import ModuleType
from typing import Any

from docs.generator.docstrings import Docstring, parse
from docs.generator.names import Links, linked, linked_type, shown, signature_text, type_name, value_name


def class_text(cls: type, links: Links, *, level: int, methods: bool = True) -> str:
    """Describe a class under a heading of a level."""
    doc = parse(vars(cls).get("__doc__") or "")
    bases = [base for base in cls.__bases__ if base is not object and base.__name__ not in ("Generic", "ABC")]
    above = ", ".join(linked(f"`{base.__name__}`", links) for base in bases)
    parts = [
        f"{'#' * level} `{cls.__name__}`",
        linked(doc.summary, links),
        f"Bases: {above}." if above else "",
        linked(doc.description, links),
        _attributes(cls, doc, links),
        _members(cls, links) if issubclass(cls, enum.Enum) else "",
        raised(doc.section("Raises"), links),
        *(_own_methods(cls, links, level + 1) if methods else ()),
    ]
    return "\n\n".join(filter(None, parts))


def method_text(name: str, method: Callable[..., Any], links: Links, *, level: int) -> str:
    """Describe a method, or a function, under a heading of a level."""
    doc = parse(method.__doc__ or "")
    signature = inspect.signature(method)
    word = "async " if inspect.iscoroutinefunction(method) else ""
    text = signature_text(name, signature, signature.return_annotation)
    parts = [
        f"{'#' * level} `{name}`",
        linked(doc.summary, links),
        f"```python\n{word}{text}\n```",
        linked(doc.description, links),
        parameters(shown(signature), doc.section("Args"), links),
        f"**Result:** {linked(doc.returns, links)}" if doc.returns else "",
        raised(doc.section("Raises"), links),
    ]
    return "\n\n".join(filter(None, parts))


def alias_text(name: str, value: str, text: str, links: Links, *, level: int) -> str:
    """Describe the name of a type under a heading of a level."""
    types = linked_type(value, {key: target for key, target in links.items() if key != name})
    return f"{'#' * level} `{name}`\n\n{linked(text, links)}\n\nIt is {types}."


def assigned(body: Sequence[ast.stmt]) -> Iterator[tuple[str, str, str]]:
    """Yield names that are assigned to, their values as code, and the texts below, which may be empty."""
    for node, after in zip(body, [*body[1:], None], strict=True):
        target = node.target if isinstance(node, ast.AnnAssign) else None
        if isinstance(node, ast.Assign):
            target = node.targets[0]
        if not isinstance(target, ast.Name) or not isinstance(node, ast.Assign | ast.AnnAssign):
            continue
        documented = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
        text = str(after.value.value) if documented else ""  # type: ignore[union-attr]
        yield target.id, ast.unparse(node.value) if node.value is not None else "", " ".join(text.split())


def module_body(module: ModuleType) -> Sequence[ast.stmt]:
    """Return the statements of a module."""
    return ast.parse(inspect.getsource(module)).body


def parameters(given: Sequence[inspect.Parameter], texts: dict[str, str], links: Links) -> str:
    """Return the list of parameters, or nothing if there are none."""
    if not given:
        return ""
    lines = ["**Parameters**", ""]
    for parameter in given:
        kind = "" if parameter.annotation is parameter.empty else linked_type(parameter.annotation, links)
        named = parameter.kind in (parameter.KEYWORD_ONLY, parameter.VAR_KEYWORD)
        free = parameter.default is not parameter.empty
        default = f"default `{value_name(parameter.default)}`" if free else "required"
        if parameter.kind is parameter.VAR_KEYWORD:
            default = ""
        by = "by keyword" if named else ""
        facts = ", ".join(filter(None, (kind, default, by)))
        text = linked(texts.get(parameter.name, ""), links)
        lines.append(f"- **`{parameter.name}`** ({facts}): {text}")
    return "\n".join(lines)


def raised(texts: dict[str, str], links: Links) -> str:
    """Return the list of errors, or nothing if there are none."""
    if not texts:
        return ""
    errors = [f"- {linked(f'`{name}`', links)}: {linked(text, links)}" for name, text in texts.items()]
    return "\n".join(["**Errors**", "", *errors])


def _attributes(cls: type, doc: Docstring, links: Links) -> str:
    """Return the list of attributes, with types and defaults as far as the class says so."""
    texts = {**doc.section("Args"), **doc.section("Attributes")}
    if not texts:
        return ""
    notes = {name: note for base in reversed(cls.__mro__) for name, note in _annotations(base).items()}
    defaults = {field.name: field.default for field in fields(cls)} if is_dataclass(cls) else {}
    lines = ["**Attributes**" if "Attributes" in doc.sections else "**Parameters**", ""]
    for name, text in texts.items():
        facts = [linked_type(notes[name], links)] if name in notes else []
        default = defaults.get(name, MISSING)
        if default is not MISSING and not isinstance(default, bytes):
            facts.append(f"default `{value_name(default)}`")
        said = f" ({', '.join(facts)})" if facts else ""
        lines.append(f"- **`{name}`**{said}: {linked(text, links)}")
    return "\n".join(lines)


def _annotations(cls: type) -> dict[str, str]:
    """Return what is said about attributes of a class, or about the arguments of its constructor."""
    own = vars(cls)
    notes = {name: type_name(note) for name, note in own.get("__annotations__", {}).items()}
    if "__init__" in own and not is_dataclass(cls):
        given = inspect.signature(own["__init__"]).parameters.values()
        notes |= {it.name: type_name(it.annotation) for it in given if it.annotation is not it.empty}
    return notes


def _members(cls: type[enum.Enum], links: Links) -> str:
    """Return the members of an enumeration."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(cls))).body[0]
    assert isinstance(tree, ast.ClassDef)
    lines = [
        f"- **`{name}`** (`{value}`){': ' if text else ''}{linked(text, links)}"
        for name, value, text in assigned(tree.body)
    ]
    return "\n".join(["**Members**", "", *lines])


def _own_methods(cls: type, links: Links, level: int) -> Iterator[str]:
    for name, value in vars(cls).items():
        function = value.__func__ if isinstance(value, staticmethod | classmethod) else value
        if inspect.isfunction(function) and not name.startswith("_") and function.__doc__:
            yield method_text(name, function, links, level=level)
        elif isinstance(value, property) and not name.startswith("_") and value.fget is not None:
            doc = parse(value.__doc__ or "")
            returns = linked_type(inspect.signature(value.fget).return_annotation, links)
            yield f"{'#' * level} `{name}`\n\n{linked(doc.summary, links)} It is {returns}."
