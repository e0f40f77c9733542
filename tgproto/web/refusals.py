"""Reads what HTTP services answer when they refuse, whatever shape they give it.

There is no single shape: services, frameworks and proxies each have their own. Understood are those of
EdgeQuake (0.15), of the AI Assistant API, and of the frameworks that they are made with.
"""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime
from typing import Any, cast

from tgproto import lenient
from tgproto.errors import CallContext
from tgproto.link.http_types import ResponseHead
from tgproto.web.errors import CLASSES, HttpError, StreamError

MAX_TEXT = 2048
"""Characters of an answer that is no JSON which an error shows."""

_WORD = re.compile(r"[a-z][a-z0-9_.-]*")


def read_refusal(head: ResponseHead, body: str, context: CallContext) -> HttpError:
    """Return the error for an answer whose status is no success.

    Args:
        head: Its head.
        body: Its body.
        context: Which call it answers.
    """
    try:
        value = lenient.loads(body)
    except lenient.JSONRefused:
        value = None
    members = _object(value)
    text, code, details = read_error(members)
    if not members:
        text = body.strip()[:MAX_TEXT]
    more = _object(details)
    request_id = _header(head, b"x-request-id") or _text(members.get("request_id") or more.get("request_id"))
    kind = CLASSES.get(head.status, HttpError)
    return kind(
        text,
        head.status,
        code,
        context,
        details=details,
        request_id=request_id,
        retry_after=_retry_after(head, members, more),
    )


def read_error(members: dict[str, Any]) -> tuple[str, str, object]:
    """Return message, code and details of an error, in whatever of the known shapes it is.

    Args:
        members: The error, or what holds it as `error`.
    """
    error = members.get("error")
    if isinstance(error, dict):
        inner = cast("dict[str, Any]", error)
        return (
            _text(inner.get("message")),
            _text(inner.get("code") or inner.get("type")),
            inner.get("details"),
        )
    word = _text(error)
    message = _first_text(members.get("message"), _detail(members.get("detail")), error, members.get("title"))
    code = _text(members.get("code")) or _text(members.get("error_code"))
    if not code and word != message and _WORD.fullmatch(word):
        code = word
    details = members.get("details")
    return message, code, members.get("detail") if details is None else details


def says_failure(members: dict[str, Any]) -> bool:
    """Whether an event of a stream says that something failed.

    Args:
        members: The event: of type `error`, with an `error` and no type, or with the `done_reason` of Ollama.
    """
    kind = members.get("type")
    failed = kind is None and (members.get("error") or members.get("done_reason") == "error")
    return kind == "error" or bool(failed)


def failure_of(members: dict[str, Any]) -> StreamError:
    """Return the error that an event of a stream is.

    Args:
        members: The event.
    """
    message, code, details = read_error(members)
    said = _object(members.get("message")).get("content")
    return StreamError(
        _first_text(message, members.get("content"), members.get("response"), said),
        None,
        code,
        details=members if details is None else details,
        retry_after=_number(members.get("retry_after_secs")),
    )


def _object(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _detail(detail: object) -> str:
    """Return the text of what FastAPI calls `detail`: a text, or a list of places and messages."""
    if not isinstance(detail, list):
        return _text(detail)
    parts: list[str] = []
    for item in cast("list[object]", detail):
        if isinstance(item, dict):
            entry = cast("dict[str, Any]", item)
            place, message = entry.get("loc"), _text(entry.get("msg"))
            path = cast("list[object]", place) if isinstance(place, list) else [place]
            parts.append(": ".join(filter(None, (".".join(filter(None, map(_text, path))), message))))
    return "; ".join(parts)


def _first_text(*values: object) -> str:
    return next((value for value in values if isinstance(value, str) and value), "")


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _header(head: ResponseHead, name: bytes) -> str:
    return (head.header(name) or b"").decode("ascii", "replace")


def _retry_after(head: ResponseHead, members: dict[str, Any], details: dict[str, Any]) -> float | None:
    """Return the longest of the times that a service says to wait, or None if it says none."""
    waits = [
        _seconds(_header(head, b"retry-after"), _header(head, b"date")),
        _number(members.get("retry_after_seconds")),
        _number(details.get("retry_after_ms"), 0.001),
        _number(details.get("retry_after_secs")),
    ]
    return max((wait for wait in waits if wait is not None), default=None)


def _number(value: object, unit: float = 1.0) -> float | None:
    good = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 1e9
    return float(cast("float", value)) * unit if good else None


def _seconds(value: str, date: str) -> float | None:
    """Return the seconds of a `Retry-After`, which may be a date; the server's `Date` is its clock."""
    if value.isdigit():
        return _number(int(value[:12]))
    try:
        return max(0.0, (parsedate_to_datetime(value) - parsedate_to_datetime(date)).total_seconds())
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
