"""What a token chunk costs from bytes to delivered, beside `msgspec` decoding the same frame alone.

One connection, one stream, reads of 64 KiB. "delivered" is what `take` hands to the caller. Each figure is
the best of several rounds, in which the rows take turns.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable

import msgspec

from tgproto.connection import Connection
from tgproto.dialect import GENERATION_2
from tgproto.link.upgrade import UpgradeRequest
from tgproto.link.websocket import WebSocketLink
from tgproto.role import Role
from tgproto.session.client import ClientSession
from tgproto.session.config import ServerConfig
from tgproto.session.events import RequestReceived
from tgproto.session.request import Request
from tgproto.session.server import ServerSession

CHUNK = b'{"message_type":"chunk","response":"token ","end_of_stream":false,"end_of_session":false}'
COUNT = 5_000
ROUNDS = 40
READ = 1 << 16


class _Response(msgspec.Struct):
    response: str | None = None
    message_type: str | None = None
    end_of_stream: bool = False
    end_of_session: bool = False


class _Frame(msgspec.Struct):
    id: str
    response: _Response
    complete: bool


def best(works: Iterable[Callable[[], object]]) -> list[float]:
    """Return the least time of each, in microseconds per chunk."""
    works = list(works)
    times = [float("inf")] * len(works)
    for _ in range(ROUNDS):
        for number, work in enumerate(works):
            start = time.perf_counter()
            work()
            times[number] = min(times[number], time.perf_counter() - start)
    return [seconds / COUNT * 1e6 for seconds in times]


def streaming_pair() -> tuple[Connection[ClientSession], Connection[ServerSession], int, int]:
    """Open a connection in memory with one stream under way."""
    entropy = random.Random(1).randbytes
    client = Connection(WebSocketLink(Role.CLIENT, entropy=entropy), ClientSession())
    client.link.connect(UpgradeRequest("bench"), now=0)
    link = WebSocketLink(Role.SERVER, entropy=entropy)
    link.await_upgrade(now=0)
    link.receive_data(client.data_to_send(now=0), now=0)
    link.next_event()
    link.accept(now=0)
    server = Connection(link, ServerSession(ServerConfig(GENERATION_2)))
    stream = client.session.send_request(Request("graph-rag", b'{"query":"q"}', "f"), now=0)
    client.receive_data(server.data_to_send(now=0), now=0)
    server.receive_data(client.data_to_send(now=0), now=0)
    server.session.accept_authentication("w", now=0)
    client.receive_data(server.data_to_send(now=0), now=0)
    server.receive_data(client.data_to_send(now=0), now=0)
    received = next(e for e in iter(server.session.next_event, None) if isinstance(e, RequestReceived))
    return client, server, stream, received.stream_id


def main() -> None:
    """Print the table."""
    client, server, stream, call = streaming_pair()
    for _ in range(COUNT):
        server.session.respond(call, CHUNK, final=False, now=0)
    wire = server.data_to_send(now=0)
    reads = [wire[start : start + READ] for start in range(0, len(wire), READ)]
    messages = [b'{"id":"1","response":%b,"complete":false}' % CHUNK] * COUNT
    decode = msgspec.json.Decoder(_Frame).decode
    decode_response = msgspec.json.Decoder(_Response).decode

    def alone() -> None:
        for message in messages:
            decode(message)

    def delivered() -> None:
        for data in reads:
            client.receive_data(data, now=0)
            while client.session.next_event() is not None:
                pass
            client.session.take(stream, now=0)

    def decoded() -> None:
        for data in reads:
            client.receive_data(data, now=0)
            while client.session.next_event() is not None:
                pass
            for payload in client.session.take(stream, now=0)[0]:
                decode_response(payload)

    rows = {
        "msgspec decodes the frame": alone,
        "bytes to delivered payload": delivered,
        "bytes to decoded chunk": decoded,
    }
    costs = best(rows.values())
    print("token chunk of graph-rag, us each, in brackets: times msgspec alone")
    for name, cost in zip(rows, costs, strict=True):
        print(f"{name:34}{cost:8.3f} ({cost / costs[0]:5.1f})")


if __name__ == "__main__":
    main()
