"""The gateway session: authentication in order, the slots of the real gateway, every shape of answer."""

from __future__ import annotations

import json

import pytest
from msgspec import Raw

from tgproto.closing import CloseCause, CloseKind
from tgproto.dialect import GENERATION_1, GENERATION_2, MIXED_2_2, Dialect
from tgproto.errors import LocalProtocolError
from tgproto.secrets import Secret
from tgproto.session.config import KeepaliveConfig, ServerConfig
from tgproto.session.envelope import WireError
from tgproto.session.events import (
    AuthenticationReceived,
    CloseCarrier,
    ConnectionClosed,
    MalformedMessage,
    RequestReceived,
    SendPing,
)
from tgproto.session.server import ServerSession
from tgproto.session.tables import SessionState

LOST = CloseCause(CloseKind.LOST, "connection reset")
TOKEN = b'{"type":"auth","token":"t"}'
RECEIVED = AuthenticationReceived(Secret("t"))
ERROR = WireError("unknown-service", "no such thing")


def config(dialect: Dialect = GENERATION_1, **options: object) -> ServerConfig:
    return ServerConfig(dialect, **{"keepalive": KeepaliveConfig(interval=None), **options})


def opened(dialect: Dialect = GENERATION_1, **options: object) -> ServerSession:
    session = ServerSession(config(dialect, **options))
    session.carrier_opened(now=0.0)
    return session


def request(ident: object, service: str = "config", **members: object) -> bytes:
    return json.dumps({"id": ident, "service": service, "request": {}} | members).encode()


def requests(*idents: int) -> list[bytes]:
    return [request(str(ident)) for ident in idents]


def outputs(session: ServerSession) -> list[object]:
    """Take all outputs; messages are decoded."""
    return [json.loads(out) if isinstance(out, bytes) else out for out in iter(session.next_output, None)]


def events(session: ServerSession) -> list[object]:
    return list(iter(session.next_event, None))


def started(session: ServerSession) -> list[int]:
    """Take all events and return the requests that took a slot."""
    return [event.stream_id for event in events(session) if isinstance(event, RequestReceived)]


def done(session: ServerSession, stream_id: int, now: float = 0.0) -> None:
    session.respond(stream_id, b"{}", final=True, now=now)


# --- authentication -----------------------------------------------------------------------------


def test_a_token_is_judged_by_the_owner() -> None:
    session = opened(GENERATION_2)
    assert session.state is SessionState.AUTHENTICATING
    session.receive_message(TOKEN, now=0.0)
    assert events(session) == [RECEIVED]
    session.accept_authentication("acme", now=1.0)
    assert session.state is SessionState.READY
    assert outputs(session) == [{"type": "auth-ok", "default_workspace": "acme"}]
    assert session.next_deadline() is None
    with pytest.raises(LocalProtocolError, match="no token"):
        session.accept_authentication("acme", now=1.0)


def test_a_refused_client_may_try_again() -> None:
    session = opened(GENERATION_2, auth_timeout=60.0)
    assert session.next_deadline() == 60.0
    session.receive_message(TOKEN, now=10.0)
    session.reject_authentication(now=20.0)
    assert outputs(session) == [{"type": "auth-failed", "error": "auth failure"}]
    assert session.state is SessionState.AUTHENTICATING
    assert session.next_deadline() == 80.0
    session.receive_message(TOKEN, now=30.0)
    session.accept_authentication("acme", now=40.0)
    assert session.state is SessionState.READY


def test_who_does_not_authenticate_is_closed() -> None:
    session = opened(GENERATION_2, auth_timeout=60.0)
    session.handle_timeout(now=60.0)
    assert outputs(session) == [CloseCarrier(1008, "authentication timeout")]
    assert session.close_cause is not None
    assert session.close_cause.kind is CloseKind.TIMEOUT


def test_a_request_before_authentication_is_refused() -> None:
    session = opened(GENERATION_2)
    session.receive_message(request({"any": 1}), now=0.0)
    error = {"message": "auth failure", "type": "auth-required"}
    assert outputs(session) == [{"id": {"any": 1}, "error": error, "complete": True}]
    assert events(session) == []


