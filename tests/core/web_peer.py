"""A client of an embedded service: bytes there and back, read by h11 and our decoder of events."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import h11

from tgproto.link.sse import SSEDecoder, SSEEvent
from tgproto.server import ServerConnection
from tgproto.serving.service import Service

PLENTY = 2**16


@dataclass(frozen=True)
class Got:
    """An answer, and after how many seconds; `whole` unless the connection was closed before its end."""

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float
    whole: bool

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.body)

    @property
    def events(self) -> list[Any]:
        """The data of each event, of those with a name behind it."""
        found = SSEDecoder().feed(self.body)
        read = [(item.type, item.data) for item in found if isinstance(item, SSEEvent)]
        return [_read(data) if name == "message" else (name, _read(data)) for name, data in read]

    @property
    def lines(self) -> list[Any]:
        """The values of lines of JSON."""
        return [json.loads(line) for line in self.body.splitlines()]


def _read(data: str) -> object:
    return json.loads(data) if data.startswith("{") else data


def ask(service: Service, target: str, body: object = None, method: str | None = None, **fields: str) -> Got:
    """Ask a service on a connection of its own, up to the end of the answer.

    Args:
        service: What is asked.
        target: Path and query.
        body: A JSON value, bytes as they are, or None for no body.
        method: By default POST with a body, and GET without.
        **fields: Header fields, with underscores for hyphens.
    """
    client = h11.Connection(h11.CLIENT)
    data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Host": "x", "Content-Length": str(len(data)), "Content-Type": "application/json"}
    headers |= {name.replace("_", "-"): value for name, value in fields.items()}
    head = h11.Request(
        method=method or ("GET" if body is None else "POST"), target=target, headers=list(headers.items())
    )
    sent = [client.send(event) for event in (head, h11.Data(data=data), h11.EndOfMessage())]
    server = ServerConnection(service, entropy=bytes)
    server.start(now=0.0)
    server.receive_data(b"".join(one for one in sent if one), now=0.0)
    return _read_answer(server, client)


def _read_answer(server: ServerConnection, client: h11.Connection) -> Got:
    now, status, fields, body = 0.0, 0, dict[str, str](), b""
    while True:
        server.handle_timeout(now=now)
        server.pull(now=now, room=PLENTY)
        if data := server.data_to_send(now=now):
            client.receive_data(data)
        if server.closed:
            client.receive_data(b"")
        try:
            while (event := client.next_event()) is not h11.NEED_DATA:
                if isinstance(event, h11.Response):
                    status = event.status_code
                    fields = {name.decode(): value.decode() for name, value in event.headers}
                elif isinstance(event, h11.Data):
                    body += event.data
                else:
                    return Got(status, fields, body, now, whole=isinstance(event, h11.EndOfMessage))
        except h11.RemoteProtocolError:
            return Got(status, fields, body, now, whole=False)
        due = server.next_deadline()
        assert due is not None, "the server stalls"
        now = max(now, due)
