"""The client link against h11 as the server, and against answers written by hand."""

from __future__ import annotations

import h11
import pytest

from tgproto.closing import CloseKind
from tgproto.errors import LocalProtocolError
from tgproto.link.http_client import HttpClientLink
from tgproto.link.http_types import BodyData, BodyEnd, HttpClosed, HttpConfig, HttpRequest, ResponseHead

GET = HttpRequest("GET", "/a?token=tg_secret", "gateway:8088")
POST = HttpRequest("POST", "/b", "gateway:8088", (("Accept", "*/*"),), b'{"a":1}')


def asked(request: HttpRequest = GET, config: HttpConfig | None = None) -> HttpClientLink:
    """Return a link that awaits the answer to `request`."""
    link = HttpClientLink(config) if config is not None else HttpClientLink()
    link.send_request(request, now=0.0)
    link.data_to_send()
    return link


def events(link: HttpClientLink) -> list[object]:
    """Take all events, with adjacent pieces of a body joined."""
    taken: list[object] = []
    while (event := link.next_event()) is not None:
        if isinstance(event, BodyData) and taken and isinstance(taken[-1], BodyData):
            event = BodyData(taken.pop().data + event.data)
        taken.append(event)
    return taken


def cause_of(link: HttpClientLink, kind: CloseKind) -> str:
    """Return why the link ended, after checking the kind of end and that its event is the last one."""
    last = events(link)[-1]
    assert isinstance(last, HttpClosed)
    assert last.cause is link.close_cause
    assert last.cause.kind is kind
    assert "tg_secret" not in str(last.cause)
    return last.cause.detail


def h11_server(data: bytes) -> tuple[h11.Connection, h11.Request, bytes]:
    """Let h11 read one request; return the connection, the head and the body."""
    peer = h11.Connection(h11.SERVER)
    peer.receive_data(data)
    head = peer.next_event()
    assert isinstance(head, h11.Request)
    body = b""
    while isinstance(event := peer.next_event(), h11.Data):
        body += event.data
    assert isinstance(event, h11.EndOfMessage)
    return peer, head, body


def test_an_exchange_with_h11() -> None:
    link = HttpClientLink()
    link.send_request(POST, now=0.0)
    peer, head, body = h11_server(link.data_to_send())
    assert (head.method, head.target, body) == (b"POST", b"/b", b'{"a":1}')
    assert list(head.headers) == [(b"host", b"gateway:8088"), (b"accept", b"*/*"), (b"content-length", b"7")]
    answer = [
        peer.send(h11.InformationalResponse(status_code=103, headers=[])),
        peer.send(h11.Response(status_code=200, headers=[("X-A", "1")])),
        *(peer.send(h11.Data(data=part)) for part in (b"one", b"two")),
        peer.send(h11.EndOfMessage(headers=[("Trailer", "x")])),
    ]
    assert not link.reusable
    for part in answer:
        link.receive_data(part, now=1.0)
    assert link.reusable
    assert link.answer_bytes == len(b"".join(answer))
    head_seen, *rest = events(link)
    assert isinstance(head_seen, ResponseHead)
    assert head_seen == ResponseHead(200, ((b"x-a", b"1"), (b"transfer-encoding", b"chunked")))
    assert rest == [BodyData(b"onetwo"), BodyEnd()]
    assert link.next_deadline() is None


def test_a_connection_serves_many_exchanges() -> None:
    link = HttpClientLink()
    peer = h11.Connection(h11.SERVER)
    for turn in range(3):
        link.send_request(HttpRequest("PUT", f"/{turn}", "x"), now=0.0)
        assert link.answer_bytes == 0
        peer.receive_data(link.data_to_send())
        request = peer.next_event()
        assert isinstance(request, h11.Request)
        assert request.target == b"/%d" % turn
        assert (b"content-length", b"0") in list(request.headers)
        assert isinstance(peer.next_event(), h11.EndOfMessage)
        link.receive_data(
            peer.send(h11.Response(status_code=200, headers=[("Content-Length", "2")])), now=0.0
        )
        link.receive_data(peer.send(h11.Data(data=b"ok")), now=0.0)
        peer.send(h11.EndOfMessage())
        peer.start_next_cycle()
        assert events(link)[1:] == [BodyData(b"ok"), BodyEnd()]
        assert link.reusable


def test_a_get_has_no_length_and_asks_for_no_compression() -> None:
    link = HttpClientLink()
    link.send_request(GET, now=0.0)
    assert link.data_to_send() == b"GET /a?token=tg_secret HTTP/1.1\r\nHost: gateway:8088\r\n\r\n"


