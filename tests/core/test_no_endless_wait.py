"""No state of either role can wait for ever on a silent peer.

Each scene brings a session into one state; from then on nobody says anything and only time passes. The
session must end, or the stream must get its outcome, by its own deadlines. Scenes that do not end are
listed with the reason: it is the local owner that is waited for, or the owner has switched the limit off.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tgproto.closing import CloseCause, CloseKind
from tgproto.dialect import GENERATION_1, GENERATION_2
from tgproto.session.client import ClientSession
from tgproto.session.config import ClientConfig, KeepaliveConfig, ServerConfig
from tgproto.session.request import Request
from tgproto.session.server import ServerSession
from tgproto.session.tables import SessionState, StreamState

AnySession = ClientSession | ServerSession

ON, OFF = KeepaliveConfig(), KeepaliveConfig(interval=None)
STEPS = 100
REQUEST = Request("config", b"{}")
AUTH_OK = b'{"type":"auth-ok"}'
AUTH_FAILED = b'{"type":"auth-failed","error":"no"}'
REQUIRED = b'{"id":"1","error":{"type":"auth-required","message":"m"}}'
CHUNK = b'{"id":"1","response":1,"complete":false}'
TOKEN = b'{"type":"auth","token":"t"}'


def new(keepalive: KeepaliveConfig, **options: object) -> ClientSession:
    return ClientSession(ClientConfig(keepalive=keepalive, **options))


def authenticating(keepalive: KeepaliveConfig, **options: object) -> ClientSession:
    session = new(keepalive, **options)
    session.carrier_opened(now=0.0)
    return session


def ready(keepalive: KeepaliveConfig, **options: object) -> ClientSession:
    session = authenticating(keepalive, **options)
    session.receive_message(AUTH_OK, now=0.0)
    return session


def asked(
    session: ClientSession, timeout: float | None = 60.0, total_timeout: float | None = None
) -> ClientSession:
    session.send_request(REQUEST, now=0.0, timeout=timeout, total_timeout=total_timeout)
    while session.next_output() is not None:
        pass
    return session


def told(session: AnySession, *messages: bytes) -> AnySession:
    session.receive_messages(messages, now=0.0)
    return session


def cancelled(session: ClientSession, stream_id: int = 1) -> ClientSession:
    session.cancel(stream_id, now=0.0)
    return session


def closed(session: AnySession, drain: float | None = None) -> AnySession:
    if drain is None:
        session.close(now=0.0)
    else:
        session.close(now=0.0, drain=drain)
    return session


def gone(session: AnySession) -> AnySession:
    session.carrier_closed(CloseCause(CloseKind.LOST), now=0.0)
    return session


def server(keepalive: KeepaliveConfig, **options: object) -> ServerSession:
    """Return the session of a gateway at which the caller is already known."""
    session = ServerSession(ServerConfig(GENERATION_1, keepalive=keepalive, **options))
    session.carrier_opened(now=0.0)
    return session


def judging(keepalive: KeepaliveConfig) -> ServerSession:
    session = ServerSession(ServerConfig(GENERATION_2, keepalive=keepalive))
    session.carrier_opened(now=0.0)
    return session


def accepted(keepalive: KeepaliveConfig) -> ServerSession:
    session = told(judging(keepalive), TOKEN)
    session.accept_authentication("w", now=0.0)
    return session


def answering(session: ServerSession) -> ServerSession:
    session.respond(1, b"1", final=False, now=0.0)
    return session


def session_is_over(session: AnySession) -> bool:
    return session.closed


def stream_is_over(session: ClientSession) -> bool:
    return session.outcome(1) is not None


def gateway_is_done(session: AnySession) -> bool:
    return session.in_flight == 0


@dataclass(frozen=True)
class Scene:
    name: str
    state: SessionState
    build: Callable[[KeepaliveConfig], AnySession]
    over: Callable[[AnySession], bool] = session_is_over
    stream: StreamState | None = None
    endless: str = ""
    """Why it does not end though the peer is pinged."""
    endless_without_ping: str = ""
    """Why it does not end if the peer is not pinged."""


S, T = SessionState, StreamState
QUIET = "keepalive was switched off, and nobody waits for anything"
UNLIMITED = "keepalive and the time limits of the request were switched off"
CARRIER = "the owner has not yet reported that its carrier is up"
UNREAD = "the owner has not taken what is there"

CLIENT = [
    Scene("new", S.NEW, new, endless=CARRIER, endless_without_ping=CARRIER),
    Scene("authenticating", S.AUTHENTICATING, authenticating),
    Scene(
        "first token refused, a fresh one wanted",
        S.AUTHENTICATING,
        lambda k: told(authenticating(k, renewable=True), AUTH_FAILED),
    ),
    Scene("idle", S.READY, ready, endless_without_ping=QUIET),
    Scene(
        "idle, opened by a URL",
        S.READY,
        lambda k: authenticating(k, dialect=GENERATION_1),
        endless_without_ping=QUIET,
    ),
    Scene("retired", S.READY, lambda k: cancelled(asked(asked(ready(k))))),
    Scene("draining", S.DRAINING, lambda k: closed(asked(ready(k), None), drain=5.0)),
    Scene(
        "draining, paused", S.DRAINING, lambda k: closed(told(asked(ready(k, stream_window=1)), CHUNK), 5.0)
    ),
    Scene("closing", S.CLOSING, lambda k: closed(asked(ready(k)))),
    Scene("closing before it was open", S.CLOSING, lambda k: closed(new(k))),
    Scene("closed", S.CLOSED, lambda k: gone(asked(ready(k)))),
    # Streams
    Scene("queued, no carrier", S.NEW, lambda k: asked(new(k)), stream_is_over, T.QUEUED),
    Scene(
        "queued, no carrier, no limit",
        S.NEW,
        lambda k: asked(new(k), None),
        stream_is_over,
        T.QUEUED,
        endless=CARRIER,
        endless_without_ping=CARRIER,
    ),
    Scene(
        "queued, authenticating",
        S.AUTHENTICATING,
        lambda k: asked(authenticating(k), None),
        stream_is_over,
        T.QUEUED,
    ),
    Scene(
        "queued, a fresh token wanted",
        S.READY,
        lambda k: told(asked(ready(k, renewable=True), None), REQUIRED),
        stream_is_over,
        T.QUEUED,
    ),
    Scene(
        "sent again after its refusal",
        S.READY,
        lambda k: asked(told(ready_again(k), AUTH_OK), None),
        stream_is_over,
        T.SENT,
    ),
    Scene("sent", S.READY, lambda k: asked(ready(k)), stream_is_over, T.SENT),
    Scene("sent, total limit", S.READY, lambda k: asked(ready(k), None, 90.0), stream_is_over, T.SENT),
    Scene("sent, no limit", S.READY, lambda k: asked(ready(k), None), stream_is_over, T.SENT, "", UNLIMITED),
    Scene("streaming", S.READY, lambda k: told(asked(ready(k)), CHUNK), stream_is_over, T.STREAMING),
    Scene(
        "streaming, window full, nobody else waits",
        S.READY,
        lambda k: told(asked(ready(k, stream_window=1)), CHUNK),
        stream_is_over,
        T.STREAMING,
        endless=UNREAD,
        endless_without_ping=UNREAD,
    ),
    Scene(
        "streaming, window full, another call waits",
        S.READY,
        lambda k: told(asked(asked(ready(k, stream_window=1))), CHUNK),
        stream_is_over,
        T.STREAMING,
    ),
    Scene(
        "streaming, window full, a total limit",
        S.READY,
        lambda k: told(asked(ready(k, stream_window=1), 60.0, 90.0), CHUNK),
        stream_is_over,
        T.STREAMING,
    ),
    Scene(
        "waiting behind a full window",
        S.READY,
        lambda k: told(asked(asked(ready(k, stream_window=1))), CHUNK.replace(b'"1"', b'"2"')),
        stream_is_over,
        T.SENT,
    ),
    Scene(
        "abandoned",
        S.READY,
        lambda k: cancelled(asked(ready(k, span_limit=None))),
        gateway_is_done,
        T.ABANDONED,
    ),
    Scene(
        "abandoned behind another",
        S.READY,
        lambda k: cancelled(asked(asked(ready(k))), 2),
        gateway_is_done,
        T.ABANDONED,
    ),
    Scene("done, not taken", S.CLOSED, lambda k: gone(asked(ready(k))), stream_is_over, T.DONE),
]

SERVER = [
    Scene(
        "new",
        S.NEW,
        lambda k: ServerSession(ServerConfig(GENERATION_2, keepalive=k)),
        endless=CARRIER,
        endless_without_ping=CARRIER,
    ),
    Scene("authenticating", S.AUTHENTICATING, judging),
    Scene("token not judged", S.AUTHENTICATING, lambda k: told(judging(k), TOKEN)),
    Scene("another token not judged", S.READY, lambda k: told(accepted(k), TOKEN)),
    Scene("idle", S.READY, accepted, endless_without_ping=QUIET),
    Scene("idle, opened by a URL", S.READY, server, endless_without_ping=QUIET),
    Scene("closing", S.CLOSING, lambda k: closed(server(k))),
    Scene("closed", S.CLOSED, lambda k: gone(server(k))),
    # Streams
    Scene("in work", S.READY, lambda k: told(server(k), request(1)), gateway_is_done, T.SENT),
    Scene(
        "answering", S.READY, lambda k: answering(told(server(k), request(1))), gateway_is_done, T.STREAMING
    ),
    Scene(
        "queue full, reading stopped",
        S.READY,
        lambda k: told(server(k, slots=1, queue=1), *map(request, range(6))),
        gateway_is_done,
        T.QUEUED,
    ),
    Scene("done", S.READY, lambda k: answered(told(server(k), request(1))), gateway_is_done, T.DONE),
]


def request(ident: int) -> bytes:
    return b'{"id":%d,"service":"config","request":{}}' % ident


def answered(session: ServerSession) -> ServerSession:
    session.respond(1, b"1", final=True, now=0.0)
    return session


def ready_again(keepalive: KeepaliveConfig) -> ClientSession:
    """Return a session whose request was refused and whose fresh token is on its way."""
    session = asked(ready(keepalive, renewable=True), None, 90.0)
    session.receive_message(REQUIRED, now=0.0)
    session.authenticate(session.config.token, now=0.0)
    return session


def ends(session: AnySession, over: Callable[[AnySession], bool]) -> bool:
    """Let time pass until it is over, nothing is awaited any more, or too many steps were made."""
    for _ in range(STEPS):
        deadline = session.next_deadline()
        if over(session) or deadline is None:
            break
        session.handle_timeout(now=deadline)
        following = session.next_deadline()
        assert following is None or following > deadline
        while session.next_output() is not None:
            pass
    return over(session)


@pytest.mark.parametrize("keepalive", [ON, OFF], ids=["pinged", "silent"])
@pytest.mark.parametrize(
    "scene",
    [pytest.param(s, id=f"client: {s.name}") for s in CLIENT]
    + [pytest.param(s, id=f"server: {s.name}") for s in SERVER],
)
def test_it_ends(scene: Scene, keepalive: KeepaliveConfig) -> None:
    session = scene.build(keepalive)
    assert session.state is scene.state
    reason = scene.endless if keepalive is ON else scene.endless_without_ping
    assert ends(session, scene.over) is (not reason), reason


@pytest.mark.parametrize(("scenes", "unreached"), [(CLIENT, set()), (SERVER, {S.DRAINING})])
def test_every_state_of_a_session_has_a_scene(scenes: list[Scene], unreached: set[SessionState]) -> None:
    assert {scene.state for scene in scenes} == set(SessionState) - unreached


@pytest.mark.parametrize(("scenes", "unreached"), [(CLIENT, set()), (SERVER, {T.ABANDONED})])
def test_every_state_of_a_stream_has_a_scene(scenes: list[Scene], unreached: set[StreamState]) -> None:
    assert {scene.stream for scene in scenes if scene.stream} == set(StreamState) - unreached


def test_a_full_window_asks_again_and_again_but_not_in_a_hurry() -> None:
    session = told(asked(ready(OFF, stream_window=1), None), CHUNK)
    times = []
    for _ in range(5):
        deadline = session.next_deadline()
        assert deadline is not None
        times.append(deadline)
        session.handle_timeout(now=deadline)
    assert times == [10.0, 20.0, 30.0, 40.0, 50.0]
