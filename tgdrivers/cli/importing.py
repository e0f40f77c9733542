"""`tg import`: the items of files to a gateway, or only through the checks in front of it."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Literal

from tgdrivers.cli.failures import CommandError, ExitCode, Unfinished, exit_code
from tgdrivers.cli.progress import Progress
from tgdrivers.cli.target import Target, opened
from tgdrivers.cli.transfers import Stopped, files_told, say, stoppable
from tgdrivers.item_files.formats import Wanted, formats_of
from tgdrivers.item_files.layout import STANDARD, UnknownFormat, layout_of
from tgdrivers.item_files.reading import Items
from tgproto.bulk.items import PACKERS
from tgproto.dialect import GENERATION_2, dialect_of
from tgproto.errors import ImportInterrupted, ImportRefused, InvalidItem, TrustGraphError
from tgproto.types.bulk import BulkMetadata, ImportResult

MEBIBYTE = 2**20

OnInvalid = Literal["raise", "skip"]


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be imported, and how.

    Attributes:
        kind: Which data.
        files: Paths; `-` is stdin.
        schema: Name of the schema of rows in CSV; empty for none.
        format: Suffixes to go by instead of theirs; None for theirs.
        collection: Collection that the items belong to.
        document: Id of the document that they are from; may be empty.
        batch_size: Items in a message, at most.
        resume: How many items to leave out at the beginning.
        on_invalid: What is done with an item that cannot be sent.
        connections: How many sockets the items go over.
    """

    kind: str
    files: tuple[str, ...]
    schema: str
    format: str | None
    collection: str
    document: str
    batch_size: int
    resume: int
    on_invalid: OnInvalid
    connections: int = 1

    def items(self) -> Items:
        """Return the items.

        Raises:
            CommandError: A file is not there, or nothing says what it is.
        """
        if self.files.count(STANDARD) > 1:
            raise CommandError("stdin (-) can be read only once")
        known = formats_of(self.kind)
        try:
            files = [(path, layout_of(path, self.format, known)) for path in self.files]
        except UnknownFormat as error:
            raise CommandError(str(error)) from None
        for path in self.files:
            if path != STANDARD and not os.access(path, os.R_OK):
                raise CommandError(f"cannot read {path}", "Check its name and permissions")
        if not self.schema and any(layout.format == "csv" for _, layout in files):
            raise CommandError("CSV does not say which schema its rows have", "Give its name with --schema")
        return Items(Wanted(self.kind, self.schema), files, self.resume, self.batch_size)

    def see_that_there_were(self, items: Items) -> None:
        """See that there were as many items as had to be left out.

        Raises:
            CommandError: There were fewer.
        """
        if items.taken < self.resume:
            raise CommandError(f"there are only {items.taken} items, and --resume is {self.resume}")

    @property
    def metadata(self) -> BulkMetadata:
        """What is said about all items."""
        return BulkMetadata(self.document, collection=self.collection)


# --- without a gateway ----------------------------------------------------------------------------


def check(order: Order, dialect: str, *, as_json: bool) -> None:
    """Check every item as an import would, and tell which cannot be sent. No gateway is needed.

    Args:
        order: What would be imported.
        dialect: Which release would be the gateway; `auto` for a new one.
        as_json: Whether to print JSON.

    Raises:
        CommandError: A file cannot be read; or there are such items, and none may be.
        UnreadableFile: A file is not what it should be.
    """
    items = order.items()
    try:
        spoken = GENERATION_2 if dialect == "auto" else dialect_of(dialect)
    except ValueError as error:
        raise CommandError(str(error), "`tg import --help` explains the options") from None
    packer = PACKERS[order.kind](spoken, order.metadata, MEBIBYTE)
    position, wrong = order.resume, 0
    with Progress("checked", as_json=as_json) as progress:
        try:
            with stoppable(), files_told():
                source = iter(items)
                while batch := list(islice(source, order.batch_size)):
                    for found in packer.pack(batch, position)[1]:
                        wrong += 1
                        progress.pause()
                        _tell(items, found.position, found.reason, as_json=as_json)
                    position += len(batch)
                    progress.update(position - order.resume)
        except Stopped as error:
            raise Unfinished(
                str(error), f"Go on with --resume {position}", error.code, {"resume": position}
            ) from error
    order.see_that_there_were(items)
    checked = position - order.resume
    say(
        f"{checked - wrong} of {checked} items can be sent",
        {"kind": "result", "checked": checked, "invalid": wrong},
        as_json=as_json,
    )
    if wrong and order.on_invalid == "raise":
        raise CommandError(
            f"{wrong} items cannot be sent", "--on-invalid skip leaves them out", ExitCode.INVALID
        )


