"""The client session, continued: who may ask, and tokens that are renewed."""

from __future__ import annotations

import pytest

from tests.core.conversation import (
    AUTH_FAILED,
    AUTH_OK,
    BAD_1,
    BAD_2,
    REQUEST,
    config,
    error_of,
    events,
    outputs,
    ready,
)
from tgproto.closing import CloseKind
from tgproto.dialect import GENERATION_1, GENERATION_2, MIXED_2_2, Dialect
from tgproto.errors import (
    AuthenticationError,
    ConnectionLost,
    LocalProtocolError,
)
from tgproto.secrets import Secret
from tgproto.session.client import ClientSession
from tgproto.session.events import (
    Authenticated,
    AuthenticationFailed,
    CloseCarrier,
    StreamReadable,
    UnmatchedMessage,
)
from tgproto.session.tables import SessionState

# --- authentication -----------------------------------------------------------------------------


def test_the_first_frame_carries_the_token() -> None:
    session = ClientSession(config(token=Secret("tg_1")))
    assert outputs(session) == []
    session.carrier_opened(now=0.0)
    assert session.state is SessionState.AUTHENTICATING
    assert outputs(session) == [{"type": "auth", "token": "tg_1"}]


@pytest.mark.parametrize("dialect", [None, GENERATION_2])
def test_nothing_is_written_before_the_caller_is_accepted(dialect: Dialect | None) -> None:
    session = ClientSession(config(dialect=dialect))
    early = session.send_request(REQUEST, now=0.0)
    session.carrier_opened(now=0.0)
    session.send_request(REQUEST, now=0.0)
    assert [list(output) for output in outputs(session)] == [["type", "token"]]
    session.receive_message(AUTH_OK, now=0.0)
    assert events(session) == [Authenticated("acme", GENERATION_2)]
    assert [output["id"] for output in outputs(session)] == ["1", "2"]
    assert early == 1


@pytest.mark.parametrize(
    ("reply", "dialect", "workspace"),
    [
        pytest.param(AUTH_OK, GENERATION_2, "acme", id="2.x"),
        pytest.param(b'{"type":"auth-ok","workspace":"w"}', GENERATION_2, "w", id="before 2.6.2"),
        pytest.param(BAD_2, MIXED_2_2, None, id="before 2.4.5"),
        pytest.param(BAD_1, GENERATION_1, None, id="1.x"),
    ],
)
def test_the_dialect_is_found_out(reply: bytes, dialect: Dialect, workspace: str | None) -> None:
    session = ClientSession(config())
    stream = session.send_request(REQUEST, now=0.0)
    session.carrier_opened(now=0.0)
    outputs(session)
    assert session.dialect is None
    session.receive_message(reply, now=1.0)
    assert session.state is SessionState.READY
    assert events(session) == [Authenticated(workspace, dialect)]
    assert (session.dialect, session.default_workspace) == (dialect, workspace)
    assert session.next_deadline() == 60.0  # the request's alone: the wait for the gateway is over
    assert [output.get("workspace") for output in outputs(session)] == [workspace]
    session.cancel(stream, now=1.0)


def test_another_error_is_no_dialect() -> None:
    session = ClientSession(config())
    session.carrier_opened(now=0.0)
    session.receive_message(b'{"error":"out of memory"}', now=0.0)
    assert events(session) == [AuthenticationFailed("out of memory")]
    assert session.dialect is None
    assert session.state is SessionState.CLOSING


def test_a_dialect_that_was_configured_is_not_changed() -> None:
    session = ClientSession(config(dialect=GENERATION_2))
    session.carrier_opened(now=0.0)
    session.receive_message(BAD_1, now=0.0)
    [failure] = events(session)
    assert isinstance(failure, AuthenticationFailed)
    assert "older than 2.4.5" in failure.message
    assert session.state is SessionState.CLOSING


@pytest.mark.parametrize("dialect", [GENERATION_1, MIXED_2_2])
def test_a_gateway_that_authenticates_in_the_url_gets_no_frame(dialect: Dialect) -> None:
    session = ClientSession(config(dialect=dialect, token=Secret("in the URL")))
    session.send_request(REQUEST, now=0.0)
    session.carrier_opened(now=0.0)
    assert events(session) == [Authenticated(None, dialect)]
    assert [output["service"] for output in outputs(session)] == ["config"]
    with pytest.raises(LocalProtocolError, match="in the URL"):
        session.authenticate(Secret("t"), now=0.0)


def test_a_dialect_found_out_authenticates_in_the_url_next_time() -> None:
    session = ClientSession(config())
    session.carrier_opened(now=0.0)
    session.receive_message(BAD_1, now=0.0)
    with pytest.raises(LocalProtocolError, match="in the URL"):
        session.authenticate(Secret("t"), now=0.0)


def test_a_refused_token_fails_everything_and_closes() -> None:
    session = ClientSession(config())
    streams = [session.send_request(REQUEST, now=0.0) for _ in range(2)]
    session.carrier_opened(now=0.0)
    outputs(session)
    session.receive_message(AUTH_FAILED, now=0.0)
    assert events(session) == [AuthenticationFailed("auth failure"), *map(StreamReadable, streams)]
    errors = [error_of(session, stream) for stream in streams]
    assert all(isinstance(error, AuthenticationError) for error in errors)
    assert errors[0] is not errors[1]
    assert outputs(session) == [CloseCarrier()]
    assert session.close_cause is not None
    assert session.close_cause.kind is CloseKind.LOCAL
    assert "auth failure" in session.close_cause.detail


def test_an_unanswered_authentication_closes() -> None:
    session = ClientSession(config(auth_timeout=20.0))
    stream = session.send_request(REQUEST, now=0.0)
    session.carrier_opened(now=1.0)
    outputs(session)
    assert session.next_deadline() == 21.0
    session.handle_timeout(now=21.0)
    assert outputs(session) == [CloseCarrier(failure=True)]
    error = error_of(session, stream)
    assert isinstance(error, ConnectionLost)
    assert (error.sent, error.cause.kind) == (False, CloseKind.TIMEOUT)


def test_an_answer_to_no_authentication_is_noted() -> None:
    session = ready()
    session.receive_messages([AUTH_OK, AUTH_FAILED], now=0.0)
    assert [type(event) for event in events(session)] == [UnmatchedMessage, UnmatchedMessage]
    assert session.state is SessionState.READY
