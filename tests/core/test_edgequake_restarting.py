"""Streams that begin anew when they broke."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from tgproto.catalog.call import Call
from tgproto.catalog.steps import Opened, Steps, Taken, Tell
from tgproto.edgequake.answers import query_answer
from tgproto.edgequake.chunks import Chunk, piece
from tgproto.edgequake.restarting import restarting
from tgproto.edgequake.scopes import EdgequakeCalls
from tgproto.errors import DecodeError, RequestTimeout, TransportError
from tgproto.web.errors import IncompleteStreamError, StreamError

STREAM, WHOLE = EdgequakeCalls().query.stream("Why?"), EdgequakeCalls().query.execute("Why?")
LOST = IncompleteStreamError("it broke off")
DONE = Chunk(type="done")


class Flow:
    """A stream that yields what it is told, and then ends, or raises an error."""

    def __init__(self, *what: Any) -> None:
        self.what = list(what)
        self.cancelled = False

    def next(self) -> Chunk | None:
        if not self.what:
            return None
        found = self.what.pop(0)
        if isinstance(found, Exception):
            raise found
        return found  # type: ignore[no-any-return]

    def cancel(self) -> None:
        self.cancelled = True


def play(steps: Steps[Chunk], flows: Sequence[Flow], whole: Any = None) -> tuple[list[Chunk], Chunk]:
    """Carry the steps out; return what was told, and the result."""
    told: list[Chunk] = []
    waiting = list(flows)
    came: Any = None
    error: Exception | None = None
    while True:
        try:
            step = steps.send(came) if error is None else steps.throw(error)
        except StopIteration as done:
            assert all(flow.cancelled for flow in flows)
            return told, done.value
        came = error = None
        match step:
            case Opened(call):
                assert call is STREAM
                came = waiting.pop(0)
            case Taken(stream):
                try:
                    came = stream.next()  # type: ignore[attr-defined]
                except Exception as caught:  # noqa: BLE001
                    error = caught
            case Tell(chunk):
                told.append(chunk)
            case Call():
                assert step is WHOLE
                came = whole
            case _:
                raise AssertionError(step)


def kinds(told: list[Chunk]) -> list[str]:
    return [chunk.text or chunk.type for chunk in told]


def test_a_good_stream_is_handed_on() -> None:
    told, last = play(restarting(STREAM, 1, None), [Flow(piece("a"), DONE)])
    assert kinds(told) == ["a", "done"]
    assert last is DONE


def test_an_empty_stream_ends() -> None:
    assert play(restarting(STREAM, 0, None), [Flow()]) == ([], {"type": "done"})


@pytest.mark.parametrize("error", [LOST, RequestTimeout("timeout", 5), StreamError("no", None)])
def test_what_was_handed_out_is_void(error: Exception) -> None:
    flows = [Flow(piece("a"), error), Flow(piece("b"), DONE)]
    told, _ = play(restarting(STREAM, 1, None), flows)
    assert kinds(told) == ["a", "restarted", "b", "done"]
    assert told[1]["message"]


def test_nothing_is_void_if_nothing_was_handed_out() -> None:
    flows = [Flow(TransportError("refused")), Flow(piece("b"), DONE)]
    assert kinds(play(restarting(STREAM, 1, None), flows)[0]) == ["b", "done"]


@pytest.mark.parametrize("restarts", [0, 2])
def test_it_ends_at_some_time(restarts: int) -> None:
    flows = [Flow(piece("a"), LOST) for _ in range(restarts + 1)]
    with pytest.raises(IncompleteStreamError):
        play(restarting(STREAM, restarts, None), flows)
    assert all(flow.cancelled for flow in flows)


def test_other_failures_are_final() -> None:
    flow = Flow(piece("a"), DecodeError("what?"))
    with pytest.raises(DecodeError):
        play(restarting(STREAM, 5, WHOLE), [flow])
    assert flow.cancelled


def test_a_whole_answer_is_the_last_resort() -> None:
    flows = [Flow(piece("a"), LOST), Flow(LOST)]
    answer = query_answer({"stats": {"n": 1}}, "Because.")
    told, last = play(restarting(STREAM, 1, WHOLE), flows, answer)
    assert kinds(told) == ["a", "restarted", "Because.", "done"]
    assert last.stats == {"n": 1}


def test_whoever_leaves_cancels_the_stream() -> None:
    flow, steps = Flow(piece("a")), restarting(STREAM, 1, WHOLE)
    assert next(steps) == Opened(STREAM)
    steps.send(flow)  # type: ignore[arg-type]
    steps.close()
    assert flow.cancelled
