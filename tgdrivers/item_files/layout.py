"""What a file is: its format and its compression, told by its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

COMPRESSIONS = ("gz", "zst")

STANDARD = "-"
"""The path that stands for stdin or stdout."""


class UnknownFormat(ValueError):
    """A name does not tell a format, or not one of this kind of data. The message says what is known."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What a file is.

    Attributes:
        format: Suffix of its format, such as `nt`.
        compression: Suffix of its compression, `gz` or `zst`; empty for none.
    """

    format: str
    compression: str = ""


def layout_of(path: str, given: str | None, known: Sequence[str]) -> Layout:
    """Return what a file is.

    Args:
        path: Its path, or `STANDARD`.
        given: Suffixes to go by instead of its own, such as `nt` or `jsonl.gz`; None for its own.
        known: Suffixes of the formats that are possible.

    Raises:
        UnknownFormat: They tell none of these.
    """
    suffixes = (PurePath(path).name if given is None else f".{given}").lower().split(".")[1:]
    compression = suffixes.pop() if suffixes and suffixes[-1] in COMPRESSIONS else ""
    if suffixes and suffixes[-1] in known:
        return Layout(suffixes[-1], compression)
    what = f"the name of {path}" if given is None and path != STANDARD else f"--format {given or ''}".rstrip()
    either = ", ".join(f".{suffix}" for suffix in known)
    raise UnknownFormat(
        f"{what} tells no format that this data can have: {either}, each also with .gz or .zst"
    )
