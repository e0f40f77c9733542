"""Imports and exports, carried out in both colours."""

from __future__ import annotations

import gc
import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.bulk_carriers import BulkAwaited, BulkCarried, Step, said
from tests.core.carriers import Interrupt, drive, turn
from tests.core.test_catalog_bulk_plans import exported, planned
from tgproto.bulk.items import PACKERS
from tgproto.bulk.requests import Report
from tgproto.catalog import CallOptions
from tgproto.catalog.bulk_streams import AsyncExport, Export, awaited_import, run_import
from tgproto.dialect import GENERATION_2
from tgproto.errors import (
    CallCancelled,
    DecodeError,
    ExportInterrupted,
    ImportInterrupted,
    LocalProtocolError,
    StreamInUse,
)
from tgproto.session.events import Completed, Failed
from tgproto.types.bulk import BulkMetadata
from tgproto.types.terms import Literal, Triple

OPTIONS = CallOptions(timeout=5.0, total_timeout=50.0)
ROOM = said(Report(dialect=GENERATION_2, room=1))
MORE = said(Report(room=1, sent=2))
DONE = said(Report(sent=3, confirmed=3), outcome=Completed())


def triple(number: int) -> Triple:
    return Triple("urn:s", "urn:p", Literal(str(number)))


def message(*numbers: int) -> bytes:
    items = [triple(number) for number in numbers]
    packed, _ = PACKERS["triples"](GENERATION_2, BulkMetadata("d"), 2**20).pack(items, 0)
    return packed[0][0]


# --- imports --------------------------------------------------------------------------------------


async def slowly(items: list[Triple]) -> AsyncIterator[Triple]:
    for item in items:
        yield item


def blocking(source: Any, *steps: Step) -> tuple[BulkCarried, Callable[[], Any]]:
    carrier = BulkCarried(*steps)
    plan = planned(source, batch_size=2, batch_bytes=2**20)
    return carrier, lambda: run_import(carrier, plan, OPTIONS)


def awaited(source: Any, *steps: Step) -> tuple[BulkCarried, Callable[[], Any]]:
    carrier = BulkAwaited(*steps)
    plan = planned(source, batch_size=2, batch_bytes=2**20)
    return carrier, lambda: drive(awaited_import(carrier, plan, OPTIONS))


COLOURS = [blocking, awaited]


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("slow", [False, True])
def test_an_import(colour: Any, slow: bool) -> None:
    items = [triple(number) for number in range(3)]
    if slow and colour is blocking:
        with pytest.raises(TypeError, match="an asynchronous source"):
            blocking(slowly(items))[1]()
        return
    carrier, run = colour(slowly(items) if slow else iter(items), ROOM, ([], None), MORE, DONE)
    result = run()
    assert (result.sent, result.confirmed) == (3, 3)
    assert [[count for _, count in sent.frames] for sent in carrier.sent] == [[2], [1]]
    assert [sent.last for sent in carrier.sent] == [False, True]
    assert carrier.limits == {(5.0, 50.0)}
    assert carrier.cancelled == []


@pytest.mark.parametrize("colour", COLOURS)
def test_a_source_is_asked_for_more_while_there_is_room(colour: Any) -> None:
    items = [triple(number) for number in range(7)]
    room = said(Report(dialect=GENERATION_2, room=3))
    carrier, run = colour(iter(items), room, MORE, DONE)
    run()
    assert [[count for _, count in sent.frames] for sent in carrier.sent] == [[2], [2], [2], [1]]


@pytest.mark.parametrize("colour", COLOURS)
def test_a_source_is_asked_for_nothing_once_messages_are_dropped(colour: Any) -> None:
    items = iter([triple(number) for number in range(9)])
    room = said(Report(dialect=GENERATION_2, room=3))
    carrier, run = colour(items, room, ([], Failed(ImportInterrupted("lost"))))
    carrier.takes = False
    with pytest.raises(ImportInterrupted):
        run()
    assert len(carrier.sent) == 1
    assert next(items) == triple(2)


