"""The messages that the connections of an import share."""

from __future__ import annotations

from collections import deque
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tgproto.bulk.messages import Message, Messages
from tgproto.session.config import SenderConfig
from tgproto.session.events import SendPing
from tgproto.session.sender import BulkSender


def sender(messages: Messages) -> BulkSender:
    """Return a conversation that is under way."""
    made = BulkSender(SenderConfig(barrier_frames=1, window_barriers=1))
    made.carrier_opened(now=0.0)
    messages.senders.append(made)
    return made


def go(messages: Messages) -> Message:
    message = messages.waiting[0]
    messages.goes(message)
    return message


def test_counts() -> None:
    messages = Messages(ordered=True)
    messages.add([(b"1", 2), (b"2", 1)], last=False)
    messages.add([(b"3", 4)], last=True)
    messages.add([], last=False)
    assert messages.last
    first, second = go(messages), go(messages)
    assert (first, second) == ((b"1", 2, 0), (b"2", 1, 2))
    assert (messages.sent, messages.batches, messages.resent) == (3, 2, 0)
    messages.confirms(second)
    assert (messages.confirmed, messages.offset) == (1, 0)
    messages.confirms(first)
    messages.confirms(first)
    assert (messages.confirmed, messages.offset) == (3, 3)
    third = go(messages)
    messages.returns([third])
    assert go(messages) == third
    assert (messages.sent, messages.batches, messages.resent) == (7, 3, 4)
    messages.confirms(third)
    assert messages.offset == 7


def test_without_an_order_nothing_is_noted() -> None:
    messages = Messages(ordered=False)
    messages.add([(b"1", 2)], last=False)
    messages.confirms(go(messages))
    assert messages.offset == messages.confirmed == 0


def test_room_and_answers() -> None:
    messages = Messages(ordered=True)
    assert messages.room == 0
    first, second = sender(messages), sender(messages)
    first.send(b"1", 1, now=0.0)
    assert messages.room > 0
    second.send(b"2", 1, now=0.0)
    assert messages.room == 0
    outputs: list[Any] = [second.next_output(), second.next_output()]
    assert isinstance(outputs[1], SendPing)
    assert not messages.answered
    second.receive_pong(outputs[1].payload, now=0.0)
    assert messages.room > 0
    assert messages.answered
    messages.part(first)
    messages.part(second)
    assert messages.answered
    assert messages.room == 0
    sender(messages)
    messages.add([(b"3", 1)], last=False)
    assert messages.room == 0
    go(messages)
    assert messages.room > 0
    messages.add([], last=True)
    assert messages.room == 0


@pytest.mark.parametrize(
    ("waiting", "senders", "share"), [(0, 2, 0), (5, 0, 5), (5, 1, 5), (5, 2, 3), (1, 3, 1)]
)
def test_each_connection_gets_a_share(waiting: int, senders: int, share: int) -> None:
    messages = Messages(ordered=True)
    for _ in range(senders):
        sender(messages)
    messages.add([(b"1", 1)] * waiting, last=False)
    assert messages.share == share


@given(st.lists(st.integers(1, 4), max_size=40), st.integers(1, 4), st.randoms(use_true_random=False))
def test_nothing_in_front_of_the_offset_is_missing(
    sizes: list[int], connections: int, chance: Random
) -> None:
    """Connections send and lose in any order, and each confirms in its own."""
    messages = Messages(ordered=True)
    messages.add([(b"%d" % number, size) for number, size in enumerate(sizes)], last=True)
    under_way = [deque[Message]() for _ in range(connections)]
    confirmed: set[int] = set()
    reached = 0
    while messages.offset < sum(sizes):
        kept = chance.choice(under_way)
        match chance.randrange(5):
            case 0 if kept:
                messages.returns(kept)
                kept.clear()
            case 1 | 2 if kept:
                message = kept.popleft()
                messages.confirms(message)
                confirmed |= set(range(message.start, message.start + message.items))
            case _ if messages.waiting:
                kept.append(go(messages))
            case _:
                pass
        assert reached <= messages.offset <= messages.confirmed == len(confirmed) <= messages.sent
        reached = messages.offset
        assert confirmed >= set(range(reached))
    assert (messages.sent, messages.confirmed, messages.batches) == (sum(sizes), sum(sizes), len(sizes))