def test_what_is_pipelined_behind_a_token_is_judged_after_it() -> None:
    session = opened(GENERATION_2)
    session.receive_messages([TOKEN, request("a"), TOKEN, request("b")], now=0.0)
    assert events(session) == [RECEIVED]
    assert not session.wants_read
    session.reject_authentication("no", now=1.0)
    assert [output.get("id") for output in outputs(session)] == [None, "a"]
    assert events(session) == [RECEIVED]
    assert not session.wants_read
    session.accept_authentication("acme", now=2.0)
    assert started(session) == [1]
    assert session.wants_read


def test_the_form_is_judged_before_the_caller() -> None:
    session = opened(GENERATION_2)
    session.receive_message(b'{"id":"a"}', now=0.0)
    error = {"message": "Bad message", "type": "error"}
    assert outputs(session) == [{"id": "a", "error": error, "complete": True}]


def test_a_token_refused_later_leaves_the_earlier_identity_in_force() -> None:
    session = opened(GENERATION_2)
    session.receive_message(TOKEN, now=0.0)
    session.accept_authentication("acme", now=0.0)
    session.receive_messages([request("a"), TOKEN, request("b")], now=0.0)
    assert events(session)[-1] == RECEIVED
    session.respond(1, b"1", final=False, now=1.0)  # a request under way is not held up
    session.reject_authentication(now=1.0)
    assert session.state is SessionState.READY
    assert started(session) == [2]
    assert session.next_deadline() == 601.0


def test_a_judgement_that_never_comes() -> None:
    session = opened(GENERATION_2, auth_timeout=60.0)
    session.receive_message(TOKEN, now=0.0)
    session.accept_authentication("acme", now=0.0)
    session.receive_message(TOKEN, now=100.0)
    session.handle_timeout(now=160.0)
    assert session.over
    with pytest.raises(LocalProtocolError):
        session.accept_authentication("acme", now=161.0)


def test_what_comes_before_the_carrier_is_up_waits() -> None:
    session = ServerSession(config(GENERATION_2))
    session.receive_messages([request("a"), TOKEN], now=0.0)
    assert (events(session), outputs(session)) == ([], [])
    session.carrier_opened(now=1.0)
    assert [output["error"]["type"] for output in outputs(session)] == ["auth-required"]
    assert events(session) == [RECEIVED]


@pytest.mark.parametrize(
    ("dialect", "reply"),
    [
        (GENERATION_1, {"error": "Bad message"}),
        (MIXED_2_2, {"error": {"message": "Bad message", "type": "error"}, "complete": True}),
    ],
)
def test_a_gateway_that_authenticates_in_the_url_knows_no_token(dialect: Dialect, reply: object) -> None:
    session = opened(dialect)
    assert session.state is SessionState.READY
    session.receive_messages([TOKEN, request("a")], now=0.0)
    assert outputs(session) == [reply]
    assert started(session) == [1]


# --- requests and slots -----------------------------------------------------------------------------


def test_a_request_arrives_as_it_was_sent() -> None:
    session = opened(GENERATION_2)
    session.receive_message(TOKEN, now=0.0)
    session.accept_authentication("w", now=0.0)
    events(session)
    session.receive_message(b'{"id":7,"service":"s","flow":"f","workspace":"w","request":{ }}', now=0.0)
    session.receive_message(b'{"id":[],"request":3}', now=0.0)
    assert events(session) == [
        RequestReceived(1, "s", "f", "w", Raw(b"{ }")),
        RequestReceived(2, "", None, None, Raw(b"3")),
    ]
    assert session.in_flight == 2


