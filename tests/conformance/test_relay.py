"""The relay, between plain sockets."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress

import pytest

from tgconformance.relay import Fault, Relay, Way

SOON = 5.0
"""Seconds that anything may take."""


class Ends:
    """A client and a gateway, and the relay between them."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self.listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        self.listener.settimeout(SOON)
        self.relay = stack.enter_context(Relay(f"http://127.0.0.1:{self.listener.getsockname()[1]}/api"))

    def client(self) -> socket.socket:
        """Return a new client."""
        client = self._stack.enter_context(socket.create_connection(("127.0.0.1", self.relay.port), SOON))
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return client

    def gateway(self) -> socket.socket:
        """Return the gateway's side of the oldest connection that was not accepted."""
        sock, _ = self.listener.accept()
        sock.settimeout(SOON)
        return self._stack.enter_context(sock)

    def pair(self) -> tuple[socket.socket, socket.socket]:
        """Return both sides of a new connection, over which something has gone."""
        client, gateway = self.client(), self.gateway()
        client.sendall(b"c")
        gateway.sendall(b"g")
        assert (client.recv(1), gateway.recv(1)) == (b"g", b"c")
        return client, gateway


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    threads = threading.active_count()
    yield
    assert threading.active_count() == threads


@pytest.fixture
def ends() -> Iterator[Ends]:
    with ExitStack() as stack:
        yield Ends(stack)


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < end, "it does not happen"
        time.sleep(0.002)


def read(sock: socket.socket) -> bytes:
    """Return everything up to a FIN."""
    return b"".join(iter(lambda: sock.recv(65536), b""))


def read_to_reset(sock: socket.socket) -> bytes:
    """Return everything up to a RST."""
    data = b""
    try:
        while piece := sock.recv(65536):
            data += piece
    except ConnectionResetError:
        return data
    pytest.fail("it ended without a reset")


def quiet(sock: socket.socket, seconds: float = 0.05) -> bool:
    """Return whether nothing comes, not even an end."""
    sock.settimeout(seconds)
    with pytest.raises(TimeoutError):
        sock.recv(1)
    sock.settimeout(SOON)
    return True


# --- what is whole ----------------------------------------------------------------------------


def test_bytes_pass_in_both_directions_and_are_counted(ends: Ends) -> None:
    client, gateway = ends.pair()
    data = bytes(range(256)) * 8192  # more than any buffer on the way
    sender = threading.Thread(target=client.sendall, args=(data,))
    sender.start()
    received = b""
    while len(received) < len(data):
        received += gateway.recv(65536)
    sender.join()
    assert received == data
    assert (ends.relay.forwarded(Way.UP), ends.relay.forwarded(Way.DOWN)) == (len(data) + 1, 1)
    assert (ends.relay.accepted, ends.relay.connections) == (1, [1])


def test_the_url_is_that_of_the_gateway_but_for_the_address(ends: Ends) -> None:
    assert ends.relay.url == f"http://127.0.0.1:{ends.relay.port}/api"


def test_an_end_passes_behind_the_bytes_and_the_other_direction_goes_on(ends: Ends) -> None:
    client, gateway = ends.pair()
    client.sendall(b"last")
    client.shutdown(socket.SHUT_WR)
    assert read(gateway) == b"last"
    gateway.sendall(b"answer")
    assert client.recv(6) == b"answer"
    assert ends.relay.connections == [1]
    gateway.close()
    assert read(client) == b""
    until(lambda: not ends.relay.connections)


@pytest.mark.parametrize("side", [0, 1])
def test_a_reset_passes(ends: Ends, side: int) -> None:
    pair = ends.pair()
    pair[side].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    pair[side].close()
    assert read_to_reset(pair[1 - side]) == b""
    until(lambda: not ends.relay.connections)


def test_a_gateway_that_is_not_there_is_a_reset(ends: Ends) -> None:
    ends.listener.close()
    with pytest.raises(ConnectionResetError):
        read(ends.client())
    until(lambda: not ends.relay.connections)


def test_leaving_the_block_resets(ends: Ends) -> None:
    with Relay(ends.relay.url) as relay:  # a relay behind another one
        client = socket.create_connection(("127.0.0.1", relay.port), SOON)
        gateway = ends.gateway()
        client.sendall(b"c")
        assert gateway.recv(1) == b"c"
    with client:
        assert read_to_reset(client) == read_to_reset(gateway) == b""
    with pytest.raises(RuntimeError, match="does not run"):
        relay.cut()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", relay.port), SOON)


