"""What the HTTP endpoints share, tried on all three of them."""

from __future__ import annotations

import h11
import pytest

from tgproto.closing import CloseKind
from tgproto.errors import LocalProtocolError
from tgproto.link.chunked import ChunkedBody
from tgproto.link.http_base import ANSWER_OPENING, body_reader, head_fault, plain_headers, read_answer_head
from tgproto.link.http_client import HttpClientLink
from tgproto.link.http_framing import EofBody, HeadReader, LengthBody
from tgproto.link.http_server import HttpServerLink
from tgproto.link.http_types import DEFAULT_HTTP, HttpClosed, HttpRequest
from tgproto.link.proxy import ProxyConnect, TunnelOpened


def client() -> HttpClientLink:
    link = HttpClientLink()
    link.send_request(HttpRequest("GET", "/", "x"), now=0.0)
    return link


def server() -> HttpServerLink:
    link = HttpServerLink()
    link.start(now=0.0)
    return link


def proxy() -> ProxyConnect:
    link = ProxyConnect("x", 1)
    link.start(now=0.0)
    return link


Endpoint = HttpClientLink | HttpServerLink | ProxyConnect


@pytest.fixture(params=[client, server, proxy])
def endpoint(request: pytest.FixtureRequest) -> Endpoint:
    made: Endpoint = request.param()
    return made


def test_closing_is_the_last_event_and_comes_once(endpoint: Endpoint) -> None:
    assert not endpoint.closed
    assert endpoint.close_cause is None
    endpoint.close(now=1.0)
    endpoint.close(now=1.0)
    endpoint.data_lost("reset by peer", now=1.0)
    endpoint.receive_eof(now=1.0)
    endpoint.receive_data(b"anything", now=1.0)
    endpoint.handle_timeout(now=1e9)
    event = endpoint.next_event()
    assert isinstance(event, HttpClosed)
    assert event.cause.kind is CloseKind.LOCAL
    assert endpoint.closed
    assert endpoint.close_cause is event.cause
    assert endpoint.next_event() is None
    assert endpoint.next_deadline() is None


def test_a_lost_socket_drops_what_was_to_be_sent(endpoint: Endpoint) -> None:
    endpoint.data_lost("reset by peer", now=1.0)
    assert endpoint.data_to_send() == b""
    assert endpoint.close_cause is not None
    assert endpoint.close_cause.kind is CloseKind.LOST
    assert endpoint.close_cause.detail.startswith("reset by peer, be")


def test_bytes_to_send_are_taken_once() -> None:
    link = client()
    assert link.data_to_send() == b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    assert link.data_to_send() == b""


def test_a_deadline_acts_when_it_has_passed(endpoint: Endpoint) -> None:
    deadline = endpoint.next_deadline()
    assert deadline is not None
    endpoint.handle_timeout(now=deadline - 0.001)
    assert not endpoint.closed
    assert endpoint.next_deadline() == deadline
    endpoint.handle_timeout(now=deadline)
    assert endpoint.close_cause is not None
    assert endpoint.close_cause.kind is CloseKind.TIMEOUT


def test_an_endpoint_that_was_handed_over_takes_no_bytes_and_does_not_close() -> None:
    link = proxy()
    link.receive_data(b"HTTP/1.1 200 OK\r\n\r\n", now=1.0)
    assert link.next_deadline() is None
    link.close(now=1.0)
    link.receive_eof(now=1.0)
    link.data_lost("reset by peer", now=1.0)
    assert not link.closed
    with pytest.raises(LocalProtocolError, match="handed over"):
        link.receive_data(b"x", now=1.0)
    assert link.next_event() == TunnelOpened(b"")
    assert link.next_event() is None


def test_the_body_is_framed_by_its_head() -> None:
    otherwise = EofBody(10)
    assert body_reader(((b"a", b"b"),), DEFAULT_HTTP, otherwise) is otherwise
    assert isinstance(body_reader(((b"content-length", b"3"),), DEFAULT_HTTP, otherwise), LengthBody)
    both = ((b"content-length", b"3"), (b"transfer-encoding", b"chunked"))
    assert isinstance(body_reader(both, DEFAULT_HTTP, otherwise), ChunkedBody)


def waiting() -> h11.Connection:
    """Return h11 in the state after a request."""
    http = h11.Connection(h11.CLIENT)
    http.send(h11.Request(method="GET", target="/", headers=[("Host", "x")]))
    http.send(h11.EndOfMessage())
    return http


def test_informational_heads_are_skipped() -> None:
    http, reader = waiting(), HeadReader(1024, ANSWER_OPENING)
    assert read_answer_head(http, reader, b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103").response is None
    found = read_answer_head(http, reader, b"  Hints\r\n\r\nHTTP/1.1 204 x\r\nA: B\r\n\r\nrest")
    assert found.response is not None
    assert found.response.status_code == 204
    assert plain_headers(found.response.headers) == ((b"a", b"B"),)
    assert found.end == len(b"  Hints\r\n\r\nHTTP/1.1 204 x\r\nA: B\r\n\r\n")
    assert found.fault is None


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", b"hello\r\n\r\n", b"HTTP/1.1 101 x\r\n\r\n"]
)
def test_a_malformed_head_is_a_fault(head: bytes) -> None:
    found = read_answer_head(waiting(), HeadReader(1024, ANSWER_OPENING), head)
    assert found.response is None
    assert found.fault is not None


def test_a_fault_does_not_quote_the_head() -> None:
    http = h11.Connection(h11.SERVER)
    http.receive_data(b"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer\x00tg_secret\r\n\r\n")
    with pytest.raises(h11.RemoteProtocolError, match="tg_secret") as caught:
        http.next_event()
    assert head_fault(caught.value) == (400, "its head is malformed: illegal header line")