@pytest.mark.parametrize("colour", COLOURS)
def test_an_import_that_fails(colour: Any) -> None:
    carrier, run = colour([], ROOM, ([], Failed(ImportInterrupted("lost"))))
    with pytest.raises(ImportInterrupted):
        run()
    assert carrier.cancelled == [5]


@pytest.mark.parametrize("colour", COLOURS)
def test_a_source_that_fails(colour: Any) -> None:
    def source() -> Iterator[Triple]:
        yield triple(1)
        raise Interrupt

    carrier, run = colour(source(), ROOM)
    with pytest.raises(Interrupt):
        run()
    assert carrier.cancelled == [5]
    assert carrier.sent == []


class Waiting:
    """A source that gives two items, and then waits for ever, or until it is closed."""

    def __init__(self) -> None:
        self.closed = False

    async def items(self) -> AsyncIterator[Triple]:
        try:
            yield triple(1)
            yield triple(2)
            while True:
                await turn()
        finally:
            self.closed = True


def test_an_import_is_over_while_its_source_is_waited_for() -> None:
    source = Waiting()
    told: list[int] = []
    report = said(Report(room=1, sent=2, confirmed=2))
    carrier = BulkAwaited(ROOM, MORE, ([], None), report, ([], Failed(ImportInterrupted("lost"))))
    plan = planned(
        source.items(), batch_size=2, batch_bytes=2**20, on_progress=lambda done, total: told.append(done)
    )
    with pytest.raises(ImportInterrupted):
        drive(awaited_import(carrier, plan, OPTIONS))
    assert source.closed
    assert told == [2]
    assert (len(carrier.sent), carrier.cancelled) == (1, [5])


# --- exports --------------------------------------------------------------------------------------


class Awaiting:
    """An export that is awaited, used like one that blocks."""

    def __init__(self, of: AsyncExport[Any]) -> None:
        self.of = of

    def __iter__(self) -> Awaiting:
        assert self.of.__aiter__() is self.of
        return self

    def __next__(self) -> Any:
        async def next_() -> Any:
            return await self.of.__anext__()

        try:
            return drive(next_())
        except StopAsyncIteration:
            raise StopIteration from None

    def batches(self) -> Iterator[Any]:
        batches: Any = self.of.batches()

        async def next_() -> Any:
            return await anext(batches, None)

        while (batch := drive(next_())) is not None:
            yield batch

    def close(self) -> None:
        drive(self.of.aclose())

    def __enter__(self) -> Awaiting:
        drive(self.of.__aenter__())
        return self

    def __exit__(self, *info: object) -> None:
        drive(self.of.__aexit__(None, None, None))

    def __repr__(self) -> str:
        return repr(self.of)


def exporting(colour: str, *steps: Step, **options: Any) -> tuple[BulkCarried, Any]:
    if colour == "sync":
        carrier = BulkCarried(*steps)
        return carrier, Export(carrier, exported(**options), OPTIONS)
    awaited_carrier = BulkAwaited(*steps)
    return awaited_carrier, Awaiting(AsyncExport(awaited_carrier, exported(**options), OPTIONS))


both = pytest.mark.parametrize("colour", ["sync", "async"])
LOST = ([], Failed(ExportInterrupted("lost")))


def numbers(items: Any) -> list[int]:
    return [int(str(item.o)) for item in items]


@both
def test_an_export(colour: str) -> None:
    opened: list[bool] = []
    carrier, export = exporting(
        colour,
        said(Report(opened=True)),
        said(Report(opened=True), message(1, 2), message(3)),
        said(Report(opened=True), message(4), outcome=Completed()),
        on_open=lambda: opened.append(True),
    )
    assert numbers(export) == [1, 2, 3, 4]
    assert (opened, carrier.cancelled, list(export)) == ([True], [], [])
    assert carrier.limits == {(5.0, 50.0)}
    assert (
        repr(export)
        == f"<{'Export' if colour == 'sync' else 'AsyncExport'} of export of triples in flow 'f': over>"
    )


