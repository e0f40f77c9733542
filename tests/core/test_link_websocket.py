"""The whole link: both roles, with wsproto at the other end, and every way in which it can end."""

from __future__ import annotations

from itertools import product

import pytest
from wsproto import ConnectionType, WSConnection
from wsproto.connection import ConnectionState
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Ping,
    RejectConnection,
    Request,
    TextMessage,
)
from wsproto.events import Pong as PongFrame
from wsproto.extensions import PerMessageDeflate
from wsproto.utilities import generate_accept_token

from tgproto.closing import CloseCause, CloseFrame, CloseKind, RefusedUpgrade
from tgproto.errors import LocalProtocolError
from tgproto.link.config import WebSocketConfig
from tgproto.link.events import BinaryMessage, Closed, LinkEvent, Opened, Pong, UpgradeRequested
from tgproto.link.tables import TRANSITIONS, LinkInput, LinkState
from tgproto.link.upgrade import UpgradeRequest
from tgproto.link.websocket import WebSocketLink
from tgproto.role import Role

DEFLATING = WebSocketConfig(compression=True)
REQUEST = UpgradeRequest("gw:8088", "/api/v1/socket")


def entropy(size: int) -> bytes:
    return bytes(range(256)) * (size // 256)


def new(role: Role, config: WebSocketConfig | None = None) -> WebSocketLink:
    return WebSocketLink(role, config or WebSocketConfig(), entropy=entropy)


def events(link: WebSocketLink) -> list[LinkEvent]:
    return list(iter(link.next_event, None))


def ended(link: WebSocketLink) -> CloseCause:
    """Check the promises about the end and return the cause."""
    *_, last = events(link)
    assert isinstance(last, Closed)
    assert link.closed
    assert link.state is LinkState.CLOSED
    assert link.close_cause is last.cause
    assert link.next_deadline() is None
    link.receive_data(b"\x81\x01x", now=9e9)
    link.receive_eof(now=9e9)
    link.handle_timeout(now=9e9)
    link.close(now=9e9)
    link.fail(1002, "again", now=9e9)
    link.data_lost("again", now=9e9)
    assert link.next_event() is None
    assert link.close_cause is last.cause
    return last.cause


class Peer:
    """wsproto at the other end, answering for itself."""

    def __init__(self, link: WebSocketLink, role: Role) -> None:
        self.link = link
        self.ws = WSConnection(ConnectionType.SERVER if role is Role.CLIENT else ConnectionType.CLIENT)
        self.deflate = PerMessageDeflate()

    def send(self, event: Event) -> None:
        self.link.receive_data(self.ws.send(event), now=0.0)

    def read(self) -> list[Event]:
        announced = self.link.outbound_bytes
        data = self.link.data_to_send()
        assert len(data) == announced
        assert self.link.outbound_bytes == 0
        if data:
            self.ws.receive_data(data)
        return list(self.ws.events())


def opened(role: Role, config: WebSocketConfig | None = None) -> tuple[WebSocketLink, Peer]:
    link = new(role, config)
    peer = Peer(link, role)
    extensions = [peer.deflate] if config and config.compression else []
    if role is Role.CLIENT:
        link.connect(REQUEST, now=0.0)
        peer.read()
        peer.send(AcceptConnection(extensions=extensions))
    else:
        link.await_upgrade(now=0.0)
        peer.send(Request(host="gw", target="/", extensions=extensions))
        assert isinstance(link.next_event(), UpgradeRequested)
        link.accept(now=0.0)
        peer.read()
    assert link.next_event() == Opened()
    assert link.state is LinkState.OPEN
    assert link.next_deadline() is None
    return link, peer


def granted(link: WebSocketLink) -> bytes:
    """Return the 101 answer to the request in the link's outbox."""
    key = link.data_to_send().split(b"Sec-WebSocket-Key: ")[1].split(b"\r\n")[0]
    return (
        b"HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
        + generate_accept_token(key)
        + b"\r\n\r\n"
    )


# Opening


def test_a_client_opens_and_reads_what_came_with_the_answer() -> None:
    link = new(Role.CLIENT)
    assert link.state is LinkState.IDLE
    assert link.next_deadline() is None
    link.connect(REQUEST, now=100.0)
    assert link.state is LinkState.HANDSHAKING
    assert link.next_deadline() == 120.0
    link.receive_data(granted(link) + b"\x81\x02hi\x81\x02", now=101.0)
    link.receive_data(b"ho", now=102.0)
    assert events(link) == [Opened(), b"hi", b"ho"]
    assert link.next_deadline() is None


def test_a_server_reports_the_request_and_keeps_what_came_with_it() -> None:
    link = new(Role.SERVER)
    link.await_upgrade(now=0.0)
    peer = WSConnection(ConnectionType.CLIENT)
    request = peer.send(Request(host="gw", target="/s?token=x"))
    link.receive_data(request + b"\x81\x82\0\0\0\0hi\x81", now=1.0)
    (event,) = events(link)
    assert isinstance(event, UpgradeRequested)
    assert event.target == "/s?token=x"
    assert link.state is LinkState.ANSWERING
    assert link.next_deadline() == 20.0
    link.receive_data(b"\x82\0\0\0\0ho", now=2.0)
    assert events(link) == []
    link.accept(now=3.0, headers=[("X-A", "b")])
    assert events(link) == [Opened(((b"X-A", b"b"),)), b"hi", b"ho"]
    peer.receive_data(link.data_to_send())
    (answer,) = peer.events()
    assert isinstance(answer, AcceptConnection)


def test_a_server_may_close_over_what_came_with_the_request() -> None:
    link = new(Role.SERVER)
    link.await_upgrade(now=0.0)
    peer = WSConnection(ConnectionType.CLIENT)
    link.receive_data(peer.send(Request(host="gw", target="/")) + b"\x83\x80\0\0\0\0", now=1.0)
    link.accept(now=1.0)
    assert link.data_to_send().endswith(b"Invalid opcode 0x3")
    assert ended(link).kind is CloseKind.PROTOCOL


def test_a_server_refuses() -> None:
    link = new(Role.SERVER)
    peer = Peer(link, Role.SERVER)
    link.await_upgrade(now=0.0)
    peer.send(Request(host="gw", target="/"))
    link.reject(401, now=0.0, headers=[("WWW-Authenticate", "Bearer")], body=b"no")
    head = peer.read()[0]
    assert isinstance(head, RejectConnection)
    assert head.status_code == 401
    cause = ended(link)
    assert cause.kind is CloseKind.REJECTED
    assert cause.detail == "by this side, HTTP status 401"
    assert cause.refused == RefusedUpgrade(401)


def test_a_server_answers_a_wrong_request_itself() -> None:
    link = new(Role.SERVER)
    link.await_upgrade(now=0.0)
    link.receive_data(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n", now=0.0)
    assert link.data_to_send().startswith(b"HTTP/1.1 400 ")
    assert ended(link) == CloseCause(
        CloseKind.PROTOCOL, "the upgrade request was refused: Missing header, 'Connection: Upgrade'"
    )


def test_a_server_is_not_flooded_before_its_answer() -> None:
    link = new(Role.SERVER, WebSocketConfig(max_head_bytes=1024))
    peer = Peer(link, Role.SERVER)
    link.await_upgrade(now=0.0)
    peer.send(Request(host="gw", target="/"))
    link.receive_data(bytes(1025), now=0.0)
    assert "max_head_bytes" in ended(link).detail


def test_a_client_reads_a_refusal_that_comes_in_pieces() -> None:
    link = new(Role.CLIENT)
    link.connect(REQUEST, now=0.0)
    for piece in (b"HTTP/1.1 401 No\r\nContent-Le", b"ngth: 5\r\nX-A: b\r\n\r\nwr", b"o", b"ng"):
        assert not link.closed
        link.receive_data(piece, now=0.0)
    cause = ended(link)
    refused = RefusedUpgrade(401, ((b"content-length", b"5"), (b"x-a", b"b")), b"wrong")
    assert cause == CloseCause(CloseKind.REJECTED, "HTTP status 401", refused=refused)


@pytest.mark.parametrize("how", ["eof", "lost", "late", "closed", "head"])
def test_a_refusal_is_reported_with_what_there_is_of_it(how: str) -> None:
    link = new(Role.CLIENT)
    link.connect(REQUEST, now=0.0)
    length = b"0" if how == "head" else b"9"
    link.receive_data(b"HTTP/1.1 503 x\r\nContent-Length: " + length + b"\r\n\r\nbusy", now=1.0)
    if how == "eof":
        link.receive_eof(now=2.0)
    elif how == "lost":
        link.data_lost("Connection reset by peer", now=2.0)
    elif how == "late":
        assert link.next_deadline() == 20.0
        link.handle_timeout(now=20.0)
    elif how == "closed":
        link.close(now=2.0)
    cause = ended(link)
    assert cause.kind is CloseKind.REJECTED
    assert cause.retryable
    assert cause.refused is not None
    assert cause.refused.body == (b"" if how == "head" else b"busy")


def test_a_failure_while_a_refusal_is_read_is_a_failure() -> None:
    link = new(Role.CLIENT)
    link.connect(REQUEST, now=0.0)
    link.receive_data(b"HTTP/1.1 503 x\r\n\r\n", now=1.0)
    link.fail(1002, "enough", now=2.0)
    assert ended(link) == CloseCause(CloseKind.PROTOCOL, "enough")


def test_a_wrong_answer_ends_the_attempt() -> None:
    link = new(Role.CLIENT)
    link.connect(REQUEST, now=0.0)
    link.data_to_send()
    link.receive_data(b"SSH-2.0-OpenSSH\r\n", now=0.0)
    cause = ended(link)
    assert cause.kind is CloseKind.PROTOCOL
    assert not cause.retryable
    assert link.data_to_send() == b""


# Messages


@pytest.mark.parametrize("config", [WebSocketConfig(), DEFLATING])
@pytest.mark.parametrize("role", Role)
def test_messages_reach_wsproto_and_come_from_it(role: Role, config: WebSocketConfig) -> None:
    link, peer = opened(role, config)
    link.send_text(b"one")
    link.send_text("zwölf")
    link.send_text("x" * 70000)
    link.send_text("€".encode())
    texts = [event for event in peer.read() if isinstance(event, TextMessage)]
    assert "".join(event.data for event in texts) == "onezwölf" + "x" * 70000 + "€"
    peer.send(TextMessage("hal", message_finished=False))
    peer.send(TextMessage("lo"))
    peer.send(TextMessage("wörld"))
    peer.send(BytesMessage(b"\xff"))
    assert link.take_messages() == [b"hallo", "wörld".encode()]
    assert link.take_messages() == []
    assert events(link) == [BinaryMessage(b"\xff")]


@pytest.mark.parametrize("role", Role)
def test_pings_go_both_ways_and_in_order(role: Role) -> None:
    link, peer = opened(role)
    link.send_text(b"first")
    link.send_ping(b"ours")
    peer.send(Ping(b"theirs"))
    link.send_text(b"last")
    assert peer.read() == [TextMessage("first"), Ping(b"ours"), PongFrame(b"theirs"), TextMessage("last")]
    peer.send(PongFrame(b"ours"))
    peer.send(PongFrame())
    assert events(link) == [Pong(b"ours"), Pong(b"")]


@pytest.mark.parametrize("config", [WebSocketConfig(), DEFLATING])
@pytest.mark.parametrize("role", Role)
def test_texts_can_be_sent_together(role: Role, config: WebSocketConfig) -> None:
    link, peer = opened(role, config)
    link.send_texts([b"one", "zwölf".encode(), b""])
    link.send_ping(b"p")
    link.send_texts([])
    link.send_texts([b"x" * 2000])
    texts = ["one", "zwölf", "", "x" * 2000]
    assert peer.read() == [*map(TextMessage, texts[:3]), Ping(b"p"), TextMessage(texts[3])]


@pytest.mark.parametrize("config", [WebSocketConfig(), DEFLATING])
def test_of_texts_sent_together_all_are_queued_or_none(config: WebSocketConfig) -> None:
    link, _ = opened(Role.CLIENT, config)
    with pytest.raises(LocalProtocolError, match="valid UTF-8"):
        link.send_texts([b"fine", "é".encode(), b"\xff"])
    assert link.outbound_bytes == 0
    assert not link.has_output
    link.send_texts([b"fine"])
    assert link.has_output


@pytest.mark.parametrize("role", Role)
def test_a_flood_of_pings_is_answered_once(role: Role) -> None:
    link, peer = opened(role)
    for number in range(300):
        peer.send(Ping(b"%d" % number))
    assert link.outbound_bytes < 20
    link.send_text(b"between")
    peer.send(Ping(b"last"))
    assert peer.read() == [PongFrame(b"299"), TextMessage("between"), PongFrame(b"last")]
    peer.send(Ping(b"again"))
    assert peer.read() == [PongFrame(b"again")]


@pytest.mark.parametrize("kind", [bytearray, memoryview])
def test_any_buffer_may_be_handed_in(kind: type[bytearray] | type[memoryview]) -> None:
    link, _ = opened(Role.CLIENT)
    buffer = bytearray(b"\x81\x02hi")
    link.receive_data(kind(buffer), now=0.0)
    buffer[2:] = b"XX"
    (message,) = link.take_messages()
    assert message == b"hi"
    assert type(message) is bytes


@pytest.mark.parametrize("config", [WebSocketConfig(), DEFLATING])
@pytest.mark.parametrize("text", ["\ud800", b"\xff"])
def test_only_text_can_be_sent_as_text(config: WebSocketConfig, text: str | bytes) -> None:
    link, _ = opened(Role.CLIENT, config)
    with pytest.raises(LocalProtocolError, match="valid UTF-8"):
        link.send_text(text)
    assert link.outbound_bytes == 0


def test_a_ping_carries_at_most_125_bytes() -> None:
    link, peer = opened(Role.CLIENT)
    with pytest.raises(LocalProtocolError, match="125"):
        link.send_ping(bytes(126))
    link.send_ping(bytes(125))
    assert peer.read() == [Ping(bytes(125))]


# The end


@pytest.mark.parametrize("role", Role)
def test_we_close(role: Role) -> None:
    link, peer = opened(role)
    link.close(4000, "done", now=50.0)
    assert link.state is LinkState.CLOSING
    assert link.next_deadline() == 60.0
    link.close(1001, "again", now=55.0)
    assert link.next_deadline() == 60.0
    assert peer.read() == [CloseConnection(4000, "done")]
    peer.send(CloseConnection(4001, "fine"))
    cause = ended(link)
    assert cause == CloseCause(
        CloseKind.LOCAL, "", sent=CloseFrame(4000, "done"), received=CloseFrame(4001, "fine")
    )
    assert cause.clean


@pytest.mark.parametrize("role", Role)
def test_the_peer_closes(role: Role) -> None:
    link, peer = opened(role)
    link.send_text(b"before")
    peer.send(TextMessage("last words"))
    peer.send(CloseConnection(1011, "internal error ?token=tg_secret"))
    assert link.take_messages() == [b"last words"]
    frame = CloseFrame(1011, "internal error ?token=tg_secret")
    assert peer.read() == [TextMessage("before"), CloseConnection(1011, frame.reason)]
    assert peer.ws.state is ConnectionState.CLOSED
    cause = ended(link)
    assert cause.kind is CloseKind.REMOTE
    assert cause.detail == "code 1011: internal error ?token=***"
    assert cause.sent == cause.received == frame


@pytest.mark.parametrize(
    ("body", "frame", "detail"),
    [
        (b"", CloseFrame(1005), "code 1005"),
        (b"\x03\xe8", CloseFrame(1000), "code 1000"),
        (b"\x03\xe8a\x00\x1b", CloseFrame(1000, "a\x00\x1b"), "code 1000"),
    ],
)
def test_what_the_peer_said_is_shown_if_it_can_be(body: bytes, frame: CloseFrame, detail: str) -> None:
    link, _ = opened(Role.CLIENT)
    link.receive_data(bytes((0x88, len(body))) + body, now=0.0)
    cause = ended(link)
    assert (cause.received, cause.detail) == (frame, detail)
    assert cause.sent == frame


def test_messages_under_way_while_we_close_are_delivered_but_pings_not_answered() -> None:
    link, peer = opened(Role.CLIENT)
    link.close(now=0.0)
    peer.send(TextMessage("late"))
    peer.send(Ping(b"late"))
    peer.send(PongFrame(b"late"))
    assert events(link) == [b"late", Pong(b"late")]
    assert peer.read() == [CloseConnection(1000, "")]


@pytest.mark.parametrize("reason", ["é" * 100, "x" * 200, "\ud800" * 200])
def test_a_long_reason_is_cut_between_characters(reason: str) -> None:
    link, peer = opened(Role.CLIENT)
    link.close(1000, reason, now=0.0)
    (frame,) = peer.read()
    assert isinstance(frame, CloseConnection)
    assert frame.reason
    assert 121 < len(frame.reason.encode()) <= 123
    peer.send(frame.response())
    assert ended(link).sent == CloseFrame(1000, frame.reason)


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1014, 1015, 2000, 5000])
def test_codes_that_may_not_be_sent(code: int) -> None:
    link, _ = opened(Role.CLIENT)
    with pytest.raises(LocalProtocolError, match=f"cannot carry code {code}"):
        link.close(code, now=0.0)
    with pytest.raises(LocalProtocolError, match=f"cannot carry code {code}"):
        link.fail(code, "x", now=0.0)
    assert link.state is LinkState.OPEN


