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
from tgproto import catalog
from tgproto.catalog import SocketClient
from tgproto.catalog.bind import Descriptor
from tgproto.catalog.registry import GROUPS, REGISTRY
from tgproto.catalog.registry import Operation as Registered
from tgproto.catalog.scopes import AsyncScope, Scope, SyncScope

_OWN = re.compile(r"self(\._\w+\(\))?|_[A-Z]\w*\(.*\)|calls|flows|messages")
"""Upon what definitions call operations of their own group."""


def title(cls: type) -> str:
    """Return what a class is about: the beginning of its docstring."""
    return re.split(r"[.:;](?:\s|$)", parse(cls.__doc__ or "").summary)[0]


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
        return title(self.part)

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
        return inspect.signature(getattr(groups()[self.page.group][0], self.name))

    @property
    def awaited(self) -> inspect.Signature:
        """How asynchronous callers see it."""
        return inspect.signature(getattr(groups()[self.page.group][1], self.name))

    @property
    def entries(self) -> tuple[str, ...]:
        """What it asks a gateway, by the names of `conformance/services.json`."""
        group = self.page.group
        definition = _definition(group, self.name)
        own = [entry for entry, it in REGISTRY.items() if _definition(it.group, it.name) is definition]
        whole = _entries(group, re.sub("_(stream|explain)$", "", self.name))
        return tuple(dict.fromkeys(own or whole or _asked(group, self.name, frozenset())))

    @property
    def is_made_of_others(self) -> bool:
        """Whether it asks for several things that other operations ask for."""
        return len(self.entries) > 1 and not any(
            it.name == self.name for it in map(REGISTRY.get, self.entries) if it
        )


@functools.cache
def parts(group: type[Scope]) -> Sequence[type]:
    """Return the classes that define operations of a group, in the order of inheritance."""
    return [base for base in group.__mro__ if _defined(base)]


@functools.cache
def groups() -> Mapping[type[Scope], tuple[type[SyncScope], type[AsyncScope]]]:
    """Return all groups, without a colour -> blocking and awaited; also those that no entry needs."""
    found = dict(GROUPS)
    public = [getattr(catalog, name) for name in catalog.__all__]
    awaited = [it for it in public if inspect.isclass(it) and issubclass(it, AsyncScope)]
    for sync in public:
        if inspect.isclass(sync) and issubclass(sync, SyncScope) and not issubclass(sync, tuple(found)):
            group = next(base for base in sync.__mro__ if not issubclass(base, SyncScope))
            twin = next((it for it in awaited if issubclass(it, group) and parts(group)), None)
            if twin is not None:
                found[group] = (sync, twin)
    return found


@functools.cache
def pages() -> Sequence[Page]:
    """Return what there are pages about."""
    return [Page(group, part, tuple(_defined(part))) for group in groups() for part in parts(group)]


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
    wanted = {sync for sync, _ in groups().values()}
    waiting: list[tuple[type, str]] = [(Api, "api")]
    for owner, expression in waiting:
        for name, method in inspect.getmembers(owner, inspect.isfunction):
            if name.startswith("_"):
                continue
            returned = typing.get_type_hints(method).get("return")
            given = list(inspect.signature(method).parameters.values())[1:]
            written = ", ".join(f'"{parameter.default}"' for parameter in given)
            call = f"{expression}.{name}({written})"
            if returned in wanted:
                found.setdefault(returned, []).append(call)
            if owner is Api and (returned is SocketClient or returned in wanted):
                waiting.append((returned, call))
    return found


def colours(group: type[Scope]) -> tuple[type[SyncScope], type[AsyncScope]]:
    """Return a group's classes for blocking and for asynchronous callers."""
    return groups()[group]


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
    """Return the entries that an operation performs, in whichever group they are written down."""

    def is_same(it: Registered) -> bool:
        if it.name != name:
            return False
        return it.group is group or _definition(it.group, name) is _definition(group, name)

    return [entry for entry, it in REGISTRY.items() if hasattr(group, name) and is_same(it)]


def _asked(group: type[Scope], name: str, seen: frozenset[str]) -> Iterator[str]:
    """Yield what an operation without an entry asks for, itself or by other operations."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(_definition(group, name))))
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute):
            continue
        if not _OWN.fullmatch(ast.unparse(node.value)):
            yield from (entry for entry, it in REGISTRY.items() if it.name == node.attr and "_" in it.name)
            for other in _without_entries(group, node.attr):
                yield from _asked(other, node.attr, seen | {name})
        elif inspect.isfunction(getattr(group, node.attr, None)) and node.attr not in {name, *seen}:
            yield from _entries(group, node.attr) or _asked(group, node.attr, seen | {name})
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _named(group, node)


def _without_entries(group: type[Scope], name: str) -> list[type[Scope]]:
    """Return the other groups that have an operation of this name which no entry stands for."""
    if any(it.name == name for it in REGISTRY.values()):
        return []
    having = [other for other in groups() if any(name in _defined(part) for part in parts(other))]
    return [other for other in having if not issubclass(group, other)]


def _named(group: type[Scope], call: ast.Call) -> Iterator[str]:
    """Yield the entry that a call of a definition names, if it does.

    It is written `self._call("list-flows", …)` or `Call(service="flow", operation="list-flows", …)`.
    """
    words = {word.arg: word.value.value for word in call.keywords if isinstance(word.value, ast.Constant)}
    first = call.args[0] if call.args else None
    if isinstance(first, ast.Constant) and _OWN.fullmatch(ast.unparse(call.func).rpartition(".")[0]):
        parts = [getattr(group, "service", ""), first.value, words.get("operation")]
    else:
        parts = [words.get("service"), words.get("operation")] if "service" in words else []
    whole = " ".join(str(part) for part in parts if part)
    yield from filter(known, [whole if known(whole) else whole.rpartition(" ")[0]])
