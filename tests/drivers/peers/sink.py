"""A bulk peer that knows nothing of this project: it drops imports, and exports a triple again and again.

Pings are answered in their place, and nothing else is said. The flow of a request says what is wanted:
`fast`, `pace-N` reads N bytes a second, `send-N` sends N messages. Prints its address; ends with its input.
"""

from __future__ import annotations

import base64
import hashlib
import socket
import sys
import threading
import time

BUFFER = 2**16
PING, PONG, CLOSE = 9, 10, 8
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
MESSAGE = (
    b'{"metadata": {"id": "doc", "root": "", "collection": "default"}, "triples": [{"s": {"t": "i", "i": '
    b'"http://example.org/entity"}, "p": {"t": "i", "i": "http://example.org/predicate"}, '
    b'"o": {"t": "l", "v": "a value"}}]}'
)
BLOCK = 200


class Reader:
    """Reads from a socket, at a pace in bytes per second if it is above 0."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.pace = 0.0
        self._data = b""

    def _more(self) -> bytes:
        data = self.sock.recv(BUFFER)
        if not data:
            raise EOFError
        if self.pace:
            time.sleep(len(data) / self.pace)
        return data

    def take(self, size: int) -> bytes:
        while len(self._data) < size:
            self._data += self._more()
        taken, self._data = self._data[:size], self._data[size:]
        return taken

    def skip(self, size: int) -> None:
        while size > len(self._data):
            size -= len(self._data)
            self._data = self._more()
        self._data = self._data[size:]

    def head(self) -> bytes:
        while b"\r\n\r\n" not in self._data:
            self._data += self._more()
        head, self._data = self._data.split(b"\r\n\r\n", 1)
        return head


def frame(opcode: int, payload: bytes) -> bytes:
    size = len(payload)
    length = bytes([size]) if size < 126 else bytes([126]) + size.to_bytes(2, "big")
    return bytes([0x80 | opcode]) + length + payload


def serve(sock: socket.socket) -> None:
    with sock:
        reader = Reader(sock)
        try:
            flow = greet(reader)
            if flow.startswith("send-"):
                send(sock, int(flow.removeprefix("send-")))
            elif flow.startswith("pace-"):
                reader.pace = float(flow.removeprefix("pace-"))
            while answer(reader):
                pass
        except (EOFError, OSError):
            pass


def greet(reader: Reader) -> str:
    """Accept the WebSocket; return the flow that is asked for."""
    lines = reader.head().split(b"\r\n")
    fields = dict(line.lower().split(b": ", 1)[:1] + line.split(b": ", 1)[1:] for line in lines[1:])
    accept = base64.b64encode(hashlib.sha1(fields[b"sec-websocket-key"] + GUID).digest())
    reader.sock.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )
    return lines[0].decode().split("/flow/")[1].split("/")[0]


def send(sock: socket.socket, count: int) -> None:
    """Send so many messages, as quickly as they are taken."""
    block = frame(1, MESSAGE) * BLOCK
    for _ in range(count // BLOCK):
        sock.sendall(block)


def answer(reader: Reader) -> bool:
    """Read a frame; return whether it goes on."""
    first, second = reader.take(2)
    size = second & 127
    if size > 125:
        size = int.from_bytes(reader.take(2 if size == 126 else 8), "big")
    key = reader.take(4)
    if first & 15 not in (PING, CLOSE):
        reader.skip(size)
        return True
    payload = bytes(byte ^ key[place % 4] for place, byte in enumerate(reader.take(size)))
    reader.sock.sendall(frame(PONG if first & 15 == PING else CLOSE, payload))
    return first & 15 == PING


def main() -> None:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    print(f"http://127.0.0.1:{listener.getsockname()[1]}/", flush=True)

    def accept() -> None:
        while True:
            sock, _ = listener.accept()
            threading.Thread(target=serve, args=(sock,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
