"""Moves the bytes of a client for blocking callers in any number of threads. No decision is made here.

A caller who is alone waits for the network itself: no thread, no switch. When a second one waits, a
thread takes over, and ends when there has been at most one for a while. Whoever waits for the network
has the *turn*; everything else happens under one lock, and nobody waits while holding it.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from tgdrivers.clock import Clock, Timer
from tgdrivers.credentials import TokenSource, ask, tell
from tgdrivers.log import log
from tgdrivers.network import Endpoint
from tgdrivers.threaded.carrier import READ, WRITE, Carrier
from tgproto.closing import CloseCause, CloseKind
from tgproto.driven import Dial, Driven, Notice, Transfer
from tgproto.errors import CallCancelled, ConnectionLost, LocalProtocolError, TrustGraphError
from tgproto.session.events import CredentialWanted, Outcome, Payload, StreamReadable
from tgproto.session.request import Submission
from tgproto.timers import earlier

T = TypeVar("T")

LINGER = 5.0
"""Seconds that the last bytes of closed connections may take to leave."""

LULL = 0.1
"""Seconds without two waiting callers after which the thread ends."""

BACKLOG = 64
"""Rounds of reading, of one read for each socket, before time limits are looked at."""

STALE = 0.01
"""Seconds after which a caller looks what came in meanwhile before it sends something."""


class _Waiter:
    """Somebody who waits: for a stream, or for the turn. Used under the pump's lock, but for `signal`."""

    __slots__ = ("cancelled", "signal", "woken")

    def __init__(self) -> None:
        self.signal = threading.Lock()
        self.signal.acquire()
        self.woken = False
        self.cancelled = False

    def wake(self) -> None:
        if not self.woken:
            self.woken = True
            self.signal.release()


