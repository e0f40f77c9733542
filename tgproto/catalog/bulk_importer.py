"""The caller's side of an import: what is to be sent next, and how far it has come. No I/O, no colour."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence, Sized
from typing import Any

from tgproto.bulk.items import PACKERS, Packed, Packer
from tgproto.bulk.requests import Confirm, OpenImport, Report, SendFrames, decode_report
from tgproto.catalog.bulk_plans import ImportPlan
from tgproto.dialect import Dialect, Tenancy
from tgproto.errors import ImportInterrupted, InvalidItem
from tgproto.session.events import Failed, Outcome, Payload
from tgproto.types.bulk import ImportResult

AHEAD_BYTES = 512 * 2**10
"""Length of the messages that are submitted without looking what came: fewer looks are no quicker."""


class Importer:
    """An import under way. Its owner submits `opening`, then hands in what it receives.

    While there is `room`, it takes the items it is to `ask` for, or what is left, and submits
    `message(items)`; in between it need not receive anything. It is over once it is `complete`.

    Args:
        plan: What to import, and how.

    Attributes:
        opening: What to submit first.
        room: How many messages may be submitted now.
        complete: Whether it is over.
    """

    def __init__(self, plan: ImportPlan) -> None:
        self.opening: OpenImport = plan.opening
        self.room = 0
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
        self._asked = 0  # items that are to make the next message
        self._item_bytes = 0.0  # of those in the last message
        self._ahead = 0  # bytes submitted since the last report
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
        self.room, self.complete = 0, True
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
            items: The next ones of the source; fewer than were asked for if it is at its end.
        """
        size = self._plan.batch_size
        frames: list[tuple[bytes, int]] = []
        for start in range(0, len(items), size):
            frames += self._pack(items[start : start + size])
            if self._invalid is not None:
                break
        last = self._invalid is not None or len(items) < self._asked
        self._ahead += sum(len(frame) for frame, _ in frames)
        self.room = 0 if last or self._ahead >= AHEAD_BYTES else max(self.room - len(frames), 0)
        return SendFrames(stream_id, frames, last)

    def _pack(self, items: Sequence[object]) -> Packed:
        """Return the messages for the items of one, up to the first that ends the import."""
        assert self._packer is not None
        packed, wrong = self._packer.pack(items, self._position)
        if wrong and self._plan.on_invalid == "raise":
            self._invalid = wrong[0]
            items = items[: self._invalid.position - self._position]
            packed, _ = self._packer.pack(items, self._position)
        elif wrong:
            self._skip(wrong)
        self._position += len(items)
        for frame, count in packed:
            self._packed += count
            self._item_bytes = len(frame) / count
        left_out = self._position - self._packed
        if self.opening.confirm is Confirm.PING and left_out != self._left_out:
            self._left_out = left_out
            self._marks.append((self._packed, self._position))
        return packed

    def ask(self) -> int:
        """Return how many items to take now.

        They make one message, or several if the source has all items at hand; and not more than fit in
        `AHEAD_BYTES`, to judge by those before.
        """
        size = self._plan.batch_size
        self._asked = size
        if self._item_bytes:
            fitting = max(int((AHEAD_BYTES - self._ahead) / self._item_bytes), 1)
            most = size * self.room if self._total is not None else size
            self._asked = min(fitting, most)
            if fitting > size:
                self._asked -= self._asked % size
        return self._asked

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
        self.room, self._ahead = report.room, 0
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