def fill(sock: socket.socket) -> None:
    """Send until nobody takes more."""
    sock.settimeout(0.1)
    with suppress(TimeoutError):
        for _ in range(100):
            sock.sendall(bytes(2**20))
    sock.settimeout(SOON)


def test_a_client_that_reads_nothing_holds_up_the_gateway(ends: Ends) -> None:
    _, gateway = ends.pair()
    fill(gateway)
    assert 2**16 < ends.relay.forwarded(Way.DOWN) < 50 * 2**20


def test_nothing_is_done_while_nothing_can_be(ends: Ends) -> None:
    _, full = ends.pair()
    fill(full)
    _, cut = ends.pair()
    ends.relay.cut(2)
    assert read(cut) == b""
    source, _ = ends.pair()
    ends.relay.half_close(Way.UP, 3)
    ends.relay.stall()
    source.sendall(b"late")
    ends.relay.refuse()
    begin = time.process_time()
    time.sleep(0.3)
    assert time.process_time() - begin < 0.03


# --- what breaks at once ----------------------------------------------------------------------


def test_cut(ends: Ends) -> None:
    client, gateway = ends.pair()
    gateway.sendall(b"before")
    until(lambda: ends.relay.forwarded(Way.DOWN) == 7)
    ends.relay.cut()
    assert ends.relay.connections == []
    assert (read(client), read(gateway)) == (b"before", b"")
    client.sendall(b"x")  # is dropped, and no reason for a reset
    time.sleep(0.02)
    client.sendall(b"y")
    assert read(client) == b""
    ends.pair()


def test_reset(ends: Ends) -> None:
    client, gateway = ends.pair()
    ends.relay.reset()
    assert read_to_reset(client) == read_to_reset(gateway) == b""
    assert ends.relay.connections == []
    ends.pair()


def test_one_connection_of_several(ends: Ends) -> None:
    pairs = [ends.pair() for _ in range(3)]
    ends.relay.cut(2)
    ends.relay.reset(3, 4711)
    assert ends.relay.connections == [1]
    assert read(pairs[1][0]) == read_to_reset(pairs[2][0]) == b""
    pairs[0][0].sendall(b"on")
    assert pairs[0][1].recv(2) == b"on"


@pytest.mark.parametrize("way", Way)
def test_half_close(ends: Ends, way: Way) -> None:
    pair = ends.pair()
    source, sink = pair if way is Way.UP else pair[::-1]
    ends.relay.half_close(way)
    assert read(sink) == b""
    source.sendall(b"into the void")
    sink.sendall(b"back")
    assert source.recv(4) == b"back"
    sink.close()
    assert read(source) == b""
    source.close()
    until(lambda: not ends.relay.connections)


# --- what is worse from now on ----------------------------------------------------------------


@pytest.mark.parametrize("way", Way)
def test_stall_in_one_direction(ends: Ends, way: Way) -> None:
    pair = ends.pair()
    source, sink = pair if way is Way.UP else pair[::-1]
    ends.relay.stall(way)
    source.sendall(b"late")
    sink.sendall(b"back")
    assert source.recv(4) == b"back"
    source.shutdown(socket.SHUT_WR)
    assert quiet(sink)
    ends.relay.resume(way)
    assert read(sink) == b"late"


def test_stall_of_everything_holds_for_new_connections(ends: Ends) -> None:
    client, gateway = ends.pair()
    ends.relay.stall()
    other = ends.client()
    beyond = ends.gateway()
    for sock in (client, gateway, other, beyond):
        sock.sendall(b"late")
    assert all(quiet(sock, 0.02) for sock in (client, gateway, other, beyond))
    ends.relay.resume()
    assert {sock.recv(4) for sock in (client, gateway, other, beyond)} == {b"late"}


def test_slow(ends: Ends) -> None:
    client, gateway = ends.pair()
    ends.relay.slow(2000, Way.DOWN, piece=10)
    client.sendall(bytes(5000))
    gateway.sendall(bytes(200))
    begin, pieces = time.monotonic(), list[int]()
    while sum(pieces) < 200:
        pieces.append(len(client.recv(4096)))
    assert 0.09 <= time.monotonic() - begin < 2
    assert len(pieces) > 5
    assert max(pieces) < 100
    until(lambda: ends.relay.forwarded(Way.UP) == 5001)  # the other direction is as quick as ever
    gateway.sendall(bytes(100_000))
    ends.relay.slow(None)
    while sum(pieces) < 100_200:
        pieces.append(len(client.recv(65536)))


