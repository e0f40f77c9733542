"""The REST client against the server side of the core; no transport is opened."""

from __future__ import annotations

import json

import pytest

from tests.core.http_network import HttpNetwork, ready
from tgproto.closing import CloseKind, DialFault
from tgproto.dialect import GENERATION_1, Dialect
from tgproto.driven import Dial, Lost, Transfer
from tgproto.errors import (
    AuthenticationError,
    CallContext,
    ConnectionFailed,
    ConnectionLost,
    ConnectionRefused,
    ConnectTimeout,
    DecodeError,
    HostNotFound,
    LLMError,
    LocalProtocolError,
    NotAGateway,
    RequestTimeout,
    ServiceError,
    TLSFailed,
)
from tgproto.link.http_types import HttpConfig
from tgproto.secrets import Secret
from tgproto.session.events import StreamReadable
from tgproto.session.reconnect import ReconnectConfig
from tgproto.session.request import Request

USER = {"user": {"id": "1", "default_workspace": "acme"}, "bootstrap_available": False}

# --- one exchange -----------------------------------------------------------------------------------


def test_a_request_opens_a_connection_and_is_answered() -> None:
    network = HttpNetwork(path="/tg/", token=Secret("tg_x"))
    client = network.client
    assert client.idle
    stream = network.ask(0.0, body=b'{"a":1}')
    assert network.notices == [Dial(1)]
    assert client.take(stream, now=0.0) == ([], None)
    assert not client.idle
    [request] = network.open(1, 0.0).requests
    assert (request.target, request.body) == ("/tg/api/v1/config", {"a": 1})
    assert request.headers[b"authorization"] == b"Bearer tg_x"
    assert request.headers[b"host"] == b"h"
    assert network.answer(1, {"b": 2}, 1.0) == [StreamReadable(stream)]
    assert network.result(stream, 1.0) == {"b": 2}
    with pytest.raises(LocalProtocolError, match="no stream 1"):
        client.take(stream, now=1.0)


def test_an_answer_in_pieces_is_put_together() -> None:
    network = HttpNetwork()
    stream = network.ask(0.0)
    end = network.open(1, 0.0)
    end.link.start_response(200, now=0.0)
    for piece in (b'{"a"', b":", b"[1,2]}"):
        end.link.send_body(piece, now=0.0)
        assert network.flush(1, 0.0) == []
    end.link.end_response(now=0.0)
    assert network.flush(1, 0.0) == [StreamReadable(stream)]
    assert network.result(stream, 0.0) == {"a": [1, 2]}


def test_a_refusal_is_the_error_of_its_call() -> None:
    network = HttpNetwork()
    stream = network.ask(0.0, "agent")
    network.open(1, 0.0)
    network.answer(1, {"error": {"type": "llm-error", "message": "no luck"}}, 0.0)
    error = network.error(stream, 0.0)
    assert isinstance(error, LLMError)
    assert error.context == CallContext("agent")


def test_what_is_submitted_is_encoded_for_the_dialect() -> None:
    class Lazy:
        service, flow, public = "agent", None, False

        def request(self, dialect: Dialect) -> Request:
            return Request("agent", json.dumps({"dialect": dialect.name}).encode())

    network = HttpNetwork(dialect=GENERATION_1)
    network.client.submit(Lazy(), now=0.0)
    network.serve(0.0)
    assert network.open(1, 0.0).requests[0].body == {"dialect": "1.x"}


@pytest.mark.parametrize("limit", ["timeout", "total_timeout"])
def test_what_cannot_be_submitted_opens_nothing(limit: str) -> None:
    network = HttpNetwork(http=HttpConfig(max_message_bytes=10))
    for wrong in ({limit: 0.0}, {limit: -1.0}, {limit: float("nan")}):
        with pytest.raises(LocalProtocolError, match="above 0"):
            network.ask(0.0, **wrong)
    with pytest.raises(LocalProtocolError, match="socket"):
        network.ask(0.0, flow="a/b")
    with pytest.raises(LocalProtocolError, match="max_message_bytes"):
        network.ask(0.0, body=b'{"a":123456}')
    assert network.client.idle
    assert network.client.next_deadline() is None
    assert network.serve(0.0) == []


