"""The messages of one import, which its connections share: which wait to be sent, and which are confirmed."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable
from typing import NamedTuple

from tgproto.session.sender import BulkSender


class Message(NamedTuple):
    """A message of an import.

    Attributes:
        frame: What is sent; empty if it will not be sent again.
        items: How many items it holds, at least 1.
        start: How many items are in the messages in front of it.
    """

    frame: bytes
    items: int
    start: int


class Messages:
    """See above. Any connection may send any message. Not confirmed are as many as the windows hold.

    Args:
        ordered: Whether it is noted which messages are confirmed, so that `offset` is known.

    Attributes:
        waiting: What is to be sent, in order; what was sent before and is to be sent again comes first.
        last: Whether no more will come.
        sent: Items sent, each counted once.
        confirmed: Items that are certainly handled.
        batches: Messages sent, each counted once.
        resent: Items sent again.
        opened: Whether any connection was ever open.
        reconnects: How often one was replaced.
        senders: The conversations that are under way.
    """

    def __init__(self, *, ordered: bool) -> None:
        self.waiting: deque[Message] = deque()
        self.last = False
        self.sent = self.confirmed = self.batches = self.resent = 0
        self.opened = False
        self.reconnects = 0
        self.senders: list[BulkSender] = []
        self._ordered = ordered
        self._answered = False
        self._added = 0  # items in all messages
        self._open: OrderedDict[int, None] = OrderedDict()  # where the messages start that are not confirmed

    def add(self, frames: Iterable[tuple[bytes, int]], *, last: bool) -> None:
        """Take messages to send, and how many items each holds."""
        for frame, items in frames:
            self.waiting.append(Message(frame, items, self._added))
            if self._ordered:
                self._open[self._added] = None
            self._added += items
        self.last = self.last or last

    def goes(self, message: Message) -> None:
        """The first one that waits is sent."""
        self.waiting.popleft()
        if message.start < self.sent:
            self.resent += message.items
        else:
            self.sent += message.items
            self.batches += 1

    def returns(self, messages: Iterable[Message]) -> None:
        """Messages that may not have arrived have to be sent again."""
        self.waiting.extendleft(reversed(list(messages)))

    def confirms(self, message: Message) -> None:
        """A message is certainly handled."""
        if message.start in self._open:
            del self._open[message.start]
            self.confirmed += message.items

    def part(self, sender: BulkSender) -> None:
        """A conversation is over."""
        self._answered = self.answered
        self.senders.remove(sender)

    @property
    def offset(self) -> int:
        """Items, from the first one on, that are all certainly handled; 0 if that is not noted."""
        if not self._ordered:
            return 0
        return next(iter(self._open), self._added)

    @property
    def has_room(self) -> bool:
        """Whether more messages may be handed in now."""
        return not self.waiting and not self.last and any(sender.wants_items for sender in self.senders)

    @property
    def answered(self) -> bool:
        """Whether any connection ever answered a ping; that may confirm nothing, see `jobs.LAG`."""
        return self._answered or any(sender.answered for sender in self.senders)
