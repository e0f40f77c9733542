"""The envelope of the multiplexed socket: the one place that knows the shapes of its frames.

Service-blind. `classify` reads what a gateway sends, in any shape of any release; `classify_client`
reads what a client sends; the rest writes frames. Shapes: gateway `dispatch/mux.py` and
`dispatch/requestor.py`, releases 1.7.1 to 2.11.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TypeAlias, cast

import msgspec
from msgspec import Raw, Struct, field

from tgproto import lenient
from tgproto.errors import CallContext, ServiceError, service_error
from tgproto.secrets import Secret


class WireError(Struct, frozen=True):
    """An error as a gateway wrote it: an object, or a bare string (then `type` is empty)."""

    type: str
    message: str
    bare: bool = False

    def hiding(self, token: Secret) -> WireError:
        """Return it without the token, should the gateway repeat it."""
        return WireError(token.hide_in(self.type), token.hide_in(self.message), self.bare)

    def to_exception(self, context: CallContext) -> ServiceError:
        """Build the exception for the call it answers."""
        return service_error(self.type, self.message, context)


class Answer(Struct, gc=False, forbid_unknown_fields=True):
    """A frame of an answer: `{"id":…,"response":…,"complete":…}`.

    Attributes:
        id: Id of the request; None if the frame has none that is a string.
        payload: The `response` member, undecoded.
        final: Whether the gateway said that this is the last frame.
    """

    id: str | None
    payload: Raw = field(name="response")
    final: bool = field(name="complete")


class EndFrame(Struct, frozen=True):
    """A frame without `response` that says that its request is complete."""

    id: str | None


class ErrorFrame(Struct, frozen=True):
    """An error, in the envelope or in the response. It ends its request, whatever `complete` says.

    Attributes:
        id: Id of the request; None for an error without id (gateway 1.x, and frames it could not read).
        error: What the gateway said.
    """

    id: str | None
    error: WireError


class AuthOk(Struct, frozen=True):
    """Authentication accepted. The member was `workspace` from 2.4.5 to 2.6.1."""

    default_workspace: str | None


class AuthFailed(Struct, frozen=True):
    """Authentication refused; the connection stays open."""

    message: str


class Unreadable(Struct, frozen=True):
    """A frame of an answer that is nested too deeply to be read.

    Attributes:
        id: Id of the request.
        reason: What is wrong with it.
        final: Whether the gateway said that this is the last frame.
    """

    id: str
    reason: str
    final: bool


class Unusable(Struct, frozen=True):
    """Nothing a gateway would send. `broken` means that it is not even a JSON object."""

    reason: str
    broken: bool


ServerFrame: TypeAlias = Answer | EndFrame | ErrorFrame | AuthOk | AuthFailed | Unreadable | Unusable


class _NoError(Struct, gc=False):
    error: None = None


decode_answer = msgspec.json.Decoder(Answer).decode
"""Reads an ordinary frame of an answer; `refuse_error` must look at its payload. A frame that has not
exactly the three members raises ValueError or RecursionError: `classify` reads it."""

refuse_error = msgspec.json.Decoder(_NoError).decode
"""Raises ValueError if a payload is no object, or has a member `error` that is not null."""

_decode_members = msgspec.json.Decoder(dict[str, Raw]).decode


def classify(message: bytes | str) -> ServerFrame:
    """Read one frame of a gateway. Never raises.

    Members that no rule is about, payloads among them, are cut out unread: that they are not UTF-8 or
    have a number that is too long shows when they are decoded.
    """
    try:
        answer = decode_answer(message)
        refuse_error(answer.payload)
        return answer
    except (ValueError, RecursionError):
        pass  # other members, an error, a response that is no object, or text for the lenient decoder
    try:
        return _classify_members(members_of(message))
    except lenient.TooDeep as refusal:
        return _classify_outline(message, str(refusal))
    except lenient.JSONRefused as refusal:
        return Unusable(str(refusal), broken=True)


def _classify_outline(message: bytes | str, reason: str) -> Unreadable | Unusable:
    """Find out which request a frame answers that is nested too deeply: the others need not suffer."""
    try:
        members = lenient.loads(lenient.outline(message))
    except lenient.JSONRefused:
        members = None
    if isinstance(members, dict):
        known = cast("dict[str, object]", members)
        if isinstance(ident := known.get("id"), str):
            return Unreadable(ident, reason, bool(known.get("complete")))
    return Unusable(reason, broken=True)


def _classify_members(members: dict[str, Raw]) -> ServerFrame:
    """Read any shape but the ordinary one.

    Raises:
        JSONRefused: A member cannot be decoded.
    """
    kind = _value(members, "type")
    if kind == "auth-ok":
        workspace = _value(members, "default_workspace") or _value(members, "workspace")
        return AuthOk(workspace if isinstance(workspace, str) else None)
    error = wire_error(_value(members, "error"))
    if kind == "auth-failed":
        return AuthFailed(error.message if error else "authentication failed")
    ident = _value(members, "id")
    name = ident if isinstance(ident, str) else None
    response = _value(members, "response")
    if error is None and isinstance(response, dict):
        error = wire_error(cast("dict[str, object]", response).get("error"))
    if error is not None:
        return ErrorFrame(name, error)
    final = bool(_value(members, "complete"))
    if "response" in members:
        return Answer(name, members["response"], final)
    return EndFrame(name) if final else Unusable("a frame without response or error", broken=False)


def wire_error(value: object) -> WireError | None:
    """Read an `error` member; None if it is absent or falsy, which is no error."""
    if not value:
        return None
    if isinstance(value, str):
        return WireError("", _text(value), bare=True)
    if isinstance(value, dict):
        members = cast("dict[str, object]", value)
        return WireError(_text(members.get("type")), _text(members.get("message")))
    return WireError("", f"an error of an unknown form ({type(value).__name__})")


def _text(value: object) -> str:
    """Return text that can be encoded: a lone surrogate becomes a question mark. Anything else is none."""
    return value.encode(errors="replace").decode() if isinstance(value, str) else ""


def members_of(message: bytes | str) -> dict[str, Raw]:
    """Cut an object into its members.

    Raises:
        JSONRefused: It is not a JSON object, or nested too deeply.
    """
    try:
        return _decode_members(message)
    except (ValueError, RecursionError):
        value = lenient.loads(message)
    if not isinstance(value, dict):
        raise lenient.JSONRefused("it is not a JSON object")
    return {name: Raw(lenient.dumps(member)) for name, member in cast("dict[str, object]", value).items()}


def _value(members: dict[str, Raw], name: str) -> object:
    raw = members.get(name)
    return None if raw is None else lenient.loads(raw)


class AuthFrame(Struct, frozen=True):
    """A client authenticates; an empty token asks for anonymous access."""

    token: Secret


class ClientRequest(Struct, frozen=True):
    """A request. `id` is kept as JSON text, because any JSON value may be an id and is echoed verbatim."""

    id: bytes
    service: str
    flow: str | None
    workspace: str | None
    body: Raw


class Malformed(Struct, frozen=True):
    """A frame the gateway answers with an error; `id` is None where the gateway does not echo one."""

    reason: str
    id: bytes | None


ClientFrame: TypeAlias = AuthFrame | ClientRequest | Malformed


def classify_client(message: bytes | str) -> ClientFrame:
    """Read one frame of a client, by the rules of gateway 2.x. Never raises."""
    try:
        members = members_of(message)
        token, service = _value(members, "token"), _value(members, "service")
        flow, workspace = _value(members, "flow"), _value(members, "workspace")
        ident = _value(members, "id")
        kind = _value(members, "type")
    except lenient.JSONRefused as refusal:
        return Malformed(str(refusal), None)
    if kind == "auth":
        return AuthFrame(Secret(token if isinstance(token, str) else ""))
    # A falsy id is dropped from the error frames of 2.x.
    echo = bytes(members["id"]) if ident else None
    if "id" not in members or "request" not in members:
        return Malformed("Bad message", echo)
    return ClientRequest(
        bytes(members["id"]),
        service if isinstance(service, str) else "",
        flow if flow and isinstance(flow, str) else None,
        workspace if workspace and isinstance(workspace, str) else None,
        members["request"],
    )


def encode_auth(token: Secret) -> bytes:
    """Write the authentication frame."""
    return lenient.dumps({"type": "auth", "token": token.reveal()})


def encode_request(ident: str, service: str, flow: str | None, workspace: str | None, body: bytes) -> bytes:
    """Write a request; `body` is the inner request as a JSON object."""
    return b'{"id":%b%b,"request":%b}' % (lenient.dumps(ident), _address(service, flow, workspace), body)


@lru_cache(maxsize=256)
def _address(service: str, flow: str | None, workspace: str | None) -> bytes:
    """Write the members that say where a request goes: the same few again and again."""
    parts = [b',"service":', lenient.dumps(service)]
    if flow:
        parts += b',"flow":', lenient.dumps(flow)
    if workspace:
        parts += b',"workspace":', lenient.dumps(workspace)
    return b"".join(parts)


def encode_answer(ident: bytes, payload: bytes, *, final: bool) -> bytes:
    """Write a frame of an answer; `ident` and `payload` are JSON text."""
    return b'{"id":%b,"response":%b,"complete":%b}' % (ident, payload, b"true" if final else b"false")


def encode_error(ident: bytes | None, error: WireError) -> bytes:
    """Write a refusal: a bare string without id (1.x), or an object with the id if there is one (2.x)."""
    if error.bare:
        return b'{"error":%b}' % lenient.dumps(error.message)
    text = lenient.dumps({"message": error.message, "type": error.type})
    start = b'{"id":%b,' % ident if ident is not None else b"{"
    return start + b'"error":%b,"complete":true}' % text


def encode_failure(error: WireError, beside: Mapping[str, object] | None = None) -> bytes:
    """Write a response payload that is an error, as the gateway does for anything after dispatch.

    `beside` are the members that some services of 2.10.6 and later send in front of it.
    """
    return lenient.dumps({**(beside or {}), "error": {"type": error.type, "message": error.message}})


def encode_auth_ok(default_workspace: str) -> bytes:
    """Write the answer to an accepted authentication."""
    return lenient.dumps({"type": "auth-ok", "default_workspace": default_workspace})


def encode_auth_failed(message: str) -> bytes:
    """Write the answer to a refused authentication."""
    return lenient.dumps({"type": "auth-failed", "error": message})
