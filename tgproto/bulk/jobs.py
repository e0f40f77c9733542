"""One import or export as the client keeps it: what is to be sent, what has come, how it may end."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Sequence

from tgproto.bulk.config import BulkOptions
from tgproto.bulk.requests import Confirm, OpenExport, OpenImport, Report, encode_report
from tgproto.closing import CloseCause, CloseKind
from tgproto.dialect import Dialect, Tenancy
from tgproto.dialer import Dialer
from tgproto.errors import (
    CallContext,
    CallError,
    ExportInterrupted,
    ExportRefused,
    ImportInterrupted,
    ImportRefused,
    RequestTimeout,
    UnknownServiceError,
    connection_error,
)
from tgproto.session.events import ItemsConfirmed, Outcome, Payload, SendingEnded
from tgproto.session.receiver import BulkReceiver
from tgproto.session.sender import BulkSender
from tgproto.session.stream import CHUNK_OVERHEAD
from tgproto.session.tables import SessionState

LAG = 10
"""Messages that a gateway before 2.4.0 may hold back behind a pong (gateway `dispatch/…_import.py`, 1.7.1;
from which release on none does is not known, and 2.11.1 does not)."""


SILENCE, TOTAL = "timeout", "total_timeout"
"""Time limits, named after their options."""


class Job(ABC):
    """What imports and exports have in common.

    Args:
        ident: Its name.
        opening: What was asked for.
        dialer: Decides when its connections are opened.
        limit: Seconds for the gateway to answer.
        now: When it began.

    Attributes:
        id: The same name.
        opening: What was asked for.
        dialer: The same.
        limits: Its time limits in seconds, by name: `SILENCE`, and perhaps `TOTAL`.
        key: Its connection, if it has one.
        round: Which token was shown when that was opened; see `Credentials.round`.
        waited: In which round it waited for a fresh token; None if it never did.
        outcome: How it ended.
        stirred: Whether there is something to take.
    """

    def __init__(
        self, ident: int, opening: OpenImport | OpenExport, dialer: Dialer, limit: float, now: float
    ) -> None:
        self.id = ident
        self.opening = opening
        self.dialer = dialer
        self.limits = {SILENCE: limit}
        self.key: int | None = None
        self.round = 0
        self.waited: int | None = None
        self.outcome: Outcome | None = None
        self.stirred = False
        self._began = now
        self._dialect: Dialect | None = None
        self._told = False
        self._opened = 0  # connections that were open
        self._open = False

    @property
    def context(self) -> CallContext:
        """What errors say about it."""
        return self.opening.context

    def renew(self, number: int) -> bool:
        """Wait for a fresh token in a round; return whether it may: it does so in one round alone."""
        self.waited = number if self.waited is None else self.waited
        return self.waited == number

    def learn(self, dialect: Dialect) -> None:
        """The gateway's habits are known."""
        if self._dialect is None:
            self._dialect = dialect
            self.stirred = True

    @abstractmethod
    def start(self, options: BulkOptions, dialect: Dialect) -> BulkSender | BulkReceiver:
        """Return the conversation for a new connection.

        Args:
            options: The client's.
            dialect: The gateway's habits.
        """

    @abstractmethod
    def hear(self, event: object) -> None:
        """Take an event of the conversation."""

    def serve(self, now: float) -> None:  # noqa: ARG002
        """Do what can be done now."""
        return

    def full(self, options: BulkOptions) -> bool:  # noqa: ARG002
        """Return whether no connection may be opened for it until somebody takes what has come."""
        return False

    @property
    def patience(self) -> float | None:
        """Seconds after which it is complete if nothing comes; None if that is not so now."""
        return None

    def detach(self, now: float) -> None:  # noqa: ARG002
        """It is over, and so is its connection."""
        return

    def lost(self, cause: CloseCause, now: float) -> None:  # noqa: ARG002
        """Its connection is over, and there will be another one."""
        self._open = False

    def opened(self, now: float) -> None:
        """Its connection is open, or was until just now."""
        if not self._open:
            self._open = self.stirred = True
            self._opened += 1
            self.dialer.ready(now=now)

    def report(self, now: float) -> Report:
        """Return how it stands."""
        dialect = None if self._told else self._dialect
        self._told = self._dialect is not None
        return Report(dialect=dialect, reconnects=self._reconnects, elapsed=self._elapsed(now))

    @property
    def _reconnects(self) -> int:
        return max(self._opened - 1, 0)

    def _elapsed(self, now: float) -> float:
        return max(now - self._began, 0.0)

    @property
    @abstractmethod
    def resumes(self) -> bool:
        """Whether another connection may take the place of one that was lost."""

    @abstractmethod
    def hopeless(self, cause: CloseCause) -> bool:
        """Return whether trying again does not help, though other causes of this kind may pass."""

    @abstractmethod
    def succeeded(self, cause: CloseCause) -> bool:
        """Return whether everything is done although, or because, the connection is over."""

    @abstractmethod
    def interrupted(self, cause: CloseCause, now: float) -> CallError:
        """Return the error for a connection that is over, and not replaced."""

    def expired(self, option: str, now: float) -> CallError:
        """Return the error for a time limit that has passed."""
        if not self._opened:
            return RequestTimeout(option, self.limits[option], self.context)
        return self.interrupted(CloseCause(CloseKind.TIMEOUT, f"it was not over within {option}"), now)

    @abstractmethod
    def take(self, now: float) -> list[Payload]:
        """Return what there is to tell."""


