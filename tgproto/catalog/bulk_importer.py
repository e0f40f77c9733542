"""The caller's side of an import: what is to be sent next, and how far it has come. No I/O, no colour."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence, Sized
from typing import Any

from tgproto.bulk.items import PACKERS, Packer
from tgproto.bulk.requests import Confirm, OpenImport, Report, SendFrames, decode_report
from tgproto.catalog.bulk_plans import ImportPlan
from tgproto.dialect import Dialect, Tenancy
from tgproto.errors import ImportInterrupted, InvalidItem
from tgproto.session.events import Failed, Outcome, Payload
from tgproto.types.bulk import ImportResult


class Importer:
    """An import under way. Its owner submits `opening`, then hands in what it receives.

    While there is `room`, it takes `batch_size` items from the source, or what is left, and submits
    `message(items)`. It is over once it is `complete`.

    Args:
        plan: What to import, and how.

    Attributes:
        opening: What to submit first.
        room: Whether a message may be submitted now.
        complete: Whether it is over.
        batch_size: How many items to take for a message.
    """

    def __init__(self, plan: ImportPlan) -> None:
        self.opening: OpenImport = plan.opening
        self.batch_size = plan.batch_size
        self.room = False
        self.complete = False
        self._plan = plan
        self._packer: Packer[Any] | None = None
        self._total = len(plan.source) if isinstance(plan.source, Sized) else None
        self._position = 0  # items taken from the source
        self._packed = 0  # items in messages
        self._skipped = 0
        self._left_out = 0
        # Items in messages, and how many of the source they stand for, wherever some were left out.
        self._marks = deque([(0, 0)])
        self._offset = 0
        self._invalid: InvalidItem | None = None
        self._result = ImportResult()

    def hear(self, payloads: Sequence[Payload], outcome: Outcome | None) -> None:
        """Take what came.

        Args:
            payloads: A report, or nothing.
            outcome: How it ended, or None.

        Raises:
            ImportInterrupted: It ended too early; the counts are in the error.
            CallError: It could not begin.
            LocalProtocolError: The gateway cannot be told what is to be imported.
            InvalidItem: An item cannot be sent; everything in front of it was.
        """
        for payload in payloads:
            self._heard(decode_report(payload))
        if outcome is None:
            return
        self.room, self.complete = False, True
        if isinstance(outcome, Failed):
            error = outcome.error
            if isinstance(error, ImportInterrupted):
                error.offset = self._reach(error.offset)
            raise error
        if self._invalid is not None:
            self._invalid.result = self._result
            raise self._invalid

    def message(self, stream_id: int, items: Sequence[object]) -> SendFrames:
        """Return what to submit for some items.

        Args:
            stream_id: The stream of the import.
            items: The next ones of the source; fewer than `batch_size` if it is at its end.
        """
        assert self._packer is not None
        self.room = False
        last = len(items) < self.batch_size
        packed, wrong = self._packer.pack(items, self._position)
        if wrong and self._plan.on_invalid == "raise":
            self._invalid, last = wrong[0], True
            items = items[: self._invalid.position - self._position]
            packed, _ = self._packer.pack(items, self._position)
        elif wrong:
            self._skip(wrong)
        self._position += len(items)
        self._packed += sum(count for _, count in packed)
        left_out = self._position - self._packed
        if self.opening.confirm is Confirm.PING and left_out != self._left_out:
            self._left_out = left_out
            self._marks.append((self._packed, self._position))
        return SendFrames(stream_id, packed, last)

    @property
    def result(self) -> ImportResult:
        """How it went, or how far it has come."""
        return self._result

    def _heard(self, report: Report) -> None:
        if report.dialect is not None:
            self._learn(report.dialect)
        before = self._result
        self._result = ImportResult(
            report.sent,
            report.confirmed,
            report.batches,
            report.reconnects,
            report.resent,
            self._skipped,
            report.elapsed,
        )
        self.room = report.room
        if self._plan.on_progress is not None and report.confirmed > before.confirmed:
            self._plan.on_progress(report.confirmed, self._total)
        if self.opening.confirm is Confirm.PING:
            self._come(self._reach(report.offset))

    def _learn(self, dialect: Dialect) -> None:
        plan, metadata = self._plan, self._plan.metadata
        self._packer = PACKERS[plan.opening.kind](dialect, metadata, plan.batch_bytes)
        if plan.on_ignored is not None and dialect.tenancy is Tenancy.WORKSPACE:
            names = ("user",) if metadata.user is not None else ()
            if names := (*names, *(("metadata",) if metadata.metadata else ())):
                plan.on_ignored(names)

    def _skip(self, wrong: Sequence[InvalidItem]) -> None:
        self._skipped += len(wrong)
        if callable(self._plan.on_invalid):
            for error in wrong:
                self._plan.on_invalid(error)

    def _come(self, offset: int) -> None:
        if offset > self._offset:
            self._offset = offset
            if self._plan.on_offset is not None:
                self._plan.on_offset(offset)

    def _reach(self, handled: int) -> int:
        """Return how many items of the source the first ones in messages stand for, if those are handled."""
        while len(self._marks) > 1 and self._marks[1][0] <= handled:
            self._marks.popleft()
        packed, position = self._marks[0]
        return position + handled - packed