def test_the_layer_above_gives_up() -> None:
    link, peer = opened(Role.CLIENT)
    link.fail(1008, "the answer has no id", now=0.0)
    assert peer.read() == [CloseConnection(1008, "the answer has no id")]
    assert ended(link) == CloseCause(
        CloseKind.PROTOCOL, "the answer has no id", sent=CloseFrame(1008, "the answer has no id")
    )


def test_the_layer_above_gives_up_while_we_close() -> None:
    link, peer = opened(Role.CLIENT)
    link.close(now=0.0)
    link.fail(1008, "x", now=0.0)
    assert peer.read() == [CloseConnection(1000, "")]
    assert ended(link) == CloseCause(CloseKind.PROTOCOL, "x", sent=CloseFrame(1000))


@pytest.mark.parametrize(
    ("data", "code", "detail"),
    [
        (b"\x83\x00", 1002, "Invalid opcode 0x3"),
        (b"\x88\x02\x03\xed", 1002, "remote CLOSE with local-only reason"),
        (b"\x81\x01\xff", 1007, "the peer sent text that is not UTF-8, or compressed data that is not valid"),
        (b"\x82\x7e\x01\x00", 1009, "a message is longer than max_message_bytes (200 bytes)"),
    ],
)
def test_a_protocol_error_ends_the_connection_at_once(data: bytes, code: int, detail: str) -> None:
    link, peer = opened(Role.CLIENT, WebSocketConfig(max_message_bytes=200))
    link.receive_data(data + b"\x81\x01x", now=0.0)
    assert peer.read() == [CloseConnection(code, detail)]
    assert ended(link) == CloseCause(CloseKind.PROTOCOL, detail, sent=CloseFrame(code, detail))


