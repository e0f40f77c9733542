"""The server link against h11 as the client, against http.client, and against requests written by hand."""

from __future__ import annotations

import http.client
import io

import h11
import pytest

from tgproto.closing import CloseKind
from tgproto.errors import LocalProtocolError
from tgproto.link.http_server import HttpServerLink
from tgproto.link.http_types import (
    BodyData,
    BodyEnd,
    HttpClosed,
    HttpConfig,
    RequestHead,
    UpgradeReceived,
)

GET = b"GET /a?token=tg_secret HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n"
CHUNKED = b"POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


def started(config: HttpConfig | None = None) -> HttpServerLink:
    """Return a link that waits for its first request since the time 0."""
    link = HttpServerLink(config) if config is not None else HttpServerLink()
    link.start(now=0.0)
    return link


def fed(data: bytes, config: HttpConfig | None = None) -> HttpServerLink:
    """Return a link that has received `data`."""
    link = started(config)
    link.receive_data(data, now=0.0)
    return link


def events(link: HttpServerLink) -> list[object]:
    """Take all events."""
    return list(iter(link.next_event, None))


def cause_of(link: HttpServerLink, kind: CloseKind) -> str:
    """Return why the link ended, after checking the kind of end and that its event is the last one."""
    last = events(link)[-1]
    assert isinstance(last, HttpClosed)
    assert last.cause is link.close_cause
    assert last.cause.kind is kind
    assert "tg_secret" not in str(last.cause)
    return last.cause.detail


