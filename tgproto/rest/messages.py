"""One request as an HTTP request, and the HTTP answer to it. Pure: for any HTTP client.

Shapes and statuses: gateway `endpoint/registry_endpoint.py` and `endpoint/variable_endpoint.py`, releases
1.7.1 to 2.11.1. Status 200 says nothing about success.
"""

from __future__ import annotations

import http
from typing import cast
from urllib.parse import quote

from tgproto import lenient
from tgproto.errors import (
    AccessDenied,
    AuthenticationError,
    CallContext,
    CallError,
    DecodeError,
    GatewayError,
    LocalProtocolError,
    NotAGateway,
    ServiceError,
    UnknownServiceError,
    WorkspaceNotFound,
    service_error,
)
from tgproto.link.http_types import HttpRequest
from tgproto.rest.config import RestOptions
from tgproto.session.envelope import WireError, refuse_error, wire_error
from tgproto.session.events import Payload
from tgproto.session.request import Request


def encode(request: Request, options: RestOptions, workspace: str | None = None) -> HttpRequest:
    """Write a request.

    Args:
        request: What to ask.
        options: Where, and as whom.
        workspace: The caller's default workspace, if it is known; used for a flow service where the request
            names none.

    Returns:
        The HTTP request.

    Raises:
        LocalProtocolError: The flow's id is none that a URL can carry to the gateway, the token is none that
            a header can carry, or the body is longer than `max_message_bytes`.
    """
    service = quote(request.service, safe="/")
    if not request.flow:
        target = f"{options.path}api/v1/{service}"
    elif "/" in request.flow or request.flow in (".", ".."):
        raise LocalProtocolError(
            f"{request.service}: the flow id {request.flow!r} can only be addressed with api.socket()"
        )
    else:
        target = f"{options.path}api/v1/flow/{quote(request.flow, safe='')}/service/{service}"
    headers = [("Accept", "application/json"), ("Content-Type", "application/json")]
    if options.token:
        headers.append(("Authorization", f"Bearer {options.token.reveal()}"))
    body = request.body
    named = request.workspace or (workspace if request.flow else None)
    if named:
        body = _with_workspace(body, named)
    limit = options.http.max_message_bytes
    if len(body) > limit:
        raise LocalProtocolError(
            f"{request.service}: the request has {len(body)} bytes, more than max_message_bytes ({limit})"
        )
    return HttpRequest("POST", target, options.host, tuple(headers), body)


def read_answer(
    status: int, content_type: bytes, body: bytes, options: RestOptions, context: CallContext
) -> Payload | CallError:
    """Read an answer.

    Args:
        status: HTTP status.
        content_type: Value of that header; empty if there is none.
        body: The whole body.
        options: The caller's: its token is hidden where the gateway repeats it.
        context: Which call it answers.

    Returns:
        The answer's JSON text, or the error to raise.
    """
    if status == 401:
        return AuthenticationError("the gateway refused the token with HTTP 401", "", context)
    payload = Payload(body)
    if 200 <= status < 300:
        try:
            refuse_error(payload)
            return payload
        except (ValueError, RecursionError):
            pass  # an error, no object, or text for the lenient decoder
    try:
        value = lenient.loads(body)
    except lenient.JSONRefused as refusal:
        return _unreadable(status, _kind(content_type, options), str(refusal), context)
    if not isinstance(value, dict):
        return _unreadable(status, _kind(content_type, options), "it is not a JSON object", context)
    members = cast("dict[str, object]", value)
    error = wire_error(members.get("error"))
    if error is not None:
        return _refused(status, error.hiding(options.secret), context)
    if 200 <= status < 300:
        return Payload(lenient.dumps(members))
    return ServiceError(f"the gateway answered with HTTP {_phrase(status)}", "", context)


_REFUSALS: dict[tuple[int, str], type[ServiceError]] = {
    (400, "unknown operation"): UnknownServiceError,
    (404, "unknown kind"): UnknownServiceError,
    (404, "workspace not found"): WorkspaceNotFound,
}
"""HTTP status and message -> exception class; the gateway gives such refusals no type."""


def _refused(status: int, error: WireError, context: CallContext) -> CallError:
    text = error.message
    if status == 403:
        return AccessDenied(text, "access-denied", context)
    cls = _REFUSALS.get((status, text))
    if cls is not None:
        return cls(text, "", context)
    if not error.type and status >= 400:
        return ServiceError(f"{text} (HTTP {_phrase(status)})", "", context)
    return service_error(error.type or "error", text, context)


def _kind(content_type: bytes, options: RestOptions) -> str:
    kind = content_type.partition(b";")[0].strip().decode("ascii", "replace")
    return options.secret.hide_in(kind)


def _unreadable(status: int, kind: str, why: str, context: CallContext) -> CallError:
    """Return the error for an answer that no gateway gives."""
    if status >= 400:
        what = f"HTTP {_phrase(status)} came from something in front of the gateway, or instead of it"
        if status >= 500:
            return ServiceError(what, "", context, "Check that the gateway runs; try again later")
        return NotAGateway(what, context) if status != 413 else GatewayError(what, "", context)
    if kind.lower() == "application/json":
        return DecodeError(f"the answer cannot be read: {why}", context)
    return NotAGateway(f"the answer is {kind or 'of no stated type'}, not JSON", context)


def _phrase(status: int) -> str:
    try:
        return f"{status} {http.HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _with_workspace(body: bytes, workspace: str) -> bytes:
    """Return a JSON object with one more member in front."""
    rest = body.lstrip()[1:].lstrip()
    comma = b"" if rest.startswith(b"}") else b","
    return b'{"workspace":' + lenient.dumps(workspace) + comma + rest
