"""The client of the bulk sockets: questions, sockets, losses, tokens, time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.core.bulk_network import TOKEN, Network, frame
from tgproto.bulk.client import ANYBODY
from tgproto.bulk.jobs import IN_VAIN, LAG
from tgproto.bulk.requests import Confirm, OpenExport, OpenImport, SendFrames
from tgproto.closing import DialFault
from tgproto.dialect import GENERATION_1, GENERATION_2
from tgproto.driven import Lost
from tgproto.errors import (
    AuthenticationError,
    ConnectionFailed,
    ConnectionLost,
    ConnectionRefused,
    ConnectTimeout,
    ExportInterrupted,
    ExportRefused,
    ImportInterrupted,
    ImportRefused,
    LocalProtocolError,
    NoSuchStream,
    RequestTimeout,
    UnknownServiceError,
)
from tgproto.gateway import Gateway1, GraphStore
from tgproto.secrets import Secret
from tgproto.session.config import SenderConfig
from tgproto.session.events import CredentialWanted
from tgproto.session.request import Request

LAZY = SenderConfig(barrier_frames=2, barrier_delay=1.0)


def begun(network: Network, *numbers: int, now: float = 0.0, **options: Any) -> int:
    """Open an import and send messages, all but the last."""
    stream = network.start(now, **options)
    assert network.report(stream, now).room
    network.send(stream, *numbers, now=now)
    return stream


# --- what is asked first --------------------------------------------------------------------------


def target(network: Network, **options: Any) -> str:
    """Return path and query with which an import is opened."""
    network.held = True
    stream = network.start(**options)
    network.client.dialed(network.dials[-1], now=0.0)
    transfer = network.client.next_transfer(now=0.0)
    assert transfer is not None
    network.client.cancel(stream, now=0.0)
    network.serve(0.0)
    return transfer.data.split(b" ")[1].decode()


def test_targets() -> None:
    path = "/api/v1/flow/a%20%26%3F/import/"
    mine = "triples?token=tg_to%2Fken&workspace=my%20own"
    assert target(Network(), flow="a &?") == path + mine
    assert target(Network(token=""), flow="a &?") == f"{path}triples?token={ANYBODY}&workspace=my%20own"
    old = Network(dialect=GENERATION_1)
    assert target(old, flow="a &?", kind="rows", workspace=None) == f"{path}objects?token=tg_to%2Fken"
    assert target(Network(dialect=GENERATION_1, token=""), flow="a &?", workspace=None) == f"{path}triples"


def test_what_is_known_is_not_asked() -> None:
    network = Network()
    report = network.report(network.start())
    assert network.dials == [1]
    assert (report.dialect, report.room) == (GENERATION_2, True)


@pytest.mark.parametrize("dialect", [None, GENERATION_2])
def test_the_workspace_is_asked_for_once(dialect: Any) -> None:
    network = Network(dialect=dialect)
    streams = [network.start(workspace=None), network.start(workspace=None)]
    assert network.dials[0] < 0
    for stream in streams:
        assert network.report(stream).dialect == GENERATION_2
        network.send(stream, stream, last=True)
    assert network.stored == set(streams)
    assert sum(key < 0 for key in network.dials) == 1


def test_several_wait_for_one_answer() -> None:
    network = Network(dialect=None, held=True)
    streams = [network.start(workspace=None), network.start()]
    assert network.dials == [-1]
    network.send(streams[0], 1)
    network.held = False
    network.open(-1)
    network.serve(0.0)
    for stream in streams:
        assert network.report(stream).room
    assert len(network.dials) == 3


def test_1x_is_found_out() -> None:
    network = Network(Gateway1(GraphStore(), secret=TOKEN), dialect=None, held=True)
    stream, other = network.start(workspace=None), network.start(workspace="w")
    network.held = False
    network.open(-1)
    network.serve(0.0)
    assert network.report(stream).dialect == GENERATION_1
    assert isinstance(network.error(other), LocalProtocolError)
    with pytest.raises(LocalProtocolError, match="pass user="):
        network.start(workspace="w")


def test_a_question_without_an_answer() -> None:
    network = Network(dialect=None, held=True)
    streams = [network.start(), network.watch()]
    network.lose(network.dials[0], 0.0, DialFault.REFUSED)
    errors = [network.error(stream) for stream in streams]
    assert [type(error) for error in errors] == [ConnectionRefused, ConnectionRefused]
    assert [error.context.service for error in errors] == ["import of triples", "export of triples"]
    assert network.client.idle


def test_each_waits_for_an_answer_as_long_as_it_wants() -> None:
    network = Network(dialect=None, held=True)
    opening = OpenImport("triples", "default", "my own")
    limits = (0.5, None, 30.0, 90.0)
    streams = [network.client.submit(opening, now=0.0, timeout=timeout) for timeout in limits]
    network.serve(0.0)
    network.open(network.dials[0])
    network.deaf.add(network.dials[0])
    network.serve(0.0)
    network.tick(0.5)
    error = network.error(streams[0], 0.5)
    assert isinstance(error, RequestTimeout)
    assert (error.option, error.seconds, error.context.service) == ("timeout", 0.5, "import of triples")
    network.tick(30.0)
    assert network.error(streams[2], 30.0).seconds == 30.0
    network.tick(59.0)
    assert network.take(streams[1], 59.0) == network.take(streams[3], 59.0) == (None, [], None)
    network.tick(60.0)
    errors = [network.error(streams[number], 60.0) for number in (1, 3)]
    assert [(type(error), error.seconds) for error in errors] == [(RequestTimeout, 60.0)] * 2


def test_the_limit_of_an_answer_ends_with_it() -> None:
    network = Network(dialect=None, held=True)
    stream = network.client.submit(OpenImport("triples", "default", "my own"), now=0.0, timeout=2.0)
    network.serve(0.0)
    network.open(network.dials[0], 1.0)
    network.serve(1.0)
    network.tick(3.0)
    network.open(network.dials[1], 3.0)
    network.serve(3.0)
    assert network.report(stream, 3.0).room


# --- imports --------------------------------------------------------------------------------------


@pytest.mark.parametrize("confirm", Confirm)
def test_an_import(confirm: Confirm) -> None:
    network = Network()
    stream = network.start(confirm=confirm)
    for number in range(10):
        assert network.report(stream).room
        network.send(stream, number)
    network.send(stream, last=True)
    report = network.completed(stream)
    confirmed = 0 if confirm is Confirm.NOTHING else 10
    assert (report.sent, report.confirmed, report.batches) == (10, confirmed, 10)
    assert network.stored == set(range(10))
    assert network.client.idle
    with pytest.raises(NoSuchStream):
        network.take(stream)


def test_confirmations_come_as_pongs_do() -> None:
    network = Network()
    stream = begun(network, 1, 2, 3)
    assert network.report(stream).confirmed == 2
    network.tick(5.0)
    assert network.report(stream, 5.0).confirmed == 3
    assert network.take(stream, 5.0) == (None, [], None)
    assert network.report(begun(network, 4, 5, confirm=Confirm.CLOSE)).confirmed == 0


def old_message() -> bytes:
    return (
        b'{"metadata":{"id":"d","collection":"c","user":"u","metadata":[]},"triples":'
        b'[{"s":{"v":"urn:s","e":true},"p":{"v":"urn:p","e":true},"o":{"v":"o","e":false}}]}'
    )


def test_1x_confirms_the_last_ones_when_it_closes() -> None:
    network = Network(Gateway1(GraphStore(), secret=TOKEN), dialect=GENERATION_1)
    stream = network.start(workspace=None)
    network.client.submit(SendFrames(stream, [(old_message(), 1)] * 14), now=0.0)
    network.serve(0.0)
    assert network.report(stream).confirmed == 14 - LAG
    network.send(stream, last=True)
    assert network.completed(stream).confirmed == 14
    assert len(network.gateway.graphs.graph("u", "c")) == 1


def test_there_is_no_room_while_pongs_are_due() -> None:
    network = Network(sender=SenderConfig(barrier_frames=1, window_barriers=2))
    stream = begun(network)
    network.deaf.add(1)
    network.send(stream, 1, 2, 3)
    assert not network.report(stream).room
    assert network.stored == {1, 2}


def test_a_loss_is_made_good() -> None:
    network = Network(sender=SenderConfig(barrier_frames=2, window_barriers=8))
    stream = begun(network, 1, 2)
    network.deaf.add(1)
    network.send(stream, 3, 4, 5)
    network.lose(1, 1.0)
    assert network.report(stream, 1.0).confirmed == 2
    network.send(stream, 6, now=1.0)
    network.tick(2.0)
    report = network.report(stream, 2.0)
    assert (report.sent, report.reconnects, report.resent, report.batches) == (6, 1, 3, 6)
    network.send(stream, last=True, now=2.0)
    report = network.completed(stream, 2.0)
    assert (report.sent, report.confirmed, report.resent) == (6, 6, 3)
    assert network.stored == set(range(1, 7))
    lost = next(notice for notice in network.notices if isinstance(notice, Lost))
    assert (lost.key, lost.retry_at) == (1, 2.0)


def test_an_import_that_does_not_resume() -> None:
    for options in ({"resume": False}, {"confirm": Confirm.CLOSE}, {"confirm": Confirm.NOTHING}):
        network = Network(sender=LAZY)
        stream = begun(network, 1, 2, 3, **options)
        network.lose(1, 1.0)
        error = network.error(stream, 1.0)
        assert type(error) is ImportInterrupted
        assert error.sent == 3
        assert error.confirmed == (0 if "confirm" in options else 2)
        assert "Go on with the items from offset on" in str(error)
        assert network.client.idle


def test_a_loss_when_everything_is_confirmed_is_none() -> None:
    network = Network(held=True)
    stream = network.start()
    network.open(1)
    network.serve(0.0)
    network.send(stream, 1, 2)
    network.ends[1].close = lambda now: None  # type: ignore[method-assign]
    network.client.submit(SendFrames(stream, [], last=True), now=0.0)
    network.client.connection_lost(1, "reset", now=0.0)
    network.serve(0.0)
    assert network.completed(stream).confirmed == 2


def test_nothing_is_given_up_too_early() -> None:
    network = Network()
    stream = network.start()
    network.send(stream, last=True)
    assert network.completed(stream).sent == 0
    network = Network()
    stream = begun(network)
    network.deaf.add(1)
    network.client.submit(SendFrames(stream, [], last=True), now=0.0)
    network.lose(1, 0.0)
    network.tick(1.0)
    assert network.completed(stream, 1.0).reconnects == 1


def test_attempts_end() -> None:
    network = Network()
    stream = begun(network, 1, 2, 3)
    network.held = True
    network.lose(1, 1.0)
    for now in (2.0, 3.0, 4.0):
        network.tick(now)
        network.lose(network.dials[-1], now, DialFault.REFUSED)
    error = network.error(stream, 4.0)
    assert (error.sent, error.confirmed) == (3, 2)
    assert "reset" in str(error)


def test_what_is_open_for_long_and_confirms_nothing_is_no_progress() -> None:
    network = Network()
    stream = begun(network)
    now = 0.0
    for _ in range(4):
        network.lose(network.dials[-1], now := now + 30.0)
        network.tick(now := now + 1.0)
    assert isinstance(network.error(stream, now), ImportInterrupted)
    assert network.dials == [1, 2, 3, 4]


def test_a_first_handshake_that_is_cut_off_is_tried_again() -> None:
    network = Network(held=True)
    stream, watching = network.start(), network.watch(resume=True)
    for key in network.dials:
        network.client.dialed(key, now=0.0)
        network.client.receive_data(key, b"HTTP/1.1 101", now=0.0)
    for key in (1, 2):
        network.lose(key, 0.0)
    assert isinstance(network.error(watching), ConnectionFailed)
    network.held = False
    network.tick(1.0)
    network.send(stream, 1, last=True, now=1.0)
    assert network.completed(stream, 1.0).reconnects == 0
    assert network.stored == {1}


def test_a_gateway_that_goes_while_an_import_is_finished() -> None:
    """Its close frame has crossed the client's. In 1.x, what it held is lost."""
    network = Network(Gateway1(GraphStore(), secret=TOKEN), dialect=GENERATION_1)
    stream = network.start(workspace=None)
    network.client.submit(SendFrames(stream, [(old_message(), 1)] * 3, last=True), now=0.0)
    end = network.ends.pop(1)
    messages = network.client.next_transfer(now=0.0)
    assert messages is not None
    end.receive_data(messages.data, now=0.0)
    end.pull(now=0.0, room=2**20)
    network.client.receive_data(1, end.data_to_send(now=0.0), now=0.0)
    assert network.client.next_transfer(now=0.0) is not None  # with its close frame
    network.client.receive_data(1, b"\x88\x02\x03\xe9", now=0.0)
    network.serve(0.0)
    assert network.report(stream).confirmed == 0
    network.tick(1.0)
    report = network.completed(stream, 1.0)
    assert (report.sent, report.confirmed, report.resent, report.reconnects) == (3, 3, 3, 1)


