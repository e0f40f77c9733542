"""What all readers return, and what they raise."""

from __future__ import annotations

from typing import NamedTuple

from tgproto.errors import TrustGraphError

LONGEST = 2**24
"""Characters, or bytes, that a line may have with its end, and a row of CSV with all its lines."""


class Numbered(NamedTuple):
    """An item, and where it stands.

    Attributes:
        number: Number of its line, or of its row in a file without lines; from 1.
        item: The item; an `Unreadable` where there should be one and is none.
    """

    number: int
    item: object


class UnreadableFile(TrustGraphError, ValueError):
    """Nothing more can be read from a file: it is of another format, or torn."""
