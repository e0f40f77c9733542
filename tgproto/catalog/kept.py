"""What readers keep for the result, though somebody may have taken it already, chunk by chunk."""

from __future__ import annotations

from typing import Final, Generic, TypeVar

from tgproto.errors import CallContext, LocalProtocolError

MAX_KEPT: Final = 2**18
"""How much of an answer is kept though somebody has it already: characters of text, bytes of what is none."""

P = TypeVar("P")


class Kept(Generic[P]):
    """Parts of an answer. Too many of them are let go once somebody has them, with all that come after.

    Whoever asks for the result alone releases nothing, and gets it whatever its length.

    Args:
        context: Which call it is, for errors.
        limit: How much is kept in any case, in the unit of the sizes.
        reason: What to tell those who want the whole after that: what is not kept, and what to do instead.

    Attributes:
        complete: Whether nothing was let go.
    """

    def __init__(self, context: CallContext, limit: int, reason: str) -> None:
        self._context = context
        self._limit = limit
        self._reason = reason
        self._parts: list[P] = []
        self._size = 0
        self.complete = True

    def add(self, part: P, size: int = 1) -> None:
        """Keep another part, if none was let go.

        Args:
            part: The part.
            size: How much of the limit it takes.
        """
        if self.complete:
            self._parts.append(part)
            self._size += size

    def release(self) -> None:
        """Let the parts go if they are too many: somebody has them; see `Reader.release`."""
        if self._size > self._limit:
            self.complete = False
            self._parts = []  # an error may have the old list

    @property
    def partial(self) -> list[P]:
        """The parts so far; none, if they were let go."""
        return self._parts

    def whole(self) -> list[P]:
        """Return all parts.

        Raises:
            LocalProtocolError: They were let go.
        """
        if not self.complete:
            raise LocalProtocolError(f"{self._context}: {self._reason}")
        return self._parts
