"""CONNECT through a proxy: h11 plays the proxy, or it answers by hand."""

from __future__ import annotations

from collections.abc import Iterator

import h11
import pytest

from tgproto.closing import CloseCause, CloseKind, RefusedUpgrade
from tgproto.errors import LocalProtocolError
from tgproto.link.http_types import HttpClosed
from tgproto.link.proxy import MAX_REFUSAL_BYTES, ProxyConnect, TunnelOpened
from tgproto.secrets import Secret

CREDENTIALS = ("aladdin", Secret("open:sesame"))


def asked(host: str = "gateway", port: int = 8088) -> ProxyConnect:
    """Return a handshake that awaits the proxy's answer since the time 0."""
    proxy = ProxyConnect(host, port)
    proxy.start(now=0.0)
    return proxy


def cuts(data: bytes) -> Iterator[list[bytes]]:
    """Yield `data` whole and byte by byte."""
    yield [data]
    yield [data[at : at + 1] for at in range(len(data))]


def cause_of(proxy: ProxyConnect) -> CloseCause:
    """Return why the handshake failed, after checking that this is the only event."""
    event = proxy.next_event()
    assert isinstance(event, HttpClosed)
    assert proxy.next_event() is None
    return event.cause


def test_a_tunnel_through_h11() -> None:
    proxy = ProxyConnect("gateway", 8088, credentials=CREDENTIALS, headers=[("User-Agent", "tgproto")])
    proxy.start(now=0.0)
    peer = h11.Connection(h11.SERVER)
    peer.receive_data(proxy.data_to_send())
    request = peer.next_event()
    assert isinstance(request, h11.Request)
    assert (request.method, request.target) == (b"CONNECT", b"gateway:8088")
    assert list(request.headers) == [
        (b"host", b"gateway:8088"),
        (b"user-agent", b"tgproto"),
        (b"proxy-authorization", b"Basic YWxhZGRpbjpvcGVuOnNlc2FtZQ=="),
    ]
    assert isinstance(peer.next_event(), h11.EndOfMessage)
    proxy.receive_data(peer.send(h11.Response(status_code=200, headers=[])) + b"\x16\x03", now=1.0)
    assert proxy.next_event() == TunnelOpened(b"\x16\x03")
    assert proxy.next_event() is None
    assert proxy.next_deadline() is None
    assert not proxy.closed


def test_framing_headers_of_a_tunnel_mean_nothing() -> None:
    for parts in cuts(b"HTTP/1.1 100 x\r\n\r\nHTTP/1.1 299 OK\r\nContent-Length: 5\r\n\r\n"):
        proxy = asked()
        for part in parts:
            proxy.receive_data(part, now=0.0)
        assert proxy.next_event() == TunnelOpened(b"")
        with pytest.raises(LocalProtocolError, match="handed over"):
            proxy.receive_data(b"x", now=0.0)


def test_the_first_bytes_of_the_tunnel_are_not_shown() -> None:
    assert repr(TunnelOpened(b"secret")) == "TunnelOpened(<6 bytes>)"


@pytest.mark.parametrize(
    ("host", "authority"),
    [
        ("::1", b"[::1]:443"),
        ("[::1]", b"[::1]:443"),
        ("10.0.0.1", b"10.0.0.1:443"),
        ("a.example", b"a.example:443"),
    ],
)
def test_an_ipv6_address_is_bracketed(host: str, authority: bytes) -> None:
    assert asked(host, 443).data_to_send() == b"CONNECT %b HTTP/1.1\r\nHost: %b\r\n\r\n" % (
        authority,
        authority,
    )


@pytest.mark.parametrize(
    ("host", "port"), [("", 1), ("a b", 1), ("bücher", 1), ("a\r\n", 1), ("a", 0), ("a", 65536)]
)
def test_a_target_that_cannot_be_sent_is_refused(host: str, port: int) -> None:
    with pytest.raises(LocalProtocolError):
        ProxyConnect(host, port)


def test_unusable_options_are_refused() -> None:
    with pytest.raises(LocalProtocolError, match="colon") as caught:
        ProxyConnect("a", 1, credentials=("us:er", Secret("tg_secret")))
    assert "tg_secret" not in str(caught.value)
    with pytest.raises(LocalProtocolError, match="header"):
        ProxyConnect("a", 1, headers=[("A", "b\n")])
    with pytest.raises(ValueError, match="timeout"):
        ProxyConnect("a", 1, timeout=0.0)
    with pytest.raises(ValueError, match="max_head_bytes"):
        ProxyConnect("a", 1, max_head_bytes=10)


