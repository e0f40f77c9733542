"""Keeping tokens out of sight: a string that does not show itself, and URLs without their token."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import final

HIDDEN = "***"
_QUERY = re.compile(r"(?i)([?&](?:token|access_token|api_key)=)[^&#\s]*")
_USERINFO = re.compile(r"(?<=://)[^/?#\s]*@")


@final
class Secret:
    """A token. `repr`, `str` and pickling do not reveal it; only `reveal()` does.

    Args:
        value: The token, or an empty string for none.

    Raises:
        TypeError: `value` is not a string.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        if not isinstance(value, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"a token must be a str, not {type(value).__name__}")
        self._value = value

    def reveal(self) -> str:
        """Return the token itself."""
        return self._value

    def hide_in(self, text: str) -> str:
        """Return a text of somebody else with the token, should it repeat it, replaced by `***`."""
        return hide((self._value,), text)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return f"Secret({HIDDEN})"

    __str__ = __repr__

    def __reduce__(self) -> tuple[type[Secret], tuple[str]]:
        raise TypeError("a Secret is not pickled, because a pickle would show the token")


NO_TOKEN = Secret("")
"""Asks for anonymous access."""

_SHORTEST_CUT = 8
"""Characters of a secret at the end of a text, at least, that count as one that was cut off there."""


def hide(secrets: Iterable[str], text: str) -> str:
    """Return `text` with secrets replaced by `***`, however each of their characters is escaped.

    Known are JSON (once or more often), percent-encoding, HTML and forms. A secret that is cut off at the end
    of the text is found if it is spelt plainly.

    Args:
        secrets: What to hide; empty strings are passed over.
        text: Any text.
    """
    known = sorted(filter(None, secrets), key=len, reverse=True)  # one may be a part of another
    for secret in known:
        text = _pattern(secret).sub(HIDDEN, text)
    for secret in known:
        for size in range(len(secret) - 1, _SHORTEST_CUT - 1, -1):
            if text.endswith(secret[:size]):
                text = text[:-size] + HIDDEN
                break
    return text


@lru_cache(maxsize=16)
def _pattern(secret: str) -> re.Pattern[str]:
    return re.compile("".join(f"(?:{'|'.join(_spellings(character))})" for character in secret))


def _spellings(character: str) -> Iterator[str]:
    """Yield patterns for one character: plain, in a JSON text, in a URL, in a page, in a form."""
    yield re.escape(character)
    units = character.encode("utf-16-be", "surrogatepass")
    yield "".join(rf"\\+(?i:u{units[i : i + 2].hex()})" for i in range(0, len(units), 2))
    if character in _SHORT:
        yield rf"\\+{re.escape(_SHORT[character])}"
    octets = character.encode("utf-8", "replace")
    yield "(?i:" + "".join(f"%{octet:02x}" for octet in octets) + ")"
    if (page := html.escape(character)) != character:
        yield re.escape(page)
    yield f"&#(?:{ord(character)}|(?i:x0*{ord(character):x}));"
    if character == " ":
        yield r"\+"


_SHORT = {'"': '"', "\\": "\\", "/": "/", "\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t"}
"""What JSON may put behind a backslash, by character."""


def redact_url(url: str) -> str:
    """Return `url` with tokens in its query and credentials before its host replaced by `***`."""
    return _USERINFO.sub(HIDDEN + "@", _QUERY.sub(rf"\g<1>{HIDDEN}", url))
