"""An HTTP proxy that owes nothing to this project: opens tunnels to this machine, or fails in many ways."""

from __future__ import annotations

import base64
import select
import socket
import ssl
import threading
import time
from contextlib import suppress

from tests.drivers.peers.broken import Broken

_PAUSE = 0.02
"""Seconds between two looks whether it is to stop."""


class HttpProxy(Broken):
    """A proxy in threads, for the length of a `with` block. Every name means this machine.

    Args:
        tls: Context to be spoken to in TLS; None for plain.
        credentials: User and password that it demands; None for neither.
        answers: What it answers to each CONNECT instead of opening a tunnel, in turn; None opens it. When
            there are no more, it opens them.
        dribbles: Whether its own answers, and the first bytes of the tunnel, leave byte by byte.

    Attributes:
        asked: Target of each CONNECT.
        heads: Everything that was said with each CONNECT.
    """

    def __init__(
        self,
        *,
        tls: ssl.SSLContext | None = None,
        credentials: tuple[str, str] | None = None,
        answers: tuple[bytes | None, ...] = (),
        dribbles: bool = False,
    ) -> None:
        super().__init__(self._serve)
        self._tls = tls
        self._credentials = credentials
        self._answers = list(answers)
        self._dribble = 200 if dribbles else 0
        self._stopping = threading.Event()
        self.asked: list[str] = []
        self.heads: list[str] = []

    @property
    def url(self) -> str:
        return f"http{'s' if self._tls else ''}://127.0.0.1:{self.port}"

    def __exit__(self, *info: object) -> None:
        self._stopping.set()
        super().__exit__(*info)

    def _serve(self, sock: socket.socket) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._tls is not None:
            sock.settimeout(5)
            sock = self._tls.wrap_socket(sock, server_side=True)
        sock.settimeout(_PAUSE)
        with sock:
            head = self._read_head(sock)
            target = head.split(" ")[1]
            self.asked.append(target)
            self.heads.append(head)
            answer = self._answers.pop(0) if self._answers else None
            if answer is None:
                answer = self._judge(head)
            if answer is not None:
                self._send(sock, answer)
                return
            with socket.create_connection(("127.0.0.1", int(target.rpartition(":")[2])), 5) as gateway:
                gateway.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._send(sock, b"HTTP/1.1 200 Connection established\r\nVia: tests\r\n\r\n")
                self._relay(sock, gateway)

    def _judge(self, head: str) -> bytes | None:
        if self._credentials is None:
            return None
        wanted = base64.b64encode(":".join(self._credentials).encode()).decode()
        if f"proxy-authorization: Basic {wanted}\r\n".lower() in head.lower():
            return None
        said = next((line for line in head.split("\r\n") if "authorization" in line.lower()), "")
        page = f"no: {said}".encode()  # a proxy that cannot keep a secret
        lines = b"Proxy-Authenticate: Basic realm=tests\r\nContent-Length: %d\r\n\r\n" % len(page)
        return b"HTTP/1.1 407 Proxy Authentication Required\r\n" + lines + page

    def _read_head(self, sock: socket.socket) -> str:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            if self._stopping.is_set():
                raise OSError("stopping")
            with suppress(TimeoutError):
                piece = sock.recv(1)
                if not piece:
                    raise OSError("gone")
                head += piece
        return head.decode()

    def _relay(self, client: socket.socket, gateway: socket.socket) -> None:
        """Carry bytes until one side has ended, in one thread: TLS of Python is not for two."""
        while not self._stopping.is_set():
            waiting = isinstance(client, ssl.SSLSocket) and client.pending()
            ready = [client] if waiting else select.select([client, gateway], [], [], _PAUSE)[0]
            for source, sink in ((client, gateway), (gateway, client)):
                if source in ready:
                    source.settimeout(0)
                    with suppress(BlockingIOError, ssl.SSLWantReadError):
                        data = source.recv(2**16)
                        if not data:
                            return
                        self._send(sink, data)

    def _send(self, sock: socket.socket, data: bytes) -> None:
        sock.settimeout(10)
        drops, self._dribble = data[: self._dribble], max(self._dribble - len(data), 0)
        for number in range(len(drops)):
            sock.sendall(drops[number : number + 1])
            time.sleep(0.0005)
        sock.sendall(data[len(drops) :])