def test_start_comes_first_and_once() -> None:
    proxy = ProxyConnect("a", 1)
    assert proxy.next_deadline() is None
    with pytest.raises(LocalProtocolError, match="start comes first"):
        proxy.receive_data(b"x", now=0.0)
    proxy.start(now=0.0)
    with pytest.raises(LocalProtocolError, match="already"):
        proxy.start(now=0.0)


@pytest.mark.parametrize(
    "body",
    [
        b"Content-Length: 4\r\n\r\nsorry, no",
        b"Transfer-Encoding: chunked\r\n\r\n4\r\nsorr\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n4\r\nsorr\r\nx\r\n",
    ],
)
def test_a_refusal_is_handed_on(body: bytes) -> None:
    for parts in cuts(b"HTTP/1.1 407 Denied\r\nProxy-Authenticate: Basic\r\n" + body):
        proxy = ProxyConnect("gateway", 8088, credentials=CREDENTIALS)
        proxy.start(now=0.0)
        for part in parts:
            proxy.receive_data(part, now=0.0)
        cause = cause_of(proxy)
        assert cause.kind is CloseKind.REJECTED
        assert cause.detail == (
            "the proxy answered 407 to CONNECT gateway:8088; check the user name and password for the proxy"
        )
        assert not cause.retryable
        assert isinstance(cause.refused, RefusedUpgrade)
        assert cause.refused.status == 407
        assert cause.refused.header(b"proxy-authenticate") == b"Basic"
        assert cause.refused.body == b"sorr"
        assert proxy.next_deadline() is None


@pytest.mark.parametrize("more", [0, 1])
def test_only_the_beginning_of_a_long_refusal_is_read(more: int) -> None:
    for parts in cuts(b"HTTP/1.1 503 Busy\r\n\r\n" + b"x" * (MAX_REFUSAL_BYTES + more)):
        proxy = asked()
        for part in parts:
            proxy.receive_data(part, now=0.0)
        cause = cause_of(proxy)
        assert cause.detail == "the proxy answered 503 to CONNECT gateway:8088"
        assert cause.retryable
        assert cause.refused is not None
        assert cause.refused.body == b"x" * MAX_REFUSAL_BYTES


@pytest.mark.parametrize("end", ["eof", "lost", "timeout"])
def test_a_refusal_that_is_cut_off_is_still_a_refusal(end: str) -> None:
    proxy = asked()
    proxy.receive_data(b"HTTP/1.1 403 No\r\nContent-Length: 10\r\n\r\nbe", now=0.0)
    proxy.receive_data(b"cause", now=0.0)
    assert not proxy.closed
    if end == "eof":
        proxy.receive_eof(now=0.0)
    elif end == "lost":
        proxy.data_lost("reset by peer", now=0.0)
    else:
        proxy.handle_timeout(now=20.0)
    cause = cause_of(proxy)
    assert cause.kind is CloseKind.REJECTED
    assert cause.refused is not None
    assert (cause.refused.status, cause.refused.body) == (403, b"because")


@pytest.mark.parametrize(
    "data", [b"SSH-2.0\r\n", b"HTTP/1.1 200 OK\r\nA b\r\n\r\n", b"HTTP/1.1 200 OK" + b"x" * 16384]
)
def test_an_unusable_answer_ends_the_handshake(data: bytes) -> None:
    for parts in cuts(data):
        proxy = asked()
        for part in parts:
            proxy.receive_data(part, now=0.0)
        cause = cause_of(proxy)
        assert cause.kind is CloseKind.PROTOCOL
        assert cause.detail.startswith("the proxy's answer to CONNECT gateway:8088 is unusable: it")


def test_a_proxy_that_says_nothing_times_out() -> None:
    proxy = asked()
    proxy.receive_data(b"HTTP", now=19.0)
    assert proxy.next_deadline() == 20.0
    proxy.handle_timeout(now=20.0)
    cause = cause_of(proxy)
    assert cause.kind is CloseKind.TIMEOUT
    assert cause.detail == (
        "the proxy did not answer CONNECT gateway:8088 within 20 s; raise timeout if it needs longer"
    )


def test_a_proxy_that_hangs_up_is_lost() -> None:
    proxy = asked()
    proxy.receive_eof(now=0.0)
    proxy.receive_data(b"late", now=0.0)
    cause = cause_of(proxy)
    assert cause.kind is CloseKind.LOST
    assert cause.detail == "the proxy closed the connection before it opened a tunnel to gateway:8088"
