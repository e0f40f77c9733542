"""The streams of one client session: the queue, the slots, the unread frames, the time limits.

What the gateway still works on is in the window; what the owner has not taken is in the streams.
The two end independently: a cancelled request stays in the window until the gateway has finished,
a finished one stays here until its outcome was taken.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterator

from tgproto.closing import CloseCause, CloseKind
from tgproto.dialect import Dialect
from tgproto.errors import (
    ConnectionLost,
    LocalProtocolError,
    NoSuchStream,
    RequestTimeout,
    StreamStalled,
    TrustGraphError,
    connection_error,
)
from tgproto.session.config import ClientConfig
from tgproto.session.events import ClientEvent, ConnectionClosed, Failed, Outcome, Payload, StreamReadable
from tgproto.session.keepalive import Keepalive
from tgproto.session.request import Submission
from tgproto.session.stream import CHUNK_OVERHEAD, Stream
from tgproto.session.tables import STREAM, StreamInput, StreamState, advance
from tgproto.session.window import Window
from tgproto.timers import Timers

SILENCE = "silence"
STALL = "stall"
TOTAL = "total"
TOMBSTONE = "tombstone"

StreamTimer = tuple[str, int]
"""TOMBSTONE with a window position, the others with a stream id."""

RETIRED = CloseCause(CloseKind.LOCAL, "retired, because an abandoned request blocks the gateway's slots")


class Streams:
    """All streams of a session.

    Args:
        config: Options of the session.
        events: Where `StreamReadable` is announced.
        ids: Where the ids of new streams come from.
        keepalive: Stopped while reading is paused, because a pong could not be seen.

    Attributes:
        by_wire: Streams the gateway works on, by their id on the wire.
        flowing: Those of them that have answered before and that somebody waits for.
        timers: Their time limits.
        queue: Requests that were not sent yet, in order, by stream.
        full: Streams whose window is full; while there is one, nothing shall be read.
        retired: Whether the connection takes no more requests because an abandoned one blocks it.
    """

    def __init__(
        self,
        config: ClientConfig,
        events: deque[ClientEvent | ConnectionClosed],
        keepalive: Keepalive,
        ids: Iterator[int],
    ) -> None:
        self.by_wire: dict[str | None, Stream] = {}
        self.flowing: dict[str | None, Stream] = {}
        self.timers: Timers[StreamTimer] = Timers()
        self.queue: OrderedDict[int, Stream] = OrderedDict()
        self.full: dict[int, Stream] = {}
        self.retired = False
        self.window = Window(config.span_limit)
        self._config = config
        self._events = events
        self._keepalive = keepalive
        self._streams: dict[int, Stream] = {}
        self._at: dict[int, Stream] = {}  # window position -> stream
        self._abandoned: set[int] = set()  # positions of requests that nobody here waits for
        self._answered: set[tuple[str, str | None]] = set()
        self._attributing = False  # whether errors are attributed by what has answered before
        self._unproven: Stream | None = None
        self._unheard: set[int] = set()  # streams whose announcement waits among the events
        self._resumed = float("-inf")
        self._ids = ids

    # --- the owner's side ---------------------------------------------------------------------

    @property
    def holds_any(self) -> bool:
        """Whether there is a stream whose outcome was not taken."""
        return bool(self._streams)

    @property
    def live(self) -> int:
        """Streams that are not over: queued or under way."""
        return len(self.queue) + sum(stream.under_way for stream in self._at.values())

    def add(
        self, submission: Submission, timeout: float | None, total_timeout: float | None, now: float
    ) -> int:
        """Queue a request and return the id of its stream."""
        stream = Stream(next(self._ids), submission, timeout, total_timeout, now, now)
        self._insert(stream)
        return stream.id

    def take(self, stream_id: int, now: float) -> tuple[list[Payload], Outcome | None]:
        """Hand over what a stream has."""
        stream = self._streams.get(stream_id) or self.get(stream_id)
        if not stream.announced:
            return [], None
        chunks = stream.take()
        if stream.outcome is not None:
            del self._streams[stream_id]
        if self.full:
            self._relieve(stream, now)
        return chunks, stream.outcome

    def get(self, stream_id: int) -> Stream:
        """Return a stream.

        Raises:
            LocalProtocolError: There is none.
        """
        stream = self._streams.get(stream_id)
        if stream is None:
            raise NoSuchStream(stream_id)
        return stream

    def outcome(self, stream_id: int) -> Outcome | None:
        """Say how a stream ended, without taking anything; None if it goes on or does not exist."""
        stream = self._streams.get(stream_id)
        return None if stream is None else stream.outcome

    def heard(self, stream_id: int) -> bool:
        """Note that an announcement was handed out; say whether there is still something to take."""
        self._unheard.discard(stream_id)
        stream = self._streams.get(stream_id)
        return stream is not None and stream.announced

    def cancel(self, stream_id: int, now: float) -> None:
        """Forget a stream; harmless if there is none."""
        stream = self._streams.pop(stream_id, None)
        if stream is None:
            return
        stream.take()
        if stream.state is not StreamState.DONE and stream.state is not StreamState.ABANDONED:
            self._abandon(stream, now)

    def disown(self, stream_id: int) -> Stream:
        """Give away a stream that is queued, or whose connection was lost, for another session to `adopt`."""
        stream = self._streams.get(stream_id)
        if stream is None or not (stream_id in self.queue or stream.state is StreamState.DONE):
            raise LocalProtocolError(
                f"stream {stream_id} cannot be given away: there is none, or it is under way"
            )
        del self._streams[stream_id]
        self.queue.pop(stream_id, None)
        self._disarm(stream)
        return stream.anew()

    def adopt(self, stream: Stream) -> None:
        """Queue a stream of another session; its time limits go on."""
        self._insert(stream)

    # --- the gateway's side -------------------------------------------------------------------

    def next_sendable(self, dialect: Dialect) -> Stream | None:
        """Return the queued request to write next, or None.

        Errors of gateways 1.x carry no id. So that they can be attributed, at most one request whose
        service and flow have never answered is in flight there.
        """
        if not self.queue or self.window.room == 0:
            return None
        if dialect.errors_have_ids or self._unproven is None:
            return next(iter(self.queue.values()), None)
        return next((stream for stream in self.queue.values() if stream.pair in self._answered), None)

    def start(self, stream: Stream, dialect: Dialect) -> str:
        """Move a request from the queue into the window and return its id on the wire."""
        del self.queue[stream.id]
        stream.state = advance(STREAM, stream.state, StreamInput.START)
        stream.position = position = self.window.take()
        stream.wire_id = wire_id = str(position + 1)
        self._at[position] = self.by_wire[wire_id] = stream
        self._attributing = not dialect.errors_have_ids
        if self._attributing and stream.pair not in self._answered:
            self._unproven = stream
        return wire_id

    def answered(self, stream: Stream) -> None:
        """Note that the gateway knows this service and flow."""
        if self._attributing:
            self._answered.add(stream.pair)
            if self._unproven is stream:
                self._unproven = None

    def deliver(self, stream: Stream, payload: Payload, size: int, final: bool, now: float) -> None:
        """Put a payload into a stream. `size` is its message's, in bytes; `finish` follows a final one."""
        stream.heard = now
        stream.chunks.append(payload)
        stream.charge += size + CHUNK_OVERHEAD
        if final:
            return  # the end is announced
        stream.advance(StreamInput.CHUNK)
        self.flowing[stream.wire_id] = stream
        self.announce(stream)
        if stream.charge > self._config.stream_window:
            self.pause(stream, now)

    def finish(self, stream: Stream, outcome: Outcome, now: float) -> None:
        """The gateway has finished with a stream, well or badly."""
        before = stream.state
        stream.state = advance(STREAM, before, StreamInput.FINISH)
        self._leave(stream, now)
        if before is not StreamState.ABANDONED:
            self._end(stream, outcome)

    def requeue(self, stream: Stream, now: float) -> None:
        """Put a refused request back to the front of the queue, to be sent again under a new id."""
        stream.advance(StreamInput.REFUSE)
        stream.renewed = True
        self.queue[stream.id] = stream
        self.queue.move_to_end(stream.id, last=False)
        self._leave(stream, now)

    def waiting(self) -> list[Stream]:
        """Return the streams whose requests were not sent yet."""
        return list(self.queue.values())

    def candidates(self) -> list[Stream]:
        """Return the requests that an error without id can mean, abandoned ones among them."""
        if self._unproven is not None:
            return [self._unproven]
        return [stream for stream in self._at.values() if not stream.delivered]

    def announce(self, stream: Stream) -> None:
        """Tell the owner once that there is something to take."""
        if not stream.announced:
            stream.announced = True
            if stream.id not in self._unheard:
                self._unheard.add(stream.id)
                self._events.append(StreamReadable(stream.id))

    # --- endings ------------------------------------------------------------------------------

    def fail(self, stream: Stream, error: Exception, now: float) -> None:
        """End a stream on this side."""
        self._abandon(stream, now)
        self._end(stream, Failed(error))

    def fail_queued(self, make_error: Callable[[Stream], TrustGraphError], now: float) -> None:
        """Fail every request that was not sent, each with an error of its own."""
        for stream in list(self.queue.values()):
            self.fail(stream, make_error(stream), now)

    def lose(self, cause: CloseCause, opened: bool, now: float) -> None:
        """The connection is of no use any more: fail whatever is not over."""

        def error(stream: Stream) -> TrustGraphError:
            sent, delivered, context = stream.tried, stream.delivered, stream.context
            return connection_error(
                cause, opened=opened or sent, sent=sent, delivered=delivered, context=context
            )

        self.fail_queued(error, now)
        for stream in list(self._at.values()):
            under_way = stream.under_way
            stream.advance(StreamInput.LOSE)
            self._leave(stream, now)
            if under_way:
                stream.tried = True
                self._end(stream, Failed(error(stream)))

    def expire(self, key: StreamTimer, now: float) -> None:
        """Act on a timer that is due."""
        kind, number = key
        if kind == STALL:
            self._check_stall(self.full[number], now)
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

    def pause(self, stream: Stream, now: float) -> None:
        """Stop reading until the owner has taken what this stream has."""
        if stream.id not in self.full:
            self.full[stream.id] = stream
            self._keepalive.stop()
            self.timers.set((STALL, stream.id), now + self._config.stall_timeout)

    def listening_since(self, now: float) -> float:
        """Return since when this side reads; `now` while it does not. No silence is older than that."""
        return now if self.full else self._resumed

    def _relieve(self, stream: Stream, now: float) -> None:
        """A stream's window is not full, or no longer matters: read again unless another one is."""
        if self.full.pop(stream.id, None) is not None:
            self.timers.cancel((STALL, stream.id))
            if not self.full:
                self._resumed = now
                self._keepalive.start(now)

    def _check_stall(self, stream: Stream, now: float) -> None:
        """Give up a stream that was left full, if another call waits behind it."""
        if self.queue or any(s.under_way and not s.chunks for s in self._at.values()):
            text = f"nobody read it for {self._config.stall_timeout:g} s while other calls waited"
            self.fail(stream, StreamStalled(text, stream.context), now)
        else:
            self.timers.set((STALL, stream.id), now + self._config.stall_timeout)

    # --- inside -------------------------------------------------------------------------------

    def _check_silence(self, stream: Stream, now: float) -> None:
        assert stream.timeout is not None
        due = max(stream.heard, self.listening_since(now)) + stream.timeout
        if due > now:
            self.timers.set((SILENCE, stream.id), due)
        else:
            self.fail(stream, RequestTimeout("timeout", stream.timeout, stream.context), now)

    def _insert(self, stream: Stream) -> None:
        self._streams[stream.id] = self.queue[stream.id] = stream
        if stream.timeout is not None:
            self.timers.set((SILENCE, stream.id), stream.heard + stream.timeout)
        if stream.total_timeout is not None:
            self.timers.set((TOTAL, stream.id), stream.since + stream.total_timeout)

    def _disarm(self, stream: Stream) -> None:
        if stream.timeout is not None:
            self.timers.cancel((SILENCE, stream.id))
        if stream.total_timeout is not None:
            self.timers.cancel((TOTAL, stream.id))

    def _end(self, stream: Stream, outcome: Outcome) -> None:
        stream.outcome = outcome
        self._disarm(stream)
        self.announce(stream)

    def _abandon(self, stream: Stream, now: float) -> None:
        """Nobody waits for this stream any more."""
        self._disarm(stream)
        self._relieve(stream, now)
        self.queue.pop(stream.id, None)
        self.flowing.pop(stream.wire_id, None)
        stream.advance(StreamInput.ABANDON)
        if stream.state is StreamState.ABANDONED:
            self._abandoned.add(stream.position)
            self.timers.set((TOMBSTONE, stream.position), now + self._config.tombstone_timeout)
            self._check_front(now)

    def _leave(self, stream: Stream, now: float) -> None:
        """The gateway is done with a stream: free its place."""
        self.window.finish(stream.position)
        del self._at[stream.position]
        del self.by_wire[stream.wire_id]
        self.flowing.pop(stream.wire_id, None)
        if self._unproven is stream:
            self._unproven = None
        if self.full:
            self._relieve(stream, now)
        if self._abandoned:
            if stream.position in self._abandoned:
                self._abandoned.discard(stream.position)
                self.timers.cancel((TOMBSTONE, stream.position))
            self._check_front(now)

    def _check_front(self, now: float) -> None:
        """Retire the connection if an abandoned request keeps slots from being freed."""
        if not self._abandoned or self.retired:
            return
        blocked = self._unproven is not None and self._unproven.position in self._abandoned
        if self.window.limit is not None:
            blocked = blocked or self.window.front in self._abandoned
        if blocked:
            self.retired = True
            self.fail_queued(
                lambda stream: ConnectionLost(RETIRED, sent=stream.tried, context=stream.context), now
            )