def test_a_protocol_error_after_our_close_frame_is_not_answered() -> None:
    link, peer = opened(Role.CLIENT)
    link.close(now=0.0)
    link.receive_data(b"\x83\x00", now=0.0)
    assert peer.read() == [CloseConnection(1000, "")]
    assert ended(link).kind is CloseKind.PROTOCOL


def test_the_connection_is_lost() -> None:
    link, _ = opened(Role.CLIENT)
    link.receive_data(b"\x81\x05hal", now=0.0)
    link.receive_eof(now=0.0)
    assert ended(link) == CloseCause(CloseKind.LOST, "without a close frame")


def test_a_failed_write_drops_what_cannot_be_sent() -> None:
    link, _ = opened(Role.CLIENT)
    link.send_text(b"x")
    link.data_lost("Broken pipe", now=0.0)
    assert link.outbound_bytes == 0
    assert ended(link) == CloseCause(CloseKind.LOST, "without a close frame: Broken pipe")


def test_the_connection_ends_before_the_peers_close_frame() -> None:
    link, _ = opened(Role.CLIENT)
    link.close(now=0.0)
    link.receive_eof(now=1.0)
    cause = ended(link)
    assert cause == CloseCause(
        CloseKind.LOCAL, "the connection ended before the peer's close frame", sent=CloseFrame(1000)
    )
    assert not cause.clean


