"""A gateway that owes nothing to this project: REST on the standard library's HTTP server."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from tests.drivers.peers.certificates import server_tls
from tests.drivers.peers.peer import (
    DEEP,
    TOKEN,
    WHOAMI,
    failure,
    last,
    prompt_of,
    read_prompt,
)


class HttpGateway:
    """See `Peer`.

    Args:
        tls: Whether to speak TLS, or with which context.

    Attributes:
        go: Lets answers with `wait=` go on.
    """

    def __init__(self, *, tls: bool | ssl.SSLContext = False) -> None:
        self.seen: list[str] = []
        self.go = threading.Event()
        self._tls = server_tls(tls)
        self._port = 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *info: object) -> None:
        self.stop()

    @property
    def connections(self) -> int:
        return len(self._server.sockets)

    def start(self) -> None:
        self._server = _Server(("127.0.0.1", self._port), self)
        self._port = self._server.server_address[1]
        self.url = f"http{'s' if self._tls else ''}://127.0.0.1:{self._port}/"
        if self._tls is not None:
            self._server.socket = self._tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), name="http gateway")
        self._thread.start()

    def stop(self) -> None:
        if not self._thread.is_alive():
            return
        self._server.stopping.set()
        self._server.shutdown()
        for sock in list(self._server.sockets):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that closing waits for them
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], gateway: HttpGateway) -> None:
        self.gateway = gateway
        self.stopping = threading.Event()
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

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.headers["Authorization"] != f"Bearer {TOKEN}":  # a gateway that cannot keep a secret
            self._reply(401, json.dumps({"error": f"not accepted: {self.headers['Authorization']}"}))
        elif self.path == "/api/v1/iam":
            self._reply(200, WHOAMI)
        else:
            self._answer(self.path.rpartition("/")[2], body)

    def _answer(self, service: str, body: dict[str, Any]) -> None:
        prompt = prompt_of(body)
        script = read_prompt(prompt)
        self.server.gateway.seen.append(prompt)
        if self.server.stopping.wait(script.first + script.delay * script.count):
            return
        match script.ending:
            case "drop":
                self.rfile.read(1)  # until the client goes
            case "fail":
                self._reply(200, json.dumps(failure(service)))
            case "reset":
                self._begin(100)
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self._leave()
            case "eof":
                self._begin(100)
                self._leave()
            case "flood":
                self._begin(2**40)
                self.rfile.read(1)
            case "junk":
                self.wfile.write(b"\xff\xfe\xfd and something that is no HTTP\r\n\r\n")
                self._leave()
            case "deep":
                self._reply(200, DEEP)
            case ending:
                while ending == "wait" and not self.server.gateway.go.wait(0.001):
                    if self.server.stopping.is_set():
                        return
                self._reply(200, json.dumps(last(service, "".join(script.pieces))))

    def _begin(self, length: int) -> None:
        """Send the head of an answer, and a little of it."""
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(b'{"response":')

    def _leave(self) -> None:
        self.close_connection = True

    def _reply(self, status: int, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