def test_too_much_is_not_queued() -> None:
    network = HttpNetwork(max_queued=2, max_connections=1)
    network.ask(0.0)
    network.ask(0.0)
    with pytest.raises(LocalProtocolError, match="max_queued"):
        network.ask(0.0)
    network.open(1, 0.0)
    network.ask(0.0)


# --- connections ------------------------------------------------------------------------------------


def test_a_connection_is_used_again() -> None:
    network = ready()
    first = network.ask(1.0)
    network.answer(1, {"n": 1}, 1.0)
    second = network.ask(2.0)
    network.answer(1, {"n": 2}, 2.0)
    assert [network.result(stream, 2.0)["n"] for stream in (first, second)] == [1, 2]
    assert network.dialed == [1]


def test_no_more_connections_than_allowed_and_the_rest_waits_in_order() -> None:
    network = HttpNetwork(max_connections=2)
    streams = [network.ask(0.0, body=b'{"n":%d}' % n) for n in range(4)]
    assert network.dialed == [1, 2]
    network.open(2, 0.0)
    network.open(1, 0.0)
    assert [network.ends[key].requests[0].body for key in (2, 1)] == [{"n": 0}, {"n": 1}]
    network.answer(1, {"n": 1}, 0.0)
    network.answer(1, {"n": 2}, 0.0)
    network.answer(1, {"n": 3}, 0.0)
    network.answer(2, {"n": 0}, 0.0)
    assert [network.result(stream, 0.0)["n"] for stream in streams] == [0, 1, 2, 3]
    assert network.dialed == [1, 2]


def test_an_unused_connection_is_closed_in_time_and_the_last_used_is_taken_first() -> None:
    network = HttpNetwork(max_connections=2, idle_timeout=10.0)
    for key in (1, 2):
        network.ask(0.0)
        network.open(key, 0.0)
    for key in (1, 2):
        network.answer(key, {}, 0.0)
    network.ask(5.0)
    assert len(network.ends[2].requests) == 2
    assert network.client.next_deadline() == 10.0
    network.tick(10.0)
    assert network.closed == [1]
    assert network.client.next_deadline() is None  # the request has no limit
    network.answer(2, {}, 11.0)
    assert network.client.next_deadline() == 21.0


def test_a_connection_that_was_opened_in_vain_is_kept_for_a_while() -> None:
    network = HttpNetwork(idle_timeout=10.0)
    network.client.cancel(network.ask(0.0), now=0.0)
    network.open(1, 1.0)
    assert network.client.next_deadline() == 11.0
    network.tick(11.0)
    assert network.client.idle
    assert network.losses == []


def test_an_answer_that_is_the_last_of_its_connection() -> None:
    network = ready()
    stream, waiting = network.ask(1.0), None
    waiting = network.ask(1.0)
    assert network.dialed == [1, 2]
    network.answer(1, {"n": 1}, 1.0, lasting=False)
    assert network.result(stream, 1.0) == {"n": 1}
    assert network.closed == [1]
    assert network.losses == []
    network.open(2, 1.0)
    network.answer(2, {"n": 2}, 1.0)
    assert network.result(waiting, 1.0) == {"n": 2}


def test_an_unused_connection_that_the_gateway_closes_is_no_loss() -> None:
    network = ready()
    network.client.receive_eof(1, now=1.0)
    network.serve(1.0)
    assert network.losses == []
    assert network.client.idle
    network.ask(1.0)
    assert network.dialed == [1, 2]


def test_an_unused_connection_that_speaks_is_closed() -> None:
    network = ready()
    network.say(1, b"HTTP/1.1 408 Request Timeout\r\n\r\n", 1.0)
    assert network.closed == [1]
    assert network.client.idle


# --- cancelling -------------------------------------------------------------------------------------


