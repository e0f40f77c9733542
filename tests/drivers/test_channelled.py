"""A client behind channels: what it is told, and what its driver is told to do."""

from __future__ import annotations

import random
import ssl
from typing import Any

import pytest

from tests.drivers.peers.certificates import server_context
from tests.drivers.test_channel import PLACES, TlsServer, servers
from tgdrivers.channelled import ChannelledClient, channelled
from tgdrivers.network import endpoint
from tgproto.address import parse_address
from tgproto.closing import CloseCause, CloseKind, DialFault
from tgproto.dialect import GENERATION_2
from tgproto.driven import Dial, Lost, StreamReadable
from tgproto.errors import ConnectionLost, ConnectionRefused, ProxyFailed, TLSFailed
from tgproto.rest.client import RestClient
from tgproto.rest.config import RestOptions
from tgproto.secrets import Secret
from tgproto.session.events import Completed, Failed
from tgproto.session.request import Request

ANSWER = b'{"response":"yes"}'
REPLY = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
    len(ANSWER),
    ANSWER,
)


class Bench:
    """A client for REST behind a channel, with one request under way.

    Attributes:
        refusal: What TLS at the other end has raised.
        mute: Whether the other end keeps that to itself.
    """

    def __init__(self, where: str, context: ssl.SSLContext | None = None) -> None:
        options = RestOptions(host="localhost", token=Secret("tg_x"), dialect=GENERATION_2)
        self.inner = RestClient(options, uniform=random.random)
        self.client = ChannelledClient(self.inner, PLACES[where])
        self.server, self.top = servers(where, context or server_context())
        self.closed = False
        self.refusal = ""
        self.mute = False
        self.notices: list[Any] = []
        self.stream = self.ask()
        self.key = next(notice.key for notice in self.notices if isinstance(notice, Dial))

    def ask(self) -> int:
        stream = self.client.submit(Request("text-completion", b"{}", flow="f", workspace="w"), now=0.0)
        self.serve()
        return stream

    def serve(self) -> bool:
        """Do what the client wants; say whether it wanted anything to be written."""
        wrote = False
        while self.client.has_work:
            while (notice := self.client.next_notice()) is not None:
                self.notices.append(notice)
            while (transfer := self.client.next_transfer(now=0.0)) is not None:
                if transfer.data:
                    wrote = True
                    try:
                        self.server.receive(transfer.data)
                    except ssl.SSLError as error:
                        self.refusal = str(error)
                self.closed = self.closed or transfer.closed
        return wrote

    def talk(self) -> None:
        """Carry bytes until there are none."""
        while self.serve() | self.read():
            pass

    def read(self) -> bool:
        data = self.server.take()
        if data and not self.closed and not (self.mute and self.refusal):
            self.client.receive_data(self.key, data, now=0.0)
        return bool(data)

    def open(self) -> None:
        self.client.dialed(self.key, now=0.0)
        self.talk()

    @property
    def outcome(self) -> Any:
        self.serve()
        assert StreamReadable(self.stream) in self.notices
        return self.client.take(self.stream, now=0.0)[1]

    def failure(self, kind: type[Exception]) -> Exception:
        outcome = self.outcome
        assert isinstance(outcome, Failed)
        assert type(outcome.error) is kind
        return outcome.error


everywhere = pytest.mark.parametrize("where", PLACES)


def test_nothing_is_put_before_a_plain_connection() -> None:
    client = RestClient(RestOptions(host="h"), uniform=random.random)
    assert channelled(client, endpoint(parse_address("http://h/"))) is client
    assert isinstance(channelled(client, PLACES["tls"]), ChannelledClient)


@everywhere
def test_a_request_and_its_answer(where: str) -> None:
    bench = Bench(where)
    bench.open()
    assert bench.top.heard.startswith(b"POST /api/v1/flow/f/service/text-completion HTTP/1.1\r\n")
    bench.top.say(REPLY)
    bench.talk()
    assert isinstance(bench.outcome, Completed)
    assert not bench.client.closing
    bench.client.close(now=0.0)
    bench.talk()
    assert bench.closed
    assert bench.client.closing
    bench.client.connection_lost(bench.key, "closed", now=0.0)
    assert not bench.client.has_work


@everywhere
def test_a_peer_that_ends_after_its_answer(where: str) -> None:
    bench = Bench(where)
    bench.open()
    bench.top.say(REPLY)
    bench.talk()
    bench.client.receive_eof(bench.key, now=0.0)
    bench.serve()
    assert bench.closed
    assert isinstance(bench.outcome, Completed)
    bench.client.receive_eof(bench.key, now=0.0)
    bench.client.receive_data(bench.key, b"late", now=0.0)


def test_a_goodbye_ends_an_answer_in_the_middle() -> None:
    bench = Bench("tls")
    bench.open()
    bench.top.say(REPLY[:-1])
    bench.talk()
    assert isinstance(bench.server, TlsServer)
    with pytest.raises(ssl.SSLWantReadError):
        bench.server.tls.unwrap()
    bench.read()
    bench.client.receive_eof(bench.key, now=0.0)  # was said already
    bench.failure(ConnectionLost)
    assert bench.closed


