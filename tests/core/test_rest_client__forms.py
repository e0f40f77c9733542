"""The REST client, continued: requests that are no calls of services, and answers that are bytes."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.http_network import HttpEnd, HttpNetwork, ready
from tgproto.closing import CloseKind, DialFault
from tgproto.dialect import GENERATION_1, GENERATION_2, Dialect
from tgproto.driven import Dial
from tgproto.errors import (
    AccessDenied,
    AuthenticationError,
    ConnectionLost,
    LocalProtocolError,
    NotAGateway,
    RequestTimeout,
    ServiceError,
)
from tgproto.link.http_types import HttpConfig
from tgproto.rest.manners import Manners
from tgproto.secrets import Secret
from tgproto.session.events import Completed, CredentialWanted, Failed, Outcome, StreamReadable
from tgproto.session.request import Answer, Form, Request
from tgproto.session.stream import CHUNK_OVERHEAD

USER = {"user": {"id": "1", "default_workspace": "acme"}, "bootstrap_available": False}
REFUSED = {"error": "auth failure"}


def asked(answer: Answer = Answer.JSON, **options: object) -> Request:
    form = {"method": "GET", "path": "api/v1/it", "answer": answer}
    repeatable, workspace = bool(options.pop("repeatable", False)), options.pop("workspace", None)
    return Request("it", b"{}", None, workspace, repeatable, form=Form(**(form | options)))


LOGIN = asked(
    method="POST",
    path="api/v1/auth/login",
    body=b'{"username":"u","password":"p"}',
    content_type="application/json",
    public=True,
)
BYTES = asked(Answer.BYTES)

# --- what they look like ----------------------------------------------------------------------------


def test_a_form_goes_where_it_says_and_its_answer_is_text() -> None:
    network = HttpNetwork(path="/tg/", token=Secret("tg_x"))
    form = {"path": "api/metrics/query", "query": (("query", 'up{job="a b"}'),)}
    stream = network.submit(asked(Answer.TEXT, **form), 0.0)
    end = network.open(1, 0.0)
    [request] = end.requests
    assert request.method == "GET"
    assert request.target == "/tg/api/metrics/query?query=up%7Bjob%3D%22a%20b%22%7D"
    assert request.headers == {b"host": b"h", b"accept": b"*/*", b"authorization": b"Bearer tg_x"}
    end.link.respond(200, [], b'{"error":"is a text"} \xff', now=0.0)
    assert network.flush(1, 0.0) == [StreamReadable(stream)]
    assert network.take(stream, 0.0) == ([b'{"error":"is a text"} \xff'], Completed())


def test_a_body_that_is_no_json_and_an_answer_that_is_empty() -> None:
    network = HttpNetwork()
    body = bytes(range(256)) * 300
    form = {"method": "POST", "body": body, "content_type": "application/octet-stream"}
    stream = network.submit(asked(Answer.TEXT, **form), 0.0)
    end = network.open(1, 0.0)
    assert end.requests[0].raw == body
    assert end.requests[0].headers[b"content-type"] == b"application/octet-stream"
    end.link.respond(200, [], b"", now=0.0)
    network.flush(1, 0.0)
    assert network.take(stream, 0.0) == ([b""], Completed())


@pytest.mark.parametrize("answer", list(Answer))
def test_refusals_are_those_of_any_call(answer: Answer) -> None:
    network = ready()
    for status, body, kind in ((403, {"error": "access denied"}, AccessDenied), (404, [], NotAGateway)):
        stream = network.submit(asked(answer), 1.0)
        network.answer(1, body, 1.0, status=status)
        assert isinstance(network.error(stream, 1.0), kind)


def test_what_http_cannot_carry_opens_nothing() -> None:
    network = HttpNetwork(http=HttpConfig(max_message_bytes=10))
    for wrong in ({"method": "CONNECT"}, {"content_type": "\n"}, {"body": b"x" * 11}):
        with pytest.raises(LocalProtocolError):
            network.submit(asked(**wrong), 0.0)
    assert network.client.idle


# --- where anybody may ask --------------------------------------------------------------------------


class Lazy:
    """Becomes a request that anybody may make."""

    service, flow, public = "auth/login", None, True

    def request(self, dialect: Dialect) -> Request:
        assert dialect in (GENERATION_1, GENERATION_2)
        return LOGIN


@pytest.mark.parametrize("dialect", [None, GENERATION_1])
@pytest.mark.parametrize("submission", [LOGIN, Lazy()])
def test_where_anybody_may_ask_no_token_is_shown_and_nothing_asked_before(
    dialect: Dialect | None, submission: Request | Lazy
) -> None:
    network = HttpNetwork(token=Secret("tg_wrong"), dialect=dialect)
    stream = network.submit(submission, 0.0)
    end = network.open(1, 0.0)
    network.answer(1, {"jwt": "a.b.c"}, 0.0)
    assert network.result(stream, 0.0) == {"jwt": "a.b.c"}
    [request] = end.requests
    assert request.body == {"username": "u", "password": "p"}
    assert b"authorization" not in request.headers


def test_where_anybody_may_ask_a_token_is_not_waited_for() -> None:
    network = HttpNetwork(token=None, renewable=True, dialect=None)
    waiting = network.submit(asked(), 0.0)
    assert network.notices == [CredentialWanted("there is none that is good")]
    stream = network.submit(LOGIN, 0.0)
    network.open(1, 0.0)
    network.answer(1, {"jwt": "tg_j"}, 0.0)
    assert network.result(stream, 0.0) == {"jwt": "tg_j"}
    network.client.authenticate(Secret("tg_j"), now=1.0)
    network.serve(1.0)
    network.answer(1, USER, 1.0)
    network.answer(1, {"n": 1}, 1.0)
    assert network.result(waiting, 1.0) == {"n": 1}


def test_where_anybody_may_ask_a_refusal_is_no_question_of_tokens() -> None:
    network = ready(token=Secret("tg_x"), renewable=True)
    stream = network.submit(LOGIN, 1.0)
    assert network.answer(1, REFUSED, 1.0, status=401) == [StreamReadable(stream)]
    error = network.error(stream, 1.0)
    assert isinstance(error, AuthenticationError)
    assert str(error) == "it: auth failure"
    assert network.client.next_deadline() == 61.0  # of the unused connection: nobody waits for a token


def test_where_anybody_may_ask_a_fresh_token_changes_nothing() -> None:
    network = ready(max_connections=1)
    network.ask(1.0)
    stream = network.submit(LOGIN, 1.0)
    network.client.authenticate(Secret("tg_new"), now=1.0)
    network.client.deny("there is none", now=1.0)
    network.answer(1, {}, 1.0)
    assert b"authorization" not in network.ends[1].requests[2].headers
    network.answer(1, {"n": 1}, 1.0)
    assert network.result(stream, 1.0) == {"n": 1}


# --- where it matters who asks, and where -----------------------------------------------------------


@pytest.mark.parametrize("dialect", [None, GENERATION_2])
def test_the_callers_workspace_is_found_out_and_named(dialect: Dialect | None) -> None:
    network = HttpNetwork(dialect=dialect)
    stream = network.submit(asked(Answer.BYTES, tenant=True, query=(("id", "c"),)), 0.0)
    end = network.open(1, 0.0)
    assert end.requests[0].body == {"operation": "whoami"}
    network.answer(1, USER, 0.0)
    assert end.requests[1].target == "/api/v1/it?id=c&workspace=acme"
    network.answer(1, {}, 0.0)
    assert network.take(stream, 0.0) == ([b"{}"], Completed())


@pytest.mark.parametrize(
    ("request_", "dialect", "target"),
    [
        (asked(tenant=True, workspace="mine"), GENERATION_2, "/api/v1/it?workspace=mine"),
        (asked(tenant=True), GENERATION_1, "/api/v1/it"),
        (asked(), GENERATION_2, "/api/v1/it"),
    ],
)
def test_a_workspace_that_is_known_or_not_needed_is_not_asked_for(
    request_: Request, dialect: Dialect, target: str
) -> None:
    network = HttpNetwork(dialect=dialect)
    network.submit(request_, 0.0)
    assert [request.target for request in network.open(1, 0.0).requests] == [target]


def test_which_gateway_it_is_is_asked_once_for_those_too() -> None:
    network = HttpNetwork(dialect=None)
    network.submit(asked(), 0.0)
    end = network.open(1, 0.0)
    network.answer(1, {"error": "'iam'"}, 0.0)
    network.answer(1, {"error": {"type": "flow-error", "message": "invalid operation"}}, 0.0)
    network.answer(1, {}, 0.0)
    network.submit(asked(tenant=True), 1.0)
    assert [request.target for request in end.requests[2:]] == ["/api/v1/it"] * 2


def test_bytes_are_asked_for_again_with_a_fresh_token() -> None:
    network = ready(token=Secret("old"), renewable=True)
    stream = network.submit(BYTES, 1.0)
    assert network.answer(1, REFUSED, 1.0, status=401) == [CredentialWanted("there is none that is good")]
    network.client.authenticate(Secret("new"), now=2.0)
    network.serve(2.0)
    assert network.ends[1].requests[2].headers[b"authorization"] == b"Bearer new"
    network.ends[1].link.respond(200, [], b"abc", now=2.0)
    network.flush(1, 2.0)
    assert network.take(stream, 2.0) == ([b"abc"], Completed())


# --- bytes ------------------------------------------------------------------------------------------


def begun(network: HttpNetwork, now: float, status: int = 200, **options: object) -> tuple[int, HttpEnd]:
    """Ask for bytes over the only connection of a network, and begin the answer."""
    limits = {name: options.pop(name) for name in ("timeout", "total_timeout") if name in options}
    stream = network.submit(asked(Answer.BYTES, **options), now, **limits)
    end = network.ends[network.dialed[-1]]
    end.link.start_response(status, [], now=now)
    assert network.flush(network.dialed[-1], now) == []
    return stream, end


def send(network: HttpNetwork, data: bytes, now: float) -> list[object]:
    """Send some more of an answer."""
    key = network.dialed[-1]
    network.ends[key].link.send_body(data, now=now)
    return [*network.flush(key, now)]


def finish(network: HttpNetwork, now: float) -> list[object]:
    """End an answer."""
    key = network.dialed[-1]
    network.ends[key].link.end_response(now=now)
    return [*network.flush(key, now)]


def test_each_piece_can_be_taken_at_once() -> None:
    network = ready()
    stream, _ = begun(network, 1.0)
    assert network.take(stream, 1.0) == ([], None)
    assert send(network, b"one", 1.0) == [StreamReadable(stream)]
    assert send(network, b"two", 1.0) == []  # it was told already
    assert network.take(stream, 1.0) == ([b"one", b"two"], None)
    assert network.take(stream, 1.0) == ([], None)
    assert send(network, b"three", 1.0) == [StreamReadable(stream)]
    assert finish(network, 1.0) == []
    assert network.take(stream, 1.0) == ([b"three"], Completed())
    with pytest.raises(LocalProtocolError):
        network.client.take(stream, now=1.0)
    network.ask(2.0)
    assert network.dialed == [1]  # the connection is used again


def test_what_is_taken_before_it_is_told_is_not_told() -> None:
    network = ready()
    stream, end = begun(network, 1.0)
    end.link.send_body(b"one", now=1.0)
    network.client.receive_data(1, end.link.data_to_send(), now=1.0)
    assert network.client.has_work
    network.client.take(stream, now=1.0)
    assert network.serve(1.0) == []
    end.link.send_body(b"two", now=1.0)
    network.client.receive_data(1, end.link.data_to_send(), now=1.0)
    network.client.cancel(stream, now=1.0)
    assert network.serve(1.0) == []


def test_no_bytes_are_one_empty_payload() -> None:
    network = ready()
    stream, _ = begun(network, 1.0)
    assert finish(network, 1.0) == [StreamReadable(stream)]
    assert network.take(stream, 1.0) == ([b""], Completed())


def test_bytes_until_the_connection_ends() -> None:
    network = ready()
    stream = network.submit(BYTES, 1.0)
    network.say(1, b"HTTP/1.1 200 OK\r\n\r\nabc", 1.0)
    assert network.take(stream, 1.0) == ([b"abc"], None)
    network.client.receive_eof(1, now=1.0)
    assert network.serve(1.0) == [StreamReadable(stream)]
    assert network.take(stream, 1.0) == ([], Completed())
    assert network.losses == []


def test_bytes_have_no_longest_length_but_refusals_have() -> None:
    network = ready(http=HttpConfig(max_message_bytes=1000))
    stream, _ = begun(network, 1.0)
    for _ in range(30):
        send(network, b"x" * 100, 1.0)
        assert network.take(stream, 1.0) == ([b"x" * 100], None)
    finish(network, 1.0)
    assert network.take(stream, 1.0) == ([], Completed())
    stream, _ = begun(network, 1.0, 500)
    send(network, b"x" * 1001, 1.0)
    assert "max_message_bytes" in str(network.error(stream, 1.0))


def test_a_refusal_is_not_taken_for_bytes() -> None:
    network = ready()
    stream, _ = begun(network, 1.0, 400)
    assert send(network, b'{"error":', 1.0) == []
    assert network.take(stream, 1.0) == ([], None)
    send(network, b'"no"}', 1.0)
    assert finish(network, 1.0) == [StreamReadable(stream)]
    error = network.error(stream, 1.0)
    assert isinstance(error, ServiceError)
    assert "no (HTTP 400 Bad Request)" in str(error)


# --- flow control -----------------------------------------------------------------------------------

ROOM = 2 * (100 + CHUNK_OVERHEAD)
"""Bytes of a window that two pieces of 100 bytes fill."""


def filled(**options: object) -> tuple[HttpNetwork, int]:
    """Return a network whose only connection is not read, because a stream is full."""
    network = ready(stream_window=ROOM, max_connections=1)
    stream, _ = begun(network, 1.0, **options)
    for _ in range(2):
        send(network, b"x" * 100, 1.0)
        assert network.paused == set()
    send(network, b"", 1.0)
    send(network, b"y", 1.0)
    assert network.paused == {1}
    return network, stream


def test_a_connection_is_not_read_while_too_much_waits() -> None:
    network, stream = filled()
    assert network.take(stream, 2.0) == ([b"x" * 100, b"x" * 100, b"y"], None)
    assert network.paused == set()
    assert send(network, b"z", 2.0) == [StreamReadable(stream)]
    finish(network, 2.0)
    assert network.take(stream, 2.0) == ([b"z"], Completed())


def test_other_connections_are_read_on() -> None:
    network = ready(stream_window=1)
    begun(network, 1.0)
    send(network, b"abc", 1.0)
    assert network.paused == {1}
    other = network.ask(1.0)
    network.open(2, 1.0)
    network.answer(2, {"n": 1}, 1.0)
    assert network.result(other, 1.0) == {"n": 1}
    assert network.paused == {1}


def test_what_was_read_before_the_pause_is_kept() -> None:
    network, stream = filled()
    assert send(network, b"late", 1.0) == []
    assert network.paused == {1}
    finish(network, 1.0)
    assert network.paused == set()  # the rest is here: the connection serves others
    other = network.ask(1.0)
    network.answer(1, {"n": 1}, 1.0)
    assert network.result(other, 1.0) == {"n": 1}
    assert network.take(stream, 9.0) == ([b"x" * 100, b"x" * 100, b"y", b"late"], Completed())


def test_silence_is_counted_between_reads_and_not_while_there_are_none() -> None:
    network, stream = filled(timeout=5.0)
    assert network.client.next_deadline() is None
    send(network, b"late", 2.0)  # read before the driver heard of the pause
    assert network.client.next_deadline() is None
    network.take(stream, 100.0)
    assert network.client.next_deadline() == 105.0
    send(network, b"a", 103.0)
    assert network.client.next_deadline() == 108.0
    network.take(stream, 107.0)
    assert network.client.next_deadline() == 108.0  # taking is no sign of life
    network.tick(108.0)
    error = network.error(stream, 108.0)
    assert isinstance(error, RequestTimeout)
    assert error.option == "timeout"
    assert network.closed == [1]


def test_what_has_no_limit_of_silence_has_none_after_a_pause() -> None:
    network, stream = filled()
    network.take(stream, 2.0)
    assert network.client.next_deadline() is None


def test_the_whole_has_a_limit_even_while_nothing_is_read() -> None:
    network, stream = filled(total_timeout=50.0)
    assert network.client.next_deadline() == 51.0
    network.tick(51.0)
    assert network.closed == [1]
    payloads, outcome = network.take(stream, 51.0)
    assert payloads == [b"x" * 100, b"x" * 100, b"y"]  # what came before is not lost
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, RequestTimeout)


def test_cancelling_closes_at_once_though_nothing_is_read() -> None:
    network, stream = filled()
    waiting = network.ask(1.0)
    network.client.cancel(stream, now=2.0)
    assert network.serve(2.0) == [Dial(2)]
    assert network.closed == [1]
    network.open(2, 2.0)
    network.answer(2, {}, 2.0)
    assert network.result(waiting, 2.0) == {}


def test_a_closed_client_keeps_what_has_come() -> None:
    network, stream = filled()
    network.client.close(now=2.0)
    network.serve(2.0)
    payloads, outcome = network.take(stream, 2.0)
    assert len(payloads) == 3
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, ConnectionLost)
    assert outcome.error.cause.kind is CloseKind.LOCAL
    assert network.client.idle
    assert network.client.next_deadline() is None


# --- losses -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("reset", [False, True])
def test_a_connection_that_ends_early_says_how_much_came(reset: bool) -> None:
    network = ready()
    stream, _ = begun(network, 1.0, repeatable=True)
    send(network, b"one", 1.0)
    assert network.take(stream, 1.0) == ([b"one"], None)
    send(network, b"two", 1.0)
    if reset:
        network.lose(1, 2.0)
    else:
        network.client.receive_eof(1, now=2.0)
        network.serve(2.0)
    payloads, outcome = network.take(stream, 2.0)
    assert payloads == [b"two"]
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, ConnectionLost)
    assert (outcome.error.sent, outcome.error.delivered) == (True, 2)


@pytest.mark.parametrize("repeatable", [False, True])
def test_what_may_run_twice_is_asked_for_again_while_nothing_has_come(repeatable: bool) -> None:
    network = ready()
    stream, _ = begun(network, 1.0, repeatable=repeatable)
    network.lose(1, 1.0)
    if not repeatable:
        error = network.error(stream, 1.0)
        assert isinstance(error, ConnectionLost)
        assert error.delivered == 0
        return
    network.tick(2.0)
    network.open(2, 2.0)
    network.ends[2].link.respond(200, [], b"abc", now=2.0)
    network.flush(2, 2.0)
    assert network.take(stream, 2.0) == ([b"abc"], Completed())


def test_a_body_that_is_malformed_ends_what_came_before() -> None:
    network = ready()
    stream = network.submit(BYTES, 1.0)
    network.say(1, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nxyz\r\n", 1.0)
    payloads, outcome = network.take(stream, 1.0)
    assert payloads == [b"abc"]
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, ConnectionLost)
    assert outcome.error.cause.kind is CloseKind.PROTOCOL


# --- how it is cut ----------------------------------------------------------------------------------


def answer_of(chunks: list[bytes], coding: str, *, whole: bool) -> bytes:
    """Write an answer whose body are these chunks; one that is not whole breaks off."""
    body = b"".join(chunks)
    match coding:
        case "length":
            head = b"Content-Length: %d\r\n" % (len(body) + (not whole))
        case "chunked":
            head = b"Transfer-Encoding: chunked\r\n"
            body = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks if chunk)
            body += b"0\r\n\r\n" if whole else b""
        case _:
            head = b""
    return b"HTTP/1.1 200 OK\r\n" + head + b"\r\n" + body


def fetched(answer: bytes, cuts: list[int], takes: list[bool]) -> tuple[bytes, str]:
    """Let an answer arrive in pieces, and take now and then; return all bytes and how it ended."""
    network = ready(stream_window=300)
    stream = network.submit(BYTES, 1.0)
    places = sorted({0, len(answer), *(cut % (len(answer) + 1) for cut in cuts)})
    taken: list[bytes] = []
    outcome: Outcome | None = None
    for (start, stop), takes_now in zip(itertools.pairwise(places), itertools.cycle(takes), strict=False):
        network.say(1, answer[start:stop], 1.0)
        if takes_now or 1 in network.paused:
            some, outcome = network.take(stream, 1.0)
            taken += some
            assert 1 not in network.paused
    if outcome is None:
        network.client.receive_eof(1, now=1.0)
        network.serve(1.0)
        some, outcome = network.take(stream, 1.0)
        taken += some
    assert all(taken) or taken == [b""]
    return b"".join(taken), str(outcome.error).partition(" after ")[0] if isinstance(outcome, Failed) else ""


@given(
    chunks=st.lists(st.binary(max_size=200), max_size=6),
    coding=st.sampled_from(["length", "chunked", "eof"]),
    whole=st.booleans(),
    cuts=st.lists(st.integers(0, 2000), max_size=12),
    takes=st.lists(st.booleans(), min_size=1, max_size=4),
)
@settings(max_examples=300)
def test_how_bytes_are_cut_changes_nothing(
    chunks: list[bytes], coding: str, whole: bool, cuts: list[int], takes: list[bool]
) -> None:
    answer = answer_of(chunks, coding, whole=whole)
    data, error = fetched(answer, cuts, takes)
    assert data == b"".join(chunks)
    assert bool(error) is (not whole and coding != "eof")
    assert (data, error) == fetched(answer, list(range(len(answer))), [False])


@pytest.mark.parametrize(
    ("fault", "hint"),
    [(None, "try"), (DialFault.REFUSED, "try"), (DialFault.UNRESOLVED, "Check the spelling")],
)
def test_a_service_says_where_it_listens(fault: DialFault | None, hint: str) -> None:
    network = HttpNetwork(manners=Manners(unreachable="try another port"))
    stream = network.submit(asked(), 0.0)
    network.lose(1, 0.0, fault)
    assert network.error(stream, 0.0).hint.startswith(hint)
