"""Procedures that say something on their way, in both colours."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from tests.core.carriers import drive, turn
from tgproto.catalog.progress import AsyncProgress, Progress
from tgproto.catalog.steps import Pause, Step, Steps, Telling, pause, tell
from tgproto.errors import CallCancelled, StreamInUse

Both = Callable[["Procedure"], "Face"]


class Procedure:
    """Says 1 and 2 with a pause in front of each, unless that goes wrong; it knows how it ended."""

    def __init__(self, *errors: BaseException | None) -> None:
        self.errors = list(errors)
        self.paused: list[float] = []
        self.closed = False

    def steps(self) -> Steps[str]:
        try:
            for number in (1, 2):
                try:
                    yield from pause(float(number))
                except ValueError as error:
                    yield from tell(str(error))
                yield from tell(number)
            return "all"
        finally:
            self.closed = True

    def carry_out(self, step: Step) -> object:
        assert isinstance(step, Pause)
        self.paused.append(step.seconds)
        error = self.errors.pop(0) if self.errors else None
        if error is not None:
            raise error
        return None


class Face:
    """One face for both colours: nothing of the other one is ever waiting."""

    def __init__(self, progress: Progress[Any, str] | AsyncProgress[Any, str]) -> None:
        self.progress = progress

    def take(self, count: int | None = None) -> list[Any]:
        taken: list[Any] = []

        async def take() -> None:
            assert isinstance(self.progress, AsyncProgress)
            async for chunk in self.progress:
                taken.append(chunk)
                if len(taken) == count:
                    return

        if isinstance(self.progress, AsyncProgress):
            drive(take())
            return taken
        for chunk in self.progress:
            taken.append(chunk)
            if len(taken) == count:
                break
        return taken

    def result(self) -> str:
        if isinstance(self.progress, AsyncProgress):
            return drive(self.progress.result())
        return self.progress.result()

    def close(self) -> None:
        if isinstance(self.progress, AsyncProgress):
            drive(self.progress.aclose())
        else:
            self.progress.close()

    def in_block(self) -> list[Any]:
        async def take() -> list[Any]:
            assert isinstance(self.progress, AsyncProgress)
            async with self.progress as entered:
                assert entered is self.progress
                return [await anext(entered)]

        if isinstance(self.progress, AsyncProgress):
            return drive(take())
        with self.progress as entered:
            assert entered is self.progress
            return [next(entered)]


def blocking(procedure: Procedure) -> Face:
    return Face(Progress(procedure.steps(), procedure.carry_out))


def awaited(procedure: Procedure) -> Face:
    async def carry_out(step: Step) -> object:
        await turn()
        return procedure.carry_out(step)

    return Face(AsyncProgress(procedure.steps(), carry_out))


both = pytest.mark.parametrize("made", [blocking, awaited])


@both
def test_all_is_said_and_then_it_is_over(made: Both) -> None:
    procedure = Procedure()
    face = made(procedure)
    assert procedure.paused == []
    assert face.take() == [1, 2]
    assert procedure.paused == [1.0, 2.0]
    assert (face.take(), face.result()) == ([], "all")
    face.close()


@both
def test_the_result_is_there_for_those_who_do_not_listen(made: Both) -> None:
    procedure = Procedure()
    face = made(procedure)
    assert face.take(1) == [1]
    assert procedure.paused == [1.0]
    assert face.result() == face.result() == "all"


@both
def test_leaving_the_block_ends_it(made: Both) -> None:
    procedure = Procedure()
    face = made(procedure)
    assert face.in_block() == [1]
    assert procedure.closed
    assert face.take() == []
    face.close()
    with pytest.raises(CallCancelled):
        face.result()


@both
def test_what_never_began_is_closed(made: Both) -> None:
    procedure = Procedure()
    face = made(procedure)
    face.close()
    assert face.take() == []
    assert procedure.paused == []


@both
def test_an_error_that_the_procedure_knows(made: Both) -> None:
    assert made(Procedure(None, ValueError("late"))).take() == [1, "late", 2]


@both
@pytest.mark.parametrize("error", [OSError("broken"), KeyboardInterrupt(), GeneratorExit()])
def test_an_error_that_it_does_not_know_ends_it(made: Both, error: BaseException) -> None:
    procedure = Procedure(None, error)
    face = made(procedure)
    assert face.take(1) == [1]
    with pytest.raises(type(error)) as caught:
        face.take()
    assert caught.value is error
    assert procedure.closed
    assert face.take() == []
    with pytest.raises(CallCancelled):
        face.result()


def test_one_reader_at_a_time() -> None:
    faces: list[Progress[Any, str]] = []

    def carry_out(step: Step) -> object:
        faces[0].close()  # nothing happens: somebody reads
        with pytest.raises(StreamInUse):
            next(faces[0])
        return None

    procedure = Procedure()
    faces.append(Progress(procedure.steps(), carry_out))
    assert list(faces[0]) == [1, 2]


def test_one_awaited_reader_at_a_time() -> None:
    procedure = Procedure()

    async def carry_out(step: Step) -> object:
        await turn()
        return procedure.carry_out(step)

    progress: AsyncProgress[int, str] = AsyncProgress(procedure.steps(), carry_out)

    async def first() -> int:
        return await anext(progress)

    waiting: Coroutine[Any, Any, int] = first()
    waiting.send(None)
    with pytest.raises(StreamInUse):
        drive(first())
    assert drive(waiting) == 1
    assert drive(progress.result()) == "all"


def test_a_procedure_as_data() -> None:
    procedure = Procedure()
    telling: Telling[int, str] = Telling(procedure.steps)
    assert isinstance(next(telling.begin()), Pause)
