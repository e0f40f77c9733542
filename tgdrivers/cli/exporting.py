"""`tg export`: what passes through a flow from now on, into a file."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Self

from tgdrivers.cli.failures import CommandError, ExitCode, Unfinished, exit_code
from tgdrivers.cli.progress import Progress
from tgdrivers.cli.target import Target, opened
from tgdrivers.cli.transfers import Stopped, files_told, say, stoppable
from tgdrivers.item_files.formats import formats_of
from tgdrivers.item_files.layout import STANDARD, UnknownFormat, layout_of
from tgdrivers.item_files.writing import ItemFile
from tgproto.errors import TrustGraphError


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be exported, and how.

    Attributes:
        kind: Which data.
        file: Path; `-` is stdout.
        format: Suffixes to go by instead of its own; None for those.
        limit: Items after which it is over; None for no limit.
        idle_timeout: Seconds without an item after which it is over; None for never.
        reconnect: Whether a lost connection is replaced, and the gap told, or ends the export.
        skip_invalid: Whether an item that the format cannot say is left out, or ends the export.
    """

    kind: str
    file: str
    format: str | None
    limit: int | None
    idle_timeout: float | None
    reconnect: bool
    skip_invalid: bool

    def items(self) -> ItemFile:
        """Return the file to be written.

        Raises:
            CommandError: Nothing says what it is, or gateways export no such data.
        """
        if self.kind == "rows":
            raise CommandError("gateways export no rows")
        try:
            layout = layout_of(self.file, self.format, formats_of(self.kind, written=True))
        except UnknownFormat as error:
            raise CommandError(str(error)) from None
        return ItemFile(self.kind, self.file, layout)


class _Writing:
    """Puts items into a file, so that an interruption tears none."""

    def __init__(self, wish: Wish, file: ItemFile, progress: Progress, *, as_json: bool) -> None:
        self.skipped = 0
        self._busy = False
        self._wish = wish
        self._file = file
        self._progress = progress
        self._as_json = as_json

    def stop(self) -> bool:
        """Return whether a signal can wait, since items are being written."""
        return self._busy

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Do not let a signal tear what is left to be written, either."""
        self._busy = True

    def write(self, batch: list[object]) -> None:
        self._busy = True
        try:
            for item in batch:
                try:
                    self._file.write(item)
                except ValueError as error:
                    self._cannot(str(error))
            self._file.flush()
        finally:
            self._busy = False
        self._progress.update(self._file.count)

    def _cannot(self, reason: str) -> None:
        position = self._file.count + self.skipped
        if not self._wish.skip_invalid:
            raise CommandError(
                f"item {position} cannot be written: {reason}",
                "Choose .jsonl, which can say everything, or --on-invalid skip",
                ExitCode.INVALID,
            )
        self.skipped += 1
        self._progress.pause()
        self.note(
            f"item {position} is left out: {reason}",
            {"kind": "invalid", "position": position, "reason": reason},
        )

    def tell_gap(self, reason: str) -> None:
        """Say that items may be missing here."""
        self.note(f"items may be missing: {reason}", {"kind": "gap", "reason": reason})

    def note(self, text: str, members: dict[str, object]) -> None:
        """Say something on stderr."""
        self._progress.pause()
        say(f"tg: {text}", members, as_json=self._as_json, out=sys.stderr)


def run(wish: Wish, target: Target) -> None:
    """Export until it is over, or somebody ends it.

    Args:
        wish: What.
        target: Of which gateway.

    Raises:
        CommandError: The file cannot be written, or the target is none.
        Unfinished: It ended before its time; the error says what was kept.
        TrustGraphError: It could not begin.
    """
    file = wish.items()
    with Progress("received", as_json=target.as_json) as progress:
        writing = _Writing(wish, file, progress, as_json=target.as_json)
        try:
            with (
                stoppable(writing.stop) as signals,
                files_told(),
                opened(target, "export") as api,
                file,
                writing,
            ):
                operation = getattr(api.bulk(), f"export_{wish.kind.replace('-', '_')}")
                with operation(
                    target.flow,
                    limit=wish.limit,
                    idle_timeout=wish.idle_timeout,
                    on_open=lambda: writing.note("the export is open", {"kind": "open"}),
                    on_gap=writing.tell_gap if wish.reconnect else None,
                ) as export:
                    for batch in export.batches():
                        writing.write(batch)
                        if signals:
                            raise Stopped(signals[0])
        except (Stopped, TrustGraphError, CommandError) as error:
            unfinished = _unfinished(error, file)
            if unfinished is None:
                raise
            raise unfinished from error
    where = "" if wish.file == STANDARD else f" to {wish.file}"
    say(
        f"{file.count} items written{where} in {progress.elapsed:.1f} s"
        + (f", {writing.skipped} left out" if writing.skipped else ""),
        {"kind": "result", "written": file.count, "skipped": writing.skipped, "elapsed": progress.elapsed},
        as_json=target.as_json,
        out=sys.stderr if wish.file == STANDARD else sys.stdout,
    )


def _unfinished(error: Stopped | TrustGraphError | CommandError, file: ItemFile) -> Unfinished | None:
    """Return the error that says what was kept; None if nothing has begun."""
    if not isinstance(error, Stopped) and not file.count:
        return None
    summary = getattr(error, "summary", str(error))
    kept = "" if file.kept is None else str(file.kept)
    if kept:
        what = f"{file.count} items are kept in {kept}"
    else:
        what = f"{file.count} items were written" if file.count else "Nothing came"
    hint = f"{error.hint}. {what}" if isinstance(error, CommandError) and error.hint else what
    code = error.code if isinstance(error, Stopped) else exit_code(error)
    return Unfinished(summary, hint, code, {"written": file.count, "kept": kept or None})
