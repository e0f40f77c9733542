"""EdgeQuake's clients against a server made of the standard library alone, which has none of our code."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import trio

from tgdrivers.edgequake import AsyncEdgequakeClient, EdgequakeClient, TrioEdgequakeClient
from tgdrivers.edgequake.exceptions import IncompleteStreamError
from tgproto.edgequake.chunks import Chunk

SERVER = (
    b': hello\r\ndata: {"type":"thinking","content":"hm"}\r\n\r\n'
    b'data: {"type":"context","sources":[{"id":"s-1"}],\n: in between\ndata: "query_mode":"mix"}\n\n'
    b'data: {"type":"token","content":"Gr\xc3\xa4ph"}\r\r'
    b'data:{"type":"token","content":"s \\ud83d\\ude00\\n"}\n\n'
    b': keep-alive\n\ndata: {"type":"new"}\n\ndata: {"type":"done","stats":{"tokens_used":2}}\n\n'
)
GUIDE = (
    b'data: {"chunk":"Gr\xc3\xa4ph","type":"token"}\n\ndata: s \xf0\x9f\x98\x80\ndata:\n\n'
    b'data: {"type":"source","source":"s-1"}\n\ndata: {"type":"done"}\n\n'
)
OPENAI = (
    b'data: {"id":"c","choices":[{"index":0,"delta":{"role":"assistant"}}]}\n\n'
    b'data: {"choices":[{"index":0,"delta":{"content":"Gr\xc3\xa4ph"}}]}\n\n'
    b'data: {"choices":[{"index":0,"delta":{"content":"s \xf0\x9f\x98\x80\\n"},"finish_reason":"stop"}]}\n\n'
    b"data: [DONE]\n\n"
)
TEXT = "Gräphs 😀\n"
BODIES = {"/api/v1/query/stream": SERVER, "/query/stream": GUIDE, "/v1/chat/completions": OPENAI}


@dataclass
class Site:
    """What the server is told, and what it has seen."""

    url: str = ""
    cut: int | None = None
    """How many bytes of a body are sent; then the connection ends without the last chunk."""
    endless: bool = False
    seen: list[tuple[str, str, dict[str, str], Any]] = field(default_factory=list)
    left: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def site() -> Iterator[Site]:
    told = Site()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

        def answer(self) -> None:
            size = int(self.headers.get("Content-Length", 0))
            body = json.loads(self.rfile.read(size)) if size else None
            told.seen.append((self.command, self.path, dict(self.headers), body))
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream; charset=utf-8")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            data = BODIES[self.path.partition("?")[0].removeprefix("/eq")]
            if told.endless:
                self.send_for_ever(data[: data.rindex(b"data:")])
                return
            for i in range(0, len(data[: told.cut]), 7):  # splits lines, names and characters
                self.chunk(data[: told.cut][i : i + 7])
            if told.cut is None:
                self.chunk(b"")
            self.close_connection = told.cut is not None

        do_GET = do_POST = answer  # noqa: N815

        def chunk(self, data: bytes) -> None:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            self.wfile.flush()

        def send_for_ever(self, data: bytes) -> None:
            try:
                while True:
                    self.chunk(data)
            except OSError:
                told.left.set()
                self.close_connection = True

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        told.url = f"http://127.0.0.1:{server.server_port}/eq"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield told
        server.shutdown()
        thread.join()


def chunks(
    site: Site, kind: Any, dialect: str, *, chat: bool = False, most: int | None = None
) -> list[Chunk]:
    """Return the chunks of a stream, by a client of any colour."""
    found: list[Chunk] = []

    def ask(client: Any) -> Any:
        return client.chat.stream("What is it?") if chat else client.query.stream("What is it?")

    if kind is EdgequakeClient:
        with EdgequakeClient(site.url, api_key="k", dialect=dialect) as client, ask(client) as stream:
            for chunk in stream:
                found.append(chunk)
                if len(found) == most:
                    break
        return found

    async def main() -> None:
        async with kind(site.url, api_key="k", dialect=dialect) as client, ask(client) as stream:
            async for chunk in stream:
                found.append(chunk)
                if len(found) == most:
                    break

    run: Callable[[Any], Any] = (
        trio.run if kind is TrioEdgequakeClient else lambda start: asyncio.run(start())
    )
    run(main)
    return found


KINDS = [EdgequakeClient, AsyncEdgequakeClient, TrioEdgequakeClient]
WAYS = [("server", False), ("guide", False), ("openai", True)]


@pytest.mark.parametrize(("dialect", "chat"), WAYS)
def test_all_colours_see_the_same(site: Site, dialect: str, chat: bool) -> None:
    seen = [chunks(site, kind, dialect, chat=chat) for kind in KINDS]
    assert seen[0] == seen[1] == seen[2]
    assert "".join(map(str, seen[0])) == TEXT
    assert seen[0][-1].done
    assert len({(method, path) for method, path, _, _ in site.seen}) == 1


def test_what_is_sent(site: Site) -> None:
    for dialect, chat in WAYS:
        chunks(site, EdgequakeClient, dialect, chat=chat)
    server, guide, openai = site.seen
    assert server[:2] == ("POST", "/eq/api/v1/query/stream")
    assert (server[2]["X-API-Key"], server[2]["Accept"]) == ("k", "text/event-stream")
    assert server[3] == {"query": "What is it?"}
    assert guide[:2] == ("GET", "/eq/query/stream?query=What+is+it%3F")
    assert (guide[2]["Authorization"], guide[3]) == ("Bearer k", None)
    assert openai[:2] == ("POST", "/eq/v1/chat/completions")
    said = [{"role": "user", "content": "What is it?"}]
    assert openai[3] == {"stream": True, "model": "edgequake", "messages": said}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("dialect", "chat"), WAYS)
def test_wherever_it_is_cut_the_text_so_far_is_there(site: Site, kind: Any, dialect: str, chat: bool) -> None:
    body = {"server": SERVER, "guide": GUIDE, "openai": OPENAI}[dialect]
    site.cut = body.rindex(b"\n\ndata:") - 3 if chat else body.rindex(b"data:") + 9
    with pytest.raises(IncompleteStreamError) as caught:
        chunks(site, kind, dialect, chat=chat)
    assert caught.value.partial
    assert TEXT.startswith(str(caught.value.partial))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("dialect", "chat"), WAYS)
def test_the_server_sees_that_nobody_listens(site: Site, kind: Any, dialect: str, chat: bool) -> None:
    site.endless = True
    assert len(chunks(site, kind, dialect, chat=chat, most=3)) == 3
    assert site.left.wait(10)
