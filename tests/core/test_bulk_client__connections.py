"""An import over several sockets: whatever happens to them, nothing is lost, and what is said is true."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.bulk_network import TOKEN, Network, frame
from tgproto.bulk.jobs import IN_VAIN, LAG
from tgproto.bulk.requests import Confirm, OpenImport, Report, SendFrames
from tgproto.closing import DialFault
from tgproto.dialect import GENERATION_1
from tgproto.driven import Lost
from tgproto.errors import (
    AuthenticationError,
    ConnectionRefused,
    ImportInterrupted,
    ImportRefused,
    RequestTimeout,
)
from tgproto.gateway import Gateway1, GraphStore
from tgproto.secrets import Secret
from tgproto.session.config import SenderConfig
from tgproto.session.events import Completed, CredentialWanted, Failed

EACH = SenderConfig(barrier_frames=1, window_barriers=2)
"""Each message is confirmed by itself, and two of them fill a socket."""


def network(*args: Any, **options: Any) -> Network:
    return Network(*args, **{"sender": EACH} | options)


def closed(net: Network, now: float) -> None:
    """See that nothing is left behind, once the last closing handshake is over or was waited for."""
    net.tick(now + EACH.close_timeout)
    assert net.client.idle
    assert net.client.next_deadline() is None
    assert not net.ends


def test_each_message_goes_to_one_that_has_room() -> None:
    net = network()
    stream = net.start(connections=3)
    assert net.dials == [1, 2, 3]
    net.deaf |= {1, 2, 3}
    sent = 0
    while (report := net.take(stream)[0]) is not None and report.room:
        net.send(stream, sent)
        sent += 1
    assert sent == 6  # the windows of all three
    for key in (3, 1, 2):
        net.deaf.discard(key)
        net.lose(key, 0.0)
    net.tick(1.0)
    net.send(stream, last=True, now=1.0)
    done = net.completed(stream, 1.0)
    assert (done.sent, done.confirmed, done.offset, done.batches) == (6, 6, 6, 6)
    assert done.reconnects == 3
    assert net.stored == set(range(6))
    assert net.client.idle


def test_a_slow_socket_holds_nobody_up() -> None:
    net = network()
    stream = net.start(connections=2)
    net.deaf.add(1)
    reports = [net.report(stream)]
    for number in range(100):
        assert reports[-1].room
        net.send(stream, number)
        reports.append(net.report(stream))
    assert reports[-1].confirmed >= 98
    assert reports[-1].offset < 3
    confirmed = [report.confirmed for report in reports]
    assert confirmed == sorted(confirmed)
    net.send(stream, last=True)
    net.tick(60.0)  # what the slow one has not confirmed is sent again, and it was the last
    net.tick(61.0)
    report = net.completed(stream, 61.0)
    assert (report.sent, report.confirmed, report.offset) == (100, 100, 100)
    assert report.resent <= 2
    assert net.stored == set(range(100))


def test_what_one_has_lost_another_one_sends() -> None:
    net = network()
    stream = net.start(connections=2)
    net.report(stream)
    net.deaf |= {1, 2}
    net.send(stream, 0)
    net.send(stream, 1)
    net.deaf.clear()
    net.lose(1, 0.0)
    net.send(stream, 2, 3, last=True)  # meanwhile the first one waits to be opened again, and is not needed
    report = net.completed(stream)
    assert (report.confirmed, report.resent, report.reconnects) == (4, 1, 0)
    assert net.stored == {0, 1, 2, 3}
    assert net.client.idle


@pytest.mark.parametrize("confirm", list(Confirm))
def test_confirmations(confirm: Confirm) -> None:
    net = network()
    stream = net.start(connections=3, confirm=confirm)
    for number in range(20):
        assert net.report(stream).room
        net.send(stream, number)
    net.send(stream, last=True)
    report = net.completed(stream)
    assert report.sent == 20
    assert report.confirmed == (0 if confirm is Confirm.NOTHING else 20)
    assert net.stored == set(range(20))


def test_one_closes_in_order_and_another_is_lost() -> None:
    """Then some items are confirmed, and nobody knows which."""
    net = network()
    stream = net.start(connections=2, confirm=Confirm.CLOSE)
    net.report(stream)
    net.deaf.add(1)
    for number in range(4):
        net.send(stream, number)
    net.send(stream, last=True)
    assert net.take(stream)[2] is None
    net.lose(1, 0.0)
    error = net.error(stream)
    assert (error.sent, error.offset) == (4, 0)
    assert 0 < error.confirmed < 4


def test_nothing_to_import() -> None:
    net = network(held=True)
    stream = net.start(connections=3)
    net.send(stream, last=True)
    net.open(1)
    net.serve(0.0)
    assert net.completed(stream).sent == 0
    assert net.client.idle


def test_those_that_do_not_come_up_are_not_waited_for() -> None:
    net = network(held=True)
    stream = net.start(connections=3)
    net.open(2)
    net.serve(0.0)
    net.send(stream, 1, 2, 3, last=True)
    assert net.completed(stream).confirmed == 3
    assert net.client.idle


def refused(net: Network, stream: int) -> Exception:
    """Let every socket be tried as often as it may be in vain, and return the error."""
    for number in range(1, IN_VAIN):
        net.tick(60.0 * number)
    return net.error(stream, 60.0 * IN_VAIN)


@pytest.mark.parametrize("kind", ["nowhere", "default"])
def test_a_flow_that_is_not_there(kind: str) -> None:
    net = network()
    stream = net.start(connections=4, flow=kind)
    if kind == "nowhere":
        error = refused(net, stream)
        assert type(error) is ImportRefused
        assert (error.offset, error.confirmed) == (0, 0)
        assert net.client.idle
    else:
        assert net.report(stream).room


def test_the_first_one_has_to_come_up() -> None:
    net = network(held=True)
    stream = net.start(connections=3)
    net.lose(2, 0.0, DialFault.REFUSED)
    assert isinstance(net.error(stream), ConnectionRefused)
    assert net.client.idle


def test_later_the_others_are_tried_again() -> None:
    net = network(held=True)
    stream = net.start(connections=2)
    net.open(1)
    net.serve(0.0)
    net.lose(2, 0.0, DialFault.REFUSED)
    assert net.report(stream).room
    net.held = False
    net.tick(1.0)
    assert net.dials == [1, 2, 3]
    assert sorted(net.ends) == [1, 3]


def test_one_that_fails_ends_all() -> None:
    net = network()
    stream = net.start(connections=3, resume=False)
    net.report(stream)
    net.deaf |= {1, 2}
    for number in range(3):
        net.send(stream, number)
    error: Any = None
    net.lose(1, 0.0)
    error = net.error(stream)
    assert type(error) is ImportInterrupted
    assert (error.sent, error.confirmed, error.offset) == (3, 1, 0)
    closed(net, 0.0)
    assert [notice.retry_at for notice in net.notices if isinstance(notice, Lost)] == [None]


def test_a_message_that_is_not_understood() -> None:
    """Pongs on another socket tell that it is not the flow that is missing."""
    net = network()
    stream = net.start(connections=2)
    net.report(stream)
    net.deaf.add(1)
    net.send(stream, 0)
    net.send(stream, 1)  # confirmed by the second one
    net.deaf.clear()
    net.client.submit(SendFrames(stream, [(b"[]", 1)]), now=0.0)
    net.serve(0.0)
    error = refused(net, stream)
    assert type(error) is ImportInterrupted
    assert (error.sent, error.confirmed) == (3, 1)


def test_1x_confirms_the_last_ones_when_it_closes() -> None:
    net = network(Gateway1(GraphStore(), secret=TOKEN), dialect=GENERATION_1)
    message = (
        b'{"metadata":{"id":"d","collection":"c","user":"u","metadata":[]},"triples":'
        b'[{"s":{"v":"urn:s","e":true},"p":{"v":"urn:p","e":true},"o":{"v":"o","e":false}}]}'
    )
    stream = net.start(connections=2, workspace=None)
    for _ in range(50):
        assert net.report(stream).room
        net.client.submit(SendFrames(stream, [(message, 1)]), now=0.0)
        net.serve(0.0)
    report = net.report(stream)
    assert report.confirmed == 50 - 2 * LAG
    assert report.offset <= report.confirmed
    net.send(stream, last=True)
    assert net.completed(stream).confirmed == 50


# --- time, tokens, the end ------------------------------------------------------------------------


def test_total_timeout() -> None:
    net = network(held=True)
    opening: Any = {"flow": "default", "workspace": "my own", "connections": 3}
    stream = net.client.submit(OpenImport("triples", **opening), now=0.0, total_timeout=5.0)
    net.serve(0.0)
    net.tick(5.0)
    assert isinstance(net.error(stream, 5.0), RequestTimeout)
    assert net.client.next_deadline() is None
    stream = net.client.submit(OpenImport("triples", **opening), now=10.0, total_timeout=5.0)
    net.serve(10.0)
    net.open(net.dials[-1], 10.0)  # the last one alone is up, and the first one's time is looked at first
    net.serve(10.0)
    net.deaf.add(net.dials[-1])
    net.send(stream, 1, now=10.0)
    net.tick(15.0)
    assert isinstance(net.error(stream, 15.0), ImportInterrupted)
    closed(net, 15.0)


def test_a_token_for_all() -> None:
    net = network(token=None, renewable=True)
    stream = net.start(connections=3)
    assert sum(isinstance(notice, CredentialWanted) for notice in net.notices) == 1
    net.client.authenticate(Secret(TOKEN), now=0.0)
    net.serve(0.0)
    assert len(net.ends) == 3
    net.send(stream, 1, 2, 3, last=True)
    assert net.completed(stream).confirmed == 3


def test_no_token_for_any() -> None:
    net = network(token=None, renewable=True)
    stream = net.start(connections=3)
    net.client.deny("there is none", now=0.0)
    assert isinstance(net.error(stream), AuthenticationError)
    assert net.client.idle


def test_a_question_for_all() -> None:
    net = network(dialect=None)
    stream = net.start(connections=3, workspace=None)
    assert sum(key < 0 for key in net.dials) == 1
    assert len(net.ends) >= 3
    net.send(stream, 1, last=True)
    assert net.completed(stream).confirmed == 1
    net = network(dialect=None, held=True)
    stream = net.start(connections=3)
    net.lose(-1, 0.0, DialFault.REFUSED)
    assert isinstance(net.error(stream), ConnectionRefused)
    assert net.client.idle
    net = network(Gateway1(GraphStore(), secret=TOKEN), dialect=None)
    stream = net.start(connections=3, workspace="w")
    assert "users, not workspaces" in str(net.error(stream))


def test_cancelling() -> None:
    net = network()
    stream, other = net.start(connections=3), net.start(connections=2)
    net.send(stream, 1)
    net.client.cancel(stream, now=0.0)
    net.serve(0.0)
    assert len(net.ends) == 2
    net.client.close(now=0.0)
    net.serve(0.0)
    assert isinstance(net.error(other), Exception)
    assert net.client.idle


class Interrupts(bytes):
    """A message while which is sent somebody is interrupted, once."""

    armed = False

    def __len__(self) -> int:
        if self.armed:
            self.armed = False
            raise KeyboardInterrupt
        return super().__len__()


def test_an_interrupt_while_a_message_is_sent() -> None:
    """The socket is given up, and what it had is sent by another one."""
    net = network()
    stream = net.start(connections=2)
    net.deaf |= {1, 2}
    net.send(stream, 1)
    text, items = frame(2)
    message = Interrupts(text)
    message.armed = True
    with pytest.raises(KeyboardInterrupt):
        net.client.submit(SendFrames(stream, [(message, items)]), now=0.0)
    net.serve(0.0)
    net.deaf.clear()
    net.lose(1, 0.0)
    net.tick(1.0)
    net.send(stream, 3, last=True, now=1.0)
    assert net.completed(stream, 1.0).confirmed == 3
    assert net.stored == {1, 2, 3}


def test_an_interrupt_while_a_message_of_another_socket_is_sent_again() -> None:
    net = network()
    stream = net.start(connections=2)
    net.deaf |= {1, 2}
    text, items = frame(1)
    message = Interrupts(text)
    net.client.submit(SendFrames(stream, [(message, items)]), now=0.0)
    net.send(stream, 2)
    message.armed = True
    with pytest.raises(KeyboardInterrupt):
        net.lose(1, 0.0)
    net.serve(0.0)
    assert not net.ends
    net.deaf.clear()
    net.tick(1.0)
    net.send(stream, 3, last=True, now=1.0)
    assert net.completed(stream, 1.0).confirmed == 3
    assert net.stored == {1, 2, 3}


# --- whatever happens -----------------------------------------------------------------------------


class World:
    """An import over some sockets, and a network that does its worst."""

    def __init__(self, chance: Random, connections: int, *, resume: bool) -> None:
        self.chance = chance
        self.net = network()
        self.now = 0.0
        self.count = chance.randrange(60)
        self.sent = 0
        self.last = False
        self.reached = self.confirmed = 0
        self.outcome: Any = None
        self.room = False
        self.report = Report()
        self.stream = self.net.start(connections=connections, resume=resume)

    def step(self, *, calm: bool) -> None:
        net, chance = self.net, self.chance
        keys = sorted(net.ends)
        self.take()
        match 5 if calm else chance.randrange(8):
            case 0 if keys:
                net.lose(chance.choice(keys), self.now)
            case 1 if keys:
                net.deaf.add(chance.choice(keys))
            case 2 if keys:
                net.stop(chance.choice(keys), self.now)
            case _:
                self.now += 61.0 if calm else chance.choice([0.1, 1.0, 61.0])
                net.tick(self.now)
        self.take()
        if self.room and not self.last:
            numbers = range(self.sent, min(self.sent + chance.randrange(1, 4), self.count))
            self.sent += len(numbers)
            self.last = self.sent == self.count
            self.room = False
            net.send(self.stream, *numbers, last=self.last, now=self.now)

    def take(self) -> None:
        if self.outcome is not None:
            return
        report, _, self.outcome = self.net.take(self.stream, self.now)
        if report is not None:
            assert report.offset >= self.report.offset
            assert report.confirmed >= self.report.confirmed
            self.report = report
            self.room = report.room and self.outcome is None
        stored = self.net.stored
        assert stored >= set(range(self.report.offset))
        assert len(stored) >= self.report.confirmed >= self.report.offset


@given(st.randoms(use_true_random=False), st.integers(1, 5), st.booleans())
def test_nothing_is_lost(chance: Random, connections: int, resume: bool) -> None:
    world = World(chance, connections, resume=resume)
    for number in range(300):
        if world.outcome is not None:
            break
        world.step(calm=number > 40)
    report, outcome = world.report, world.outcome
    if isinstance(outcome, Completed):
        assert world.net.stored == set(range(world.count))
        assert report.sent == report.confirmed == report.offset == world.count
        assert resume or not report.reconnects
    else:
        assert isinstance(outcome, Failed)
        error: Any = outcome.error
        if isinstance(error, ImportInterrupted):
            assert world.net.stored >= set(range(error.offset))
            assert error.offset <= error.confirmed <= len(world.net.stored)
            assert error.confirmed <= error.sent
    closed(world.net, world.now)