def test_a_first_question_whose_answer_is_lost_is_asked_again() -> None:
    network = Network(dialect=None, held=True)
    stream, other, watching = network.start(), network.start(resume=False), network.watch()
    network.client.dialed(-1, now=0.0)
    network.lose(-1, 0.0)
    for failed in (other, watching):
        assert isinstance(network.error(failed), ConnectionLost)
    cancelled = network.start()
    network.client.dialed(-2, now=0.0)
    network.lose(-2, 0.0)
    network.client.cancel(cancelled, now=0.0)
    network.held = False
    network.tick(0.5)
    network.tick(1.0)
    network.send(stream, 1, last=True, now=1.0)
    report = network.completed(stream, 1.0)
    assert (report.confirmed, report.reconnects, report.resent) == (1, 0, 0)
    assert network.stored == {1}


def test_the_first_connection_has_to_come_up() -> None:
    network = Network(held=True)
    streams = [network.start(), network.watch()]
    network.lose(1, 0.0, DialFault.REFUSED)
    assert isinstance(network.error(streams[0]), ConnectionRefused)
    network.tick(10.0)
    assert isinstance(network.error(streams[1], 10.0), ConnectTimeout)


# --- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{"flow": "nowhere"}, {"workspace": "nowhere"}])
def test_what_is_not_there(options: Any) -> None:
    network = Network()
    stream = network.start(**options)
    for now in range(1, IN_VAIN):
        network.tick(float(now))
    assert isinstance(network.error(stream, 9.0), ImportRefused)
    assert isinstance(network.error(network.start(9.0, resume=False, **options), 9.0), ImportRefused)
    assert isinstance(network.error(network.watch(9.0, resume=True, **options), 9.0), ExportRefused)
    assert network.client.idle


