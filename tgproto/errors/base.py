"""The base of all exceptions, and those for a mistake of the caller."""

from __future__ import annotations


class TrustGraphError(Exception):
    """Base of every exception that this project raises on purpose."""


class LocalProtocolError(TrustGraphError):
    """The caller asked for something that is not allowed now, or not allowed at all.

    Nothing was sent and no state changed.
    """


class CoreFileError(TrustGraphError, ValueError):
    """A file is not one of a knowledge core, or is not complete."""


class StreamingUnavailable(LocalProtocolError, NotImplementedError):
    """A stream was asked for where answers cannot come in pieces: over REST."""


class NotOffered(LocalProtocolError, NotImplementedError):
    """The gateway does not have the operation, as its release is known not to have it."""


class NoSuchStream(LocalProtocolError):
    """There is no stream of this id: it was cancelled, or its outcome was taken.

    Attributes:
        stream_id: The id.
    """

    def __init__(self, stream_id: int) -> None:
        self.stream_id = stream_id
        super().__init__(stream_id)

    def __str__(self) -> str:
        return f"there is no stream {self.stream_id}: it was cancelled, or its outcome was taken"


class StreamInUse(LocalProtocolError):
    """Somebody else is reading the stream, and goes on."""