def test_a_cancelled_request_leaves_no_trace() -> None:
    network = ready(max_connections=1)
    under_way, waiting, last = network.ask(1.0), network.ask(1.0, timeout=9.0), network.ask(1.0)
    network.client.cancel(waiting, now=1.0)
    network.client.cancel(under_way, now=1.0)
    network.client.cancel(under_way, now=1.0)
    assert [type(notice) for notice in network.serve(1.0)] == [Dial]
    assert network.closed == [1]  # an answer that nobody wants blocks its connection
    assert network.client.next_deadline() == 11.0  # for the transport; nothing is left of the limit of 9 s
    network.open(2, 1.0)
    network.answer(2, {"n": 3}, 1.0)
    assert network.result(last, 1.0) == {"n": 3}


def test_what_is_over_can_be_cancelled_and_is_not_announced_any_more() -> None:
    network = ready()
    first, second = network.ask(1.0), network.ask(1.0)
    network.open(2, 1.0)
    for key in (1, 2):
        network.ends[key].link.respond(200, [], b"{}", now=1.0)
        network.client.receive_data(key, network.ends[key].link.data_to_send(), now=1.0)
    network.client.cancel(first, now=1.0)
    network.client.take(second, now=1.0)
    assert network.serve(1.0) == []
    assert network.closed == []


# --- time -------------------------------------------------------------------------------------------


def test_silence_is_counted_from_the_submission_and_from_each_read() -> None:
    network = HttpNetwork()
    stream = network.ask(0.0, timeout=5.0)
    network.open(1, 3.0)
    network.say(1, b"HTTP/1.1 200 OK\r\n", 4.0)
    assert network.client.next_deadline() == 9.0
    network.tick(8.9)
    assert network.tick(9.0) == [StreamReadable(stream)]
    error = network.error(stream, 9.0)
    assert isinstance(error, RequestTimeout)
    assert (error.option, error.seconds) == ("timeout", 5.0)
    assert "Raise timeout" in str(error)
    assert network.closed == [1]
    assert network.client.idle


def test_the_whole_has_a_limit_too() -> None:
    network = HttpNetwork()
    stream = network.ask(0.0, timeout=2.0, total_timeout=3.0)
    network.open(1, 0.0)
    for now in (1.0, 2.0, 2.9):
        network.say(1, b"HTTP/1.1 200 OK\r\n" if now == 1.0 else b"a: b\r\n", now)
    network.tick(3.0)
    error = network.error(stream, 3.0)
    assert isinstance(error, RequestTimeout)
    assert error.option == "total_timeout"
    assert network.client.next_deadline() is None


def test_two_limits_at_once_are_one_failure() -> None:
    network = HttpNetwork(connect_timeout=60.0)
    stream = network.ask(0.0, timeout=3.0, total_timeout=3.0)
    assert network.tick(3.0) == [StreamReadable(stream)]
    network.error(stream, 3.0)
    assert network.serve(3.0) == []


def test_a_timeout_says_why_the_gateway_cannot_be_reached() -> None:
    network = ready(reconnect=ReconnectConfig(1.0, 1.0, max_attempts=None))
    under_way = network.ask(1.0, repeatable=True, timeout=5.0)
    network.lose(1, 2.0)
    for now in (3.0, 4.0, 5.0):
        network.tick(now)
        network.lose(network.dialed[-1], now, DialFault.REFUSED)
    network.tick(6.0)
    error = network.error(under_way, 6.0)
    assert isinstance(error, RequestTimeout)
    assert "cannot be reached" in str(error)
    assert "reset" in str(error)


def test_a_timeout_of_a_request_that_was_sent_does_not_blame_another_connection() -> None:
    network = ready()
    network.ask(1.0)
    silent = network.ask(1.0, timeout=5.0)
    network.open(2, 1.0)
    network.lose(1, 2.0)
    network.tick(6.0)
    assert "cannot be reached" not in str(network.error(silent, 6.0))