@both
def test_what_came_before_a_failure_is_given_first(colour: str) -> None:
    _, export = exporting(colour, said(Report(opened=True), message(1)), LOST)
    assert numbers([next(export)]) == [1]
    with pytest.raises(ExportInterrupted):
        next(export)
    assert list(export) == []


@both
@pytest.mark.parametrize("limit", [1, 2, 3, None])
def test_ends(colour: str, limit: int | None) -> None:
    def is_three(item: Triple) -> bool:
        return str(item.o) == "3"

    script = said(Report(opened=True), message(1, 2), message(3, 4), message(5))
    carrier, export = exporting(colour, script, limit=limit, until=is_three)
    assert numbers(export) == [1, 2, 3][:limit]
    assert carrier.cancelled == [5]
    carrier, export = exporting(colour, script, limit=limit, until=is_three)
    batches = [numbers(batch) for batch in export.batches()]
    assert batches == {1: [[1]], 2: [[1, 2]]}.get(limit or 0, [[1, 2], [3]])
    assert carrier.cancelled == [5]


@both
def test_batches(colour: str) -> None:
    steps = said(Report(), message(1, 2)), said(Report(), message(3, 4), outcome=Completed())
    _, export = exporting(colour, *steps)
    assert numbers([next(export)]) == [1]
    batches = list(export.batches())
    assert [numbers(batch) for batch in batches] == [[2], [3, 4]]
    assert batches[0].metadata.id == "d"


@both
def test_batches_behind_several_items(colour: str) -> None:
    steps = said(Report(), message(1), message(2, 3), message(4, 5, 6)), said(Report(), outcome=Completed())
    _, export = exporting(colour, *steps)
    assert numbers([next(export) for _ in range(4)]) == [1, 2, 3, 4]
    assert [numbers(batch) for batch in export.batches()] == [[5, 6]]


@both
def test_gaps(colour: str) -> None:
    events: list[Any] = []
    report = Report(opened=True, gaps=[(0, "a"), (1, "b"), (1, "c"), (2, "d"), (2, "e")])
    _, export = exporting(
        colour,
        said(report, message(1), message(2)),
        said(Report(opened=True, gaps=[(0, "f"), (0, "g")])),
        said(Report(opened=True), outcome=Completed()),
        on_open=lambda: events.append("open"),
        on_gap=events.append,
    )
    for item in export:
        events += [str(item.o)]
    assert events == ["open", "a", "1", "b", "c", "2", "d", "e", "f", "g"]


@both
@pytest.mark.parametrize("how", ["items", "batches"])
def test_messages_that_cannot_be_read(colour: str, how: str) -> None:
    carrier, export = exporting(colour, said(Report(), message(1), b"[]"))
    reading = export if how == "items" else export.batches()
    assert next(iter(reading))
    with pytest.raises(DecodeError, match="export of triples in flow 'f'"):
        next(iter(reading))
    assert carrier.cancelled == [5]
    assert list(export) == []


PARTS = st.one_of(st.lists(st.integers(0, 9), max_size=3), st.sampled_from(["a gap", None]))


def model(parts: list[Any], steps: list[bool], limit: int | None, until: int) -> list[Any]:
    """Return what each step gives, an item or what is left of a message, and the gaps in between.

    None is a message that cannot be read; it, and the end, end everything.
    """
    told: list[Any] = []
    left, rest = limit, [list(part) if isinstance(part, list) else part for part in parts]
    for whole in steps:
        while rest and not (isinstance(rest[0], list) and rest[0]):
            gap = rest.pop(0)
            if gap is None:
                return [*told, "unreadable"]
            if gap:
                told.append(gap)
        if not rest:
            return [*told, "over"]
        given = rest[0] if whole else rest[0][:1]
        given = given[:left]
        if until in given:
            given = given[: given.index(until) + 1]
        told.append(list(given))
        del rest[0][: len(given)]
        left = None if left is None else left - len(given)
        if left == 0 or until in given:
            rest = []
    return told


