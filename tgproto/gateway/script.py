"""What a request's own text says about its answer: how many pieces, how slowly, and whether it fails.

The same directives work in the scripted services that stand behind a real gateway in the interoperability
tests, so that one test can run against both.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

MAX_TEXT = 2**16
"""Characters of a request's text that are looked at."""
MAX_PIECES = 1_000_000
MAX_PIECE = 8 * 2**20
"""Longest piece, in characters."""
MAX_WHOLE = 16 * 2**20
"""Longest answer in one piece, in characters; what is beyond is left out."""
MAX_SECONDS = 86_400.0

_DIRECTIVE = re.compile(r"\b(n|delay|first|fail|drop|hang|size|empty)=([0-9]+(?:\.[0-9]+)?)", re.ASCII)
_ANSWER = "ANSWER<<"
_LETTERS = 3
_DEFAULT_COUNT = 5
_NUMBERED_PIECE = 16
"""No shorter than any numbered piece without padding."""


class Ending(enum.Enum):
    """How an answer ends."""

    DONE = "done"
    FAILED = "failed"
    SILENT = "silent"
    """Nothing more comes, not even an end."""


@dataclass(frozen=True, slots=True)
class Script:
    """How to tell an answer.

    Attributes:
        count: Pieces that are told before the ending.
        ending: How it ends after them.
        first: Seconds before the first piece, or before the ending if there is none.
        delay: Seconds before every piece.
        said: The pieces; None for numbered ones.
        size: Least length of a numbered piece, in characters.
        empty: Number of the piece that has no text, from 0; below 0 for none.
        scripted: Whether the text had any directive.
    """

    count: int = _DEFAULT_COUNT
    ending: Ending = Ending.DONE
    first: float = 0.0
    delay: float = 0.0
    said: Sequence[str] | None = None
    size: int = 0
    empty: int = -1
    scripted: bool = False

    @property
    def message(self) -> str:
        """What the service says when it fails."""
        return f"scripted failure after {self.count} chunks"

    def piece(self, index: int) -> str:
        """Return a piece.

        Args:
            index: Its number, from 0.
        """
        if index == self.empty:
            return ""
        if self.said is not None:
            return self.said[index]
        return f"chunk-{index} ".ljust(self.size, "x")

    def whole(self) -> str:
        """Return all pieces in one."""
        count = min(self.count, MAX_WHOLE // max(self.size, _NUMBERED_PIECE))
        return "".join(self.piece(index) for index in range(count))

    def saying(self, pieces: Sequence[str]) -> Script:
        """Return a script that tells these pieces, at the pace of this one."""
        return replace(self, count=len(pieces), said=pieces)


def read_script(text: str) -> Script:
    """Read the directives in a text.

    - `n=K`: number of pieces, 5 by default.
    - `delay=S`: seconds before every piece; `first=S`: seconds before the first one, in addition.
    - `fail=K`: the service fails after K pieces; `drop=K`: it falls silent after K; `hang=1`: at once.
    - `size=B`: every piece is padded to B characters.
    - `empty=K`: piece K, counted from 0, has no text.
    - `ANSWER<<text>>`: this text, in pieces of three characters.

    Values beyond the limits of this module are brought down to them.

    Args:
        text: A prompt, question or query. What is behind `MAX_TEXT` characters is not looked at.
    """
    text = text[:MAX_TEXT]
    found = {name: float(value) for name, value in _DIRECTIVE.findall(text)}
    _, opened, answer = text.partition(_ANSWER)
    answer, closed, _ = answer.partition(">>")
    said = pieces_of(answer) if opened and closed else None
    count = int(min(found.get("n", _DEFAULT_COUNT), MAX_PIECES)) if said is None else len(said)
    count, ending = _ending(found, count)
    return Script(
        count=count,
        ending=ending,
        first=min(found.get("first", 0.0), MAX_SECONDS),
        delay=min(found.get("delay", 0.0), MAX_SECONDS),
        said=said,
        size=int(min(found.get("size", 0), MAX_PIECE)),
        empty=int(min(found.get("empty", -1), MAX_PIECES)),
        scripted=bool(found) or said is not None,
    )


def pieces_of(text: str) -> list[str]:
    """Cut a text into pieces of three characters."""
    return [text[at : at + _LETTERS] for at in range(0, len(text), _LETTERS)]


def words_of(text: str) -> list[str]:
    """Cut a text into words, each with the blanks behind it."""
    return re.findall(r"\S+\s*", text)


def _ending(found: dict[str, float], count: int) -> tuple[int, Ending]:
    """Return how many pieces come before the ending, and which ending it is."""
    if found.get("hang"):
        return 0, Ending.SILENT
    fail, drop = found.get("fail", count + 1), found.get("drop", count + 1)
    if min(fail, drop) > count:
        return count, Ending.DONE
    return (int(fail), Ending.FAILED) if fail <= drop else (int(drop), Ending.SILENT)