# --- connections that cannot be made ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (DialFault.REFUSED, ConnectionRefused),
        (DialFault.UNRESOLVED, HostNotFound),
        (DialFault.TLS, TLSFailed),
        (None, ConnectionFailed),
    ],
)
def test_a_first_connection_that_cannot_be_made_fails_all_at_once(
    fault: DialFault | None, kind: type[ConnectionFailed]
) -> None:
    network = HttpNetwork(max_connections=2)
    streams = [network.ask(0.0, "agent") for _ in range(3)]
    notices = network.lose(1, 0.0, fault)
    # The second attempt is under way, and may go better.
    assert [type(notice) for notice in notices] == [Lost, *[StreamReadable] * 3]
    for stream in streams:
        error = network.error(stream, 0.0)
        assert type(error) is kind
        assert error.context == CallContext("agent")
    network.lose(2, 0.0, fault)
    assert network.client.idle
    assert network.client.next_deadline() is None


def test_a_connection_that_is_not_up_in_time() -> None:
    network = HttpNetwork(connect_timeout=3.0)
    stream = network.ask(0.0)
    assert network.client.next_deadline() == 3.0
    network.tick(3.0)
    error = network.error(stream, 3.0)
    assert isinstance(error, ConnectTimeout)
    assert "3 s" in str(error)
    assert network.closed == [1]
    network.client.dialed(1, now=3.5)
    network.client.connection_lost(1, "cancelled", now=3.5)
    network.client.receive_data(1, b"x", now=3.5)
    network.client.receive_eof(1, now=3.5)
    assert network.serve(3.5) == []
    assert network.client.idle


def test_while_a_connection_serves_a_failed_one_is_no_failure_and_not_tried_at_once() -> None:
    network = HttpNetwork(max_connections=3)
    streams = [network.ask(0.0) for _ in range(3)]
    network.open(1, 0.0)
    for key in (2, 3):
        assert [type(notice) for notice in network.lose(key, 0.0, DialFault.REFUSED)] == [Lost]
    assert network.dialed == [1, 2, 3]
    assert network.client.next_deadline() == 1.0
    for _ in range(3):
        network.answer(1, {}, 0.5)
    assert [network.result(stream, 0.5) for stream in streams] == [{}, {}, {}]
    network.tick(1.0)
    assert network.dialed[3:] == [4, 5]


def test_if_the_last_connection_goes_meanwhile_the_next_attempt_decides() -> None:
    network = HttpNetwork(max_connections=2)
    sent, waiting = network.ask(0.0), network.ask(0.0)
    network.open(1, 0.0)
    network.lose(2, 0.0, DialFault.REFUSED)
    network.lose(1, 0.5)
    assert isinstance(network.error(sent, 0.5), ConnectionLost)
    assert network.client.take(waiting, now=0.5) == ([], None)
    network.tick(1.0)
    network.lose(network.dialed[-1], 1.0, DialFault.REFUSED)
    assert isinstance(network.error(waiting, 1.0), ConnectionRefused)
    network.lose(network.dialed[-1], 1.0, DialFault.REFUSED)
    network.serve(1.0)
    assert network.client.idle


@pytest.mark.parametrize(
    "said", [b"220 mail.example ESMTP\r\n", b"\x15\x03\x01\x00\x02\x02F", b"HTTP/1.1 9\r\n\r\n"]
)
def test_something_that_is_no_gateway_is_called_so(said: bytes) -> None:
    network = HttpNetwork()
    stream = network.ask(0.0)
    network.open(1, 0.0)
    network.say(1, said, 0.0)
    assert isinstance(network.error(stream, 0.0), NotAGateway)
    assert network.client.idle


# --- losses -----------------------------------------------------------------------------------------


def test_what_was_sent_fails_and_what_was_not_waits() -> None:
    network = ready(max_connections=1)
    sent, waiting = network.ask(1.0), network.ask(1.0)
    lost, told = network.lose(1, 2.0)
    assert isinstance(lost, Lost)
    assert (lost.key, lost.cause.kind, lost.retry_at) == (1, CloseKind.LOST, 3.0)
    assert told == StreamReadable(sent)
    error = network.error(sent, 2.0)
    assert isinstance(error, ConnectionLost)
    assert (error.sent, error.delivered) == (True, 0)
    assert network.tick(3.0) == [Dial(2)]
    network.open(2, 3.0)
    network.answer(2, {}, 3.0)
    assert network.result(waiting, 3.0) == {}


