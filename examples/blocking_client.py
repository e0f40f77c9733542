"""A blocking client written with nothing but the core and a socket."""

import json
import os
import socket
import sys
import time
from collections.abc import Iterator

from tgproto.connection import Connection
from tgproto.link.upgrade import UpgradeRequest
from tgproto.link.websocket import WebSocketLink
from tgproto.role import Role
from tgproto.secrets import Secret
from tgproto.session.client import ClientSession
from tgproto.session.config import ClientConfig
from tgproto.session.events import Failed
from tgproto.session.request import Request


def ask(host: str, port: int, token: str, request: Request) -> Iterator[bytes]:
    session = ClientSession(ClientConfig(token=Secret(token)))
    connection = Connection(WebSocketLink(Role.CLIENT, entropy=os.urandom), session)
    now = time.monotonic()
    connection.link.connect(UpgradeRequest(f"{host}:{port}", "/api/v1/socket"), now=now)
    stream, outcome = session.send_request(request, now=now), None
    with socket.create_connection((host, port), timeout=10) as sock:
        while outcome is None:
            sock.settimeout(10)
            sock.sendall(connection.data_to_send(now=now))
            sock.settimeout(max((connection.next_deadline() or now + 1) - now, 0.001))
            try:
                data = sock.recv(65536)
                now = time.monotonic()
                connection.receive_data(data, now=now) if data else connection.receive_eof(now=now)
            except TimeoutError:
                now = time.monotonic()
                connection.handle_timeout(now=now)
            while session.next_event() is not None:
                pass  # with one stream, looking at it is enough
            payloads, outcome = session.take(stream, now=now)
            yield from (bytes(payload) for payload in payloads)
        session.close(now=now)
        sock.sendall(connection.data_to_send(now=now))
    if isinstance(outcome, Failed):
        raise outcome.error


if __name__ == "__main__":
    host, port, token, question = sys.argv[1:]
    body = json.dumps({"system": "", "prompt": question, "streaming": True}).encode()
    for chunk in ask(host, int(port), token, Request("text-completion", body, flow="default")):
        print(chunk.decode())
