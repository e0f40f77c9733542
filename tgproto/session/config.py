"""The options of the sessions: unit, default and reason of each."""

from __future__ import annotations

from dataclasses import dataclass, field

from tgproto.dialect import Dialect
from tgproto.secrets import NO_TOKEN, Secret


def require(holds: bool, rule: str) -> None:
    """Raise ValueError with `rule` unless it holds."""
    if not holds:
        raise ValueError(rule)


@dataclass(frozen=True, slots=True)
class KeepaliveConfig:
    """When to ask whether the peer is still there.

    Attributes:
        interval: Seconds of silence after which a ping is sent; None never pings. 20 s is below the
            idle limits of common proxies (60 s).
        timeout: Seconds to wait for the pong, or for anything else, before giving the connection up.
    """

    interval: float | None = 20.0
    timeout: float = 20.0

    def __post_init__(self) -> None:
        require(self.interval is None or self.interval > 0, "keepalive interval must be above 0 s, or None")
        require(self.timeout > 0, "keepalive timeout must be above 0 s")


@dataclass(frozen=True, slots=True)
class ClientConfig:
    """Options of the client side of the multiplexed socket.

    Attributes:
        token: Credential; empty asks for anonymous access; None if there is none yet, so that the owner is
            asked for one before anything else.
        dialect: The gateway's habits, or None to find out from its answer to the auth frame.
        span_limit: Largest span of unfinished requests (see `Window`); None for servers without the
            rule. 16 is what every gateway release up to 2.11.1 runs at once.
        stream_window: Bytes that may wait unread in one stream before reading pauses.
        stall_timeout: Seconds that a stream with a full window may stay untouched while other calls
            wait for the same connection; then it fails.
        auth_timeout: Seconds for the answer to an auth frame.
        close_timeout: Seconds for the carrier to report that it closed.
        tombstone_timeout: Seconds for which late frames of an abandoned request are expected. Above the
            gateway's own limit of 600 s.
        max_queued: Requests that may wait in this session.
        renewable: Whether the owner can supply a new token when asked by `CredentialWanted`.
        keepalive: When to ping.
    """

    token: Secret | None = field(default=NO_TOKEN)
    dialect: Dialect | None = None
    span_limit: int | None = 16
    stream_window: int = 2 * 2**20
    stall_timeout: float = 10.0
    auth_timeout: float = 20.0
    close_timeout: float = 15.0
    tombstone_timeout: float = 660.0
    max_queued: int = 10_000
    renewable: bool = False
    keepalive: KeepaliveConfig = KeepaliveConfig()

    @property
    def secret(self) -> Secret:
        """The token, or an empty one if there is none yet."""
        return NO_TOKEN if self.token is None else self.token

    def __post_init__(self) -> None:
        require(self.token is not None or self.renewable, "without a token, it must be renewable")
        require(self.span_limit is None or self.span_limit > 0, "span_limit must be above 0, or None")
        require(self.stream_window > 0, "stream_window must be above 0 bytes")
        require(self.max_queued > 0, "max_queued must be above 0")
        for name in ("stall_timeout", "auth_timeout", "close_timeout", "tombstone_timeout"):
            require(getattr(self, name) > 0, f"{name} must be above 0 s")


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """Options of the gateway side of the multiplexed socket, with the real gateway's values if it has any.

    Attributes:
        dialect: Habits to imitate.
        slots: Requests in work at once, by the span rule; None for no limit.
        queue: Requests that wait behind the slots before reading stops (10 in the queue, 1 parked).
        auth_timeout: Seconds for a connection to authenticate. Real gateways have no limit.
        answer_timeout: Seconds between two frames of an answer before `gateway-error` ends it.
        close_timeout: Seconds for the carrier to report that it closed.
        keepalive: When to ping. Real gateways never do.
    """

    dialect: Dialect
    slots: int | None = 16
    queue: int = 11
    auth_timeout: float = 60.0
    answer_timeout: float = 600.0
    close_timeout: float = 15.0
    keepalive: KeepaliveConfig = KeepaliveConfig(interval=60.0, timeout=60.0)

    def __post_init__(self) -> None:
        require(self.slots is None or self.slots > 0, "slots must be above 0, or None")
        require(self.queue > 0, "queue must be above 0")
        for name in ("auth_timeout", "answer_timeout", "close_timeout"):
            require(getattr(self, name) > 0, f"{name} must be above 0 s")


@dataclass(frozen=True, slots=True)
class SenderConfig:
    """Options of the sending side of a bulk socket.

    Attributes:
        barrier_frames: A ping is sent behind every so many frames; its pong confirms them. None for a
            peer whose pongs prove nothing (an export).
        barrier_bytes: Or behind so many bytes, whichever comes first.
        barrier_delay: Or when the last frame has been without one for so many seconds.
        window_barriers: Barriers that may be unanswered before `wants_items` is False.
        lag_frames: Frames in front of a barrier that its pong does not confirm: 0 for gateway 2.x, 11
            for 1.x, whose publisher has ten in a queue and one in its hands.
        progress_timeout: Seconds without any pong while one is due. Pongs of a busy gateway take 7 to
            9 s (2.11.1, 10 000 frames of one triple).
        close_timeout: Seconds for the closing handshake, which the peer answers only after all frames.
    """

    barrier_frames: int | None = 64
    barrier_bytes: int = 256 * 2**10
    barrier_delay: float = 1.0
    window_barriers: int = 4
    lag_frames: int = 0
    progress_timeout: float = 60.0
    close_timeout: float = 60.0

    def __post_init__(self) -> None:
        require(
            self.barrier_frames is None or self.barrier_frames > 0, "barrier_frames must be above 0, or None"
        )
        require(self.lag_frames >= 0, "lag_frames must not be negative")
        for name in (
            "barrier_bytes",
            "barrier_delay",
            "window_barriers",
            "progress_timeout",
            "close_timeout",
        ):
            require(getattr(self, name) > 0, f"{name} must be above 0")


@dataclass(frozen=True, slots=True)
class ReceiverConfig:
    """Options of the receiving side of a bulk socket.

    Attributes:
        window: Bytes that may wait unread before reading pauses.
        close_timeout: Seconds for the carrier to report that it closed.
        keepalive: When to ping.
    """

    window: int = 2 * 2**20
    close_timeout: float = 15.0
    keepalive: KeepaliveConfig = KeepaliveConfig()

    def __post_init__(self) -> None:
        require(self.window > 0, "window must be above 0 bytes")
        require(self.close_timeout > 0, "close_timeout must be above 0 s")