def test_what_may_run_twice_is_sent_again_before_the_others() -> None:
    network = ready(max_connections=1)
    repeatable = network.ask(1.0, body=b'{"n":1}', repeatable=True)
    network.ask(1.0, body=b'{"n":2}')
    network.say(1, b"HTTP/1.1 200 OK\r\n", 2.0)
    network.client.receive_eof(1, now=2.0)
    network.serve(2.0)
    network.tick(3.0)
    assert network.open(2, 3.0).requests[0].body == {"n": 1}
    network.answer(2, {"a": 1}, 3.0)
    assert network.result(repeatable, 3.0) == {"a": 1}


def test_attempts_end_when_the_policy_says_so() -> None:
    network = ready(reconnect=ReconnectConfig(1.0, 1.0, max_attempts=1))
    stream, fresh = network.ask(1.0, repeatable=True), network.ask(1.0)
    network.lose(1, 1.0)
    network.lose(2, 1.5, DialFault.REFUSED)
    network.tick(2.0)
    network.lose(network.dialed[-1], 2.0, DialFault.REFUSED)
    error = network.error(stream, 2.0)
    assert isinstance(error, ConnectionLost)  # it may have run on the first connection
    assert error.sent
    assert isinstance(network.error(fresh, 2.0), ConnectionRefused)
    assert network.losses[-1].retry_at is None


def test_a_failure_for_good_fails_those_who_wait_for_the_next_attempt_alike() -> None:
    network = ready(max_connections=2)
    first, second = network.ask(1.0, repeatable=True), network.ask(1.0)
    network.lose(1, 1.0)
    assert network.dialed == [1, 2]  # the second one before the loss; another waits for the next attempt
    network.lose(2, 1.5, DialFault.TLS)
    assert isinstance(network.error(first, 1.5), ConnectionLost)
    assert isinstance(network.error(second, 1.5), TLSFailed)
    assert network.client.idle
    assert network.tick(2.0) == []
    assert network.client.next_deadline() is None


def test_a_transport_that_comes_up_after_the_end_is_not_used() -> None:
    network = HttpNetwork(connect_timeout=3.0)
    network.ask(0.0)
    network.client.handle_timeout(now=3.0)
    network.client.dialed(1, now=3.0)  # before the driver has heard that it is over
    network.client.connection_lost(1, "given up", now=3.0)
    assert network.client.next_transfer(now=3.0) == Transfer(1, b"", wants_read=False, closed=True)


def test_what_may_have_run_is_never_said_not_to_have_been_sent() -> None:
    network = ready()
    stream = network.ask(1.0, repeatable=True)
    network.lose(1, 1.0)
    network.client.close(now=1.5)
    error = network.error(stream, 1.5)
    assert isinstance(error, ConnectionLost)
    assert error.sent


def test_a_gateway_that_breaks_the_protocol_later_is_still_one() -> None:
    network = ready()
    stream = network.ask(1.0, repeatable=True)
    network.say(1, b"garbage", 1.0)
    error = network.error(stream, 1.0)
    assert isinstance(error, ConnectionLost)
    assert error.cause.kind is CloseKind.PROTOCOL


def test_an_answer_that_is_too_long_names_the_option() -> None:
    network = ready(http=HttpConfig(max_message_bytes=1000))
    stream = network.ask(1.0)
    network.answer(1, {"a": "x" * 1000}, 1.0)
    assert "max_message_bytes" in str(network.error(stream, 1.0))


# --- closing ----------------------------------------------------------------------------------------


def test_a_closed_client_takes_nothing_and_ends() -> None:
    network = ready(max_connections=2)
    under_way, opening, waiting = network.ask(1.0), network.ask(1.0), network.ask(1.0, "agent", flow="f")
    network.client.close(now=2.0)
    network.client.close(now=2.0)
    assert network.client.closing
    with pytest.raises(LocalProtocolError, match="closed"):
        network.ask(2.0)
    notices = network.serve(2.0)
    assert sorted(notice.stream_id for notice in notices if isinstance(notice, StreamReadable)) == [
        under_way,
        opening,
        waiting,
    ]
    assert sorted(network.closed) == [1, 2]
    errors = [network.error(stream, 2.0) for stream in (under_way, opening, waiting)]
    assert [error.sent for error in errors if isinstance(error, ConnectionLost)] == [True, False, False]
    assert network.losses == []
    assert network.client.idle
    assert network.client.next_deadline() is None


