"""One request as an HTTP request, and the HTTP answer to it. Pure: for any HTTP client.

Shapes and statuses: gateway `endpoint/registry_endpoint.py` and `endpoint/variable_endpoint.py`, releases
1.7.1 to 2.11.1. Status 200 says nothing about success.
"""

from __future__ import annotations

import http
from typing import cast
from urllib.parse import quote, quote_plus, urlencode

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
from tgproto.offers import OFFERS
from tgproto.rest.config import RestOptions
from tgproto.session.envelope import WireError, refuse_error, wire_error
from tgproto.session.events import Payload
from tgproto.session.request import Answer, Form, Request


def encode(request: Request, options: RestOptions, workspace: str | None = None) -> HttpRequest:
    """Write a request.

    Args:
        request: What to ask.
        options: Where, and as whom.
        workspace: The caller's default workspace, if it is known; used where the request has to name one
            and does not.

    Returns:
        The HTTP request.

    Raises:
        LocalProtocolError: The flow's id is none that a URL can carry to the gateway, the token is none that
            a header can carry, the body is longer than `max_message_bytes`, or HTTP does not allow the method
            or the content type of a form.
    """
    named = request.workspace or (workspace if request.tells_workspace else None)
    form = request.form or _call(request, named)
    query = form.query
    if form.tenant and named:
        query = (*query, ("workspace", named))
    target = f"{options.path}{form.path}"
    if query:
        target = f"{target}?{urlencode(query, quote_via=quote_plus if options.manners.like_forms else quote)}"
    manners = options.manners
    headers = [*_ASKED[form.answer], *manners.headers]
    if form.content_type:
        headers.append(("Content-Type", form.content_type))
    if options.token and not form.public:
        headers.append((manners.token_header, f"{manners.token_prefix}{options.token.reveal()}"))
    if form.headers:
        replaced = {name.lower() for name, _ in form.headers}
        headers = [*form.headers, *(field for field in headers if field[0].lower() not in replaced)]
    size, limit = len(form.body), options.http.max_message_bytes
    if size > limit:
        raise LocalProtocolError(
            f"{request.service}: the request has {size} bytes, more than max_message_bytes ({limit})"
        )
    return HttpRequest(form.method, target, options.host, tuple(headers), form.body)


_ASKED = {
    Answer.JSON: (("Accept", "application/json"),),
    Answer.TEXT: (("Accept", "*/*"),),
    Answer.BYTES: (("Accept", "*/*"),),
    Answer.EVENTS: (
        ("Accept", "text/event-stream"),
        ("Accept-Encoding", "identity"),
        ("Cache-Control", "no-store"),
    ),
}
"""How an answer is read -> header fields. Gateways do not look at them; what is in front may."""


def _call(request: Request, workspace: str | None) -> Form:
    """Return how the call of a service looks."""
    service = quote(request.service, safe="/")
    if not request.flow:
        path = f"api/v1/{service}"
    elif "/" in request.flow or request.flow in (".", ".."):
        raise LocalProtocolError(
            f"{request.service}: the flow id {request.flow!r} can only be addressed with api.socket()"
        )
    else:
        path = f"api/v1/flow/{quote(request.flow, safe='')}/service/{service}"
    body = _with_workspace(request.body, workspace) if workspace else request.body
    return Form(path=path, body=body, content_type="application/json")


def read_answer(
    status: int,
    content_type: bytes,
    body: bytes,
    options: RestOptions,
    context: CallContext,
    form: Form | None = None,
) -> Payload | CallError:
    """Read an answer.

    Args:
        status: HTTP status.
        content_type: Value of that header; empty if there is none.
        body: The whole body.
        options: The caller's: its token is hidden where the gateway repeats it.
        context: Which call it answers.
        form: How the request looked; None for the call of a service.

    Returns:
        The answer's JSON text, or what else the form wants; or the error to raise.
    """
    if status == 401 and (form is None or not form.public):
        return AuthenticationError("the gateway refused the token with HTTP 401", "", context)
    payload = Payload(body)
    if 200 <= status < 300:
        if form is not None and form.answer is not Answer.JSON:
            return payload
        try:
            refuse_error(payload)
            return payload
        except (ValueError, RecursionError):
            pass  # an error, no object, or text for the lenient decoder
    try:
        value = lenient.loads(body)
    except lenient.JSONRefused as refusal:
        if status == 404 and form is not None and (offer := OFFERS.get(context.service)):
            return UnknownServiceError(f"HTTP 404: this gateway does not have it; {offer}", "", context, _AGE)
        if form is not None and status >= 500:
            what = f"HTTP {_phrase(status)} came from the gateway, or something in front of it"
            return ServiceError(
                what, "", context, "Check that what the gateway has to ask runs; try again later"
            )
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


_AGE = "Check which release it is, and host, port and path of the URL"

_REFUSALS: dict[tuple[int, str], type[ServiceError]] = {
    (400, "unknown operation"): UnknownServiceError,
    (404, "unknown kind"): UnknownServiceError,
    (404, "workspace not found"): WorkspaceNotFound,
}
"""HTTP status and message -> exception class; the gateway gives such refusals no type."""


def _refused(status: int, error: WireError, context: CallContext) -> CallError:
    text = error.message
    if status == 401:  # what was shown is in the request: a password, for instance
        return AuthenticationError(text, "", context, hint="")
    if status == 403:
        return AccessDenied(text, "access-denied", context)
    cls = _REFUSALS.get((status, text))
    if cls is not None:
        return cls(text, "", context)
    if not error.type and status >= 400:
        return ServiceError(f"{text} (HTTP {_phrase(status)})", "", context)
    return service_error(error.type, text, context)


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
