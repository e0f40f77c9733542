"""The REST client under any order of events: submissions, answers in pieces, losses, limits, cancellations.

A stream has one outcome and nothing after it, and it is its own; nothing is sent twice unless it may be; no
state waits for ever; and a closed client holds nothing.
"""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Sized
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.core.http_network import HttpEnd, HttpNetwork
from tgproto.closing import DialFault
from tgproto.driven import Dial
from tgproto.errors import (
    ConnectionFailed,
    ConnectionLost,
    LocalProtocolError,
    NotAGateway,
    RequestTimeout,
    ServiceError,
)
from tgproto.rest.client import RestClient
from tgproto.rest.config import RestOptions
from tgproto.session.events import Completed, Failed, Outcome, StreamReadable
from tgproto.session.reconnect import ReconnectConfig
from tgproto.session.request import Request

MOST = 2
OPTIONS = RestOptions(
    "h",
    max_connections=MOST,
    max_queued=8,
    connect_timeout=3.0,
    idle_timeout=5.0,
    reconnect=ReconnectConfig(first_delay=0.5, max_delay=2.0, max_attempts=2, stable_after=4.0),
)
LIMITS = st.sampled_from([None, None, None, None, 2.0, 30.0])


@dataclass
class Caller:
    """Who waits for an answer."""

    number: int
    repeatable: bool
    since: float
    limits: dict[str, float | None]
    readable: bool = False