def test_a_client_that_waits_for_its_next_attempt_can_be_closed() -> None:
    network = ready()
    network.ask(1.0)
    network.lose(1, 1.0)
    stream = network.ask(1.0)
    network.client.close(now=1.5)
    network.serve(1.5)
    assert isinstance(network.error(stream, 1.5), ConnectionLost)
    assert network.client.next_deadline() is None
    assert network.client.next_transfer(now=1.5) is None


def test_a_transport_that_is_no_longer_wanted_is_not_asked_for() -> None:
    network = HttpNetwork()
    network.client.submit(Request("config", b"{}"), now=0.0)
    network.client.close(now=0.0)
    assert [type(notice) for notice in network.serve(0.0)] == [StreamReadable]
    assert network.closed == [1]


@pytest.mark.parametrize("busy", [False, True])
def test_a_connection_that_only_seemed_to_be_up(busy: bool) -> None:
    """Peers may refuse a certificate of this side after the handshake of TLS 1.3."""
    network = HttpNetwork(max_connections=1)
    stream = network.ask(0.0)
    if not busy:
        network.client.cancel(stream, now=0.0)
    network.open(1, 0.0)
    network.lose(1, 0.0, DialFault.TLS)
    assert network.closed == [1]
    if busy:
        error = network.error(stream, 0.0)
        assert isinstance(error, TLSFailed)
        assert network.losses[0].cause.fault is DialFault.TLS
    assert network.client.idle
    assert network.client.next_deadline() is None


def test_what_was_given_to_a_connection_that_only_seemed_to_be_up_was_not_sent() -> None:
    network = ready(max_connections=1)
    network.lose(1, 1.0)
    stream = network.ask(1.0)
    network.tick(2.0)
    network.open(2, 2.0)
    network.lose(2, 2.0, DialFault.REFUSED)
    network.tick(3.0)
    network.open(3, 3.0)
    network.answer(3, {}, 3.0)
    assert network.result(stream, 3.0) == {}


def test_what_a_gateway_that_is_known_may_have_got_is_not_sent_again() -> None:
    """Without tickets, the end of a connection looks like that of a handshake."""
    network = ready(max_connections=1)
    network.lose(1, 1.0)
    stream = network.ask(1.0)
    network.tick(2.0)
    network.open(2, 2.0)
    network.lose(2, 2.0, DialFault.TLS_ENDED)
    error = network.error(stream, 2.0)
    assert isinstance(error, ConnectionLost)
    assert error.sent


# --- the caller's workspace -------------------------------------------------------------------------


def test_the_callers_workspace_is_asked_for_once_and_sent_with_flow_services() -> None:
    network = HttpNetwork()
    first, second = network.ask(0.0, "agent", b'{"q":1}', "f"), network.ask(0.0, "agent", flow="f")
    assert network.dialed == [1]
    end = network.open(1, 0.0)
    assert [(request.target, request.body) for request in end.requests] == [
        ("/api/v1/iam", {"operation": "whoami"})
    ]
    assert [type(notice) for notice in network.answer(1, USER, 0.0)] == [Dial]
    assert end.requests[1].target == "/api/v1/flow/f/service/agent"
    assert end.requests[1].body == {"workspace": "acme", "q": 1}
    network.answer(1, {"n": 1}, 0.0)
    assert end.requests[2].body == {"workspace": "acme"}
    network.answer(1, {"n": 2}, 0.0)
    assert [network.result(stream, 0.0)["n"] for stream in (first, second)] == [1, 2]
    third = network.ask(1.0, "agent", flow="f")
    assert end.requests[3].body == {"workspace": "acme"}
    network.answer(1, {"n": 3}, 1.0)
    assert network.result(third, 1.0) == {"n": 3}


