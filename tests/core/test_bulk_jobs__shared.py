"""Several connections that work on one import."""

from __future__ import annotations

import pytest

from tests.core.test_bulk_jobs import (
    CLEAN,
    LOST,
    OPTIONS,
    SHUT,
    SILENT,
    answer,
    connect,
    dialer,
    end,
    import_job,
    report,
    send,
)
from tgproto.bulk.jobs import TOTAL, ExportJob, ImportJob
from tgproto.bulk.messages import Messages
from tgproto.bulk.requests import Confirm, OpenExport, OpenImport
from tgproto.dialect import GENERATION_2
from tgproto.errors import (
    ConnectionFailed,
    ExportInterrupted,
    ImportInterrupted,
    ImportRefused,
    RequestTimeout,
)


def two(**options: object) -> tuple[ImportJob, ImportJob]:
    """Return jobs that share an import; their sockets are not open."""
    opening = OpenImport("triples", "f", connections=2, **options)  # type: ignore[arg-type]
    messages = Messages(ordered=opening.confirm is Confirm.PING)
    first, second = (ImportJob(n, opening, dialer(), 60.0, 0.0, messages) for n in (1, 2))
    return first, second


def test_each_sends_what_it_has_room_for() -> None:
    first, second = two()
    assert not first.ready
    assert first.load == 0
    connect(first)
    send(first, b"1", b"2", b"3", b"4")
    assert (first.ready, first.load) == (True, 6)
    assert not report(first).room
    connect(second)
    assert second.load == 2
    told = report(first) if first.stirred else report(second)
    assert (told.room, told.sent) == (True, 8)
    assert answer(second) == [b"4"]
    told = report(second)
    assert (told.confirmed, told.offset) == (2, 0)
    assert answer(first) == [b"1", b"2", b"3"]
    assert report(first).offset == 8


def test_what_one_has_lost_the_other_one_sends() -> None:
    first, second = two()
    connect(first)
    connect(second)
    send(first, b"1", b"2")
    end(first, LOST)
    assert not first.needless
    first.lost(LOST, 0.0)
    second.serve(0.0)
    send(second, last=True)
    assert first.needless
    assert answer(second) == [b"1", b"2"]
    told = report(second)
    assert (told.sent, told.resent, told.confirmed, told.reconnects) == (4, 4, 4, 0)
    connect(first)
    assert not first.needless
    assert report(first).reconnects == 1


def test_each_is_done_by_itself() -> None:
    first, second = two()
    connect(first)
    connect(second)
    send(first, b"1", last=True)
    second.serve(0.0)
    assert second.succeeded(end(second, CLEAN))
    second.detach(0.0)
    second.detach(0.0)
    assert not first.succeeded(end(first, LOST))
    first.lost(LOST, 0.0)
    assert not first.succeeded(LOST)
    connect(first)
    answer(first)
    assert first.succeeded(end(first, LOST))
    assert report(first).confirmed == 2


def test_one_that_is_done_stays_done_when_another_one_has_lost_something() -> None:
    first, second = two()
    connect(first)
    send(first, b"1", last=True)
    connect(second)
    end(first, LOST)
    first.lost(LOST, 0.0)
    assert second.succeeded(end(second, CLEAN))


def test_without_an_order_nobody_knows_which_ones() -> None:
    first, second = two(confirm=Confirm.CLOSE)
    connect(first)
    connect(second)
    send(first, b"1")
    send(second, b"2", last=True)
    answer(second)
    assert second.succeeded(end(second, CLEAN))
    first.serve(0.0)
    assert not first.succeeded(end(first, LOST))
    error = first.interrupted(LOST, 0.0)
    assert isinstance(error, ImportInterrupted)
    assert (error.sent, error.confirmed, error.offset) == (4, 2, 0)


def test_interruptions_count_for_all() -> None:
    first, second = two()
    assert isinstance(first.interrupted(LOST, 0.0), ConnectionFailed)
    connect(first)
    send(first, b"1", b"2")
    connect(second)
    error = second.interrupted(SHUT, 0.0)
    assert isinstance(error, ImportRefused)
    answer(first)
    send(second, b"3")
    error = second.interrupted(SHUT, 3.0)
    assert type(error) is ImportInterrupted
    assert "look at the items behind offset" in str(error)
    assert (error.sent, error.confirmed, error.offset, error.batches, error.elapsed) == (6, 4, 4, 3, 3.0)
    assert "Nothing answers pings" not in str(second.interrupted(SILENT, 0.0))


@pytest.mark.parametrize("place", [0, 1])
def test_time_limits(place: int) -> None:
    jobs = two()
    for job in jobs:
        job.limits[TOTAL] = 5.0
    assert isinstance(jobs[place].expired(TOTAL, 5.0), RequestTimeout)
    connect(jobs[0])
    send(jobs[0], b"1")
    assert type(jobs[place].expired(TOTAL, 5.0)) is ImportInterrupted


def test_time_limits_of_an_export() -> None:
    job = ExportJob(1, OpenExport("triples", "f"), dialer(), 60.0, 0.0)
    job.limits[TOTAL] = 5.0
    assert isinstance(job.expired(TOTAL, 5.0), RequestTimeout)
    connect(job)
    assert type(job.expired(TOTAL, 5.0)) is ExportInterrupted


def test_a_connection_that_is_not_open_yet_takes_nothing() -> None:
    job = import_job()
    job.lost(LOST, 0.0)
    job.start(OPTIONS, GENERATION_2)
    send(job, b"1", last=True)
    assert job.messages.waiting