def test_a_kind_that_is_not_there() -> None:
    network = Network()
    assert isinstance(network.error(network.start(kind="novels")), UnknownServiceError)


def test_a_message_that_is_not_understood() -> None:
    network = Network()
    stream = begun(network, 1, 2)
    bad = SendFrames(stream, [frame(3), (b"[]", 1), frame(4), frame(5)])
    network.client.submit(bad, now=0.0)
    network.serve(0.0)
    for now in range(1, IN_VAIN):
        network.tick(float(now))
    error = network.error(stream, 9.0)
    assert type(error) is ImportInterrupted
    assert "look at the items behind offset" in str(error)
    assert network.stored == {1, 2, 3}
    first = begun(network, now=9.0, resume=False)
    network.client.submit(SendFrames(first, [(b"[]", 1)]), now=9.0)
    network.serve(9.0)
    assert isinstance(network.error(first, 9.0), ImportRefused)


def test_pings_that_are_not_answered() -> None:
    network = Network(sender=SenderConfig(barrier_frames=1))
    stream = begun(network)
    network.pings = False
    network.send(stream, 1)
    for number in range(IN_VAIN):
        network.tick(61.0 * number + 60.0)
        network.tick(61.0 * number + 61.0)
    error = network.error(stream, 300.0)
    assert type(error) is ImportInterrupted
    assert "Nothing answers pings" in str(error)
    assert (error.sent, error.confirmed, error.reconnects) == (1, 0, IN_VAIN - 1)