def test_other_requests_do_not_wait_for_the_workspace() -> None:
    network = HttpNetwork(max_connections=2)
    network.ask(0.0, "agent", flow="f")
    plain = network.ask(0.0, "config")
    named = network.client.submit(Request("agent", b"{}", "f", "mine"), now=0.0)
    network.serve(0.0)
    network.open(1, 0.0)
    end = network.open(2, 0.0)
    network.answer(2, {"n": 1}, 0.0)
    assert end.requests[1].body == {"workspace": "mine"}
    network.answer(2, {"n": 2}, 0.0)
    assert [network.result(stream, 0.0)["n"] for stream in (plain, named)] == [1, 2]


@pytest.mark.parametrize(
    ("status", "body"),
    [(400, {"error": "unknown operation"}), (404, {"error": "unknown kind"}), (200, {"user": {}})],
)
def test_a_gateway_that_cannot_tell_has_one_workspace(status: int, body: object) -> None:
    network = HttpNetwork()
    network.ask(0.0, "agent", flow="f")
    end = network.open(1, 0.0)
    network.answer(1, body, 0.0, status=status)
    assert end.requests[1].body == {"workspace": "default"}


@pytest.mark.parametrize(
    ("status", "body", "kind", "hint"),
    [
        (401, {"error": "auth failure"}, AuthenticationError, "Check the token"),
        (200, {"error": {"type": "gateway-error", "message": "timeout"}}, ServiceError, "pass workspace="),
        (503, {"error": "busy"}, ServiceError, "pass workspace="),
        (200, [], DecodeError, "pass workspace="),
    ],
)
def test_no_workspace_is_guessed_if_the_question_failed(
    status: int, body: object, kind: type[Exception], hint: str
) -> None:
    network = HttpNetwork()
    streams = [network.ask(0.0, "agent", flow="f"), network.ask(0.0, "graph-rag", flow="g")]
    end = network.open(1, 0.0)
    network.answer(1, body, 0.0, status=status)
    errors = [network.error(stream, 0.0) for stream in streams]
    assert all(isinstance(error, kind) and hint in str(error) for error in errors)
    assert str(errors[0]).startswith("agent in flow 'f'")
    assert str(errors[1]).startswith("graph-rag in flow 'g'")
    network.ask(1.0, "agent", flow="f")  # and it is asked again
    assert end.requests[-1].target == "/api/v1/iam"


def test_a_lost_question_is_asked_again() -> None:
    network = ready()
    stream = network.ask(1.0, "agent", flow="f")
    network.lose(1, 1.0)
    network.tick(2.0)
    end = network.open(2, 2.0)
    network.answer(2, USER, 2.0)
    assert end.requests[1].body == {"workspace": "acme"}
    network.answer(2, {}, 2.0)
    assert network.result(stream, 2.0) == {}


def test_what_waited_for_a_question_that_was_lost_certainly_did_not_run() -> None:
    network = HttpNetwork()
    stream = network.ask(0.0, "agent", flow="f")
    network.open(1, 0.0)
    network.lose(1, 1.0)
    error = network.error(stream, 1.0)
    assert isinstance(error, ConnectionLost)
    assert not error.sent
    assert error.context == CallContext("agent", "f")


def test_what_waits_for_a_question_that_could_not_be_asked_fails_alike() -> None:
    network = HttpNetwork()
    stream = network.ask(0.0, "agent", flow="f")
    network.lose(1, 0.0, DialFault.REFUSED)
    error = network.error(stream, 0.0)
    assert isinstance(error, ConnectionRefused)
    assert error.context == CallContext("agent", "f")
    assert network.client.idle


def test_a_question_that_is_not_answered_ends_those_who_wait_for_it() -> None:
    network = HttpNetwork()
    stream = network.ask(0.0, "agent", flow="f")
    impatient = network.ask(0.0, "agent", flow="f", timeout=5.0)
    network.open(1, 0.0)
    network.tick(5.0)
    error = network.error(impatient, 5.0)
    assert isinstance(error, RequestTimeout)
    assert error.seconds == 5.0
    assert network.client.next_deadline() == 60.0
    network.tick(60.0)
    error = network.error(stream, 60.0)
    assert isinstance(error, RequestTimeout)
    assert "pass workspace=" in str(error)
    assert network.client.idle


