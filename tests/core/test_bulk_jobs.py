"""One import or export, with the conversations on its connections, and no connection."""

from __future__ import annotations

from typing import Any

import pytest

from tgproto.bulk.config import BulkOptions
from tgproto.bulk.jobs import IN_VAIN, LAG, ExportJob, ImportJob, Job
from tgproto.bulk.requests import Confirm, OpenExport, OpenImport, Report, decode_report
from tgproto.closing import CloseCause, CloseFrame, CloseKind, RefusedUpgrade
from tgproto.dialect import GENERATION_1, GENERATION_2, Dialect
from tgproto.dialer import Dialer
from tgproto.errors import (
    ConnectionFailed,
    ConnectionLost,
    ExportInterrupted,
    ExportRefused,
    ImportInterrupted,
    ImportRefused,
    RequestTimeout,
    UnknownServiceError,
)
from tgproto.rest.config import RestOptions
from tgproto.session.config import SenderConfig
from tgproto.session.events import Completed, ConnectionClosed, SendPing
from tgproto.session.reconnect import ReconnectConfig

OPTIONS = BulkOptions(RestOptions("h"), sender=SenderConfig(barrier_frames=1, window_barriers=3))
LOST = CloseCause(CloseKind.LOST, "reset")
SHUT = CloseCause(CloseKind.REMOTE, sent=CloseFrame(1000), received=CloseFrame(1000))
GOING = CloseCause(CloseKind.REMOTE, sent=CloseFrame(1001), received=CloseFrame(1001))
CLEAN = CloseCause(CloseKind.LOCAL, sent=CloseFrame(1000), received=CloseFrame(1000))
SILENT = CloseCause(CloseKind.TIMEOUT)


def dialer() -> Dialer:
    return Dialer(ReconnectConfig(), 10.0, uniform=lambda: 0.5)


def import_job(dialect: Dialect = GENERATION_2, **options: Any) -> ImportJob:
    """Return an import whose socket is open."""
    job = ImportJob(1, OpenImport("triples", "f", **options), dialer(), 60.0, 0.0)
    job.learn(dialect)
    job.learn(dialect)
    connect(job, dialect)
    return job


def export_job(**options: Any) -> ExportJob:
    job = ExportJob(1, OpenExport("triples", "f", **options), dialer(), 60.0, 0.0)
    connect(job)
    return job


def connect(job: Job, dialect: Dialect = GENERATION_2, now: float = 0.0) -> Any:
    session = job.start(OPTIONS, dialect)
    session.carrier_opened(now=now)
    job.opened(now)
    job.opened(now)
    job.serve(now)
    return session


def send(job: ImportJob, *frames: bytes, last: bool = False) -> None:
    job.messages.add([(frame, 2) for frame in frames], last=last)
    job.serve(0.0)


def answer(job: ImportJob, *, pings: int = 100) -> list[bytes]:
    """Answer pings; return the messages that were sent."""
    session, sent = job.session, []
    assert session is not None
    while (output := session.next_output()) is not None:
        if isinstance(output, bytes):
            sent.append(output)
        elif isinstance(output, SendPing) and pings:
            pings -= 1
            session.receive_pong(output.payload, now=0.0)
    listen(job)
    return sent


def listen(job: Any) -> CloseCause | None:
    cause = None
    session = job.session
    while (event := session.next_event()) is not None:
        if isinstance(event, ConnectionClosed):
            cause = event.cause
        else:
            job.hear(event)
    return cause


def end(job: Any, cause: CloseCause) -> CloseCause:
    job.session.carrier_closed(cause, now=0.0)
    told = listen(job)
    assert told is not None
    return told


def report(job: Job) -> Report:
    return decode_report(job.take(0.0)[0])


# --- imports --------------------------------------------------------------------------------------


def test_an_import() -> None:
    job = import_job()
    assert job.renew(3)
    assert job.renew(3)
    assert not job.renew(4)
    assert report(job).dialect == GENERATION_2
    assert job.take(0.0) == []
    send(job, b"1", b"2")
    assert answer(job) == [b"1", b"2"]
    send(job, b"3", last=True)
    assert answer(job) == [b"3"]
    told = report(job)
    assert (told.dialect, told.room, told.sent, told.confirmed, told.batches) == (None, False, 6, 6, 3)
    assert job.succeeded(end(job, CLEAN))
    job.outcome = Completed()
    assert report(job).confirmed == 6
    job.detach(0.0)
    assert job.patience is None
    assert str(job.context) == "import of triples in flow 'f'"


def test_a_new_conversation() -> None:
    job = import_job()
    send(job, b"1", b"2", b"3", b"4")
    assert answer(job, pings=1) == [b"1", b"2", b"3"]
    assert not job.hopeless(end(job, LOST))
    assert job.resumes
    job.lost(LOST, 1.0)
    job.serve(1.0)
    assert report(job).confirmed == 2
    connect(job)
    assert answer(job) == [b"2", b"3", b"4"]
    told = report(job)
    assert (told.sent, told.confirmed, told.resent, told.reconnects, told.batches) == (8, 8, 4, 1, 4)


