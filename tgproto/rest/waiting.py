"""Requests that are not sent yet, by what they wait for."""

from __future__ import annotations

from collections import OrderedDict

from tgproto.rest.stream import Stream


class Waiting:
    """Where requests wait. Each is in one place at most.

    Attributes:
        queue: For a connection, in order.
        held: For the answer to a question.
        parked: For a token.
        later: For the time at which they are sent again, because they were refused.
    """

    def __init__(self) -> None:
        self.queue: OrderedDict[int, Stream] = OrderedDict()
        self.held: dict[int, Stream] = {}
        self.parked: dict[int, Stream] = {}
        self.later: dict[int, Stream] = {}

    def __len__(self) -> int:
        return len(self.queue) + len(self.held) + len(self.parked) + len(self.later)

    def queue_first(self, stream: Stream) -> None:
        """Let a request be the next to be sent."""
        self.queue[stream.id] = stream
        self.queue.move_to_end(stream.id, last=False)

    def queue_all(self) -> None:
        """Let those wait for a connection that wait for a token, or for their time."""
        for place in (self.parked, self.later):
            self.queue.update(place)
            place.clear()

    def forget(self, stream: Stream) -> None:
        """Let a request wait no more."""
        for place in (self.queue, self.held, self.parked, self.later):
            place.pop(stream.id, None)
