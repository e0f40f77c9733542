"""How the stand-ins use the bus: from the event loop, without threads and without waiting for a broker."""

import asyncio
from typing import Any

from pulsar.schema import JsonSchema

from .topic import Item, topic


class Inbox:
    """What is sent to a topic from now on, as an asynchronous iterator of messages and their properties.

    Args:
        name: The topic.
        schema: The class of its messages.
    """

    def __init__(self, name: str, schema: type) -> None:
        self._loop = asyncio.get_running_loop()
        self._schema = JsonSchema(schema)
        self._items: asyncio.Queue[Item] = asyncio.Queue()
        self._topic = topic(name)
        with self._topic.changed:
            self._topic.listeners.append(self._listen)

    def _listen(self, item: Item) -> None:
        self._loop.call_soon_threadsafe(self._items.put_nowait, item)

    def __aiter__(self) -> "Inbox":
        return self

    async def __anext__(self) -> tuple[Any, dict[str, str]]:
        item = await self._items.get()
        return self._schema.decode(item.data), dict(item.properties)

    def close(self) -> None:
        """Take nothing more."""
        with self._topic.changed:
            self._topic.listeners.remove(self._listen)


class Outbox:
    """The way to a topic.

    Args:
        name: The topic.
        schema: The class of its messages.
    """

    def __init__(self, name: str, schema: type) -> None:
        self._schema = JsonSchema(schema)
        self._topic = topic(name)

    def send(self, message: Any, **properties: str) -> None:
        """Send a message with some properties."""
        self._topic.put(Item(self._schema.encode(message), properties))
