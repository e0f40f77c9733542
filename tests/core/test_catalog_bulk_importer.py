"""The caller's side of an import."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest

from tests.core.bulk_carriers import said
from tests.core.test_catalog_bulk_plans import planned
from tgproto.bulk.requests import Report
from tgproto.catalog import CallOptions
from tgproto.catalog.bulk_importer import Importer
from tgproto.dialect import GENERATION_1, GENERATION_2
from tgproto.errors import ImportInterrupted, InvalidItem, LocalProtocolError
from tgproto.session.events import Completed, Failed
from tgproto.types.bulk import BulkMetadata, ImportResult
from tgproto.types.terms import Triple

TRIPLE = Triple("urn:s", "urn:p", "o")


def begun(dialect: Any = GENERATION_2, **options: Any) -> Importer:
    importer = Importer(planned(**{"batch_size": 4, "batch_bytes": 2**20} | options))
    importer.hear(*said(replace_dialect(dialect)))  # type: ignore[misc]
    assert importer.room
    return importer


def replace_dialect(dialect: Any) -> Report:
    return Report(dialect=dialect, room=True)


def hear(importer: Importer, outcome: Any = None, **report: Any) -> None:
    importer.hear(*said(Report(**report), outcome=outcome))  # type: ignore[misc]


def test_messages() -> None:
    importer = begun()
    message = importer.message(5, [TRIPLE] * 4)
    assert (message.stream_id, message.last, [count for _, count in message.frames]) == (5, False, [4])
    assert not importer.room
    hear(importer, room=True, sent=4)
    assert importer.room
    message = importer.message(5, [TRIPLE])
    assert message.last
    hear(importer, Completed(), sent=5, confirmed=5, batches=2, elapsed=1.5)
    assert importer.complete
    assert importer.result == ImportResult(5, 5, 2, elapsed=1.5)


def test_nothing_new() -> None:
    importer = begun()
    importer.hear([], None)
    assert importer.room


def test_progress() -> None:
    told: list[tuple[int, int | None]] = []
    importer = begun(on_progress=lambda done, total: told.append((done, total)))
    importer.message(5, [TRIPLE] * 4)
    hear(importer, sent=4)
    hear(importer, sent=4, confirmed=4)
    hear(importer, sent=4, confirmed=4)
    assert [done for done, _ in told] == [4]


def test_an_invalid_item() -> None:
    importer = begun()
    message = importer.message(5, [TRIPLE, TRIPLE, None, TRIPLE])
    assert (message.last, [count for _, count in message.frames]) == (True, [2])
    with pytest.raises(InvalidItem, match="item 2") as failed:
        hear(importer, Completed(), sent=2, confirmed=2)
    assert failed.value.result == ImportResult(2, 2)


def test_invalid_items_that_are_skipped() -> None:
    told: list[InvalidItem] = []
    for on_invalid in ("skip", told.append):
        importer = begun(on_invalid=on_invalid)
        message = importer.message(5, [TRIPLE, None, 5, TRIPLE])
        assert not message.last
        hear(importer, Completed(), sent=2, confirmed=2)
        assert importer.result.skipped == 2
    assert [error.position for error in told] == [1, 2]


@pytest.mark.parametrize(("handled", "offset"), [(0, 0), (1, 1), (2, 4), (3, 5), (6, 8), (7, 9), (10, 12)])
def test_where_to_go_on(handled: int, offset: int) -> None:
    importer = begun(on_invalid="skip")
    importer.message(5, [TRIPLE, None, None, TRIPLE])
    importer.message(5, [TRIPLE] * 4)
    hear(importer, sent=6, confirmed=6, offset=min(handled, 3))
    importer.message(5, [TRIPLE] * 4)
    error = ImportInterrupted("lost")
    error.confirmed, error.offset = 10, handled
    with pytest.raises(ImportInterrupted) as failed:
        importer.hear([], Failed(error))
    assert failed.value.offset == offset


def test_where_to_go_on_is_told() -> None:
    told: list[int] = []
    importer = begun(on_invalid="skip", on_offset=told.append)
    importer.message(5, [TRIPLE, None, TRIPLE, TRIPLE])
    importer.message(5, [TRIPLE] * 4)
    importer.message(5, [None] * 4)
    for offset in (0, 0, 2, 2, 3, 6, 7, 7):
        hear(importer, sent=7, confirmed=7, offset=offset)
    assert told == [2, 4, 7, 12]


@pytest.mark.parametrize("left_out", [False, True])
def test_what_is_noted_to_know_it_is_bounded(*, left_out: bool) -> None:
    """However far ahead of it the confirmations are, which they are if one of several sockets is slow."""
    importer = begun(on_invalid="skip")
    importer.message(5, [TRIPLE, None, TRIPLE, TRIPLE] if left_out else [TRIPLE] * 4)
    tracemalloc.start()
    for _ in range(1000):
        importer.message(5, [TRIPLE] * 4)
        hear(importer, sent=8, confirmed=8)
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken < 20_000


def test_without_pings_nothing_is_known() -> None:
    told: list[int] = []
    importer = begun(confirm="close", on_invalid="skip", on_offset=told.append)
    importer.message(5, [TRIPLE, None, TRIPLE, TRIPLE])
    hear(importer, sent=3, confirmed=1)
    assert told == []
    with pytest.raises(ImportInterrupted) as failed:
        importer.hear([], Failed(ImportInterrupted("lost")))
    assert failed.value.offset == 0


def test_other_failures() -> None:
    with pytest.raises(OSError, match="broken"):
        begun().hear([], Failed(OSError("broken")))


@pytest.mark.parametrize(
    ("dialect", "metadata", "names"),
    [
        (GENERATION_2, BulkMetadata(), None),
        (GENERATION_2, BulkMetadata(user="u"), ("user",)),
        (GENERATION_2, BulkMetadata(user="u", metadata=[TRIPLE]), ("user", "metadata")),
        (GENERATION_1, BulkMetadata(user="u", metadata=[TRIPLE]), None),
    ],
)
def test_what_a_gateway_is_not_told(dialect: Any, metadata: BulkMetadata, names: Any) -> None:
    ignored: list[tuple[str, ...]] = []
    begun(dialect, metadata=metadata, options=CallOptions(on_ignored=ignored.append))
    assert ignored == ([] if names is None else [names])


def test_metadata_that_cannot_be_told() -> None:
    with pytest.raises(LocalProtocolError, match="root"):
        begun(GENERATION_1, metadata=BulkMetadata(root="r"))


@pytest.mark.parametrize(("source", "total"), [([TRIPLE], 1), (iter([TRIPLE]), None)])
def test_progress_tells_how_many_there_are(source: Any, total: int | None) -> None:
    told: list[tuple[int, int | None]] = []
    importer = begun(source=source, on_progress=lambda done, total: told.append((done, total)))
    importer.message(5, [TRIPLE])
    hear(importer, sent=1, confirmed=1)
    assert told == [(1, total)]
