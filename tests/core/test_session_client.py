"""The client session: authentication in every dialect, requests, every shape of answer, draining."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import pytest
from msgspec import Raw

from tests.core.conversation import (
    AUTH_FAILED,
    AUTH_OK,
    BAD_1,
    BAD_2,
    LOST,
    REQUEST,
    REQUIRED,
    ask,
    config,
    error_of,
    events,
    outputs,
    ready,
)
from tgproto.closing import CloseKind
from tgproto.dialect import GENERATION_1, GENERATION_2, Dialect, TermCodec
from tgproto.errors import (
    AuthenticationError,
    CallCancelled,
    ConnectionLost,
    DecodeError,
    GatewayError,
    LocalProtocolError,
    RequestTimeout,
    ServiceError,
    StreamStalled,
    TrustGraphError,
)
from tgproto.secrets import Secret
from tgproto.session.client import ClientSession
from tgproto.session.config import KeepaliveConfig
from tgproto.session.events import (
    Authenticated,
    AuthenticationFailed,
    CloseCarrier,
    Completed,
    ConnectionClosed,
    CredentialWanted,
    Failed,
    SendPing,
    StreamReadable,
    UnmatchedMessage,
)
from tgproto.session.request import Form, Request
from tgproto.session.tables import SessionState

# --- authenticating again ---------------------------------------------------------------------------


def test_authenticating_again_leaves_requests_alone() -> None:
    session = ready()
    stream = ask(session)
    session.authenticate(Secret("new"), now=1.0)
    with pytest.raises(LocalProtocolError, match="under way"):
        session.authenticate(Secret("newer"), now=1.0)
    other = session.send_request(REQUEST, now=1.0)
    assert [output.get("token", output.get("id")) for output in outputs(session)] == ["new", "2"]
    session.receive_message(b'{"type":"auth-ok"}', now=2.0)
    assert events(session) == [Authenticated("acme", GENERATION_2)]  # what was known stays known
    assert session.outcome(stream) is session.outcome(other) is None


def test_only_the_end_is_awaited_while_closing() -> None:
    session = ready(auth_timeout=5.0, close_timeout=15.0)
    session.authenticate(Secret("t"), now=0.0)
    session.close(now=1.0)
    assert session.next_deadline() == 16.0


def test_a_token_refused_later_leaves_the_earlier_identity_in_force() -> None:
    session = ready(span_limit=1)
    ask(session)
    waiting = session.send_request(REQUEST, now=0.0)
    session.authenticate(Secret("bad"), now=0.0)
    session.receive_message(AUTH_FAILED, now=0.0)
    assert events(session) == [AuthenticationFailed("auth failure")]
    assert session.state is SessionState.READY
    assert session.outcome(waiting) is None
    assert session.next_deadline() == 60.0
    session.receive_message(b'{"id":"1","response":{},"complete":true}', now=0.0)
    assert [output.get("id") for output in outputs(session)] == [None, "2"]


def test_authenticating_again_must_be_answered() -> None:
    session = ready(auth_timeout=20.0)
    session.authenticate(Secret("new"), now=10.0)
    session.handle_timeout(now=30.0)
    assert session.state is SessionState.CLOSING


def test_an_answer_that_cannot_be_read_is_not_late() -> None:
    session = ready(auth_timeout=20.0, stream_window=100)
    stream = ask(session, timeout=None)
    session.authenticate(Secret("new"), now=0.0)
    session.receive_message(b'{"id":"1","response":{},"complete":false}', now=1.0)
    assert not session.wants_read
    for now in (20.0, 40.0, 60.0):
        session.handle_timeout(now=now)
    assert session.state is SessionState.READY
    session.take(stream, now=70.0)
    session.handle_timeout(now=89.0)
    assert session.state is SessionState.READY
    session.handle_timeout(now=90.0)
    assert session.state is SessionState.CLOSING


def test_a_fresh_token_is_wanted_once_before_the_session_is_ready() -> None:
    session = ClientSession(config(renewable=True, auth_timeout=20.0))
    stream = session.send_request(REQUEST, now=0.0)
    session.carrier_opened(now=0.0)
    session.receive_message(AUTH_FAILED, now=0.0)
    assert events(session) == [AuthenticationFailed("auth failure"), CredentialWanted("auth failure")]
    session.receive_messages([AUTH_OK, BAD_1], now=1.0)  # to no authentication that is under way
    assert [type(event) for event in events(session)] == [UnmatchedMessage] * 2
    session.authenticate(Secret("fresh"), now=2.0)
    assert [output.get("token") for output in outputs(session)] == ["", "fresh"]
    assert session.next_deadline() == 22.0
    session.receive_message(AUTH_FAILED, now=3.0)
    assert events(session) == [AuthenticationFailed("auth failure"), StreamReadable(stream)]
    assert isinstance(error_of(session, stream), AuthenticationError)
    assert session.state is SessionState.CLOSING


def test_a_fresh_token_in_time() -> None:
    session = ClientSession(config(renewable=True))
    session.send_request(REQUEST, now=0.0)
    session.carrier_opened(now=0.0)
    session.receive_message(AUTH_FAILED, now=0.0)
    session.authenticate(Secret("fresh"), now=1.0)
    session.receive_message(AUTH_OK, now=2.0)
    assert session.state is SessionState.READY
    assert [output.get("id") for output in outputs(session)] == [None, None, "1"]


def test_the_first_token_is_asked_for_if_there_is_none() -> None:
    session = ClientSession(config(token=None, renewable=True))
    session.send_request(REQUEST, now=0.0)
    session.carrier_opened(now=0.0)
    assert outputs(session) == []
    assert events(session) == [CredentialWanted("there is none yet")]
    session.authenticate(Secret("first"), now=1.0)
    session.receive_message(AUTH_OK, now=2.0)
    assert [output.get("id", output.get("token")) for output in outputs(session)] == ["first", "1"]


def test_the_first_token_can_be_replaced_once() -> None:
    session = ClientSession(config(token=None, renewable=True))
    stream = session.send_request(REQUEST, now=0.0)
    session.carrier_opened(now=0.0)
    for token in ("first", "second"):
        assert isinstance(events(session)[-1], CredentialWanted)
        session.authenticate(Secret(token), now=0.0)
        session.receive_message(AUTH_FAILED, now=0.0)
    assert isinstance(error_of(session, stream), AuthenticationError)


@pytest.mark.parametrize("opened", [False, True])
def test_a_session_ends_at_once_if_there_will_be_no_token(opened: bool) -> None:
    session = ClientSession(config(token=None, renewable=True))
    stream = session.send_request(REQUEST, now=0.0)
    if opened:
        session.carrier_opened(now=0.0)
    session.deny("the well is dry", now=1.0)
    error = error_of(session, stream)
    assert isinstance(error, AuthenticationError)
    assert error.message == "the well is dry"
    assert session.state is SessionState.CLOSING


def test_a_session_that_has_been_let_in_fails_what_waits_for_a_fresh_token() -> None:
    session = ready(renewable=True)
    session.deny("nobody asked", now=0.0)
    stream = session.send_request(REQUEST, now=0.0)
    assert len(outputs(session)) == 1
    session.receive_message(
        '{"id":"1","error":{"message":"auth failure","type":"auth-required"},"complete":true}', now=1.0
    )
    assert events(session)[-1] == CredentialWanted("auth failure")
    session.deny("the well is dry", now=1.0)
    assert isinstance(error_of(session, stream), AuthenticationError)
    assert session.state is SessionState.READY


def test_a_token_on_its_way_is_not_denied() -> None:
    session = ClientSession(config(renewable=True))
    session.carrier_opened(now=0.0)
    session.deny("too late", now=0.0)
    session.receive_message(AUTH_OK, now=0.0)
    assert session.state is SessionState.READY


def test_a_stream_waits_for_a_fresh_token_in_one_round() -> None:
    session = ready(renewable=True)
    stream = session.send_request(REQUEST, now=0.0)
    assert [session.renew(stream, number) for number in (0, 0, 1)] == [True, True, False]


def test_no_fresh_token_in_time() -> None:
    session = ClientSession(config(renewable=True, auth_timeout=20.0))
    stream = session.send_request(REQUEST, now=0.0)
    session.carrier_opened(now=0.0)
    session.receive_message(AUTH_FAILED, now=0.0)
    session.handle_timeout(now=20.0)
    assert "no fresh token" in str(error_of(session, stream))
    assert session.state is SessionState.CLOSING


def test_refused_requests_wait_for_a_fresh_token() -> None:
    session = ready(renewable=True, auth_timeout=20.0)
    streams = [ask(session, timeout=None), ask(session, timeout=None)]
    session.receive_message(REQUIRED % 1, now=0.0)
    session.receive_message(REQUIRED % 2, now=0.0)
    assert events(session) == [CredentialWanted("auth failure")]
    session.send_request(REQUEST, now=0.0, timeout=None)
    assert outputs(session) == []
    session.authenticate(Secret("fresh"), now=5.0)
    assert [output.get("token") for output in outputs(session)] == ["fresh"]
    session.receive_message(AUTH_OK, now=6.0)
    assert [output["id"] for output in outputs(session)] == ["3", "4", "5"]
    session.receive_message(REQUIRED % 3, now=7.0)
    session.receive_message(REQUIRED % 4, now=7.0)
    errors = [error_of(session, stream) for stream in streams]  # once is enough
    assert all(isinstance(error, AuthenticationError) for error in errors)


def test_refused_requests_fail_if_no_fresh_token_comes() -> None:
    session = ready(renewable=True, auth_timeout=20.0)
    stream = ask(session)
    session.receive_message(REQUIRED % 1, now=1.0)
    session.handle_timeout(now=21.0)
    assert isinstance(error_of(session, stream), AuthenticationError)
    assert session.state is SessionState.READY
    assert ask(session) == 2
    assert session.in_flight == 1


def test_a_token_that_is_already_on_its_way_is_waited_for() -> None:
    session = ready(renewable=True)
    stream = ask(session)
    session.authenticate(Secret("fresh"), now=0.0)
    session.receive_message(REQUIRED % 1, now=0.0)
    assert events(session) == []
    outputs(session)
    session.receive_message(AUTH_FAILED, now=0.0)
    assert events(session) == [AuthenticationFailed("auth failure"), StreamReadable(stream)]
    assert isinstance(error_of(session, stream), AuthenticationError)
    assert session.state is SessionState.READY


@pytest.mark.parametrize("why", ["owner", "answered", "draining", "retired", "1.x"])
def test_a_refusal_that_no_token_can_mend(why: str) -> None:
    dialect = GENERATION_1 if why == "1.x" else GENERATION_2
    session = ClientSession(config(dialect=dialect, renewable=why != "owner", span_limit=2))
    session.carrier_opened(now=0.0)
    session.receive_message(AUTH_OK, now=0.0)
    outputs(session)
    front = ask(session) if why == "retired" else None
    stream = ask(session)
    wire_id = 1 if front is None else 2
    match why:
        case "answered":
            session.receive_message(b'{"id":"1","response":{},"complete":false}', now=0.0)
        case "draining":
            session.close(now=0.0, drain=5.0)
        case "retired":
            session.cancel(stream_id=1, now=0.0)
    events(session)
    session.receive_message(REQUIRED % wire_id, now=0.0)
    assert isinstance(error_of(session, stream), AuthenticationError)
    assert not any(isinstance(event, CredentialWanted) for event in events(session))


# --- requests ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Modern:
    """A submission that only gateways 2.x understand."""

    error: BaseException
    service: str = "graph-rag"
    flow: str | None = "f"

    def request(self, dialect: Dialect) -> Request:
        if dialect.terms is not TermCodec.TERM:
            raise self.error
        return Request(self.service, b'{"n":1}', self.flow, "mine")


def test_a_request_is_encoded_once_the_dialect_is_known() -> None:
    session = ClientSession(config())
    stream = session.send_request(Modern(TrustGraphError("no")), now=0.0)
    session.carrier_opened(now=0.0)
    outputs(session)
    assert isinstance(session.submission(stream), Modern)
    session.receive_message(AUTH_OK, now=0.0)
    assert session.submission(stream) == Request("graph-rag", b'{"n":1}', "f", "mine")
    expected = {"id": "1", "service": "graph-rag", "flow": "f", "workspace": "mine", "request": {"n": 1}}
    assert outputs(session) == [expected]


@pytest.mark.parametrize("kind", [TrustGraphError, TypeError, ValueError, KeyError])
def test_what_cannot_be_expressed_fails_alone(kind: type[Exception]) -> None:
    session = ClientSession(config())
    stream = session.send_request(Modern(kind("not in 1.x")), now=0.0)
    session.send_request(REQUEST, now=0.0)
    session.carrier_opened(now=0.0)
    outputs(session)
    session.receive_message(BAD_1, now=0.0)
    assert isinstance(error_of(session, stream), kind)
    assert [output["service"] for output in outputs(session)] == ["config"]
    with pytest.raises(kind):
        session.send_request(Modern(kind("not in 1.x")), now=0.0)


def test_what_goes_over_http_only_is_refused_as_soon_as_that_is_known() -> None:
    class Lazy(Modern):
        def request(self, dialect: Dialect) -> Request:
            return login

    login = Request("auth/login", b"{}", form=Form(path="api/v1/auth/login"))
    session = ClientSession(config())
    with pytest.raises(LocalProtocolError, match="HTTP only"):
        session.send_request(login, now=0.0)
    stream = session.send_request(Lazy(TrustGraphError("")), now=0.0)
    session.carrier_opened(now=0.0)
    outputs(session)
    session.receive_message(AUTH_OK, now=0.0)
    assert "HTTP only" in str(error_of(session, stream))
    with pytest.raises(LocalProtocolError, match="HTTP only"):
        session.send_request(Lazy(TrustGraphError("")), now=0.0)
    assert outputs(session) == []


def test_an_interrupt_while_a_request_is_encoded_ends_its_call() -> None:
    session = ClientSession(config())
    stream = session.send_request(Modern(KeyboardInterrupt()), now=0.0)
    session.carrier_opened(now=0.0)
    with pytest.raises(KeyboardInterrupt):
        session.receive_message(BAD_1, now=0.0)
    assert isinstance(error_of(session, stream), CallCancelled)


def test_a_request_from_another_session_is_encoded_too() -> None:
    old = ClientSession(config())
    stream = old.send_request(Modern(TrustGraphError("not in 1.x")), now=0.0)
    session = ClientSession(config(dialect=GENERATION_1))
    session.adopt(old.disown(stream), now=0.0)
    assert isinstance(error_of(session, stream), TrustGraphError)
    session.close(now=0.0)
    with pytest.raises(LocalProtocolError):
        session.adopt(old.disown(old.send_request(REQUEST, now=0.0)), now=0.0)
    unknown = ClientSession(config())
    unknown.adopt(old.disown(old.send_request(REQUEST, now=0.0)), now=0.0)
    assert unknown.queued_ids == [3]


@pytest.mark.parametrize("limit", [0.0, -1.0, float("nan")])
@pytest.mark.parametrize("name", ["timeout", "total_timeout"])
def test_limits_must_be_above_zero(name: str, limit: float) -> None:
    session = ready()
    with pytest.raises(LocalProtocolError, match="above 0"):
        session.send_request(REQUEST, now=0.0, **{name: limit})
    assert session.live == 0


def test_the_queue_has_a_limit() -> None:
    session = ClientSession(config(max_queued=2))
    for _ in range(2):
        session.send_request(REQUEST, now=0.0)
    with pytest.raises(LocalProtocolError, match="raise max_queued"):
        session.send_request(REQUEST, now=0.0)


def test_a_workspace_that_utf8_cannot_carry_is_sent_back_as_it_came() -> None:
    session = ClientSession(config())
    session.carrier_opened(now=0.0)
    session.receive_message(b'{"type":"auth-ok","default_workspace":"\\ud800"}', now=0.0)
    session.send_request(REQUEST, now=0.0)
    assert outputs(session)[1]["workspace"] == "\ud800"


def test_room() -> None:
    session = ClientSession(config(span_limit=3))
    assert session.room == session.vacancies == 3
    assert not session.has_output
    session.send_request(REQUEST, now=0.0)
    assert session.room == 2
    assert session.waits
    session.carrier_opened(now=0.0)
    session.receive_message(AUTH_OK, now=0.0)
    outputs(session)
    assert (session.room, session.live, session.in_flight) == (2, 1, 1)
    for _ in range(4):
        session.send_request(REQUEST, now=0.0)
    assert session.room == 0
    outputs(session)
    session.receive_message(b'{"id":"2","response":{},"complete":true}', now=0.0)
    assert session.room == 0  # its slot is not free before the front has ended
    session.cancel(1, now=0.0)
    assert session.retired
    assert (session.room, session.vacancies) == (0, None)
    with pytest.raises(LocalProtocolError, match="open another"):
        session.send_request(REQUEST, now=0.0)


def test_surplus_is_what_has_no_room() -> None:
    session = ready(span_limit=2)
    streams = [session.send_request(REQUEST, now=0.0) for _ in range(4)]
    assert session.surplus == streams[2:]
    outputs(session)
    assert session.surplus == streams[2:]
    session.close(now=0.0)
    assert session.surplus == []
    unlimited = ready(span_limit=None)
    unlimited.send_request(REQUEST, now=0.0)
    assert unlimited.surplus == []


def test_room_without_limit_and_without_connection() -> None:
    session = ready(span_limit=None)
    assert session.room == sys.maxsize
    session.close(now=0.0, drain=1.0)
    assert session.room == 0


# --- answers ----------------------------------------------------------------------------------------


def test_a_stream_of_frames() -> None:
    session = ready()
    stream = ask(session)
    frames = [b'{"id":"1","response":{"n":%d},"complete":false}' % n for n in range(4)]
    session.receive_messages(frames, now=1.0)
    assert events(session) == [StreamReadable(stream)]
    assert session.take(stream, now=1.0) == ([Raw(b'{"n":%d}' % n) for n in range(4)], None)
    session.receive_messages(frames[:1], now=2.0)
    assert events(session) == [StreamReadable(stream)]
    session.receive_message('{"id":"1","response":9,"complete":true}', now=2.0)
    assert session.take(stream, now=2.0) == ([Raw(b'{"n":0}'), Raw(b"9")], Completed())


def test_an_end_without_response() -> None:
    session = ready()
    stream = ask(session)
    session.receive_message(b'{"id":"1","complete":true}', now=0.0)
    assert session.take(stream, now=0.0) == ([], Completed())


@pytest.mark.parametrize(
    ("frame", "kind", "message"),
    [
        (
            b'{"id":"1","response":{"error":{"type":"llm-error","message":"m"}},"complete":true}',
            "llm-error",
            "m",
        ),
        (
            b'{"id":"1","response":{"error":{"type":"llm-error","message":"m"}},"complete":false}',
            "llm-error",
            "m",
        ),
        (b'{"id":"1","response":{"error":"m"},"complete":true}', "", "m"),
        (b'{"id":"1","response":{"data":null,"error":{"type":"x","message":""}},"complete":false}', "x", ""),
        (b'{"id":"1","error":{"message":"m","type":"llm-error"},"complete":true}', "llm-error", "m"),
        (b'{"id":"1","error":"m"}', "", "m"),
        (b'{"error":{"message":"m","type":"error"},"complete":true}', "error", "m"),
        (b'{"error":"m"}', "", "m"),
    ],
)
@pytest.mark.parametrize("streaming", [False, True])
def test_every_shape_of_error_ends_a_stream(frame: bytes, kind: str, message: str, streaming: bool) -> None:
    session = ready()
    stream = ask(session)
    named = frame.startswith(b'{"id"')
    if streaming:
        session.receive_message(b'{"id":"1","response":1,"complete":false}', now=0.0)
    events(session)
    session.receive_message(frame, now=0.0)
    if streaming and not named:  # it had answered, so it is not meant
        assert session.outcome(stream) is None
        assert [type(event) for event in events(session)] == [UnmatchedMessage]
        return
    error = error_of(session, stream)
    assert isinstance(error, ServiceError)
    assert (error.type, error.message, error.context.service) == (kind, message, "config")
    assert session.in_flight == 0
    session.receive_message(b'{"id":"1","response":1,"complete":true}', now=0.0)
    payloads, outcome = session.take(stream, now=0.0)
    assert (len(payloads), outcome) == (int(streaming), Failed(error))


def test_an_error_without_id_fails_all_that_have_not_answered() -> None:
    session = ready()
    streams = [ask(session) for _ in range(3)]
    session.receive_message(b'{"id":"2","response":1,"complete":false}', now=0.0)
    session.receive_message(BAD_2, now=0.0)
    errors = [error_of(session, streams[0]), error_of(session, streams[2])]
    assert all(isinstance(error, GatewayError) for error in errors)
    assert errors[0] is not errors[1]
    assert all("one of 2" in str(error) for error in errors)
    assert session.outcome(streams[1]) is None


def test_an_error_without_id_may_mean_an_abandoned_request_too() -> None:
    session = ready(span_limit=None)
    abandoned, stream = ask(session), ask(session)
    session.cancel(abandoned, now=0.0)
    session.receive_message(BAD_2, now=0.0)
    assert "one of 2" in str(error_of(session, stream))
    assert session.in_flight == 1  # the abandoned one may still be answered
    session.receive_message(BAD_2, now=0.0)
    assert session.in_flight == 0  # now it was meant for sure


@pytest.mark.parametrize(
    "frame",
    [
        b'{"id":"7","response":{},"complete":true}',
        b'{"id":"7","response":{},"complete":false}',
        b'{"response":{},"complete":true}',
        b'{"id":1,"response":{},"complete":true}',
        b'{"id":"7","complete":true}',
        b'{"id":"7","error":{"type":"x","message":"m"}}',
        b'{"id":"1"}',
        b"{}",
        BAD_1,
    ],
)
def test_what_belongs_to_nothing_is_noted(frame: bytes) -> None:
    session = ready()
    session.receive_message(frame, now=0.0)
    [event] = events(session)
    assert isinstance(event, UnmatchedMessage)
    assert session.state is SessionState.READY


@pytest.mark.parametrize("frame", [b"junk", b"[]", b"\xff", "", b"[" * 100_000])
@pytest.mark.parametrize("state", ["new", "authenticating", "ready", "draining"])
def test_what_is_no_object_ends_the_connection(frame: bytes, state: str) -> None:
    session = ClientSession(config()) if state in ("new", "authenticating") else ready()
    stream = session.send_request(REQUEST, now=0.0)
    if state == "authenticating":
        session.carrier_opened(now=0.0)
    outputs(session)
    if state == "draining":
        session.close(now=0.0, drain=5.0)
    session.receive_messages([frame, b'{"id":"1","response":{},"complete":true}', frame], now=0.0)
    assert session.state is SessionState.CLOSING
    [close] = outputs(session)
    assert isinstance(close, CloseCarrier)
    assert (close.code, close.failure) == (1002, True)
    assert session.close_cause is not None
    assert session.close_cause.kind is CloseKind.PROTOCOL
    assert isinstance(session.outcome(stream), Failed)


def test_a_full_window_in_the_middle_of_a_batch() -> None:
    session = ready(stream_window=1000, stall_timeout=10.0)
    stream, other = ask(session, timeout=None), ask(session, timeout=None)
    session.receive_messages([b'{"id":"1","response":{},"complete":false}'] * 9, now=0.0)
    assert not session.wants_read
    session.handle_timeout(now=10.0)
    assert isinstance(error_of(session, stream), StreamStalled)
    assert session.outcome(other) is None
    assert session.wants_read


def test_what_was_taken_before_its_event_is_not_announced() -> None:
    session = ready()
    taken, cancelled, other = ask(session), ask(session), ask(session)
    session.receive_messages([b'{"id":"%d","response":1,"complete":true}' % n for n in (1, 2, 3)], now=0.0)
    session.take(taken, now=0.0)
    session.cancel(cancelled, now=0.0)
    assert events(session) == [StreamReadable(other)]


# --- closing ----------------------------------------------------------------------------------------


def test_a_session_closed_before_its_carrier_is_up_sends_nothing() -> None:
    session = ClientSession(config())
    session.close(now=0.0)
    session.carrier_opened(now=1.0)
    assert outputs(session) == [CloseCarrier()]
    assert events(session) == []


def test_close_fails_everything() -> None:
    session = ready()
    sent = ask(session)
    queued = session.send_request(REQUEST, now=0.0)
    session.close(now=0.0)
    session.close(now=0.0, drain=5.0)
    assert outputs(session) == [CloseCarrier()]
    errors = [error_of(session, stream) for stream in (sent, queued)]
    assert [error.sent for error in errors if isinstance(error, ConnectionLost)] == [True, False]
    assert session.wants_read


def test_draining_lets_requests_under_way_end() -> None:
    session = ready(span_limit=2)
    streams = [ask(session), ask(session)]
    queued = session.send_request(REQUEST, now=0.0)
    session.close(now=0.0, drain=30.0)
    assert session.state is SessionState.DRAINING
    error = error_of(session, queued)
    assert isinstance(error, ConnectionLost)
    assert not error.sent
    with pytest.raises(LocalProtocolError):
        session.send_request(REQUEST, now=0.0)
    session.receive_message(b'{"id":"1","response":1,"complete":true}', now=1.0)
    assert outputs(session) == []
    session.receive_message(b'{"id":"2","response":1,"complete":true}', now=2.0)
    assert outputs(session) == [CloseCarrier()]
    assert [session.outcome(stream) for stream in streams] == [Completed()] * 2


@pytest.mark.parametrize("how", ["cancel", "timeout", "nothing to wait for"])
def test_draining_is_over_when_nobody_waits(how: str) -> None:
    session = ready(span_limit=None)
    if how != "nothing to wait for":
        ask(session, timeout=10.0)
    session.close(now=0.0, drain=30.0)
    assert session.over is (how == "nothing to wait for")
    if how == "cancel":
        session.cancel(1, now=1.0)
    session.handle_timeout(now=10.0)
    assert session.over


def test_draining_has_an_end_that_can_be_moved() -> None:
    session = ready()
    stream = ask(session, timeout=None)
    session.close(now=0.0, drain=30.0)
    session.close(now=10.0, drain=5.0)
    assert session.next_deadline() == 15.0
    session.handle_timeout(now=15.0)
    assert session.state is SessionState.CLOSING
    error = error_of(session, stream)
    assert isinstance(error, ConnectionLost)
    assert "not drained in time" in str(error)


def test_draining_can_be_cut_short() -> None:
    session = ready()
    ask(session)
    session.close(now=0.0, drain=30.0)
    session.close(now=1.0)
    assert session.state is SessionState.CLOSING


@pytest.mark.parametrize("opened", [False, True])
def test_nothing_is_drained_before_the_session_is_ready(opened: bool) -> None:
    session = ClientSession(config())
    if opened:
        session.carrier_opened(now=0.0)
    session.send_request(REQUEST, now=0.0)
    session.close(now=0.0, drain=30.0)
    assert session.state is SessionState.CLOSING


def test_a_retired_session_closes_after_its_last_live_stream() -> None:
    session = ready(span_limit=2)
    abandoned, live = ask(session, timeout=10.0), ask(session, timeout=20.0)
    session.handle_timeout(now=10.0)
    assert isinstance(error_of(session, abandoned), RequestTimeout)
    assert session.retired
    assert session.state is SessionState.READY
    session.handle_timeout(now=20.0)
    assert isinstance(error_of(session, live), RequestTimeout)
    assert session.state is SessionState.CLOSING
    assert session.close_cause is not None
    assert "retired" in session.close_cause.detail


def test_a_renewal_that_retirement_made_pointless() -> None:
    session = ready(renewable=True, span_limit=3)
    ask(session), ask(session), ask(session)
    session.cancel(2, now=0.0)
    session.receive_message(REQUIRED % 1, now=0.0)  # the next front is abandoned
    assert isinstance(error_of(session, 1), ConnectionLost)
    assert session.next_output() is None
    session.receive_message(b'{"id":"3","response":1,"complete":true}', now=1.0)
    assert session.state is SessionState.CLOSING


def test_the_connection_is_gone() -> None:
    session = ready()
    stream = ask(session)
    session.receive_message(b'{"id":"1","response":1,"complete":false}', now=0.0)
    session.carrier_closed(LOST, now=1.0)
    session.carrier_closed(LOST, now=1.0)
    assert events(session) == [StreamReadable(stream), ConnectionClosed(LOST)]
    payloads, outcome = session.take(stream, now=2.0)
    assert len(payloads) == 1
    assert isinstance(outcome, Failed)
    assert not session.holds_streams
    session.cancel(stream, now=2.0)
    assert session.next_deadline() is None


# --- time -------------------------------------------------------------------------------------------


def test_the_earliest_deadline_is_the_next() -> None:
    session = ClientSession(config(keepalive=KeepaliveConfig(20.0, 5.0), auth_timeout=40.0))
    assert session.next_deadline() is None
    session.send_request(REQUEST, now=0.0, timeout=60.0)
    assert session.next_deadline() == 60.0
    session.carrier_opened(now=0.0)
    assert session.next_deadline() == 20.0
    session.send_request(REQUEST, now=0.0, timeout=10.0)
    assert session.next_deadline() == 10.0
    session.handle_timeout(now=10.0)
    assert session.next_deadline() == 20.0
    outputs(session)
    session.handle_timeout(now=20.0)
    [ping] = outputs(session)
    assert isinstance(ping, SendPing)
    session.receive_pong(ping.payload, now=21.0)
    assert session.next_deadline() == 40.0


# --- answers that cannot be read ------------------------------------------------------------------------

DEEP = "[" * 5000 + "]" * 5000


@pytest.mark.parametrize("final", ["true", "false"])
def test_an_answer_that_is_nested_too_deeply_fails_its_call_alone(final: str) -> None:
    session = ready()
    deep, other = ask(session), ask(session)
    session.receive_message(f'{{"id":"1","response":{DEEP},"complete":{final}}}', now=0.0)
    outcome = session.take(deep, now=0.0)[1]
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, DecodeError)
    assert session.in_flight == (1 if final == "true" else 2)
    session.receive_message(f'{{"id":"1","response":{DEEP},"complete":false}}', now=0.0)
    session.receive_message('{"id":"1","response":{},"complete":true}', now=0.0)
    assert session.in_flight == 1
    session.receive_message('{"id":"2","response":{},"complete":true}', now=0.0)
    assert isinstance(session.take(other, now=0.0)[1], Completed)
    unmatched = [event for event in events(session) if isinstance(event, UnmatchedMessage)]
    assert bool(unmatched) is (final == "true")
