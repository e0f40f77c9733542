"""The client of several connections, against the server side of the core; no transport is opened."""

from __future__ import annotations

import json
from random import Random

import pytest

from tests.core.network import Network, ready
from tgproto.client import Client, ClientOptions
from tgproto.closing import CloseKind, DialFault
from tgproto.dialect import GENERATION_1, GENERATION_2, Dialect
from tgproto.driven import Dial, Lost, Transfer
from tgproto.errors import (
    AuthenticationError,
    CallCancelled,
    ConnectionFailed,
    ConnectionLost,
    ConnectionRefused,
    ConnectTimeout,
    HostNotFound,
    LocalProtocolError,
    NotAGateway,
    RequestTimeout,
    TLSFailed,
    UnknownServiceError,
)
from tgproto.secrets import Secret
from tgproto.session.client import ClientSession
from tgproto.session.config import ClientConfig
from tgproto.session.envelope import WireError
from tgproto.session.events import (
    Authenticated,
    Completed,
    CredentialWanted,
    StreamReadable,
    UnmatchedMessage,
)
from tgproto.session.reconnect import ReconnectConfig
from tgproto.session.request import Request

# --- one connection ---------------------------------------------------------------------------------


def test_a_request_opens_a_connection_and_is_answered() -> None:
    network = Network()
    client = network.client
    assert client.idle
    stream = network.ask(0.0)
    assert network.notices == [Dial(1)]
    assert not client.idle
    network.open(1, 0.0)
    assert network.notices[1:] == [Authenticated("w", GENERATION_2)]
    network.respond(1, 0, 1.0, final=False, text="a")
    assert network.notices[2:] == [StreamReadable(stream)]
    network.respond(1, 0, 1.0, text="b")
    payloads, outcome = client.take(stream, now=1.0)
    assert [json.loads(bytes(payload))["response"] for payload in payloads] == ["a", "b"]
    assert isinstance(outcome, Completed)
    assert network.serve(1.0) == []
    with pytest.raises(LocalProtocolError, match="no stream 1"):
        client.take(stream, now=1.0)


def test_a_request_on_an_open_connection_is_written_at_once() -> None:
    network = ready()
    network.ask(1.0)
    assert len(network.asked[1]) == 2


def test_a_request_that_is_not_accepted_opens_nothing() -> None:
    network = Network()
    with pytest.raises(LocalProtocolError, match="above 0"):
        network.ask(0.0, timeout=0.0)
    assert network.serve(0.0) == []
    assert network.client.next_deadline() is None
    network.ask(0.0)
    assert network.notices == [Dial(1)]


def test_a_connection_that_is_not_up_in_time_is_lost() -> None:
    network = Network(connect_timeout=3.0)
    stream = network.ask(0.0)
    assert network.client.next_deadline() == 3.0
    network.tick(2.9)
    assert network.closed == []
    network.tick(3.0)
    error = network.error(stream, 3.0)
    assert isinstance(error, ConnectionFailed)
    assert "connect_timeout" in str(error)
    assert network.closed == [1]
    network.serve(3.0)
    assert network.client.idle
    assert network.client.next_deadline() is None


def test_reports_about_a_forgotten_connection_are_ignored() -> None:
    network = Network()
    stream = network.ask(0.0)
    network.lose(1, 0.0)
    assert network.client.connection(1) is not None  # its outcome was not taken
    network.client.dialed(1, now=0.0)
    network.error(stream, 0.0)
    network.serve(0.0)
    client = network.client
    assert client.connection(1) is None
    client.dialed(1, now=0.0)
    client.receive_data(1, b"x", now=0.0)
    client.receive_eof(1, now=0.0)
    client.connection_lost(1, "again", now=0.0)
    client.cancel(stream, now=0.0)
    assert network.serve(0.0) == []


def test_a_change_of_a_connection_that_was_forgotten_is_no_work() -> None:
    network = ready()
    network.client.close(now=1.0)
    while (transfer := network.client.next_transfer(now=1.0)) is not None:
        network.ends[1].receive_data(transfer.data, now=1.0)
    network.client.receive_data(1, network.ends[1].data_to_send(now=1.0), now=1.0)
    network.client.close(now=1.0)
    transfer = network.client.next_transfer(now=1.0)
    assert transfer == Transfer(1, b"", wants_read=False, closed=True)
    assert network.client.next_transfer(now=1.0) is None
    assert network.client.idle


