"""Streams that begin anew when they broke: what was handed out before is void, and whoever has it is told."""

from __future__ import annotations

from typing import Final

from tgproto.catalog.call import Call, StreamCall
from tgproto.catalog.steps import Steps, opened, step, taken, tell
from tgproto.edgequake.answers import QueryAnswer
from tgproto.edgequake.chunks import Chunk, piece
from tgproto.errors import RequestTimeout, TransportError
from tgproto.web.errors import StreamError

RESTARTED: Final = "restarted"
"""Type of the chunk that says that all chunks before it are void."""


def restarting(
    call: StreamCall[Chunk, QueryAnswer], restarts: int, whole: Call[QueryAnswer] | None
) -> Steps[Chunk]:
    """Read a stream, and begin anew when it breaks.

    Args:
        call: Starts the stream.
        restarts: How often to begin anew.
        whole: Asks for the whole answer, after that; None for not at all.

    Returns:
        The last chunk.

    Raises:
        CallError: It broke too often, or failed in another way.
    """
    last = Chunk(type="done")
    for left in range(restarts, -1, -1):
        stream, told = (yield from opened(call)), False
        try:
            while (chunk := (yield from taken(stream))) is not None:
                yield from tell(chunk)
                last, told = chunk, True
            return last
        except (TransportError, RequestTimeout, StreamError) as error:
            if not left and whole is None:
                raise
            if told:
                yield from tell(Chunk(type=RESTARTED, message=error.message))
        finally:
            stream.cancel()
    assert whole is not None
    answer = yield from step(whole)
    yield from tell(piece(answer.text))
    last = Chunk({**answer, "type": "done"})
    yield from tell(last)
    return last