@pytest.mark.parametrize(
    ("method", "head"),
    [
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"),
        ("HEAD", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
        ("HEAD", b"HTTP/1.1 200 OK\r\n\r\n"),
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n"),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n"),
        ("GET", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
    ],
)
def test_an_answer_without_body_is_complete_with_its_head(method: str, head: bytes) -> None:
    link = asked(HttpRequest(method, "/", "x"))
    link.receive_data(head, now=0.0)
    response, *rest = events(link)
    assert isinstance(response, ResponseHead)
    assert rest == [BodyEnd()]
    assert link.reusable


@pytest.mark.parametrize(
    ("headers", "head"),
    [
        ((), b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n"),
        ((), b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n"),
        ((("Connection", "close"),), b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"),
    ],
)
def test_the_connection_ends_with_an_answer_if_one_side_says_so(
    headers: tuple[tuple[str, str], ...], head: bytes
) -> None:
    link = asked(HttpRequest("GET", "/", "x", headers))
    link.receive_data(head + b"ok and more", now=0.0)
    *_, body, end, closed = events(link)
    assert (body, end) == (BodyData(b"ok"), BodyEnd())
    assert isinstance(closed, HttpClosed)
    assert closed.cause.kind is CloseKind.REMOTE
    assert "last on its connection" in closed.cause.detail
    assert not link.reusable


def test_a_body_of_unsaid_length_ends_with_the_connection() -> None:
    link = asked()
    link.receive_data(b"HTTP/1.1 200 OK\r\n\r\nab", now=0.0)
    link.receive_data(b"cd", now=0.0)
    assert events(link)[1:] == [BodyData(b"abcd")]
    link.receive_eof(now=0.0)
    assert events(link)[0] == BodyEnd()
    assert link.close_cause is not None
    assert link.close_cause.kind is CloseKind.REMOTE
    link.receive_eof(now=0.0)
    assert link.next_event() is None


def test_a_body_of_unsaid_length_that_is_cut_off_is_not_complete() -> None:
    link = asked()
    link.receive_data(b"HTTP/1.1 200 OK\r\n\r\nab", now=0.0)
    link.data_lost("reset by peer", now=0.0)
    link.receive_eof(now=0.0)
    seen = events(link)
    assert BodyEnd() not in seen
    assert isinstance(seen[-1], HttpClosed)


def test_an_eof_between_requests_is_the_servers_choice() -> None:
    link = HttpClientLink()
    link.receive_eof(now=0.0)
    assert cause_of(link, CloseKind.REMOTE) == "the server closed an idle connection"


def test_a_link_can_be_closed_between_requests() -> None:
    link = HttpClientLink()
    link.close(now=0.0)
    assert cause_of(link, CloseKind.LOCAL) == "between two requests"
    assert not link.reusable


def test_an_eof_before_the_answer_says_that_nothing_came() -> None:
    link = asked()
    link.receive_eof(now=0.0)
    assert link.answer_bytes == 0
    assert (
        cause_of(link, CloseKind.LOST)
        == "the server closed the connection before the answer to GET /a?token=***"
    )


def test_an_eof_within_the_answer_says_so() -> None:
    link = asked()
    link.receive_data(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", now=0.0)
    link.receive_eof(now=0.0)
    assert link.answer_bytes > 0
    assert "in the middle of the answer to GET /a" in cause_of(link, CloseKind.LOST)


def test_bytes_that_nobody_asked_for_end_the_connection() -> None:
    unasked = "the server sent bytes that no request asked for"
    link = HttpClientLink()
    link.receive_data(b"HTTP/1.1 408 x\r\n\r\n", now=0.0)
    assert cause_of(link, CloseKind.PROTOCOL) == unasked
    link = asked()
    link.receive_data(b"HTTP/1.1 204 x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", now=0.0)
    assert BodyEnd() in (seen := events(link))
    assert isinstance(seen[-1], HttpClosed)
    assert seen[-1].cause.detail == unasked


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"SSH-2.0-x\r\n", "does not begin like HTTP"),
        (b"HTTP/1.1 abc\r\n\r\n", "illegal status line"),
        (b"HTTP/1.1 200 OK\r\nA b\r\n\r\n", "illegal header line"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "Transfer-Encoding"),
        (b"HTTP/1.1 101 Switching\r\n\r\n", "malformed"),
        (b"HTTP/1.1 200 OK\r\nA: " + b"b" * 2000, "max_head_bytes (1024 bytes)"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 100, "max_head_bytes (1024 bytes)"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n", "max_message_bytes (100 bytes)"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 101, "max_message_bytes (100 bytes)"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n", "max_message_bytes (100 bytes)"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", "malformed size line"),
    ],
)
def test_an_unusable_answer_ends_the_connection(answer: bytes, said: str) -> None:
    link = asked(config=HttpConfig(max_head_bytes=1024, max_message_bytes=100))
    link.receive_data(answer, now=0.0)
    detail = cause_of(link, CloseKind.PROTOCOL)
    assert detail.startswith("the answer to GET /a?token=*** is unusable: ")
    assert said in detail
    assert not link.reusable


@pytest.mark.parametrize(
    ("head", "body", "ending"),
    [
        (b"Content-Length: 200\r\n\r\n", b"x" * 200, b""),
        (b"Content-Length: 18446744073709551616\r\n\r\n", b"x" * 200, b""),
        (b"Transfer-Encoding: chunked\r\n\r\n", b"c8\r\n" + b"x" * 200 + b"\r\n", b"0\r\n\r\n"),
        (b"\r\n", b"x" * 200, b""),
    ],
)
def test_an_answer_may_have_any_length_if_that_was_said(head: bytes, body: bytes, ending: bytes) -> None:
    good = {(b"200", True), (b"299", True)}
    for status, unbounded in (*good, (b"200", False), (b"404", True), (b"302", True)):
        link = HttpClientLink(HttpConfig(max_message_bytes=100))
        link.send_request(GET, now=0.0, unbounded=unbounded)
        link.receive_data(b"HTTP/1.1 %s OK\r\n" % status + head, now=0.0)
        link.receive_data(body + ending, now=0.0)
        if (status, unbounded) in good:
            assert [event.data for event in events(link) if isinstance(event, BodyData)] == [b"x" * 200]
            assert link.close_cause is None
        else:
            assert "max_message_bytes (100 bytes)" in cause_of(link, CloseKind.PROTOCOL)


def test_any_length_is_said_of_one_answer_alone() -> None:
    link = HttpClientLink(HttpConfig(max_message_bytes=3))
    link.send_request(GET, now=0.0, unbounded=True)
    link.receive_data(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcd", now=0.0)
    link.send_request(GET, now=0.0)
    link.receive_data(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcd", now=0.0)
    assert "max_message_bytes (3 bytes)" in cause_of(link, CloseKind.PROTOCOL)


def test_the_timeout_is_the_longest_silence() -> None:
    link = asked()
    assert link.next_deadline() == 60.0
    for now in (50.0, 100.0, 150.0):
        link.receive_data(b"H" if now == 50.0 else b"T", now=now)
        assert link.next_deadline() == now + 60.0
    link.handle_timeout(now=210.0)
    assert cause_of(link, CloseKind.TIMEOUT) == (
        "the answer to GET /a?token=*** made no progress for 60 s; raise timeout if it needs longer"
    )


def test_the_total_timeout_is_not_moved_by_the_answer() -> None:
    link = HttpClientLink()
    link.send_request(POST, now=5.0, timeout=None, total_timeout=2.5)
    link.receive_data(b"HTTP/1.1 200 OK\r\n\r\nab", now=7.0)
    assert link.next_deadline() == 7.5
    link.handle_timeout(now=7.5)
    assert cause_of(link, CloseKind.TIMEOUT) == (
        "the answer to POST /b was not complete after 2.5 s; raise total_timeout if it needs longer"
    )


def test_an_exchange_may_have_no_limit() -> None:
    link = HttpClientLink()
    link.send_request(GET, now=0.0, timeout=None)
    assert link.next_deadline() is None


def test_a_request_out_of_turn_is_refused_and_changes_nothing() -> None:
    link = asked()
    with pytest.raises(LocalProtocolError, match="POST /b cannot be sent: before the answer to GET"):
        link.send_request(POST, now=0.0)
    assert link.data_to_send() == b""
    link.close(now=0.0)
    with pytest.raises(LocalProtocolError, match="closed by this side"):
        link.send_request(POST, now=0.0)


@pytest.mark.parametrize("option", ["timeout", "total_timeout"])
def test_a_timeout_must_be_above_zero(option: str) -> None:
    link = HttpClientLink()
    with pytest.raises(LocalProtocolError, match=f"^{option} must"):
        link.send_request(GET, now=0.0, **{option: 0.0})  # type: ignore[arg-type]
    assert link.reusable
    assert link.data_to_send() == b""


def test_a_body_beyond_the_limit_is_not_sent() -> None:
    link = HttpClientLink(HttpConfig(max_message_bytes=6))
    with pytest.raises(LocalProtocolError, match=r"max_message_bytes \(6 bytes\)"):
        link.send_request(POST, now=0.0)
    assert link.reusable


def test_nothing_happens_after_the_end() -> None:
    link = asked()
    link.close(now=0.0)
    link.receive_data(b"HTTP/1.1 200 OK\r\n\r\n", now=0.0)
    assert [type(event) for event in events(link)] == [HttpClosed]
    assert link.next_deadline() is None


def test_the_head_comes_before_the_body_is_complete() -> None:
    link = asked()
    link.receive_data(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", now=0.0)
    assert events(link)[1:] == [BodyData(b"hel")]
