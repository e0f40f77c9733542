"""The opening handshake, each side against wsproto or h11 on the other, and against wrong peers."""

from __future__ import annotations

import h11
import pytest
from wsproto import ConnectionType, WSConnection
from wsproto.connection import ConnectionState
from wsproto.events import AcceptConnection, RejectConnection, RejectData, Request
from wsproto.extensions import PerMessageDeflate
from wsproto.utilities import generate_accept_token

from tgproto.closing import RefusedUpgrade
from tgproto.errors import LocalProtocolError
from tgproto.link.config import WebSocketConfig
from tgproto.link.events import UpgradeRequested
from tgproto.link.handshake import Broken, ClientHandshake, Refusal, Requested, ServerHandshake, Upgraded
from tgproto.link.upgrade import UpgradeRequest

DEFLATING = WebSocketConfig(compression=True)
REQUEST = (
    b"GET /api/v1/socket?token=x HTTP/1.1\r\nHost: gw:8088\r\nUpgrade: websocket\r\n"
    b"Connection: keep-alive, Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    b"Sec-WebSocket-Version: 13\r\nUser-Agent: test\r\n\r\n"
)


def asked(config: WebSocketConfig | None = None) -> tuple[ClientHandshake, bytes]:
    client = ClientHandshake(config or WebSocketConfig())
    return client, client.request(UpgradeRequest("gw:8088", "/s", (("User-Agent", "test"),)))


def granted(request: bytes, more: bytes = b"") -> bytes:
    key = request.split(b"Sec-WebSocket-Key: ")[1].split(b"\r\n")[0]
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + generate_accept_token(key) + b"\r\n" + more + b"\r\n"
    )


def refused(answer: bytes, config: WebSocketConfig | None = None) -> tuple[bool, RefusedUpgrade]:
    client, _ = asked(config)
    refusal = client.feed(answer)
    assert isinstance(refusal, Refusal)
    return refusal.feed(refusal.rest), refusal.response()


# The client


def test_a_client_and_wsproto_agree() -> None:
    client, request = asked()
    peer = WSConnection(ConnectionType.SERVER)
    peer.receive_data(request)
    (event,) = peer.events()
    assert isinstance(event, Request)
    assert (event.host, event.target, event.extensions) == ("gw:8088", "/s", [])
    assert (b"user-agent", b"test") in event.extra_headers
    answer = peer.send(AcceptConnection(extra_headers=[(b"X-A", b"b")]))
    outcome = client.feed(answer + b"\x81\x02hi")
    assert isinstance(outcome, Upgraded)
    assert outcome.headers == ((b"x-a", b"b"),)
    assert outcome.rest == b"\x81\x02hi"
    assert not outcome.compressed
    assert outcome.connection.state is ConnectionState.OPEN


def test_a_client_and_wsproto_agree_on_compression() -> None:
    client, request = asked(DEFLATING)
    peer = WSConnection(ConnectionType.SERVER)
    peer.receive_data(request)
    (event,) = peer.events()
    assert isinstance(event, Request)
    assert len(event.extensions) == 1
    outcome = client.feed(peer.send(AcceptConnection(extensions=[PerMessageDeflate()])))
    assert isinstance(outcome, Upgraded)
    assert outcome.compressed


def test_interim_answers_are_skipped() -> None:
    client, request = asked()
    interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
    assert client.feed(interim) is None
    assert isinstance(client.feed(interim + granted(request)), Upgraded)


def test_interim_answers_are_limited() -> None:
    client, _ = asked(WebSocketConfig(max_head_bytes=1024))
    outcome = client.feed(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)
    assert isinstance(outcome, Broken)
    assert "max_head_bytes" in outcome.detail


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (b"Sec-WebSocket-Protocol: tg_secret\r\n", "unrecognized subprotocol"),
        (b"Sec-WebSocket-Extensions: tg_secret; a=b\r\n", "unrecognized extension"),
        (b"Sec-WebSocket-Extensions: \xff\xfe\r\n", "a header field is malformed"),
        (b"Sec-WebSocket-Protocol: \xff\xfe\r\n", "a header field is malformed"),
        (b"X: \x00\r\n", "Bad HTTP message"),
        (b"X\r\n", "Bad HTTP message"),
    ],
)
def test_an_answer_with_wrong_fields_is_explained_without_quoting_it(more: bytes, why: str) -> None:
    client, request = asked()
    outcome = client.feed(granted(request, more))
    assert outcome == Broken(f"the server's answer to the upgrade is not valid: {why}")