# Time


def test_the_peer_takes_too_long_to_open() -> None:
    for role in Role:
        link = new(role, WebSocketConfig(open_timeout=5.0))
        if role is Role.CLIENT:
            link.connect(REQUEST, now=10.0)
        else:
            link.await_upgrade(now=10.0)
        link.handle_timeout(now=14.99)
        assert not link.closed
        link.handle_timeout(now=15.0)
        assert ended(link) == CloseCause(
            CloseKind.TIMEOUT, "the peer did not complete the upgrade within open_timeout"
        )


def test_the_application_takes_too_long_to_answer() -> None:
    link = new(Role.SERVER)
    peer = Peer(link, Role.SERVER)
    link.await_upgrade(now=0.0)
    peer.send(Request(host="gw", target="/"))
    link.handle_timeout(now=20.0)
    assert ended(link) == CloseCause(
        CloseKind.TIMEOUT, "the application did not answer the upgrade within open_timeout"
    )
    with pytest.raises(LocalProtocolError, match="closed"):
        link.accept(now=20.0)


def test_the_peer_takes_too_long_to_close() -> None:
    link, _ = opened(Role.CLIENT, WebSocketConfig(close_timeout=3.0))
    link.handle_timeout(now=1e9)
    assert link.state is LinkState.OPEN
    link.close(now=5.0)
    link.handle_timeout(now=8.5)
    assert ended(link) == CloseCause(
        CloseKind.LOCAL, "no close frame came from the peer within close_timeout", sent=CloseFrame(1000)
    )