def test_what_is_no_import() -> None:
    network = Network()
    with pytest.raises(LocalProtocolError, match="for imports and exports"):
        network.client.submit(Request("agent", b"{}"), now=0.0)
    with pytest.raises(LocalProtocolError, match="must be above 0 s"):
        network.client.submit(OpenImport("triples", "f"), now=0.0, timeout=0.0)
    network.client.submit(SendFrames(7), now=0.0)
    network.client.submit(SendFrames(network.watch()), now=0.0)
    network.client.close(now=0.0)
    with pytest.raises(LocalProtocolError, match="closed"):
        network.start()


# --- exports --------------------------------------------------------------------------------------


def passes(network: Network, *numbers: int, now: float = 0.0) -> None:
    """Let messages pass through the flow."""
    for number in numbers:
        network.gateway.taps.publish(("my own", "default", "triples"), frame(number)[0])
    network.serve(now)


def test_an_export() -> None:
    network = Network()
    stream = network.watch()
    report = network.report(stream)
    assert (report.opened, report.dialect, report.gaps) == (True, GENERATION_2, [])
    passes(network, 1, 2)
    _, messages, outcome = network.take(stream)
    assert [bytes(message) for message in messages] == [frame(1)[0], frame(2)[0]]
    assert outcome is None
    assert network.take(stream) == (None, [], None)
    network.client.cancel(stream, now=0.0)
    network.serve(0.0)
    assert network.client.idle
    network.client.cancel(stream, now=0.0)
    assert network.gateway.taps.count("my own", "default", "triples") == 0


