"""What the link reports shows no secrets."""

from tgproto.closing import CloseCause, CloseKind
from tgproto.link.events import BinaryMessage, Closed, Opened, Pong, UpgradeRequested


def test_the_request_shows_neither_token_nor_header_values() -> None:
    event = UpgradeRequested("h", "/x?a=1&token=tg_secret", ((b"authorization", b"Bearer tg_secret"),))
    assert repr(event) == "UpgradeRequested(host='h', target='/x?a=1&token=***', headers=[b'authorization'])"
    assert event.target.endswith("tg_secret")


def test_the_answer_shows_no_header_values() -> None:
    assert repr(Opened(((b"set-cookie", b"secret"),))) == "Opened(headers=[b'set-cookie'])"


def test_events_are_values() -> None:
    assert BinaryMessage(b"a") == BinaryMessage(b"a")
    assert Pong(b"a") != Pong(b"b")
    cause = CloseCause(CloseKind.LOST)
    assert Closed(cause).cause is cause
    assert len({Opened(), Opened(()), UpgradeRequested("h", "/")}) == 2
