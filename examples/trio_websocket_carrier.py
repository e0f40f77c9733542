"""The message-level session carried by another library's WebSocket: trio-websocket.

`carry` reads all the time, so `on_event` has to take what is readable. Requests are submitted before it
starts, or from `on_event`.
"""

import json
import math
import sys
from collections.abc import Callable
from contextlib import suppress

import trio
from trio_websocket import ConnectionClosed, WebSocketConnection, open_websocket_url

from tgproto.closing import CloseCause, CloseKind
from tgproto.secrets import Secret
from tgproto.session.client import ClientSession
from tgproto.session.config import ClientConfig
from tgproto.session.events import ClientEvent, Failed, SendPing, StreamReadable
from tgproto.session.request import Request


async def carry(session: ClientSession, url: str, on_event: Callable[[ClientEvent], None]) -> None:
    async with open_websocket_url(url) as socket, trio.open_nursery() as nursery:
        session.carrier_opened(now=trio.current_time())
        while not session.closed:
            try:
                while (output := session.next_output()) is not None:
                    if isinstance(output, bytes):
                        await socket.send_message(output.decode())
                    elif isinstance(output, SendPing):
                        nursery.start_soon(ping, session, socket, output.payload)
                    else:
                        await socket.aclose(output.code, output.reason)
                with trio.move_on_at(session.next_deadline() or math.inf):
                    session.receive_message(await socket.get_message(), now=trio.current_time())
            except ConnectionClosed as end:
                session.carrier_closed(CloseCause(CloseKind.REMOTE, str(end.reason)), now=trio.current_time())
            session.handle_timeout(now=trio.current_time())
            while (event := session.next_event()) is not None:
                on_event(event)
        nursery.cancel_scope.cancel()


async def ping(session: ClientSession, socket: WebSocketConnection, payload: bytes) -> None:
    with suppress(ConnectionClosed):
        await socket.ping(payload)  # waits for the pong, which comes in order behind messages
        session.receive_pong(payload, now=trio.current_time())


async def main(url: str, token: str, question: str) -> None:
    session = ClientSession(ClientConfig(token=Secret(token)))
    body = json.dumps({"system": "", "prompt": question, "streaming": True}).encode()
    request = Request("text-completion", body, flow="default")
    stream = session.send_request(request, now=trio.current_time())

    def show(event: ClientEvent) -> None:
        if isinstance(event, StreamReadable):
            payloads, outcome = session.take(stream, now=trio.current_time())
            for payload in payloads:
                print(bytes(payload).decode())
            if outcome is not None:
                print(outcome.error if isinstance(outcome, Failed) else "complete")
                session.close(now=trio.current_time())

    await carry(session, url, show)


if __name__ == "__main__":
    trio.run(main, *sys.argv[1:])
