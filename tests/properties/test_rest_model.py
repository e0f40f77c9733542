"""The REST client under any order of events: submissions, answers in pieces, losses, limits, cancellations.

A stream has one outcome and nothing after it, and it is its own; nothing is sent twice unless it may be;
bytes come once and in order; no state waits for ever; and a closed client holds nothing.
"""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter
from collections.abc import Sized
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.core.http_network import Exchange, HttpEnd, HttpNetwork
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
from tgproto.session.request import Answer, Form, Request

MOST = 2
OPTIONS = RestOptions(
    "h",
    max_connections=MOST,
    max_queued=8,
    connect_timeout=3.0,
    idle_timeout=5.0,
    stream_window=2000,
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
    wants_bytes: bool
    readable: bool = False
    data: bytes = b""


def number_of(request: Exchange) -> int:
    """Return which caller's request it is; 0 for the question who the caller is."""
    if request.method == "GET":
        return int(request.target.partition("n=")[2].partition("&")[0])
    return request.body.get("n", 0)  # type: ignore[no-any-return]


def bytes_for(number: int) -> bytes:
    """Return the bytes that a caller asks for: more than a window holds, for some."""
    return b"<%d>" % number * (1000 * (number % 3))


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
        self.paused: set[int] = set()
        self.runs: Counter[int] = Counter()
        self.repeatable: dict[int, bool] = {}

    @initialize(proven=st.booleans())
    def serve_one(self, proven: bool) -> None:
        """Let the client know a good address, so that losses are worth another attempt."""
        if proven:
            self.submit("call", None, False, None, None)
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
                    self.runs[number_of(request)] += 1
            (self.paused.discard if transfer.wants_read or transfer.closed else self.paused.add)(transfer.key)
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
        self.paused.discard(key)

    # --- callers ----------------------------------------------------------------------------------

    @rule(
        kind=st.sampled_from(["call", "call", "bytes", "public bytes"]),
        flow=st.sampled_from([None, None, "f"]),
        repeatable=st.booleans(),
        timeout=LIMITS,
        total=LIMITS,
    )
    def submit(
        self, kind: str, flow: str | None, repeatable: bool, timeout: float | None, total: float | None
    ) -> None:
        self.count += 1
        body, form = b'{"n":%d}' % self.count, None
        if kind != "call":
            query = (("n", str(self.count)),)
            public, tenant = kind == "public bytes", flow is not None
            form = Form(
                path="a", method="GET", query=query, answer=Answer.BYTES, public=public, tenant=tenant
            )
            body = b"{}"
        request = Request("agent", body, flow, repeatable=repeatable, form=form)
        try:
            stream = self.client.submit(request, now=self.now, timeout=timeout, total_timeout=total)
        except LocalProtocolError:
            assert len(self.callers) + 1 >= OPTIONS.max_queued  # the question who the caller is may wait too
            return
        limits = {"timeout": timeout, "total_timeout": total}
        self.callers[stream] = Caller(self.count, repeatable, self.now, limits, form is not None)
        self.repeatable[self.count] = repeatable
        self.serve()

    @rule(data=st.data())
    @precondition(lambda self: self.callers)
    def take(self, data: st.DataObject) -> None:
        stream = data.draw(st.sampled_from(sorted(self.callers)))
        caller = self.callers[stream]
        payloads, outcome = self.client.take(stream, now=self.now)
        assert (bool(payloads) or outcome is not None) is caller.readable
        assert outcome is not None or caller.wants_bytes or not payloads
        caller.readable = False
        if outcome is not None:
            self.finish(stream)
        self.receive(caller, [bytes(payload) for payload in payloads], outcome)
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

    def receive(self, caller: Caller, payloads: list[bytes], outcome: Outcome | None) -> None:
        if caller.wants_bytes:
            caller.data += b"".join(payloads)
            assert set(re.findall(rb"<(\d+)>", caller.data)) <= {b"%d" % caller.number}
            if not self.babbled:
                assert bytes_for(caller.number).startswith(caller.data)
                assert outcome != Completed() or caller.data == bytes_for(caller.number)
        elif isinstance(outcome, Completed):
            [answer] = payloads
            assert json.loads(answer).get("n", caller.number) == caller.number  # a babbled {} has none
        else:
            assert payloads == []
        if isinstance(outcome, Failed):
            self.judge(caller, outcome.error)

    def judge(self, caller: Caller, error: Exception) -> None:
        str(error).encode()
        if isinstance(error, ConnectionLost):
            assert (error.delivered > 0) is bool(caller.data)
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
        request = end.requests[self.answered[key]]
        number = number_of(request)
        self.answered[key] += 1
        body = json.dumps({"n": number} if number else {"user": {"default_workspace": "w"}}).encode()
        if request.method == "GET":
            body = bytes_for(number)
        headers = [("Content-Type", "application/json")]
        if kind == "chunked":
            end.link.start_response(200, headers, now=self.now)
            size = 3 if request.method == "POST" else 700
            for start in range(0, len(body), size):
                end.link.send_body(body[start : start + size], now=self.now)
            end.link.end_response(now=self.now)
        elif kind == "page":
            end.link.respond(502, [("Content-Type", "text/html")], b"<html>", now=self.now)
        else:
            status, body = (200, body) if kind != "error" else (400, b'{"error":"no"}')
            last = [("Connection", "close")] if kind == "last" else []
            end.link.respond(status, headers + last, body, now=self.now)
        self.written[key] += end.link.data_to_send()

    def readable(self) -> list[int]:
        return sorted(key for key, text in self.written.items() if text and key not in self.paused)

    @rule(data=st.data(), size=st.sampled_from([1, 7, 60, 2500, 2500, 10_000]))
    @precondition(lambda self: self.readable())
    def deliver(self, data: st.DataObject, size: int) -> None:
        self.pass_on(data.draw(st.sampled_from(self.readable())), size)

    def pass_on(self, key: int, size: int) -> None:
        piece, self.written[key] = self.written[key][:size], self.written[key][size:]
        self.client.receive_data(key, piece, now=self.now)
        self.serve()

    @rule(size=st.sampled_from([2500, 10_000]), times=st.integers(1, 4))
    def go_well(self, size: int, times: int) -> None:
        """Let everything go on for a while, or chance will hardly ever let anything end well."""
        for key in sorted(self.dialing):
            self.up(key)
        for _ in range(times):
            for key in self.waiting():
                self.reply(key, "ok")
            for key in self.readable():
                self.pass_on(key, size)

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
        silences = [timeout for caller in waiting if (timeout := caller.limits["timeout"])]
        if silences:
            assert deadline is not None
            assert deadline <= self.now + min(silences)
        assert len(self.paused) <= sum(caller.readable for caller in self.callers.values())
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
            self.receive(caller, [bytes(payload) for payload in payloads], outcome)
        self.serve()
        assert self.client.idle
        assert self.client.next_deadline() is None
        assert not self.dialing
        assert not self.ends
        rest = {name for name, value in vars(self.client).items() if isinstance(value, Sized) and value}
        assert rest <= {"_workspace"}


TestRest = Rest.TestCase
TestRest.settings = settings(max_examples=150, stateful_step_count=40)


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
@settings(max_examples=300)
def test_how_the_bytes_of_an_answer_are_cut_does_not_matter(text: bytes, cuts: list[int]) -> None:
    whole = outcome(text, [])
    assert outcome(text, cuts) == whole
    assert outcome(text, list(range(len(text)))) == whole
    assert whole[2] == [1]
