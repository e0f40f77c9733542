"""The escapes of texts and IRIs, which N-Triples, Turtle and SPARQL share."""

from __future__ import annotations

import re

_ESCAPE = re.compile(r"\\(?:u(.{4})|U(.{8})|(.))")
_MEANT = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}


def unescape(text: str) -> str:
    """Return a text without escapes.

    Args:
        text: What stands between the delimiters. Its escapes must be valid ones: a hexadecimal number of a
            character behind a `u` (4 digits) and a `U` (8 digits).
    """
    return _ESCAPE.sub(_character, text) if "\\" in text else text


def _character(escape: re.Match[str]) -> str:
    short, long, letter = escape.groups()
    return chr(int(short or long, 16)) if letter is None else _MEANT.get(letter, letter)
