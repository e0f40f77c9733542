"""Parsing and sending 200-byte text frames: tgproto, wsproto and websockets, side by side in one run.

Run it as `python bench/micro_frames.py`. No sockets: bytes in memory, one process; each figure is the best
of several rounds, in which the libraries take turns. `websockets` is measured if it is installed (extra
`bench`). Its C function is also tgproto's mask then; both masks of tgproto are shown, each beside the
mask of `websockets` of the same kind.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from importlib import import_module

from wsproto import ConnectionType
from wsproto.connection import Connection
from wsproto.events import TextMessage

from tgproto.link import outbox
from tgproto.link.masking import MaskFunction, apply_mask, portable_mask
from tgproto.link.upgrade import UpgradeRequest
from tgproto.link.websocket import WebSocketLink
from tgproto.role import Role

FRAMES = 4_000
ROUNDS = 15
READ = 65536
TEXT = b'{"id":"7","response":{"response":"' + b"x" * 130 + b'","end_of_stream":false},"ok":1}'
TEXT += b" " * (200 - len(TEXT))
FRAME = bytes((0x81, 126)) + len(TEXT).to_bytes(2, "big") + TEXT

Run = Callable[[], None]


def batched() -> list[bytes]:
    stream = FRAME * FRAMES
    return [stream[start : start + READ] for start in range(0, len(stream), READ)]


def open_link() -> WebSocketLink:
    """Return a client link that is open."""
    client, server = (
        WebSocketLink(Role.CLIENT, entropy=os.urandom),
        WebSocketLink(Role.SERVER, entropy=os.urandom),
    )
    client.connect(UpgradeRequest("localhost"), now=0.0)
    server.await_upgrade(now=0.0)
    server.receive_data(client.data_to_send(), now=0.0)
    server.accept(now=0.0)
    client.receive_data(server.data_to_send(), now=0.0)
    client.next_event()
    return client


def tgproto_parse(reads: list[bytes]) -> Run:
    link = open_link()

    def run() -> None:
        count = 0
        for data in reads:
            link.receive_data(data, now=0.0)
            count += len(link.take_messages())
        assert count == FRAMES

    return run


def tgproto_send(per_flush: int, mask: MaskFunction) -> Run:
    link, texts = open_link(), [TEXT] * per_flush

    def run() -> None:
        outbox.apply_mask = mask  # there is no option for it
        for _ in range(FRAMES // per_flush):
            link.send_texts(texts)
            link.data_to_send()

    return run


def wsproto_parse(reads: list[bytes]) -> Run:
    connection = Connection(ConnectionType.CLIENT)

    def run() -> None:
        count = 0
        for data in reads:
            connection.receive_data(data)
            for event in connection.events():
                assert isinstance(event, TextMessage)
                count += event.message_finished
        assert count == FRAMES

    return run


def wsproto_send(per_flush: int, mask: MaskFunction) -> Run:  # noqa: ARG001
    connection, text = Connection(ConnectionType.CLIENT), TEXT.decode()

    def run() -> None:
        for _ in range(FRAMES // per_flush):
            b"".join([connection.send(TextMessage(text)) for _ in range(per_flush)])

    return run


def websockets_parse(reads: list[bytes]) -> Run:
    protocol = import_module("websockets.protocol")
    client = protocol.Protocol(protocol.Side.CLIENT)

    def run() -> None:
        count = 0
        for data in reads:
            client.receive_data(data)
            count += len(client.events_received())
        assert count == FRAMES

    return run


def websockets_send(per_flush: int, mask: MaskFunction) -> Run:
    protocol, frames = import_module("websockets.protocol"), import_module("websockets.frames")
    client = protocol.Protocol(protocol.Side.CLIENT)
    if mask is portable_mask:
        mask = import_module("websockets.utils").apply_mask

    def run() -> None:
        frames.apply_mask = mask
        for _ in range(FRAMES // per_flush):
            for _ in range(per_flush):
                client.send_text(TEXT)
            b"".join(client.data_to_send())

    return run


def best(runs: list[Run]) -> list[float]:
    """Return the shortest time of each, in microseconds per frame."""
    times = [float("inf")] * len(runs)
    for _ in range(ROUNDS):
        for number, run in enumerate(runs):
            start = time.perf_counter()
            run()
            times[number] = min(times[number], time.perf_counter() - start)
    return [seconds / FRAMES * 1e6 for seconds in times]


def main() -> None:
    parse, send = [tgproto_parse, wsproto_parse], [tgproto_send, wsproto_send]
    peers = ["tgproto", "wsproto"]
    try:
        import_module("websockets.protocol")
        peers, parse, send = [*peers, "websockets"], [*parse, websockets_parse], [*send, websockets_send]
    except ImportError:
        print("websockets is not installed: its column is left out")
    masks = {"standard library": portable_mask}
    if apply_mask is not portable_mask:
        masks = {"C": apply_mask} | masks
    rows = {
        "parse, 64 KiB reads": [of(batched()) for of in parse],
        "parse, 1 frame per read": [of([FRAME] * FRAMES) for of in parse],
    }
    for name, mask in masks.items():
        for per_flush in (100, 1):
            rows[f"send, {per_flush} per flush, mask: {name}"] = [of(per_flush, mask) for of in send]
    print(f"{len(TEXT)}-byte text frames; us per frame, in brackets as a multiple of tgproto")
    print(f"{'':41}" + "".join(f"{peer:>16}" for peer in peers))
    for row, runs in rows.items():
        times = best(runs)
        print(f"{row:41}" + "".join(f"{took:8.2f} ({took / times[0]:5.1f})" for took in times))


if __name__ == "__main__":
    main()
