"""The simulation of whole imports: the bulk client and its caller, a gateway, a sink, and every fault.

What is promised (docs/bulk.md): whatever is reported as confirmed has arrived, at the time of the report;
with `resume=True` everything arrives, if what goes wrong ends; the counts are true; and there is an end.
"""

from __future__ import annotations

from tests.simulation.bulk_driver import ImportDriver
from tests.simulation.bulk_gateways import EmbeddedGateway, Sink
from tests.simulation.bulk_model import ModelGateway, settled
from tests.simulation.bulk_program import BulkProgram, bulk_program
from tests.simulation.world import Log, Violation, World, play
from tgproto.errors import ImportInterrupted
from tgproto.types.bulk import ImportResult

PATIENCE = 3600.0
"""Seconds within which an import must be over."""


def simulate_bulk(seed: int, log: Log | None = None) -> None:
    """Play one seed; see `play`."""
    play(lambda world: perform(world, bulk_program(seed)), seed, log, "--bulk ")


def perform(world: World, program: BulkProgram) -> ImportDriver:
    """Play one program, and judge it."""
    world.tell(f"{program}")
    sink = Sink()
    gateway = (ModelGateway if program.model else EmbeddedGateway)(world, program, sink)
    driver = ImportDriver(world, program, gateway)
    if not world.run(lambda: driver.over, PATIENCE):
        raise Violation(f"not over after {PATIENCE} s")
    world.tell(f"over: {driver.error or driver.result}")
    settled(sink, gateway)
    judge(program, driver, sink)
    if not world.run(lambda: driver.idle, world.now + PATIENCE):
        raise Violation("the client still holds something")
    return driver


def judge(program: BulkProgram, driver: ImportDriver, sink: Sink) -> None:
    """See whether what was said is true."""
    items = [number for number in program.source if number is not None]
    error = driver.error
    if error is None:
        _judge_success(program, driver.result, sink, items)
        told: ImportResult | ImportInterrupted = driver.result
    elif program.must_arrive:
        raise Violation(f"what went wrong ended, and the import has failed: {error!r}")
    elif isinstance(error, ImportInterrupted):
        told = error
        confirmed = [number for number in program.source[: error.offset] if number is not None]
        if missing := sink.missing(confirmed):
            raise Violation(f"offset is {error.offset}, and these have not arrived: {missing}")
        several = program.connections > 1
        agree = len(confirmed) <= error.confirmed if several else len(confirmed) == error.confirmed
        if not agree and program.source[: driver.taken].count(None) == 0:
            raise Violation(f"offset is {error.offset}, and {error.confirmed} items are confirmed")
        if not error.confirmed <= error.sent <= len(items):
            raise Violation(f"{error.confirmed} of {error.sent} sent items, of {len(items)} that there are")
    else:
        if driver.written or sink.arrived:
            raise Violation(f"something was sent, and the error does not say how much: {error!r}")
        return
    _judge_counts(told, driver, sink)


def _judge_success(program: BulkProgram, result: ImportResult, sink: Sink, items: list[int]) -> None:
    if result.sent != len(items) or result.skipped != len(program.source) - len(items):
        raise Violation(f"{result} is said of {len(program.source)} items, {len(items)} of which can be sent")
    if result.confirmed != (len(items) if program.confirm is not None else 0):
        raise Violation(f"it is over, and {result.confirmed} of {len(items)} items are confirmed")
    if program.confirm is not None and (missing := sink.missing(items)):
        raise Violation(f"everything is confirmed, and these have not arrived: {missing}")
    if not program.resume and (result.reconnects or result.resent):
        raise Violation(f"it was not to be resumed: {result}")


def _judge_counts(told: ImportResult | ImportInterrupted, driver: ImportDriver, sink: Sink) -> None:
    """Check what was sent, and how often, against what was written and what has arrived."""
    written = driver.written
    lag = told.sent + told.resent - written.total()  # a lazy driver had not yet written when it was lost
    if lag < 0 or len(written) > told.sent or (not driver.program.lazy and (lag or len(written) < told.sent)):
        raise Violation(f"{written.total()} items were written, {len(written)} of them different: {told}")
    if told.unconfirmed != told.sent - told.confirmed:
        raise Violation(f"unconfirmed: {told}")
    several = driver.program.connections > 1
    replaced = max(driver.openings - 1, 0)
    if told.reconnects > replaced or (told.reconnects < replaced and not several):
        raise Violation(f"{driver.openings} connections were opened: {told}")
    if told.reconnects == 0 and told.resent and not several:
        raise Violation(f"sent again on one connection: {told}")
    if more := sink.arrived - written:
        raise Violation(f"these arrived more often than they were written: {more}")