def test_the_end_of_the_stream_is_a_loss() -> None:
    network = ready()
    stream = network.ask(1.0)
    network.client.receive_eof(1, now=1.0)
    error = network.error(stream, 1.0)
    assert isinstance(error, ConnectionLost)
    assert (error.sent, error.delivered) == (True, 0)


def test_a_message_that_belongs_to_nothing_is_told() -> None:
    network = ready()
    network.ends[1].link.send_text(b'{"id":"99","response":{},"complete":true}')
    (notice,) = network.serve(1.0)
    assert isinstance(notice, UnmatchedMessage)


def test_reading_stops_while_a_stream_is_not_read() -> None:
    network = ready(stream_window=300)
    stream = network.ask(1.0)
    network.ends[1].session.respond(
        network.asked[1][1].stream_id, b'"%s"' % (b"x" * 400), final=False, now=1.0
    )
    network.client.receive_data(1, network.ends[1].data_to_send(now=1.0), now=1.0)
    assert network.client.next_transfer(now=1.0) == Transfer(1, b"", wants_read=False, closed=False)
    network.client.take(stream, now=1.0)
    assert network.client.next_transfer(now=1.0) == Transfer(1, b"", wants_read=True, closed=False)


# --- what is noticed --------------------------------------------------------------------------------


def test_a_stream_that_was_taken_or_cancelled_is_not_announced() -> None:
    network = ready()
    first, second = network.ask(1.0), network.ask(1.0)
    for index in (1, 2):
        network.ends[1].session.respond(network.asked[1][index].stream_id, b"{}", final=True, now=1.0)
    network.client.receive_data(1, network.ends[1].data_to_send(now=1.0), now=1.0)
    assert isinstance(network.client.take(first, now=1.0)[1], Completed)
    network.client.cancel(second, now=1.0)
    assert network.serve(1.0) == []


def test_a_transport_that_is_no_longer_wanted_is_not_asked_for() -> None:
    network = Network()
    stream = network.client.submit(Request("agent", b"{}"), now=0.0)
    network.client.close(now=0.0)
    assert network.serve(0.0) == [StreamReadable(stream)]
    network.client.take(stream, now=0.0)
    network.serve(0.0)
    assert network.client.idle


def test_a_transport_of_a_forgotten_connection_is_not_asked_for() -> None:
    network = Network()
    stream = network.client.submit(Request("agent", b"{}"), now=0.0)
    network.client.cancel(stream, now=0.0)
    network.client.close(now=0.0)
    while network.client.next_transfer(now=0.0) is not None:
        pass
    assert network.client.idle
    assert network.client.next_notice() is None


# --- several connections ----------------------------------------------------------------------------


def test_a_full_connection_makes_another_one_open_up_to_the_limit() -> None:
    network = ready(span_limit=2, max_connections=2)
    for _ in range(4):
        network.ask(1.0)
    assert [notice for notice in network.notices if isinstance(notice, Dial)] == [Dial(1), Dial(2)]
    network.ask(1.0)
    network.ask(1.0)
    assert [notice for notice in network.notices if isinstance(notice, Dial)] == [Dial(1), Dial(2)]
    network.open(2, 1.0)
    assert [len(network.asked[key]) for key in (1, 2)] == [3, 2]


def test_what_waits_goes_where_room_comes_first() -> None:
    network = ready(span_limit=1, max_connections=2)
    for _ in range(4):  # one is under way and one waits on each
        network.ask(1.0)
    network.open(2, 1.0)
    assert [len(network.asked[key]) for key in (1, 2)] == [2, 1]
    network.respond(2, 0, 1.0)
    network.respond(2, 1, 1.0)
    network.respond(2, 2, 1.0)
    assert [len(network.asked[key]) for key in (1, 2)] == [2, 3]


def test_room_for_several_is_given_to_several() -> None:
    network = ready(span_limit=2, max_connections=2)
    for _ in range(4):
        network.ask(1.0)
    network.open(2, 1.0)
    for stream in [network.ask(1.0) for _ in range(6)][1::2]:  # they wait in turns for either one
        network.client.cancel(stream, now=1.0)
    for index in (0, 1):
        network.ends[2].session.respond(network.asked[2][index].stream_id, b"{}", final=True, now=1.0)
    network.serve(1.0)
    assert [len(network.asked[key]) for key in (1, 2)] == [3, 4]


