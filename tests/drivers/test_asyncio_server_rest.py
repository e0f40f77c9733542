"""The embedded gateway's plain HTTP on a real socket, against curl, httpx and the standard library."""

from __future__ import annotations

import asyncio
import http.client
import json
import shutil
import socket
import ssl
import subprocess
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tgdrivers.asyncio.server import Server, serve
from tgproto.gateway import Gateway, demo_graphs

CERTIFICATE = Path(__file__).with_name("localhost.pem")
KEY = "tg_key"
PATIENCE = 60.0
"""Seconds after which a test gives up; far more than it needs."""
BRIDGE = "Kestrel Bridge was built by Ines Marlow."


def gateway() -> Gateway:
    return Gateway(demo_graphs(), keys={KEY: "default"})


def context() -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(CERTIFICATE)
    return made


def with_server(talk: Callable[[str], None], tls: bool = False) -> None:
    """Serve, and call a function in another thread with the URL; nothing is left behind."""

    async def test() -> None:
        async with asyncio.timeout(PATIENCE), serve(gateway(), ssl=context() if tls else None) as server:
            await asyncio.to_thread(talk, server.url.replace("ws", "http", 1))
        assert not server.connections

    asyncio.run(test())


def completion(prompt: str) -> bytes:
    return json.dumps({"prompt": prompt}).encode()


COMPLETION = "api/v1/flow/default/service/text-completion"


# --- httpx ------------------------------------------------------------------------------------


@pytest.mark.parametrize("tls", [False, True])
def test_httpx(tls: bool) -> None:
    def talk(url: str) -> None:
        verify = ssl.create_default_context(cafile=str(CERTIFICATE)) if tls else False
        headers = {"Authorization": f"Bearer {KEY}"}
        with httpx.Client(base_url=url, headers=headers, verify=verify, timeout=PATIENCE) as client:
            answer = client.post(COMPLETION, json={"prompt": "Who built Kestrel Bridge?"})
            assert answer.status_code == 200
            assert answer.headers["content-type"] == "application/json; charset=utf-8"
            assert BRIDGE in answer.json()["response"]
            flow = {"flow-id": "f", "blueprint-name": "default", "description": ""}
            assert (
                client.post("api/v1/flow", json={"operation": "start-flow", **flow}).json()["flow-ids"] == []
            )
            found = client.post("api/v1/flow", json={"operation": "list-flows"}).json()["flow-ids"]
            assert found == ["default", "f"]
            assert client.post("api/v1/flow/f/service/embeddings", json={"texts": []}).json() == {
                "vectors": []
            }
            client.post("api/v1/flow", json={"operation": "stop-flow", **flow})
            gone = client.post("api/v1/flow/f/service/embeddings", json={"texts": []})
            assert gone.json() == {"error": "Invalid flow default/f"}
            user = client.post("api/v1/iam", json={"operation": "whoami"}).json()["user"]
            assert user["default_workspace"] == "default"
            refused = client.post(COMPLETION, json={}, headers={"Authorization": "Bearer tg_x"})
            assert (refused.status_code, refused.json()) == (401, {"error": "auth failure"})
            wrong = client.get("api/v1/flow")
            assert (wrong.status_code, wrong.text, wrong.headers["allow"]) == (
                405,
                "405: Method Not Allowed",
                "POST",
            )
            assert client.head("api/v1/flow").status_code == 405

    with_server(talk, tls)


def test_a_body_of_megabytes_in_chunks_and_an_answer_of_megabytes() -> None:
    def talk(url: str) -> None:
        text = completion("n=3 size=2000000 " + "x" * 3_000_000)
        pieces = (text[at : at + 100_000] for at in range(0, len(text), 100_000))
        headers = {"Authorization": f"Bearer {KEY}"}
        answer = httpx.post(url + COMPLETION, content=pieces, headers=headers, timeout=PATIENCE)
        assert len(answer.json()["response"]) == 6_000_000

    with_server(talk)


# --- the standard library ---------------------------------------------------------------------


def test_one_connection_for_many_requests() -> None:
    def talk(url: str) -> None:
        client = http.client.HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE)
        client.connect()
        sock = client.sock
        for number in range(20):
            prompt = completion(f"n={number}")
            client.request("POST", f"/{COMPLETION}", prompt, {"Authorization": f"Bearer {KEY}"})
            with client.getresponse() as answer:
                assert len(json.loads(answer.read())["response"].split()) == number
        assert client.sock is sock
        client.close()

    with_server(talk)


