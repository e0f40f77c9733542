"""Keeping tokens out of sight: a string that does not show itself, and URLs without their token."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import final
from urllib.parse import quote

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


def hide(secrets: Iterable[str], text: str) -> str:
    """Return `text` with secrets replaced by `***`: plain, as JSON writes them, or percent-encoded.

    Args:
        secrets: What to hide; empty strings are passed over.
        text: Any text.
    """
    spellings = {spelling for secret in secrets for spelling in _spellings(secret) if spelling}
    for spelling in sorted(spellings, key=len, reverse=True):  # one may be a part of another
        text = text.replace(spelling, HIDDEN)
    return text


def _spellings(secret: str) -> Iterable[str]:
    yield secret
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield quote(secret, safe="", errors="replace")


def redact_url(url: str) -> str:
    """Return `url` with tokens in its query and credentials before its host replaced by `***`."""
    return _USERINFO.sub(HIDDEN + "@", _QUERY.sub(rf"\g<1>{HIDDEN}", url))
