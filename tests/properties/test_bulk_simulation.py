"""Whole imports into a gateway that resets, half-closes, stalls, closes, is slow, killed, or hears nothing.

On a virtual clock, from a seed; a seed that fails says how to play it again. What is reported as confirmed is
in the sink, and with `resume=True` everything gets there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from tests.simulation.bulk import perform, simulate_bulk
from tests.simulation.bulk_program import KINDS, bulk_program
from tests.simulation.world import Violation, World
from tgproto.bulk import jobs
from tgproto.bulk.config import BulkOptions
from tgproto.bulk.jobs import ImportJob
from tgproto.catalog.bulk_importer import Importer
from tgproto.closing import CloseCause
from tgproto.session.events import ItemsConfirmed
from tgproto.session.reconnect import ReconnectConfig
from tgproto.session.sender import BulkSender

FAST = range(0, 600, 50)
SLOW = range(600, 9600, 300)
SEEDS = range(1000)
"""Among which a fault of the client is to be noticed."""


@pytest.mark.parametrize("first", FAST)
def test_imports(first: int) -> None:
    _play(range(first, first + FAST.step))


@pytest.mark.slow
@pytest.mark.parametrize("first", SLOW)
def test_many_imports(first: int) -> None:
    _play(range(first, first + SLOW.step))


def test_a_seed_plays_the_same_every_time() -> None:
    first, second = list[str](), list[str]()
    simulate_bulk(16, first.append)
    simulate_bulk(16, second.append)
    assert first == second


def test_the_seeds_have_everything() -> None:
    """Each fault, alone and with others, on both gateways and generations; and imports that survive it."""
    programs = [bulk_program(seed) for seed in SEEDS]
    seen = Counter(
        (program.model, program.is_old, attempt.ends.split(" at ")[0])
        for program in programs
        for attempt in program.attempts
        if program.must_arrive
    )
    assert {kind for *_, kind in seen} == {*KINDS, "well"}
    assert min(seen[model, old, kind] for model in (0, 1) for old in (0, 1) for kind in KINDS) > 2
    assert sum(program.must_arrive for program in programs) > 500
    survived = 0
    for seed in SEEDS[::10]:
        driver = perform(World(seed), programs[seed])
        survived += driver.error is None and driver.result.resent > 0
    assert survived > 15


# --- what the judge notices -------------------------------------------------------------------------


def _confirm_what_is_sent(patch: pytest.MonkeyPatch) -> None:
    send = BulkSender.send

    def sent(self: BulkSender, frame: bytes, items: int, *, now: float) -> None:
        send(self, frame, items, now=now)
        self.confirmed = self._totals[-1]
        self._events.append(ItemsConfirmed(self.confirmed))

    patch.setattr(BulkSender, "send", sent)


def _confirm_what_was_sent_when_a_pong_comes(patch: pytest.MonkeyPatch) -> None:
    receive_pong = BulkSender.receive_pong

    def received(self: BulkSender, payload: bytes, *, now: float) -> None:
        self._barriers = type(self._barriers)((name, self._totals[-1]) for name, _ in self._barriers)
        receive_pong(self, payload, now=now)

    patch.setattr(BulkSender, "receive_pong", received)


def _send_nothing_again(patch: pytest.MonkeyPatch) -> None:
    lost = ImportJob.lost

    def lose(self: ImportJob, cause: CloseCause, now: float) -> None:
        self._kept.clear()
        lost(self, cause, now)

    patch.setattr(ImportJob, "lost", lose)


def _succeed_if(patch: pytest.MonkeyPatch, condition: Callable[[CloseCause], bool]) -> None:
    succeeded = ImportJob.succeeded

    def believed(self: ImportJob, cause: CloseCause) -> bool:
        messages = self.messages
        if condition(cause) and not messages.waiting and messages.last:
            messages.confirmed = messages.sent
            return True
        return succeeded(self, cause)

    patch.setattr(ImportJob, "succeeded", believed)


def _take_1000_for_success(patch: pytest.MonkeyPatch) -> None:
    _succeed_if(patch, jobs._closed_without_a_word)


def _take_any_handshake_for_success(patch: pytest.MonkeyPatch) -> None:
    _succeed_if(patch, lambda cause: cause.clean)


def _forget_that_1x_lags(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(jobs, "LAG", 0)


def _forget_what_1x_has_in_its_hands(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(jobs, "LAG", 10)


def _count_one_too_many(patch: pytest.MonkeyPatch) -> None:
    reach = Importer._reach
    patch.setattr(Importer, "_reach", lambda self, handled: reach(self, handled) + 1)


def _do_not_count_what_is_resent(patch: pytest.MonkeyPatch) -> None:
    send = ImportJob._send

    def sent(self: ImportJob, session: BulkSender, now: float) -> None:
        send(self, session, now)
        self.messages.resent = 0

    patch.setattr(ImportJob, "_send", sent)


def _send_twice(patch: pytest.MonkeyPatch) -> None:
    lost = ImportJob.lost

    def lose(self: ImportJob, cause: CloseCause, now: float) -> None:
        again = [(message.frame, message.items) for message in self._kept]
        lost(self, cause, now)
        self.messages.add(again, last=False)

    patch.setattr(ImportJob, "lost", lose)


def _give_up_at_once(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(jobs, "IN_VAIN", 1)


def _wait_for_ever(patch: pytest.MonkeyPatch) -> None:
    config = BulkOptions.sender_config
    patch.setattr(BulkOptions, "sender_config", lambda self, lag, timeout: config(self, lag, 1e6))


def _try_for_ever(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(jobs, "IN_VAIN", 10**9)
    patch.setattr(BulkOptions, "import_reconnect", ReconnectConfig(max_attempts=None))


@pytest.mark.parametrize(
    "spoil",
    [
        _confirm_what_is_sent,
        _confirm_what_was_sent_when_a_pong_comes,
        _send_nothing_again,
        _take_1000_for_success,
        _take_any_handshake_for_success,
        _forget_that_1x_lags,
        _forget_what_1x_has_in_its_hands,
        _count_one_too_many,
        _do_not_count_what_is_resent,
        _send_twice,
        _give_up_at_once,
        _wait_for_ever,
        _try_for_ever,
    ],
)
def test_a_fault_of_the_client_is_noticed(
    spoil: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil(monkeypatch)
    with pytest.raises(Violation):
        _play(SEEDS)


def _play(seeds: range) -> None:
    for seed in seeds:
        simulate_bulk(seed)
