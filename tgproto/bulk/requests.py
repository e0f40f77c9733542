"""What a bulk client is asked, and what it reports.

Everything else about imports and exports is their caller's affair. A driver carries these like any request:
it is handed submissions, and hands back payloads.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import msgspec

from tgproto.dialect import Dialect, Tenancy, rows_or_objects
from tgproto.errors import CallContext, LocalProtocolError
from tgproto.session.request import Request

ROWS = "rows"
"""The kind of data that has another name before 2.0.11."""


MOST_CONNECTIONS = 64
"""Sockets of one import, at most: each takes memory on both sides."""


class Confirm(enum.Enum):
    """What counts as the gateway's word for having handled something."""

    PING = "ping"
    """The answer to a ping behind it."""
    CLOSE = "close"
    """The answer to the closing handshake behind everything."""
    NOTHING = "nothing"
    """Nothing does: everything stays unconfirmed."""


@dataclass(frozen=True, slots=True)
class _Socket:
    """A bulk socket of a flow.

    Attributes:
        kind: Which data.
        flow: Id of the flow.
        workspace: Workspace of the flow, or None for the caller's default.
    """

    way: ClassVar[str]
    """`import` or `export`, as in the path."""

    kind: str
    flow: str
    workspace: str | None = None

    @property
    def service(self) -> str:
        """What errors call it."""
        return f"{self.way} of {self.kind}"

    @property
    def public(self) -> bool:
        """Whether anybody may ask: never."""
        return False

    @property
    def context(self) -> CallContext:
        """What errors say about it."""
        return CallContext(self.service, self.flow, self.workspace)

    def request(self, dialect: Dialect) -> Request:
        """Return what has to be known of a gateway before the socket is opened, as if it were a request.

        Raises:
            LocalProtocolError: The gateway has no workspaces, and one is given; or a URL cannot carry the id
                of the flow.
        """
        if self.workspace is not None and dialect.tenancy is Tenancy.USER:
            raise LocalProtocolError(
                f"{self.service}: this gateway ({dialect.name}) has users, not workspaces; pass user="
            )
        if "/" in self.flow or self.flow in (".", ".."):
            raise LocalProtocolError(
                f"{self.service}: the flow id {self.flow!r} cannot be addressed in the URL of a socket"
            )
        return Request(self.service, b"{}", self.flow, self.workspace)

    def path(self, dialect: Dialect) -> str:
        """Return the end of the socket's path, behind the flow."""
        return f"{self.way}/{rows_or_objects(dialect) if self.kind == ROWS else self.kind}"


@dataclass(frozen=True, slots=True)
class OpenImport(_Socket):
    """Open the socket of an import. The messages follow, in `SendFrames`, as there is room.

    Attributes:
        confirm: What counts as a confirmation.
        resume: Whether to reconnect after a loss, and to send again what is not confirmed. That needs
            `Confirm.PING`.
        connections: How many sockets the messages are divided among, from 1 to `MOST_CONNECTIONS`.

    Raises:
        ValueError: There cannot be so many connections.
    """

    way = "import"

    confirm: Confirm = Confirm.PING
    resume: bool = True
    connections: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.connections <= MOST_CONNECTIONS:
            raise ValueError(f"connections must be from 1 to {MOST_CONNECTIONS}")


@dataclass(frozen=True, slots=True)
class OpenExport(_Socket):
    """Open the socket of an export.

    Attributes:
        idle_timeout: Seconds without a message, once it is open, after which it is complete; None for never.
        resume: Whether to reconnect after a loss. The report says where something may be missing.
    """

    way = "export"

    idle_timeout: float | None = None
    resume: bool = False


@dataclass(frozen=True, slots=True)
class SendFrames:
    """Send messages on the socket of an import.

    Attributes:
        stream_id: The import.
        frames: The messages, and how many items each holds.
        last: Whether these are the last ones.
    """

    stream_id: int
    frames: Sequence[tuple[bytes, int]] = ()
    last: bool = False
    service: str = "import"
    flow: str | None = None

    @property
    def public(self) -> bool:
        """Whether anybody may ask: never."""
        return False

    def request(self, dialect: Dialect) -> Request:
        """Refuse: it goes to the socket of an import.

        Raises:
            LocalProtocolError: Always.
        """
        raise LocalProtocolError(f"messages of an import ({dialect.name}) go to a bulk client")


class Report(msgspec.Struct, omit_defaults=True):
    """How an import or export stands: the first payload of each `take`. An export's messages follow it.

    Attributes:
        dialect: The gateway's habits, once they are known, in the first report.
        room: Import: whether more messages may be sent now.
        sent: Import: items sent.
        confirmed: Import: items that are certainly handled.
        offset: Import: items, from the first one on, that are all certainly handled.
        batches: Import: messages sent, each once.
        reconnects: How often a connection was replaced.
        resent: Import: items sent again after a loss.
        elapsed: Seconds since it began.
        opened: Export: whether the socket is open, or was once.
        gaps: Export: in front of which of the messages that follow something may be missing, and why.
    """

    dialect: Dialect | None = None
    room: bool = False
    sent: int = 0
    confirmed: int = 0
    offset: int = 0
    batches: int = 0
    reconnects: int = 0
    resent: int = 0
    elapsed: float = 0.0
    opened: bool = False
    gaps: list[tuple[int, str]] = []


encode_report = msgspec.json.Encoder().encode
decode_report = msgspec.json.Decoder(Report).decode
