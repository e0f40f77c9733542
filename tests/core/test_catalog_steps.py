"""One step of a procedure: the call goes out, its result or error comes in."""

from __future__ import annotations

import pytest

from tgproto.catalog.call import Call, StreamCall
from tgproto.catalog.steps import (
    Here,
    Opened,
    Pause,
    Steps,
    Taken,
    Tell,
    Together,
    Work,
    machine,
    opened,
    pause,
    step,
    taken,
    tell,
    together,
    worked,
)
from tgproto.catalog.text import TextReader
from tgproto.types import TextCompletion

FIRST = Call(service="first", arguments={}, start=TextReader)
SECOND = Call(service="second", arguments={}, start=TextReader)


def procedure() -> Steps[str]:
    first = yield from step(FIRST)
    try:
        second = yield from step(SECOND)
    except KeyError:
        second = TextCompletion("instead")
    return first + second


def test_results_come_in() -> None:
    steps = procedure()
    assert next(steps) is FIRST
    assert steps.send(TextCompletion("a")) is SECOND
    with pytest.raises(StopIteration) as done:
        steps.send(TextCompletion("b"))
    assert done.value.value == "ab"


def test_errors_come_in_where_it_waits() -> None:
    steps = procedure()
    next(steps)
    steps.send(TextCompletion("a"))
    with pytest.raises(StopIteration) as done:
        steps.throw(KeyError())
    assert done.value.value == "ainstead"
    steps = procedure()
    next(steps)
    with pytest.raises(KeyError):
        steps.throw(KeyError())


class Flow:
    def cancel(self) -> None: ...


STREAM, STREAMED = Flow(), StreamCall(service="s", arguments={}, start=TextReader, streaming=True)


@pytest.mark.parametrize(
    ("make", "asked", "result"),
    [
        (lambda: together([FIRST, SECOND]), Together([FIRST, SECOND]), ["a", "b"]),
        (lambda: opened(STREAMED), Opened(STREAMED), STREAM),
        (lambda: taken(STREAM), Taken(STREAM), None),
        (lambda: worked(bool), Work(bool), False),
        (lambda: pause(0.5), Pause(0.5), None),
        (lambda: tell("x"), Tell("x"), None),
        (machine, Here(), "a machine"),
    ],
)
def test_a_step_asks_and_returns_what_comes_of_it(make: object, asked: object, result: object) -> None:
    steps = make()  # type: ignore[operator]
    assert next(steps) == asked
    with pytest.raises(StopIteration) as done:
        steps.send(result)
    assert done.value.value == result