# Every call in every state


def in_state(state: LinkState, role: Role) -> WebSocketLink | None:
    """Return a link in this state, or None where the role never gets there."""
    link = new(role)
    if state is LinkState.IDLE:
        return link
    if state in (LinkState.OPEN, LinkState.CLOSING):
        link, _ = opened(role)
        if state is LinkState.CLOSING:
            link.close(now=0.0)
        return link
    if role is Role.CLIENT:
        link.connect(REQUEST, now=0.0)
        if state is LinkState.REFUSED:
            link.receive_data(b"HTTP/1.1 500 x\r\n\r\n", now=0.0)
    else:
        link.await_upgrade(now=0.0)
        if state is LinkState.ANSWERING:
            Peer(link, role).send(Request(host="h", target="/"))
    if state is LinkState.CLOSED:
        link.close(now=0.0)
    return link if link.state is state else None


def call(link: WebSocketLink, what: LinkInput) -> None:
    match what:
        case LinkInput.CONNECT:
            link.connect(REQUEST, now=0.0)
        case LinkInput.AWAIT_UPGRADE:
            link.await_upgrade(now=0.0)
        case LinkInput.ACCEPT:
            link.accept(now=0.0)
        case LinkInput.REJECT:
            link.reject(403, now=0.0)
        case LinkInput.SEND:
            link.send_text(b"x")
        case LinkInput.CLOSE:
            link.close(now=0.0)
        case LinkInput.FAIL:
            link.fail(1002, "x", now=0.0)
        case LinkInput.DATA:
            link.receive_data(b"", now=0.0)
        case LinkInput.GONE:
            link.receive_eof(now=0.0)
        case _:
            raise AssertionError(what)


