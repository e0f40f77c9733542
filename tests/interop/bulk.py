"""The core's bulk sender over a plain asyncio stream: thirty lines, for tests."""

import asyncio
import os
from urllib.parse import quote

from tgproto.address import parse_address
from tgproto.connection import Connection
from tgproto.link.upgrade import UpgradeRequest
from tgproto.link.websocket import WebSocketLink
from tgproto.role import Role
from tgproto.session.sender import BulkSender


async def send_frames(url: str, token: str, flow: str, kind: str, frames: list[bytes]) -> int:
    """Send every frame as one item; return how many the gateway has confirmed."""
    address, clock = parse_address(url), asyncio.get_running_loop().time
    connection = Connection(WebSocketLink(Role.CLIENT, entropy=os.urandom), BulkSender())
    target = f"/api/v1/flow/{quote(flow)}/import/{kind}?token={quote(token)}&workspace=default"
    connection.link.connect(UpgradeRequest(address.authority, target), now=clock())
    reader, writer = await asyncio.open_connection(address.host, address.port)
    waiting = list(frames)
    while not connection.closed:
        while waiting and connection.session.wants_items:
            connection.session.send(waiting.pop(0), 1, now=clock())
            if not waiting:
                connection.session.finish(now=clock())
        writer.write(connection.data_to_send(now=clock()))
        if connection.closed:
            break
        deadline = connection.next_deadline()
        try:
            async with asyncio.timeout_at(deadline):
                data = await reader.read(65536)
        except TimeoutError:
            connection.handle_timeout(now=clock())
        else:
            connection.receive_data(data, now=clock()) if data else connection.receive_eof(now=clock())
    writer.write(connection.data_to_send(now=clock()))
    writer.close()
    await writer.wait_closed()
    return connection.session.confirmed
