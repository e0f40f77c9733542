"""What a plain request shows of its sender."""

from __future__ import annotations

from tgproto.link.http_types import Headers


def shown(authorization: str) -> Headers:
    """Return the header fields of a request with a value of Authorization; none if it is empty."""
    return ((b"authorization", authorization.encode()),) if authorization else ()