def test_what_waits_for_a_transport_goes_to_an_open_connection_with_room() -> None:
    network = ready(span_limit=1, max_connections=2)
    network.ask(1.0)
    network.ask(1.0)
    assert network.notices[-1] == Dial(2)
    network.respond(1, 1, 2.0)
    assert len(network.asked[1]) == 3
    network.open(2, 3.0)
    assert network.asked[2] == []


def test_an_open_connection_is_preferred_to_one_that_is_not_up() -> None:
    network = Network(span_limit=1, max_connections=2)
    for _ in range(2):
        network.ask(0.0)
    network.open(2, 0.0)
    network.respond(2, 0, 0.0)
    network.respond(2, 1, 0.0)
    network.ask(1.0)
    assert len(network.asked[2]) == 3


def test_an_abandoned_request_at_the_front_sends_the_others_elsewhere() -> None:
    network = ready(span_limit=1)
    front, waiting = network.ask(1.0), network.ask(1.0, timeout=5.0)
    network.client.cancel(front, now=2.0)
    network.serve(2.0)
    network.open(2, 2.0)
    network.respond(2, 0, 2.0)
    assert isinstance(network.client.take(waiting, now=2.0)[1], Completed)
    assert network.ends[1].closed
    assert network.closed == [1]


def test_a_retired_connection_gives_its_queue_away_before_it_closes() -> None:
    network = ready(span_limit=2, max_connections=1)
    front, other, waiting = network.ask(1.0), network.ask(1.0), network.ask(1.0)
    network.client.cancel(front, now=2.0)
    network.serve(2.0)
    assert network.notices[-1] == Dial(2)
    network.open(2, 2.0)
    network.respond(2, 0, 2.0)
    assert isinstance(network.client.take(waiting, now=2.0)[1], Completed)
    assert network.closed == []
    network.respond(1, 2, 3.0)
    assert isinstance(network.client.take(other, now=3.0)[1], Completed)
    network.serve(3.0)
    assert set(network.closed) == {1}
    assert network.client.next_deadline() is None


# --- losses -----------------------------------------------------------------------------------------


def test_a_first_connection_that_cannot_be_made_fails_at_once() -> None:
    network = Network(span_limit=1)
    streams = [network.ask(0.0), network.ask(0.0)]
    assert network.notices == [Dial(1), Dial(2)]
    network.lose(1, 0.0)
    assert isinstance(network.error(streams[0], 0.0), ConnectionFailed)
    network.open(2, 0.0)
    network.respond(2, 0, 0.0)
    assert isinstance(network.client.take(streams[1], now=0.0)[1], Completed)


def test_only_what_certainly_did_not_run_or_may_run_twice_is_sent_again() -> None:
    network = ready(span_limit=3, max_connections=1)
    sent, repeatable, begun = (
        network.ask(1.0),
        network.ask(1.0, repeatable=True),
        network.ask(1.0, repeatable=True),
    )
    queued = network.ask(1.0)
    network.respond(1, 3, 1.0, final=False)
    lost, *told = network.lose(1, 2.0)
    assert isinstance(lost, Lost)
    assert (lost.key, lost.cause.kind, lost.retry_at) == (1, CloseKind.LOST, 3.0)
    assert told == [StreamReadable(sent)]
    error = network.error(sent, 2.0)
    assert isinstance(error, ConnectionLost)
    assert error.sent
    error = network.error(begun, 2.0)
    assert isinstance(error, ConnectionLost)
    assert error.delivered == 1
    assert network.client.next_deadline() == 3.0
    assert network.tick(3.0) == [Dial(2)]
    network.open(2, 3.0)
    for index in (0, 1):
        network.respond(2, index, 3.0)
    for stream in (repeatable, queued):
        assert isinstance(network.client.take(stream, now=3.0)[1], Completed)


def test_what_may_have_run_on_an_earlier_connection_is_never_said_not_to_have_been_sent() -> None:
    network = ready()
    repeatable, fresh = network.ask(1.0, repeatable=True), network.ask(1.0)
    network.lose(1, 1.0)
    network.error(fresh, 1.0)
    network.client.close(now=1.5)
    network.serve(1.5)
    error = network.error(repeatable, 1.5)
    assert isinstance(error, ConnectionLost)
    assert error.sent
    assert "may have been executed" in str(error)


