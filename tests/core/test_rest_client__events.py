"""The REST client, continued: answers that are streams of events, and services with manners of their own."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.http_network import HttpNetwork, ready
from tgproto.closing import CloseKind, DialFault
from tgproto.errors import (
    AuthenticationError,
    CallContext,
    CallError,
    ConnectionLost,
    DecodeError,
    RequestTimeout,
    ServiceError,
)
from tgproto.link.http_types import HttpConfig, ResponseHead
from tgproto.link.sse import DEFAULT_LIMIT
from tgproto.rest.client import RestClient
from tgproto.rest.config import RestOptions
from tgproto.rest.manners import Manners
from tgproto.secrets import Secret
from tgproto.session.events import Completed, CredentialWanted, Failed, Outcome, StreamReadable
from tgproto.session.request import Answer, Form, Request
from tgproto.session.stream import CHUNK_OVERHEAD

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"
ONE, TWO = b"data: 1\n\n", b"event: e\ndata: 2\n\n"
FIRST, SECOND = b"message\n1", b"e\n2"


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def asked(answer: Answer = Answer.EVENTS, *, repeatable: bool = False, **form: object) -> Request:
    return Request("it", b"{}", repeatable=repeatable, form=Form(path="it", answer=answer, **form))


def begun(
    submission: Request | None = None, limits: dict[str, float | None] | None = None, **options: object
) -> tuple[HttpNetwork, int]:
    """Return a network with one request that was sent, and the stream."""
    network = HttpNetwork(**options)
    stream = network.submit(submission or asked(), 0.0, **(limits or {}))
    network.open(1, 0.0)
    return network, stream


def events(network: HttpNetwork, stream: int, now: float = 0.0) -> list[bytes]:
    """Take events, without the head."""
    return [payload for payload in network.take(stream, now)[0] if not payload.startswith(b"{")]


# --- events ---------------------------------------------------------------------------------------


def test_events_are_told_as_they_come_and_the_head_with_the_first() -> None:
    network, stream = begun()
    assert network.say(1, HEAD + chunk(b": hello\n\n"), 0.0) == []
    assert network.say(1, chunk(ONE + TWO), 0.0) == [StreamReadable(stream)]
    assert network.say(1, chunk(ONE), 0.0) == []  # that is known already
    (head, *rest), outcome = network.take(stream, 0.0)
    assert json.loads(head)["headers"][0] == ["content-type", "text/event-stream"]
    assert (rest, outcome) == ([FIRST, SECOND, FIRST], None)
    assert network.say(1, chunk(ONE), 0.0) == [StreamReadable(stream)]
    network.say(1, END, 0.0)
    assert network.take(stream, 0.0) == ([FIRST], Completed())


def test_the_request_says_what_is_wanted() -> None:
    network, _ = begun(asked(headers=(("X-Trace", "t"),)))
    [request] = network.ends[1].requests
    wanted = {b"accept": b"text/event-stream", b"accept-encoding": b"identity", b"cache-control": b"no-store"}
    assert request.headers == {b"host": b"h", b"content-length": b"0", b"x-trace": b"t"} | wanted


def test_the_connection_is_used_again() -> None:
    network, stream = begun()
    network.say(1, HEAD + chunk(ONE) + END, 0.0)
    network.take(stream, 0.0)
    again = network.submit(asked(), 1.0)
    network.say(1, HEAD + END, 1.0)
    (head,), outcome = network.take(again, 1.0)
    assert json.loads(head)["events"] is True
    assert outcome == Completed()
    assert network.dialed == [1]


def test_lines_are_events_too() -> None:
    network, stream = begun()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nConnection: close\r\n\r\n"
    network.say(1, head + b'{"a":1}\n{"b"', 0.0)
    assert events(network, stream) == [b'message\n{"a":1}']
    network.say(1, b":2}", 0.0)
    network.client.receive_eof(1, now=0.0)
    network.serve(0.0)
    assert network.take(stream, 0.0) == ([b'message\n{"b":2}'], Completed())


@pytest.mark.parametrize("status", [200, 204])
def test_what_is_no_stream_comes_whole(status: int) -> None:
    network, stream = begun()
    body = b"" if status == 204 else b'{"error":"is not looked at"}'
    network.ends[1].link.respond(status, [("Content-Type", "application/json")], body, now=0.0)
    network.flush(1, 0.0)
    (head, whole), outcome = network.take(stream, 0.0)
    assert (json.loads(head)["status"], json.loads(head)["events"]) == (status, False)
    assert (whole, outcome) == (body, Completed())


def test_what_is_no_stream_has_a_longest_length() -> None:
    network, stream = begun(http=HttpConfig(max_message_bytes=10))
    network.say(1, HEAD.replace(b"event-stream", b"html") + chunk(b"x" * 10), 0.0)
    network.say(1, chunk(b"x") + END, 0.0)
    error = network.error(stream, 0.0)
    assert isinstance(error, DecodeError)
    assert str(error).startswith("it: the answer is no stream of events, and longer than 10 bytes")
    assert network.closed == [1]


def test_a_stream_has_no_longest_length() -> None:
    network, stream = begun(http=HttpConfig(max_message_bytes=10))
    network.say(1, HEAD + chunk(ONE * 10) + END, 0.0)
    assert events(network, stream) == [FIRST] * 10


@pytest.mark.parametrize("rest", [b"", chunk(b"\n\n" + TWO), chunk(b"\n\n" + TWO) + END])
def test_a_line_that_is_too_long_ends_the_stream_behind_the_events_before_it(rest: bytes) -> None:
    network, stream = begun()
    network.say(1, HEAD + chunk(ONE + b"data:" + b"x" * DEFAULT_LIMIT) + rest, 0.0)
    (_, *payloads), outcome = network.take(stream, 0.0)
    assert payloads == [FIRST]
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, DecodeError)
    assert outcome.error.context == CallContext("it")
    assert network.closed == [1]
    assert network.client.next_deadline() is None


def test_a_last_line_that_is_too_long_is_found_at_the_end() -> None:
    network, stream = begun()
    network.say(1, HEAD.replace(b"event-stream", b"plain") + chunk(ONE), 0.0)
    network.say(1, chunk(b":" * (DEFAULT_LIMIT + 1)) + END, 0.0)
    payloads, outcome = network.take(stream, 0.0)
    assert payloads[1:] == [FIRST]
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, DecodeError)


# --- limits of time -------------------------------------------------------------------------------


def test_comments_end_a_silence_but_are_no_progress() -> None:
    network, stream = begun(limits={"timeout": 3.0}, progress_timeout=10.0)
    network.say(1, HEAD, 1.0)
    for now in (3.0, 5.0, 7.0, 9.0):
        network.say(1, chunk(b": still here\n\n"), now)
        network.tick(now)
    assert network.tick(10.0) == [StreamReadable(stream)]
    error = network.error(stream, 10.0)
    assert isinstance(error, RequestTimeout)
    assert (error.option, error.seconds) == ("progress_timeout", 10.0)
    assert str(error) == (
        "it: the stream brought no event within 10 s. Raise progress_timeout if the service needs longer"
    )
    assert network.closed == [1]


def test_events_are_progress() -> None:
    network, stream = begun(progress_timeout=10.0)
    network.say(1, HEAD + chunk(ONE), 6.0)
    assert network.tick(15.9) == []
    network.say(1, chunk(b"data: 1\n"), 15.9)  # not yet one
    assert network.client.next_deadline() == 16.0
    network.say(1, chunk(b"\n"), 15.9)
    assert network.client.next_deadline() == 25.9
    network.say(1, END, 20.0)
    assert events(network, stream, 20.0) == [FIRST, FIRST]


def test_silence_is_told_apart_from_a_lack_of_progress() -> None:
    network, stream = begun(limits={"timeout": 3.0}, progress_timeout=10.0)
    network.say(1, HEAD + chunk(ONE), 1.0)
    network.tick(4.0)
    payloads, outcome = network.take(stream, 4.0)
    assert payloads[1:] == [FIRST]
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, RequestTimeout)
    assert outcome.error.option == "timeout"


def test_the_whole_has_a_limit_whatever_comes() -> None:
    network, stream = begun(limits={"timeout": 3.0, "total_timeout": 5.0}, progress_timeout=3.0)
    network.say(1, HEAD, 0.0)
    for now in (1.0, 2.0, 3.0, 4.0):
        network.say(1, chunk(ONE), now)
        network.tick(now)
    network.tick(5.0)
    payloads, outcome = network.take(stream, 5.0)
    assert payloads[1:] == [FIRST] * 4
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, RequestTimeout)
    assert outcome.error.option == "total_timeout"


def test_progress_is_counted_from_the_request_on_and_only_for_events() -> None:
    network = HttpNetwork(progress_timeout=10.0)
    stream = network.submit(asked(), 0.0)
    network.open(1, 5.0)
    assert network.client.next_deadline() == 15.0
    network.client.cancel(stream, now=6.0)
    network.serve(6.0)
    assert network.client.next_deadline() is None
    for answer in set(Answer) - {Answer.EVENTS}:
        other, _ = begun(asked(answer), progress_timeout=10.0)
        assert other.client.next_deadline() is None


def test_while_a_stream_is_not_read_nothing_but_the_whole_is_counted() -> None:
    limits: dict[str, float | None] = {"timeout": 3.0, "total_timeout": 100.0}
    network, stream = begun(limits=limits, progress_timeout=10.0, stream_window=3 * CHUNK_OVERHEAD)
    network.say(1, HEAD + chunk(ONE * 4), 1.0)
    assert network.paused == {1}
    assert network.client.next_deadline() == 100.0
    assert events(network, stream, 50.0) == [FIRST] * 4
    assert network.paused == set()
    assert network.client.next_deadline() == 53.0
    network.say(1, chunk(b":\n"), 52.0)
    assert network.client.next_deadline() == 55.0
    for now in (54.0, 57.0, 59.0):
        network.say(1, chunk(b":\n"), now)
    network.tick(60.0)
    error = network.error(stream, 60.0)
    assert isinstance(error, RequestTimeout)
    assert error.option == "progress_timeout"


# --- losses ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("came", [b"", HEAD, HEAD + chunk(b": comment\n\n"), HEAD + chunk(b"data: 1\n")])
@pytest.mark.parametrize("repeatable", [False, True])
def test_before_the_first_event_what_may_run_twice_is_sent_again(came: bytes, repeatable: bool) -> None:
    network = ready()
    stream = network.submit(asked(repeatable=repeatable), 0.0)
    if came:
        network.say(1, came, 0.0)
    network.lose(1, 0.0)
    if not repeatable:
        error = network.error(stream, 0.0)
        assert isinstance(error, ConnectionLost)
        assert (error.sent, error.delivered) == (True, 0)
        return
    network.tick(1.0)
    network.open(2, 1.0)
    network.say(2, HEAD + chunk(TWO) + END, 1.0)
    assert events(network, stream, 1.0) == [SECOND]


@pytest.mark.parametrize("repeatable", [False, True])
@pytest.mark.parametrize("cut", ["reset", "eof", "malformed"])
def test_behind_the_first_event_no_answer_is_spliced(repeatable: bool, cut: str) -> None:
    """A body that ends between two chunks, or within one, is not complete."""
    network, stream = begun(asked(repeatable=repeatable))
    network.say(1, HEAD + chunk(ONE) + b"9\r\ndata", 0.0)
    if cut == "reset":
        network.lose(1, 0.0)
    elif cut == "eof":
        network.client.receive_eof(1, now=0.0)
        network.serve(0.0)
    else:
        network.say(1, b": 2\n\nno chunk", 0.0)
    payloads, outcome = network.take(stream, 0.0)
    assert payloads[1:] == [FIRST] + [b"message\n2"] * (cut == "malformed")
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, ConnectionLost)
    assert outcome.error.delivered == len(payloads)
    assert outcome.error.cause.kind is (CloseKind.PROTOCOL if cut == "malformed" else CloseKind.LOST)
    network.tick(1.0)
    assert network.dialed == [1]


def test_leaving_a_stream_closes_its_connection_at_once() -> None:
    network, stream = begun(progress_timeout=10.0)
    network.say(1, HEAD + chunk(ONE), 0.0)
    network.client.cancel(stream, now=0.0)
    network.serve(0.0)
    assert network.closed == [1]
    assert network.client.idle
    assert network.client.next_deadline() is None


# --- manners --------------------------------------------------------------------------------------


class Refused(CallError):
    """A refusal, as the service of these tests means it."""

    def __init__(self, head: ResponseHead, body: str, context: CallContext) -> None:
        super().__init__(body, context)
        self.head = head


class Unknown(Refused, AuthenticationError):
    """A refusal of the token."""


def refusal(head: ResponseHead, body: str, context: CallContext) -> CallError:
    return (Unknown if head.status == 401 else Refused)(head, body, context)


@dataclass
class Patient:
    """Tries again after so many seconds, one after the other."""

    waits: list[float | None]
    again: bool = False

    def __call__(self, error: CallError, repeatable: bool, refused: int) -> float | None:
        assert isinstance(error, Refused)
        assert repeatable is self.again
        return self.waits[refused]


def manners(*waits: float | None) -> Manners:
    return Manners("X-Key", "", (("X-Tenant", "t"),), refusal, Patient([*waits, None]))


def refuse(network: HttpNetwork, now: float, status: int = 503, key: int = 1, body: bytes = b"no") -> None:
    network.ends[key].link.respond(status, [], body, now=now)
    network.flush(key, now)


def test_a_service_with_other_manners_is_asked_in_them_and_its_refusal_is_told_without_the_token() -> None:
    network, stream = begun(asked(query=(("q", "a"),)), token=Secret("key-1234"), manners=manners())
    [request] = network.ends[1].requests
    assert request.target == "/it?q=a"
    assert (request.headers[b"x-key"], request.headers[b"x-tenant"]) == (b"key-1234", b"t")
    assert b"authorization" not in request.headers
    refuse(network, 0.0, 403, body=b'{"you sent": "key-1234"}')
    error = network.error(stream, 0.0)
    assert isinstance(error, Refused)
    assert error.head.status == 403
    assert str(error) == 'it: {"you sent": "***"}'


@pytest.mark.parametrize("answer", list(Answer))
def test_what_was_refused_is_sent_again_after_the_wait_and_the_answer_is_one(answer: Answer) -> None:
    network, stream = begun(asked(answer), manners=manners(2.0, 4.0))
    refuse(network, 0.0)
    assert network.client.next_deadline() == pytest.approx(2.25)  # chance says one half
    assert network.tick(2.2) == []
    assert len(network.ends[1].requests) == 1
    network.tick(2.25)
    assert len(network.ends[1].requests) == 2
    refuse(network, 3.0)
    network.tick(7.5)
    assert len(network.ends[1].requests) == 3
    body = ONE if answer is Answer.EVENTS else b"{}"
    network.ends[1].link.respond(200, [("Content-Type", "text/event-stream")], body, now=8.0)
    network.flush(1, 8.0)
    payloads, outcome = network.take(stream, 8.0)
    assert payloads[-1] == (FIRST if answer is Answer.EVENTS else b"{}")
    assert outcome == Completed()


def test_after_the_last_wait_the_refusal_is_told() -> None:
    network, stream = begun(manners=manners(0.0))
    refuse(network, 0.0)
    network.tick(0.0)
    refuse(network, 0.0, body=b"still no")
    assert str(network.error(stream, 0.0)) == "it: still no"


@pytest.mark.parametrize(("chance", "at"), [(0.0, 8.0), (0.5, 9.0), (1 - 2**-53, 10.0)])
def test_chance_makes_a_wait_longer_by_a_quarter_at_most(chance: float, at: float) -> None:
    """Never shorter than the service said."""
    network = HttpNetwork()
    options = RestOptions("h", dialect=network.client.options.dialect, manners=manners(8.0))
    network.client = RestClient(options, uniform=lambda: chance)
    network.submit(asked(), 0.0)
    network.open(1, 0.0)
    refuse(network, 0.0)
    assert network.client.next_deadline() == pytest.approx(at)


def test_what_would_be_too_late_is_not_tried() -> None:
    network, stream = begun(limits={"total_timeout": 9.0}, manners=manners(8.0))
    refuse(network, 0.0)  # with the half of a quarter of chance, that makes 9 s
    assert str(network.error(stream, 0.0)) == "it: no"
    network, stream = begun(limits={"total_timeout": 9.1}, manners=manners(8.0))
    refuse(network, 0.0)
    network.tick(9.0)
    network.tick(9.1)
    error = network.error(stream, 9.1)
    assert isinstance(error, RequestTimeout)
    assert error.option == "total_timeout"


def test_while_an_attempt_is_waited_for_only_the_whole_is_counted() -> None:
    limits: dict[str, float | None] = {"timeout": 3.0, "total_timeout": 1000.0}
    network, stream = begun(limits=limits, manners=manners(100.0), progress_timeout=5.0, idle_timeout=200.0)
    refuse(network, 0.0)
    assert network.client.next_deadline() == 112.5
    network.tick(112.5)
    assert network.client.next_deadline() == 115.5  # and from now on both are
    network.say(1, HEAD, 115.0)
    network.tick(117.5)
    error = network.error(stream, 117.5)
    assert isinstance(error, RequestTimeout)
    assert error.option == "progress_timeout"


def test_who_waits_for_an_attempt_counts_as_waiting() -> None:
    network, _ = begun(manners=manners(8.0), max_queued=1)
    refuse(network, 0.0)
    with pytest.raises(Exception, match="1 requests wait already"):
        network.submit(asked(), 0.0)


def test_who_waits_for_an_attempt_can_leave() -> None:
    network, stream = begun(limits={"timeout": 3.0, "total_timeout": 50.0}, manners=manners(8.0))
    refuse(network, 0.0)
    network.client.cancel(stream, now=1.0)
    network.serve(1.0)
    assert network.client.next_deadline() == 60.0  # of the unused connection
    network.tick(20.0)
    assert len(network.ends[1].requests) == 1


def test_closing_ends_what_waits_for_an_attempt() -> None:
    network, stream = begun(manners=manners(8.0))
    refuse(network, 0.0)
    network.client.close(now=1.0)
    network.serve(1.0)
    error = network.error(stream, 1.0)
    assert isinstance(error, ConnectionLost)
    assert error.cause.kind is CloseKind.LOCAL
    assert network.client.next_deadline() is None
    network.tick(20.0)
    assert network.client.idle


def test_a_refusal_that_comes_with_an_end_is_sent_again_on_another_connection() -> None:
    network, stream = begun(manners=manners(8.0))
    network.ends[1].link.respond(503, [("Connection", "close")], b"no", now=0.0)
    network.flush(1, 0.0)
    assert network.closed == [1]
    network.tick(9.0)
    network.open(2, 9.0)
    network.say(2, HEAD + chunk(ONE) + END, 9.0)
    assert events(network, stream, 9.0) == [FIRST]


def test_how_often_is_counted_over_losses_too() -> None:
    """A loss in between does not begin the count anew."""
    patient = Manners(refusal=refusal, patience=Patient([1.0, 2.0, None], again=True))
    network, stream = begun(asked(repeatable=True), manners=patient)
    refuse(network, 0.0)
    network.tick(1.125)
    network.lose(1, 1.125)
    network.tick(2.125)
    network.open(2, 2.125)
    refuse(network, 3.0, key=2)
    assert network.client.next_deadline() == 5.25
    network.tick(5.25)
    refuse(network, 6.0, key=2)
    assert str(network.error(stream, 6.0)) == "it: no"


def test_events_that_came_end_all_patience() -> None:
    """What is no refusal is not asked about: an answer has begun."""
    network, stream = begun(manners=manners(1.0))
    network.say(1, HEAD + chunk(ONE + b"data:" + b"x" * DEFAULT_LIMIT), 0.0)
    _, outcome = network.take(stream, 0.0)
    assert isinstance(outcome, Failed)


@pytest.mark.parametrize("renewable", [False, True])
def test_a_refused_token_is_renewed_in_other_manners_too(renewable: bool) -> None:
    options = {"token": Secret("old-key-1"), "renewable": renewable, "manners": manners()}
    network, stream = begun(**options)
    network.ends[1].link.respond(401, [], b"who is old-key-1?", now=0.0)
    noticed = network.flush(1, 0.0)
    if not renewable:
        error = network.error(stream, 0.0)
        assert isinstance(error, Unknown)
        assert "old-key-1" not in str(error)
        return
    assert [type(notice) for notice in noticed] == [CredentialWanted]
    network.client.authenticate(Secret("new-key-1"), now=1.0)
    network.serve(1.0)
    assert network.ends[1].requests[-1].headers[b"x-key"] == b"new-key-1"
    network.say(1, HEAD + chunk(ONE) + END, 1.0)
    assert events(network, stream, 1.0) == [FIRST]


def test_a_token_that_changed_during_a_wait_is_the_one_that_is_shown() -> None:
    network, _ = begun(token=Secret("old-key-1"), manners=manners(8.0))
    refuse(network, 0.0)
    network.client.authenticate(Secret("new-key-1"), now=1.0)
    network.tick(9.0)
    assert network.ends[1].requests[-1].headers[b"x-key"] == b"new-key-1"


def test_a_refusal_that_cannot_be_read_costs_its_connection_alone() -> None:
    def defect(head: ResponseHead, body: str, context: CallContext) -> CallError:
        raise KeyError("a defect")

    network, stream = begun(manners=Manners(refusal=defect))
    network.ends[1].link.respond(500, [("Connection", "close")], b"no", now=0.0)
    with pytest.raises(KeyError):
        network.client.receive_data(1, network.ends[1].link.data_to_send(), now=0.0)
    network.serve(0.0)
    assert network.closed == [1]
    assert isinstance(network.error(stream, 0.0), ConnectionLost)


def test_what_never_reached_anybody_is_no_refusal() -> None:
    network = HttpNetwork(manners=manners(1.0))
    stream = network.submit(asked(), 0.0)
    network.lose(1, 0.0, DialFault.TLS)
    assert not isinstance(network.error(stream, 0.0), ServiceError)


# --- however the bytes are cut ----------------------------------------------------------------------

ANSWERS = {
    "events": HEAD + chunk(ONE + TWO) + chunk(b":x\n\nda") + chunk(b"ta: 1\r\n\r\n") + END,
    "cut": HEAD + chunk(ONE) + chunk(b"data: 2\n"),
    "lines": HEAD.replace(b"text/event-stream", b"application/x-ndjson")
    + chunk(b"1\n2")
    + chunk(b"\n3")
    + END,
    "whole": HEAD.replace(b"text/event-stream", b"text/html") + chunk(b"<p>") + chunk(b"</p>") + END,
    "refusal": b"HTTP/1.1 503 No\r\nContent-Length: 7\r\n\r\nnot now",
    "empty": b"HTTP/1.1 204 No Content\r\n\r\n",
    "malformed": HEAD + chunk(ONE) + b"zz\r\n",
}


def told(parts: list[bytes]) -> tuple[list[bytes], Outcome | str | None]:
    """Return what comes of an answer that arrives in some pieces, and is taken at the end."""
    network, stream = begun(manners=Manners(refusal=refusal))
    for part in parts:
        if part:
            network.say(1, part, 0.0)
    network.client.receive_eof(1, now=0.0)
    network.serve(0.0)
    payloads, outcome = network.take(stream, 0.0)
    return payloads, repr(outcome.error) if isinstance(outcome, Failed) else outcome


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_byte_by_byte_is_the_same(name: str) -> None:
    answer = ANSWERS[name]
    assert told([answer[i : i + 1] for i in range(len(answer))]) == told([answer])


@given(st.sampled_from(sorted(ANSWERS)), st.lists(st.integers(0, 1000), max_size=6))
@settings(max_examples=150)
def test_how_an_answer_is_cut_changes_nothing(name: str, cuts: list[int]) -> None:
    answer = ANSWERS[name]
    edges = [0, *sorted(cut % (len(answer) + 1) for cut in cuts), len(answer)]
    parts = [answer[start:end] for start, end in itertools.pairwise(edges)]
    assert told(parts) == told([answer])