def test_an_export_that_is_lost() -> None:
    network = Network()
    stream = network.watch()
    passes(network, 1)
    network.lose(1, 0.0)
    report, messages, outcome = network.take(stream)
    assert len(messages) == 1
    assert report is not None
    assert isinstance(outcome.error, ExportInterrupted)  # type: ignore[union-attr]
    assert network.client.idle


def test_gaps() -> None:
    network = Network()
    stream = network.watch(resume=True)
    passes(network, 1)
    network.lose(1, 0.0)
    network.held = True
    network.tick(1.0)
    network.lose(network.dials[-1], 1.0, DialFault.REFUSED)
    network.held = False
    network.tick(2.0)
    passes(network, 2, now=2.0)
    report, messages, _ = network.take(stream, 2.0)
    assert report is not None
    assert report.gaps == [(1, "connection lost (without a close frame: reset)")]
    assert report.reconnects == 1
    assert len(messages) == 2
    network.stop(network.dials[-1], 3.0)
    network.tick(4.0)
    assert [place for place, _ in network.report(stream, 4.0).gaps] == [0]


def test_an_export_is_lost_again_and_again_and_nobody_takes_what_came() -> None:
    network = Network()
    stream = network.watch(resume=True)
    big = b'{"metadata":{},"triples":[],"x":"' + b"x" * 2**20 + b'"}'
    for number in range(3):
        network.gateway.taps.publish(("my own", "default", "triples"), big)
        network.serve(float(number))
        network.lose(network.dials[-1], float(number))
        network.tick(number + 1.0)
        network.tick(number + 1.5)
    assert network.dials == [1, 2]
    assert network.client.next_deadline() is None
    report, messages, outcome = network.take(stream, 9.0)
    assert report is not None
    assert (len(messages), [place for place, _ in report.gaps], outcome) == (2, [1, 2], None)
    assert network.dials == [1, 2, 3]
    network.lose(3, 9.0)
    network.client.cancel(stream, now=9.0)
    network.serve(9.0)
    assert network.client.idle


def test_idle_timeout() -> None:
    network = Network()
    stream = network.watch(idle_timeout=5.0)
    network.take(stream)
    passes(network, 1, now=4.0)
    network.tick(9.0)
    assert network.take(stream, 9.0)[2] is None  # what had come was not taken
    network.tick(13.0)
    network.tick(14.0)
    network.completed(stream, 14.0)
    assert network.client.idle
    assert network.client.next_deadline() is None
    network.tick(99.0)  # nobody waits any more


