"""Every operation of the catalogue, group by group, with what the code says about it."""

from __future__ import annotations

import ast
import functools
import inspect
import re
import textwrap
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from docs.generator.docstrings import Docstring, parse
from docs.generator.gateways import known
from docs.generator.names import kebab
from tgdrivers.threaded import Api
from tgproto.catalog import SocketClient
from tgproto.catalog.bind import Descriptor
from tgproto.catalog.registry import GROUPS, REGISTRY
from tgproto.catalog.scopes import AsyncScope, Scope, SyncScope

MAKERS = ("_call", "_stream_call", "_streamed")
"""Methods of scopes whose first argument says what is asked."""


@dataclass(frozen=True, slots=True)
class Page:
    """A class that defines operations, and the group that has them.

    Attributes:
        group: The group, without a colour.
        part: The class that defines them; the group itself, or a base of it.
        operations: Their names, in the order of definition.
    """

    group: type[Scope]
    part: type
    operations: tuple[str, ...]

    @property
    def file(self) -> str:
        """Name of the page."""
        whole, part = (kebab(cls.__name__.removesuffix("Ops")) for cls in (self.group, self.part))
        alone = self.part is self.group or len(parts(self.group)) == 1
        return f"{whole}.md" if alone else f"{whole}-{part.removeprefix(f'{whole}-')}.md"

    @property
    def title(self) -> str:
        """What the page is about."""
        return re.split(r"[.:;](?:\s|$)", self.doc.summary)[0]

    @property
    def doc(self) -> Docstring:
        """The docstring of the class."""
        return parse(self.part.__doc__ or "")


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation.

    Attributes:
        page: Where it is described.
        name: Its name.
        others: Its other names.
    """

    page: Page
    name: str
    others: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.page.group.__name__}.{self.name}"

    @property
    def definition(self) -> Any:
        """The method, without a colour."""
        return getattr(self.page.group, self.name)

    @property
    def doc(self) -> Docstring:
        """Its docstring."""
        return parse(self.definition.__doc__ or "")

    @property
    def signature(self) -> inspect.Signature:
        """How blocking callers see it."""
        return inspect.signature(getattr(GROUPS[self.page.group][0], self.name))

    @property
    def awaited(self) -> inspect.Signature:
        """How asynchronous callers see it."""
        return inspect.signature(getattr(GROUPS[self.page.group][1], self.name))

    @property
    def entries(self) -> tuple[str, ...]:
        """What it asks a gateway, by the names of `conformance/services.json`."""
        group = self.page.group
        definition = _definition(group, self.name)
        own = [entry for entry, it in REGISTRY.items() if _definition(it.group, it.name) is definition]
        whole = _entries(group, re.sub("_(stream|explain)$", "", self.name))
        return tuple(own or whole or dict.fromkeys(_asked(group, self.name, frozenset())))


@functools.cache
def parts(group: type[Scope]) -> Sequence[type]:
    """Return the classes that define operations of a group, in the order of inheritance."""
    return [base for base in group.__mro__ if _defined(base)]


@functools.cache
def pages() -> Sequence[Page]:
    """Return what there are pages about."""
    return [Page(group, part, tuple(_defined(part))) for group in GROUPS for part in parts(group)]


@functools.cache
def operations(page: Page) -> Sequence[Operation]:
    """Return the operations of a page; one that has several names appears once."""
    names: dict[int, list[str]] = {}
    for name in page.operations:
        names.setdefault(id(vars(page.part)[name]), []).append(name)
    found: list[Operation] = []
    for same in names.values():
        first = getattr(page.group, same[0]).__name__
        main = first if first in same else same[0]
        found.append(Operation(page, main, tuple(name for name in same if name != main)))
    return found


def every_operation() -> Iterator[Operation]:
    """Yield all operations."""
    for page in pages():
        yield from operations(page)


@functools.cache
def performing() -> Mapping[str, Operation]:
    """Return the entries of `conformance/services.json` that an operation asks for, each with it."""
    found = {
        (operation.page.group, name): operation
        for operation in every_operation()
        for name in (operation.name, *operation.others)
    }
    return {entry: found[it.group, it.name] for entry, it in REGISTRY.items()}


@functools.cache
def doors() -> Mapping[type, Sequence[str]]:
    """Return how a group is reached from an `Api`: the blocking class -> expressions."""
    found: dict[type, list[str]] = {}
    groups = {sync for sync, _ in GROUPS.values()}
    waiting: list[tuple[type, str]] = [(Api, "api")]
    for owner, expression in waiting:
        for name, method in inspect.getmembers(owner, inspect.isfunction):
            if name.startswith("_"):
                continue
            returned = typing.get_type_hints(method).get("return")
            given = list(inspect.signature(method).parameters.values())[1:]
            written = ", ".join(f'"{parameter.default}"' for parameter in given)
            call = f"{expression}.{name}({written})"
            if returned in groups:
                found.setdefault(returned, []).append(call)
            if owner is Api and (returned is SocketClient or returned in groups):
                waiting.append((returned, call))
    return found


def colours(group: type[Scope]) -> tuple[type[SyncScope], type[AsyncScope]]:
    """Return a group's classes for blocking and for asynchronous callers."""
    return GROUPS[group]


def _defined(cls: type) -> list[str]:
    return [
        name
        for name, value in vars(cls).items()
        if isinstance(value, Descriptor) and not name.startswith("_")
    ]


def _definition(group: type[Scope], name: str) -> Any:
    """Return the function that defines an operation; it may be bound by several names, in several groups."""
    return inspect.unwrap(getattr(group, name))


def _entries(group: type[Scope], name: str) -> list[str]:
    """Return the entries that an operation performs."""
    return [entry for entry, it in REGISTRY.items() if it.group is group and it.name == name]


def _asked(group: type[Scope], name: str, seen: frozenset[str]) -> Iterator[str]:
    """Yield what an operation without an entry asks for, itself or by other operations."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(getattr(group, name)))))
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        called, first = node.func.attr, next(iter(node.args), None)
        if called in MAKERS and isinstance(first, ast.Constant):
            words = [first, *(word.value for word in node.keywords if word.arg == "operation")]
            service = getattr(group, "service", "")
            entry = " ".join([service, *(str(ast.literal_eval(word)) for word in words)]).strip()
            if known(entry):
                yield entry
        elif called not in seen and called != name and _is_own(group, node.func):
            yield from _entries(group, called) or _asked(group, called, seen | {name})


def _is_own(group: type[Scope], function: ast.Attribute) -> bool:
    """Tell whether a call in a definition is one of another operation of the group, or of a helper of it."""
    owner = ast.unparse(function.value)
    own = owner in ("self", "calls", "flows", "self._calls()")
    return own and inspect.isfunction(getattr(group, function.attr, None))
