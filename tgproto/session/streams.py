"""The streams of one client session: the queue, the slots, the unread frames, the time limits.

What the gateway still works on is in the window; what the owner has not taken is in the streams.
The two end independently: a cancelled request stays in the window until the gateway has finished,
a finished one stays here until its outcome was taken.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable

from tgproto.closing import CloseCause, CloseKind
from tgproto.dialect import Dialect
from tgproto.errors import CallContext, ConnectionLost, RequestTimeout, StreamStalled, TrustGraphError
from tgproto.session.config import ClientConfig
from tgproto.session.events import ClientEvent, ConnectionClosed, Failed, Outcome, Payload, StreamReadable
from tgproto.session.keepalive import Keepalive
from tgproto.session.request import Submission
from tgproto.session.stream import CHUNK_OVERHEAD, Stream
from tgproto.session.tables import StreamInput, StreamState
from tgproto.session.window import Window
from tgproto.timers import Timers

SILENCE = "silence"
STALL = "stall"
TOTAL = "total"
TOMBSTONE = "tombstone"

StreamTimer = tuple[str, int]
"""SILENCE and TOTAL with a stream id, TOMBSTONE with a window position, or STALL with 0."""

RETIRED = CloseCause(CloseKind.LOCAL, "retired, because an abandoned request blocks the gateway's slots")


class Streams:
    """All streams of a session.

    Args:
        config: Options of the session.
        events: Where `StreamReadable` is announced.
        keepalive: Stopped while reading is paused, because a pong could not be seen.

    Attributes:
        by_wire: Streams the gateway works on, by their id on the wire.
        flowing: Those of them that have answered before and that somebody waits for.
        timers: Their time limits.
        paused: Whether a window is full, so that reading shall stop.
        retired: Whether the connection takes no more requests because an abandoned one blocks it.
    """

    def __init__(
        self, config: ClientConfig, events: deque[ClientEvent | ConnectionClosed], keepalive: Keepalive
    ) -> None:
        self.by_wire: dict[str | None, Stream] = {}
        self.flowing: dict[str | None, Stream] = {}
        self.timers: Timers[StreamTimer] = Timers()
        self.paused = False
        self.retired = False
        self.window = Window(config.span_limit)
        self._config = config
        self._events = events
        self._keepalive = keepalive
        self._streams: dict[int, Stream] = {}
        self._queue: OrderedDict[int, Stream] = OrderedDict()
        self._at: dict[int, Stream] = {}  # window position -> stream
        self._answered: set[tuple[str, str | None]] = set()
        self._unproven: Stream | None = None
        self._next_id = 1

    # --- the owner's side ---------------------------------------------------------------------

    @property
    def queued(self) -> int:
        """Requests that were not sent yet."""
        return len(self._queue)

    @property
    def live(self) -> int:
        """Streams that are not over: queued or under way."""
        return len(self._queue) + sum(stream.under_way for stream in self._at.values())

    def add(
        self, submission: Submission, timeout: float | None, total_timeout: float | None, now: float
    ) -> int:
        """Queue a request and return the id of its stream."""
        stream = Stream(self._next_id, submission, timeout, total_timeout, now)
        self._next_id += 1
        self._streams[stream.id] = stream
        self._queue[stream.id] = stream
        if timeout is not None:
            self.timers.set((SILENCE, stream.id), now + timeout)
        if total_timeout is not None:
            self.timers.set((TOTAL, stream.id), now + total_timeout)
        return stream.id

    def take(self, stream_id: int, now: float) -> tuple[list[Payload], Outcome | None] | None:
        """Hand over what a stream has; None if there is no such stream."""
        stream = self._streams.get(stream_id)
        if stream is None:
            return None
        chunks = stream.take(now)
        if stream.outcome is not None:
            del self._streams[stream_id]
        self._resume_if_possible(now)
        return chunks, stream.outcome

    def cancel(self, stream_id: int, now: float) -> None:
        """Forget a stream; harmless if there is none."""
        stream = self._streams.pop(stream_id, None)
        if stream is None:
            return
        stream.take(now)
        if stream.state is not StreamState.DONE and stream.state is not StreamState.ABANDONED:
            self._abandon(stream, now)
        self._resume_if_possible(now)

    # --- the gateway's side -------------------------------------------------------------------

    def next_sendable(self, dialect: Dialect) -> Stream | None:
        """Return the queued request to write next, or None.

        Errors of gateways 1.x carry no id. So that they can be attributed, at most one request whose
        service and flow have never answered is in flight there.
        """
        if self.retired or self.window.room == 0:
            return None
        if dialect.errors_have_ids or self._unproven is None:
            return next(iter(self._queue.values()), None)
        return next((stream for stream in self._queue.values() if stream.pair in self._answered), None)

    def start(self, stream: Stream, dialect: Dialect) -> str:
        """Move a request from the queue into the window and return its id on the wire."""
        del self._queue[stream.id]
        stream.advance(StreamInput.START)
        stream.position = self.window.take()
        self._at[stream.position] = stream
        if not dialect.errors_have_ids and stream.pair not in self._answered:
            self._unproven = stream
        self.by_wire[stream.wire_id] = stream
        return stream.wire_id

    def answered(self, stream: Stream) -> None:
        """Note that the gateway knows this service and flow."""
        self._answered.add(stream.pair)
        if self._unproven is stream:
            self._unproven = None

    def deliver(self, stream: Stream, payload: Payload, size: int, now: float) -> None:
        """Put a payload into a stream. `size` is its message's, in bytes."""
        stream.advance(StreamInput.CHUNK)
        self.flowing[stream.wire_id] = stream
        stream.heard = now
        stream.delivered += 1
        stream.chunks.append(payload)
        stream.charge += size + CHUNK_OVERHEAD
        self.announce(stream)
        if stream.charge > self._config.stream_window:
            self.pause(now)

    def finish(self, stream: Stream, outcome: Outcome, now: float) -> None:
        """The gateway has finished with a stream, well or badly."""
        abandoned = stream.state is StreamState.ABANDONED
        stream.advance(StreamInput.FINISH)
        self._leave(stream, now)
        if not abandoned:
            self._end(stream, outcome)
        self._resume_if_possible(now)

    def requeue(self, stream: Stream, now: float) -> None:
        """Put a refused request back to the front of the queue, to be sent again under a new id."""
        stream.advance(StreamInput.REFUSE)
        stream.renewed = True
        self._queue[stream.id] = stream
        self._queue.move_to_end(stream.id, last=False)
        self._leave(stream, now)

    def waiting(self) -> list[Stream]:
        """Return the streams whose requests were not sent yet."""
        return list(self._queue.values())

    def candidates(self) -> list[Stream]:
        """Return the requests that an error without id can mean."""
        if self._unproven is not None:
            return [self._unproven]
        return [stream for stream in self._at.values() if stream.state is StreamState.SENT]

    def announce(self, stream: Stream) -> None:
        """Tell the owner once that there is something to take."""
        if not stream.announced:
            stream.announced = True
            self._events.append(StreamReadable(stream.id))

    # --- endings ------------------------------------------------------------------------------

    def fail(self, stream: Stream, error: TrustGraphError, now: float) -> None:
        """End a stream on this side."""
        self._abandon(stream, now)
        self._end(stream, Failed(error))
        self._resume_if_possible(now)

    def fail_queued(self, make_error: Callable[[CallContext], TrustGraphError], now: float) -> None:
        """Fail every request that was not sent, each with an error of its own."""
        for stream in list(self._queue.values()):
            self.fail(stream, make_error(stream.context), now)

    def lose(self, cause: CloseCause, now: float) -> None:
        """The connection is of no use any more: fail whatever is not over."""
        self.fail_queued(lambda context: ConnectionLost(cause, sent=False, context=context), now)
        for stream in list(self._at.values()):
            under_way = stream.under_way
            stream.advance(StreamInput.LOSE)
            self._leave(stream, now)
            if under_way:
                error = ConnectionLost(cause, sent=True, delivered=stream.delivered, context=stream.context)
                self._end(stream, Failed(error))
        self._resume_if_possible(now)

    def expire(self, key: StreamTimer, now: float) -> None:
        """Act on a timer that is due."""
        kind, number = key
        if kind == STALL:
            self._check_stall(now)
        elif kind == TOMBSTONE:
            stream = self._at[number]
            stream.advance(StreamInput.EXPIRE)
            self._leave(stream, now)
        elif kind == TOTAL:
            stream = self._streams[number]
            assert stream.total_timeout is not None
            self.fail(stream, RequestTimeout("total_timeout", stream.total_timeout, stream.context), now)
        else:
            self._check_silence(self._streams[number], now)

    # --- flow control -------------------------------------------------------------------------

    def pause(self, now: float) -> None:
        """Stop reading until the owner has taken something."""
        if not self.paused:
            self.paused = True
            self._keepalive.stop()
            self.timers.set((STALL, 0), now + self._config.stall_timeout)

    def _resume_if_possible(self, now: float) -> None:
        low = self._config.stream_window // 2
        if self.paused and all(s.charge <= low for s in self._at.values() if s.under_way):
            self.paused = False
            self._keepalive.start(now)
            self.timers.cancel((STALL, 0))
            for stream in self._at.values():
                stream.heard = now  # it was we who did not listen

    def _check_stall(self, now: float) -> None:
        """Give up the fullest stream if it was left untouched and another call waits behind it."""
        full = max((s for s in self._at.values() if s.under_way), key=lambda s: s.charge)
        untouched = now - full.taken >= self._config.stall_timeout
        waiting = self._queue or any(s.under_way and not s.chunks for s in self._at.values())
        if untouched and waiting:
            text = f"nobody read it for {self._config.stall_timeout:g} s while other calls waited"
            self.fail(full, StreamStalled(text, full.context), now)
        if self.paused:
            self.timers.set((STALL, 0), now + self._config.stall_timeout)

    # --- inside -------------------------------------------------------------------------------

    def _check_silence(self, stream: Stream, now: float) -> None:
        assert stream.timeout is not None
        if self.paused:
            stream.heard = now
        due = stream.heard + stream.timeout
        if due > now:
            self.timers.set((SILENCE, stream.id), due)
        else:
            self.fail(stream, RequestTimeout("timeout", stream.timeout, stream.context), now)

    def _end(self, stream: Stream, outcome: Outcome) -> None:
        stream.outcome = outcome
        self.timers.cancel((SILENCE, stream.id))
        self.timers.cancel((TOTAL, stream.id))
        self.announce(stream)

    def _abandon(self, stream: Stream, now: float) -> None:
        """Nobody waits for this stream any more."""
        self.timers.cancel((SILENCE, stream.id))
        self.timers.cancel((TOTAL, stream.id))
        self._queue.pop(stream.id, None)
        self.flowing.pop(stream.wire_id, None)
        stream.advance(StreamInput.ABANDON)
        if stream.state is StreamState.ABANDONED:
            self.timers.set((TOMBSTONE, stream.position), now + self._config.tombstone_timeout)
            self._check_front(now)

    def _leave(self, stream: Stream, now: float) -> None:
        """The gateway is done with a stream: free its place."""
        self.window.finish(stream.position)
        del self._at[stream.position]
        del self.by_wire[stream.wire_id]
        self.flowing.pop(stream.wire_id, None)
        self.timers.cancel((TOMBSTONE, stream.position))
        if self._unproven is stream:
            self._unproven = None
        self._check_front(now)

    def _check_front(self, now: float) -> None:
        """Retire the connection if an abandoned request keeps slots from being freed."""
        front = self.window.front
        blocked = self._unproven is not None and self._unproven.state is StreamState.ABANDONED
        if self.window.limit is not None and front is not None:
            blocked = blocked or self._at[front].state is StreamState.ABANDONED
        if blocked and not self.retired:
            self.retired = True
            self.fail_queued(lambda context: ConnectionLost(RETIRED, sent=False, context=context), now)
