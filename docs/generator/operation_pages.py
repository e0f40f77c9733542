"""Pages about operations, one for each class that defines some."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from docs.generator import gateways
from docs.generator.catalogue import Operation, Page, colours, doors, operations, pages, performing
from docs.generator.classes import method_text, parameters, raised
from docs.generator.docstrings import parse
from docs.generator.gateways import LOST
from docs.generator.names import (
    Links,
    kebab,
    linked,
    linked_type,
    public_methods,
    shown,
    signature_text,
    type_name,
)


def write(page: Page, links: Links) -> str:
    """Return a page.

    Args:
        page: What it is about.
        links: Names that other pages explain, and where.
    """
    sync, awaited = colours(page.group)
    links = {**links, **_siblings(page)}
    classes = f"`{sync.__name__}` where calls block, `{awaited.__name__}` where they are awaited."
    parts = [
        f"# {page.title}",
        linked(page.doc.summary if page.doc.summary != f"{page.title}." else "", links),
        linked(page.doc.description, links),
        _ways(page, links),
        f"The class is {classes} Every group has [`with_options`](streams.md#options-of-calls), too.",
        "\n".join(f"- [`{it.name}`](#{it.name}): {linked(it.doc.summary, links)}" for it in operations(page)),
        *_methods(page, links),
        *(_operation(it, links) for it in operations(page)),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def variable(page: Page) -> str:
    """Return what a group is called in examples."""
    return kebab(page.group.__name__.removesuffix("Ops")).replace("-", "_")


def _siblings(page: Page) -> Links:
    """Return the operations of a page's group, and where they are described."""
    found: dict[str, str] = {}
    for other in pages():
        if other.group is page.group:
            file = "" if other == page else other.file
            found |= {name: f"{file}#{it.name}" for it in operations(other) for name in (it.name, *it.others)}
    return found


def _ways(page: Page, links: Links) -> str:
    """Return how to get the group: what returns it, or how it is made."""
    sync, _ = colours(page.group)
    ways = doors().get(sync, [])
    if not ways:
        given = shown(inspect.signature(sync))
        required = ", ".join(it.name for it in given if it.default is it.empty)
        code = f"```python\n{variable(page)} = {sync.__name__}({required})\n```"
        return f"{code}\n\n{parameters(given, parse(sync.__doc__ or '').section('Args'), links)}"
    carriers = {name for it in operations(page) for entry in it.entries for name in _carriers(entry)}
    only = " or ".join(sorted(carriers)) if carriers and "REST" not in carriers else ""
    lines: list[str] = []
    for way in ways:
        carrier = only or ("the multiplexed socket" if "socket" in way else "REST")
        if lines[-2:-1] != [f"# over {carrier}"]:
            lines.append(f"# over {carrier}")
            lines.append(f"{variable(page)} = {way}")
    return "\n".join(["```python", *lines, "```"])


def _carriers(entry: str) -> list[str]:
    """Return what carries the calls of an entry."""
    names = {
        "rest": "REST",
        "socket": "the multiplexed socket",
        "http": "HTTP",
        "bulk-socket": "a socket of its own",
    }
    return [names[transport] for transport in gateways.fact(entry)["transports"]]


def _methods(page: Page, links: Links) -> Iterator[str]:
    """Yield what the class of a group has besides operations, such as `id`."""
    sync, _ = colours(page.group)
    own = [(name, method) for name, method in public_methods(sync) if name != "with_options"]
    if page.part is page.group and own:
        yield from (method_text(name, method, links, level=2) for name, method in own)


def _operation(it: Operation, links: Links) -> str:
    doc, signature = it.doc, it.signature
    returned = signature.return_annotation
    links = {name: target for name, target in links.items() if name not in signature.parameters}
    others = f"Also called {', '.join(f'`{name}`' for name in it.others)}." if it.others else ""
    parts = [
        f"## `{it.name}`",
        linked(doc.summary, links),
        f"```python\n{signature_text(it.name, signature, returned)}\n```",
        _spellings(it),
        linked(doc.description, links),
        others,
        parameters(shown(signature), doc.section("Args"), links),
        f"**Result:** {linked_type(returned, links)}. {linked(doc.returns, links)}".strip(),
        raised(doc.section("Raises"), links),
        *_addresses(it),
    ]
    return "\n\n".join(filter(None, parts))


def _addresses(operation: Operation) -> Iterator[str]:
    """Yield what an operation asks for, and how; one that is made of others names these."""
    if operation.is_made_of_others:
        places = {entry: f"{it.page.file}#{it.name}" for entry, it in performing().items()}
        asked = [(f"`{entry}`", places.get(entry)) for entry in operation.entries]
        names = (f"[{entry}]({place})" if place else entry for entry, place in asked)
        yield f"**On the wire:** {', '.join(names)}"
        return
    for entry in operation.entries:
        it = gateways.fact(entry)
        path, capability = gateways.rest(entry), gateways.capability(entry)
        types = ", ".join(f"`{name}`" for name in it["errors"])
        lost = it.get("errors_since_2_10_6")
        lines = [
            f"**On the wire:** `{entry}`",
            "",
            f"- Gateways: {gateways.having(entry)}",
            path and f"- REST: `{path}`",
            f"- Socket: {gateways.socket(entry)}",
            capability and f"- Capability: {capability}",
            types and f"- Error types: {types}",
            lost and f"- Errors of 2.10.6 and later: [{lost}](errors.md#{lost}). {LOST[lost]}",
        ]
        yield "\n".join(line for index, line in enumerate(lines) if line or index == 1)


def _spellings(it: Operation) -> str:
    """Return the operation as it is called where callers block, and with asyncio and trio."""
    group, signature = variable(it.page), it.signature
    given = shown(signature)
    names = [parameter.name for parameter in given if parameter.default is parameter.empty]
    required = ", ".join(names or (["..."] if given else []))
    call = f"{group}.{it.name}({required})"
    returned = signature.return_annotation
    result = "" if type_name(returned) == "None" else "result = "
    whole, streamed = _ways_to_answer(returned)
    blocking, awaited = ["# blocking"], ["# asyncio and trio"]
    if whole:
        blocking.append(f"{result}{call}")
        awaited.append(f"{result}await {call}")
    if streamed and whole:
        call = f"{call[:-1]}{', ' if required else ''}streaming=True)"
    if streamed:
        blocking += [f"for chunk in {call}:", "    ..."]
        awaited += [f"async for chunk in {call}:", "    ..."]
    return "\n".join(["```python", *blocking, *awaited, "```"])


def _ways_to_answer(returned: Any) -> tuple[bool, bool]:
    """Tell whether an operation can return its result, and whether it can return a stream."""
    text = type_name(returned)
    kinds = [part.partition("[")[0] in ("Stream", "Export") for part in text.split(" | ")]
    return not all(kinds), any(kinds)