def test_what_is_lost_goes_to_an_open_connection_at_once() -> None:
    network = ready(span_limit=1, max_connections=2)
    network.ask(1.0)
    lost = network.ask(1.0, repeatable=True)
    network.open(2, 1.0)
    network.respond(1, 1, 1.0)
    assert [type(notice) for notice in network.lose(2, 2.0)] == [Lost]
    network.respond(1, 2, 2.0)
    assert isinstance(network.client.take(lost, now=2.0)[1], Completed)


def test_attempts_end_when_the_policy_says_so() -> None:
    network = ready(
        reconnect=ReconnectConfig(first_delay=1.0, max_delay=1.0, max_attempts=1, stable_after=100.0)
    )
    network.lose(1, 1.0)
    stream = network.ask(1.5)
    assert network.client.next_deadline() == 2.0
    assert network.tick(2.0) == [Dial(2)]
    lost, told = network.lose(2, 2.5)
    assert isinstance(lost, Lost)
    assert (lost.key, lost.retry_at) == (2, None)
    assert told == StreamReadable(stream)
    assert isinstance(network.error(stream, 2.5), ConnectionFailed)


def test_two_losses_before_the_next_attempt_wait_for_one_moment() -> None:
    network = ready(span_limit=1, max_connections=2)
    streams = [network.ask(1.0, repeatable=True), network.ask(1.0, repeatable=True)]
    network.open(2, 1.0)
    network.lose(1, 1.0)
    network.lose(2, 1.5)
    assert network.client.next_deadline() == 2.0
    assert network.tick(2.0) == [Dial(3), Dial(4)]
    network.open(3, 2.0)
    network.open(4, 2.0)
    for key, stream in zip((3, 4), streams, strict=True):
        network.respond(key, 0, 2.0)
        assert isinstance(network.client.take(stream, now=2.0)[1], Completed)


def test_when_no_attempt_helps_the_open_connections_take_what_was_not_sent() -> None:
    network = ready(span_limit=1, max_connections=2)
    under_way, moved = network.ask(1.0), network.ask(1.0)
    network.refuse(2, 404, 2.0)
    network.respond(1, 1, 3.0)
    network.respond(1, 2, 3.0)
    for stream in (under_way, moved):
        assert isinstance(network.client.take(stream, now=3.0)[1], Completed)


def test_a_refused_token_is_not_tried_on_another_connection() -> None:
    network = ready(span_limit=1, max_connections=2)
    network.ask(1.0)
    refused = network.ask(1.0)
    network.refuse(2, 401, 2.0)
    assert isinstance(network.error(refused, 2.0), AuthenticationError)


def test_a_refusal_for_good_fails_those_who_wait_for_the_next_attempt_alike() -> None:
    network = ready(span_limit=1, max_connections=2)
    first, second = network.ask(1.0, repeatable=True), network.ask(1.0)
    network.lose(1, 1.0)
    assert network.notices[-2] == Dial(2)  # before the loss; the first one waits for the next attempt
    network.refuse(2, 401, 1.5)
    for stream in (first, second):
        assert isinstance(network.error(stream, 1.5), AuthenticationError)
    network.serve(1.5)
    assert network.client.idle
    assert network.tick(2.0) == []
    assert network.client.next_deadline() is None


def test_a_limit_that_ends_with_the_connection_is_not_left_due() -> None:
    network = ready()
    stream = network.ask(1.0, repeatable=True, timeout=21.0)
    network.lose(1, 1.0)
    assert network.tick(2.0) == [Dial(2)]
    network.upgrade(2, 2.0)
    network.tick(22.0)  # the gateway has not answered the upgrade, and the request is moved once more
    assert isinstance(network.error(stream, 22.0), RequestTimeout)


def test_an_error_of_the_gateway_is_not_repeated() -> None:
    network = ready()
    stream = network.ask(1.0, repeatable=True)
    network.ends[1].session.refuse(network.asked[1][1].stream_id, WireError("unknown-service", "no"), now=1.0)
    network.serve(1.0)
    assert isinstance(network.error(stream, 1.0), UnknownServiceError)


# --- credentials and dialects -----------------------------------------------------------------------