CALLS = [
    LinkInput.CONNECT,
    LinkInput.AWAIT_UPGRADE,
    LinkInput.ACCEPT,
    LinkInput.REJECT,
    LinkInput.SEND,
    LinkInput.CLOSE,
    LinkInput.FAIL,
    LinkInput.DATA,
    LinkInput.GONE,
]
OF_ONE_ROLE = {
    LinkInput.CONNECT: Role.CLIENT,
    LinkInput.AWAIT_UPGRADE: Role.SERVER,
    LinkInput.ACCEPT: Role.SERVER,
    LinkInput.REJECT: Role.SERVER,
}


@pytest.mark.parametrize(("role", "state", "what"), list(product(Role, LinkState, CALLS)))
def test_a_call_is_allowed_where_the_table_says_so(role: Role, state: LinkState, what: LinkInput) -> None:
    link = in_state(state, role)
    if link is None:
        assert state in (LinkState.REFUSED if role is Role.SERVER else LinkState.ANSWERING,)
        return
    held = link.outbound_bytes
    if what in TRANSITIONS[state] and OF_ONE_ROLE.get(what, role) is role:
        call(link, what)
        assert link.state is TRANSITIONS[state][what]
    else:
        with pytest.raises(LocalProtocolError):
            call(link, what)
        assert link.state is state
        assert link.outbound_bytes == held
    assert link.closed == (link.state is LinkState.CLOSED)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("state", [state for state in LinkState if state is not LinkState.OPEN])