def test_a_question_that_cannot_be_asked_in_time_says_why() -> None:
    network = ready(reconnect=ReconnectConfig(100.0, 100.0))
    streams = [network.ask(0.0, "agent", flow=flow) for flow in ("f", "g")]
    network.lose(1, 1.0)
    network.tick(60.0)
    for stream, flow in zip(streams, ("f", "g"), strict=True):
        error = network.error(stream, 60.0)
        assert isinstance(error, RequestTimeout)
        assert error.context == CallContext("agent", flow)
        assert "cannot be reached" in str(error)
        assert "pass workspace=" not in str(error)


def test_who_waits_for_the_workspace_can_be_cancelled() -> None:
    network = HttpNetwork()
    stream = network.ask(0.0, "agent", flow="f")
    network.client.cancel(stream, now=0.0)
    end = network.open(1, 0.0)
    network.answer(1, USER, 0.0)
    assert len(end.requests) == 1
    assert network.serve(0.0) == []


def test_a_request_that_is_too_long_with_the_workspace_fails_alone() -> None:
    network = HttpNetwork(http=HttpConfig(max_message_bytes=50))
    long = network.ask(0.0, "agent", b'{"a":"%s"}' % (b"x" * 40), "f")
    short = network.ask(0.0, "agent", b"{}", "f")
    network.open(1, 0.0)
    network.answer(1, {"user": {"workspace": "w"}}, 0.0)
    error = network.error(long, 0.0)
    assert isinstance(error, LocalProtocolError)
    network.answer(1, {}, 0.0)
    assert network.result(short, 0.0) == {}


def test_closing_ends_those_who_wait_for_the_workspace_once() -> None:
    for opened in (False, True):
        network = HttpNetwork()
        streams = [network.ask(0.0, "agent", flow="f") for _ in range(2)]
        if opened:
            network.open(1, 0.0)
        network.client.close(now=0.0)
        assert network.serve(0.0) == [StreamReadable(stream) for stream in streams]
        for stream in streams:
            error = network.error(stream, 0.0)
            assert isinstance(error, ConnectionLost)
            assert not error.sent
        assert network.client.idle
        assert network.client.next_deadline() is None


# --- interrupts -------------------------------------------------------------------------------------


class Interrupting(bytes):
    """Bytes whose length cannot be told without an interrupt, the first time."""

    raised = False

    def __len__(self) -> int:
        if not Interrupting.raised:
            Interrupting.raised = True
            raise KeyboardInterrupt
        return super().__len__()


def test_an_interrupt_halfway_costs_one_connection() -> None:
    network = ready(max_connections=2)
    interrupted, other = network.ask(1.0), network.ask(1.0)
    network.open(2, 1.0)
    Interrupting.raised = False
    with pytest.raises(KeyboardInterrupt):
        network.client.receive_data(1, Interrupting(b"HTTP/1.1 200 OK\r\n\r\n"), now=1.0)
    network.serve(1.0)
    assert network.closed == [1]
    error = network.error(interrupted, 1.0)
    assert isinstance(error, ConnectionLost)
    assert "closed by this side" in str(error)
    network.client.break_off(1, now=1.0)  # it is over and forgotten: harmless
    assert network.client.next_transfer(now=1.0) is None
    network.answer(2, {}, 1.0)
    assert network.result(other, 1.0) == {}


def test_a_transport_that_is_up_has_nothing_to_write_yet() -> None:
    network = HttpNetwork()
    network.client.cancel(network.ask(0.0), now=0.0)
    network.client.dialed(1, now=0.0)
    stream = network.ask(0.0)
    network.client.receive_data(1, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", now=0.0)
    assert network.client.next_transfer(now=0.0) == Transfer(1, b"", wants_read=True, closed=False)
    assert network.result(stream, 0.0) == {}