def test_delay(ends: Ends) -> None:
    client, gateway = ends.pair()
    ends.relay.delay(0.1, Way.UP)
    begin = time.monotonic()
    client.sendall(b"1")
    client.shutdown(socket.SHUT_WR)
    gateway.sendall(b"2")
    assert client.recv(1) == b"2"
    assert time.monotonic() - begin < 0.09
    assert read(gateway) == b"1"
    assert time.monotonic() - begin >= 0.1


# --- what is planned --------------------------------------------------------------------------


@pytest.mark.parametrize("way", Way)
@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("after", [0, 1, 1000, 100_000])
def test_a_planned_fault_happens_at_its_byte(ends: Ends, fault: Fault, way: Way, after: int) -> None:
    pair = ends.pair()
    source, sink = pair if way is Way.UP else pair[::-1]
    ends.relay.plan(fault, way, after=after)
    received = b""
    sender = threading.Thread(target=send_all, args=(source, bytes(after + 1000)))
    sender.start()
    with suppress(ConnectionResetError):
        while len(received) < after and (piece := sink.recv(65536)):
            received += piece
        if fault is Fault.STALL:
            assert quiet(sink)
        else:
            assert sink.recv(1) == b""
    if fault is Fault.RESET and after > 2**16:  # what does not fit into the receiver's window is lost
        assert len(received) <= after
    else:
        assert len(received) == after
    assert (ends.relay.tripped, ends.relay.forwarded(way)) == (1, after + 1)
    assert ends.relay.connections == ([] if fault in (Fault.CUT, Fault.RESET) else [1])
    ends.relay.resume()
    if fault is Fault.STALL:
        assert len(sink.recv(1000, socket.MSG_WAITALL)) == 1000
    sender.join()
    ends.pair()  # it happens once


def send_all(sock: socket.socket, data: bytes) -> None:
    with suppress(OSError):
        sock.sendall(data)


def test_a_planned_fault_of_new_connections(ends: Ends) -> None:
    ends.relay.plan(Fault.CUT, Way.UP, after=3, times=2)
    for _ in range(2):
        client = ends.client()
        client.sendall(b"abcdef")
        assert read(client) == b""
        assert read(ends.gateway()) == b"abc"
    client = ends.client()
    client.sendall(b"abcdef")
    assert ends.gateway().recv(6) == b"abcdef"
    assert ends.relay.tripped == 2


def test_a_new_connection_that_is_cut_at_once(ends: Ends) -> None:
    ends.relay.plan(Fault.CUT, Way.DOWN, after=0)
    assert read(ends.client()) == b""
    assert ends.relay.tripped == 1


def test_plans_are_forgotten(ends: Ends) -> None:
    client, gateway = ends.pair()
    ends.relay.plan(Fault.RESET, Way.UP, after=3)
    ends.relay.stall(Way.DOWN)
    ends.relay.slow(1, Way.UP)
    ends.relay.heal()
    client.sendall(b"abcdef")
    gateway.sendall(b"ghi")
    assert (gateway.recv(6, socket.MSG_WAITALL), client.recv(3)) == (b"abcdef", b"ghi")
    assert ends.relay.tripped == 0


# --- new connections --------------------------------------------------------------------------


def test_refuse(ends: Ends) -> None:
    client, gateway = ends.pair()
    ends.relay.refuse()
    with pytest.raises(ConnectionRefusedError):
        ends.client()
    client.sendall(b"on")
    assert gateway.recv(2) == b"on"
    ends.relay.admit()
    ends.pair()


def test_ignore(ends: Ends) -> None:
    ends.relay.ignore()
    client = ends.client()
    client.sendall(b"hello?")
    assert quiet(client)
    assert ends.relay.accepted == 0
    ends.relay.admit()
    assert ends.gateway().recv(6) == b"hello?"


# --- wrong arguments --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "use",
    [
        lambda relay: relay.slow(0),
        lambda relay: relay.slow(10, piece=0),
        lambda relay: relay.delay(-1),
        lambda relay: relay.plan(Fault.CUT, Way.UP, after=-1),
        lambda relay: relay.plan(Fault.CUT, Way.UP, after=1, times=0),
    ],
)
def test_wrong_arguments(ends: Ends, use: Callable[[Relay], None]) -> None:
    with pytest.raises(ValueError):
        use(ends.relay)
    ends.pair()
