"""Pages about what operations share: types, errors, arguments of an `Api`, streams, dialects, entries."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

import tgdrivers.asyncio
import tgdrivers.trio
import tgproto.errors
import tgproto.types
from docs.generator import gateways
from docs.generator.catalogue import performing
from docs.generator.classes import (
    alias_text,
    assigned,
    class_text,
    method_text,
    module_body,
    parameters,
    raised,
)
from docs.generator.docstrings import parse
from docs.generator.names import Links, linked, public_methods, shown, signature_text, table, value_name
from tgdrivers.base import BaseApi
from tgdrivers.threaded import Api
from tgproto.catalog.options import CallOptions
from tgproto.catalog.scopes import Scope
from tgproto.catalog.streams import AsyncStream, Stream
from tgproto.dialect import (
    CHANGES,
    GENERATION_1,
    GENERATION_2,
    MIXED_2_2,
    Dialect,
    SocketAuth,
    Tenancy,
    TermCodec,
    dialect_of,
)
from tgproto.offers import AFTER_1_7, BEGINNING, OFFERS

TYPES = """
What callers pass in and get back. All of it can be imported from `tgproto.types`, and from `tgdrivers`.
"""

ERRORS = """
Every error of the project is a `TrustGraphError`. Its text says what was being done, what happened and what
to try, and never has a token in it. All of them can be imported from `tgproto.errors`, and from `tgdrivers`.
A wrong argument is a plain `TypeError` or `ValueError`, before anything is sent.

Any call can fail with a `TransportError`, `RequestTimeout`, `AuthenticationError`, `AccessDenied`,
`GatewayError` or `DecodeError`, so operations name these only where there is more to say.
"""

WIRE_TYPES = """
What a gateway calls an error, and what is raised for it. Anything else is a plain `ServiceError`.
"""

LOST_ERRORS = """
Gateways from 2.10.6 on pass the error of a service through the translator of its answers, and not all of
those know about errors (`dispatch/requestor.py`). What becomes of it depends on the service; each
operation says which of these it is. Where an answer proves that an error was lost, `SilentFailure` is raised.
"""

OPTIONS = """
An `Api` has them for all calls, and every group of operations returns a copy of itself with others:

```python
slow = flow.with_options(timeout=300, retry=True)
```
"""

RELEASES = """
Which gateway it is, an `Api` finds out by asking, or is told with `dialect=`. All that depends on it is in
two tables of the core: habits (`tgproto/dialect.py`) and offers (`tgproto/offers.py`).
"""

NOT_EVERYWHERE = """
Services and operations that not every gateway has. What is not listed, all have. Where a gateway certainly
lacks one, the operation raises `NotOffered` before anything is sent.
"""

ENTRIES = """
Every entry of [`conformance/services.json`](../../conformance/services.json), and the operation that asks for
it.
"""


def type_modules() -> list[ModuleType]:
    """Return the modules with types of results, by name."""
    homes = {_home(name) for name in tgproto.types.__all__}
    return [import_module(name) for name in sorted(homes)]


def type_names(module: ModuleType) -> list[str]:
    """Return the types of a module that are public, or bases of those, in the order of definition."""
    public = {name for name in tgproto.types.__all__ if _home(name) == module.__name__}
    for name in tgproto.types.__all__:
        for base in getattr(getattr(tgproto.types, name), "__mro__", ()):
            if base.__module__ == module.__name__ and not base.__name__.startswith("_"):
                public.add(base.__name__)
    order = [name for node in module_body(module) for name in _defined(node)]
    return [name for name in order if name in public]


def types_page(links: Links) -> str:
    """Return the page about types of results."""
    parts = [
        "# Terms, chunks and results",
        TYPES,
    ]
    for module in type_modules():
        title = parse(module.__doc__ or "").summary.rstrip(".")
        aliases = {name: (value, text) for name, value, text in assigned(module_body(module))}
        parts.append(f"## {title}")
        for name in type_names(module):
            it = getattr(module, name)
            if inspect.isclass(it):
                parts.append(class_text(it, links, level=3))
            elif inspect.isfunction(it):
                parts.append(method_text(name, it, links, level=3))
            else:
                parts.append(alias_text(name, *aliases[name], links, level=3))
    return _page(parts)


def error_classes() -> list[type[Exception]]:
    """Return the classes of errors in the order of definition."""
    found = vars(tgproto.errors).items()
    return [
        it
        for name, it in found
        if inspect.isclass(it)
        and issubclass(it, Exception)
        and it.__module__ == tgproto.errors.__name__
        and it.__name__ == name
    ]


def errors_page(links: Links) -> str:
    """Return the page about errors."""
    lost = [f"### {name}\n\n{text}" for name, text in gateways.LOST.items()]
    services = [(f"`{wire}`", linked(f"`{cls.__name__}`", links)) for wire, cls in _wire_types()]
    return _page(
        [
            "# Errors",
            linked(ERRORS, links),
            "## The tree",
            "\n".join(_tree(tgproto.errors.TrustGraphError, 0)),
            "## Errors on the wire",
            linked(WIRE_TYPES, links),
            table(["Type", "Error"], services),
            "## Errors that gateways lose",
            linked(LOST_ERRORS, links),
            *lost,
            *(_error(cls, links) for cls in error_classes()),
        ]
    )


def api_page(links: Links) -> str:
    """Return the page about the `Api`."""
    doc = parse(BaseApi.__doc__ or "")
    signature = inspect.signature(BaseApi.__init__)
    colours = (
        (Api, "tgdrivers"),
        (tgdrivers.asyncio.Api, "tgdrivers.asyncio"),
        (tgdrivers.trio.Api, "tgdrivers.trio"),
    )
    parts = [
        "# The `Api` and its arguments",
        "A gateway. " + linked(doc.description, links),
        "```python\nfrom tgdrivers import Api  # blocking\nfrom tgdrivers.asyncio import Api\n"
        "from tgdrivers.trio import Api\n```",
        f"```python\n{signature_text('Api', signature)}\n```",
        parameters(shown(signature), doc.section("Args"), links),
        raised(doc.section("Raises"), links),
    ]
    for cls, module in colours:
        own = parse(cls.__doc__ or "")
        parts += [f"## `{module}.Api`", linked(f"{own.summary}\n\n{own.description}", links)]
        parts.append("\n".join(_short(name, method, links) for name, method in public_methods(cls)))
    return _page(parts)


def streams_page(links: Links) -> str:
    """Return the page about streams and options of calls."""
    return _page(
        [
            "# Streams and options",
            "What a streaming operation returns, and what can be said about any call.",
            *(_stream(cls, links) for cls in (Stream, AsyncStream)),
            "## Options of calls",
            OPTIONS,
            method_text("with_options", Scope.with_options, links, level=3),
            class_text(CallOptions, links, level=3),
        ]
    )


def dialects_page(links: Links) -> str:
    """Return the page about gateway releases."""
    presets = (
        (GENERATION_1, "the 1.7 line"),
        (MIXED_2_2, "those between"),
        (GENERATION_2, "2.4.5 to 2.11.1"),
    )
    switches = [name for name in Dialect.__dataclass_fields__ if name not in ("name", "lacks")]
    derived = [name for name, value in vars(Dialect).items() if isinstance(value, property)]
    rows = [
        [f"`{name}`", *(_switch(getattr(preset, name)) for preset, _ in presets)]
        for name in (*switches, *derived)
    ]
    changes = [
        [
            gateways.release(release),
            ", ".join(f"`{name}`: {_switch(value)}" for name, value in changed.items()),
        ]
        for release, changed in CHANGES
    ]
    offers = [
        [
            f"`{name}`",
            _since(offer.since),
            gateways.release(offer.until) if offer.until is not None else "",
        ]
        for name, offer in OFFERS.items()
    ]
    return _page(
        [
            "# Gateway releases",
            RELEASES,
            "## Habits",
            "Those that are known by name:",
            table(["Habit", *(f"`{preset.name}`, {text}" for preset, text in presets)], rows),
            "The release that turned each switch; the other habits follow from the offers:",
            table(["Release", "Changes"], changes),
            "## Offers",
            linked(NOT_EVERYWHERE, links),
            table(["Service, or service and operation", "First release", "Gone with"], offers),
            method_text("dialect_of", dialect_of, links, level=2),
            *(class_text(cls, links, level=2) for cls in (Dialect, SocketAuth, TermCodec, Tenancy)),
        ]
    )


ENTRY_KINDS = {
    "Services of a flow": ("flow", "rest"),
    "Global services": ("global", "rest"),
    "Requests over HTTP": ("global", "http"),
    "Bulk sockets": ("flow", "bulk-socket"),
}
"""Headings of the page about entries: scope and transport."""


def entries_page(places: Mapping[tuple[type, str], str]) -> str:
    """Return the page that leads from what gateways can be asked to the operation that asks for it.

    Args:
        places: Where the operations are described, by group and name.
    """
    parts = [
        "# What gateways can be asked",
        ENTRIES,
    ]
    known = performing()
    for title, (scope, transport) in ENTRY_KINDS.items():
        rows: list[list[str]] = []
        for entry, it in gateways.SERVICES.items():
            if it["scope"] != scope or transport not in it["transports"]:
                continue
            operation = known.get(entry)
            link = "none yet"
            if operation is not None:
                place = places[operation.page.group, operation.name]
                link = f"[`{operation.name}`]({place})"
            rows.append([f"`{entry}`", link, gateways.having(entry)])
        parts += [f"## {title}", table(["Entry", "Operation", "Gateways"], rows)]
    return _page(parts)


def _page(parts: list[str]) -> str:
    return "\n\n".join(part.strip() for part in parts if part) + "\n"


def _home(name: str) -> str:
    """Return the module that defines a public name of `tgproto.types`."""
    it: Any = getattr(tgproto.types, name)
    own = getattr(it, "__module__", None)
    if isinstance(own, str) and own.startswith("tgproto.types."):
        return own
    package = tgproto.types.__name__
    for node in module_body(tgproto.types):
        module = getattr(node, "module", None)
        if module and module.startswith(package) and name in (alias.name for alias in node.names):  # type: ignore[attr-defined]
            return str(module)
    raise LookupError(f"{name} is imported from nowhere")


def _defined(node: Any) -> list[str]:
    own = getattr(node, "name", None)
    return [own] if isinstance(own, str) else [name for name, _, _ in assigned([node])]


def _tree(cls: type, depth: int) -> Iterator[str]:
    yield f"{'  ' * depth}- [`{cls.__name__}`](#{cls.__name__.lower()})"
    for below in error_classes():
        if below.__bases__[0] is cls:
            yield from _tree(below, depth + 1)


def _wire_types() -> list[tuple[str, type]]:
    return sorted(tgproto.errors.SERVICE_ERRORS.items())


def _error(cls: type[Exception], links: Links) -> str:
    hint = vars(cls).get("default_hint", "")
    text = class_text(cls, links, level=2, methods=False)
    return f"{text}\n\nIt suggests: “{hint}.”" if hint else text


def _short(name: str, method: Any, links: Links) -> str:
    doc = parse(method.__doc__ or "")
    word = "await " if inspect.iscoroutinefunction(method) else ""
    text = " ".join(filter(None, (doc.summary, doc.description)))
    return f"- `{word}{name}()`: {linked(text, links)}"


def _stream(cls: type, links: Links) -> str:
    doc = parse(cls.__doc__ or "")
    methods = [method_text(name, method, links, level=3) for name, method in public_methods(cls)]
    return "\n\n".join(
        [f"## `{cls.__name__}`", linked(doc.summary, links), linked(doc.description, links), *methods]
    )


def _switch(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"`{value_name(value)}`"


def _since(release: tuple[int, ...]) -> str:
    known = {BEGINNING: "all that are known", AFTER_1_7: "2.x, perhaps earlier"}
    return known.get(release) or gateways.release(release)
