"""The answer to one call as it comes in: what every driver's stream and plain call is made of."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Generic, cast

from tgproto.catalog.call import Call
from tgproto.catalog.reader import C_co, Reader, Several, T_co
from tgproto.errors import CallCancelled, CallError, DecodeError
from tgproto.session.events import Completed, Failed, Outcome
from tgproto.types.wire import Payload


class Receipt(Generic[C_co, T_co]):
    """Reads an answer chunk by chunk. Frames are decoded when asked for, in the caller's own time.

    Chunks that arrived before a failure are handed out first; only `result` attaches them to the error.

    Args:
        call: What was asked.
    """

    def __init__(self, call: Call[T_co]) -> None:
        self._context = call.context
        self._reader: Reader[C_co, T_co] = call.start(self._context)  # type: ignore[assignment]
        self._payloads: deque[Payload] = deque()
        self._chunks: deque[C_co] = deque()  # of a frame that had several
        self._empty = True
        self._handed_out = False
        self._outcome: Outcome | None = None
        self._error: Exception | None = None  # what is raised at the end, once that is known

    @property
    def complete(self) -> bool:
        """Whether nothing more is to be fed."""
        return self._outcome is not None

    def feed(self, payloads: Sequence[Payload], outcome: Outcome | None) -> None:
        """Take what a session's `take` returned; nothing, once the answer is complete."""
        if self._handed_out:
            self._reader.release()
        if self._outcome is None:
            self._payloads.extend(payloads)
            self._empty = self._empty and not payloads
            self._outcome = outcome

    def abandon(self) -> None:
        """Read no more: an answer that is not complete counts as cancelled."""
        if self._outcome is None:
            self._payloads.clear()
            self._chunks.clear()
            self._outcome = Failed(CallCancelled("the stream was closed before it ended", self._context))

    def next_chunk(self) -> C_co | None:
        """Return the next chunk; None if more must be fed, or if the answer is `complete` and there is none.

        Raises:
            CallError: A frame cannot be read. The answer is complete then, whatever the gateway sends.
        """
        self._handed_out = True
        chunks, payloads = self._chunks, self._payloads
        while True:
            if chunks:
                return chunks.popleft()
            if not payloads:
                return None
            payload = payloads.popleft()
            try:
                chunk = self._reader.read(payload, last=not payloads and isinstance(self._outcome, Completed))
            except CallError as error:
                payloads.clear()
                self._outcome, self._error = Failed(error), error
                raise
            if isinstance(chunk, Several):
                chunks.extend(cast("Several[C_co]", chunk))
            elif chunk is not None:
                return chunk

    def check(self) -> None:
        """Raise what a complete answer failed with; nothing if it did not.

        Raises:
            Exception: The error of the outcome, or what the reader finds missing at the end.
        """
        if self.complete:
            self._check()

    def result(self) -> T_co:
        """Read the rest of a complete answer, and return it as a whole.

        Raises:
            LocalProtocolError: The answer is long, and was not kept because its chunks were taken.
            Exception: The error of the outcome, or of the reader. A `CallError` has what came as `partial`.
        """
        try:
            handed_out = self._handed_out
            while self.next_chunk() is not None:
                pass
            self._handed_out = handed_out
            self._check()
            return self._reader.result()
        except CallError as error:
            if error.partial is None:
                error.partial = self._reader.partial
            raise

    def _check(self) -> None:
        if isinstance(self._outcome, Failed):
            if self._error is None:
                self._error = self._reader.failure(self._outcome.error)
            if self._error is not None:
                raise self._error
        if self._empty:
            raise DecodeError("the answer has no frames", self._context)
        self._reader.check()
