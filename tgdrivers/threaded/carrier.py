"""One connection's transport for blocking callers: a socket that never blocks.

Whoever has the pump's turn waits for all sockets at once, and calls the methods here.
"""

from __future__ import annotations

import contextlib
import errno
import os
import selectors
import socket
from typing import Any, TypeAlias

from tgdrivers.network import Endpoint

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
SIZE = 2**16
"""Bytes that one read takes at most."""

Target: TypeAlias = tuple[socket.AddressFamily, socket.SocketKind, int, str, Any]
"""What `socket.getaddrinfo` returns."""


class Carrier:
    """A transport, from the attempt to open it until it is closed.

    Args:
        key: Names the connection towards the client.
        endpoint: Where it leads.
        selector: Where it says what it waits for.

    Attributes:
        key: The same.
        up: Whether bytes can be moved.
        begun: Whether the attempt to open it has begun.
        leaves_by: When it is cut off, though not everything is written; 0 while it is wanted.
    """

    def __init__(self, key: int, endpoint: Endpoint, selector: selectors.BaseSelector) -> None:
        self.key = key
        self.up = False
        self.begun = False
        self.leaves_by = 0.0
        self._endpoint = endpoint
        self._selector = selector
        self._attempts: set[socket.socket] = set()
        self._sock: socket.socket | None = None
        self._outbox = bytearray()
        self._buffer = memoryview(bytearray(SIZE))  # a new one for each read would cost more than the read
        self._reading = True
        self._awaited = 0  # what the selector watches for

    # --- opening ------------------------------------------------------------------------------

    def look_up(self) -> list[Target] | OSError:
        """Return the addresses of the host, or why there are none. This may block."""
        address = self._endpoint.dialed
        try:
            found: list[Any] = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
            return found
        except OSError as error:
            return error

    def dial(self, targets: list[Target] | OSError) -> None:
        """Begin to connect to all addresses at once; the first one to answer is used.

        Raises:
            OSError: None can be reached.
        """
        if isinstance(targets, OSError):
            raise targets
        failure = OSError("the host has no address")
        for family, kind, protocol, _, address in targets:
            try:
                sock = socket.socket(family, kind, protocol)
            except OSError as error:  # a family that this machine does not have
                failure = error
                continue
            sock.setblocking(False)
            status = sock.connect_ex(address)
            if status in (0, errno.EINPROGRESS, errno.EWOULDBLOCK):
                self._attempts.add(sock)
                self._selector.register(sock, WRITE, self)
            else:
                sock.close()
                failure = OSError(status, os.strerror(status))
        if not self._attempts:
            raise failure

    def advance(self, sock: object) -> bool:
        """Go on opening, because a socket is ready.

        Returns:
            Whether the transport is up now.

        Raises:
            OSError: It cannot be opened.
        """
        assert isinstance(sock, socket.socket)
        status = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if status:
            self._give_up(sock)
            if not self._attempts:
                raise OSError(status, os.strerror(status))
            return False
        self._choose(sock)
        self.up = True
        self._show_interest()
        return True

    def _choose(self, sock: socket.socket) -> None:
        self._attempts.discard(sock)
        for other in list(self._attempts):
            self._give_up(other)
        self._selector.unregister(sock)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sock = sock

    def _give_up(self, sock: socket.socket) -> None:
        self._attempts.discard(sock)
        self._selector.unregister(sock)
        sock.close()

    # --- moving bytes -------------------------------------------------------------------------

    def read(self) -> bytes | None:
        """Return what has come, up to `SIZE` bytes: empty at the end, None if there is nothing now.

        Raises:
            OSError: The connection failed.
        """
        assert self._sock is not None
        try:
            return bytes(self._buffer[: self._sock.recv_into(self._buffer)])
        except BlockingIOError:
            return None

    def write(self, data: bytes = b"") -> None:
        """Write, or keep what cannot be written now.

        Raises:
            OSError: The connection failed.
        """
        assert self._sock is not None
        self._outbox += data
        with contextlib.suppress(BlockingIOError):
            del self._outbox[: self._sock.send(self._outbox)]
        self._show_interest()

    def read_on(self, wanted: bool) -> None:
        """Read from now on, or pause."""
        if wanted is not self._reading:
            self._reading = wanted
            self._show_interest()

    @property
    def written(self) -> bool:
        """Whether nothing waits to be written."""
        return not self._outbox

    def close(self) -> None:
        """Close whatever is open. Harmless when repeated."""
        for attempt in list(self._attempts):
            self._give_up(attempt)
        sock, self._sock = self._sock, None
        if sock is not None:
            with contextlib.suppress(KeyError, ValueError):
                self._selector.unregister(sock)
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)  # also if a forked process has it, too
            sock.close()

    def forsake(self) -> None:
        """Close this process's copies of the sockets: they belong to the process that it was forked from."""
        for sock in (*self._attempts, self._sock):
            if sock is not None:
                os.close(sock.detach())

    def _show_interest(self) -> None:
        """Say what to wait for: only what there is something to do for."""
        reads = READ if self._reading and not self.leaves_by else 0
        self._wait_for(reads | (WRITE if self._outbox else 0))

    def _wait_for(self, mask: int) -> None:
        assert self._sock is not None
        if mask == self._awaited:
            return
        if not self._awaited:
            self._selector.register(self._sock, mask, self)
        elif not mask:
            self._selector.unregister(self._sock)
        else:
            self._selector.modify(self._sock, mask, self)
        self._awaited = mask
