"""Topics, and the messages that wait in their subscriptions."""

import heapq
import itertools
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

REFUSED_FOR = 60.0  # seconds after which a refused message comes back


@dataclass(frozen=True, slots=True)
class Item:
    """A message as a topic carries it."""

    data: bytes
    properties: Mapping[str, str]


class Subscription:
    """The messages that wait for the consumers of one subscription.

    Args:
        exclusive: Whether there may be only one consumer.
    """

    def __init__(self, exclusive: bool) -> None:
        self.exclusive = exclusive
        self.consumers = 0
        self._waiting: deque[Item] = deque()
        self._refused: list[tuple[float, int, Item]] = []
        self._numbers = itertools.count()  # so that two items are never compared

    def add(self, item: Item) -> None:
        """Put a message behind the others."""
        self._waiting.append(item)

    def refuse(self, item: Item) -> None:
        """Let a message come back later."""
        heapq.heappush(self._refused, (time.monotonic() + REFUSED_FOR, next(self._numbers), item))

    def take(self) -> Item | None:
        """Take the first message; None when there is none yet."""
        while self._refused and self._refused[0][0] <= time.monotonic():
            self._waiting.append(heapq.heappop(self._refused)[2])
        return self._waiting.popleft() if self._waiting else None

    def next_return(self) -> float | None:
        """The time at which the next refused message comes back."""
        return self._refused[0][0] if self._refused else None


class Topic:
    """One topic.

    Attributes:
        changed: Guards the topic and is notified of every change.
        subscriptions: By name.
        listeners: Called with each message, in the thread that sends it.
        persistent: Whether refused messages come back.
        newest: The last message, if the topic keeps it for later subscriptions.
    """

    def __init__(self, name: str) -> None:
        self.changed = threading.Condition()
        self.subscriptions: dict[str, Subscription] = {}
        self.listeners: list[Callable[[Item], None]] = []
        self.persistent = name.startswith("persistent:")
        self.newest: Item | None = None
        self._keeps = "/config/" in name

    def put(self, item: Item) -> None:
        """Send a message."""
        with self.changed:
            if self._keeps:
                self.newest = item
            for subscription in self.subscriptions.values():
                subscription.add(item)
            for listen in self.listeners:
                listen(item)
            self.changed.notify_all()


_topics: dict[str, Topic] = {}
_lock = threading.Lock()


def topic(name: str) -> Topic:
    """The topic of a name, which begins to exist when it is first asked for."""
    with _lock:
        return _topics.setdefault(name, Topic(name))


def subscribed(name: str) -> bool:
    """Whether a topic has a subscription."""
    return bool(topic(name).subscriptions)
