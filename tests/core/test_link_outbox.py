"""The queue of bytes to send, read back by wsproto as an independent judge."""

import pytest
from wsproto.connection import Connection, ConnectionType
from wsproto.events import TextMessage

from tgproto.errors import LocalProtocolError
from tgproto.link.outbox import Outbox
from tgproto.role import Role

PEER = {Role.CLIENT: ConnectionType.SERVER, Role.SERVER: ConnectionType.CLIENT}


def entropy(size: int) -> bytes:
    return bytes(range(1, 256)) * (size // 255) + bytes(size % 255)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("size", [0, 1, 125, 126, 65535, 65536, 70000])
def test_a_text_frame_of_any_length_is_what_wsproto_expects(role: Role, size: int) -> None:
    outbox = Outbox(role, entropy)
    text = "é" * (size // 2) + "x" * (size % 2)
    outbox.put_text(text.encode())
    announced = outbox.size
    data = outbox.take()
    assert len(data) == announced
    peer = Connection(PEER[role])
    peer.receive_data(data)
    assert list(peer.events()) == [TextMessage(text)]


def test_order_is_kept_and_the_size_is_exact() -> None:
    outbox = Outbox(Role.SERVER, entropy)
    outbox.put(b"head")
    outbox.put_text(b"one")
    outbox.put(b"")
    outbox.put(b"tail")
    assert outbox.size == 13
    assert outbox.take() == b"head\x81\x03onetail"
    assert outbox.size == 0
    assert outbox.take() == b""


def test_a_server_draws_no_entropy() -> None:
    def forbidden(size: int) -> bytes:
        raise AssertionError(size)

    outbox = Outbox(Role.SERVER, forbidden)
    outbox.put_text(b"x")
    assert outbox.take() == b"\x81\x01x"


def test_a_client_takes_a_fresh_key_for_each_frame() -> None:
    outbox = Outbox(Role.CLIENT, entropy)
    outbox.put_text(b"\0\0\0\0")
    outbox.put_text(b"\0\0\0\0")
    assert outbox.take() == b"\x81\x84\1\2\3\4\1\2\3\4\x81\x84\5\6\7\x08\5\6\7\x08"


def test_entropy_is_drawn_in_blocks_when_a_frame_needs_it() -> None:
    asked: list[int] = []

    def counted(size: int) -> bytes:
        asked.append(size)
        return entropy(size)

    outbox = Outbox(Role.CLIENT, counted)
    assert asked == []
    for _ in range(1025):
        outbox.put_text(b"")
    assert asked == [4096, 4096]


def test_failing_entropy_sends_nothing_and_may_recover() -> None:
    answers = iter([b"", bytes(4096)])
    outbox = Outbox(Role.CLIENT, lambda size: next(answers))
    with pytest.raises(LocalProtocolError, match="entropy"):
        outbox.put_text(b"a")
    assert outbox.take() == b""
    outbox.put_text(b"a")
    assert outbox.take() == b"\x81\x81\0\0\0\0a"
