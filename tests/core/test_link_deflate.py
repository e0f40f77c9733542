"""permessage-deflate: where wsproto's own would raise or lose track, this does not."""

import zlib

import pytest
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Ping, TextMessage
from wsproto.utilities import RemoteProtocolError

from tgproto.link.deflate import Deflate

TEXT = "hello world, hello world, hello world"


def compressed(text: str) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return (packer.compress(text.encode()) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4]


def connection() -> Connection:
    extension = Deflate()
    extension.finalize("permessage-deflate")
    assert extension.enabled()
    return Connection(ConnectionType.CLIENT, [extension])


def received(data: bytes) -> list[object]:
    peer = connection()
    peer.receive_data(data)
    return list(peer.events())


def test_a_ping_between_two_fragments_does_not_end_the_message() -> None:
    body = compressed(TEXT)
    first, second = body[:5], body[5:]
    events = received(
        bytes((0x41, len(first))) + first + b"\x89\x01p" + bytes((0x80, len(second))) + second + b"\x8a\x00"
    )
    assert events[1] == Ping(b"p")
    assert "".join(event.data for event in events if isinstance(event, TextMessage)) == TEXT


def test_a_message_need_not_be_compressed() -> None:
    assert received(b"\x82\x01x") == [BytesMessage(b"x")]


def test_a_control_frame_cannot_be_compressed() -> None:
    (event,) = received(b"\xc9\x00")
    assert event == CloseConnection(1002, "Reserved bit set unexpectedly")


def test_data_that_cannot_be_expanded_ends_the_connection() -> None:
    (event,) = received(b"\xc1\x02\xff\xff")
    assert isinstance(event, CloseConnection)
    assert event.code == 1007


@pytest.mark.parametrize(
    "offer",
    [
        "permessage-deflate; server_max_window_bits=x",
        "permessage-deflate; client_max_window_bits=99",
        "permessage-deflate; server_max_window_bits",
    ],
)
def test_a_server_declines_or_mends_an_offer_but_never_raises(offer: str) -> None:
    extension = Deflate()
    answer = extension.accept(offer)
    assert (answer is not None) == extension.enabled() == offer.endswith("bits")


def test_a_server_takes_the_first_offer_that_it_can_meet() -> None:
    extension = Deflate()
    assert extension.accept("permessage-deflate; server_max_window_bits=1") is None
    assert extension.accept("permessage-deflate; server_no_context_takeover") == "server_no_context_takeover"
    assert extension.accept("permessage-deflate; client_no_context_takeover") is None
    assert not extension.client_no_context_takeover


@pytest.mark.parametrize("bits", ["=x", "=8", ""])
def test_a_client_refuses_parameters_that_are_not_valid(bits: str) -> None:
    with pytest.raises(RemoteProtocolError, match="bad parameters of permessage-deflate"):
        Deflate().finalize("permessage-deflate; client_max_window_bits" + bits)
