"""Times whole clients on one stream of tokens: ours, `httpx-sse` on `httpx`, and the `openai` package.

Run `make bench-sse`. A server in a process of its own sends what it has prepared: 50,000 events of OpenAI's
shape, each a chunk of the body, several in a write or one. In each round the clients do the same one after
the other, each in a process of its own; ratios are taken within a round, and medians are printed. All of them
decode the JSON and join the texts.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

EVENTS = 50_000
TOKEN = " token"
MANY = 64
"""Events in one write."""


def event(number: int) -> bytes:
    body = {
        "id": "chatcmpl-8f1c2d3e4a5b6c7d",
        "object": "chat.completion.chunk",
        "created": 1780000000,
        "model": "some-model",
        "system_fingerprint": "fp_44709d6fcb",
        "choices": [{"index": 0, "delta": {"content": TOKEN}, "logprobs": None, "finish_reason": None}],
    }
    if number == EVENTS - 1:
        body["choices"][0]["finish_reason"] = "stop"  # type: ignore[index]
    return b"data: " + json.dumps(body).encode() + b"\n\n"


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


# --- the server ---------------------------------------------------------------------------------


def serve() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunks = [chunk(event(number)) for number in range(EVENTS)]
    end = chunk(b"data: [DONE]\n\n") + b"0\r\n\r\n"
    writes = {size: [b"".join(chunks[i : i + size]) for i in range(0, EVENTS, size)] for size in (1, MANY)}
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    while True:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=answer, args=(connection, head, writes, end), daemon=True).start()


def answer(connection: socket.socket, head: bytes, writes: dict[int, list[bytes]], end: bytes) -> None:
    with connection, connection.makefile("rb") as lines:
        while path := lines.readline():
            length = 0
            while (line := lines.readline().lower()) not in (b"\r\n", b""):
                if line.startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            lines.read(length)
            prepared = writes[1 if b"/one/" in path else MANY]
            connection.sendall(head)
            for data in prepared[: 2 if b"warm" in path else len(prepared)]:
                connection.sendall(data)
            connection.sendall(end)


# --- the clients ----------------------------------------------------------------------------------


def timed(run: Callable[[str], int]) -> None:
    run("warm-")
    begin, cpu = time.perf_counter(), time.process_time()
    length = run("")
    print(json.dumps([time.perf_counter() - begin, time.process_time() - cpu]))
    assert length == EVENTS * len(TOKEN), length


async def timed_async(run: Callable[[str], Any]) -> None:
    await run("warm-")
    begin, cpu = time.perf_counter(), time.process_time()
    length = await run("")
    print(json.dumps([time.perf_counter() - begin, time.process_time() - cpu]))
    assert length == EVENTS * len(TOKEN), length


def our_call(path: str) -> Any:
    from tgproto.catalog.call import StreamCall
    from tgproto.session.request import Answer, Form
    from tgproto.web.openai import ChatReader

    form = Form(path=path, body=b"{}", content_type="application/json", answer=Answer.EVENTS)
    return StreamCall(service="chat", arguments={}, form=lambda _: form, start=ChatReader, streaming=True)


def our_house(house: type, port: int) -> Any:
    from tgproto.address import parse_address
    from tgproto.dialect import GENERATION_2
    from tgproto.rest.client import RestClient
    from tgproto.rest.config import RestOptions
    from tgproto.rest.manners import Manners
    from tgproto.secrets import Secret
    from tgproto.web.patience import Retries
    from tgproto.web.refusals import read_refusal

    class Chat(house):  # type: ignore[misc]
        def __init__(self) -> None:
            address = parse_address(f"http://127.0.0.1:{port}")
            super().__init__(address, token="key", verify=True, cert=None, proxy=None, clock=None)
            self.carrier = partial(self._here, "rest")
            self._rest = RestOptions(
                host=address.authority,
                token=Secret("key"),
                dialect=GENERATION_2,
                progress_timeout=300.0,
                manners=Manners(refusal=read_refusal, patience=Retries()),
            )

        def _client(self, kind: str) -> RestClient:  # noqa: ARG002
            return RestClient(self._rest, uniform=random.random)

    return Chat()


def ours_threads(port: int, way: str) -> None:
    from tgdrivers.threaded.house import ThreadedHouse
    from tgproto.catalog import CallOptions
    from tgproto.catalog.runners import BlockingRunner

    with our_house(ThreadedHouse, port) as chat:
        runner = BlockingRunner(chat.carrier, streams=chat.carrier)
        timed(
            lambda warm: len(
                "".join(
                    [piece.content for piece in runner.open(our_call(f"{warm}{way}/x"), CallOptions(60.0))]
                )
            )
        )


def ours_asyncio(port: int, way: str) -> None:
    from tgdrivers.asyncio.house import AsyncioHouse
    from tgproto.catalog import CallOptions
    from tgproto.catalog.runners import AwaitedRunner

    async def main() -> None:
        async with our_house(AsyncioHouse, port) as chat:
            runner = AwaitedRunner(chat.carrier, streams=chat.carrier)

            async def run(warm: str) -> int:
                stream = runner.open(our_call(f"{warm}{way}/x"), CallOptions(60.0))
                return len("".join([piece.content async for piece in stream]))

            await timed_async(run)

    asyncio.run(main())


def text_of(data: str) -> str:
    """Return the text of an event, as a program that uses `httpx-sse` has to do for itself."""
    if data == "[DONE]":
        return ""
    return json.loads(data)["choices"][0]["delta"].get("content") or ""


def httpx_sse_threads(port: int, way: str) -> None:
    import httpx
    from httpx_sse import connect_sse

    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:

        def run(warm: str) -> int:
            with connect_sse(client, "POST", f"/{warm}{way}/x", json={}) as source:
                return len("".join([text_of(event.data) for event in source.iter_sse()]))

        timed(run)


def httpx_sse_asyncio(port: int, way: str) -> None:
    import httpx
    from httpx_sse import aconnect_sse

    async def main() -> None:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:

            async def run(warm: str) -> int:
                async with aconnect_sse(client, "POST", f"/{warm}{way}/x", json={}) as source:
                    return len("".join([text_of(event.data) async for event in source.aiter_sse()]))

            await timed_async(run)

    asyncio.run(main())


QUESTION: Any = {"model": "m", "messages": [{"role": "user", "content": "?"}], "stream": True}


def openai_threads(port: int, way: str) -> None:
    from openai import OpenAI

    def run(warm: str) -> int:
        with OpenAI(api_key="key", base_url=f"http://127.0.0.1:{port}/{warm}{way}") as client:
            stream = client.chat.completions.create(**QUESTION)
            return len("".join([piece.choices[0].delta.content or "" for piece in stream]))

    timed(run)


def openai_asyncio(port: int, way: str) -> None:
    from openai import AsyncOpenAI

    async def run(warm: str) -> int:
        async with AsyncOpenAI(api_key="key", base_url=f"http://127.0.0.1:{port}/{warm}{way}") as client:
            stream = await client.chat.completions.create(**QUESTION)
            return len("".join([piece.choices[0].delta.content or "" async for piece in stream]))

    asyncio.run(timed_async(run))


PEERS: dict[str, Callable[[int, str], None]] = {
    "ours_threads": ours_threads,
    "ours_asyncio": ours_asyncio,
    "httpx_sse_threads": httpx_sse_threads,
    "httpx_sse_asyncio": httpx_sse_asyncio,
    "openai_threads": openai_threads,
    "openai_asyncio": openai_asyncio,
}

# --- rounds ---------------------------------------------------------------------------------------


def measure(name: str, port: int, way: str) -> tuple[float, float]:
    """Return the seconds by the clock and of the processor that a client takes."""
    command = [sys.executable, __file__, "--peer", name, "--port", str(port), "--way", way]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    wall, cpu = json.loads(done.stdout.splitlines()[-1])
    return wall, cpu


def report(way: str, colour: str, rounds: list[dict[str, tuple[float, float]]]) -> None:
    for peer in ("ours", "httpx_sse", "openai"):
        name = f"{peer}_{colour}"
        cells: list[str] = []
        for kind in (1, 0):
            cost = statistics.median(one[name][kind] for one in rounds) / EVENTS * 1e6
            ratio = statistics.median(one[name][kind] / one[f"ours_{colour}"][kind] for one in rounds)
            cells.append(f"{cost:>9.2f}{ratio:>9.2f}")
        print(f"{way:<6}{name:<20}{''.join(cells)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--serve", action="store_true")
    parser.add_argument("--peer", choices=PEERS)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--way", choices=("many", "one"), default="many")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    if arguments.serve:
        serve()
    elif arguments.peer:
        PEERS[arguments.peer](arguments.port, arguments.way)
    else:
        command = [sys.executable, __file__, "--serve"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            try:
                assert server.stdout is not None
                port = int(server.stdout.readline())
                print(f"{'':<26}{'CPU us':>9}{'ratio':>9}{'wall us':>9}{'ratio':>9}   (per event)")
                for way in ("many", "one"):
                    rounds = [
                        {name: measure(name, port, way) for name in PEERS} for _ in range(arguments.rounds)
                    ]
                    for colour in ("threads", "asyncio"):
                        report(way, colour, rounds)
            finally:
                server.kill()


if __name__ == "__main__":
    main()