def test_a_fresh_token_reaches_every_connection() -> None:
    network = ready(token="old", renewable=True, span_limit=1, max_connections=2)
    network.ask(1.0)
    second = network.ask(1.0)  # its connection is not up yet
    network.token = "new"
    network.ends[1].session.refuse(network.asked[1][1].stream_id, WireError("auth-required", ""), now=1.0)
    assert isinstance(network.serve(1.0)[-1], CredentialWanted)
    network.client.authenticate(Secret("new"), now=1.0)
    assert network.serve(1.0) == [Authenticated("w", GENERATION_2)]
    assert len(network.asked[1]) == 3  # the refused one once more
    network.open(2, 1.0)
    network.respond(2, 0, 1.0)
    assert isinstance(network.client.take(second, now=1.0)[1], Completed)
    assert network.client.options.session.token == Secret("new")


def test_what_waits_for_a_token_is_not_moved_to_and_fro() -> None:
    network = ready(renewable=True, span_limit=1, max_connections=2)
    first, second = network.ask(1.0), network.ask(1.0)
    network.open(2, 1.0)
    for key, index in ((1, 1), (2, 0)):
        stream_id = network.asked[key][index].stream_id
        network.ends[key].session.refuse(stream_id, WireError("auth-required", ""), now=1.0)
    assert [type(notice) for notice in network.serve(1.0)] == [CredentialWanted]
    network.client.cancel(second, now=1.0)
    network.serve(1.0)
    network.client.authenticate(Secret(""), now=1.0)
    network.serve(1.0)
    network.respond(1, 2, 1.0)
    assert isinstance(network.client.take(first, now=1.0)[1], Completed)


def test_a_dialect_that_was_found_out_is_kept() -> None:
    network = Network(gateway=GENERATION_1, token="tg a&b", span_limit=1)
    first = network.ask(0.0)
    network.open(1, 0.0)
    assert network.notices[-1] == Authenticated(None, GENERATION_1)
    network.ask(1.0)
    network.open(2, 1.0)
    assert network.targets == ["/api/v1/socket", "/api/v1/socket?token=tg%20a%26b"]
    network.respond(1, 0, 1.0)
    assert isinstance(network.client.take(first, now=1.0)[1], Completed)


def test_a_known_dialect_is_not_learned_again() -> None:
    network = ready(dialect=GENERATION_2)
    assert network.client.options is network.options


def test_no_token_means_no_query() -> None:
    network = Network(gateway=GENERATION_1)
    network.ask(0.0)
    network.open(1, 0.0)
    network.lose(1, 0.0)
    network.ask(1.0)
    network.tick(1.0)
    network.open(2, 1.0)
    assert network.targets == ["/api/v1/socket", "/api/v1/socket"]


# --- closing ----------------------------------------------------------------------------------------


def test_a_closed_client_takes_nothing_and_ends() -> None:
    network = ready(span_limit=1, max_connections=2)
    under_way, waiting = network.ask(1.0), network.ask(1.0)
    network.client.close(now=2.0)
    assert network.client.closing
    with pytest.raises(LocalProtocolError, match="closed"):
        network.ask(2.0)
    network.serve(2.0)
    assert isinstance(network.error(under_way, 2.0), ConnectionLost)
    error = network.error(waiting, 2.0)
    assert isinstance(error, ConnectionLost)
    assert not error.sent
    network.serve(2.0)
    network.client.close(now=2.0)
    network.serve(2.0)
    assert network.client.idle
    assert network.client.next_deadline() is None


def test_a_draining_client_lets_answers_end_and_tries_nothing_again() -> None:
    network = ready(span_limit=2, max_connections=2)
    first, second = network.ask(1.0, repeatable=True), network.ask(1.0)
    network.client.close(now=2.0, drain=5.0)
    network.respond(1, 2, 2.0)
    assert isinstance(network.client.take(second, now=2.0)[1], Completed)
    network.lose(1, 3.0)
    assert isinstance(network.error(first, 3.0), ConnectionLost)
    network.serve(3.0)
    assert network.client.idle
    assert network.client.next_deadline() is None


def test_a_client_that_waits_for_its_next_attempt_can_be_closed() -> None:
    network = ready()
    network.lose(1, 1.0)
    stream = network.ask(1.0)
    network.client.close(now=1.5)
    network.serve(1.5)
    assert network.client.next_deadline() is None
    error = network.error(stream, 1.5)
    assert isinstance(error, ConnectionLost)
    assert not error.sent
    network.serve(1.5)
    assert network.client.idle