def test_a_ping_needs_an_open_connection(role: Role, state: LinkState) -> None:
    link = in_state(state, role)
    if link is not None:
        with pytest.raises(LocalProtocolError, match="cannot send"):
            link.send_ping()


@pytest.mark.parametrize("role", Role)
def test_two_links_understand_each_other(role: Role) -> None:
    client, server = new(Role.CLIENT, DEFLATING), new(Role.SERVER, DEFLATING if role is Role.CLIENT else None)
    client.connect(REQUEST, now=0.0)
    server.await_upgrade(now=0.0)
    server.receive_data(client.data_to_send(), now=0.0)
    server.accept(now=0.0)
    client.receive_data(server.data_to_send(), now=0.0)
    for number in range(3):
        client.send_text(f"question {number}")
        server.send_text(f"answer {number} " + "é" * 5000)
    client.close(now=0.0)
    server.receive_data(client.data_to_send(), now=0.0)
    client.receive_data(server.data_to_send(), now=0.0)
    assert [event for event in events(server) if isinstance(event, bytes)] == [
        b"question %d" % number for number in range(3)
    ]
    assert [event for event in events(client) if isinstance(event, bytes)] == [
        b"answer %d " % number + "é".encode() * 5000 for number in range(3)
    ]
    assert client.close_cause is not None
    assert client.close_cause.clean
    assert server.close_cause is not None
    assert server.close_cause.kind is CloseKind.REMOTE
