"""How a gateway refuses a plain request, and reads its body."""

from __future__ import annotations

import json

from tgproto.serving.messages import WebAnswer
from tgproto.types.wire import encode

MAX_BODY_BYTES = 256 * 2**20
"""Longest body of a request that a gateway accepts."""


def refuse(status: int, message: str) -> WebAnswer:
    """Return a refusal as gateways write it: a bare text."""
    return WebAnswer(status, encode({"error": message}))


def parse_body(body: bytes) -> object:
    """Read JSON as a gateway does, in whose words the error is.

    Args:
        body: The body of a request.

    Returns:
        The value.

    Raises:
        ValueError: It is no JSON.
        RecursionError: It is nested too deeply.
    """
    return json.loads(body.decode())
