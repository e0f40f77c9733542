"""What all sessions share, shown by the simplest of them: state, keepalive, close cause, the last event."""

from __future__ import annotations

import pytest

from tgproto.closing import CloseCause, CloseFrame, CloseKind
from tgproto.dialect import GENERATION_1, GENERATION_2
from tgproto.errors import LocalProtocolError
from tgproto.session.base import Session
from tgproto.session.client import ClientSession
from tgproto.session.config import ClientConfig, KeepaliveConfig, ReceiverConfig, SenderConfig, ServerConfig
from tgproto.session.events import CloseCarrier, ConnectionClosed, SendPing
from tgproto.session.receiver import BulkReceiver
from tgproto.session.request import Request
from tgproto.session.sender import BulkSender
from tgproto.session.server import ServerSession
from tgproto.session.tables import SessionState

LOST = CloseCause(CloseKind.LOST, "connection reset")
PING = KeepaliveConfig(interval=20.0, timeout=5.0)
SILENT = KeepaliveConfig(interval=None)


def receiver(keepalive: KeepaliveConfig = PING) -> BulkReceiver:
    session = BulkReceiver(ReceiverConfig(keepalive=keepalive, close_timeout=15.0))
    session.carrier_opened(now=0.0)
    return session


def outputs(session: Session[object]) -> list[object]:
    return list(iter(session.next_output, None))


def events(session: Session[object]) -> list[object]:
    return list(iter(session.next_event, None))


def test_life() -> None:
    session = BulkReceiver()
    assert (session.state, session.over, session.closed) == (SessionState.NEW, False, False)
    session.carrier_opened(now=0.0)
    assert (session.state, session.over, session.closed) == (SessionState.READY, False, False)
    session.close(now=0.0)
    assert (session.state, session.over, session.closed) == (SessionState.CLOSING, True, False)
    session.carrier_closed(LOST, now=0.0)
    assert (session.state, session.over, session.closed) == (SessionState.CLOSED, True, True)


def test_the_carrier_opens_once() -> None:
    session = receiver()
    with pytest.raises(LocalProtocolError):
        session.carrier_opened(now=1.0)


def test_one_message_is_the_same_as_a_list_of_one() -> None:
    session = receiver()
    session.receive_message("a", now=0.0)
    session.receive_messages(["b"], now=0.0)
    assert session.take(now=0.0) == ["a", "b"]


# --- keepalive --------------------------------------------------------------------------------------


def test_nothing_is_awaited_before_the_carrier_is_up() -> None:
    assert BulkReceiver().next_deadline() is None


def test_a_silent_peer_is_asked_and_then_given_up() -> None:
    session = receiver()
    assert session.next_deadline() == 20.0
    session.handle_timeout(now=19.0)
    assert outputs(session) == []
    session.handle_timeout(now=20.0)
    [ping] = outputs(session)
    assert isinstance(ping, SendPing)
    assert session.next_deadline() == 25.0
    session.handle_timeout(now=25.0)
    assert outputs(session) == [CloseCarrier(failure=True)]
    assert session.close_cause is not None
    assert session.close_cause.kind is CloseKind.TIMEOUT
    assert "5 s" in session.close_cause.detail


@pytest.mark.parametrize("sign", ["message", "pong"])
def test_any_sign_of_life_counts(sign: str) -> None:
    session = receiver()
    session.handle_timeout(now=20.0)
    if sign == "pong":
        session.receive_pong(b"whatever", now=24.0)
    else:
        session.receive_message("{}", now=24.0)
    session.handle_timeout(now=25.0)
    assert not session.over
    assert session.next_deadline() == 44.0


def test_keepalive_can_be_off() -> None:
    assert receiver(SILENT).next_deadline() is None


def test_nobody_is_pinged_while_closing() -> None:
    session = receiver()
    session.close(now=10.0)
    session.receive_pong(b"late", now=11.0)
    assert session.next_deadline() == 25.0  # close_timeout alone


@pytest.mark.parametrize("first", ["ping", "limit"])
def test_the_next_deadline_is_the_earliest(first: str) -> None:
    session = ClientSession(ClientConfig(keepalive=PING, auth_timeout=30.0 if first == "ping" else 10.0))
    session.carrier_opened(now=0.0)
    assert session.next_deadline() == (20.0 if first == "ping" else 10.0)


