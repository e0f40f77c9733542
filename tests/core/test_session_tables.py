"""The state tables against the same rules written as matrices, and against what the sessions really allow."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping

import pytest

from tgproto.closing import CloseCause, CloseKind
from tgproto.dialect import GENERATION_1, GENERATION_2
from tgproto.errors import LocalProtocolError
from tgproto.secrets import Secret
from tgproto.session.client import ClientSession
from tgproto.session.config import ClientConfig, ServerConfig
from tgproto.session.envelope import WireError
from tgproto.session.request import Request
from tgproto.session.server import ServerSession
from tgproto.session.tables import (
    SESSION,
    STREAM,
    SessionInput,
    SessionState,
    StreamInput,
    StreamState,
    advance,
)

# One row for each state, one column for each input, in the order of the enums; "-" is not allowed.
# A state may be cut short.
SESSION_MATRIX = """
new      auth     ready    -      -      -      new    closing  closing  closed
auth     -        -        auth   ready  auth   auth   closing  closing  closed
ready    -        -        ready  ready  ready  ready  drain    closing  closed
drain    -        -        drain  drain  drain  -      drain    closing  closed
closing  closing  closing  -      -      -      -      closing  closing  closed
closed   -        -        -      -      -      -      closed   closed   closed
"""
STREAM_MATRIX = """
queued     sent  -          -     done       -       -     done
sent       -     streaming  done  abandoned  queued  -     done
streaming  -     streaming  done  abandoned  -       -     done
abandoned  -     abandoned  done  -          -       done  done
done       -     -          -     -          -       -     -
"""

Table = Mapping[enum.Enum, Mapping[enum.Enum, enum.Enum]]
TABLES = [
    pytest.param(SESSION, SESSION_MATRIX, SessionState, SessionInput, id="session"),
    pytest.param(STREAM, STREAM_MATRIX, StreamState, StreamInput, id="stream"),
]


@pytest.mark.parametrize(("table", "matrix", "states", "inputs"), TABLES)
def test_every_pair(table: Table, matrix: str, states: type[enum.Enum], inputs: type[enum.Enum]) -> None:
    rows = [line.split() for line in matrix.strip().splitlines()]
    for state, row in zip(states, rows, strict=True):
        assert state.value.startswith(row[0])
        for event, target in zip(inputs, row[1:], strict=True):
            if target == "-":
                with pytest.raises(LocalProtocolError) as caught:
                    advance(table, state, event)
                assert str(caught.value) == f"{event.value} is not possible while {state.value}"
            else:
                assert advance(table, state, event).value.startswith(target)


@pytest.mark.parametrize(("table", "matrix", "states", "inputs"), TABLES)
def test_every_state_is_reached_and_every_input_is_used(
    table: Table, matrix: str, states: type[enum.Enum], inputs: type[enum.Enum]
) -> None:
    reached: list[enum.Enum] = [next(iter(states))]
    for state in reached:
        reached += {target: None for target in table[state].values() if target not in reached}
    assert set(reached) == set(states)
    assert {event for row in table.values() for event in row} == set(inputs)


def test_the_ends_are_final() -> None:
    assert set(SESSION[SessionState.CLOSED].values()) == {SessionState.CLOSED}
    assert not STREAM[StreamState.DONE]


def test_every_state_can_end() -> None:
    assert all(row[SessionInput.CARRIER_CLOSED] is SessionState.CLOSED for row in SESSION.values())
    assert all(
        row[StreamInput.LOSE] is StreamState.DONE
        for state, row in STREAM.items()
        if state is not StreamState.DONE
    )


# --- the table says that it is legal if and only if the method does not raise ----------------------

REQUEST = Request("config", b"{}")
OPEN_ANSWER = b'{"id":"1","response":{},"complete":false}'
AUTH_OK = b'{"type":"auth-ok"}'
AUTH_FAILED = b'{"type":"auth-failed","error":"no"}'
GONE = CloseCause(CloseKind.LOST)


def client(state: SessionState, config: ClientConfig) -> ClientSession:
    """Bring a session into a state, with no token under way and, if possible, with an open stream."""
    session = ClientSession(config)
    if state is SessionState.NEW:
        return session
    session.carrier_opened(now=0.0)
    if session.state is SessionState.AUTHENTICATING:
        if state is SessionState.AUTHENTICATING:
            session.receive_message(AUTH_FAILED, now=0.0)  # renewable: it waits for another token
            return session
        session.receive_message(AUTH_OK, now=0.0)
    session.send_request(REQUEST, now=0.0)
    while session.next_output() is not None:
        pass
    match state:
        case SessionState.DRAINING:
            session.close(now=0.0, drain=5.0)
        case SessionState.CLOSING:
            session.close(now=0.0)
        case SessionState.CLOSED:
            session.carrier_closed(GONE, now=0.0)
        case _:
            session.receive_message(OPEN_ANSWER, now=0.0)
    return session


BY_FRAME = ClientConfig(dialect=GENERATION_2, renewable=True)
IN_URL = ClientConfig(dialect=GENERATION_1)
CLIENT_INTENTS: dict[SessionInput, Callable[[ClientSession], object]] = {
    SessionInput.AUTHENTICATE: lambda session: session.authenticate(Secret("t"), now=1.0),
    SessionInput.REQUEST: lambda session: session.send_request(REQUEST, now=1.0),
    SessionInput.DRAIN: lambda session: session.close(now=1.0, drain=5.0),
    SessionInput.CLOSE: lambda session: session.close(now=1.0),
    SessionInput.CARRIER_CLOSED: lambda session: session.carrier_closed(GONE, now=1.0),
}


def check(session: ClientSession | ServerSession, event: SessionInput, intent: Callable[[], object]) -> None:
    state = session.state
    if event in SESSION[state]:
        intent()
        assert session.state is SESSION[state][event]
        return
    while session.next_output() is not None:
        pass
    while session.next_event() is not None:
        pass
    with pytest.raises(LocalProtocolError):
        intent()
    assert session.state is state
    assert session.next_output() is None
    assert session.next_event() is None


@pytest.mark.parametrize("event", [SessionInput.OPENED, *CLIENT_INTENTS])
@pytest.mark.parametrize("state", SessionState)
def test_client_intents(state: SessionState, event: SessionInput) -> None:
    session = client(state, BY_FRAME)
    assert session.state is state
    intents = {SessionInput.OPENED: lambda session: session.carrier_opened(now=1.0)} | CLIENT_INTENTS
    check(session, event, lambda: intents[event](session))


@pytest.mark.parametrize("event", [SessionInput.OPENED_READY, *CLIENT_INTENTS])
@pytest.mark.parametrize(
    "state", [state for state in SessionState if state is not SessionState.AUTHENTICATING]
)
def test_client_intents_if_the_url_authenticates(state: SessionState, event: SessionInput) -> None:
    session = client(state, IN_URL)
    assert session.state is state
    if event is SessionInput.AUTHENTICATE:  # this gateway knows no such thing, in no state
        with pytest.raises(LocalProtocolError):
            session.authenticate(Secret("t"), now=1.0)
        return
    intents = {SessionInput.OPENED_READY: lambda session: session.carrier_opened(now=1.0)} | CLIENT_INTENTS
    check(session, event, lambda: intents[event](session))


@pytest.mark.parametrize("event", [SessionInput.AUTH_OK, SessionInput.AUTH_FAILED])
@pytest.mark.parametrize("state", SessionState)
def test_client_hears_an_answer_to_its_token(state: SessionState, event: SessionInput) -> None:
    if state is SessionState.AUTHENTICATING:
        session = ClientSession(BY_FRAME)
        session.carrier_opened(now=0.0)
    else:
        session = client(state, BY_FRAME)
        if SessionInput.AUTHENTICATE in SESSION[state]:
            session.authenticate(Secret("t"), now=0.0)
    session.receive_message(AUTH_OK if event is SessionInput.AUTH_OK else AUTH_FAILED, now=1.0)
    assert session.state is SESSION[state].get(event, state)  # what is not in the table changes nothing


SERVER_STATES = [state for state in SessionState if state is not SessionState.DRAINING]
SERVER_INTENTS: dict[SessionInput, Callable[[ServerSession], object]] = {
    SessionInput.AUTH_OK: lambda session: session.accept_authentication("w", now=1.0),
    SessionInput.AUTH_FAILED: lambda session: session.reject_authentication(now=1.0),
    SessionInput.CLOSE: lambda session: session.close(now=1.0),
    SessionInput.CARRIER_CLOSED: lambda session: session.carrier_closed(GONE, now=1.0),
}


def server(state: SessionState) -> ServerSession:
    """Bring a session into a state; wherever one can be judged, a token waits for it."""
    session = ServerSession(ServerConfig(GENERATION_2))
    token = b'{"type":"auth","token":"t"}'
    session.receive_message(token, now=0.0)
    if state is SessionState.NEW:
        return session
    session.carrier_opened(now=0.0)
    match state:
        case SessionState.READY:
            session.accept_authentication("w", now=0.0)
            session.receive_message(token, now=0.0)
        case SessionState.CLOSING:
            session.close(now=0.0)
        case SessionState.CLOSED:
            session.carrier_closed(GONE, now=0.0)
        case _:
            pass
    return session


@pytest.mark.parametrize("event", [SessionInput.OPENED, *SERVER_INTENTS])
@pytest.mark.parametrize("state", SERVER_STATES)
def test_server_intents(state: SessionState, event: SessionInput) -> None:
    session = server(state)
    assert session.state is state
    intents = {SessionInput.OPENED: lambda session: session.carrier_opened(now=1.0)} | SERVER_INTENTS
    check(session, event, lambda: intents[event](session))


@pytest.mark.parametrize("state", [SessionState.NEW, SessionState.READY, SessionState.CLOSING])
def test_server_opened_by_a_url(state: SessionState) -> None:
    session = ServerSession(ServerConfig(GENERATION_1))
    if state is SessionState.READY:
        session.carrier_opened(now=0.0)
    if state is SessionState.CLOSING:
        session.close(now=0.0)
    check(session, SessionInput.OPENED_READY, lambda: session.carrier_opened(now=1.0))


SERVER_ANSWERS: dict[str, tuple[StreamInput, Callable[[ServerSession], object]]] = {
    "respond": (StreamInput.CHUNK, lambda session: session.respond(2, b"{}", final=False, now=1.0)),
    "fail": (StreamInput.FINISH, lambda session: session.fail(2, WireError("x", "y"), now=1.0)),
    "refuse": (StreamInput.FINISH, lambda session: session.refuse(2, WireError("x", "y"), now=1.0)),
}


@pytest.mark.parametrize("name", SERVER_ANSWERS)
@pytest.mark.parametrize("state", [state for state in StreamState if state is not StreamState.ABANDONED])
def test_server_answers(state: StreamState, name: str) -> None:
    session = ServerSession(ServerConfig(GENERATION_1, slots=1 if state is StreamState.QUEUED else 2))
    session.carrier_opened(now=0.0)
    session.receive_messages(
        [b'{"id":"a","service":"s","request":{}}', b'{"id":"b","service":"s","request":{}}'], now=0.0
    )
    if state is not StreamState.QUEUED and state is not StreamState.SENT:
        session.respond(2, b"{}", final=state is StreamState.DONE, now=0.0)
    event, answer = SERVER_ANSWERS[name]
    if event in STREAM[state]:
        answer(session)
    else:
        with pytest.raises(LocalProtocolError):
            answer(session)
