"""What the tests of client sessions share: frames of the gateway, and a session that is ready."""

from __future__ import annotations

import json

from tgproto.closing import CloseCause, CloseKind
from tgproto.session.client import ClientSession
from tgproto.session.config import ClientConfig, KeepaliveConfig
from tgproto.session.events import Failed
from tgproto.session.request import Request

REQUEST = Request("config", b"{}")
LOST = CloseCause(CloseKind.LOST, "connection reset")
AUTH_OK = b'{"type":"auth-ok","default_workspace":"acme"}'
AUTH_FAILED = b'{"type":"auth-failed","error":"auth failure"}'
BAD_1 = b'{"error":"Bad message"}'
BAD_2 = b'{"error":{"message":"Bad message","type":"error"},"complete":true}'
REQUIRED = '{"id":"%d","error":{"message":"auth failure","type":"auth-required"},"complete":true}'


def config(**options: object) -> ClientConfig:
    return ClientConfig(**{"keepalive": KeepaliveConfig(interval=None), **options})


def ready(**options: object) -> ClientSession:
    """Return a session of a 2.x gateway that is ready for requests; all its events are taken."""
    session = ClientSession(config(**options))
    session.carrier_opened(now=0.0)
    session.receive_message(AUTH_OK, now=0.0)
    assert len(outputs(session)) == 1
    assert len(events(session)) == 1
    return session


def outputs(session: ClientSession) -> list[object]:
    """Take all outputs; messages are decoded."""
    return [json.loads(out) if isinstance(out, bytes) else out for out in iter(session.next_output, None)]


def events(session: ClientSession) -> list[object]:
    return list(iter(session.next_event, None))


def ask(
    session: ClientSession, request: Request = REQUEST, *, now: float = 0.0, **limits: float | None
) -> int:
    """Submit a request and write it."""
    stream = session.send_request(request, now=now, **limits)
    outputs(session)
    return stream


def error_of(session: ClientSession, stream_id: int) -> Exception:
    outcome = session.outcome(stream_id)
    assert isinstance(outcome, Failed)
    return outcome.error