# --- interrupts -------------------------------------------------------------------------------------


class Interrupt(BaseException):
    """What a signal handler may raise anywhere."""


class Interrupting:
    """A submission that is interrupted whenever it is encoded."""

    service, flow, public = "agent", None, False

    def request(self, dialect: Dialect) -> Request:
        raise Interrupt


@pytest.mark.parametrize("count", [1, 3])
def test_an_interrupt_costs_its_call_and_one_connection(count: int) -> None:
    network = Network(span_limit=8)
    client = network.client
    before = network.ask(0.0)
    interrupted = [client.submit(Interrupting(), now=0.0) for _ in range(count)]
    after = network.ask(0.0, timeout=50.0)
    with pytest.raises(Interrupt):  # while the answer to the authentication is read
        network.open(1, 0.0)
    if count > 1:
        with pytest.raises(Interrupt):  # while a transfer is made: the others are moved
            network.serve(0.0)
    network.serve(0.0)
    assert network.closed == [1]
    for stream in interrupted:
        assert isinstance(network.error(stream, 0.0), CallCancelled)
    network.open(2, 0.0)
    for index, stream in enumerate((before, after)):
        network.respond(2, index, 0.0)
        assert isinstance(client.take(stream, now=0.0)[1], Completed)


@pytest.mark.parametrize("upgraded", [False, True])
def test_an_interrupt_while_time_passes_costs_its_call(upgraded: bool) -> None:
    network = Network(span_limit=1, max_connections=2)
    client = network.client
    first = network.ask(0.0)
    interrupted = client.submit(Interrupting(), now=0.0)
    other = network.client.submit(Request("agent", b"{}"), now=0.0, timeout=None)
    network.serve(0.0)
    if upgraded:
        network.upgrade(2, 0.0)  # and no answer follows
    network.open(1, 0.0)
    with pytest.raises(Interrupt):  # its connection is not up in time, and it would go to another one
        network.tick(100.0)
    network.tick(100.0)
    assert isinstance(network.error(interrupted, 100.0), CallCancelled)
    for index, stream in enumerate((first, other)):
        network.respond(1, index, 100.0)
        assert isinstance(client.take(stream, now=100.0)[1], Completed)


# --- many connections -------------------------------------------------------------------------------


def test_a_connection_whose_reading_is_paused_gets_no_requests_if_another_one_can_take_them() -> None:
    network = ready(stream_window=300, span_limit=4, max_connections=2)
    full = network.ask(1.0)
    network.respond(1, 1, 1.0, final=False, text="x" * 400)
    network.ask(1.0)
    assert network.notices[-1] == Dial(2)
    assert len(network.asked[1]) == 2
    network.open(2, 1.0)
    assert len(network.asked[2]) == 1
    for _ in range(4):  # the other one is full: what is left waits there rather than behind the unread stream
        network.ask(1.0)
    assert [len(network.asked[key]) for key in (1, 2)] == [2, 4]
    network.client.take(full, now=2.0)
    network.serve(2.0)
    assert [len(network.asked[key]) for key in (1, 2)] == [3, 4]


def test_what_waits_on_a_connection_that_is_paused_is_moved() -> None:
    network = ready(stream_window=300, span_limit=2, max_connections=2)
    for _ in range(4):
        network.ask(1.0)
    network.open(2, 1.0)
    network.ask(1.0)  # waits for room, on either one
    network.respond(1, 1, 1.0, final=False, text="x" * 400)
    network.respond(2, 0, 1.0)
    network.respond(2, 1, 1.0)
    assert [len(network.asked[key]) for key in (1, 2)] == [3, 3]


def test_abandoned_requests_do_not_open_ever_more_connections() -> None:
    network = ready(span_limit=2, max_connections=2)
    kept = []
    for _ in range(12):
        front = network.ask(1.0)
        kept.append(network.ask(1.0))
        for notice in network.notices:
            if isinstance(notice, Dial) and notice.key not in network.ends:
                network.open(notice.key, 1.0)
        network.client.cancel(front, now=1.0)
        network.serve(1.0)
    assert len(network.ends) == 4
    assert network.closed == []
    network.respond(1, 2, 2.0)  # the last answer of the first connection
    assert set(network.closed) == {1}
    assert network.notices[-1] == Dial(5)