class Pump:
    """Drives one client for all threads of this process.

    Args:
        client: What to drive.
        endpoint: Where to connect.
        clock: Source of time; the system's by default.
        tokens: What supplies tokens, if something does; called in a thread of its own.
    """

    def __init__(
        self,
        client: Driven,
        endpoint: Endpoint,
        clock: Clock | None = None,
        tokens: TokenSource | None = None,
    ) -> None:
        self._client = client
        self._endpoint = endpoint
        self._clock = clock
        self._tokens = tokens
        self._asked = 0
        self._time = time.monotonic if clock is None else clock.time
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._carriers: dict[int, Carrier] = {}
        self._dials: list[Carrier] = []
        self._waiters: dict[int, _Waiter] = {}
        self._turn: _Waiter | None = None
        self._thread: tuple[threading.Thread, _Waiter] | None = None
        self._crowded_at = 0.0
        self._served_at = 0.0
        self._dropped: deque[int] = deque()
        self._said: deque[Notice] = deque()
        self._network: _Network | None = None
        self._closed = False

    # --- for the callers ----------------------------------------------------------------------

    def submit(self, submission: Submission, *, timeout: float | None, total_timeout: float | None) -> int:
        """Submit a request; see `Driven.submit`. It leaves now, or when somebody waits for a connection."""
        self._check_process()
        made: list[int] = []

        def submit() -> int:
            if self._closed:  # by another thread, while this one was on its way
                raise ConnectionLost(CloseCause(CloseKind.LOCAL), sent=False)
            if self._turn is None and time.monotonic() - self._served_at > STALE:
                self._look()
            now = self._time()
            made.append(
                self._client.submit(submission, now=now, timeout=timeout, total_timeout=total_timeout)
            )
            return made[0]

        return self._locked(submit, made)

    def receive(self, stream_id: int) -> tuple[list[Payload], Outcome | None]:
        """Wait until a stream has something, and take it.

        Raises:
            CallCancelled: The stream was cancelled meanwhile.
            LocalProtocolError: The stream belongs to another process.
        """
        self._check_process()
        waiter = _Waiter()

        def take() -> tuple[list[Payload], Outcome | None] | None:
            if waiter.cancelled:
                raise CallCancelled("the stream was closed while it was read")
            taken = self._client.take(stream_id, now=self._time())
            if taken[0] or taken[1] is not None:
                return taken
            self._queue(stream_id, waiter)
            return None

        return self._await(stream_id, waiter, take)

    def cancel(self, stream_id: int) -> None:
        """Forget a stream; see `Driven.cancel`. Whoever waits for it is told."""

        def cancel() -> None:
            self._client.cancel(stream_id, now=self._time())
            if (waiter := self._waiters.get(stream_id)) is not None:
                waiter.cancelled = True
                self._wake(waiter)

        if self._process == os.getpid():
            self._locked(cancel)

    def pause(self, seconds: float) -> None:
        """Let time pass; it is the system's, whatever the clock."""
        time.sleep(seconds)

    def cancel_later(self, stream_id: int) -> None:
        """Forget a stream from wherever the caller is, be it the garbage collector under this very lock."""
        if self._process == os.getpid():
            self._dropped.append(stream_id)
            if not self._lock.locked():  # or whoever has it sees to that, perhaps this very thread
                self._locked(int)  # now: nobody may ever wait for the network again
            self._interrupt()

    def close(self) -> None:
        """Close every connection and wait until they are gone. Idempotent."""
        waiter = _Waiter()
        until = time.monotonic() + LINGER

        def close() -> tuple[threading.Thread, _Waiter] | None:
            self._closed = True
            self._client.close(now=self._time())
            return self._thread

        def is_over() -> bool | None:
            if time.monotonic() > until:
                self._abort()
            if not self._carriers and self._thread is None and self._turn in (None, waiter):
                return True
            self._queue(-id(waiter), waiter)  # no stream has such an id
            return None

        attendant = self._locked(close)
        self._interrupt()
        self._await(-id(waiter), waiter, is_over, LULL)
        if attendant is not None:
            attendant[0].join()
        with self._lock:
            network, self._network = self._network, None
        if network is not None:
            network.close()

    def forsake(self) -> None:
        """Let go of what belongs to the process that this one was forked from."""
        for carrier in self._carriers.values():
            carrier.forsake()
        if self._network is not None:
            self._network.close()

    # --- the turn -----------------------------------------------------------------------------

    def _await(
        self, stream_id: int, waiter: _Waiter, look: Callable[[], T | None], patience: float | None = None
    ) -> T:
        """Wait until there is something to see."""
        try:
            while (seen := self._locked(look)) is None:
                self._wait(waiter, patience)
            return seen
        finally:
            try:
                self._leave(stream_id, waiter)
            except BaseException:  # an interrupt just now: the turn must not be lost with it
                self._leave(stream_id, waiter)
                raise

    def _queue(self, stream_id: int, waiter: _Waiter) -> None:
        """Note that a caller waits, and whether it waits for the network itself or somebody wakes it."""
        self._waiters[stream_id] = waiter
        if len(self._waiters) > 1:
            self._crowded_at = time.monotonic()
            if self._thread is None and not self._closed:
                self._summon()
        if self._thread is None:
            self._turn = self._turn or waiter
        elif self._turn in (None, waiter):
            self._turn = None
            self._thread[1].wake()

    def _wait(self, waiter: _Waiter, patience: float | None = None) -> None:
        if self._turn is waiter:  # nobody else can take it away
            self._round(patience)
        elif waiter.signal.acquire(timeout=-1 if patience is None else patience):
            waiter.woken = False

    def _leave(self, stream_id: int | None, waiter: _Waiter) -> None:
        """A caller, or the thread, goes, done or not: somebody else takes the turn if it had it."""
        with self._lock:
            if stream_id is None:
                self._thread = None
            elif self._waiters.get(stream_id) is waiter:
                del self._waiters[stream_id]
            if self._turn is waiter:
                self._turn = None
            if self._turn is None:
                self._call_next()

    def _call_next(self) -> None:
        if self._thread is not None:
            self._thread[1].wake()
        elif self._waiters:
            next(iter(self._waiters.values())).wake()

    def _summon(self) -> None:
        """Let a thread wait for the network from now on; whoever does now is told."""
        waiter = _Waiter()
        thread = threading.Thread(target=self._attend, args=(waiter,), name="tgdrivers", daemon=True)
        try:
            self._thread = (thread, waiter)
            thread.start()
        except BaseException as error:
            self._thread = None
            if isinstance(error, RuntimeError):
                return  # there are too many threads; callers can take turns without this one
            raise
        self._interrupt()

    def _attend(self, waiter: _Waiter) -> None:
        """The thread: wait for the network until nobody needs that."""
        try:
            while True:
                with self._lock:
                    lull = time.monotonic() - self._crowded_at > LULL and len(self._waiters) < 2
                    if self._closed or lull:
                        return
                    if self._turn is None:
                        self._turn = waiter
                self._wait(waiter, LULL)
        finally:
            self._leave(None, waiter)

    # --- the network --------------------------------------------------------------------------

    def _round(self, patience: float | None) -> None:
        """Wait for the network once, and serve it. For whoever has the turn; the lock is free meanwhile."""
        if self._dials:
            for carrier in tuple(self._dials):
                self._dial(carrier)
                self._locked(partial(self._dials.remove, carrier))
            return  # to see what came of it
        with self._lock:
            network = self._network = self._network or _Network()
            timer, timeout = self._sleep(network, patience)
        try:
            ready = network.selector.select(timeout)
        finally:
            network.asleep = False
            if timer is not None:
                timer.cancel()

        def work() -> None:
            self._work(ready, network)
            if network.due <= self._time():
                self._catch_up(network)
                self._client.handle_timeout(now=self._time())

        self._locked(work)

    def _sleep(self, network: _Network, patience: float | None) -> tuple[Timer | None, float | None]:
        """Prepare to wait until something is due: return the timer of an injected clock, and the limit."""
        deadline = self._client.next_deadline()
        network.asleep, network.due = True, float("inf") if deadline is None else deadline
        if self._reap():
            patience = LULL
        if deadline is None or self._dials:
            return None, 0.0 if self._dials else patience
        timer = None if self._clock is None else self._clock.call_at(deadline, network.wake)
        left = max(deadline - self._time(), 0.0)
        return timer, patience if timer is not None and left else earlier(left, patience)

    def _dial(self, carrier: Carrier) -> None:
        """Begin to open a transport; a name is looked up in a thread, as nothing else limits how long."""
        connect = partial(self._connect, carrier)
        if self._endpoint.dialed.is_literal:
            connect()
        else:
            try:
                threading.Thread(target=connect, name="tgdrivers-name", daemon=True).start()
            except RuntimeError:  # there are too many threads
                connect()

    def _connect(self, carrier: Carrier) -> None:
        targets = carrier.look_up()

        def dial() -> None:
            try:
                if carrier.key in self._carriers and not carrier.begun:  # or it was given up meanwhile
                    carrier.begun = True
                    carrier.dial(targets)
            except OSError as error:
                self._lose(carrier, error)

        self._locked(dial)
        self._interrupt()

    def _work(self, ready: list[tuple[selectors.SelectorKey, int]], network: _Network) -> None:
        """Move bytes where sockets are ready."""
        for key, mask in ready:
            if key.data is None:
                network.rest()
            elif key.data.key in self._carriers:  # or another thread has closed it meanwhile
                self._move(key.data, key.fileobj, mask)
        self._served_at = time.monotonic()
        self._flush()

    def _catch_up(self, network: _Network) -> None:
        """Read what came while nobody did: whatever was heard comes before what is due. Within bounds."""
        for _ in range(BACKLOG):
            ready = network.selector.select(0)
            if not ready:
                break
            self._work(ready, network)

    def _move(self, carrier: Carrier, sock: object, mask: int) -> None:
        try:
            if not carrier.up:
                if carrier.advance(sock):
                    self._client.dialed(carrier.key, now=self._time())
                return
            if mask & WRITE:
                carrier.write()
                self._close_if_done(carrier)
            if mask & READ and carrier.key in self._carriers:
                self._read(carrier)
        except OSError as error:
            self._lose(carrier, error if not carrier.up else str(error))

    def _read(self, carrier: Carrier) -> None:
        """Read once: what is left shows again, unless the core wants no more."""
        data = carrier.read()
        if data:
            self._client.receive_data(carrier.key, data, now=self._time())
        elif data is not None:
            self._client.receive_eof(carrier.key, now=self._time())
            self._flush()
            self._lose(carrier, "the connection ended")

    def _look(self) -> None:
        """See what came in while nobody waited, so that no request goes to a connection that is over."""
        if self._network is not None:
            self._catch_up(self._network)
            self._reap()

    # --- inside, under the lock ---------------------------------------------------------------

    def _locked(self, action: Callable[[], T], made: Sequence[int] = ()) -> T:
        """Do something under the lock, and serve the client afterwards.

        Whoever is interrupted in here may have bytes in hand that are neither read nor written: no
        connection can be trusted then, and the streams that were `made` have nobody.
        """
        with self._lock:
            try:
                result = action()
                self._settle()
            except (TrustGraphError, TypeError, ValueError):  # what the client says to its caller
                self._settle()
                raise
            except BaseException:
                self._dropped.extend(made)
                self._abort()
                raise
        while self._said:
            log(self._said.popleft())  # not under the lock: who knows what a handler does
        return self._locked(lambda: result) if self._dropped else result  # dropped since

    def _settle(self) -> None:
        self._drop()
        if self._client.has_work:
            self._flush()

    def _drop(self) -> None:
        while self._dropped:
            self._client.cancel(self._dropped.popleft(), now=self._time())

    def _abort(self) -> None:
        """Give every connection up, through no fault of the gateway."""
        self._drop()
        for carrier in list(self._carriers.values()):
            del self._carriers[carrier.key]
            self._client.break_off(carrier.key, now=self._time())
            carrier.close()
        self._flush()

    def _flush(self) -> None:
        self._notify()
        while (transfer := self._client.next_transfer(now=self._time())) is not None:
            if (carrier := self._carriers.get(transfer.key)) is not None:
                self._serve(carrier, transfer)
            self._notify()
        network = self._network
        if network is not None and network.asleep:
            deadline = self._client.next_deadline()
            if self._dials or (deadline is not None and deadline < network.due):
                network.wake()

    def _notify(self) -> None:
        while (notice := self._client.next_notice()) is not None:
            if isinstance(notice, StreamReadable):
                if (waiter := self._waiters.get(notice.stream_id)) is not None:
                    self._wake(waiter)
                continue
            if isinstance(notice, Dial):
                network = self._network = self._network or _Network()
                carrier = self._carriers[notice.key] = Carrier(notice.key, self._endpoint, network.selector)
                self._dials.append(carrier)
            elif isinstance(notice, CredentialWanted) and self._tokens is not None:
                self._start_asking(self._tokens)
            self._said.append(notice)

    def _start_asking(self, tokens: TokenSource) -> None:
        self._asked += 1
        ask_now = partial(self._ask, tokens, self._asked)
        try:
            threading.Thread(target=ask_now, name="tgdrivers-token", daemon=True).start()
        except RuntimeError as error:  # there are too many threads
            tell(self._client, error, now=self._time())

    def _ask(self, tokens: TokenSource, serial: int) -> None:
        told = ask(tokens)
        # If it took too long, and was asked again, this is of no use.
        self._locked(lambda: tell(self._client, told, now=self._time()) if serial == self._asked else None)
        self._interrupt()

    def _reap(self) -> bool:
        """Cut off those whose last bytes take too long; say whether some are still leaving."""
        leaving = [carrier for carrier in self._carriers.values() if carrier.leaves_by]
        for carrier in leaving:
            if carrier.leaves_by < time.monotonic():
                self._lose(carrier, "its last bytes took too long to leave")
        return bool(leaving)

    def _serve(self, carrier: Carrier, transfer: Transfer) -> None:
        """Write, read or pause, close."""
        try:
            if carrier.up:
                if transfer.data:
                    carrier.write(transfer.data)
                carrier.read_on(transfer.wants_read)
            if transfer.closed:
                carrier.leaves_by = carrier.leaves_by or time.monotonic() + LINGER
                self._close_if_done(carrier)
        except OSError as error:
            self._lose(carrier, str(error))

    def _close_if_done(self, carrier: Carrier) -> None:
        if carrier.leaves_by and (carrier.written or not carrier.up):
            self._lose(carrier, "closed")

    def _lose(self, carrier: Carrier, detail: str | Exception) -> None:
        """A transport is gone, or, with an exception, could not be opened."""
        if self._carriers.pop(carrier.key, None) is None:
            return
        try:
            self._client.connection_lost(carrier.key, *self._endpoint.loss(detail), now=self._time())
        finally:
            carrier.close()

    def _interrupt(self) -> None:
        """Let whoever waits for the network look around."""
        if (network := self._network) is not None:
            network.wake()

    def _wake(self, waiter: _Waiter) -> None:
        waiter.wake()
        if waiter is self._turn:  # then it sleeps on the network, not on its signal
            self._interrupt()

    def _check_process(self) -> None:
        if self._process != os.getpid():
            raise LocalProtocolError("this stream belongs to the process that was forked; open another one")


class _Network:
    """What the holder of the turn sleeps on.

    Attributes:
        selector: All sockets, and the one that wakes.
        asleep: Whether the holder of the turn sleeps.
        due: When something was due, when it last went to sleep.
    """

    def __init__(self) -> None:
        self.selector = selectors.DefaultSelector()
        self.asleep = False
        self.due = float("inf")
        self._ear, self._mouth = socket.socketpair()
        self._ear.setblocking(False)
        self._mouth.setblocking(False)
        self.selector.register(self._ear, READ, None)

    def wake(self) -> None:
        """Wake the sleeper, from any thread, even out of the garbage collector."""
        with contextlib.suppress(OSError):  # full of calls already, or closed
            self._mouth.send(b"\0")

    def rest(self) -> None:
        """Forget the calls to wake."""
        with contextlib.suppress(BlockingIOError):
            self._ear.recv(4096)

    def close(self) -> None:
        self.selector.close()
        self._ear.close()
        self._mouth.close()
