"""The bulk sockets of an embedded gateway."""

from __future__ import annotations

import pytest

from tgproto.gateway import bulk
from tgproto.gateway.bulk import LOOK, BulkSocket, ExportHost, ImportHost, Malformed, Taps

PLACE = ("w", "f", "triples")


def socket(way: str = "import", *, served: bool = True) -> BulkSocket:
    return BulkSocket(way, "triples", "f", "w", served)


class Store:
    """Keeps messages; `bad` is malformed."""

    def __init__(self) -> None:
        self.kept: list[bytes | str] = []

    def __call__(self, frame: bytes | str) -> bytes:
        if frame == b"bad":
            raise Malformed
        self.kept.append(frame)
        return b"told " + (frame.encode() if isinstance(frame, str) else frame)


def imports(*, served: bool = True) -> tuple[ImportHost, Store, Taps]:
    store, taps = Store(), Taps()
    host = ImportHost(socket(served=served), store, taps)
    host.session.carrier_opened(now=0.0)
    return host, store, taps


def test_messages_are_stored_and_passed_on() -> None:
    host, store, taps = imports()
    with taps.open(PLACE) as tap, taps.open(PLACE) as other, taps.open(("w", "g", "triples")) as elsewhere:
        assert taps.count(*PLACE) == 2
        host.session.receive_messages([b"1", "2"], now=0.0)
        host.pull(now=0.0, room=0)
        assert [tap.take(), tap.take()] == [other.take(), other.take()] == [b"told 1", b"told 2"]
        assert not tap
        assert not elsewhere
    assert store.kept == [b"1", "2"]
    assert taps.count(*PLACE) == 0
    assert host.next_deadline() is None
    assert not host.session.over


def test_nothing_behind_a_malformed_message_is_stored() -> None:
    host, store, _ = imports()
    host.session.receive_messages([b"1", b"bad", b"2"], now=0.0)
    host.pull(now=0.0, room=0)
    host.session.receive_messages([b"3"], now=0.0)
    host.pull(now=0.0, room=0)
    assert store.kept == [b"1"]
    assert host.broken


def test_what_is_not_served_is_closed() -> None:
    host, store, _ = imports(served=False)
    host.session.receive_messages([b"1"], now=0.0)
    host.pull(now=0.0, room=0)
    assert host.session.over
    assert store.kept == []


def exports() -> tuple[ExportHost, Taps]:
    taps = Taps()
    host = ExportHost(socket("export"), taps)
    host.session.carrier_opened(now=0.0)
    return host, taps


def sent(host: ExportHost) -> list[object]:
    found = []
    while (output := host.session.next_output()) is not None:
        found.append(output)
    return found


def test_an_export_looks_again_and_again() -> None:
    host, taps = exports()
    taps.publish(PLACE, b"too early")
    host.pull(now=1.0, room=100)
    assert host.next_deadline() == 1.0 + LOOK
    taps.publish(PLACE, b"1234")
    taps.publish(PLACE, b"5678")
    host.pull(now=2.0, room=0)
    assert sent(host) == []
    host.pull(now=2.0, room=3)
    assert sent(host) == [b"1234"]
    assert host.next_deadline() == 2.0
    host.pull(now=3.0, room=100)
    assert sent(host) == [b"5678"]


def test_an_export_ends() -> None:
    host, taps = exports()
    host.pull(now=1.0, room=100)
    assert taps.count(*PLACE) == 1
    host.session.close(now=1.0)
    host.pull(now=1.0, room=100)
    host.pull(now=1.0, room=100)
    assert taps.count(*PLACE) == 0
    assert host.next_deadline() is None


@pytest.mark.parametrize(("limit", "most"), [("MAX_WAITING", 2), ("MAX_WAITING_BYTES", 6)])
def test_an_export_that_is_not_read_is_closed(limit: str, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, limit, most)
    host, taps = exports()
    host.pull(now=1.0, room=100)
    for _ in range(10):  # what was taken waits no more
        taps.publish(PLACE, b"abc")
        taps.publish(PLACE, b"def")
        host.pull(now=1.0, room=100)
        assert sent(host) == [b"abc", b"def"]
    for _ in range(4):
        taps.publish(PLACE, b"abc")
    host.pull(now=1.0, room=100)
    assert b"abc" not in sent(host)
    assert host.session.over
    assert taps.count(*PLACE) == 0
