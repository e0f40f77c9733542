"""Docstrings in Google style, as the project writes them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

SECTIONS = ("Args", "Attributes", "Raises")
"""Sections that are lists of names with a text each. `Returns` is a text."""

_HEADING = re.compile(rf"({'|'.join(SECTIONS)}|Returns):")
_ITEM = re.compile(r" {4}([*\w.]+): (.*)")


@dataclass(frozen=True, slots=True)
class Docstring:
    """A docstring in parts.

    Attributes:
        summary: Its first sentence or two; they end with the first line that is blank.
        description: What follows up to the first section, in Markdown.
        sections: Names and texts of each section but `Returns`.
        returns: The text of `Returns`.
    """

    summary: str = ""
    description: str = ""
    sections: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    returns: str = ""

    def section(self, name: str) -> dict[str, str]:
        """Return a section, empty if there is none."""
        return self.sections.get(name, {})


def parse(text: str) -> Docstring:
    """Take a docstring apart.

    Args:
        text: The docstring, indented or not.

    Raises:
        ValueError: A section has a line that is neither an item nor its continuation.
    """
    blocks = list(_blocks(inspect.cleandoc(text).splitlines()))
    head = "\n".join(blocks[0][1]).strip() if blocks else ""
    summary, _, description = head.partition("\n\n")
    sections = {name: dict(_items(name, lines)) for name, lines in blocks[1:] if name != "Returns"}
    returns = next((" ".join(" ".join(lines).split()) for name, lines in blocks if name == "Returns"), "")
    return Docstring(" ".join(summary.split()), description.strip(), sections, returns)


def _blocks(lines: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield headings and what is below them; the heading in front of the first one is empty."""
    name, block = "", list[str]()
    for line in lines:
        found = _HEADING.fullmatch(line)
        if found is None:
            block.append(line)
        else:
            yield name, block
            name, block = found[1], []
    yield name, block


def _items(section: str, lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the names of a section and their texts, each on one line."""
    name, parts = "", list[str]()
    for line in filter(str.strip, lines):
        found = _ITEM.fullmatch(line)
        if found is not None:
            if name:
                yield name, " ".join(parts)
            name, parts = found[1], [found[2].strip()]
        elif name and line.startswith(" " * 8):
            parts.append(line.strip())
        else:
            raise ValueError(f"{section}: {line!r} is neither an item nor the rest of one")
    if name:
        yield name, " ".join(parts)
