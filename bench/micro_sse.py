"""Times the event-stream decoder: microseconds per event, and how the time grows with the input.

Run `python bench/micro_sse.py`. The last column shows linear behaviour if it stays near 2.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from tgproto.link.sse import SSEDecoder, encode_event

MIB = 1024 * 1024
REPEATS = 5

SMALL = b"data: {}\n\n"
TOKEN = b'data: {"id":"r-1","choices":[{"index":0,"delta":{"content":" token"}}]}\n\n'
NAMED = encode_event('{"delta":"token"}', type="content", id="17")
CRLF = TOKEN.replace(b"\n", b"\r\n")

Case = Callable[[int], Iterable[bytes]]


def chunked(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


def seconds(chunks: Iterable[bytes]) -> float:
    decoder = SSEDecoder(max_line_bytes=None, max_event_bytes=None)
    begin = time.perf_counter()
    for chunk in chunks:
        decoder.feed(chunk)
    return time.perf_counter() - begin


def best(make: Case, size: int) -> float:
    chunks = list(make(size))
    return min(seconds(chunks) for _ in range(REPEATS))


PER_EVENT: dict[str, Case] = {
    "10-byte event, one chunk": lambda n: [SMALL * n],
    "token event, one chunk": lambda n: [TOKEN * n],
    "token event, one chunk, CR LF": lambda n: [CRLF * n],
    "named event with id, one chunk": lambda n: [NAMED * n],
    "token event, 64 KiB chunks": lambda n: chunked(TOKEN * n, 65536),
    "token event, a chunk each": lambda n: [TOKEN] * n,
}

SCALING: dict[str, tuple[Case, int]] = {
    "one line in 1 KiB chunks, 16 MiB": (lambda n: chunked(b"data: " + b"x" * n + b"\n\n", 1024), 16 * MIB),
    "one line byte by byte, 1 MiB": (lambda n: chunked(b"data: " + b"x" * n + b"\n\n", 1), MIB),
    "small events in one chunk, 100,000": (lambda n: [TOKEN * n], 100_000),
    "data lines of one event, 1,000,000": (lambda n: chunked(b"data: xy\n" * n + b"\n", 65536), 1_000_000),
}


def main() -> None:
    print(f"{'events':<40}{'us/event':>10}")
    for name, make in PER_EVENT.items():
        print(f"{name:<40}{best(make, 50_000) / 50_000 * 1e6:>10.2f}")
    print(f"\n{'scaling':<40}{'half, ms':>10}{'full, ms':>10}{'ratio':>8}")
    for name, (make, size) in SCALING.items():
        half, full = best(make, size // 2), best(make, size)
        print(f"{name:<40}{half * 1e3:>10.1f}{full * 1e3:>10.1f}{full / half:>8.2f}")


if __name__ == "__main__":
    main()
