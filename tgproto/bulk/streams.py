"""What a caller of a bulk client began: the jobs that work on it, of which an import may have several."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from tgproto.bulk.jobs import ExportJob, ImportJob, Job
from tgproto.bulk.messages import Messages
from tgproto.bulk.requests import Confirm, OpenExport, OpenImport
from tgproto.dialer import Dialer
from tgproto.session.events import Completed, Outcome, Payload


class Stream:
    """An export, or an import over one connection or several.

    Args:
        jobs: At least one, and one for each connection. Those of an import share their messages.

    Attributes:
        id: What the caller knows it by: the id of the first job.
        jobs: Those that are not done yet.
    """

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._first = jobs[0]
        self.id = self._first.id
        self.jobs = list(jobs)
        for job in jobs:
            job.stream_id = self.id

    @property
    def outcome(self) -> Outcome | None:
        """How it ended."""
        return self._first.outcome

    @property
    def proven(self) -> bool:
        """Whether a connection of any job was good once."""
        return any(job.dialer.proven for job in self.jobs)

    def add(self, frames: Sequence[tuple[bytes, int]], *, last: bool) -> None:
        """Take messages of an import, unless it is over."""
        if isinstance(self._first, ImportJob) and self.outcome is None:
            self._first.messages.add(frames, last=last)

    def ready(self) -> list[int]:
        """Return the open connections of an import, the one with the least to do first."""
        found = [
            (job.load, job.key)
            for job in self.jobs
            if isinstance(job, ImportJob) and job.ready and job.key is not None
        ]
        return [key for _, key in sorted(found)]

    def needless(self) -> list[Job]:
        """Return the jobs of an import that have nothing to do any more; all but one at most."""
        if len(self.jobs) < 2:
            return []
        needless: list[Job] = [job for job in self.jobs if isinstance(job, ImportJob) and job.needless]
        return needless if len(needless) < len(self.jobs) else needless[1:]

    def done(self, job: Job, outcome: Outcome) -> list[Job]:
        """One of its jobs is done. If it failed, so has everything.

        Returns:
            The jobs to be given up.
        """
        self.jobs.remove(job)
        self._first.stirred = self._first.stirred or job.stirred
        if isinstance(outcome, Completed) and self.jobs:
            return []
        self._first.outcome = outcome
        given_up, self.jobs = self.jobs, []
        return given_up

    def take(self, now: float) -> list[Payload]:
        """Return what there is to tell, if there is anything new."""
        for job in self.jobs:
            self._first.stirred = self._first.stirred or job.stirred
            if job is not self._first:
                job.stirred = False
        return self._first.take(now)


def jobs_for(
    opening: OpenImport | OpenExport,
    ids: Iterator[int],
    dialer: Callable[[], Dialer],
    limit: float,
    now: float,
) -> Sequence[Job]:
    """Return what works on an import or export: a job for each connection.

    Args:
        opening: What was asked for.
        ids: Names for the jobs.
        dialer: Returns what decides when the connections of one job are opened.
        limit: See `Job`.
        now: When it began.
    """
    if isinstance(opening, OpenExport):
        return [ExportJob(next(ids), opening, dialer(), limit, now)]
    messages = Messages(ordered=opening.confirm is Confirm.PING)
    return [ImportJob(next(ids), opening, dialer(), limit, now, messages) for _ in range(opening.connections)]
