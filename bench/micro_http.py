"""Cutting a chunked answer body: our link against h11, in the same process, on the same bytes.

Run: python bench/micro_http.py
Each figure is the median of several rounds; both sides read 64 KiB at a time, as from a socket.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import h11

from tgproto.link.http_client import HttpClientLink
from tgproto.link.http_types import BodyData, HttpRequest

READ = 64 * 1024
ROUNDS = 9
REQUEST = HttpRequest("GET", "/", "x")
HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
SHAPES = ((20, 20_000), (120, 20_000), (400, 10_000), (4_096, 2_000), (65_536, 200), (1_048_576, 16))


def chunked(size: int, count: int) -> list[bytes]:
    """Return a chunked body as a list of reads."""
    data = HEAD + (b"%x\r\n%b\r\n" % (size, b"d" * size)) * count + b"0\r\n\r\n"
    return [data[start : start + READ] for start in range(0, len(data), READ)]


def with_link(reads: list[bytes]) -> int:
    """Read the body with our link; return its length."""
    link = HttpClientLink()
    link.send_request(REQUEST, now=0.0)
    total = 0
    for data in reads:
        link.receive_data(data, now=0.0)
        while (event := link.next_event()) is not None:
            if isinstance(event, BodyData):
                total += len(event.data)
    return total


def with_h11(reads: list[bytes]) -> int:
    """Read the body with h11 alone; return its length."""
    peer = h11.Connection(h11.CLIENT)
    peer.send(h11.Request(method="GET", target="/", headers=[("Host", "x")]))
    peer.send(h11.EndOfMessage())
    total = 0
    for data in reads:
        peer.receive_data(data)
        while (event := peer.next_event()) is not h11.NEED_DATA:
            if isinstance(event, h11.Data):
                total += len(event.data)
            elif isinstance(event, h11.EndOfMessage):
                break
    return total


def median_seconds(read: Callable[[list[bytes]], int], reads: list[bytes], expected: int) -> float:
    """Return the median time of reading the body once."""
    times: list[float] = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        total = read(reads)
        times.append(time.perf_counter() - begun)
        assert total == expected
    return statistics.median(times)


def main() -> None:
    """Measure every shape and print the table."""
    print("| chunk, bytes | chunks | link, us/chunk | h11, us/chunk | ratio |")
    print("|---:|---:|---:|---:|---:|")
    for size, count in SHAPES:
        reads = chunked(size, count)
        ours, theirs = (median_seconds(read, reads, size * count) for read in (with_link, with_h11))
        micro = 1e6 / count
        print(f"| {size} | {count} | {ours * micro:.2f} | {theirs * micro:.2f} | {theirs / ours:.1f}x |")


if __name__ == "__main__":
    main()