@both
@settings(max_examples=200)
@given(
    st.lists(PARTS, max_size=8),
    st.lists(st.booleans(), max_size=20),
    st.one_of(st.none(), st.integers(1, 12)),
    st.one_of(st.none(), st.integers(0, 9)),
)
def test_items_and_batches_in_turn(
    colour: str, parts: list[Any], steps: list[bool], limit: int | None, until: int | None
) -> None:
    """Whoever reads, however it came: in order, each item once, errors and gaps in their place."""
    gaps: list[tuple[int, str]] = []
    messages: list[bytes] = []
    for part in parts:
        if isinstance(part, str):
            gaps.append((len(messages), part))
        else:
            items = json.loads(message(*part) if part else b'{"metadata":{},"triples":[]}')
            messages.append(b"[]" if part is None else json.dumps(items).encode())
    told: list[Any] = []
    script = said(Report(opened=True, gaps=gaps), *messages, outcome=Completed())
    last = None if until is None else lambda item: str(item.o) == str(until)
    _, export = exporting(colour, script, limit=limit, until=last, on_gap=told.append)
    batches = export.batches()
    for whole in steps:
        try:
            given = next(batches, None) if whole else next(export, None)
        except DecodeError:
            told.append("unreadable")
            break
        if given is None:
            told.append("over")
            break
        told.append(numbers(given if whole else [given]))
    assert told == model(parts, steps, limit, -1 if until is None else until)


@both
def test_leaving(colour: str) -> None:
    carrier, export = exporting(colour, said(Report(), message(1, 2)))
    with export:
        assert len(carrier.opened) == 1
        assert "under way" in repr(export)
        assert numbers([next(export)]) == [1]
    assert carrier.cancelled == [5]
    assert list(export) == []
    export.close()
    assert carrier.cancelled == [5]


@both
def test_nobody_has_it_any_more(colour: str) -> None:
    carrier, export = exporting(colour, said(Report(), message(1, 2)))
    assert next(export)
    del export
    gc.collect()
    assert carrier.collected == [5]
    carrier, export = exporting(colour, said(Report(), outcome=Completed()))
    assert list(export) == []
    del export
    gc.collect()
    assert carrier.collected == []


@both
def test_closed_while_it_is_read(colour: str) -> None:
    for error in (CallCancelled("closed"), LocalProtocolError("there is no stream")):
        carrier, export = exporting(colour, error)
        carrier.before = export.close
        assert list(export) == []
        carrier, export = exporting(colour, error)
        with pytest.raises(type(error)):
            next(export)
        export.close()


@both
def test_one_reader_at_a_time(colour: str) -> None:
    carrier, export = exporting(colour, said(Report(), message(1), outcome=Completed()))

    def read() -> None:
        carrier.before = list
        with pytest.raises(StreamInUse):
            next(export)

    carrier.before = read
    assert numbers(export) == [1]


def test_an_interrupt_closes_a_blocking_export() -> None:
    carrier, export = exporting("sync", Interrupt())
    with pytest.raises(Interrupt):
        next(export)
    assert carrier.cancelled == [5]


def test_a_cancelled_wait_loses_nothing() -> None:
    carrier, export = exporting("async", Interrupt(), said(Report(), message(1), outcome=Completed()))
    with pytest.raises(Interrupt):
        next(export)
    assert carrier.cancelled == []
    assert numbers(export) == [1]


def test_awaiting_opens_the_socket() -> None:
    carrier = BulkAwaited()
    export = AsyncExport(carrier, exported(), OPTIONS)
    assert "new" in repr(export)
    assert carrier.opened == []

    async def open_() -> Any:
        return await export

    assert drive(open_()) is export
    assert len(carrier.opened) == 1
    drive(export.aclose())


def test_what_was_never_made_is_collected_quietly() -> None:
    carrier = BulkCarried()
    carrier.submit = None  # type: ignore[assignment, method-assign]
    with pytest.raises(TypeError):
        Export(carrier, exported(), OPTIONS)
    gc.collect()
    assert carrier.collected == []