class ImportJob(Job):
    """An import.

    Attributes:
        opening: What was asked for.
        session: The conversation on its connection; None without one.
    """

    opening: OpenImport

    def __init__(self, ident: int, opening: OpenImport, dialer: Dialer, limit: float, now: float) -> None:
        super().__init__(ident, opening, dialer, limit, now)
        self.session: BulkSender | None = None
        self._keeps = opening.resume and opening.confirm is Confirm.PING
        self._unsent: deque[tuple[bytes, int]] = deque()
        self._kept: deque[tuple[bytes, int]] = deque()  # sent on this connection, and not confirmed
        self._again = 0  # how many of the unsent ones were sent before
        self._last = False
        self._sent = self._confirmed = self._batches = self._resent = 0
        self._before = 0  # items that were confirmed before this connection
        self._handled = 0  # items that were confirmed on it
        self._answered = False  # whether pings were answered on an earlier connection
        self._complete = False  # whether the session was finished, and closed as it is to be

    @property
    def resumes(self) -> bool:
        """Whether what is not confirmed can be sent again."""
        return self._keeps

    def start(self, options: BulkOptions, dialect: Dialect) -> BulkSender:
        """Return the conversation for a new connection."""
        lag = LAG if dialect.tenancy is Tenancy.USER else 0
        self.session = BulkSender(options.sender_config(lag, self.limits[SILENCE]))
        self._before, self._handled = self._confirmed, 0
        return self.session

    def add(self, frames: Sequence[tuple[bytes, int]], *, last: bool) -> None:
        """Take messages to send."""
        self._unsent.extend(frames)
        self._last = self._last or last

    def serve(self, now: float) -> None:
        """Send what can be sent, and finish if that was all."""
        session = self.session
        if session is None or session.state is not SessionState.READY:
            return
        while self._unsent and session.wants_items:
            self._send(session, now)
        if not self._unsent and self._last:
            if self.opening.confirm is Confirm.NOTHING:
                session.close(now=now)
            else:
                session.finish(now=now)
        if self._room:
            self.stirred = True

    def _send(self, session: BulkSender, now: float) -> None:
        frame, items = self._unsent.popleft()
        session.send(frame, items, now=now)
        if self._keeps:
            self._kept.append((frame, items))
        if self._again:
            self._again -= 1
            self._resent += items
        else:
            self._sent += items
            self._batches += 1

    def hear(self, event: object) -> None:
        """Take a confirmation, or the news that there will be none any more."""
        if isinstance(event, SendingEnded):
            self._complete = event.complete
        else:
            assert isinstance(event, ItemsConfirmed)
            self._confirm(event)

    def _confirm(self, event: ItemsConfirmed) -> None:
        self.dialer.progressed()
        if self.opening.confirm is not Confirm.PING:
            return
        left, self._handled = event.items - self._handled, event.items
        self._confirmed = self._before + event.items
        self.stirred = True
        while left and self._kept:
            left -= self._kept.popleft()[1]

    def lost(self, cause: CloseCause, now: float) -> None:
        """Its connection is over: what was not confirmed is sent again."""
        super().lost(cause, now)
        self._answered = self._pongs
        self._again += len(self._kept)
        self._unsent.extendleft(reversed(self._kept))
        self._kept.clear()
        self.session = None

    @property
    def _room(self) -> int:
        """How many messages may be added now."""
        session = self.session
        return 0 if session is None or self._unsent or self._last else session.room

    def hopeless(self, cause: CloseCause) -> bool:
        """Whether the gateway closed a socket without a single pong, or nothing ever answers pings."""
        return self._refused(cause) or (self._unanswered(cause) and self._opened > 1)

    def _refused(self, cause: CloseCause) -> bool:
        return _closed_without_a_word(cause) and not self._handled

    @property
    def _pongs(self) -> bool:
        """Whether any connection ever answered a ping; that may confirm nothing, see `LAG`."""
        return self._answered or (self.session is not None and self.session.answered)

    def _unanswered(self, cause: CloseCause) -> bool:
        return cause.kind is CloseKind.TIMEOUT and self._open and not self._pongs

    def succeeded(self, cause: CloseCause) -> bool:
        """Whether everything was sent, and is confirmed as it was asked for."""
        if self._unsent or not self._last:
            return False
        if self.opening.confirm is Confirm.NOTHING:
            return cause.clean and cause.kind is CloseKind.LOCAL
        if self._complete:
            self._confirmed = self._sent
            return True
        return 0 < self._sent == self._confirmed  # it matters no more how the socket was closed

    def interrupted(self, cause: CloseCause, now: float) -> CallError:
        """Return the error, with the counts."""
        if not self._sent and not self._open:
            return unopened(cause, self.opening.context, opened=bool(self._opened))
        refused = not self._pongs and self._refused(cause)
        kind = ImportRefused if refused else ImportInterrupted
        error = kind(_told(cause, refused=refused), self.context, self._hint(cause, kind))
        error.offset = error.confirmed = self._confirmed
        error.sent, error.batches = self._sent, self._batches
        error.reconnects, error.resent = self._reconnects, self._resent
        error.elapsed = self._elapsed(now)
        return error

    def _hint(self, cause: CloseCause, kind: type[ImportInterrupted]) -> str:
        if self._unanswered(cause):
            return "Nothing answers pings: perhaps a proxy does not pass them on"
        if self._pongs and self._refused(cause):
            return "It closes like this on data that it cannot read: look at the items behind offset"
        return kind.default_hint

    def report(self, now: float) -> Report:
        """Return how it stands."""
        report = super().report(now)
        report.room = self._room
        report.sent, report.confirmed, report.batches = self._sent, self._confirmed, self._batches
        report.resent = self._resent
        return report

    def take(self, now: float) -> list[Payload]:
        """Return a report, if something has changed."""
        if not self.stirred and self.outcome is None:
            return []
        self.stirred = False
        return [Payload(encode_report(self.report(now)))]