@everywhere
@pytest.mark.parametrize("way", ["eof", "lost"])
def test_an_end_before_it_is_open(where: str, way: str) -> None:
    bench = Bench(where)
    bench.client.dialed(bench.key, now=0.0)
    if way == "eof":
        bench.client.receive_eof(bench.key, now=0.0)
    else:
        bench.client.connection_lost(bench.key, "reset by peer", now=0.0)
    error = bench.failure(TLSFailed if where == "tls" else ProxyFailed)
    assert "reset by peer" in str(error) or way == "eof"
    assert bench.closed


def test_a_socket_that_could_not_be_connected() -> None:
    bench = Bench("tls")
    bench.client.connection_lost(bench.key, "nobody", DialFault.REFUSED, now=0.0)
    bench.failure(ConnectionRefused)


@pytest.mark.parametrize("way", ["alert", "eof", "reset"])
def test_a_certificate_that_was_wanted(way: str) -> None:
    bench = Bench("tls", server_context(clients=True))
    bench.mute = way != "alert"
    bench.open()
    assert "peer did not return a certificate" in bench.refusal
    match way:
        case "alert":
            pass  # was read already
        case "eof":
            bench.client.receive_eof(bench.key, now=0.0)
        case _:
            bench.client.connection_lost(bench.key, "reset by peer", now=0.0)
    error = bench.failure(TLSFailed)
    assert "pass cert=" in str(error)
    assert ("certificate required" in str(error)) is (way == "alert")
    (lost,) = (notice for notice in bench.notices if isinstance(notice, Lost))
    fault = DialFault.TLS if way == "alert" else DialFault.TLS_ENDED
    assert lost.cause == CloseCause(CloseKind.LOST, lost.cause.detail, fault=fault)


def test_bytes_that_were_changed_after_some_that_were_not() -> None:
    bench = Bench("tls")
    bench.open()
    bench.top.say(REPLY)
    bench.talk()
    bench.stream = bench.ask()
    bench.top.say(REPLY)
    data = bytearray(bench.server.take())
    data[-1] ^= 1
    bench.client.receive_data(bench.key, bytes(data), now=0.0)
    error = bench.failure(ConnectionLost)
    assert "bad record mac" in str(error).lower()
    assert bench.closed


def test_a_defect_gives_the_connection_up(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench("tls")
    bench.open()

    def break_down(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(bench.inner, "receive_data", break_down)
    bench.top.say(REPLY)
    with pytest.raises(KeyboardInterrupt):
        bench.read()
    bench.failure(ConnectionLost)
    assert bench.closed


def test_reading_goes_on_while_it_is_opened() -> None:
    bench = Bench("tls")
    bench.client.dialed(bench.key, now=0.0)
    transfer = bench.client.next_transfer(now=0.0)
    assert transfer is not None
    assert transfer.wants_read
    assert transfer.data
    assert bench.client.next_transfer(now=0.0) is None
    assert not bench.client.has_work


def test_nothing_goes_past_tls_once_a_connection_is_given_up() -> None:
    bench = Bench("tls")
    bench.open()
    bench.top.say(REPLY)
    bench.talk()
    bench.stream = bench.client.submit(Request("text-completion", b"{}", flow="f", workspace="w"), now=0.0)
    bench.client.break_off(bench.key, now=0.0)
    transfer = bench.client.next_transfer(now=0.0)
    assert transfer is not None
    assert transfer.closed
    assert transfer.data == b""
    bench.failure(ConnectionLost)


@pytest.mark.parametrize("where", ["tls", "tls, tunnel, tls"])
def test_an_answer_with_changed_bytes_behind_it(where: str) -> None:
    bench = Bench(where)
    bench.open()
    bench.top.say(REPLY)
    data = bench.server.take()
    bench.client.receive_data(bench.key, data + b"\x17\x03\x03\x00\x20" + bytes(32), now=0.0)
    bench.serve()
    assert isinstance(bench.outcome, Completed)
    bench.talk()
    assert bench.closed


def test_a_request_that_may_have_run_is_not_sent_again_because_nothing_came_back() -> None:
    context = server_context()
    context.num_tickets = 0
    bench = Bench("tls", context)
    bench.open()
    bench.top.say(REPLY)
    bench.talk()
    assert isinstance(bench.outcome, Completed)
    bench.client.receive_eof(bench.key, now=0.0)  # the gateway is known, and this connection is over
    bench.stream = bench.ask()
    bench.closed = False
    bench.server, bench.top = servers("tls", context)
    bench.key = [notice.key for notice in bench.notices if isinstance(notice, Dial)][-1]
    bench.open()
    assert bench.top.heard.startswith(b"POST ")
    bench.client.connection_lost(bench.key, "reset by peer", now=0.0)
    error = bench.failure(ConnectionLost)
    assert isinstance(error, ConnectionLost)
    assert error.sent