def test_a_timer_of_the_session_is_its_own_affair() -> None:
    session = ClientSession(ClientConfig(keepalive=SILENT, auth_timeout=10.0))
    session.carrier_opened(now=0.0)
    session.handle_timeout(now=10.0)
    assert session.state is SessionState.CLOSING


# --- closing ----------------------------------------------------------------------------------------


def test_close_says_how_and_waits_for_the_carrier() -> None:
    session = receiver()
    session.close(now=1.0, code=1001, reason="bye")
    session.close(now=2.0, code=1000, reason="again")
    assert outputs(session) == [CloseCarrier(1001, "bye")]
    assert session.close_cause == CloseCause(CloseKind.LOCAL, "bye")
    assert session.next_deadline() == 16.0
    assert events(session) == []


def test_a_carrier_that_does_not_close_is_given_up() -> None:
    session = receiver()
    session.close(now=0.0, reason="bye")
    session.handle_timeout(now=15.0)
    assert session.closed
    assert session.next_deadline() is None
    assert events(session) == [ConnectionClosed(CloseCause(CloseKind.LOCAL, "bye"))]


def test_the_peer_closes() -> None:
    session = receiver()
    session.handle_timeout(now=20.0)  # a ping that nobody will send any more
    cause = CloseCause(CloseKind.REMOTE, "bye", CloseFrame(1000), CloseFrame(1000))
    session.carrier_closed(cause, now=21.0)
    assert session.close_cause is cause
    assert events(session) == [ConnectionClosed(cause)]
    assert outputs(session) == []
    assert session.next_deadline() is None


def test_a_cause_found_here_has_precedence_and_gets_the_close_frames() -> None:
    session = receiver()
    session.close(now=0.0, code=1001, reason="bye")
    sent, received = CloseFrame(1001, "bye"), CloseFrame(1001)
    session.carrier_closed(CloseCause(CloseKind.REMOTE, "x", sent, received), now=0.0)
    assert session.close_cause == CloseCause(CloseKind.LOCAL, "bye", sent, received)


SESSIONS = [
    pytest.param(lambda: BulkReceiver(), id="receiver"),
    pytest.param(lambda: BulkSender(SenderConfig(close_timeout=15.0)), id="sender"),
    pytest.param(lambda: ClientSession(ClientConfig(dialect=GENERATION_1)), id="client"),
    pytest.param(lambda: ServerSession(ServerConfig(GENERATION_1)), id="server"),
]


@pytest.mark.parametrize("make", SESSIONS)
@pytest.mark.parametrize("opened", [True, False])
def test_the_end_is_told_once_and_last(make: type[BulkReceiver], opened: bool) -> None:
    session = make()
    if opened:
        session.carrier_opened(now=0.0)
    session.carrier_closed(LOST, now=1.0)
    session.carrier_closed(CloseCause(CloseKind.REMOTE), now=2.0)
    assert events(session)[-1] == ConnectionClosed(LOST)
    session.receive_messages([b'{"type":"auth-ok"}', b"junk", b'{"id":"1","request":{}}'], now=3.0)
    session.receive_pong(b"barrier 1", now=4.0)
    session.close(now=5.0)
    session.handle_timeout(now=1e6)
    assert events(session) == []
    assert outputs(session) == []
    assert session.next_deadline() is None
    assert session.close_cause is LOST
    with pytest.raises(LocalProtocolError):
        session.carrier_opened(now=6.0)


@pytest.mark.parametrize("make", SESSIONS)
def test_a_session_can_be_closed_before_its_carrier_is_up(make: type[BulkReceiver]) -> None:
    session = make()
    session.close(now=0.0)
    session.carrier_opened(now=1.0)  # it learns of the wish from the outputs
    assert session.state is SessionState.CLOSING
    [close] = outputs(session)
    assert isinstance(close, CloseCarrier)
    assert session.next_deadline() == 15.0


def test_what_was_to_be_sent_goes_before_the_close() -> None:
    session = ClientSession(ClientConfig(dialect=GENERATION_2))
    session.carrier_opened(now=0.0)
    session.send_request(Request("config", b"{}"), now=0.0)
    session.close(now=0.0)
    auth, close = outputs(session)
    assert isinstance(auth, bytes)
    assert close == CloseCarrier()


def test_whether_there_is_something_for_the_carrier_to_do() -> None:
    session = receiver()
    assert not session.has_output
    session.close(now=0.0)
    assert session.has_output
    outputs(session)
    assert not session.has_output