class Bytes:
    """What http.client wants of a socket."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, mode: str) -> io.BytesIO:
        return io.BytesIO(self._data)


def by_http_client(data: bytes, method: str = "GET") -> http.client.HTTPResponse:
    """Parse an answer with the standard library."""
    response = http.client.HTTPResponse(Bytes(data), method=method)  # type: ignore[arg-type]
    response.begin()
    return response


def by_h11(peer: h11.Connection, data: bytes) -> list[object]:
    """Let h11 read an answer."""
    peer.receive_data(data)
    seen: list[object] = []
    while (event := peer.next_event()) not in (h11.NEED_DATA, h11.PAUSED):
        seen.append(event)
        if isinstance(event, h11.EndOfMessage | h11.ConnectionClosed):
            break
    return seen


def test_exchanges_with_h11() -> None:
    link = started()
    peer = h11.Connection(h11.CLIENT)
    for turn in range(3):
        target = f"/{turn}"
        link.receive_data(
            peer.send(h11.Request(method="POST", target=target, headers=[("Host", "x"), ("A", "B")]))
            if turn == 0
            else peer.send(
                h11.Request(
                    method="POST", target=target, headers=[("Host", "x"), ("Transfer-Encoding", "chunked")]
                )
            ),
            now=0.0,
        )
        if turn:
            link.receive_data(peer.send(h11.Data(data=b"body")), now=0.0)
        link.receive_data(peer.send(h11.EndOfMessage()), now=0.0)
        head, *rest = events(link)
        assert isinstance(head, RequestHead)
        assert (head.method, head.target) == ("POST", target)
        assert rest == ([BodyData(b"body"), BodyEnd()] if turn else [BodyEnd()])
        link.start_response(200, [("X-A", "1")], now=0.0)
        link.send_body(b"", now=0.0)
        link.send_body(b"one", now=0.0)
        link.send_body(b"two", now=0.0)
        link.end_response(now=0.0)
        response, *parts, end = by_h11(peer, link.data_to_send())
        assert isinstance(response, h11.Response)
        assert response.status_code == 200
        assert list(response.headers) == [(b"x-a", b"1"), (b"transfer-encoding", b"chunked")]
        assert b"".join(part.data for part in parts if isinstance(part, h11.Data)) == b"onetwo"
        assert isinstance(end, h11.EndOfMessage)
        peer.start_next_cycle()
    assert not link.closed


def test_a_whole_answer_as_http_client_reads_it() -> None:
    link = fed(GET)
    link.respond(404, [("Content-Type", "text/plain")], b"not here", now=0.0)
    response = by_http_client(link.data_to_send())
    assert (response.status, response.getheader("content-type")) == (404, "text/plain")
    assert response.getheader("content-length") == "8"
    assert response.read() == b"not here"
    assert not response.will_close
    assert not link.closed


def test_a_streamed_answer_as_http_client_reads_it() -> None:
    link = fed(GET)
    link.start_response(200, now=0.0)
    for part in (b"a", b"b" * 1000, b"", b"c"):
        link.send_body(part, now=0.0)
    link.end_response(now=0.0)
    response = by_http_client(link.data_to_send())
    assert response.chunked
    assert response.read() == b"a" + b"b" * 1000 + b"c"


def test_an_old_client_gets_a_body_until_eof() -> None:
    link = fed(b"GET / HTTP/1.0\r\n\r\n")
    link.start_response(200, now=0.0)
    link.send_body(b"body", now=0.0)
    link.end_response(now=0.0)
    response = by_http_client(link.data_to_send())
    assert response.will_close
    assert response.read() == b"body"
    assert cause_of(link, CloseKind.LOCAL) == "this answer was the last on its connection"


def test_the_answer_to_head_has_no_body() -> None:
    link = fed(GET.replace(b"GET", b"HEAD"))
    link.respond(200, body=b"12345", now=0.0)
    data = link.data_to_send()
    assert by_http_client(data, "HEAD").getheader("content-length") == "5"
    assert data.endswith(b"\r\n\r\n")
    link.receive_data(GET.replace(b"GET", b"HEAD"), now=0.0)
    link.start_response(200, now=0.0)
    link.send_body(b"12345", now=0.0)
    link.end_response(now=0.0)
    assert link.data_to_send().endswith(b"\r\n\r\n")
    assert not link.closed


@pytest.mark.parametrize("status", [204, 304])
def test_some_statuses_have_no_body(status: int) -> None:
    link = fed(GET)
    with pytest.raises(LocalProtocolError, match="no body"):
        link.respond(status, body=b"x", now=0.0)
    link.respond(status, now=0.0)
    assert b"ontent-" not in link.data_to_send()
    link.receive_data(GET, now=0.0)
    link.start_response(status, now=0.0)
    with pytest.raises(LocalProtocolError, match="no body"):
        link.send_body(b"x", now=0.0)
    link.end_response(now=0.0)
    assert not link.closed


def test_requests_that_came_early_wait_for_their_turn() -> None:
    link = fed(GET + POST + b"body" + GET.replace(b"/a", b"/d"))
    targets = []
    for _ in range(3):
        head, *rest = events(link)
        assert isinstance(head, RequestHead)
        targets.append(head.target[:2])
        assert rest[-1] == BodyEnd()
        assert link.wants_read == (len(targets) == 3)
        link.respond(200, now=0.0)
    assert targets == ["/a", "/b", "/d"]
    assert link.wants_read


def test_a_caller_that_reads_on_regardless_is_told_off() -> None:
    link = fed(GET + GET[:10])
    assert not link.wants_read
    with pytest.raises(LocalProtocolError, match="wants_read"):
        link.receive_data(GET[10:], now=0.0)
    link.respond(200, now=0.0)
    assert link.wants_read
    link.receive_data(GET[10:], now=0.0)
    assert events(link).count(BodyEnd()) == 2


@pytest.mark.parametrize("framing", [b"Content-Length: 4\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n"])
def test_a_client_that_waits_to_send_its_body_is_asked_for_it(framing: bytes) -> None:
    link = fed(b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n" + framing)
    assert link.data_to_send() == b"HTTP/1.1 100 \r\n\r\n"


def test_a_client_without_body_is_not_asked_for_it() -> None:
    link = fed(b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\r\n")
    assert link.data_to_send() == b""
    link = fed(
        b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\n",
        HttpConfig(max_message_bytes=10),
    )
    assert by_http_client(link.data_to_send()).status == 413


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.0\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
)
def test_the_connection_ends_after_the_answer(head: bytes) -> None:
    link = fed(head)
    link.respond(200, now=0.0)
    assert by_http_client(link.data_to_send()).will_close
    assert cause_of(link, CloseKind.LOCAL) == "this answer was the last on its connection"
    assert link.next_deadline() is None


def test_the_application_can_end_the_connection() -> None:
    link = fed(GET + GET)
    link.respond(200, [("Connection", "close")], now=0.0)
    assert by_http_client(link.data_to_send()).will_close
    assert [type(event) for event in events(link)] == [RequestHead, BodyEnd, HttpClosed]


def test_an_answer_before_the_request_is_complete_is_the_last() -> None:
    link = fed(POST + b"bo")
    link.start_response(413, now=0.0)
    link.send_body(b"too much", now=0.0)
    link.receive_data(b"dy", now=0.0)
    link.end_response(now=0.0)
    response = by_http_client(link.data_to_send())
    assert response.will_close
    assert response.read() == b"too much"
    assert [type(event) for event in events(link)] == [RequestHead, BodyData, BodyData, BodyEnd, HttpClosed]


@pytest.mark.parametrize(
    "head",
    [
        b"GET /s?token=tg_secret HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\n\r\n",
        b"GET /s HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nUpgrade: a, websocket\r\n\r\n",
    ],
)
def test_a_websocket_gets_all_bytes_from_its_head_on(head: bytes) -> None:
    link = fed(GET)
    link.receive_data(head + b"\x81\x00", now=0.0)
    assert not link.upgraded
    events(link)
    link.respond(200, now=0.0)
    assert link.upgraded
    assert events(link) == [UpgradeReceived(head + b"\x81\x00")]
    assert link.next_deadline() is None
    assert not link.closed
    with pytest.raises(LocalProtocolError, match="handed over"):
        link.receive_data(b"x", now=0.0)
    with pytest.raises(LocalProtocolError, match="no request"):
        link.respond(200, now=0.0)


def test_where_no_websocket_can_be_asked_for() -> None:
    link = HttpServerLink(upgrades=False)
    link.start(now=0.0)
    link.receive_data(b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n", now=0.0)
    link.respond(404, now=0.0)
    assert by_http_client(link.data_to_send()).status == 404
    assert not link.closed
    assert not link.upgraded


def test_another_upgrade_is_a_plain_request() -> None:
    link = fed(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
    link.respond(200, now=0.0)
    assert by_http_client(link.data_to_send()).status == 200
    assert not link.closed


@pytest.mark.parametrize(
    ("data", "status", "said"),
    [
        (b"\x16\x03\x01", 400, "does not begin like HTTP"),
        (b"hello\r\n\r\n", 400, "illegal request line"),
        (b"GET / HTTP/1.1\r\n\r\n", 400, "Host"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: tg_secret\x00\r\n\r\n", 400, "illegal header line"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n", 400, "Content-Length"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 501, "Transfer-Encoding"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"b" * 1000, 431, "max_head_bytes (1024 bytes)"),
        (b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", 501, "CONNECT"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n", 413, "max_message_bytes (10 bytes)"),
        (CHUNKED + b"x\r\n", 400, "malformed size line"),
        (CHUNKED + b"5\r\nhello\r\n6\r\n", 413, "max_message_bytes (10 bytes)"),
    ],
)
def test_an_unusable_request_is_answered_and_ends_the_connection(data: bytes, status: int, said: str) -> None:
    link = fed(data, HttpConfig(max_head_bytes=1024, max_message_bytes=10))
    sent = link.data_to_send()
    assert b"tg_secret" not in sent
    response = by_http_client(sent)
    assert response.will_close
    assert response.status == status
    assert said.encode() in response.read()
    assert said in cause_of(link, CloseKind.PROTOCOL)


def test_an_unusable_head_request_is_answered_without_body() -> None:
    link = fed(CHUNKED.replace(b"POST", b"HEAD") + b"x\r\n")
    sent = link.data_to_send()
    assert by_http_client(sent, "HEAD").status == 400
    assert sent.endswith(b"\r\n\r\n")


def test_a_request_that_turns_out_bad_after_the_answer_began_is_only_cut_off() -> None:
    link = fed(CHUNKED)
    link.start_response(200, now=0.0)
    link.data_to_send()
    link.receive_data(b"x\r\n", now=0.0)
    assert link.data_to_send() == b""
    assert "malformed size line" in cause_of(link, CloseKind.PROTOCOL)


def test_answers_after_the_end_go_nowhere() -> None:
    link = fed(CHUNKED + b"x\r\n")
    link.data_to_send()
    link.respond(200, body=b"body", now=0.0)
    link.start_response(200, now=0.0)
    link.send_body(b"body", now=0.0)
    link.end_response(now=0.0)
    link.receive_data(GET, now=0.0)
    assert link.data_to_send() == b""
    assert [type(event) for event in events(link)] == [RequestHead, HttpClosed]


def test_answers_out_of_turn_are_refused() -> None:
    link = started()
    with pytest.raises(LocalProtocolError, match="no request"):
        link.respond(200, now=0.0)
    link.receive_data(GET, now=0.0)
    with pytest.raises(LocalProtocolError, match="start_response"):
        link.send_body(b"x", now=0.0)
    with pytest.raises(LocalProtocolError, match="start_response"):
        link.end_response(now=0.0)
    link.start_response(200, now=0.0)
    link.data_to_send()
    with pytest.raises(LocalProtocolError, match="begun already"):
        link.respond(200, now=0.0)
    assert link.data_to_send() == b""
    link.end_response(now=0.0)
    with pytest.raises(LocalProtocolError, match="start_response"):
        link.end_response(now=0.0)


@pytest.mark.parametrize("status", [101, 199, 1000])
def test_a_status_that_is_no_answer_is_refused(status: int) -> None:
    link = fed(GET)
    with pytest.raises(LocalProtocolError, match=str(status)):
        link.respond(status, now=0.0)
    link.respond(200, now=0.0)
    assert by_http_client(link.data_to_send()).status == 200


@pytest.mark.parametrize(
    "header", [("A", "b\r\nC: d"), ("Content-Length", "1"), ("Transfer-Encoding", "chunked")]
)
def test_a_header_that_cannot_be_sent_is_refused(header: tuple[str, str]) -> None:
    link = fed(GET)
    with pytest.raises(LocalProtocolError):
        link.respond(200, [header], now=0.0)
    assert link.data_to_send() == b""
    link.respond(426, [("Upgrade", "websocket")], now=0.0)
    assert by_http_client(link.data_to_send()).getheader("upgrade") == "websocket"


@pytest.mark.parametrize(
    ("data", "kind", "said"),
    [
        (b"", CloseKind.REMOTE, "between two requests"),
        (b"GET", CloseKind.LOST, "in the middle of a request head"),
        (POST + b"bo", CloseKind.LOST, "in the middle of the request (POST /b)"),
        (GET, CloseKind.LOST, "before the answer was complete (GET /a?token=***)"),
    ],
)
def test_an_eof_means_that_the_client_is_gone(data: bytes, kind: CloseKind, said: str) -> None:
    link = fed(data)
    link.receive_eof(now=0.0)
    assert cause_of(link, kind) == f"the client closed the connection {said}"


def test_an_idle_connection_ends_without_a_word() -> None:
    link = started()
    assert link.next_deadline() == 75.0
    link.handle_timeout(now=75.0)
    assert link.data_to_send() == b""
    assert (
        cause_of(link, CloseKind.TIMEOUT) == "no request came for 75 s; raise idle_timeout if it needs longer"
    )


def test_a_head_has_one_deadline_and_a_body_a_new_one_with_each_read() -> None:
    link = started()
    link.receive_data(POST[:5], now=70.0)
    link.receive_data(POST[5:9], now=100.0)
    assert link.next_deadline() == 130.0
    link.receive_data(POST[9:], now=110.0)
    assert link.next_deadline() == 170.0
    link.receive_data(b"bo", now=160.0)
    assert link.next_deadline() == 220.0
    link.handle_timeout(now=220.0)
    assert by_http_client(link.data_to_send()).status == 408
    assert cause_of(link, CloseKind.TIMEOUT) == (
        "the request body made no progress for 60 s; raise head_timeout if it needs longer"
    )


def test_a_head_that_never_ends_is_answered_with_408() -> None:
    link = started()
    link.receive_data(POST[:5], now=1.0)
    link.handle_timeout(now=61.0)
    assert by_http_client(link.data_to_send()).status == 408
    assert "request head stayed incomplete for 60 s" in cause_of(link, CloseKind.TIMEOUT)


def test_an_application_that_does_not_answer_is_answered_for() -> None:
    link = fed(GET)
    assert link.next_deadline() == 660.0
    link.handle_timeout(now=660.0)
    assert by_http_client(link.data_to_send()).status == 503
    assert cause_of(link, CloseKind.TIMEOUT) == (
        "the application did not answer for 660 s; raise answer_timeout if it needs longer"
    )


def test_an_application_that_stops_in_its_answer_is_cut_off() -> None:
    link = fed(GET)
    link.start_response(200, now=100.0)
    assert link.next_deadline() == 760.0
    link.send_body(b"x", now=200.0)
    assert link.next_deadline() == 860.0
    link.data_to_send()
    link.handle_timeout(now=860.0)
    assert link.data_to_send() == b""
    assert "answer_timeout" in cause_of(link, CloseKind.TIMEOUT)


def test_an_answer_may_have_no_limit() -> None:
    link = fed(GET, HttpConfig(answer_timeout=None))
    assert link.next_deadline() is None
    link.respond(200, now=5.0)
    assert link.next_deadline() == 80.0


def test_an_early_answer_does_not_move_the_deadline_of_the_request() -> None:
    link = fed(POST)
    link.start_response(200, now=30.0)
    assert link.next_deadline() == 60.0
