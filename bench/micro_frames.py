"""Parsing and sending 200-byte text frames: tgproto, wsproto and websockets, side by side in one run.

Run it as `python bench/micro_frames.py`. No sockets: bytes in memory, one process, the best of several
rounds. `websockets` is measured if it is installed (extra `bench`).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from importlib import import_module

from wsproto import ConnectionType
from wsproto.connection import Connection
from wsproto.events import TextMessage

from tgproto.link.masking import apply_mask, portable_mask
from tgproto.link.upgrade import UpgradeRequest
from tgproto.link.websocket import WebSocketLink
from tgproto.role import Role

FRAMES = 20_000
ROUNDS = 7
READ = 65536
TEXT = b'{"id":"7","response":{"response":"' + b"x" * 130 + b'","end_of_stream":false},"ok":1}'
TEXT += b" " * (200 - len(TEXT))
FRAME = bytes((0x81, 126)) + len(TEXT).to_bytes(2, "big") + TEXT

Run = Callable[[], None]


def batched() -> list[bytes]:
    stream = FRAME * FRAMES
    return [stream[start : start + READ] for start in range(0, len(stream), READ)]


def open_pair() -> WebSocketLink:
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
    def run() -> None:
        link, count = open_pair(), 0
        for data in reads:
            link.receive_data(data, now=0.0)
            count += len(link.take_messages())
        assert count == FRAMES

    return run


def tgproto_send(per_flush: int) -> Run:
    def run() -> None:
        link = open_pair()
        for _ in range(FRAMES // per_flush):
            for _ in range(per_flush):
                link.send_text(TEXT)
            link.data_to_send()

    return run


def wsproto_parse(reads: list[bytes]) -> Run:
    def run() -> None:
        connection, count = Connection(ConnectionType.CLIENT), 0
        for data in reads:
            connection.receive_data(data)
            for event in connection.events():
                assert isinstance(event, TextMessage)
                count += event.message_finished
        assert count == FRAMES

    return run


def wsproto_send(per_flush: int) -> Run:
    text = TEXT.decode()

    def run() -> None:
        connection = Connection(ConnectionType.CLIENT)
        for _ in range(FRAMES // per_flush):
            b"".join([connection.send(TextMessage(text)) for _ in range(per_flush)])

    return run


def websockets_parse(reads: list[bytes]) -> Run:
    protocol = import_module("websockets.protocol")

    def run() -> None:
        client, count = protocol.Protocol(protocol.Side.CLIENT), 0
        for data in reads:
            client.receive_data(data)
            count += len(client.events_received())
        assert count == FRAMES

    return run


def websockets_send(per_flush: int) -> Run:
    protocol = import_module("websockets.protocol")

    def run() -> None:
        client = protocol.Protocol(protocol.Side.CLIENT)
        for _ in range(FRAMES // per_flush):
            for _ in range(per_flush):
                client.send_text(TEXT)
            b"".join(client.data_to_send())

    return run


def best(run: Run) -> float:
    """Return the shortest time of all rounds, in microseconds per frame."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times) / FRAMES * 1e6


def main() -> None:
    peers = ["tgproto", "wsproto"]
    try:
        import_module("websockets.protocol")
        peers.append("websockets")
    except ImportError:
        print("websockets is not installed: its column is left out")
    parse = {"tgproto": tgproto_parse, "wsproto": wsproto_parse, "websockets": websockets_parse}
    send = {"tgproto": tgproto_send, "wsproto": wsproto_send, "websockets": websockets_send}
    rows = {
        "parse, 64 KiB reads": [parse[peer](batched()) for peer in peers],
        "parse, 1 frame per read": [parse[peer]([FRAME] * FRAMES) for peer in peers],
        "send, 100 per flush": [send[peer](100) for peer in peers],
        "send, 1 per flush": [send[peer](1) for peer in peers],
    }
    mask = "standard library" if apply_mask is portable_mask else "C"
    print(f"{len(TEXT)}-byte text frames; us per frame, in brackets as a multiple of tgproto; mask: {mask}")
    print(f"{'':26}" + "".join(f"{peer:>18}" for peer in peers))
    total = [0.0] * len(peers)
    for row, runs in rows.items():
        times = [best(run) for run in runs]
        total = [before + took for before, took in zip(total, times, strict=True)]
        show(row, times)
    show("all four together", total)


def show(row: str, times: list[float]) -> None:
    print(f"{row:26}" + "".join(f"{took:9.2f} ({took / times[0]:5.1f})" for took in times))


if __name__ == "__main__":
    main()