@pytest.mark.parametrize("parameter", [b"server_max_window_bits=8", b"client_max_window_bits"])
def test_wrong_parameters_of_compression_are_explained(parameter: bytes) -> None:
    client, request = asked(DEFLATING)
    more = b"Sec-WebSocket-Extensions: permessage-deflate; " + parameter + b"\r\n"
    outcome = client.feed(granted(request, more))
    assert isinstance(outcome, Broken)
    assert outcome.detail.endswith("bad parameters of permessage-deflate")


def test_an_answer_for_another_key_is_refused() -> None:
    client, request = asked()
    outcome = client.feed(granted(request.replace(b"Key: ", b"Key: x")))
    assert isinstance(outcome, Broken)
    assert outcome.detail.endswith("Bad accept token")


def test_another_protocol_is_recognised_by_its_first_byte() -> None:
    outcome = asked()[0].feed(b"\x15\x03\x01")
    assert isinstance(outcome, Broken)
    assert outcome.detail.endswith("it does not begin like HTTP/1.1")


@pytest.mark.parametrize(
    ("body", "over", "text"),
    [
        (b"Content-Length: 5\r\n\r\nhello", True, b"hello"),
        (b"Content-Length: 0\r\n\r\n", True, b""),
        (b"Content-Length: 9\r\n\r\nhello", False, b"hello"),
        (b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n", True, b"hello!"),
        (b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n", True, b"hello"),
        (b"\r\nhello", False, b"hello"),
    ],
)
def test_a_refusal_is_read_to_the_end_of_its_body(body: bytes, over: bool, text: bytes) -> None:
    done, response = refused(b"HTTP/1.1 403 Forbidden\r\nX-Why: because\r\n" + body)
    assert done is over
    assert response.status == 403
    assert response.header(b"x-why") == b"because"
    assert response.body == text


def test_a_refusal_has_no_body_where_http_says_so() -> None:
    assert refused(b"HTTP/1.1 204 No Content\r\n\r\nx") == (True, RefusedUpgrade(204))


@pytest.mark.parametrize("limit", [0, 1, 4, 5])
def test_a_long_refusal_is_cut(limit: int) -> None:
    done, response = refused(b"HTTP/1.1 500 x\r\n\r\nhello", WebSocketConfig(max_reject_body=limit))
    assert done
    assert response.body == b"hello"[:limit]


# The server


def requested(request: bytes = REQUEST, config: WebSocketConfig | None = None) -> ServerHandshake:
    server = ServerHandshake(config or WebSocketConfig())
    assert isinstance(server.feed(request), Requested)
    return server


def test_a_server_and_wsproto_agree() -> None:
    peer = WSConnection(ConnectionType.CLIENT)
    request = peer.send(Request(host="gw:8088", target="/s?token=x", extra_headers=[(b"X-A", b"b")]))
    server = ServerHandshake(WebSocketConfig())
    assert server.feed(request[:50]) is None
    outcome = server.feed(request[50:] + b"early")
    assert isinstance(outcome, Requested)
    assert isinstance(outcome.event, UpgradeRequested)
    assert (outcome.event.host, outcome.event.target) == ("gw:8088", "/s?token=x")
    assert (b"x-a", b"b") in outcome.event.headers
    assert server.feed(outcome.rest) is None
    answer, upgraded = server.accept([("X-C", "d")])
    assert upgraded.rest == b"early"
    assert upgraded.headers == ((b"X-C", b"d"),)
    assert not upgraded.compressed
    assert upgraded.connection.state is ConnectionState.OPEN
    peer.receive_data(answer)
    (event,) = peer.events()
    assert isinstance(event, AcceptConnection)
    assert event.extra_headers == [(b"x-c", b"d")]


@pytest.mark.parametrize(("config", "agreed"), [(WebSocketConfig(), False), (DEFLATING, True)])
def test_compression_is_agreed_on_if_wanted(config: WebSocketConfig, agreed: bool) -> None:
    peer = WSConnection(ConnectionType.CLIENT)
    server = requested(peer.send(Request(host="h", target="/", extensions=[PerMessageDeflate()])), config)
    answer, upgraded = server.accept(())
    assert upgraded.compressed is agreed
    assert (b"permessage-deflate" in answer) is agreed


def test_an_offer_that_makes_no_sense_is_declined() -> None:
    offer = b"Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=x\r\n\r\n"
    server = requested(REQUEST[:-2] + offer, DEFLATING)
    answer, upgraded = server.accept(())
    assert not upgraded.compressed
    assert b"xtensions" not in answer


def test_a_refused_field_leaves_the_answer_open() -> None:
    server = requested()
    with pytest.raises(LocalProtocolError):
        server.accept([("X", "a\r\nb")])
    with pytest.raises(LocalProtocolError):
        server.reject(403, [("Content-Length", "7")], b"")
    assert server.accept(())[0].startswith(b"HTTP/1.1 101 ")


@pytest.mark.parametrize("status", [101, 200, 299, 304, 600])
def test_an_answer_that_is_no_refusal_cannot_refuse(status: int) -> None:
    with pytest.raises(LocalProtocolError, match="300 to 599"):
        requested().reject(status, (), b"")


@pytest.mark.parametrize("body", [b"", b"no such flow"])
def test_wsproto_understands_our_refusal(body: bytes) -> None:
    peer = WSConnection(ConnectionType.CLIENT)
    server = requested(peer.send(Request(host="h", target="/")))
    peer.receive_data(server.reject(404, [("X-A", "b")], body))
    head, *rest = peer.events()
    assert isinstance(head, RejectConnection)
    assert head.status_code == 404
    assert set(head.headers) == {
        (b"x-a", b"b"),
        (b"content-length", b"%d" % len(body)),
        (b"connection", b"close"),
    }
    assert b"".join(event.data for event in rest if isinstance(event, RejectData)) == body
    assert peer.state is ConnectionState.CLOSED


@pytest.mark.parametrize(
    ("old", "new", "status", "why"),
    [
        (b"GET", b"POST", 400, "Request method must be GET"),
        (b"Upgrade: websocket", b"Upgrade: h2c", 400, "Missing header, 'Upgrade: websocket'"),
        (b", Upgrade", b"", 400, "Missing header, 'Connection: Upgrade'"),
        (b"Version: 13", b"Version: 8", 426, "Missing header, 'Sec-WebSocket-Version'"),
        (b"gw:8088", b"xn--\xff", 400, "a header field is malformed"),
        (b"test", b"te\0st", 400, "Bad HTTP message"),
        (b"GET", b"\x16\x03", 400, "it does not begin like HTTP/1.1"),
        (b"test", b"x" * 70000, 431, "its head is longer than max_head_bytes (65536 bytes)"),
    ],
)
def test_a_wrong_request_is_answered_and_explained(old: bytes, new: bytes, status: int, why: str) -> None:
    outcome = ServerHandshake(WebSocketConfig()).feed(REQUEST.replace(old, new))
    assert isinstance(outcome, Broken)
    assert outcome.detail == f"the upgrade request was refused: {why}"
    client = h11.Connection(h11.CLIENT)
    client.send(h11.Request(method="GET", target="/", headers=[("Host", "h")]))
    client.send(h11.EndOfMessage())
    client.receive_data(outcome.answer)
    head, body = client.next_event(), client.next_event()
    assert isinstance(head, h11.Response)
    assert head.status_code == status
    assert (b"connection", b"close") in head.headers
    assert ((b"sec-websocket-version", b"13") in head.headers) is (status == 426)
    assert isinstance(body, h11.Data)
    assert bytes(body.data) == outcome.detail.encode()


def test_what_a_client_sends_before_the_answer_is_kept_within_a_limit() -> None:
    server = requested(config=WebSocketConfig(max_head_bytes=1024))
    assert server.feed(b"x" * 1000) is None
    assert server.feed(b"y" * 24) is None
    outcome = server.feed(b"z")
    assert outcome == Broken("the client sent more than max_head_bytes (1024 bytes) before the answer")