class ExportJob(Job):
    """An export.

    Attributes:
        opening: What was asked for.
        session: The conversation on its connection; None without one.
    """

    opening: OpenExport

    def __init__(self, ident: int, opening: OpenExport, dialer: Dialer, limit: float, now: float) -> None:
        super().__init__(ident, opening, dialer, limit, now)
        self.session: BulkReceiver | None = None
        self._frames: list[bytes | str] = []  # of connections that are over
        self._gaps: list[tuple[int, str]] = []
        self._heard = False  # whether anything came on this connection
        self._waiting = False

    @property
    def resumes(self) -> bool:
        """Whether gaps are allowed."""
        return self.opening.resume

    def start(self, options: BulkOptions, dialect: Dialect) -> BulkReceiver:  # noqa: ARG002
        """Return the conversation for a new connection."""
        self.session = BulkReceiver(options.receiver)
        self._heard = False
        return self.session

    @property
    def patience(self) -> float | None:
        """Seconds without a message; not while there is none that could come, or one to be taken."""
        return self.opening.idle_timeout if self._open and not self._waiting else None

    def hear(self, event: object) -> None:  # noqa: ARG002
        """A message has come: there are no other events."""
        self._heard = self._waiting = self.stirred = True
        self.dialer.progressed()

    def detach(self, now: float) -> None:
        """Its connection is over: keep what has come on it."""
        if self.session is not None:
            self._frames += self.session.take(now=now)
        self.session = None

    def lost(self, cause: CloseCause, now: float) -> None:
        """Its connection is over: between what has come and what will come, something may be missing."""
        self.detach(now)
        if self._open:
            self._gaps.append((len(self._frames), str(cause)))
        super().lost(cause, now)

    def full(self, options: BulkOptions) -> bool:
        """Return whether more was kept of earlier connections than one may hold unread."""
        return sum(len(frame) + CHUNK_OVERHEAD for frame in self._frames) > options.receiver.window

    def hopeless(self, cause: CloseCause) -> bool:
        """Whether the gateway closed a socket without a single message."""
        return _closed_without_a_word(cause) and not self._heard

    def succeeded(self, cause: CloseCause) -> bool:  # noqa: ARG002
        """Never: an export does not end by itself."""
        return False

    def interrupted(self, cause: CloseCause, now: float) -> CallError:  # noqa: ARG002
        """Return the error."""
        if not self._opened:
            return unopened(cause, self.opening.context, opened=False)
        refused = self.hopeless(cause) and self._opened == 1
        kind = ExportRefused if refused else ExportInterrupted
        return kind(_told(cause, refused=refused), self.context)

    def take(self, now: float) -> list[Payload]:
        """Return a report and what has come, if there is anything new."""
        if self.session is not None and self.stirred:
            self._frames += self.session.take(now=now)
        if not self.stirred and self.outcome is None:
            return []
        self.stirred = self._waiting = False
        report = self.report(now)
        report.opened, report.gaps = self._opened > 0, self._gaps
        frames, self._frames, self._gaps = self._frames, [], []
        return [Payload(encode_report(report)), *map(Payload, frames)]


def _closed_without_a_word(cause: CloseCause) -> bool:
    """Whether the gateway closed as it does what it cannot serve or read (all releases): with 1000."""
    return cause.kind is CloseKind.REMOTE and cause.received is not None and cause.received.code == 1000


def _told(cause: CloseCause, *, refused: bool) -> str:
    if refused:
        return "the gateway accepted the connection, and closed it without a word"
    return str(cause)


def unopened(cause: CloseCause, context: CallContext, *, opened: bool) -> CallError:
    """Return the error for a socket that could not be opened.

    Args:
        cause: Why.
        context: Which one it was.
        opened: Whether there was one before.
    """
    if cause.refused is not None and b"unknown kind" in cause.refused.body:
        return UnknownServiceError("the gateway does not know this kind of data", "unknown-service", context)
    return connection_error(cause, opened=opened, sent=False, delivered=0, context=context)
