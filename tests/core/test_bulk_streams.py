"""What a caller began, and the jobs that work on it."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from tests.core.test_bulk_jobs import LOST, OPTIONS, answer, connect, dialer, send
from tgproto.bulk.jobs import ExportJob, ImportJob
from tgproto.bulk.requests import Confirm, OpenExport, OpenImport, decode_report
from tgproto.bulk.streams import Stream, jobs_for
from tgproto.dialect import GENERATION_2
from tgproto.errors import CallError
from tgproto.session.events import Completed, Failed


def stream(connections: int = 1, **options: Any) -> Stream:
    opening = OpenImport("triples", "f", connections=connections, **options)
    return Stream(jobs_for(opening, count(5), dialer, 60.0, 0.0))


def imports(stream: Stream) -> list[ImportJob]:
    found = [job for job in stream.jobs if isinstance(job, ImportJob)]
    assert len(found) == len(stream.jobs)
    return found


def watching() -> Stream:
    return Stream(jobs_for(OpenExport("triples", "f"), count(5), dialer, 60.0, 0.0))


def test_a_job_for_each_connection() -> None:
    exporting = watching()
    assert [type(job) for job in exporting.jobs] == [ExportJob]
    importing = stream(3)
    assert [job.id for job in importing.jobs] == [5, 6, 7]
    assert {job.stream_id for job in importing.jobs} == {importing.id} == {5}
    assert len({id(job.messages) for job in imports(importing)}) == 1
    assert len({id(job.dialer) for job in importing.jobs}) == 3
    assert imports(stream(confirm=Confirm.CLOSE))[0].opening.connections == 1


def test_whoever_has_the_least_to_do_comes_first() -> None:
    importing = stream(3)
    first, second, third = imports(importing)
    for key, job in enumerate((first, second, third), 11):
        job.key = key
    assert importing.ready() == []
    connect(first)
    assert importing.ready() == [11]
    connect(second)
    send(first, b"1")
    assert importing.ready() == [12, 11]
    third.start(OPTIONS, GENERATION_2)
    assert importing.ready() == [12, 11]
    answer(first)
    assert importing.ready() == [11, 12]
    assert watching().ready() == []


def test_what_is_not_needed() -> None:
    importing = stream(3)
    first, second, third = imports(importing)
    connect(second)
    assert importing.needless() == []
    importing.add([(b"1", 1)], last=True)
    assert importing.needless() == []
    second.serve(0.0)
    assert importing.needless() == [first, third]
    second.lost(LOST, 0.0)
    assert importing.needless() == []
    connect(third)
    assert importing.needless() == [first, second]
    assert watching().needless() == []


def test_one_connection_sees_that_there_is_nothing_to_do() -> None:
    importing = stream(3)
    importing.add([], last=True)
    assert importing.needless() == importing.jobs[1:]
    alone = stream()
    alone.add([], last=True)
    assert alone.needless() == []


def test_it_is_complete_when_all_are_done() -> None:
    importing = stream(2)
    first, second = imports(importing)
    first.stirred = False
    second.stirred = True
    assert importing.done(second, Completed()) == []
    assert importing.outcome is None
    assert len(importing.take(0.0)) == 1
    assert importing.done(first, Completed()) == []
    assert importing.outcome == Completed()
    assert importing.jobs == []
    assert importing.needless() == []
    importing.add([(b"1", 1)], last=False)
    assert not first.messages.waiting


@pytest.mark.parametrize("place", [0, 1])
def test_it_has_failed_when_one_has(place: int) -> None:
    importing = stream(3)
    failed = importing.jobs[place]
    others = [job for job in importing.jobs if job is not failed]
    outcome = Failed(CallError("broken"))
    assert importing.done(failed, outcome) == others
    assert importing.outcome is outcome
    assert importing.jobs == []


def test_any_of_them_has_something_to_tell() -> None:
    importing = stream(2)
    first, second = imports(importing)
    for job in (first, second):
        job.learn(GENERATION_2)
        connect(job)
    report = decode_report(importing.take(0.0)[0])
    assert (report.dialect, report.room) == (GENERATION_2, True)
    assert importing.take(0.0) == []
    send(first, b"1")
    send(second, b"2")
    answer(second)
    report = decode_report(importing.take(0.0)[0])
    assert (report.sent, report.confirmed, report.offset) == (4, 2, 0)
    assert importing.take(0.0) == []


def test_an_address_that_is_good_for_one_is_good_for_all() -> None:
    importing = stream(2)
    assert not importing.proven
    connect(importing.jobs[1])
    assert importing.proven


def test_nobody_sends_on_an_export() -> None:
    exporting = watching()
    exporting.add([(b"1", 1)], last=True)
    assert exporting.take(0.0) == []
