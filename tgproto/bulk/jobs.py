"""One import or export as the client keeps it: what is to be sent, what has come, how it may end."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque

from tgproto.bulk.config import BulkOptions
from tgproto.bulk.messages import Message, Messages
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

LAG = 11
"""Messages that a gateway before 2.4.0 may hold back behind a pong: ten in a queue, and the one that is just
being sent to the broker (gateway `base/publisher.py`, 1.7.1; from which release on none does is not known,
and 2.11.1 does not)."""

IN_VAIN = 4
"""Connections of an import that may end in silence, or be closed without a word, before anything more is
confirmed: the last of them ends it. Thrice may be chance; and a gateway whose broker is away closes, too."""

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
        stream_id: What its caller knows it by; another one if several jobs work on the same import.
        opening: What was asked for.
        dialer: The same.
        limits: Its time limits in seconds, by name: `SILENCE`, and perhaps `TOTAL`.
        key: Its connection, if it has one.
        round: Which token was shown when that was opened; see `Credentials.round`.
        waited: In which round it waited for a fresh token; None if it never did.
        outcome: How the import or export ended.
        stirred: Whether there is something to take.
    """

    def __init__(
        self, ident: int, opening: OpenImport | OpenExport, dialer: Dialer, limit: float, now: float
    ) -> None:
        self.id = self.stream_id = ident
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

    @abstractmethod
    def detach(self, now: float) -> None:
        """It is over, and so is its connection."""

    def lost(self, cause: CloseCause, now: float) -> None:  # noqa: ARG002
        """Its connection is over, and there will be another one."""
        self._open = False

    def reached(self, key: int) -> None:
        """The transport of its connection is up."""
        self.dialer.done(key)

    def survives(self, cause: CloseCause, now: float) -> bool:  # noqa: ARG002
        """Return whether what it had to ask first may be asked again when its dialer's pause is over.

        Args:
            cause: What became of the connection, whose transport was up.
            now: Current time in seconds.
        """
        return False

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

    @property
    def _was_open(self) -> bool:
        return self._opened > 0

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
        if not self._was_open:
            return RequestTimeout(option, self.limits[option], self.context)
        return self.interrupted(CloseCause(CloseKind.TIMEOUT, f"it was not over within {option}"), now)

    @abstractmethod
    def take(self, now: float) -> list[Payload]:
        """Return what there is to tell."""


