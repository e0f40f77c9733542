"""Errors of bulk imports and exports: how far they came."""

from __future__ import annotations

from tgproto.errors.base import TrustGraphError
from tgproto.errors.calls import TransportError


class BulkInterrupted(TransportError):
    """An import or export ended before its time."""


class ImportInterrupted(BulkInterrupted):
    """An import ended before everything was confirmed. What was confirmed is safe; the rest may be or not.

    Attributes:
        offset: Items of the source, from its first one on, that need not be sent again: go on behind them.
            Every one of them is confirmed, or was left out.
        sent: Items that were sent.
        confirmed: Items that the gateway has certainly handled. With several connections, some of them may be
            behind `offset`.
        batches: Messages that were sent, each once.
        reconnects: How often a connection was replaced.
        resent: Items that were sent again after a loss, and may have been handled twice.
        elapsed: Seconds since the import began.
    """

    offset = sent = confirmed = batches = reconnects = resent = 0
    elapsed = 0.0
    default_hint = "Go on with the items from offset on; some of the first ones may arrive twice"

    @property
    def unconfirmed(self) -> int:
        """Items that were sent, of which nothing is known."""
        return self.sent - self.confirmed

    def __str__(self) -> str:
        counts = f"{self.confirmed} of {self.sent} items sent are confirmed, offset {self.offset}"
        return f"{super().__str__()} ({counts})"


class ImportRefused(ImportInterrupted):
    """The gateway opened the socket of an import and closed it without a word: nothing was confirmed."""

    default_hint = (
        "Check the id of the flow, that the flow has an interface for this kind of data, and the workspace; "
        "gateways also close on data that they cannot read"
    )


class ExportInterrupted(BulkInterrupted):
    """An export ended, and not by this side's wish. What passed through the flow since then is missing."""

    default_hint = "Open another one; what the flow handles meanwhile is missed. Pass on_gap= to have it done"


class ExportRefused(ExportInterrupted):
    """The gateway opened the socket of an export and closed it at once, without a word."""

    default_hint = (
        "Check the id of the flow, that the flow has an interface for this kind of data, and the workspace"
    )


class InvalidItem(TrustGraphError, ValueError):
    """An item of an import cannot be sent, because the gateway would refuse it, or store something else.

    Attributes:
        position: Which one of the source, counted from 0.
        reason: What is wrong with it.
        result: What came of the items before it, all of which were sent; None while that is not known.
    """

    def __init__(self, position: int, reason: str) -> None:
        self.position = position
        self.reason = reason
        self.result: object = None
        super().__init__(position, reason)

    def __str__(self) -> str:
        return f"item {self.position}: {self.reason}"
