"""The connection: a client's and a server's, joined in memory."""

import random
from collections.abc import Callable

import pytest
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, BytesMessage, CloseConnection, Ping, TextMessage

from tgproto.closing import CloseKind
from tgproto.connection import Connection
from tgproto.dialect import GENERATION_2
from tgproto.link.config import WebSocketConfig
from tgproto.link.events import UpgradeRequested
from tgproto.link.upgrade import UpgradeRequest
from tgproto.link.websocket import WebSocketLink
from tgproto.role import Role
from tgproto.session.client import ClientSession
from tgproto.session.config import ClientConfig, KeepaliveConfig, ReceiverConfig, SenderConfig, ServerConfig
from tgproto.session.events import (
    Authenticated,
    AuthenticationReceived,
    Completed,
    ConnectionClosed,
    Failed,
    ItemsConfirmed,
    RequestReceived,
    SendingEnded,
)
from tgproto.session.receiver import BulkReceiver
from tgproto.session.request import Request
from tgproto.session.sender import BulkSender
from tgproto.session.server import ServerSession

REQUEST = Request("graph-rag", b'{"query":"x"}', "f")


def entropy() -> Callable[[int], bytes]:
    return random.Random(7).randbytes


def upgraded(server_link: WebSocketLink, request: bytes) -> UpgradeRequested:
    server_link.await_upgrade(now=0)
    server_link.receive_data(request, now=0)
    event = server_link.next_event()
    assert isinstance(event, UpgradeRequested)
    server_link.accept(now=0)
    return event


def open_client(session):
    connection = Connection(WebSocketLink(Role.CLIENT, entropy=entropy()), session)
    connection.link.connect(UpgradeRequest("h", "/api/v1/socket"), now=0)
    return connection


def join(client_session, server_session):
    """Open both ends and return them, upgrade done."""
    client = open_client(client_session)
    link = WebSocketLink(Role.SERVER, entropy=entropy())
    upgraded(link, client.data_to_send(now=0))
    server = Connection(link, server_session)
    client.receive_data(server.data_to_send(now=0), now=0)
    return client, server


def exchange(a: Connection, b: Connection, now: float = 0) -> None:
    """Carry bytes both ways until there are none."""
    while True:
        there, back = a.data_to_send(now=now), b.data_to_send(now=now)
        if not there and not back:
            return
        if there:
            b.receive_data(there, now=now)
        if back:
            a.receive_data(back, now=now)


def events(connection: Connection) -> list[object]:
    return list(iter(connection.session.next_event, None))


def ready() -> tuple[Connection[ClientSession], Connection[ServerSession]]:
    client, server = join(ClientSession(), ServerSession(ServerConfig(GENERATION_2)))
    exchange(client, server)
    assert isinstance(events(server)[0], AuthenticationReceived)
    server.session.accept_authentication("w", now=0)
    exchange(client, server)
    assert isinstance(events(client)[0], Authenticated)
    return client, server


def test_a_call_goes_there_and_back() -> None:
    client, server = ready()
    stream = client.session.send_request(REQUEST, now=1)
    exchange(client, server, now=1)
    (received,) = events(server)
    assert isinstance(received, RequestReceived)
    server.session.respond(received.stream_id, b'{"response":"a"}', final=False, now=2)
    server.session.respond(received.stream_id, b'{"response":"b"}', final=True, now=2)
    exchange(client, server, now=2)
    payloads, outcome = client.session.take(stream, now=3)
    assert [bytes(payload) for payload in payloads] == [b'{"response":"a"}', b'{"response":"b"}']
    assert isinstance(outcome, Completed)
    assert client.wants_read
    assert not client.closed


def test_a_binary_message_counts_as_text() -> None:
    client = open_client(ClientSession())
    peer = WSConnection(ConnectionType.SERVER)
    peer.receive_data(client.data_to_send(now=0))
    list(peer.events())
    data = peer.send(AcceptConnection()) + peer.send(BytesMessage(b'{"type":"auth-ok"}'))
    client.receive_data(data, now=0)
    assert isinstance(events(client)[0], Authenticated)


def test_local_close_shakes_hands() -> None:
    client, server = ready()
    client.session.close(now=1)
    exchange(client, server, now=1)
    assert client.closed
    assert server.closed
    assert not client.wants_read
    (event,) = events(client)
    assert isinstance(event, ConnectionClosed)
    assert event.cause.kind is CloseKind.LOCAL
    assert event.cause.clean


def test_a_broken_protocol_is_closed_without_waiting() -> None:
    client, server = ready()
    server.link.send_text(b"nonsense")
    exchange(client, server, now=1)
    assert client.closed
    assert events(client)[-1].cause.kind is CloseKind.PROTOCOL
    assert events(server)[-1].cause.received.code == 1002


def test_the_end_of_the_transport_fails_what_is_under_way() -> None:
    for end in ("eof", "reset"):
        client, server = ready()
        stream = client.session.send_request(REQUEST, now=1)
        exchange(client, server, now=1)
        if end == "eof":
            client.receive_eof(now=2)
        else:
            client.data_lost("connection reset", now=2)
        assert client.closed
        assert isinstance(client.session.take(stream, now=2)[1], Failed)
        assert events(client)[-1].cause.kind is CloseKind.LOST