def test_total_timeout() -> None:
    network = Network()
    opening = OpenImport("triples", "default", "my own")
    stream = network.client.submit(opening, now=0.0, timeout=None, total_timeout=5.0)
    network.serve(0.0)
    network.send(stream, 1)
    network.tick(5.0)
    error = network.error(stream, 5.0)
    assert "it was not over within total_timeout" in str(error)
    assert error.elapsed == 5.0


@pytest.mark.parametrize("dialect", [None, GENERATION_2])
@pytest.mark.parametrize("opening", [OpenImport("triples", "f", "w"), OpenExport("triples", "f", "w")])
def test_total_timeout_before_the_socket_is_open(dialect: Any, opening: Any) -> None:
    network = Network(dialect=dialect, held=True)
    stream = network.client.submit(opening, now=0.0, total_timeout=5.0)
    network.serve(0.0)
    network.tick(5.0)
    error = network.error(stream, 5.0)
    assert isinstance(error, RequestTimeout)
    assert (error.option, error.seconds) == ("total_timeout", 5.0)
    assert str(error).startswith(opening.service)


def test_an_export_that_nobody_reads_is_paused() -> None:
    network = Network()
    stream = network.watch()
    network.take(stream)
    big = b'{"metadata":{},"triples":[],"x":"' + b"x" * 2**20 + b'"}'
    for _ in range(5):
        network.gateway.taps.publish(("my own", "default", "triples"), big)
    network.held = True
    transfers = []
    end = network.ends[1]
    for now in (0.02, 0.04, 0.06, 0.08):
        end.pull(now=now, room=2**20)
        network.client.receive_data(1, end.data_to_send(now=now), now=now)
        transfer = network.client.next_transfer(now=now)
        transfers.append(True if transfer is None else transfer.wants_read)
    assert transfers[-1] is False
    network.client.take(stream, now=1.0)
    resumed = network.client.next_transfer(now=1.0)
    assert resumed is not None
    assert resumed.wants_read


# --- tokens ---------------------------------------------------------------------------------------


def wanted(network: Network) -> int:
    return sum(isinstance(notice, CredentialWanted) for notice in network.notices)


def test_a_token_is_asked_for_first() -> None:
    network = Network(token=None, renewable=True)
    streams = [network.start(), network.start(workspace=None)]
    assert (network.dials, wanted(network)) == ([], 1)
    network.client.authenticate(Secret(TOKEN), now=0.0)
    network.serve(0.0)
    for stream in streams:
        assert network.report(stream).room


def test_a_token_that_is_refused() -> None:
    network = Network(token="tg_old", renewable=True)
    question, stream = network.watch(workspace=None), network.start()
    assert wanted(network) == 2
    network.client.authenticate(Secret(TOKEN), now=0.0, lifetime=3600.0)
    network.serve(0.0)
    report = network.report(stream)
    assert report.room
    assert report.reconnects == 0
    assert network.report(question).opened


def test_a_token_that_is_refused_again() -> None:
    network = Network(token="tg_old", renewable=True)
    stream = network.start()
    network.client.authenticate(Secret("tg_other"), now=0.0)
    network.serve(0.0)
    assert isinstance(network.error(stream), AuthenticationError)
    network = Network(token="tg_old")
    assert isinstance(network.error(network.start()), AuthenticationError)


def test_no_token() -> None:
    network = Network(token=None, renewable=True)
    stream, other = network.start(), network.start(workspace=None)
    network.client.deny("there is none", now=0.0)
    network.serve(0.0)
    assert str(network.error(stream)).startswith("import of triples in flow 'default': there is none")
    assert isinstance(network.error(other), AuthenticationError)
    stream = network.start(1.0)
    network.tick(21.0)
    assert "no fresh token was supplied within 20 s" in str(network.error(stream, 21.0))


def test_nobody_is_asked_when_everything_is_over() -> None:
    network = Network(token=None, renewable=True)
    network.client.submit(OpenImport("triples", "f"), now=0.0)
    network.client.close(now=0.0)
    network.serve(0.0)
    assert wanted(network) == 0


