"""What all readers return, what they raise, and what they pass over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import AnyStr, NamedTuple

from tgproto.errors import TrustGraphError
from tgproto.types.bulk import Unreadable

LONGEST = 2**24
"""Characters, or bytes, that a line may have with its end, and a row of CSV with all its lines."""

_MARK = "\ufeff"


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


def unmarked(lines: Iterable[AnyStr | Unreadable]) -> Iterator[AnyStr | Unreadable]:
    """Yield the lines of a file, without the byte order mark that may be in front of the first one.

    Args:
        lines: Lines, as text or in UTF-8. An `Unreadable` in place of a line stays one.
    """
    rest = iter(lines)
    for first in rest:
        if isinstance(first, str):
            yield first.removeprefix(_MARK)
        elif isinstance(first, bytes):
            yield first.removeprefix(_MARK.encode())
        else:
            yield first
        yield from rest
