"""What stands between a socket and a client, byte by byte: tunnels, TLS, and TLS in TLS."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from tests.drivers.peers.certificates import server_context
from tests.drivers.peers.peer import CERTIFICATE
from tgdrivers.channel import Channel, Tls, make_channel
from tgdrivers.network import Endpoint, HandshakeEnded, ProxyError, endpoint
from tgproto.address import parse_address
from tgproto.closing import DialFault

OPENED = b"HTTP/1.1 200 Connection established\r\n\r\n"
PROXY = "http://jane:xyzzy@127.0.0.1:3128"
SERVER = server_context()
OLD_SERVER = server_context(newest=ssl.TLSVersion.TLSv1_2)


def place(url: str, proxy: str | None = None) -> Endpoint:
    return endpoint(parse_address(url), str(CERTIFICATE), proxy=proxy)


PLACES = {
    "tls": place("https://localhost/"),
    "tunnel": place("http://localhost/", PROXY),
    "tunnel, tls": place("https://localhost/", PROXY),
    "tls, tunnel": place("http://localhost/", PROXY.replace("http:", "https:")),
    "tls, tunnel, tls": place("https://localhost/", PROXY.replace("http:", "https:")),
}
everywhere = pytest.mark.parametrize("where", PLACES)


def channel_to(where: str | Endpoint) -> Channel:
    channel = make_channel(where if isinstance(where, Endpoint) else PLACES[where])
    assert channel is not None
    return channel


class Server:
    """The other end of a layer: takes bytes from the channel, and has some for it."""

    def __init__(self, upper: Server | None = None) -> None:
        self.upper = upper
        self.heard = b""
        self.to_say = b""

    def receive(self, data: bytes) -> None:
        self.heard += data

    def say(self, data: bytes) -> None:
        self.to_say += data

    def take(self) -> bytes:
        data, self.to_say = self.to_say, b""
        return data


class TlsServer(Server):
    def __init__(self, upper: Server, context: ssl.SSLContext = SERVER) -> None:
        super().__init__(upper)
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self._in, self._out, server_side=True)
        self.closed = False

    def receive(self, data: bytes) -> None:
        assert self.upper is not None
        self._in.write(data)
        with suppress(ssl.SSLWantReadError):
            self.tls.do_handshake()
            while data := self.tls.read(2**16):
                self.upper.receive(data)
            self.closed = True

    def take(self) -> bytes:
        assert self.upper is not None
        if data := self.upper.take():
            self.tls.write(data)
        return self._out.read()


class ProxyServer(Server):
    def receive(self, data: bytes) -> None:
        assert self.upper is not None
        if b"\r\n\r\n" in self.heard:
            self.upper.receive(data)
            return
        self.heard += data
        head, end, rest = self.heard.partition(b"\r\n\r\n")
        if end:
            assert head.startswith(b"CONNECT localhost:")
            assert b"roxy-Authorization: Basic amFuZTp4eXp6eQ==" in head
            self.to_say += OPENED
            if rest:
                self.upper.receive(rest)

    def take(self) -> bytes:
        assert self.upper is not None
        return super().take() + self.upper.take()


def servers(where: str, context: ssl.SSLContext = SERVER) -> tuple[Server, Server]:
    """Return what is at the other end of a channel, and what speaks to the client at its top."""
    lowest = top = Server()
    for layer in reversed(where.split(", ")):
        lowest = ProxyServer(lowest) if layer == "tunnel" else TlsServer(lowest, context)
    return lowest, top


def whole(data: bytes) -> Iterable[bytes]:
    return [data]


def single(data: bytes) -> Iterable[bytes]:
    return (data[number : number + 1] for number in range(len(data)))


def exchange(channel: Channel, server: Server, cut: Callable[[bytes], Iterable[bytes]] = whole) -> bytes:
    """Carry bytes both ways until there are none; return the plaintext that came out."""
    came = b""
    while True:
        data = channel.send()
        for piece in cut(data):
            server.receive(piece)
        back = server.take()
        for piece in cut(back):
            came += channel.receive(piece)
        if not data and not back:
            return came


def opened(where: str, context: ssl.SSLContext = SERVER) -> tuple[Channel, Server, Server]:
    channel, (server, top) = channel_to(where), servers(where, context)
    assert channel.receive(b"") == b""
    assert exchange(channel, server) == b""
    assert channel.up
    return channel, server, top


# --- bytes ------------------------------------------------------------------------------------


def test_nothing_stands_in_the_way_of_a_plain_connection() -> None:
    assert make_channel(place("http://localhost/")) is None


@everywhere
@pytest.mark.parametrize("cut", [whole, single], ids=["whole", "byte by byte"])
@pytest.mark.parametrize("context", [SERVER, OLD_SERVER], ids=["1.3", "1.2"])
def test_both_directions(where: str, cut: Any, context: ssl.SSLContext) -> None:
    channel, (server, top) = channel_to(where), servers(where, context)
    channel.receive(b"")
    assert not channel.up
    assert exchange(channel, server, cut) == b""
    assert channel.up
    assert not channel.proven
    server.receive(channel.send(b"question"))
    assert top.heard == b"question"
    top.say(b"answer")
    assert exchange(channel, server, cut) == b"answer"
    assert channel.proven
    channel.receive_eof()  # no longer concerns it
    assert not channel.ended


@everywhere
def test_every_split_of_what_opens_it(where: str) -> None:
    position, longest = 0, 1
    while position <= longest:
        longest = 0

        def halves(data: bytes) -> Iterable[bytes]:
            nonlocal longest
            longest = max(longest, len(data))
            return [part for part in (data[:position], data[position:]) if part]  # noqa: B023

        channel, (server, top) = channel_to(where), servers(where)
        channel.receive(b"")
        exchange(channel, server, halves)
        assert channel.up
        top.say(b"answer")
        assert exchange(channel, server, halves) == b"answer"
        position += 1 if "tls" not in where else 13


@everywhere
def test_an_end_at_every_place_while_it_is_opened(where: str) -> None:
    """The other end says so many bytes, and no more."""
    length = 0
    while True:
        channel, (server, _) = channel_to(where), servers(where)
        channel.receive(b"")
        left, accepted = length, False
        while (data := channel.send()) and left:
            server.receive(data)
            piece = server.take()[:left]
            accepted = accepted or (channel.up and bool(piece))
            channel.receive(piece)
            left -= len(piece)
        if channel.up and (accepted or where.endswith("tunnel")):
            with suppress(*[HandshakeEnded] * (where == "tls, tunnel, tls")):  # half a record may have come
                channel.receive_eof()  # belongs to the client from now on
            break
        with pytest.raises((HandshakeEnded, ProxyError)) as caught:
            channel.receive_eof("it says")
        assert "it says" in str(caught.value)
        detail, fault = PLACES[where].loss(caught.value)
        assert fault in (DialFault.TLS_ENDED, DialFault.PROXY)
        assert "xyzzy" not in detail
        assert ("through the proxy 127.0.0.1:3128" in detail) is ("tunnel" in where)
        length += 1 if "tls" not in where else 13


@pytest.mark.parametrize("where", ["tls", "tunnel, tls", "tls, tunnel, tls"])
def test_much_at_once(where: str) -> None:
    channel, server, top = opened(where)
    much = bytes(range(256)) * 2**14
    server.receive(channel.send(much))
    assert top.heard == much
    top.say(much)
    assert exchange(channel, server) == much


def test_what_comes_with_the_last_bytes_of_opening_it() -> None:
    channel = channel_to("tunnel")
    channel.receive(b"")
    channel.send()
    assert channel.receive(OPENED + b"greeting") == b"greeting"
    channel, server, top = opened("tls", OLD_SERVER)
    top.say(b"early")
    assert exchange(channel, server) == b"early"


# --- the end ----------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["tls", "tunnel, tls", "tls, tunnel, tls", "tls, tunnel"])
@pytest.mark.parametrize("context", [SERVER, OLD_SERVER], ids=["1.3", "1.2"])
def test_a_goodbye_is_said_and_not_waited_for(where: str, context: ssl.SSLContext) -> None:
    channel, server, top = opened(where, context)
    last = channel.send(b"last words")
    channel.close()
    server.receive(last + channel.send())
    assert top.heard == b"last words"
    layer: Server | None = server
    while layer is not None:  # each layer of TLS says it
        assert not isinstance(layer, TlsServer) or layer.closed
        layer = layer.upper
    assert channel.send(b"too late") == b""


@pytest.mark.parametrize("context", [SERVER, OLD_SERVER], ids=["1.3", "1.2"])
def test_a_goodbye_of_the_peer(context: ssl.SSLContext) -> None:
    channel, server, top = opened("tls", context)
    assert isinstance(server, TlsServer)
    top.say(b"last words")
    data = server.take()
    with suppress(ssl.SSLWantReadError):
        server.tls.unwrap()
    assert channel.receive(data + server.take()) == b"last words"
    assert channel.ended
    assert channel.receive(b"") == b""
    channel.close()
    channel.send()


def test_a_goodbye_right_after_the_handshake_says_that_it_was_open() -> None:
    channel, server, _ = opened("tls")
    assert isinstance(server, TlsServer)
    with suppress(ssl.SSLWantReadError):
        server.tls.unwrap()
    assert channel.receive(server.take()) == b""
    assert channel.ended
    channel.receive_eof()


def test_closing_before_it_is_open() -> None:
    for where in PLACES:
        channel = channel_to(where)
        channel.close()
        assert channel.send() == b""
        channel.receive(b"")
        channel.close()
        assert channel.send() != b""  # what it had to say already


# --- trouble ----------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_certificate_that_is_not_trusted_is_an_alert_for_the_peer(version: ssl.TLSVersion) -> None:
    trusting = ssl.create_default_context()
    channel = channel_to(replace(PLACES["tls"], tls=trusting))
    server, _ = servers("tls", server_context(newest=version))
    channel.receive(b"")
    with pytest.raises(ssl.SSLCertVerificationError):
        exchange(channel, server)
    with pytest.raises(ssl.SSLError, match="alert unknown ca"):
        server.receive(channel.send())
    assert channel.send() == b""


def test_another_name() -> None:
    channel, (server, _) = channel_to(place("https://127.0.0.2/")), servers("tls")
    channel.receive(b"")
    with pytest.raises(ssl.SSLCertVerificationError, match=r"127\.0\.0\.2"):
        exchange(channel, server)


def test_a_name_that_tls_cannot_express() -> None:
    channel = Channel([Tls(PLACES["tls"].tls or SERVER, ".nowhere")])
    with pytest.raises(ssl.SSLError, match="name of the host"):
        channel.receive(b"")


@pytest.mark.parametrize("where", ["tls", "tls, tunnel"])
def test_bytes_that_are_no_tls(where: str) -> None:
    channel = channel_to(where)
    channel.receive(b"")
    with pytest.raises(OSError, match="SSL") as caught:
        channel.receive(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    fault = PLACES[where].loss(caught.value)[1]
    assert fault is (DialFault.TLS if where == "tls" else DialFault.PROXY_REFUSED)


def test_bytes_that_were_changed() -> None:
    channel, server, top = opened("tls")
    top.say(b"answer")
    data = bytearray(server.take())
    data[-1] ^= 1
    with pytest.raises(ssl.SSLError, match=r"(?i)bad record mac"):
        channel.receive(bytes(data))
    assert channel.send(b"nobody hears this") is not None


def test_a_certificate_that_the_peer_wanted() -> None:
    channel, (server, _) = channel_to("tls"), servers("tls", server_context(clients=True))
    channel.receive(b"")
    server.receive(channel.send())
    channel.receive(server.take())
    assert channel.up  # for this side
    with pytest.raises(ssl.SSLError):
        server.receive(channel.send())
    with pytest.raises(HandshakeEnded, match="right after the TLS handshake"):
        channel.receive_eof()  # some do not say why
    with pytest.raises(ssl.SSLError, match="certificate required"):
        channel.receive(server.take())


@pytest.mark.parametrize(
    ("answer", "final", "words"),
    [
        (b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n", True, "407.*user name and password"),
        (b"HTTP/1.1 403 No\r\nContent-Length: 5\r\n\r\nxyzzy", True, "403"),
        (b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", False, "503"),
        (b"SSH-2.0-OpenSSH_9.9 xyzzy\r\n\r\n", True, "unusable"),
    ],
)
def test_a_proxy_that_refuses(answer: bytes, final: bool, words: str) -> None:
    for cut in (whole, single):
        channel = channel_to("tunnel, tls")
        channel.receive(b"")
        with pytest.raises(ProxyError, match=words) as caught:
            [channel.receive(piece) for piece in cut(answer)]
        assert caught.value.final is final
        assert "xyzzy" not in str(caught.value)
        fault = PLACES["tunnel, tls"].loss(caught.value)[1]
        assert fault is (DialFault.PROXY_REFUSED if final else DialFault.PROXY)


class _Negotiating:
    """A TLS object that has to negotiate anew before it can write."""

    def __init__(self, tls: ssl.SSLObject) -> None:
        self._tls = tls
        self.busy = True

    def write(self, data: bytes) -> int:
        if self.busy:
            raise ssl.SSLWantReadError
        return self._tls.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tls, name)


def test_what_cannot_be_sent_now_is_sent_later() -> None:
    channel, server, top = opened("tls")
    layer = channel._layers[0]
    assert isinstance(layer, Tls)
    assert layer._tls is not None
    layer._tls = negotiating = _Negotiating(layer._tls)  # type: ignore[assignment]
    assert channel.send(b"question") == b""
    negotiating.busy = False
    server.receive(channel.send(b", and another"))
    assert top.heard == b"question, and another"


def test_losses_of_a_proxy_are_told_from_those_of_the_gateway() -> None:
    near, far = PLACES["tls"], PLACES["tunnel, tls"]
    refused = ConnectionRefusedError(111, "Connection refused")
    assert near.loss(refused)[1] is DialFault.REFUSED
    detail, fault = far.loss(refused)
    assert fault is DialFault.PROXY
    assert "localhost through the proxy 127.0.0.1:3128: the proxy cannot be reached: " in detail
    assert far.loss(ssl.SSLError("no"))[1] is DialFault.TLS
    assert far.loss("the connection ended") == ("the connection ended", None)