def test_pings_keep_a_connection_alive_and_silence_ends_it() -> None:
    client, server = ready()
    deadline = client.next_deadline()
    assert deadline == 20
    client.handle_timeout(now=20)
    exchange(client, server, now=20)
    assert client.next_deadline() == 40
    client.handle_timeout(now=40)
    client.data_to_send(now=40)  # nobody answers this one
    client.handle_timeout(now=60)
    client.data_to_send(now=60)
    assert client.closed
    assert events(client)[-1].cause.kind is CloseKind.TIMEOUT
    assert client.next_deadline() is None


def test_the_deadline_is_the_earlier_one_of_both() -> None:
    opening = open_client(ClientSession())
    assert opening.next_deadline() == WebSocketConfig().open_timeout
    opening.session.send_request(REQUEST, now=0, timeout=5)
    assert opening.next_deadline() == 5
    opening.handle_timeout(now=5)
    assert not opening.closed
    opening.handle_timeout(now=20)
    assert opening.closed
    quiet, _ = join(BulkReceiver(ReceiverConfig(keepalive=KeepaliveConfig(None))), BulkSender())
    assert quiet.next_deadline() is None


def test_a_session_that_waits_no_longer_ends_its_link() -> None:
    config = ClientConfig(close_timeout=1)
    client, server = join(ClientSession(config), ServerSession(ServerConfig(GENERATION_2)))
    exchange(client, server)
    client.session.close(now=1)
    client.data_to_send(now=1)
    client.handle_timeout(now=2)
    assert client.closed
    assert client.session.closed


def test_closing_before_the_upgrade_ends_the_attempt() -> None:
    client = open_client(ClientSession())
    client.data_to_send(now=0)
    client.session.close(now=1)
    client.data_to_send(now=1)
    assert client.closed
    assert client.session.closed


def test_an_upgrade_request_that_nobody_took_is_refused() -> None:
    client = open_client(ClientSession())
    link = WebSocketLink(Role.SERVER, entropy=entropy())
    link.await_upgrade(now=0)
    server = Connection(link, ServerSession(ServerConfig(GENERATION_2)))
    server.receive_data(client.data_to_send(now=0), now=0)
    client.receive_data(server.data_to_send(now=0), now=0)
    assert client.closed
    cause = client.session.close_cause
    assert cause is not None
    assert cause.refused is not None
    assert cause.refused.status == 503


def test_barriers_confirm_over_a_real_link() -> None:
    client, server = join(BulkSender(SenderConfig(barrier_frames=2)), BulkReceiver())
    for number in range(3):
        client.session.send(b'{"n":%d}' % number, 10, now=0)
    client.session.finish(now=0)
    exchange(client, server)
    assert len(server.session.take(now=0)) == 3
    exchange(client, server)
    assert events(client) == [
        ItemsConfirmed(30),  # both barriers came in one read, and one pong answers both
        SendingEnded(30, 0, complete=True),
        ConnectionClosed(client.session.close_cause),
    ]


def test_what_a_session_sends_keeps_its_order() -> None:
    client = open_client(BulkSender(SenderConfig(barrier_frames=2)))
    peer = WSConnection(ConnectionType.SERVER)
    peer.receive_data(client.data_to_send(now=0))
    client.receive_data(peer.send(AcceptConnection()), now=0)
    for number in range(5):
        client.session.send(b'{"n":%d}' % number, 1, now=0)
    client.session.close(now=0)
    peer.receive_data(client.data_to_send(now=0))
    _, *sent = peer.events()
    texts = [TextMessage(f'{{"n":{number}}}') for number in range(5)]
    pings = [Ping(b"barrier 1"), Ping(b"barrier 2")]
    assert sent == [*texts[:2], pings[0], *texts[2:4], pings[1], texts[4], CloseConnection(1000, "")]


def test_no_ping_is_answered_for_frames_that_a_closing_session_ignores() -> None:
    client, server = join(BulkSender(SenderConfig(barrier_frames=1)), BulkReceiver())
    client.session.send(b"{}", 1, now=0)
    server.session.close(now=0)
    server.receive_data(client.data_to_send(now=0), now=0)
    exchange(client, server)
    assert server.session.take(now=0) == []
    assert client.session.confirmed == 0
    assert SendingEnded(0, 1, complete=False) in events(client)


@pytest.mark.parametrize("size", [1, 7])
def test_any_split_gives_the_same(size: int) -> None:
    client, server = ready()
    stream = client.session.send_request(REQUEST, now=1)
    exchange(client, server, now=1)
    (received,) = events(server)
    for number in range(3):
        server.session.respond(received.stream_id, b'{"n":%d}' % number, final=number == 2, now=1)
    data = server.data_to_send(now=1)
    for start in range(0, len(data), size):
        client.receive_data(data[start : start + size], now=1)
    payloads, outcome = client.session.take(stream, now=1)
    assert [bytes(payload) for payload in payloads] == [b'{"n":0}', b'{"n":1}', b'{"n":2}']
    assert isinstance(outcome, Completed)


def test_a_driver_has_something_to_do_if_there_is_something_to_write_or_reading_changes() -> None:
    client, server = ready()
    assert not client.stirs
    stream = client.session.send_request(REQUEST, now=1)
    assert client.stirs
    exchange(client, server, now=1)
    (received,) = events(server)
    assert not client.stirs
    server.session.respond(received.stream_id, b'{"a":"%s"}' % (b"x" * 3 * 2**20), final=False, now=2)
    exchange(client, server, now=2)
    assert client.stirs  # its window is full
    client.session.take(stream, now=2)
    assert not client.stirs
    client.link.send_ping(b"x")
    assert client.stirs
    client.data_lost("reset", now=3)
    assert client.stirs
