"""A gateway that owes nothing to this project, for what is no call of a service: the standard library's."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from tests.drivers.peers.certificates import server_tls
from tests.drivers.peers.peer import TOKEN, WHOAMI

DOCUMENT = bytes(range(256)) * 4096
"""1 MiB: what is exported, unless it was imported."""
TEXT, BYTES, JSON = "text/plain", "application/octet-stream", "application/json"


class FormsGateway:
    """Listens within a `with` block, and keeps what is imported.

    Attributes:
        url: Where it listens.
        cores: What was imported or can be exported, by workspace and id.
    """

    def __init__(self, *, tls: bool | ssl.SSLContext = False) -> None:
        self._tls = server_tls(tls)
        self.cores = {("default", "c"): DOCUMENT}

    def __enter__(self) -> Self:
        self._server = _Server(("127.0.0.1", 0), self)
        self.url = f"http{'s' if self._tls else ''}://127.0.0.1:{self._server.server_address[1]}/"
        if self._tls is not None:
            self._server.socket = self._tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), name="forms gateway")
        self._thread.start()
        return self

    def __exit__(self, *info: object) -> None:
        self._server.shutdown()
        for sock in list(self._server.sockets):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = False

    def __init__(self, address: tuple[str, int], gateway: FormsGateway) -> None:
        self.gateway = gateway
        self.sockets: set[socket.socket] = set()
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.sockets.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.sockets.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # a client that goes is no news


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass

    def do_GET(self) -> None:
        url, query = self._asked()
        core = self.server.gateway.cores.get(
            (query.get("workspace", "default"), query.get("id", query.get("document-id", "")))
        )
        if url.startswith("/api/v1/i18n/packs/"):
            self._reply(200, json.dumps({"title": f"Guten Tag, {url.rpartition('/')[2]}"}), JSON)
        elif not self._known():
            self._reply(401, '{"error":"auth failure"}', JSON)
        elif url.startswith("/api/metrics/"):
            ok = "bad" not in query["query"]
            self._reply(200 if ok else 400, json.dumps({"path": url, "query": query["query"]}), TEXT)
        elif url == "/api/v1/export-core":
            self._stream(core or b"", 100_000)
        else:
            self._stream(core or b"", int(query["chunk-size"]))

    def do_POST(self) -> None:
        url, query = self._asked()
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if url == "/api/v1/auth/login":
            told = json.loads(body)
            if "Authorization" in self.headers:
                self._reply(500, "nobody asked for that", TEXT)
            elif told["password"] == "right":
                self._reply(200, json.dumps({"jwt": TOKEN, "as": told["username"]}), JSON)
            else:
                self._reply(401, '{"error":"auth failure"}', JSON)
        elif not self._known():
            self._reply(401, '{"error":"auth failure"}', JSON)
        elif url == "/api/v1/iam":
            self._reply(200, WHOAMI, JSON)
        else:
            assert self.headers["Content-Type"] == BYTES
            self.server.gateway.cores[query["workspace"], query["id"]] = body
            self._reply(200, "", BYTES)

    def _asked(self) -> tuple[str, dict[str, str]]:
        url = urlsplit(self.path)
        return url.path, {name: value for name, [value] in parse_qs(url.query).items()}

    def _known(self) -> bool:
        return self.headers["Authorization"] == f"Bearer {TOKEN}"

    def _stream(self, data: bytes, size: int) -> None:
        self.send_response(200)
        self.send_header("Content-Type", BYTES)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for start in range(0, len(data), size):
            piece = data[start : start + size]
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    def _reply(self, status: int, text: str, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())
