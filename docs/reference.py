"""Writes the pages of `docs/reference/` from the code and its docstrings.

`python docs/reference.py` writes them; with `--check` it only says whether they are up to date.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from docs.generator import facts_pages, operation_pages, service_pages
from docs.generator.catalogue import groups, operations, pages, title

FOLDER = Path(__file__).with_name("reference")

SHARED = {
    "api.md": "The `Api` and its arguments",
    "streams.md": "Streams and options",
    "types.md": "Terms, chunks and results",
    "errors.md": "Errors",
    "dialects.md": "Gateway releases",
    "entries.md": "What gateways can be asked",
}
"""Pages about what operations share, and their titles."""

INTRODUCTION = """# Reference

Generated from the code by `make docs`; do not edit.

Every operation is written once, and is there in three ways: blocking, for asyncio and for trio; over REST
and over the socket. So each page shows an operation once, with the two ways to call it.
"""


def links() -> dict[str, str]:
    """Return the names that pages explain, and where."""
    found = {
        name: f"types.md#{name.lower()}"
        for module in facts_pages.type_modules()
        for name in facts_pages.type_names(module)
    }
    found |= {cls.__name__: f"errors.md#{cls.__name__.lower()}" for cls in facts_pages.error_classes()}
    found |= {name: f"streams.md#{name.lower()}" for name in ("Stream", "AsyncStream", "CallOptions")}
    return found | {"Dialect": "dialects.md#dialect", "with_options": "streams.md#with_options"}


def index() -> str:
    """Return the page that leads to the others."""
    parts = [INTRODUCTION]
    for group in groups():
        about = [page for page in pages() if page.group is group]
        lines: list[str] = []
        for page in about:
            names = ", ".join(f"[`{it.name}`]({page.file}#{it.name})" for it in operations(page))
            lines.append(f"- [{page.title}]({page.file}): {names}")
        parts += [f"## {title(group)}\n", "\n".join(lines) + "\n"] if about else []
    shared = "\n".join(f"- [{name}]({file})" for file, name in SHARED.items())
    services = "\n".join(f"- [{service.title}]({file})" for file, service in service_pages.SERVICES.items())
    return "\n".join(
        [
            *parts,
            "## What they share\n",
            f"{shared}\n",
            "## Other services\n",
            f"{services}\n- [Errors of services](service-errors.md)\n",
        ]
    )


def write() -> Mapping[str, str]:
    """Return all pages by name."""
    known = links()
    places = {
        (page.group, name): f"{page.file}#{it.name}"
        for page in pages()
        for it in operations(page)
        for name in (it.name, *it.others)
    }
    return {
        "index.md": index(),
        **{page.file: operation_pages.write(page, known) for page in pages()},
        **{file: service_pages.write(it, known) for file, it in service_pages.SERVICES.items()},
        "service-errors.md": service_pages.errors_page(known),
        "api.md": facts_pages.api_page(known),
        "streams.md": facts_pages.streams_page(known),
        "types.md": facts_pages.types_page(known),
        "errors.md": facts_pages.errors_page(known),
        "dialects.md": facts_pages.dialects_page(known),
        "entries.md": facts_pages.entries_page(places),
    }


def main() -> int:
    """Write or check the pages."""
    wanted = write()
    there = {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.md")}
    stale = sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))
    if "--check" in sys.argv:
        for name in stale:
            print(f"docs/reference/{name} is out of date; run `make docs`")
        return 1 if stale else 0
    FOLDER.mkdir(exist_ok=True)
    for name in stale:
        if name in wanted:
            (FOLDER / name).write_text(wanted[name], "utf-8")
        else:
            (FOLDER / name).unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
