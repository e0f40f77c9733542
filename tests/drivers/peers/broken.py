"""Things at an address that are no gateway, or a bad one: each says one thing to everybody."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Self

Behaviour = Callable[[socket.socket], None]


class Broken:
    """Does the same with every connection, then closes it.

    Args:
        behaviour: What to do, in a thread of its own.
    """

    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self.connected = threading.Event()

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._sockets: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, name="broken gateway")]
        self._threads[0].start()
        return self

    def __exit__(self, *info: object) -> None:
        for sock in (self._listener, *self._sockets):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                self._sockets.append(sock)
                self.connected.set()
                thread = threading.Thread(target=self._talk, args=(sock,), name="broken gateway")
                self._threads.append(thread)
                thread.start()

    def _talk(self, sock: socket.socket) -> None:
        with sock, suppress(OSError):
            self._behaviour(sock)


def says(data: bytes) -> Behaviour:
    """Answer whatever comes with the same bytes."""

    def behave(sock: socket.socket) -> None:
        sock.recv(2**16)
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
        while sock.recv(2**16):  # a close with unread bytes would be a reset
            pass

    return behave


def silent(sock: socket.socket) -> None:
    """Read, and say nothing."""
    while sock.recv(2**16):
        pass


def answer(status: str, body: bytes, kind: str = "text/html") -> bytes:
    """Return an HTTP response."""
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