# --- why there is no connection ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (DialFault.REFUSED, ConnectionRefused),
        (DialFault.UNRESOLVED, HostNotFound),
        (DialFault.TLS, TLSFailed),
        (DialFault.TIMEOUT, ConnectTimeout),
        (None, ConnectionFailed),
    ],
)
def test_an_error_says_why_there_is_no_connection(
    fault: DialFault | None, kind: type[ConnectionFailed]
) -> None:
    network = Network()
    stream = network.ask(0.0)
    network.client.connection_lost(1, "a reason", fault, now=0.0)
    network.serve(0.0)
    error = network.error(stream, 0.0)
    assert type(error) is kind
    assert "a reason" in str(error)
    network.serve(0.0)
    assert network.client.idle


@pytest.mark.parametrize("status", [200, 302, 404])
def test_something_that_refuses_the_upgrade_for_good_is_no_gateway(status: int) -> None:
    network = Network()
    stream = network.ask(0.0)
    network.upgrade(1, 0.0)
    network.client.receive_data(1, b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n" % status, now=0.0)
    network.serve(0.0)
    assert type(network.error(stream, 0.0)) is NotAGateway


def test_something_that_does_not_speak_http_is_no_gateway() -> None:
    network = Network()
    stream = network.ask(0.0)
    network.upgrade(1, 0.0)
    network.client.receive_data(1, b"220 mail.example ESMTP\r\n", now=0.0)
    network.serve(0.0)
    assert type(network.error(stream, 0.0)) is NotAGateway


def test_a_timeout_says_why_the_gateway_cannot_be_reached() -> None:
    network = ready(reconnect=ReconnectConfig(1.0, 1.0, max_attempts=None))
    waiting = network.ask(1.0, repeatable=True, timeout=4.0)
    network.lose(1, 1.5)
    for key, now in ((2, 2.5), (3, 3.5), (4, 4.5)):
        network.tick(now)
        network.client.connection_lost(key, "nobody listens", DialFault.REFUSED, now=now)
        network.serve(now)
    network.tick(5.0)
    error = network.error(waiting, 5.0)
    assert isinstance(error, RequestTimeout)
    assert "cannot be reached" in str(error)
    assert "nobody listens" in str(error)


def test_a_timeout_of_a_request_that_was_sent_does_not_blame_another_connection() -> None:
    network = ready(span_limit=1, max_connections=2)
    silent = network.ask(1.0, timeout=5.0)
    network.ask(1.0)
    network.open(2, 1.0)
    network.lose(2, 2.0)
    network.tick(6.0)
    assert "cannot be reached" not in str(network.error(silent, 6.0))


def test_each_session_can_be_observed() -> None:
    seen: list[ClientSession] = []

    def observe(session: ClientSession) -> ClientSession:
        seen.append(session)
        return session

    options = ClientOptions("h", session=ClientConfig(span_limit=1), max_connections=2)
    client = Client(options, entropy=Random(7).randbytes, uniform=lambda: 0.5, observe=observe)
    for _ in range(2):
        client.submit(Request("agent", b"{}"), now=0.0)
    assert [session.live for session in seen] == [1, 1]


# --- options ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [{"max_connections": 0}, {"connect_timeout": 0.0}])
def test_impossible_numbers_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        ClientOptions("h", **wrong)


@pytest.mark.parametrize("wrong", [{"host": "a b"}, {"host": "h", "path": "no slash"}])
def test_an_address_that_http_does_not_allow_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(LocalProtocolError):
        ClientOptions(**wrong)


def test_breaking_off_a_forgotten_connection_is_harmless() -> None:
    network = ready()
    network.client.break_off(7, now=1.0)
    assert network.client.next_transfer(now=1.0) is None


def test_a_connection_that_is_broken_off_is_no_loss_of_the_gateway() -> None:
    network = ready()
    stream = network.ask(1.0, repeatable=True)
    network.client.break_off(1, now=1.0)
    network.ends.pop(1)
    assert Dial(2) in network.serve(1.0)  # at once: nothing is wrong with the address
    network.open(2, 1.0)
    network.respond(2, 0, 1.0)
    assert network.client.take(stream, now=1.0)[1] == Completed()