def test_the_lag_of_1x() -> None:
    job = import_job(GENERATION_1)
    send(job, *[b"x"] * 3)
    answer(job)
    assert report(job).confirmed == 0
    for _ in range(LAG):
        send(job, b"x")
        answer(job)
    assert report(job).confirmed == 6
    send(job, last=True)
    assert job.succeeded(end(job, CLEAN))
    job.outcome = Completed()
    assert report(job).confirmed == 6 + 2 * LAG


@pytest.mark.parametrize("cause", [LOST, SHUT])
def test_everything_is_confirmed(cause: CloseCause) -> None:
    job = import_job()
    send(job, b"1")
    answer(job)
    send(job, last=True)
    assert job.succeeded(end(job, cause))


def test_something_is_not_confirmed() -> None:
    job = import_job()
    assert not job.succeeded(LOST)
    send(job, last=True)
    assert not job.succeeded(end(job, LOST))


def test_other_confirmations() -> None:
    job = import_job(confirm=Confirm.CLOSE)
    assert not job.resumes
    send(job, b"1", last=True)
    answer(job)
    assert report(job).confirmed == 0
    assert job.succeeded(end(job, CLEAN))
    job.outcome = Completed()
    assert report(job).confirmed == 2
    job = import_job(confirm=Confirm.NOTHING)
    send(job, b"1", last=True)
    assert not job.succeeded(LOST)
    assert job.succeeded(end(job, CLEAN))


def in_vain(job: ImportJob, cause: CloseCause, count: int) -> None:
    """Let so many connections end before anything is confirmed, and open another one."""
    for _ in range(count):
        assert not job.hopeless(end(job, cause))
        job.lost(cause, 0.0)
        connect(job)


def test_a_gateway_that_closes_without_a_word() -> None:
    job = import_job()
    send(job, b"1")
    in_vain(job, SHUT, IN_VAIN - 1)
    assert job.hopeless(end(job, SHUT))
    error = job.interrupted(SHUT, 5.0)
    assert isinstance(error, ImportRefused)
    assert (error.sent, error.confirmed, error.elapsed) == (2, 0, 5.0)
    assert (error.reconnects, error.resent) == (IN_VAIN - 1, 2 * (IN_VAIN - 1))


def test_a_gateway_that_closes_when_something_was_confirmed() -> None:
    job = import_job()
    send(job, b"1")
    in_vain(job, SHUT, IN_VAIN - 1)
    answer(job)
    assert not job.hopeless(end(job, GOING))
    job.lost(GOING, 0.0)
    connect(job)
    send(job, b"2")
    in_vain(job, SHUT, IN_VAIN - 2)
    in_vain(job, LOST, IN_VAIN)  # which is for the dialer to count
    in_vain(job, SHUT, 1)
    assert job.hopeless(end(job, SHUT))
    error = job.interrupted(SHUT, 5.0)
    assert type(error) is ImportInterrupted
    assert "look at the items behind offset" in str(error)
    assert error.offset == 2


def test_pings_that_are_not_answered() -> None:
    job = import_job()
    send(job, b"1")
    in_vain(job, SILENT, IN_VAIN - 1)
    assert job.hopeless(SILENT)
    assert "Nothing answers pings" in str(job.interrupted(SILENT, 0.0))


def test_an_address_that_was_reached_once() -> None:
    """Whatever happens to the first handshake may pass; an export's has to succeed."""
    importing = ImportJob(1, OpenImport("triples", "f"), dialer(), 60.0, 0.0)
    exporting = ExportJob(1, OpenExport("triples", "f"), dialer(), 60.0, 0.0)
    for job in (importing, exporting):
        job.reached(1)
        assert job.dialer.proven is (job is importing)


def test_a_question_whose_answer_was_lost() -> None:
    importing = ImportJob(1, OpenImport("triples", "f"), dialer(), 60.0, 0.0)
    assert importing.survives(LOST, 0.0)
    assert importing.dialer.retry_at is not None
    assert not ImportJob(1, OpenImport("triples", "f", resume=False), dialer(), 60.0, 0.0).survives(LOST, 0.0)
    assert not ExportJob(1, OpenExport("triples", "f"), dialer(), 60.0, 0.0).survives(LOST, 0.0)