class ImportJob(Job):
    """An import over one connection, or the share of one connection in an import over several.

    Args:
        ident: See `Job`, here and below.
        opening: As above.
        dialer: As above.
        limit: As above.
        now: As above.
        messages: What it sends, if it shares them with others.

    Attributes:
        opening: What was asked for.
        messages: What it sends.
        session: The conversation on its connection; None without one.
    """

    opening: OpenImport

    def __init__(
        self,
        ident: int,
        opening: OpenImport,
        dialer: Dialer,
        limit: float,
        now: float,
        messages: Messages | None = None,
    ) -> None:
        super().__init__(ident, opening, dialer, limit, now)
        self._in_order = opening.confirm is Confirm.PING
        self.messages = messages if messages is not None else Messages(ordered=self._in_order)
        self.session: BulkSender | None = None
        self._keeps = opening.resume and self._in_order
        self._kept: deque[Message] = deque()  # sent on this connection, and not confirmed
        self._handled = 0  # items that were confirmed on this connection
        self._in_vain = 0  # see IN_VAIN
        self._complete = False  # whether the session was finished, and closed as it is to be

    @property
    def resumes(self) -> bool:
        """Whether what is not confirmed can be sent again."""
        return self._keeps

    def reached(self, key: int) -> None:
        """The transport of its connection is up, so the address is right: what is lost now may pass."""
        super().reached(key)
        self.dialer.proven = True

    def survives(self, cause: CloseCause, now: float) -> bool:
        """Return whether what it had to ask first may be asked again: whenever a loss can be made good."""
        self.dialer.proven = True
        return self.resumes and self.dialer.failed(cause, now=now)

    @property
    def ready(self) -> bool:
        """Whether its connection is open."""
        return self.session is not None and self.session.state is SessionState.READY

    @property
    def load(self) -> int:
        """Items that are sent on its connection and not confirmed."""
        return self.session.unconfirmed if self.session is not None else 0

    @property
    def needless(self) -> bool:
        """Whether it has nothing to do any more, and no connection to close in order."""
        return self.messages.last and not self.messages.waiting and not self._open

    def start(self, options: BulkOptions, dialect: Dialect) -> BulkSender:
        """Return the conversation for a new connection."""
        lag = LAG if dialect.tenancy is Tenancy.USER else 0
        self.session = BulkSender(options.sender_config(lag, self.limits[SILENCE]))
        self.messages.senders.append(self.session)
        self._handled = 0
        return self.session

    def opened(self, now: float) -> None:
        """Its connection is open, or was until just now."""
        if not self._open:
            self.messages.opened = True
            self.messages.reconnects += self._opened > 0
        super().opened(now)

    @property
    def _reconnects(self) -> int:
        return self.messages.reconnects

    @property
    def _was_open(self) -> bool:
        return self.messages.opened

    def serve(self, now: float) -> None:
        """Send what can be sent, and finish if that was all."""
        session, messages = self.session, self.messages
        if session is None or session.state is not SessionState.READY:
            return
        while messages.waiting and session.wants_items:
            self._send(session, now)
        if not messages.waiting and messages.last:
            if self.opening.confirm is Confirm.NOTHING:
                session.close(now=now)
            else:
                session.finish(now=now)
        if messages.has_room:
            self.stirred = True

    def _send(self, session: BulkSender, now: float) -> None:
        message = self.messages.waiting[0]
        if self._in_order:  # noted first: whatever interrupts this, it is not lost
            self._kept.append(message if self._keeps else message._replace(frame=b""))
        self.messages.goes(message)
        session.send(message.frame, message.items, now=now)

    def hear(self, event: object) -> None:
        """Take a confirmation, or the news that there will be none any more."""
        if isinstance(event, SendingEnded):
            self._complete = event.complete
            if event.complete:
                self._confirm(event.confirmed + event.unconfirmed)
        else:
            assert isinstance(event, ItemsConfirmed)
            self.dialer.progressed()
            if self._in_order:
                self._in_vain = 0
                self._confirm(event.items)

    def _confirm(self, handled: int) -> None:
        """So many items are certainly handled of those that were sent on this connection."""
        left, self._handled = handled - self._handled, handled
        self.stirred = True
        if not self._in_order:
            self.messages.confirmed += left
        while left and self._kept:
            message = self._kept.popleft()
            left -= message.items
            self.messages.confirms(message)

    def detach(self, now: float) -> None:  # noqa: ARG002
        """Its connection is over."""
        if self.session is not None:
            self.messages.part(self.session)
        self.session = None

    def lost(self, cause: CloseCause, now: float) -> None:
        """Its connection is over: what was not confirmed is sent again, here or elsewhere."""
        super().lost(cause, now)
        self._in_vain += self._was_in_vain(cause)
        self.detach(now)
        self.messages.returns(self._kept)
        self._kept.clear()

    def hopeless(self, cause: CloseCause) -> bool:
        """Whether this was the last of the connections that may be in vain."""
        return self._was_in_vain(cause) and self._in_vain + 1 >= IN_VAIN

    def _was_in_vain(self, cause: CloseCause) -> bool:
        return self._refused(cause) or (cause.kind is CloseKind.TIMEOUT and not self._handled)

    def _refused(self, cause: CloseCause) -> bool:
        return _closed_without_a_word(cause) and not self._handled

    def _unanswered(self, cause: CloseCause) -> bool:
        return cause.kind is CloseKind.TIMEOUT and self._open and not self.messages.answered

    def succeeded(self, cause: CloseCause) -> bool:
        """Whether everything was sent, and what was sent here is confirmed as it was asked for."""
        if self._complete:
            return True
        if self.messages.waiting or not self.messages.last:
            return False
        if self.opening.confirm is Confirm.NOTHING:
            return cause.clean and cause.kind is CloseKind.LOCAL
        # Then it matters no more how the socket was closed.
        return self._in_order and self.messages.sent > 0 and not self._kept

    def interrupted(self, cause: CloseCause, now: float) -> CallError:
        """Return the error, with the counts of all connections."""
        messages = self.messages
        if not messages.sent and not self._open:
            return unopened(cause, self.opening.context, opened=messages.opened)
        refused = not messages.answered and self._refused(cause)
        kind = ImportRefused if refused else ImportInterrupted
        error = kind(_told(cause, refused=refused), self.context, self._hint(cause, kind))
        error.offset, error.confirmed = messages.offset, messages.confirmed
        error.sent, error.batches = messages.sent, messages.batches
        error.reconnects, error.resent = messages.reconnects, messages.resent
        error.elapsed = self._elapsed(now)
        return error

    def _hint(self, cause: CloseCause, kind: type[ImportInterrupted]) -> str:
        if self._unanswered(cause):
            return "Nothing answers pings: perhaps a proxy does not pass them on"
        if self.messages.answered and self._refused(cause):
            return "It closes like this on data that it cannot read: look at the items behind offset"
        return kind.default_hint

    def report(self, now: float) -> Report:
        """Return how it stands."""
        report, messages = super().report(now), self.messages
        report.room = messages.has_room
        report.sent, report.confirmed, report.batches = messages.sent, messages.confirmed, messages.batches
        report.offset, report.resent = messages.offset, messages.resent
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
