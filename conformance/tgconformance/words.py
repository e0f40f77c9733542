"""The vocabulary of the cases: which word stands for what in our core, in a table for each kind of step."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Final, cast

from tgconformance.members import JSON, CaseError, JSONObject, Members
from tgconformance.options import GENERATIONS, seconds
from tgconformance.subject import Client, Ended, Event, Received, Server, Subject
from tgproto.closing import CloseCause, CloseFrame, CloseKind, RefusedUpgrade
from tgproto.errors import (
    AuthenticationError,
    ConnectionFailed,
    ConnectionLost,
    RequestTimeout,
    ServiceError,
    StreamStalled,
)
from tgproto.secrets import Secret
from tgproto.session.envelope import WireError
from tgproto.session.events import (
    Authenticated,
    AuthenticationFailed,
    AuthenticationReceived,
    CloseCarrier,
    Completed,
    ConnectionClosed,
    CredentialWanted,
    Failed,
    MalformedMessage,
    RequestReceived,
    SendPing,
    UnmatchedMessage,
)
from tgproto.session.request import Request

# --- what the user of a client wants ------------------------------------------------------------


def _request(client: Client, members: Members, now: float) -> None:
    client.request(
        members.text("as"),
        Request(
            service=members.text("service"),
            body=_encode(members.value("body")),
            flow=members.optional_text("flow"),
            workspace=members.optional_text("workspace"),
        ),
        timeout=_optional_seconds(members, "timeout"),
        total_timeout=_optional_seconds(members, "total_timeout"),
        held=members.flag("held"),
        now=now,
    )


def _take(client: Client, members: Members, now: float) -> None:
    client.take(members.text("of"), now)


def _cancel(client: Client, members: Members, now: float) -> None:
    client.cancel(members.text("of"), now)


def _authenticate(client: Client, members: Members, now: float) -> None:
    client.session.authenticate(Secret(members.text("token")), now=now)


def _close_client(client: Client, members: Members, now: float) -> None:
    client.session.close(now=now, drain=_optional_seconds(members, "drain"))


CLIENT_INTENTS: Final[Mapping[str, Callable[[Client, Members, float], None]]] = {
    "request": _request,
    "take": _take,
    "cancel": _cancel,
    "authenticate": _authenticate,
    "close": _close_client,
}

# --- what the owner of a gateway wants ----------------------------------------------------------


def _accept(server: Server, members: Members, now: float) -> None:
    server.session.accept_authentication(members.text("default_workspace"), now=now)


def _reject(server: Server, members: Members, now: float) -> None:
    server.session.reject_authentication(members.text("message"), now=now)


def _respond(server: Server, members: Members, now: float) -> None:
    payload = _encode(members.value("payload"))
    server.session.respond(server.id_of(members.text("of")), payload, final=members.flag("complete"), now=now)


def _fail(server: Server, members: Members, now: float) -> None:
    error = WireError(members.text("type"), members.text("message"))
    server.session.fail(server.id_of(members.text("of")), error, final=members.flag("complete"), now=now)


def _refuse(server: Server, members: Members, now: float) -> None:
    error = WireError(members.text("type"), members.text("message"))
    server.session.refuse(server.id_of(members.text("of")), error, now=now)


def _close_server(server: Server, members: Members, now: float) -> None:
    server.session.close(now=now, code=members.integer("code"))


SERVER_INTENTS: Final[Mapping[str, Callable[[Server, Members, float], None]]] = {
    "accept": _accept,
    "reject": _reject,
    "respond": _respond,
    "fail": _fail,
    "refuse": _refuse,
    "close": _close_server,
}

# --- what a carrier reports ---------------------------------------------------------------------


def _opened(subject: Subject, members: Members, now: float) -> None:  # noqa: ARG001
    subject.session.carrier_opened(now=now)


def _pong(subject: Subject, members: Members, now: float) -> None:  # noqa: ARG001
    subject.session.receive_pong(subject.ping, now=now)


def _closed(subject: Subject, members: Members, now: float) -> None:
    kind = CloseKind.REMOTE if members.text("by") == "peer" else CloseKind.LOCAL
    cause = CloseCause(kind, sent=_frame(members, "sent"), received=_frame(members, "received"))
    subject.session.carrier_closed(cause, now=now)


def _lost(subject: Subject, members: Members, now: float) -> None:  # noqa: ARG001
    subject.session.carrier_closed(CloseCause(CloseKind.LOST), now=now)


def _refused(subject: Subject, members: Members, now: float) -> None:
    refused = RefusedUpgrade(members.integer("status"))
    subject.session.carrier_closed(CloseCause(CloseKind.REJECTED, refused=refused), now=now)


CARRIER_REPORTS: Final[Mapping[str, Callable[[Subject, Members, float], None]]] = {
    "opened": _opened,
    "pong": _pong,
    "closed": _closed,
    "lost": _lost,
    "refused": _refused,
}


def perform(subject: Subject, word: str, members: Members, now: float) -> None:
    """Do what the user of a subject wants.

    Args:
        subject: Whose user it is.
        word: What he wants, in the words of the cases.
        members: The rest of the step.
        now: Current time in seconds.

    Raises:
        CaseError: There is no such word in this role, or a member is wrong.
        LocalProtocolError: The subject refuses.
    """
    if isinstance(subject, Client) and word in CLIENT_INTENTS:
        CLIENT_INTENTS[word](subject, members, now)
    elif isinstance(subject, Server) and word in SERVER_INTENTS:
        SERVER_INTENTS[word](subject, members, now)
    else:
        raise CaseError(f"nobody in this role wants to {word}")
    members.finish()


def report(subject: Subject, word: str, members: Members, now: float) -> None:
    """Report to a subject what its carrier would.

    Args:
        subject: Whose carrier it is.
        word: What has happened, in the words of the cases.
        members: The rest of the step.
        now: Current time in seconds.

    Raises:
        CaseError: There is no such word, or a member is wrong.
    """
    if word not in CARRIER_REPORTS:
        raise CaseError(f"no carrier reports {word}")
    CARRIER_REPORTS[word](subject, members, now)
    members.finish()


# --- what a subject says ------------------------------------------------------------------------

CAUSES: Final[Mapping[CloseKind, str]] = {
    CloseKind.LOCAL: "local",
    CloseKind.REMOTE: "peer",
    CloseKind.LOST: "lost",
    CloseKind.REJECTED: "refused",
    CloseKind.PROTOCOL: "protocol",
    CloseKind.TIMEOUT: "timeout",
}


def describe_event(event: Event) -> JSONObject:
    """Return an event in the words of the cases."""
    match event:
        case Authenticated(default_workspace=workspace, dialect=dialect):
            generation = next(name for name, known in GENERATIONS.items() if known == dialect)
            return _known({"is": "authenticated", "default_workspace": workspace, "generation": generation})
        case AuthenticationFailed(message=message):
            return {"is": "authentication-failed", "message": message}
        case CredentialWanted():
            return {"is": "credential-wanted"}
        case Received(of=name, payload=payload):
            return {"is": "response", "of": name, "payload": decode(payload)}
        case Ended(of=name, outcome=Completed()):
            return {"is": "completed", "of": name}
        case Ended(of=name, outcome=Failed(error=error)):
            return {"is": "failed", "of": name, "error": _describe_error(error)}
        case UnmatchedMessage():
            return {"is": "unmatched"}
        case AuthenticationReceived(token=token):
            return {"is": "authentication-received", "token": token.reveal()}
        case RequestReceived():
            return _describe_request(event)
        case MalformedMessage():
            return {"is": "malformed"}
        case ConnectionClosed(cause=cause):
            return _describe_end(cause)
        case _:
            raise AssertionError(f"a subject does not tell {event}")


def describe_output(output: CloseCarrier | SendPing) -> JSONObject:
    """Return what a subject asks of its carrier in the words of the cases."""
    if isinstance(output, SendPing):
        return {"ask": "ping"}
    return _known({"ask": "close", "code": output.code, "abort": output.failure or None})


def describe_state(subject: Subject) -> JSONObject:
    """Return what a subject shows when it is looked at."""
    session = subject.session
    state: JSONObject = {
        "phase": session.state.value,
        "in_flight": session.in_flight,
        "reading": session.wants_read,
    }
    if isinstance(subject, Client):
        state |= {"live": subject.session.live, "retired": subject.session.retired}
    return state


def decode(text: bytes) -> JSON:
    """Decode JSON text as gateways write it."""
    return cast("JSON", json.loads(text))


def _describe_error(error: Exception) -> JSONObject:
    match error:
        case ServiceError():
            kind = "authentication" if isinstance(error, AuthenticationError) else "service"
            # An error that may be another request's says so beside its text.
            ambiguous = error.hint != error.default_hint or None
            return _known(
                {"kind": kind, "type": error.type, "message": error.message, "ambiguous": ambiguous}
            )
        case ConnectionFailed():
            return {"kind": "connection-failed"}
        case ConnectionLost():
            return {"kind": "connection-lost", "sent": error.sent, "delivered": error.delivered}
        case RequestTimeout():
            return {"kind": "timeout", "limit": error.option}
        case StreamStalled():
            return {"kind": "stalled"}
        case _:
            return {"kind": "other", "message": str(error)}


def _describe_request(event: RequestReceived) -> JSONObject:
    return _known(
        {
            "is": "request-received",
            "service": event.service,
            "flow": event.flow,
            "workspace": event.workspace,
        }
    ) | {"body": decode(bytes(event.body))}


def _describe_end(cause: CloseCause) -> JSONObject:
    return _known(
        {
            "is": "closed",
            "cause": CAUSES[cause.kind],
            "sent": cause.sent.code if cause.sent else None,
            "received": cause.received.code if cause.received else None,
            "status": cause.refused.status if cause.refused else None,
        }
    )


def _known(members: JSONObject) -> JSONObject:
    """Leave out the members of which nothing is known."""
    return {name: value for name, value in members.items() if value is not None}


def _encode(value: JSON) -> bytes:
    return json.dumps(value).encode()


def _frame(members: Members, name: str) -> CloseFrame | None:
    code = members.optional_integer(name)
    return None if code is None else CloseFrame(code)


def _optional_seconds(members: Members, name: str) -> float | None:
    limit = members.optional_integer(name)
    return None if limit is None else seconds(limit)
