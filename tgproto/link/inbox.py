"""The queue of what a link has to report, in order, with text messages kept in runs."""

from __future__ import annotations

from collections import deque
from typing import TypeAlias

from tgproto.link.events import BinaryMessage, Closed, LinkEvent, Opened, Pong, UpgradeRequested

Notice: TypeAlias = BinaryMessage | UpgradeRequested | Opened | Pong | Closed
"""An event that is not a text message."""


class Inbox:
    """Events in order. Neighbouring text messages form one list, which is handed over whole.

    Attributes:
        texts: The text messages after the last other event; new ones are appended here.
        older: What came before them. Both are empty if there is nothing.
    """

    __slots__ = ("_taken", "older", "texts")

    def __init__(self) -> None:
        self.texts: list[bytes] = []
        self.older: deque[list[bytes] | Notice] = deque()
        self._taken = 0  # messages of the first run that `next_event` has handed out

    def put(self, notice: Notice) -> None:
        """Append an event that is not a text message."""
        if self.texts:
            self.older.append(self.texts)
            self.texts = []
        self.older.append(notice)

    def take_messages(self) -> list[bytes]:
        """Take the text messages before the next other event; an empty list if there are none."""
        if not self.older:
            run, self.texts = self.texts, []
        elif isinstance(first := self.older[0], list):
            self.older.popleft()
            run = first
        else:
            return []
        if self._taken:
            del run[: self._taken]
            self._taken = 0
        return run

    def next_event(self) -> LinkEvent | None:
        """Take the next message or event, or None if there is none now."""
        first = self.older[0] if self.older else self.texts
        if not isinstance(first, list):
            self.older.popleft()
            return first
        if not first:
            return None
        message = first[self._taken]
        self._taken += 1
        if self._taken == len(first):
            self.take_messages()
        return message
