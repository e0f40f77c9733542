"""A client's connection to a gateway, bytes in and bytes out, against h11 and our own WebSocket client."""

from __future__ import annotations

import json
from collections.abc import Sequence

import h11
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tgproto.closing import CloseFrame
from tgproto.dialect import GENERATION_2
from tgproto.errors import LocalProtocolError
from tgproto.gateway import AnyGateway, Gateway, Gateway1
from tgproto.gateway.demo import demo_graphs
from tgproto.gateway.stores.library import Document
from tgproto.link.events import Closed, Opened, Pong
from tgproto.link.upgrade import UpgradeRequest
from tgproto.link.websocket import WebSocketLink
from tgproto.role import Role
from tgproto.server import ServerConnection
from tgproto.session.config import KeepaliveConfig, ServerConfig

PLENTY = 2**16
SESSION = ServerConfig(GENERATION_2, keepalive=KeepaliveConfig(interval=None))
GATEWAY = Gateway(demo_graphs(), keys={"tg_key": "default"}, session=SESSION)
COMPLETION = "/api/v1/flow/default/service/text-completion"


def entropy(count: int) -> bytes:
    return bytes(number % 251 for number in range(count))


def connection(now: float = 0.0, gateway: AnyGateway = GATEWAY, **options: int) -> ServerConnection:
    made = ServerConnection(gateway, entropy=entropy, **options)
    made.start(now=now)
    return made


def turn(of: ServerConnection, now: float = 0.0, room: int = PLENTY) -> bytes:
    """Do what a driver does after each call."""
    of.handle_timeout(now=now)
    of.pull(now=now, room=room)
    return of.data_to_send(now=now)


def served(of: ServerConnection) -> bytes:
    """Go on as long as something is due at once."""
    found = turn(of)
    while (due := of.next_deadline()) is not None and due <= 0.0:
        found += turn(of)
    return found


