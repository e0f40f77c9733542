"""What a seed stands for: the options, the requests, the answers, and everything that goes wrong."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass, field
from random import Random

from tests.simulation.pipe import Faults
from tgproto.client import ClientOptions
from tgproto.dialect import GENERATION_1, GENERATION_2, MIXED_2_2, Dialect, SocketAuth
from tgproto.secrets import Secret
from tgproto.session.config import ClientConfig, KeepaliveConfig
from tgproto.session.reconnect import ReconnectConfig

FOREVER = 100_000.0


class Ending(enum.Enum):
    """How the gateway ends an answer."""

    WHOLE = "with its last frame"
    FAILED = "with an error in the response"
    FAILED_OPEN = "with an error in the response that claims not to be the last frame"
    REFUSED = "with an error in the envelope"
    NEVER = "never"


class Form(enum.Enum):
    """What is submitted."""

    REQUEST = "an encoded request"
    LAZY = "something that is encoded once the dialect is known"
    IMPOSSIBLE = "something that cannot be encoded"


@dataclass(frozen=True)
class Ask:
    """One request, the answer to it, and how its caller behaves.

    Attributes:
        number: Names it; in the body of the request and in every frame of the answer.
        at: When it is submitted.
        service: Service name.
        flow: Flow, or None.
        form: What is submitted.
        repeatable: Whether it may run twice.
        timeout: Longest silence.
        total_timeout: Longest duration.
        frames: Seconds before, and size of, each frame of the answer.
        ending: How the answer ends.
        pause: Seconds before the ending, if it is no frame.
        slow: Seconds that the caller leaves each notice unread.
        curious: Seconds after which the caller looks without having been told, or None.
        cancel_after: Seconds after which the caller cancels, or None.
    """

    number: int
    at: float
    service: str
    flow: str | None
    form: Form
    repeatable: bool
    timeout: float | None
    total_timeout: float | None
    frames: tuple[tuple[float, int], ...]
    ending: Ending
    pause: float
    slow: float
    curious: float | None
    cancel_after: float | None


class Door(enum.Enum):
    """What comes of an attempt to connect."""

    OPEN = "a connection"
    FAILS = "an error"
    HANGS = "nothing"
    REFUSES = "an HTTP error"
    LEAVES = "the end, before the upgrade"
    BABBLES = "something that is no HTTP"


@dataclass(frozen=True)
class Attempt:
    """One attempt to connect.

    Attributes:
        door: What comes of it.
        delay: Seconds until then.
        status: HTTP status, if it is refused.
        retry_after: Value of `Retry-After`, or None.
        up: Faults towards the gateway.
        down: Faults towards the client.
        closed_after: Seconds after which the gateway closes the connection in good order.
    """

    door: Door = Door.OPEN
    delay: float = 0.002
    status: int = 503
    retry_after: str | None = None
    up: Faults = field(default_factory=Faults)
    down: Faults = field(default_factory=Faults)
    closed_after: float = math.inf


@dataclass(frozen=True)
class Program:
    """Everything that a seed decides beforehand.

    Attributes:
        calm: Nothing goes wrong, so that every request must end as its answer does, or as its caller wants.
        dialect: The gateway's habits.
        options: The client's options.
        asks: The requests.
        attempts: The attempts to connect, in order; later ones go well.
        outages: When the gateway is restarted, and how long it is away.
        freezes: When and how long the gateway's process stands still.
        naps: The same for the client's process.
        rotations: When the token that the gateway accepts changes.
        close_at: When the client is closed; infinite for after the last outcome.
        drain: How long the client may drain.
        lateness: How late the client's timer is, at most.
        lazy: Seconds after which the client's driver serves it.
    """

    calm: bool
    dialect: Dialect
    options: ClientOptions
    asks: tuple[Ask, ...]
    attempts: tuple[Attempt, ...]
    outages: tuple[tuple[float, float], ...]
    freezes: tuple[tuple[float, float], ...]
    naps: tuple[tuple[float, float], ...]
    rotations: tuple[float, ...]
    close_at: float
    drain: float | None
    lateness: float
    lazy: float


def program(seed: int) -> Program:
    """Make the program of a seed."""
    rng = Random(f"program {seed}")
    calm = rng.random() < 0.2
    dialect = rng.choices((GENERATION_2, GENERATION_1, MIXED_2_2), (8, 1, 1))[0]
    span = rng.choice((0.0, 1.0, 5.0, 30.0))
    count = rng.randint(5, 40)
    asks = tuple(_ask(rng, number, rng.random() * span, calm, dialect) for number in range(count))
    by_frame = dialect.socket_auth is SocketAuth.FRAME
    stormy = not calm and rng.random() < 0.7
    return Program(
        calm=calm,
        dialect=dialect,
        options=_options(rng, dialect),
        asks=tuple(sorted(asks, key=lambda ask: ask.at)),
        attempts=tuple(_attempt(rng, calm, first=not n) for n in range(rng.randint(0, 12))),
        outages=_moments(rng, 2, 10.0) if stormy else (),
        freezes=_moments(rng, 2, 8.0) if stormy else (),
        naps=_moments(rng, 2, 40.0) if stormy else (),
        rotations=_rotations(rng) if by_frame and not calm else (),
        close_at=math.inf if calm or rng.random() < 0.6 else rng.random() * 30,
        drain=rng.choice((None, 0.5, 5.0)),
        lateness=rng.choice((0.0, 0.02)),
        lazy=rng.choice((0.0, 0.0, 0.005)),
    )


def _options(rng: Random, dialect: Dialect) -> ClientOptions:
    session = ClientConfig(
        token=Secret("token 0"),
        dialect=rng.choice((None, dialect)),
        span_limit=rng.choice((1, 2, 4, 16, 16)),
        stream_window=rng.choice((600, 3000, 2**21)),
        stall_timeout=rng.choice((1.0, 10.0)),
        auth_timeout=rng.choice((2.0, 20.0)),
        close_timeout=rng.choice((1.0, 15.0)),
        tombstone_timeout=rng.choice((5.0, 660.0)),
        renewable=rng.random() < 0.7,
        keepalive=KeepaliveConfig(interval=rng.choice((2.0, 20.0)), timeout=rng.choice((3.0, 20.0))),
    )
    reconnect = ReconnectConfig(
        first_delay=rng.choice((0.01, 0.1, 1.0)),
        max_attempts=rng.choice((0, 2, 5, 5, None)),
        stable_after=rng.choice((0.0, 5.0)),
    )
    return ClientOptions(
        host="gateway",
        session=session,
        reconnect=reconnect,
        max_connections=rng.randint(1, 4),
        connect_timeout=rng.choice((0.5, 10.0)),
    )


def _ask(rng: Random, number: int, at: float, calm: bool, dialect: Dialect) -> Ask:
    endings = (Ending.WHOLE,) * 6 + (Ending.FAILED, Ending.FAILED_OPEN, Ending.REFUSED, Ending.NEVER)
    ending = rng.choice(endings[:-1] if calm else endings)
    count = max(rng.choice((0, 1, 1, 2, 3, 8)), 1 if ending is Ending.WHOLE else 0)
    pace = rng.choice((0.0, 0.01, 0.3, 2.0))
    bulk = rng.choice((0, 0, 30, 400, 5000))
    hurried = not calm and (ending is Ending.NEVER or rng.random() < 0.4)
    timeout = rng.choice((0.5, 3.0, 20.0)) if hurried else rng.choice((None, FOREVER))
    total = rng.choice((None, 0.2, 2.0, 10.0, 60.0)) if hurried else None
    # Old gateways refuse without an id, and then only what they never answer.
    unknown = ending is Ending.REFUSED and not dialect.errors_have_ids
    count = 0 if unknown else count
    return Ask(
        number=number,
        at=at,
        service="unknown" if unknown else rng.choice(("graph-rag", "agent", "config")),
        flow=rng.choice((None, "f", "g")),
        form=rng.choices((Form.REQUEST, Form.LAZY, Form.IMPOSSIBLE), (8, 4, 1))[0],
        repeatable=rng.random() < 0.4,
        timeout=timeout,
        total_timeout=total,
        frames=tuple((rng.random() * pace, rng.randint(0, bulk)) for _ in range(count)),
        ending=ending,
        pause=rng.random() * pace,
        slow=rng.choice((0.0, 0.0, 0.0, 0.05, 3.0, 15.0)),
        curious=rng.random() * rng.choice((0.02, 3.0)) if rng.random() < 0.2 else None,
        cancel_after=rng.random() * rng.choice((0.01, 1.0, 10.0)) if rng.random() < 0.15 else None,
    )


def _attempt(rng: Random, calm: bool, first: bool) -> Attempt:
    latency, jitter = rng.choice((0.0, 0.001, 0.05)), rng.choice((0.0, 0.01))
    if calm:
        down = Faults(latency, jitter, rng.choice((0, 9)))
        return Attempt(delay=latency, up=Faults(latency, jitter), down=down)
    doors = (Door.OPEN,) * (40 if first else 8) + tuple(Door)[1:]
    return Attempt(
        door=rng.choice(doors),
        delay=rng.choice((0.0, 0.01, 0.2, 2.0)),
        status=rng.choice((503, 503, 503, 502, 429, 404, 401, 403)),
        retry_after=rng.choice((None, "1", "5", "soon")),
        up=faults(rng, latency, jitter),
        down=faults(rng, latency, jitter),
        closed_after=rng.random() * 10 if rng.random() < 0.1 else math.inf,
    )


def faults(rng: Random, latency: float, jitter: float) -> Faults:
    """Choose what is wrong with one direction."""

    def sometimes(chance: float, value: float, otherwise: float) -> float:
        return value if rng.random() < chance else otherwise

    begin = sometimes(0.1, rng.random() * 10, math.inf)
    return Faults(
        latency=latency,
        jitter=jitter,
        piece=rng.choice((0, 0, 1, 20, 500)),
        quantum=sometimes(0.2, 0.04, 0.0),
        bandwidth=sometimes(0.2, rng.choice((500.0, 5000.0)), math.inf),
        reset_at=sometimes(0.15, rng.randint(1, 4000), math.inf),
        eof_at=sometimes(0.1, rng.randint(1, 4000), math.inf),
        stall=(begin, begin + rng.choice((0.5, 5.0, math.inf))),
        slow_close=sometimes(0.2, 5.0, 0.0),
    )


def _rotations(rng: Random) -> tuple[float, ...]:
    return tuple(rng.random() * 20 for _ in range(rng.choice((0, 0, 1, 2))))


def _moments(rng: Random, most: int, longest: float) -> tuple[tuple[float, float], ...]:
    return tuple((rng.random() * 20, rng.random() * longest) for _ in range(rng.randint(0, most)))