def test_answers_that_confirm_nothing() -> None:
    """In 1.x the last messages count as handled only when the socket is closed, however many pongs come."""
    job = import_job(GENERATION_1)
    send(job, b"1", b"2")
    answer(job)
    assert report(job).confirmed == 0
    assert "Nothing answers pings" not in str(job.interrupted(SILENT, 0.0))
    error = job.interrupted(SHUT, 0.0)
    assert type(error) is ImportInterrupted
    assert "look at the items behind offset" in str(error)
    end(job, SILENT)
    job.lost(SILENT, 0.0)
    connect(job, GENERATION_1)
    assert not job.hopeless(SILENT)
    assert "Nothing answers pings" not in str(job.interrupted(SILENT, 0.0))


def test_sockets_that_were_not_opened() -> None:
    job = ImportJob(1, OpenImport("triples", "f"), dialer(), 60.0, 0.0)
    assert isinstance(job.interrupted(LOST, 0.0), ConnectionFailed)
    unknown = CloseCause(CloseKind.REJECTED, refused=RefusedUpgrade(404, (), b'{"error":"unknown kind"}'))
    assert isinstance(job.interrupted(unknown, 0.0), UnknownServiceError)
    export = ExportJob(1, OpenExport("triples", "f"), dialer(), 60.0, 0.0)
    assert isinstance(export.interrupted(LOST, 0.0), ConnectionFailed)
    job = import_job()
    job.lost(LOST, 0.0)
    assert isinstance(job.interrupted(LOST, 0.0), ConnectionLost)


def test_a_limit_that_has_passed() -> None:
    job = ImportJob(1, OpenImport("triples", "f"), dialer(), 60.0, 0.0)
    assert isinstance(job.expired("timeout", 60.0), RequestTimeout)
    connect(job)
    assert "not over within total_timeout" in str(job.expired("total_timeout", 60.0))


# --- exports --------------------------------------------------------------------------------------


def test_an_export() -> None:
    job = export_job(idle_timeout=5.0)
    assert job.patience == 5.0
    assert report(job).opened
    assert job.session is not None
    job.session.receive_messages([b"1", b"2"], now=0.0)
    listen(job)
    assert job.patience is None
    assert [bytes(message) for message in job.take(0.0)[1:]] == [b"1", b"2"]
    assert job.patience == 5.0
    assert job.take(0.0) == []
    assert not job.succeeded(LOST)
    assert not job.resumes
    assert type(job.interrupted(LOST, 0.0)) is ExportInterrupted
    job.detach(0.0)
    job.detach(0.0)
    job.outcome = Completed()
    assert len(job.take(0.0)) == 1


def test_gaps() -> None:
    job = export_job(resume=True)
    assert job.session is not None
    job.session.receive_messages([b"1"], now=0.0)
    listen(job)
    assert not job.hopeless(end(job, SHUT))
    job.lost(GOING, 0.0)
    job.lost(LOST, 0.0)
    connect(job)
    payloads = job.take(0.0)
    assert decode_report(payloads[0]).gaps == [(1, str(GOING))]
    assert len(payloads) == 2
    assert type(job.interrupted(SHUT, 0.0)) is ExportInterrupted


def test_it_is_known_that_it_was_open() -> None:
    job = export_job(resume=True)
    end(job, LOST)
    job.lost(LOST, 0.0)
    told = report(job)
    assert told.opened
    assert len(told.gaps) == 1


def again(job: ExportJob, after: float, *messages: bytes) -> bool:
    """Lose a connection; return whether there is another one."""
    now = job.report(0.0).reconnects * 10_000.0
    connect(job, now=now)
    assert job.session is not None
    job.session.receive_messages(messages, now=now)
    listen(job)
    goes_on = job.dialer.failed(end(job, LOST), now=now + after)
    job.lost(LOST, now + after)
    list(job.dialer.expire(now=now + 9999.0))
    return goes_on


def test_attempts_begin_anew_after_a_quiet_hour() -> None:
    job = ExportJob(1, OpenExport("triples", "f", resume=True), dialer(), 60.0, 0.0)
    assert all(again(job, 3600.0) for _ in range(20))
    assert [again(job, 1.0) for _ in range(5)] == [True] * 4 + [False]  # and one is counted


def test_attempts_begin_anew_after_a_message() -> None:
    job = ExportJob(1, OpenExport("triples", "f", resume=True), dialer(), 60.0, 0.0)
    assert all(again(job, 1.0, b"1") for _ in range(20))


def test_what_nobody_takes_is_bounded() -> None:
    job = ExportJob(1, OpenExport("triples", "f", resume=True), dialer(), 60.0, 0.0)
    losses = 0
    while not job.full(OPTIONS):
        assert again(job, 1.0, b"x" * 10**6)
        losses += 1
    assert losses == 3
    assert len(job.take(0.0)) == 4
    assert not job.full(OPTIONS)
    assert not import_job().full(OPTIONS)


def test_an_export_that_is_refused() -> None:
    job = export_job(resume=True)
    assert job.hopeless(end(job, SHUT))
    assert isinstance(job.interrupted(SHUT, 0.0), ExportRefused)