def test_a_gateway_without_workspaces_ignores_them_and_wants_a_service() -> None:
    session = opened(GENERATION_1)
    session.receive_message(b'{"id":7,"service":"s","flow":"f","workspace":"w","request":{ }}', now=0.0)
    session.receive_message(b'{"id":[],"request":3}', now=0.0)
    assert events(session) == [
        RequestReceived(1, "s", "f", None, Raw(b"{ }")),
        MalformedMessage("'service'"),
    ]
    assert outputs(session) == [{"error": "'service'"}]


def test_sixteen_run_eleven_wait_and_one_more_stops_reading() -> None:
    session = opened()
    session.receive_messages(requests(*range(1, 28)), now=0.0)
    assert started(session) == list(range(1, 17))
    assert session.wants_read
    session.receive_messages(requests(28, 29), now=0.0)
    assert not session.wants_read
    done(session, 1)
    assert started(session) == [17]
    assert not session.wants_read  # the 29th takes the free place
    done(session, 2)
    assert started(session) == [18]
    assert session.wants_read


def test_slots_are_freed_only_from_the_front() -> None:
    session = opened(slots=3)
    session.receive_messages(requests(1, 2, 3, 4, 5), now=0.0)
    assert started(session) == [1, 2, 3]
    done(session, 2)
    done(session, 3)
    assert started(session) == []
    assert session.in_flight == 1
    done(session, 1)
    assert started(session) == [4, 5]


def test_a_token_behind_a_full_queue_waits() -> None:
    session = opened(GENERATION_2, slots=1, queue=1)
    session.receive_message(TOKEN, now=0.0)
    session.accept_authentication("acme", now=0.0)
    events(session)
    session.receive_messages([*requests(1, 2, 3), TOKEN], now=0.0)
    assert started(session) == [1]
    done(session, 1)
    assert events(session) == [RequestReceived(2, "config", None, None, Raw(b"{}")), RECEIVED]


def test_without_slots_everything_runs() -> None:
    session = opened(slots=None)
    session.receive_messages(requests(*range(1, 101)), now=0.0)
    assert len(started(session)) == 100


# --- answers ----------------------------------------------------------------------------------------


def test_an_answer_of_several_frames() -> None:
    session = opened()
    session.receive_message(request(7), now=0.0)
    session.respond(1, b'{"a":1}', final=False, now=0.0)
    session.respond(1, b'{"a":2}', final=True, now=0.0)
    assert outputs(session) == [
        {"id": 7, "response": {"a": 1}, "complete": False},
        {"id": 7, "response": {"a": 2}, "complete": True},
    ]
    assert session.in_flight == 0
    assert session.next_deadline() is None
    with pytest.raises(LocalProtocolError, match="no request 1"):
        session.respond(1, b"{}", final=True, now=0.0)


@pytest.mark.parametrize("final", [True, False])
def test_a_failure_frees_the_slot_whatever_it_says(final: bool) -> None:
    session = opened(slots=1)
    session.receive_messages(requests(1, 2), now=0.0)
    session.fail(1, ERROR, now=0.0, final=final)
    error = {"type": "unknown-service", "message": "no such thing"}
    assert outputs(session) == [{"id": "1", "response": {"error": error}, "complete": final}]
    assert started(session) == [1, 2]
    with pytest.raises(LocalProtocolError):
        session.fail(1, ERROR, now=0.0)


@pytest.mark.parametrize(
    ("dialect", "frame"),
    [
        (GENERATION_1, {"error": "no such thing"}),
        (
            MIXED_2_2,
            {
                "id": "1",
                "error": {"message": "no such thing", "type": "unknown-service"},
                "complete": True,
            },
        ),
    ],
)
def test_a_refusal_is_in_the_envelope(dialect: Dialect, frame: object) -> None:
    session = opened(dialect, slots=1)
    session.receive_messages(requests(1, 2), now=0.0)
    session.refuse(1, ERROR, now=0.0)
    assert outputs(session) == [frame]
    assert started(session) == [1, 2]
    with pytest.raises(LocalProtocolError):
        session.refuse(1, ERROR, now=0.0)


