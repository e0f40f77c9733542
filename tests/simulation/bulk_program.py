"""What a seed of the simulation of whole imports stands for: options, source, gateway, what goes wrong."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, Literal

from tests.simulation.pipe import Faults
from tests.simulation.program import Attempt, Door
from tgproto.bulk.jobs import IN_VAIN
from tgproto.dialect import GENERATION_1, GENERATION_2, Dialect, Tenancy
from tgproto.session.config import SenderConfig
from tgproto.session.reconnect import ReconnectConfig

Confirm = Literal["ping", "close"] | None

HANDSHAKE = 200
"""Bytes within which an upgrade is cut off, if that is wanted."""
ATTEMPTS = 6
"""Connections to which something happens, at most, if it ends."""


@dataclass(frozen=True)
class BulkAttempt(Attempt):
    """One attempt to connect.

    Attributes:
        closes_at: After so many bytes the gateway closes by itself; it handles no more of what it has got.
        code: The code with which it does.
        ends: What becomes of it in the end, for a person.
    """

    closes_at: float = math.inf
    code: int = 1000
    ends: str = "well"


@dataclass(frozen=True)
class BulkProgram:
    """Everything that a seed decides beforehand.

    Attributes:
        dialect: The gateway's habits.
        model: Whether the gateway is the model, not the embedded one.
        source: Items; None is one that cannot be sent.
        size: Bytes that each item has at least.
        batch_size: Items in a message.
        batch_bytes: Length at which a message is divided.
        confirm: What counts as a confirmation.
        resume: Whether to go on after a loss.
        timeout: Seconds for something to be confirmed.
        sender: Options of the client's sessions.
        reconnect: When the client tries again.
        must_arrive: Whether what goes wrong ends, so that everything has to arrive in the end.
        attempts: The attempts to connect, in order.
        endless: Whether the last of them stands for all that follow, which else go well.
        outages: When the gateway is restarted, and how long it is away.
        late_outage: How long it is away once more, when the client's first close frame has gone off; or None.
        polite: Whether it says that it goes, with 1001; else connections are reset.
        freezes: When and how long the gateway's process stands still.
        pace: Seconds that the gateway takes for a message or ping, at most; the model's alone.
        broker: Seconds that its broker takes for a message, at most; the model's alone, in 1.x.
        hesitates: Seconds that the source takes for each message, at most.
        slow: Seconds that the caller leaves each notice unread, at most.
        lateness: How late the client's timer is, at most.
        lazy: Seconds after which the client's driver serves it.
        connections: How many sockets the import goes over.
    """

    dialect: Dialect
    model: bool
    source: tuple[int | None, ...] = field(repr=False)
    size: int
    batch_size: int
    batch_bytes: int
    confirm: Confirm
    resume: bool
    timeout: float
    sender: SenderConfig
    reconnect: ReconnectConfig
    must_arrive: bool
    attempts: tuple[BulkAttempt, ...]
    endless: bool
    outages: tuple[tuple[float, float], ...]
    late_outage: float | None
    polite: bool
    freezes: tuple[tuple[float, float], ...]
    pace: float
    broker: float
    hesitates: float
    slow: float
    lateness: float
    lazy: float
    connections: int

    @property
    def is_old(self) -> bool:
        """Whether the gateway is of the first generation."""
        return self.dialect.tenancy is Tenancy.USER


def bulk_program(seed: int) -> BulkProgram:
    """Make the program of a seed."""
    rng = Random(f"bulk {seed}")
    mends = rng.random() < 0.6
    timeout = rng.choice((4.0, 60.0))
    sender = SenderConfig(
        barrier_frames=rng.choice((1, 4, 16, 64)),
        barrier_bytes=rng.choice((1000, 2**18)),
        barrier_delay=rng.choice((0.05, 1.0)),
        window_barriers=rng.choice((1, 4)),
        close_timeout=rng.choice((10.0, 60.0)),
    )
    size, batch_size = rng.choice((0, 40, 1000)), rng.choice((1, 3, 20))
    source = _source(rng)
    whole = HANDSHAKE + len(source) * (size + 150)
    reach = rng.choice((HANDSHAKE, 3000, whole, whole))
    barrier = sender.barrier_frames or 1
    return BulkProgram(
        dialect=rng.choice((GENERATION_2, GENERATION_2, GENERATION_1)),
        model=rng.random() < 0.6,
        source=source,
        size=size,
        batch_size=batch_size,
        batch_bytes=rng.choice((500, 2**18)),
        confirm="ping" if mends else rng.choice(("ping", "ping", "close", None)),
        resume=mends or rng.random() < 0.7,
        timeout=timeout,
        sender=sender,
        reconnect=_reconnect(rng, mends=mends),
        must_arrive=mends,
        attempts=(attempts := _attempts(rng, reach, timeout, mends=mends)),
        endless=not mends and rng.random() < 0.5,
        outages=_outages(rng, mends=mends),
        late_outage=rng.choice((None, None, None, None, 1.0)),
        polite=rng.random() < 0.5,
        freezes=_freezes(rng, timeout),
        # A barrier's worth is handled within an eighth of the limit: what goes wrong comes on top of it.
        pace=rng.choice((0.0, 0.001, 0.3)) * min(1.0, timeout / 8 / barrier),
        broker=rng.choice((0.0, 0.01, 0.2)) * min(1.0, timeout / 8 / barrier),
        hesitates=rng.choice((0.0, 0.0, 0.02, 0.5)),
        slow=rng.choice((0.0, 0.0, 0.05)),
        lateness=rng.choice((0.0, 0.02)),
        lazy=rng.choice((0.0, 0.0, 0.005)),
        connections=1 if mends and _unreached(attempts) else rng.choice((1, 1, 1, 2, 5)),
    )


def _unreached(attempts: tuple[BulkAttempt, ...]) -> bool:
    """Whether several sockets at once might meet an address that seems to be wrong."""
    return any(attempt.door in (Door.FAILS, Door.HANGS) for attempt in attempts)


def _source(rng: Random) -> tuple[int | None, ...]:
    count = rng.choice((0, 1, 9, 60, 200, 400))
    bad = rng.choice((0.0, 0.0, 0.1))
    numbers = iter(range(count))
    return tuple(None if rng.random() < bad else next(numbers) for _ in range(count))


def _reconnect(rng: Random, *, mends: bool) -> ReconnectConfig:
    if mends:
        return ReconnectConfig(first_delay=rng.choice((0.1, 1.0)), max_attempts=40)
    return ReconnectConfig(first_delay=rng.choice((0.01, 0.1, 1.0)), max_attempts=rng.choice((0, 2, 5)))


def _outages(rng: Random, *, mends: bool) -> tuple[tuple[float, float], ...]:
    """Choose restarts; the first attempt, which may not be refused, is over by then."""
    return tuple(
        (0.5 + rng.random() * rng.choice((2, 20)), rng.random() * (8 if mends else 30))
        for _ in range(rng.choice((0, 0, 1, 2)))
    )


def _freezes(rng: Random, timeout: float) -> tuple[tuple[float, float], ...]:
    return tuple((rng.random() * 5, rng.random() * timeout / 8) for _ in range(rng.choice((0, 0, 0, 1))))


# --- attempts -------------------------------------------------------------------------------------


def _attempts(rng: Random, reach: int, timeout: float, *, mends: bool) -> tuple[BulkAttempt, ...]:
    if rng.random() < 0.5:  # the same fault every time, as a test with a relay would have it
        kind, reach = rng.choice(tuple(KINDS)), max(1, int(reach * rng.random()))
        kinds = [kind] * rng.randint(1, ATTEMPTS)
    else:
        kinds = [rng.choice((*KINDS, "well")) for _ in range(rng.randint(1, ATTEMPTS))]
    made, hopeless = list[BulkAttempt](), 0
    for kind in kinds:
        hopeless += kind in HOPELESS
        if mends and hopeless >= IN_VAIN and kind in HOPELESS:
            continue
        if kind in UNREACHED and mends and not made:
            continue
        made.append(_attempt(rng, kind, rng.randrange(reach), timeout))
    return tuple(made)


KINDS = {
    "reset up": lambda rng, n: {"up": {"reset_at": n}},
    "reset down": lambda rng, n: {"down": {"reset_at": n}},
    "half-close up": lambda rng, n: {"up": {"eof_at": n}},
    "half-close down": lambda rng, n: {"down": {"eof_at": n}},
    "black hole up": lambda rng, n: {"up": {"hole_at": n}},
    "black hole down": lambda rng, n: {"down": {"hole_at": n}},
    "stall up": lambda rng, n: {"up": {"pause_at": n, "pause": rng.random()}},
    "stall down": lambda rng, n: {"down": {"pause_at": n, "pause": rng.random()}},
    "closes with 1000": lambda rng, n: {"closes_at": n},
    "closes with 1001": lambda rng, n: {"closes_at": n, "code": 1001},
    "slow": lambda rng, n: {"up": {"bandwidth": 0.0}},
    "refused": lambda rng, n: {"door": Door.FAILS},
    "hangs": lambda rng, n: {"door": Door.HANGS},
    "unavailable": lambda rng, n: {"door": Door.REFUSES, "status": 503},
    "leaves": lambda rng, n: {"door": Door.LEAVES},
}
"""Faults: what is wrong, given chance and a number of bytes. A pause is a part of the time limit."""

HOPELESS = {"closes with 1000", "black hole up", "black hole down"}
"""What may not happen `IN_VAIN` times without anything being confirmed in between."""
UNREACHED = {"refused", "hangs"}
"""What may not happen to the first attempt, because the address may be wrong then."""


def _attempt(rng: Random, kind: str, n: int, timeout: float) -> BulkAttempt:
    members: dict[str, Any] = {} if kind == "well" else KINDS[kind](rng, n)
    latency, jitter = rng.choice((0.0, 0.001, 0.05)), rng.choice((0.0, 0.01))
    if kind == "slow":  # answers, too, come in small pieces
        members = {"up": {"bandwidth": 2**19 / timeout * 8}, "down": {"bandwidth": 500.0, "piece": 3}}
    ways = {}
    for way in ("up", "down"):
        given = members.pop(way, {})
        if "pause" in given:
            given["pause"] *= min(timeout / 2, 15.0)
        piece, slow_close = rng.choice((0, 0, 20, 500)), rng.choice((0.0, 0.0, timeout / 8))
        faults = Faults(latency, jitter, piece, slow_close=slow_close)
        ways[way] = replace(faults, **given)
    return BulkAttempt(delay=rng.choice((0.0, 0.01, 0.2)), ends=f"{kind} at {n}", **ways, **members)
