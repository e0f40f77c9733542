"""What a driver drives, whatever it is: what it reports, and what it is told to do.

`tgproto.client` (the multiplexed socket), `tgproto.rest` (HTTP) and `tgproto.bulk` (imports and exports) are
driven in the same way, so a driver is written once for all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeAlias

import msgspec

from tgproto.closing import CloseCause, DialFault
from tgproto.secrets import Secret
from tgproto.session.events import (
    Authenticated,
    AuthenticationFailed,
    CredentialWanted,
    Outcome,
    Payload,
    StreamReadable,
    UnmatchedMessage,
)
from tgproto.session.request import Submission


@dataclass(frozen=True, slots=True)
class Dial:
    """Open a transport, then call `dialed`, or `connection_lost` if it cannot be opened.

    Attributes:
        key: Names the connection.
    """

    key: int


@dataclass(frozen=True, slots=True)
class Lost:
    """A connection ended, or could not be made. For a log: whoever is concerned is told otherwise.

    Attributes:
        key: Names the connection.
        cause: Why.
        retry_at: When another one is opened in its place, in the seconds of `now`; None if none is.
    """

    key: int
    cause: CloseCause
    retry_at: float | None


class Transfer(msgspec.Struct, frozen=True, gc=False):
    """What to do for one connection's transport. While it is not up, only `closed` matters.

    Attributes:
        key: Names the connection.
        data: What to write, possibly nothing.
        wants_read: Whether to read from it.
        closed: Whether it is over: close the transport, or stop opening it, after writing `data`.
    """

    key: int
    data: bytes
    wants_read: bool
    closed: bool


Notice: TypeAlias = (
    Dial | Lost | StreamReadable | Authenticated | AuthenticationFailed | CredentialWanted | UnmatchedMessage
)
"""What a driver has to do (`Dial`), to ask its owner for (`CredentialWanted`, if it can), to wake
(`StreamReadable`), or may log (all others)."""


class Driven(Protocol):
    """Requests in, transports to be served out.

    Not thread-safe; no method blocks. After any call, the driver drains `next_notice` and `next_transfer`
    until `has_work` is False, and arms its timer at `next_deadline`.
    """

    @property
    def closing(self) -> bool:
        """Whether `close` was called."""
        ...

    @property
    def has_work(self) -> bool:
        """Whether `next_transfer` or `next_notice` may have something; if not, there is nothing to serve."""
        ...

    def submit(
        self,
        submission: Submission,
        *,
        now: float,
        timeout: float | None = 60.0,
        total_timeout: float | None = None,
    ) -> int:
        """Ask for something, and return the id of the stream of its answer."""
        ...

    def take(self, stream_id: int, *, now: float) -> tuple[list[Payload], Outcome | None]:
        """Take what a stream has received, possibly nothing; with the outcome it is forgotten."""
        ...

    def cancel(self, stream_id: int, *, now: float) -> None:
        """Forget a stream. Harmless if it is over."""
        ...

    def authenticate(self, token: Secret, *, now: float, lifetime: float | None = None) -> None:
        """Use another token from now on; the answer to `CredentialWanted`.

        Args:
            token: The token.
            now: Current time in seconds.
            lifetime: Seconds for which it holds; None if that is not known.

        Raises:
            LocalProtocolError: It cannot be sent. Nothing has changed.
        """
        ...

    def deny(self, reason: str, *, now: float) -> None:
        """There is no token, for now; the other answer to `CredentialWanted`. Calls that need one fail.

        Args:
            reason: Why, for a person.
            now: Current time in seconds.
        """
        ...

    def close(self, *, now: float) -> None:
        """Close every connection. Idempotent."""
        ...

    def next_notice(self) -> Notice | None:
        """Return what to do or to tell next, or None."""
        ...

    def next_transfer(self, *, now: float) -> Transfer | None:
        """Return what to do for one of the connections that changed since they were served, or None."""
        ...

    def dialed(self, key: int, *, now: float) -> None:
        """The transport of a connection is up."""
        ...

    def connection_lost(self, key: int, detail: str, fault: DialFault | None = None, *, now: float) -> None:
        """A transport failed, or could not be opened.

        Args:
            key: Names the connection.
            detail: What happened, for a person.
            fault: Why it could not be opened, if that is known. A peer may also say so when it seems to be
                up; then nothing has reached the gateway. `TLS_ENDED` is only a guess then: a gateway that
                was reached before may have got what was sent.
            now: Current time in seconds.
        """
        ...

    def break_off(self, key: int, *, now: float) -> None:
        """Give a connection up because the driver was interrupted halfway, and may have lost bytes."""
        ...

    def receive_data(self, key: int, data: bytes, *, now: float) -> None:
        """Bytes were read from a transport."""
        ...

    def receive_eof(self, key: int, *, now: float) -> None:
        """A peer will send no more."""
        ...

    def next_deadline(self) -> float | None:
        """Return when to call `handle_timeout`, in the seconds of `now`; None for never."""
        ...

    def handle_timeout(self, *, now: float) -> None:
        """Do what is due, if anything."""
        ...