def asked(target: str, body: bytes = b"", *headers: str, method: str = "POST", key: str = "tg_key") -> bytes:
    fields = ["Host: x", f"Authorization: Bearer {key}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([f"{method} {target} HTTP/1.1", *fields, "", ""]).encode() + body


def prompt(text: str, **more: object) -> bytes:
    return asked(COMPLETION, json.dumps({"prompt": text, **more}).encode())


def answers(data: bytes, methods: Sequence[str] = ()) -> list[tuple[int, bytes]]:
    """Read answers with h11, each complete."""
    found: list[tuple[int, bytes]] = []
    while data:
        client = h11.Connection(h11.CLIENT)
        method = methods[len(found)] if methods else "POST"
        client.send(h11.Request(method=method, target="/", headers=[("Host", "x")]))
        client.send(h11.EndOfMessage())
        client.receive_data(data)
        head, body = client.next_event(), b""
        assert isinstance(head, h11.Response)
        while not isinstance(event := client.next_event(), h11.EndOfMessage):
            assert isinstance(event, h11.Data)
            body += event.data
        found.append((head.status_code, body))
        data = client.trailing_data[0]
    return found


# --- plain requests ---------------------------------------------------------------------------


def test_requests_one_after_the_other() -> None:
    of = connection()
    for text in ("n=1", "n=2"):
        of.receive_data(prompt(text), now=0.0)
        [(status, body)] = answers(turn(of))
        assert status == 200
        assert len(json.loads(body)["response"].split()) == int(text[-1])
    assert not of.closed
    assert of.wants_read


def test_requests_in_one_go() -> None:
    of = connection()
    of.receive_data(prompt("n=1") + asked("/nope") + prompt("n=2"), now=0.0)
    assert not of.wants_read
    with pytest.raises(LocalProtocolError, match="wants_read"):
        of.receive_data(b"x", now=0.0)
    found = served(of)
    assert [status for status, _ in answers(found)] == [200, 404, 200]
    assert of.wants_read


def test_headers_of_answers() -> None:
    of = connection()
    of.receive_data(asked("/api/v1/flow", method="GET"), now=0.0)
    head = turn(of).decode().split("\r\n\r\n")[0].split("\r\n")
    assert head == [
        "HTTP/1.1 405 ",
        "Content-Type: text/plain; charset=utf-8",
        "Allow: POST",
        "Content-Length: 23",
    ]


def test_without_a_key() -> None:
    of = connection()
    of.receive_data(
        f"POST {COMPLETION} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{{}}".encode(), now=0.0
    )
    assert answers(turn(of)) == [(401, b'{"error":"auth failure"}')]


def test_a_request_that_is_no_http() -> None:
    of = connection()
    of.receive_data(b"\x16\x03\x01", now=0.0)
    assert of.closed
    assert b" 400 " in turn(of)
    assert of.next_deadline() is None


def test_a_body_up_to_the_limit() -> None:
    body = json.dumps({"prompt": "n=1"}).encode().ljust(100)
    of = connection(max_message_bytes=100)
    of.receive_data(asked(COMPLETION, body), now=0.0)
    assert answers(turn(of))[0][0] == 200


@pytest.mark.parametrize(
    ("target", "status"), [(COMPLETION, 413), ("/api/v1/flow", 400), ("/api/v1/flow/x/service/nope", 404)]
)
@pytest.mark.parametrize("cut", [0, 50])
def test_a_body_beyond_the_limit(target: str, status: int, cut: int) -> None:
    of = connection(max_message_bytes=100)
    data = asked(target, b" " * 200)
    of.receive_data(data[: len(data) - cut], now=0.0)
    head = turn(of)
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert of.closed is bool(cut)  # whose end is not there is not waited for
    if not cut:
        of.receive_data(prompt("n=1"), now=0.0)
        assert answers(turn(of))[0][0] == 200


def test_a_body_beyond_the_limit_in_pieces() -> None:
    of = connection(max_message_bytes=100)
    of.receive_data(asked(COMPLETION, b" " * 300)[:-200], now=0.0)
    assert turn(of) == b""
    of.receive_data(b" ", now=0.0)
    of.receive_data(b" " * 50, now=0.0)
    assert turn(of).startswith(b"HTTP/1.1 413 ")
    assert of.closed


def test_answers_take_their_time() -> None:
    of = connection()
    of.receive_data(prompt("n=1 first=2000"), now=0.0)
    assert turn(of) == b""
    assert of.next_deadline() == SESSION.answer_timeout
    found = answers(turn(of, SESSION.answer_timeout))
    assert [json.loads(body) for _, body in found] == [{"error": {"type": "gateway-error", "message": ""}}]


def test_a_client_that_does_not_ask() -> None:
    of = connection(now=10.0)
    assert of.next_deadline() == 85.0
    assert turn(of, 84.0) == b""
    assert not of.closed
    assert turn(of, 85.0) == b""
    assert of.closed


def test_a_client_that_does_not_read() -> None:
    of = connection()
    of.receive_data(prompt("n=1"), now=0.0)
    assert turn(of, room=0) == b""
    assert not of.wants_read
    assert of.next_deadline() is None
    assert answers(turn(of))[0][0] == 200
    assert of.wants_read


@pytest.mark.parametrize("end", ["eof", "lost", "close"])
@pytest.mark.parametrize("sent", [b"", prompt("n=1 first=1"), prompt("n=1")[:-1]])
def test_a_plain_connection_ends(end: str, sent: bytes) -> None:
    of = connection()
    if sent:
        of.receive_data(sent, now=0.0)
    turn(of)
    if end == "eof":
        of.receive_eof(now=0.5)
    elif end == "lost":
        of.data_lost("reset", now=0.5)
    else:
        of.close(now=0.5)
        of.close(now=0.5)
    assert of.closed
    assert of.next_deadline() is None
    assert turn(of, 1.0) == b""


# --- the socket -------------------------------------------------------------------------------


class Socket:
    """A client's WebSocket to a connection."""

    def __init__(self, target: str = "/api/v1/socket", gateway: AnyGateway = GATEWAY) -> None:
        self.connection = connection(gateway=gateway)
        self.link = WebSocketLink(Role.CLIENT, entropy=entropy)
        self.link.connect(UpgradeRequest("x", target), now=0.0)
        self.connection.receive_data(self.link.data_to_send(), now=0.0)

    def exchange(self, now: float = 0.0, room: int = PLENTY) -> None:
        """Carry the bytes in both directions once."""
        if data := self.link.data_to_send():
            self.connection.receive_data(data, now=now)
        if data := turn(self.connection, now, room):
            self.link.receive_data(data, now=now)

    def say(self, *messages: object, now: float = 0.0) -> list[dict[str, object]]:
        self.link.send_texts([json.dumps(message).encode() for message in messages])
        return self.heard(now)

    def heard(self, now: float = 0.0, room: int = PLENTY) -> list[dict[str, object]]:
        self.exchange(now, room)
        messages: list[dict[str, object]] = []
        while batch := self.link.take_messages():
            messages += map(json.loads, batch)
        return messages

    def authenticated(self) -> Socket:
        self.exchange()
        self.link.next_event()
        assert self.say({"type": "auth", "token": "tg_key"})[0]["type"] == "auth-ok"
        return self


def ask(text: str) -> dict[str, object]:
    body = {"prompt": text, "streaming": True}
    return {"id": "1", "service": "text-completion", "flow": "default", "request": body}


def test_the_socket() -> None:
    socket = Socket().authenticated()
    frames = socket.say(ask("n=2"))
    assert [frame["complete"] for frame in frames] == [False, False, True]
    assert socket.connection.wants_read
    assert not socket.connection.closed


def test_a_plain_request_before_the_socket() -> None:
    of = connection()
    link = WebSocketLink(Role.CLIENT, entropy=entropy)
    link.connect(UpgradeRequest("x", "/api/v1/socket"), now=0.0)
    of.receive_data(prompt("n=1") + link.data_to_send(), now=0.0)
    data = turn(of)
    end = data.index(b"HTTP/1.1 101")
    assert answers(data[:end])[0][0] == 200
    link.receive_data(data[end:], now=0.0)
    assert link.next_event() is not None
    assert turn(of) == b""


BULK = "/api/v1/flow/default/{}/triples?token=tg_key"
TERM = {"t": "i", "i": "urn:bulk"}


def items(text: str) -> bytes:
    triple = {"s": TERM, "p": TERM, "o": {"t": "l", "v": text}}
    return json.dumps({"metadata": {"id": "", "collection": "bulk"}, "triples": [triple]}).encode()


def bulk(way: str) -> Socket:
    socket = Socket(BULK.format(way))
    socket.exchange()
    assert isinstance(socket.link.next_event(), Opened)
    return socket


def test_imports_and_exports() -> None:
    export = bulk("export")
    socket = bulk("import")
    socket.link.send_texts([items("1")])
    socket.link.send_ping(b"1")
    socket.exchange()
    assert socket.link.next_event() == Pong(b"1")
    assert len(GATEWAY.graphs.graph("default", "bulk")) == 1
    assert export.connection.next_deadline() == 0.01
    assert [message["metadata"]["collection"] for message in export.heard(0.01)] == ["bulk"]  # type: ignore[index]
    export.connection.data_lost("gone", now=0.02)
    assert GATEWAY.taps.count("default", "default", "triples") == 0
    socket.connection.close(now=0.0)
    socket.exchange()
    event = socket.link.next_event()
    assert isinstance(event, Closed)
    assert event.cause.received == CloseFrame(1001, "the gateway stops")


def test_a_malformed_message_is_not_vouched_for() -> None:
    socket = bulk("import")
    socket.link.send_texts([items("2")])
    socket.link.send_ping(b"1")
    socket.link.send_texts([b"[]", items("3")])
    socket.link.send_ping(b"2")
    socket.exchange()
    event = socket.link.next_event()
    assert isinstance(event, Closed)
    assert event.cause.received == CloseFrame(1000)
    socket.exchange()
    values = {str(triple.o) for triple in GATEWAY.graphs.graph("default", "bulk").find()}
    assert values == {"1", "2"}
    assert socket.connection.closed


def test_a_flow_that_is_not_there() -> None:
    socket = Socket("/api/v1/flow/nowhere/import/triples?token=tg_key")
    socket.exchange()
    assert isinstance(socket.link.next_event(), Opened)
    event = socket.link.next_event()
    assert isinstance(event, Closed)
    assert event.cause.received == CloseFrame(1000)


def test_another_path_is_no_socket() -> None:
    socket = Socket("/api/v1/flow/default/socket")
    socket.exchange()
    event = socket.link.next_event()
    assert isinstance(event, Closed)
    assert event.cause.refused is not None
    assert event.cause.refused.status == 404
    assert socket.connection.closed


def test_an_upgrade_that_is_none() -> None:
    of = connection()
    of.receive_data(b"GET /api/v1/socket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n", now=0.0)
    assert turn(of).startswith(b"HTTP/1.1 4")
    assert of.closed


def test_pieces_come_in_time_and_where_there_is_room() -> None:
    socket = Socket().authenticated()
    socket.say(ask("n=3 first=1 size=1000"))
    assert socket.connection.next_deadline() == 1.0
    assert socket.heard(1.0, room=0) == []
    assert not socket.connection.wants_read
    assert socket.connection.next_deadline() == SESSION.answer_timeout
    assert [len(socket.heard(2.0, room=1)) for _ in range(4)] == [1, 1, 1, 1]


def test_a_message_that_is_too_long() -> None:
    socket = Socket().authenticated()
    socket.connection.receive_data(b"\x81\xff" + (50 * 2**20 + 1).to_bytes(8, "big") + b"mask", now=0.0)
    assert b"\x03\xf1" in turn(socket.connection)


def test_the_gateway_stops() -> None:
    socket = Socket().authenticated()
    socket.say(ask("hang=1"))
    socket.connection.close(now=1.0)
    socket.exchange(1.0)
    socket.exchange(1.0)
    event = socket.link.next_event()
    assert isinstance(event, Closed)
    assert event.cause.received is not None
    assert event.cause.received.code == 1001
    assert socket.connection.closed


def test_nobody_authenticates() -> None:
    socket = Socket()
    socket.exchange()
    assert socket.connection.next_deadline() == SESSION.auth_timeout
    socket.exchange(SESSION.auth_timeout)
    socket.exchange(SESSION.auth_timeout)
    assert socket.connection.closed


@pytest.mark.parametrize("lost", [True, False])
def test_the_client_of_a_socket_is_gone(lost: bool) -> None:
    socket = Socket().authenticated()
    socket.say(ask("n=3 first=1"))
    if lost:
        socket.connection.data_lost("reset", now=0.5)
        assert socket.connection.next_deadline() is None
    else:
        socket.connection.receive_eof(now=0.5)
    assert turn(socket.connection, 1.0) == b""
    assert socket.connection.closed
    assert socket.connection.next_deadline() is None


# --- generation 1 -----------------------------------------------------------------------------

FIRST = Gateway1(demo_graphs("trustgraph"), secret="s&cret")


@pytest.mark.parametrize("query", ["", "?token=wrong"])
def test_who_does_not_know_the_secret_is_turned_away_before_the_upgrade(query: str) -> None:
    socket = Socket(f"/api/v1/socket{query}", gateway=FIRST)
    said = turn(socket.connection)
    head, body = said.split(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 401 ")
    assert b"content-type: text/plain; charset=utf-8" in head.lower()
    assert body == b"401: Unauthorized"
    assert socket.connection.closed


def test_who_knows_the_secret_asks_at_once() -> None:
    socket = Socket("/api/v1/socket?token=s%26cret", gateway=FIRST)
    socket.exchange()
    socket.link.next_event()
    assert socket.say(ask("n=1") | {"request": {"system": "", "prompt": "n=1"}}) == [
        {
            "id": "1",
            "response": {"response": "chunk-0 ", "in_token": 1, "out_token": 1, "model": "graph-teller"},
            "complete": True,
        }
    ]
    assert socket.say({"type": "auth", "token": "s&cret"}) == [{"error": "Bad message"}]
    assert "cret" not in f"{socket.connection!r} {vars(socket.connection)!r}"


@pytest.mark.parametrize(("key", "status"), [("s&cret", 200), ("wrong", 401)])
def test_plain_requests_of_1_x(key: str, status: int) -> None:
    of = connection(gateway=FIRST)
    of.receive_data(asked("/api/v1/flow", b'{"operation":"list-flows"}', key=key), now=0.0)
    [(found, body)] = answers(turn(of))
    assert found == status
    assert body == (b'{"flow-ids":["default"]}' if status == 200 else b"401: Unauthorized")


# --- properties -------------------------------------------------------------------------------

requests = st.sampled_from(
    [
        prompt("n=1"),
        prompt("n=5", streaming=True),
        prompt("fail=0"),
        asked("/nope", b"x"),
        asked("/api/v1/iam", b'{"operation":"whoami"}', "X-Y: z"),
        asked("/api/v1/iam", b" " * 150),
    ]
)


@given(st.lists(requests, min_size=1, max_size=4), st.lists(st.integers(1, 400), max_size=12))
@settings(max_examples=60)
def test_how_the_bytes_are_cut_does_not_matter(asked: list[bytes], cuts: list[int]) -> None:
    def said(sizes: Sequence[int]) -> bytes:
        of, rest, found = connection(max_message_bytes=100), b"".join(asked), b""
        for size in (*sizes, len(rest)):
            if rest[:size]:
                of.receive_data(rest[:size], now=0.0)
            rest = rest[size:]
            found += served(of)
            if of.closed:
                break
        return found

    whole = answers(said([]))
    pieces = answers(said(cuts))
    # A body that is too long is refused before its end, and then the connection ends.
    assert pieces == whole[: len(pieces)]
    assert len(pieces) == len(whole) or len(pieces[-1][1]) < 100


@given(st.lists(st.binary(min_size=1, max_size=40) | st.sampled_from([prompt("n=1"), b"GET / HTTP/1.1\r\n"])))
@settings(max_examples=100)
def test_no_bytes_raise(pieces: list[bytes]) -> None:
    of = connection()
    for now, piece in enumerate(pieces):
        if not of.wants_read or of.closed:
            break
        of.receive_data(piece, now=float(now))
        turn(of, float(now))


# --- answers in pieces ------------------------------------------------------------------------

LONG = bytes(range(256)) * 1000


def with_document() -> AnyGateway:
    gateway = Gateway(demo_graphs(), keys={"tg_key": "default"}, session=SESSION)
    about = Document("d", 0, "text/plain", "", "", metadata=(), tags=[], type="source")
    gateway.world.library("default").add(about, LONG)
    return gateway


def stream(method: str = "GET") -> bytes:
    return asked("/api/v1/document-stream?document-id=d", method=method)


def test_an_answer_in_pieces() -> None:
    of = connection(gateway=with_document())
    of.receive_data(stream() + prompt("n=1") + stream("HEAD"), now=0.0)
    found = answers(served(of), ["GET", "POST", "HEAD"])
    assert [(status, body) for status, body in found if body != LONG] == [(200, found[1][1]), (200, b"")]
    assert found[0] == (200, LONG)
    assert not of.closed


def test_pieces_are_worked_out_where_there_is_room() -> None:
    of = connection(gateway=with_document())
    of.receive_data(stream(), now=0.0)
    found, turns = b"", 0
    while (due := of.next_deadline()) is not None and due <= 1.0:
        piece = turn(of, now=1.0, room=10_000)
        assert len(piece) <= 2**16 + 1000
        found, turns = found + piece, turns + 1
    assert turns == len(LONG) // 2**16 + 2
    assert answers(found) == [(200, LONG)]
    assert turn(of, room=0) == b""


def test_nobody_reads_the_pieces() -> None:
    of = connection(gateway=with_document())
    of.receive_data(stream(), now=0.0)
    assert turn(of, room=1)
    turn(of, room=0)
    assert of.next_deadline() is None
    of.data_lost("gone", now=0.0)
    assert of.closed
    turn(of)
    assert of.next_deadline() is None