def test_requests_in_one_go_and_then_the_socket() -> None:
    def talk(url: str) -> None:
        address = urlsplit(url)
        head = f"POST /{COMPLETION} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\nContent-Length: "
        bodies = [completion(f"ANSWER<<{number}>>") for number in range(50)]
        requests = b"".join(head.encode() + b"%d\r\n\r\n" % len(body) + body for body in bodies)
        upgrade = (
            b"GET /api/v1/socket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        with socket.create_connection((address.hostname, address.port), PATIENCE) as sock:
            sock.sendall(requests + upgrade)
            data = b""
            while b"HTTP/1.1 101" not in data:
                data += sock.recv(2**16)
        texts = [part.split(b'"')[0] for part in data.split(b'"response":"')[1:]]
        assert texts == [b"%d" % number for number in range(50)]

    with_server(talk)


# --- curl -------------------------------------------------------------------------------------


def curl(url: str, *options: str) -> tuple[int, str]:
    """Return status and body."""
    command = ["curl", "-sS", "-w", "\n%{http_code}", "-H", f"Authorization: Bearer {KEY}", *options, url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True)
    body, _, status = done.stdout.rpartition("\n")
    return int(status), body


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl here")
def test_curl(tmp_path: Path) -> None:
    def talk(url: str) -> None:
        assert curl(url + COMPLETION, "-d", '{"prompt":"ANSWER<<hello>>"}')[1].startswith(
            '{"response":"hello"'
        )
        assert curl(url + COMPLETION, "-d", "") == (
            200,
            '{"error":"Expecting value: line 1 column 1 (char 0)"}',
        )
        assert curl(url + "api/v1/flow", "-d", "{") == (400, '{"error":"invalid json"}')
        assert curl(url + "api/v1/socket")[0] == 400
        assert curl(url + "nope") == (404, "404: Not Found")
        big = tmp_path / "big.json"  # so big that curl asks first whether it may send it
        big.write_bytes(completion("n=1" + " " * 2_000_000))
        assert curl(url + COMPLETION, "--data-binary", f"@{big}")[0] == 200
        assert curl(url + COMPLETION, "-H", "Transfer-Encoding: chunked", "-d", '{"prompt":"n=1"}')[0] == 200

    with_server(talk)


# --- the end ----------------------------------------------------------------------------------


async def handshakes(server: Server, count: int) -> list[socket.socket]:
    """Connect, and begin TLS handshakes that never go on."""
    address = urlsplit(server.url)
    socks = [socket.create_connection((address.hostname, address.port)) for _ in range(count)]
    for sock in socks:
        sock.sendall(b"\x16\x03\x01")
        sock.settimeout(PATIENCE)
    return socks


@pytest.mark.parametrize("passes", [0, 1, 2, 3, 10])
@pytest.mark.parametrize("tls", [False, True])
def test_nobody_is_left_behind(tls: bool, passes: int) -> None:
    async def test() -> None:
        async with asyncio.timeout(PATIENCE):
            async with serve(gateway(), ssl=context() if tls else None) as server:
                socks = await handshakes(server, 5)
                for _ in range(passes):
                    await asyncio.sleep(0)
            assert server.connections == 0
            assert asyncio.all_tasks() == {asyncio.current_task()}
        for sock in socks:
            try:
                while sock.recv(2**16):
                    pass
            except ConnectionError:
                pass
            sock.close()

    asyncio.run(test())


def test_a_handshake_that_fails() -> None:
    async def test() -> None:
        async with asyncio.timeout(PATIENCE), serve(gateway(), ssl=context()) as server:
            for hello in (b"GET / HTTP/1.1\r\n\r\n", b""):
                reader, writer = await asyncio.open_connection(*urlsplit(server.url).netloc.split(":"))
                while not server.connections:
                    await asyncio.sleep(0)
                writer.write(hello)
                writer.close()
                await reader.read()
                while server.connections:
                    await asyncio.sleep(0)

    asyncio.run(test())


def test_leaving_when_cancelled_during_handshakes() -> None:
    async def test() -> None:
        async with asyncio.timeout(PATIENCE):
            serving = serve(gateway(), ssl=context())
            server = await serving.__aenter__()
            socks = await handshakes(server, 2)
            leaving = asyncio.ensure_future(serving.__aexit__(None, None, None))
            while not server.connections:
                await asyncio.sleep(0)
            leaving.cancel()
            with pytest.raises(asyncio.CancelledError):
                await leaving
            assert server.connections == 0
            for sock in socks:
                sock.close()

    asyncio.run(test())


# --- long bodies ------------------------------------------------------------------------------


def test_a_document_goes_in_and_comes_out_in_pieces() -> None:
    whole = bytes(range(256)) * 2**14  # 4 MiB
    about = {"id": "d", "time": 0, "kind": "text/plain", "title": "", "tags": []}
    body = {"operation": "add-document", "document-metadata": about, "content": b64encode(whole).decode()}

    def talk(url: str) -> None:
        with httpx.Client(
            base_url=url, headers={"Authorization": f"Bearer {KEY}"}, timeout=PATIENCE
        ) as client:
            assert client.post("api/v1/librarian", json=body).json()["document-metadatas"] == []
            with client.stream("GET", "api/v1/document-stream", params={"document-id": "d"}) as answer:
                assert answer.headers["transfer-encoding"] == "chunked"
                assert answer.headers["content-type"] == "application/octet-stream"
                assert b"".join(answer.iter_bytes()) == whole
            with client.stream("GET", "api/v1/document-stream", params={"document-id": "d"}) as answer:
                next(answer.iter_bytes())  # and no more
            assert client.get("api/v1/i18n/packs/en").status_code == 200

    with_server(talk)
