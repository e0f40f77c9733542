"""A client's connection to a plain service: whole answers, answers at their own pace, and bad ends."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import pytest

from tests.core.test_server import answers, asked
from tgproto.server import ServerConnection
from tgproto.serving.messages import EVENTS, TEXT, Cut, Pause, Piece, Reply, WebAnswer, WebRequest

PLENTY = 2**16


class Told:
    """A service that answers every request as it was told."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        self.requests: list[WebRequest] = []

    def respond(self, request: WebRequest, *, now: float) -> Reply:
        self.requests.append(request)
        return self.reply


def connection(reply: Reply, **options: int) -> ServerConnection:
    made = ServerConnection(Told(reply), entropy=bytes, **options)
    made.start(now=0.0)
    return made


def in_pieces(*pieces: Piece) -> WebAnswer:
    return WebAnswer(200, content_type=EVENTS, pieces=iter(pieces))


def turn(of: ServerConnection, now: float = 0.0, room: int = PLENTY) -> bytes:
    of.handle_timeout(now=now)
    of.pull(now=now, room=room)
    return of.data_to_send(now=now)


def test_a_whole_answer() -> None:
    service = Told(WebAnswer(429, b"slow", TEXT, (("Retry-After", "2"),)))
    of = ServerConnection(service, entropy=bytes)
    of.start(now=0.0)
    of.receive_data(asked("/a?b", b"body", "X-Api-Key: k"), now=0.0)
    data = turn(of)
    assert answers(data) == [(429, b"slow")]
    assert b"Retry-After: 2\r\n" in data
    [request] = service.requests
    assert (request.method, request.target, request.body) == ("POST", "/a?b", b"body")
    assert request.header("x-api-key") == "k"
    assert not of.closed


def test_an_answer_that_waits() -> None:
    of = connection(WebAnswer(204, content_type="", delay=2.0))
    of.receive_data(asked("/"), now=1.0)
    assert turn(of, 1.0) == b""
    assert of.next_deadline() == 3.0
    assert answers(turn(of, 3.0)) == [(204, b"")]


def test_pieces_at_their_own_pace() -> None:
    of = connection(in_pieces(b"1", Pause(1.5), b"2", b"3", Pause(1.0)))
    of.receive_data(asked("/"), now=0.0)
    found = [turn(of)]
    assert of.next_deadline() == 1.5
    found.append(turn(of, 1.0))
    found.append(turn(of, 2.0))
    assert of.next_deadline() == 3.0
    assert turn(of, 3.0, room=0) == b""
    assert of.next_deadline() is None
    found.append(turn(of, 3.0))
    assert [piece.partition(b"\r\n\r\n")[2] for piece in found[:1]] == [b"1\r\n1\r\n"]
    assert found[1:] == [b"", b"1\r\n2\r\n1\r\n3\r\n", b"0\r\n\r\n"]
    assert of.next_deadline() == 78.0  # of the next request


@pytest.mark.parametrize("pieces", [(b"1", Cut()), (b"1", Cut(reset=True)), (Pause(1.0), Cut(), b"never")])
def test_the_connection_is_cut(pieces: Sequence[Piece]) -> None:
    of = connection(in_pieces(*pieces))
    of.receive_data(asked("/") + asked("/"), now=0.0)
    data = turn(of) + turn(of, 1.0)
    assert data.startswith(b"HTTP/1.1 200 ")
    assert not data.endswith(b"0\r\n\r\n")
    assert of.closed
    assert of.reset is (Cut(reset=True) in pieces)
    assert of.next_deadline() is None
    assert turn(of, 2.0) == b""


def test_the_connection_is_cut_without_an_answer() -> None:
    of = connection(Cut(1.0))
    of.receive_data(asked("/"), now=0.0)
    assert turn(of) == b""
    assert not of.closed
    assert turn(of, 1.0) == b""
    assert of.closed


def test_a_stall_ends_with_the_client() -> None:
    of = connection(in_pieces(b"1", Pause(math.inf)))
    of.receive_data(asked("/"), now=0.0)
    assert turn(of).endswith(b"1\r\n1\r\n")
    assert of.next_deadline() is None
    assert turn(of, 1e9) == b""
    of.receive_eof(now=1e9)
    assert of.closed
    of = connection(WebAnswer(200, delay=math.inf))
    of.receive_data(asked("/"), now=0.0)
    assert turn(of) == b""
    assert of.next_deadline() is None


def endless(piece: Piece) -> Iterator[Piece]:
    while True:
        yield piece


@pytest.mark.parametrize(("piece", "most"), [(b"x" * 100, 1000), (b"", 0), (Pause(0.0), 0)])
def test_an_endless_answer_leaves_room_for_others(piece: Piece, most: int) -> None:
    of = connection(WebAnswer(200, pieces=endless(piece)))
    of.receive_data(asked("/"), now=0.0)
    turn(of, room=1)
    assert len(turn(of, room=500)) <= most
    assert of.next_deadline() == 0.0


def test_a_body_beyond_the_limit() -> None:
    of = connection(WebAnswer(200), max_message_bytes=10)
    of.receive_data(asked("/", b" " * 11), now=0.0)
    assert answers(turn(of))[0][0] == 413


def test_a_service_has_no_sockets() -> None:
    of = connection(WebAnswer(404))
    fields = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13")
    for _ in range(2):
        of.receive_data(asked("/", b"", *fields, method="GET"), now=0.0)
        assert answers(turn(of)) == [(404, b"")]
    assert not of.closed
