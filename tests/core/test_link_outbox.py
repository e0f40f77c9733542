"""The queue of bytes to send, read back by wsproto as an independent judge."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wsproto.connection import Connection, ConnectionType
from wsproto.events import Event, TextMessage

from tgproto.errors import LocalProtocolError
from tgproto.link.outbox import Outbox
from tgproto.role import Role

PEER = {Role.CLIENT: ConnectionType.SERVER, Role.SERVER: ConnectionType.CLIENT}


def entropy(size: int) -> bytes:
    return bytes(range(1, 256)) * (size // 255) + bytes(size % 255)


def read(role: Role, data: bytes) -> list[Event]:
    """Return what wsproto at the other end makes of these bytes."""
    peer = Connection(PEER[role])
    peer.receive_data(data)
    return list(peer.events())


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("size", [0, 1, 125, 126, 1023, 1024, 65535, 65536, 70000])
def test_a_text_frame_of_any_length_is_what_wsproto_expects(role: Role, size: int) -> None:
    outbox = Outbox(role, entropy)
    text = "é" * (size // 2) + "x" * (size % 2)
    outbox.put_texts([text.encode()])
    announced = outbox.size
    data = outbox.take()
    assert len(data) == announced
    assert read(role, data) == [TextMessage(text)]


@settings(max_examples=60)
@given(st.sampled_from(Role), st.lists(st.lists(st.text(max_size=300), max_size=6), max_size=6))
def test_texts_together_are_what_they_are_one_by_one(role: Role, batches: list[list[str]]) -> None:
    together, one_by_one = Outbox(role, entropy), Outbox(role, entropy)
    for batch in batches:
        together.put_texts([text.encode() for text in batch])
        for text in batch:
            one_by_one.put_texts([text.encode()])
    assert together.size == one_by_one.size
    data = together.take()
    assert data == one_by_one.take()
    assert read(role, data) == [TextMessage(text) for batch in batches for text in batch]


def test_order_is_kept_and_the_size_is_exact() -> None:
    outbox = Outbox(Role.SERVER, entropy)
    outbox.put(b"head")
    outbox.put_texts([b"one"])
    outbox.put(b"")
    outbox.put(b"tail")
    assert outbox.size == 13
    assert outbox.take() == b"head\x81\x03onetail"
    assert outbox.size == 0
    assert outbox.take() == b""


def test_a_flood_of_pings_leaves_one_pong() -> None:
    outbox = Outbox(Role.SERVER, entropy)
    for number in range(1000):
        outbox.put_pong(b"\x8a\x03%03d" % number)
    assert outbox.size == 5
    assert outbox.take() == b"\x8a\x03999"
    assert outbox.size == 0


def test_a_pong_behind_which_something_waits_stays_where_it_is() -> None:
    outbox = Outbox(Role.SERVER, entropy)
    outbox.put_pong(b"\x8a\x011")
    outbox.put_texts([b"a"])
    outbox.put_pong(b"\x8a\x012")
    outbox.put_pong(b"\x8a\x013")
    outbox.put(b"\x88\x00")
    assert outbox.size == 11
    assert outbox.take() == b"\x8a\x011\x81\x01a\x8a\x013\x88\x00"


def test_a_pong_that_was_taken_is_not_replaced() -> None:
    outbox = Outbox(Role.SERVER, entropy)
    outbox.put_pong(b"\x8a\x011")
    assert outbox.take() == b"\x8a\x011"
    outbox.put_pong(b"\x8a\x012")
    assert (outbox.size, outbox.take()) == (3, b"\x8a\x012")


def test_a_server_draws_no_entropy() -> None:
    def forbidden(size: int) -> bytes:
        raise AssertionError(size)

    outbox = Outbox(Role.SERVER, forbidden)
    outbox.put_texts([b"x"])
    assert outbox.take() == b"\x81\x01x"


def test_a_client_takes_a_fresh_key_for_each_frame() -> None:
    outbox = Outbox(Role.CLIENT, entropy)
    outbox.put_texts([b"\0\0\0\0"])
    outbox.put_texts([b"\0\0\0\0"])
    assert outbox.take() == b"\x81\x84\1\2\3\4\1\2\3\4\x81\x84\5\6\7\x08\5\6\7\x08"


def test_entropy_is_drawn_in_blocks_when_a_frame_needs_it() -> None:
    asked: list[int] = []

    def counted(size: int) -> bytes:
        asked.append(size)
        return entropy(size)

    outbox = Outbox(Role.CLIENT, counted)
    assert asked == []
    for _ in range(1025):
        outbox.put_texts([b""])
    assert asked == [4096, 4096]


def test_failing_entropy_sends_nothing_and_may_recover() -> None:
    answers = iter([b"", bytes(4096)])
    outbox = Outbox(Role.CLIENT, lambda size: next(answers))
    with pytest.raises(LocalProtocolError, match="entropy"):
        outbox.put_texts([b"a", b"b"])
    assert (outbox.size, outbox.take()) == (0, b"")
    outbox.put_texts([b"a"])
    assert outbox.take() == b"\x81\x81\0\0\0\0a"