# --- to a gateway ---------------------------------------------------------------------------------


def run(order: Order, target: Target) -> None:
    """Import.

    Args:
        order: What.
        target: Into which gateway.

    Raises:
        CommandError: A file cannot be read, or the target is none.
        Unfinished: It ended before its time, in an orderly way; the error says where to go on.
        TrustGraphError: It could not begin.
    """
    items, offset = order.items(), 0
    with Progress("confirmed", as_json=target.as_json) as progress:

        def confirmed(count: int, _: int | None) -> None:
            progress.update(count)

        def come(position: int) -> None:
            nonlocal offset
            offset = position

        def left_out(error: InvalidItem) -> None:
            progress.pause()
            _tell(items, error.position + order.resume, error.reason, as_json=target.as_json)

        try:
            with stoppable(items.stop), files_told(), opened(target, "import") as api:
                operation = getattr(api.bulk(), f"import_{order.kind.replace('-', '_')}")
                result = operation(
                    target.flow,
                    items,
                    order.metadata,
                    order.batch_size,
                    on_invalid=left_out if order.on_invalid == "skip" else "raise",
                    on_progress=confirmed,
                    on_offset=come,
                    connections=order.connections,
                )
        except (Stopped, TrustGraphError, CommandError) as error:
            unfinished = _unfinished(error, order, items, offset)
            if unfinished is None:
                raise
            raise unfinished from error
    order.see_that_there_were(items)
    _sum_up(result, progress.rate, as_json=target.as_json)


def _unfinished(
    error: Stopped | TrustGraphError | CommandError, order: Order, items: Items, offset: int
) -> Unfinished | None:
    """Return the error that says where to go on; None if nothing has begun."""
    hint = ""
    match error:
        case Stopped():
            summary, code = str(error), error.code
        case InvalidItem():
            offset = error.position
            summary, code = f"{items.place(offset + order.resume)}: {error.reason}", exit_code(error)
            hint = "Correct it, or leave such items out with --on-invalid skip. "
        case ImportInterrupted() if offset or not isinstance(error, ImportRefused):
            offset = max(offset, error.offset)
            summary, code = f"{error.context}: {error.summary}", exit_code(error)
        case _ if offset:
            summary, code = str(error), exit_code(error)
        case _:
            return None
    resume = offset + order.resume
    hint += f"Go on with --resume {resume}" if resume else "Nothing is confirmed: begin again"
    counted = f"{summary} ({offset} items are confirmed or left out)" if offset else summary
    return Unfinished(counted, hint, code, {"resume": resume})


# --- what is said ---------------------------------------------------------------------------------


def _tell(items: Items, position: int, reason: str, *, as_json: bool) -> None:
    """Say which item is left out, and why."""
    place = items.place(position)
    say(
        f"item {position} ({place}): {reason}",
        {
            "kind": "invalid",
            "position": position,
            "file": place.file,
            place.unit: place.number,
            "reason": reason,
        },
        as_json=as_json,
    )


def _sum_up(result: ImportResult, rate: int, *, as_json: bool) -> None:
    parts = [f"{result.confirmed} items confirmed in {result.elapsed:.1f} s ({rate}/s)"]
    parts += [f"{result.skipped} left out"] if result.skipped else []
    parts += [f"{result.resent} sent twice"] if result.resent else []
    parts += [f"{result.unconfirmed} not confirmed"] if result.unconfirmed else []
    say(", ".join(parts), {"kind": "result", **asdict(result)}, as_json=as_json)