class Rest(RuleBasedStateMachine):
    """A client, its driver, a gateway, and the callers."""

    def __init__(self) -> None:
        super().__init__()
        self.client = RestClient(OPTIONS, uniform=lambda: 0.5)
        self.now = 0.0
        self.count = 0
        self.callers: dict[int, Caller] = {}
        self.gone: set[int] = set()
        self.dialing: set[int] = set()
        self.ends: dict[int, HttpEnd] = {}
        self.answered: dict[int, int] = {}  # connection -> requests answered
        self.babbled: set[int] = set()
        self.written: dict[int, bytes] = {}  # on the way to the client
        self.runs: Counter[int] = Counter()
        self.repeatable: dict[int, bool] = {}

    @initialize(proven=st.booleans())
    def serve_one(self, proven: bool) -> None:
        """Let the client know a good address, so that losses are worth another attempt."""
        if proven:
            self.submit(None, False, None, None)
            self.up(1)
            self.reply(1, "ok")
            self.client.receive_data(1, self.written.pop(1), now=self.now)
            self.written[1] = b""
            self.serve()

    # --- the driver -------------------------------------------------------------------------------

    def serve(self) -> None:
        while (transfer := self.client.next_transfer(now=self.now)) is not None:
            end = self.ends.get(transfer.key)
            if end is not None and transfer.data:
                known = len(end.requests)
                end.receive(transfer.data, self.now)
                for request in end.requests[known:]:
                    assert request.body is not None
                    self.runs[request.body.get("n", 0)] += 1
            if transfer.closed:
                self.forget(transfer.key)
        while (notice := self.client.next_notice()) is not None:
            match notice:
                case Dial(key=key):
                    self.dialing.add(key)
                case StreamReadable(stream_id=stream_id):
                    caller = self.callers[stream_id]
                    assert not caller.readable, "announced twice"
                    caller.readable = True
                case _:
                    str(notice).encode()
        assert not self.client.has_work

    def forget(self, key: int) -> None:
        self.dialing.discard(key)
        self.ends.pop(key, None)
        self.written.pop(key, None)

    # --- callers ----------------------------------------------------------------------------------

    @rule(flow=st.sampled_from([None, None, "f"]), repeatable=st.booleans(), timeout=LIMITS, total=LIMITS)
    def submit(self, flow: str | None, repeatable: bool, timeout: float | None, total: float | None) -> None:
        self.count += 1
        request = Request("agent", b'{"n":%d}' % self.count, flow, repeatable=repeatable)
        try:
            stream = self.client.submit(request, now=self.now, timeout=timeout, total_timeout=total)
        except LocalProtocolError:
            assert len(self.callers) + 1 >= OPTIONS.max_queued  # the question who the caller is may wait too
            return
        limits = {"timeout": timeout, "total_timeout": total}
        self.callers[stream] = Caller(self.count, repeatable, self.now, limits)
        self.repeatable[self.count] = repeatable
        self.serve()

    @rule(data=st.data())
    @precondition(lambda self: self.callers)
    def take(self, data: st.DataObject) -> None:
        stream = data.draw(st.sampled_from(sorted(self.callers)))
        caller = self.callers[stream]
        payloads, outcome = self.client.take(stream, now=self.now)
        assert (outcome is not None) is caller.readable
        if outcome is not None:
            self.finish(stream)
            self.judge(caller, [json.loads(bytes(payload)) for payload in payloads], outcome)
        self.serve()

    @rule(data=st.data())
    @precondition(lambda self: self.callers)
    def cancel(self, data: st.DataObject) -> None:
        stream = data.draw(st.sampled_from(sorted(self.callers)))
        self.client.cancel(stream, now=self.now)
        self.finish(stream)
        self.serve()

    def finish(self, stream: int) -> None:
        del self.callers[stream]
        self.gone.add(stream)

    def judge(self, caller: Caller, answers: list[dict[str, int]], outcome: Outcome) -> None:
        if isinstance(outcome, Completed):
            [answer] = answers
            assert answer.get("n", caller.number) == caller.number  # a babbled {} has none
            return
        error = outcome.error
        assert answers == []
        str(error).encode()
        if isinstance(error, ConnectionLost) and not error.sent:
            assert self.runs[caller.number] == 0
        elif isinstance(error, ConnectionFailed):
            assert isinstance(error, NotAGateway) or self.runs[caller.number] == 0
        elif isinstance(error, RequestTimeout):
            if error.seconds in caller.limits.values():
                assert self.now >= caller.since + error.seconds
            else:  # the limit of the question who the caller is, which somebody else may have asked before
                assert error.seconds == 60.0
                assert self.now >= error.seconds
        else:
            assert isinstance(error, ConnectionLost | ServiceError)

    # --- transports -------------------------------------------------------------------------------

    @rule(data=st.data())
    @precondition(lambda self: self.dialing)
    def open(self, data: st.DataObject) -> None:
        self.up(data.draw(st.sampled_from(sorted(self.dialing))))

    def up(self, key: int) -> None:
        self.dialing.discard(key)
        self.ends[key] = HttpEnd(self.now)
        self.answered[key], self.written[key] = 0, b""
        self.client.dialed(key, now=self.now)
        self.serve()

    @rule(data=st.data(), fault=st.sampled_from([None, *DialFault]))
    @precondition(lambda self: self.dialing or self.ends)
    def lose(self, data: st.DataObject, fault: DialFault | None) -> None:
        key = data.draw(st.sampled_from(sorted(self.dialing | set(self.ends))))
        fault = None if key in self.ends else fault
        self.forget(key)
        self.client.connection_lost(key, "reset", fault, now=self.now)
        self.serve()

    @rule(data=st.data())
    @precondition(lambda self: self.ends)
    def end(self, data: st.DataObject) -> None:
        self.client.receive_eof(data.draw(st.sampled_from(sorted(self.ends))), now=self.now)
        self.serve()

    # --- the gateway ------------------------------------------------------------------------------

    def waiting(self) -> list[int]:
        return [key for key in sorted(self.ends) if self.answered[key] < len(self.ends[key].requests)]

    @rule(data=st.data(), kind=st.sampled_from(["ok", "ok", "chunked", "last", "error", "page"]))
    @precondition(lambda self: self.waiting())
    def answer(self, data: st.DataObject, kind: str) -> None:
        self.reply(data.draw(st.sampled_from(self.waiting())), kind)

    def reply(self, key: int, kind: str) -> None:
        end = self.ends[key]
        asked = end.requests[self.answered[key]].body
        assert asked is not None
        self.answered[key] += 1
        body = json.dumps(
            {"n": asked["n"]} if "n" in asked else {"user": {"default_workspace": "w"}}
        ).encode()
        headers = [("Content-Type", "application/json")]
        if kind == "chunked":
            end.link.start_response(200, headers, now=self.now)
            for start in range(0, len(body), 3):
                end.link.send_body(body[start : start + 3], now=self.now)
            end.link.end_response(now=self.now)
        elif kind == "page":
            end.link.respond(502, [("Content-Type", "text/html")], b"<html>", now=self.now)
        else:
            status, body = (200, body) if kind != "error" else (400, b'{"error":"no"}')
            last = [("Connection", "close")] if kind == "last" else []
            end.link.respond(status, headers + last, body, now=self.now)
        self.written[key] += end.link.data_to_send()

    @rule(data=st.data(), size=st.sampled_from([1, 7, 60, 10_000, 10_000]))
    @precondition(lambda self: any(self.written.values()))
    def deliver(self, data: st.DataObject, size: int) -> None:
        key = data.draw(st.sampled_from(sorted(key for key, text in self.written.items() if text)))
        piece, self.written[key] = self.written[key][:size], self.written[key][size:]
        self.client.receive_data(key, piece, now=self.now)
        self.serve()

    @rule(data=st.data(), text=st.sampled_from([b"\x00", b"HTTP/1.1 200 OK\r\n\r\n", b"H", b"{}", b"\r\n"]))
    @precondition(lambda self: self.ends)
    def babble(self, data: st.DataObject, text: bytes) -> None:
        key = data.draw(st.sampled_from(sorted(self.ends)))
        self.written[key] = b""
        self.answered[key] = len(self.ends[key].requests)
        self.babbled.add(key)
        self.client.receive_data(key, text, now=self.now)
        self.serve()

    # --- time -------------------------------------------------------------------------------------

    @rule(seconds=st.sampled_from([0.1, 0.5, 2.0, 10.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.client.handle_timeout(now=self.now)
        deadline = self.client.next_deadline()
        assert deadline is None or deadline > self.now
        self.serve()

    # --- what is always true ----------------------------------------------------------------------

    @invariant()
    def bounds(self) -> None:
        assert len(self.dialing) + len(self.ends) <= MOST

    @invariant()
    def nothing_runs_twice_unless_it_may(self) -> None:
        assert all(runs == 1 or self.repeatable.get(number, True) for number, runs in self.runs.items())

    @invariant()
    def nothing_waits_for_ever(self) -> None:
        deadline = self.client.next_deadline()
        waiting = [caller for caller in self.callers.values() if not caller.readable]
        totals = [caller.since + total for caller in waiting if (total := caller.limits["total_timeout"])]
        if totals:
            assert deadline is not None
            assert deadline <= min(totals)
        if any(caller.limits["timeout"] for caller in waiting):
            assert deadline is not None
        # What was babbled may be the begin of an answer, whose end is owed from then on.
        owed = [key for key in self.ends if key in self.waiting() or self.written[key] or key in self.babbled]
        if len(waiting) > len(owed) and len(self.dialing) + len(self.ends) < MOST:
            assert deadline is not None  # of the next attempt

    @invariant()
    def what_is_over_is_forgotten(self) -> None:
        for stream in list(self.gone)[:2]:
            self.client.cancel(stream, now=self.now)
            try:
                self.client.take(stream, now=self.now)
            except LocalProtocolError:
                continue
            raise AssertionError("a stream that is over can still be read")

    def teardown(self) -> None:
        self.client.close(now=self.now)
        self.serve()
        assert all(caller.readable for caller in self.callers.values())
        for stream, caller in list(self.callers.items()):
            payloads, outcome = self.client.take(stream, now=self.now)
            assert outcome is not None
            self.judge(caller, [json.loads(bytes(payload)) for payload in payloads], outcome)
        self.serve()
        assert self.client.idle
        assert self.client.next_deadline() is None
        assert not self.dialing
        assert not self.ends
        rest = {name for name, value in vars(self.client).items() if isinstance(value, Sized) and value}
        assert rest <= {"_workspace"}


TestRest = Rest.TestCase
TestRest.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


# --- bytes of the gateway ---------------------------------------------------------------------------

HEADS = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n",
    b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.0 200 OK\r\n\r\n",
]
BODIES = [b'{"a":1}', b'3\r\n{"a\r\n4\r\n":1}\r\n0\r\n\r\n', b'{"error":"unknown kind"}', b"", b"\xff" * 9]
TEXTS = st.lists(st.one_of(st.sampled_from(HEADS + BODIES), st.binary(max_size=8)), max_size=4).map(b"".join)


def outcome(text: bytes, cuts: list[int]) -> tuple[list[bytes], str, list[int]]:
    network = HttpNetwork()
    stream = network.ask(0.0, timeout=9.0)
    network.open(1, 0.0)
    places = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    for start, stop in itertools.pairwise(places):
        network.say(1, text[start:stop], 0.0)
    network.client.receive_eof(1, now=0.0)
    network.serve(0.0)
    payloads, ending = network.client.take(stream, now=0.0)
    said = str(ending.error) if isinstance(ending, Failed) else str(ending)
    return [bytes(payload) for payload in payloads], said, network.closed


@given(TEXTS, st.lists(st.integers(0, 1000), max_size=8))
@settings(max_examples=300, deadline=None)
def test_how_the_bytes_of_an_answer_are_cut_does_not_matter(text: bytes, cuts: list[int]) -> None:
    whole = outcome(text, [])
    assert outcome(text, cuts) == whole
    assert outcome(text, list(range(len(text)))) == whole
    assert whole[2] == [1]