@pytest.mark.parametrize(
    "frame", [b"junk", b"[]", b"\xff", b'{"request":{}}', b'{"id":"a"}', b'{"id":0}', b"{}"]
)
@pytest.mark.parametrize("dialect", [GENERATION_1, GENERATION_2])
def test_what_is_unusable_is_told_so(dialect: Dialect, frame: bytes) -> None:
    session = opened(dialect)
    session.receive_message(frame, now=0.0)
    [event] = events(session)
    assert isinstance(event, MalformedMessage)
    [reply] = outputs(session)
    if dialect is GENERATION_1:
        assert reply == {"error": event.reason}
    else:
        ident = {"id": "a"} if b'"a"' in frame else {}
        assert reply == ident | {"error": {"message": event.reason, "type": "error"}, "complete": True}
    assert not session.over


# --- time -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("dialect", "message"), [(GENERATION_1, "Timeout"), (GENERATION_2, "")])
def test_an_answer_that_never_comes(dialect: Dialect, message: str) -> None:
    session = opened(dialect, slots=1, answer_timeout=600.0)
    if dialect is GENERATION_2:
        session.receive_message(TOKEN, now=0.0)
        session.accept_authentication("acme", now=0.0)
    session.receive_messages(requests(1, 2), now=0.0)
    session.respond(1, b"1", final=False, now=500.0)
    session.handle_timeout(now=600.0)
    assert (session.awaits(1), session.awaits(2)) == (True, False)
    assert session.next_deadline() == 1100.0
    outputs(session)
    session.handle_timeout(now=1100.0)
    error = {"type": "gateway-error", "message": message}
    assert outputs(session) == [{"id": "1", "response": {"error": error}, "complete": True}]
    assert started(session) == [1, 2]
    assert (session.awaits(1), session.awaits(2)) == (False, True)
    assert session.next_deadline() == 1700.0


def test_no_ping_while_nobody_listens() -> None:
    session = opened(slots=1, queue=1, keepalive=KeepaliveConfig(60.0, 60.0))
    assert session.next_deadline() == 60.0
    session.receive_messages(requests(1, 2, 3), now=10.0)
    assert not session.wants_read
    session.handle_timeout(now=100.0)
    assert outputs(session) == []
    done(session, 1, now=110.0)
    assert session.wants_read
    outputs(session)
    assert session.next_deadline() == 170.0
    session.handle_timeout(now=170.0)
    [ping] = outputs(session)
    assert isinstance(ping, SendPing)
    session.handle_timeout(now=230.0)
    assert session.over


# --- closing ----------------------------------------------------------------------------------------


def test_close_forgets_what_is_under_way() -> None:
    session = opened(slots=1, queue=1)
    session.receive_messages(requests(1, 2, 3, 4), now=0.0)
    started(session)
    session.close(now=0.0, code=1001, reason="bye")
    assert outputs(session) == [CloseCarrier(1001, "bye")]
    assert session.in_flight == 0
    assert session.wants_read  # to see the peer's close
    with pytest.raises(LocalProtocolError):
        done(session, 1)
    session.receive_messages(requests(5), now=1.0)
    session.carrier_closed(LOST, now=2.0)
    [closed] = events(session)
    assert isinstance(closed, ConnectionClosed)
    assert closed.cause.kind is CloseKind.LOCAL
    assert session.next_deadline() is None


def test_the_client_goes_away() -> None:
    session = opened(GENERATION_2)
    session.receive_messages([TOKEN, request("a")], now=0.0)
    session.carrier_closed(LOST, now=1.0)
    assert events(session) == [RECEIVED, ConnectionClosed(LOST)]
    with pytest.raises(LocalProtocolError):
        session.reject_authentication(now=2.0)
    session.receive_message(request("b"), now=3.0)
    assert events(session) == []


def test_a_session_closed_before_its_carrier_is_up() -> None:
    session = ServerSession(config())
    session.receive_message(request("a"), now=0.0)
    session.close(now=0.0)
    session.carrier_opened(now=1.0)
    assert events(session) == []
    assert outputs(session) == [CloseCarrier()]
