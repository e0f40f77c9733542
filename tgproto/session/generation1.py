"""What gateway 1.x makes of a frame of a client: nobody authenticates by one, and all else is tried as it is.

What the gateway cannot use it refuses in the words of its Python, 3.11.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import cast

from msgspec import Raw

from tgproto import lenient
from tgproto.session.envelope import ClientRequest, Malformed, members_of

_NO_SERVICE = ""
"""No flow has a service of this name."""

_TEXT_INDEX = "string indices must be integers, not 'str'"
_LIST_INDEX = "list indices must be integers or slices, not str"


def classify_client(message: bytes | str) -> ClientRequest | Malformed:
    """Read one frame of a client, by the rules of gateway 1.x. Never raises.

    A `type` says nothing. Where the address cannot be one, the gateway notices that later, when the request
    has its turn; here it is malformed.
    """
    try:
        message = _text(message)
        members = members_of(message)
        wrong = _missing(members)
        address = {} if wrong else _address(members)
    except UnicodeDecodeError as error:
        return Malformed(str(error), None)
    except lenient.JSONRefused as refusal:
        return Malformed(_no_object(message) or str(refusal), None)
    service, flow = address.get("service"), address.get("flow")
    if wrong := wrong or _misplaced(service, flow):
        return Malformed(wrong, None)
    return ClientRequest(
        bytes(members["id"]),
        service if isinstance(service, str) else _NO_SERVICE,
        flow if flow and isinstance(flow, str) else None,
        None,
        members["request"],
    )


def _text(message: bytes | str) -> str:
    """Return the text of a message, which may be in any encoding that Python tells by its first bytes."""
    if isinstance(message, str):
        return message
    return message.decode(json.detect_encoding(message), "surrogatepass")


def _missing(members: Mapping[str, Raw]) -> str:
    """Return what is said of members that are not there; empty if all are."""
    if "request" not in members or "id" not in members:
        return "Bad message"
    return "" if "service" in members else "'service'"


def _address(members: Mapping[str, Raw]) -> dict[str, object]:
    return {name: lenient.loads(members[name]) for name in ("service", "flow") if name in members}


def _misplaced(service: object, flow: object) -> str:
    """Return what is said of a service or a flow that cannot be one; empty if both can."""
    if flow and not isinstance(flow, str):
        return _unhashable(flow) or "Invalid flow"
    if isinstance(service, str):
        return ""
    if flow:
        return _unhashable(service)
    return _unhashable(service) or repr(service)


def _unhashable(value: object) -> str:
    if isinstance(value, list):
        return "unhashable type: 'list'"
    return "unhashable type: 'dict'" if isinstance(value, dict) else ""


def _no_object(message: str | bytes) -> str:
    """Return what is said of a message that is no JSON object; empty if it is one, though a difficult one."""
    try:
        value: object = json.loads(message)
    except (ValueError, RecursionError) as error:
        return str(error)
    if isinstance(value, dict):
        return ""
    if not isinstance(value, list | str):
        return f"argument of type '{type(value).__name__}' is not iterable"
    items = cast("list[object] | str", value)
    if "request" not in items or "id" not in items:
        return "Bad message"
    return _TEXT_INDEX if isinstance(value, str) else _LIST_INDEX