# --- the end --------------------------------------------------------------------------------------


def test_closing() -> None:
    network = Network(dialect=None)
    known = begun(network, 1)
    watching = network.watch()
    network.held = True
    dialing = network.start()
    network.client.close(now=0.0)
    network.client.close(now=0.0)
    network.serve(0.0)
    error = network.error(known)
    assert isinstance(error, ImportInterrupted)
    assert "closed by this side" in str(error)
    assert isinstance(network.error(watching), ExportInterrupted)
    assert isinstance(network.error(dialing), ConnectionLost)
    assert network.client.idle
    asking = Network(dialect=None, held=True)
    stream = asking.start()
    asking.client.close(now=0.0)
    asking.serve(0.0)
    assert isinstance(asking.error(stream), ConnectionLost)


def test_cancelling() -> None:
    network = Network()
    stream = begun(network, 1)
    network.client.cancel(stream, now=0.0)
    network.serve(0.0)
    assert network.client.idle
    network.held = True
    stream = network.client.submit(OpenImport("triples", "f", "w"), now=0.0)
    network.client.cancel(stream, now=0.0)
    network.serve(0.0)
    assert network.dials == [1]
    held = Network(dialect=None, held=True)
    stream = held.start()
    held.client.cancel(stream, now=0.0)
    held.held = False
    held.open(-1)
    held.serve(0.0)
    assert held.dials == [-1]


def test_reports_about_what_is_forgotten() -> None:
    network = Network()
    for key in (7, -7):
        network.client.dialed(key, now=0.0)
        network.client.receive_data(key, b"x", now=0.0)
        network.client.receive_eof(key, now=0.0)
        network.client.break_off(key, now=0.0)
        network.client.connection_lost(key, "reset", now=0.0)
    network.serve(0.0)
    assert network.client.idle


def test_a_half_closed_connection() -> None:
    network = Network(dialect=None)
    stream = begun(network, 1)
    network.client.receive_eof(network.dials[-1], now=0.0)
    network.client.receive_eof(-1, now=0.0)
    network.serve(0.0)
    network.tick(1.0)
    network.send(stream, last=True, now=1.0)
    assert network.completed(stream, 1.0).reconnects == 1


def test_an_interrupted_connection_is_replaced() -> None:
    network = Network(dialect=None)
    stream = begun(network, 1)
    network.client.break_off(-1, now=0.0)
    network.client.break_off(network.dials[-1], now=0.0)
    network.serve(0.0)
    network.tick(1.0)
    network.send(stream, 2, last=True, now=1.0)
    assert network.completed(stream, 1.0).reconnects == 1


class Interrupts:
    """Returns something, until it is told to raise."""

    def __init__(self, returns: Callable[..., Any]) -> None:
        self.returns = returns
        self.armed = False

    def __call__(self, *args: Any) -> Any:
        if self.armed:
            self.armed = False
            raise KeyboardInterrupt
        return self.returns(*args)


def test_interrupts() -> None:
    """What is interrupted halfway is given up, and the client goes on."""
    uniform = Interrupts(lambda: 0.5)
    network = Network(uniform=uniform)
    stream = begun(network, 1)

    uniform.armed = True  # while data is received
    with pytest.raises(KeyboardInterrupt):
        network.stop(1, 1.0)
    network.serve(1.0)
    network.tick(2.0)
    network.send(stream, 2, 3, now=2.0)
    network.deaf.add(2)
    network.send(stream, 4, 5, now=2.0)

    uniform.armed = True  # while bytes are produced
    with pytest.raises(KeyboardInterrupt):
        network.tick(62.0)
    network.serve(62.0)
    network.tick(63.0)
    network.send(stream, 6, 7, now=63.0)
    network.deaf.add(4)
    network.lose(3, 63.0)
    network.tick(64.0)

    uniform.armed = True  # while a time limit is looked at
    with pytest.raises(KeyboardInterrupt):
        network.tick(84.0)
    network.serve(84.0)
    network.tick(85.0)
    network.send(stream, last=True, now=85.0)
    assert network.completed(stream, 85.0).reconnects == 3
    assert network.stored == set(range(1, 8))
