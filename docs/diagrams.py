"""Writes the state diagrams of `docs/states.md` from the tables of the core.

`python docs/diagrams.py` writes the page; with `--check` it only says whether the page is up to date.
"""

from __future__ import annotations

import enum
import sys
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from tgproto.link.tables import TRANSITIONS as LINK
from tgproto.session.tables import SESSION, STREAM

PAGE = Path(__file__).with_name("states.md")

Table = Mapping[enum.Enum, Mapping[enum.Enum, enum.Enum]]

INTRODUCTION = """# States

Generated from the tables by `make docs`; do not edit. A transition that is not drawn is not allowed: for
a method it is a `LocalProtocolError`, for bytes of the peer a protocol error. Both roles follow the same
tables.
"""


def diagram(table: Table) -> str:
    """Draw a table; inputs that lead from one state to another share an arrow."""
    arrows: dict[tuple[enum.Enum, enum.Enum], list[str]] = defaultdict(list)
    for state, row in table.items():
        for event, after in row.items():
            arrows[state, after].append(str(event.value))
    names = {state: str(state.name) for state in table}
    first = next(iter(table))
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {names[first]}"]
    lines += [f"    {names[a]} --> {names[b]}: {' / '.join(events)}" for (a, b), events in arrows.items()]
    final = [state for state, row in table.items() if set(row.values()) <= {state}]
    lines += [f"    {names[state]} --> [*]" for state in final]
    return "\n".join([*lines, "```"])


def grid(table: Table) -> str:
    """Write a table as a table."""
    events = list(type(next(iter(next(iter(table.values()))))))
    head = "| state | " + " | ".join(str(event.value) for event in events) + " |"
    rows = [
        f"| **{state.name}** | "
        + " | ".join(row[event].name if event in row else "·" for event in events)
        + " |"
        for state, row in table.items()
    ]
    return "\n".join([head, "| --- " * (len(events) + 1) + "|", *rows])


def page() -> str:
    """Return the whole page."""
    parts = [INTRODUCTION]
    for title, source, table in (
        ("The WebSocket link", "tgproto/link/tables.py", LINK),
        ("A session", "tgproto/session/tables.py", SESSION),
        ("A stream", "tgproto/session/tables.py", STREAM),
    ):
        parts.append(f"## {title}\n\nFrom `{source}`.\n\n{diagram(table)}\n\n{grid(table)}\n")
    return "\n".join(parts)


def main() -> int:
    """Write or check the page."""
    text = page()
    if "--check" in sys.argv:
        if PAGE.read_text("utf-8") != text:
            print("docs/states.md is out of date; run `make docs`")
            return 1
    else:
        PAGE.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
