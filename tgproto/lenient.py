"""JSON as gateways really write it: what `msgspec` refuses is decoded once more, under a depth limit.

Gateways encode with Python's `json`, so `NaN`, `Infinity` and lone surrogates may be on the wire.
"""

from __future__ import annotations

import json
import re

import msgspec

MAX_DEPTH = 500
"""Deepest nesting of arrays and objects that the second decoder accepts."""

# A string without its end takes the rest of the text: what follows is looked at once, not again and again.
_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[\]{}]', re.DOTALL)
_encode = json.JSONEncoder(separators=(",", ":")).encode


class JSONRefused(ValueError):
    """It is not JSON, or nested too deeply. The message says which and never quotes it."""


class TooDeep(JSONRefused):
    """It is nested too deeply."""


def loads(text: bytes | str | msgspec.Raw) -> object:
    """Decode JSON text, tolerating `NaN`, `Infinity` and lone surrogates.

    Args:
        text: UTF-8 bytes, a string, or a raw value that `msgspec` cut out of one.

    Returns:
        The value, made of dict, list, str, int, float, bool and None.

    Raises:
        JSONRefused: The text is not JSON, or, as `TooDeep`, nested deeper than `MAX_DEPTH` or the
            interpreter allows.
    """
    try:
        try:
            return msgspec.json.decode(text)
        except ValueError:
            return _loads_again(text if isinstance(text, str) else bytes(text))
    except RecursionError:
        raise TooDeep("it is nested too deeply") from None


def outline(text: bytes | str) -> str:
    """Return an object's text with null in place of every object and array in it, however deep.

    What is left out is not looked at. Takes linear time, whatever the text.

    Args:
        text: UTF-8 bytes or a string.
    """
    string = text if isinstance(text, str) else text.decode("utf-8", "replace")
    pieces: list[str] = []
    depth = start = 0
    for match in _TOKEN.finditer(string):
        character = string[match.start()]
        if character in "[{":
            depth += 1
            if depth == 2:
                pieces += string[start : match.start()], "null"
        elif character in "]}":
            if depth == 2:
                start = match.end()
            depth -= 1
    return "".join(pieces) + (string[start:] if depth < 2 else "")


def dumps(value: object) -> bytes:
    """Encode a value that `loads` returned; the reverse of `loads`, as compact ASCII.

    Raises:
        TooDeep: The value is nested deeper than the interpreter allows.
    """
    try:
        if type(value) is str and value.isascii():
            return msgspec.json.encode(value)  # most texts, and much quicker
        return _encode(value).encode("ascii")
    except RecursionError:
        raise TooDeep("it is nested too deeply") from None


def _loads_again(text: bytes | str) -> object:
    try:
        string = text if isinstance(text, str) else text.decode("utf-8")
        _check_depth(string)
        return json.loads(string)
    except JSONRefused:
        raise
    except UnicodeDecodeError:
        raise JSONRefused("it is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise JSONRefused(f"it is not JSON: {error.msg} (character {error.pos})") from None
    except ValueError:  # an integer with too many digits
        raise JSONRefused("it has a number that is too long") from None


def _check_depth(text: str) -> None:
    depth = 0
    for match in _TOKEN.finditer(text):
        character = text[match.start()]
        if character in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise TooDeep(f"it is nested deeper than {MAX_DEPTH} levels") from None
        elif character in "]}":
            depth -= 1
