"""The options of a REST client: unit, default and reason of each."""

from __future__ import annotations

from dataclasses import dataclass, field

from tgproto.dialect import Dialect
from tgproto.link.http_types import HttpConfig, HttpRequest
from tgproto.rest.manners import GATEWAY, Manners
from tgproto.secrets import NO_TOKEN, Secret
from tgproto.session.config import require
from tgproto.session.reconnect import ReconnectConfig


@dataclass(frozen=True, slots=True)
class RestOptions:
    """Options of a REST client.

    Attributes:
        host: Value of the `Host` header: name, and port if it is not the default one.
        path: Path in front of `api/v1`, percent-encoded, beginning and ending with a slash.
        token: Credential; empty asks for anonymous access; None if there is none yet, so that the owner is
            asked for one before anything else.
        dialect: The gateway's habits, or None to find out by asking who the caller is.
        http: Limits of each connection.
        reconnect: When to try again.
        max_connections: Connections at once; each carries one request.
        max_queued: Requests that may wait for a connection.
        stream_window: Bytes of an answer in pieces that may wait unread before its connection is not read.
        connect_timeout: Seconds for a transport, TLS included, to be up.
        idle_timeout: Seconds for which an unused connection is kept. Below the 75 s after which gateways
            close one, so that no request meets a connection that is just closed.
        renewable: Whether the owner can supply a new token when asked by `CredentialWanted`.
        auth_timeout: Seconds for the owner to supply one.
        progress_timeout: Longest time in seconds without an event in an answer that is a stream of events,
            from the request on, whatever else comes; None for no limit.
        manners: How this kind of service is talked to.

    Raises:
        ValueError: A number is out of its range, or the path does not begin and end with a slash.
        LocalProtocolError: HTTP does not allow the host, the path, or a header field.
    """

    host: str
    path: str = "/"
    token: Secret | None = field(default=NO_TOKEN)
    dialect: Dialect | None = None
    http: HttpConfig = field(default_factory=HttpConfig)
    reconnect: ReconnectConfig = field(default_factory=ReconnectConfig)
    max_connections: int = 16
    max_queued: int = 10_000
    stream_window: int = 2 * 2**20
    connect_timeout: float = 10.0
    idle_timeout: float = 60.0
    renewable: bool = False
    auth_timeout: float = 20.0
    progress_timeout: float | None = None
    manners: Manners = GATEWAY

    @property
    def secret(self) -> Secret:
        """The token, or an empty one if there is none yet."""
        return NO_TOKEN if self.token is None else self.token

    def __post_init__(self) -> None:
        require(self.token is not None or self.renewable, "without a token, it must be renewable")
        require(self.path[:1] == self.path[-1:] == "/", "path must begin and end with a slash")
        manners = self.manners
        shown = (*manners.headers, (manners.token_header, f"{manners.token_prefix}x"))
        HttpRequest("POST", self.path, self.host, shown)  # or else the first request would find it out
        require(self.max_connections > 0, "max_connections must be above 0")
        require(self.max_queued > 0, "max_queued must be above 0")
        require(self.stream_window > 0, "stream_window must be above 0 bytes")
        require(self.connect_timeout > 0, "connect_timeout must be above 0 s")
        require(self.idle_timeout > 0, "idle_timeout must be above 0 s")
        require(self.auth_timeout > 0, "auth_timeout must be above 0 s")
        progress = self.progress_timeout
        require(progress is None or progress > 0, "progress_timeout must be above 0 s; None is for no limit")
