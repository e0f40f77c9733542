"""Calls of the cases of operations, with answers that may be changed before they are read."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tgconformance.model import Layer, Step, StepKind, load_cases
from tgconformance.operations.play import calls
from tgconformance.operations.words import argument, shown
from tgconformance.options import GENERATIONS
from tgproto.catalog.flow_scope import FlowScope
from tgproto.catalog.registry import GROUPS, REGISTRY
from tgproto.catalog.runners import BlockingRunner
from tgproto.catalog.streams import Stream
from tgproto.session.events import Completed, Outcome
from tgproto.session.request import Submission
from tgproto.types.wire import Payload

Frame = dict[str, Any]
"""The `response` of a message."""

CASES = Path(__file__).resolve().parents[2] / "conformance" / "cases"


class AskedOn(Exception):
    """The call wants more answers than the case has: a changed one has led it elsewhere."""


@dataclass(frozen=True)
class Recorded:
    """A call that has a result, and the answers to its requests.

    Attributes:
        name: The case, and the number of the step.
        entry: What is asked for, by its name in `conformance/services.json`.
        generation: `1.x` or `2.x`.
        arguments: Of the call, as the case has them.
        answers: The frames of each answer.
    """

    name: str
    entry: str
    generation: str
    arguments: Mapping[str, Any]
    answers: list[list[Frame]]

    def __str__(self) -> str:
        return self.name

    def replay(self, answers: list[list[Frame]]) -> Any:
        """Make the call, and have it answered; a stream is read to its end."""
        result = self._ask(answers)
        return result.result() if isinstance(result, Stream) else result

    def chunks(self, answers: list[list[Frame]]) -> list[Any]:
        """Make the call, and return what its stream yields; nothing, if it is none."""
        result = self._ask(answers)
        return [*result] if isinstance(result, Stream) else []

    def _ask(self, answers: list[list[Frame]]) -> Any:
        operation = REGISTRY[self.entry]
        more: dict[str, Any] = {"flow": "f"} if issubclass(operation.group, FlowScope) else {}
        carrier = _Carrier(self, answers)
        runner = BlockingRunner(lambda: carrier, streams=lambda: carrier)
        method = getattr(GROUPS[operation.group][0](runner=runner, **more), operation.name)
        return method(**{name: argument(value) for name, value in self.arguments.items()})

    @property
    def result(self) -> Any:
        """What it returns."""
        return self.replay(self.answers)

    @property
    def services(self) -> set[str]:
        """What it asks; errors name one of these."""
        return {self.entry.split()[0], REGISTRY[self.entry].name} | NEIGHBOURS.get(self.entry, set())


NEIGHBOURS = {
    "graph-embeddings": {"embeddings"},
    "document-embeddings": {"embeddings"},
    "row-embeddings": {"embeddings"},
    "objects": {"rows"},
}
"""Services that are asked on the way, or are told the same by another name."""


class _Carrier:
    def __init__(self, call: Recorded, answers: list[list[Frame]]) -> None:
        self._call = call
        self._answers = copy.deepcopy(answers)

    def submit(self, submission: Submission, *, timeout: float | None, total_timeout: float | None) -> int:
        submission.request(GENERATIONS[self._call.generation])
        return 1

    def receive(self, stream_id: int) -> tuple[list[Payload], Outcome | None]:
        if not self._answers:
            raise AskedOn
        return [json.dumps(frame).encode() for frame in self._answers.pop(0)], Completed()

    def cancel(self, stream_id: int) -> None: ...

    def cancel_later(self, stream_id: int) -> None: ...

    def pause(self, seconds: float) -> None: ...


def recorded_calls() -> Iterator[Recorded]:
    """Yield the calls of all cases that have a result, and whose answers are objects."""
    for case in load_cases(CASES):
        if case.layer is Layer.OPERATION:
            for call, following in calls(case):
                steps = [step for step in following if step.arguments.get("over", "socket") == "socket"]
                frames = [step for step in steps if step.kind is StepKind.IN]
                ends_well = bool(steps) and steps[-1].kind is StepKind.RESULT
                if ends_well and frames and all(map(_is_object, frames)):
                    answers: list[list[Frame]] = [[]]
                    for step in frames:
                        answers[-1].append(step.value)  # type: ignore[arg-type]
                        if step.arguments.get("complete", True):
                            answers.append([])
                    yield Recorded(
                        f"{case.id}:{call.number}",
                        str(case.config["operation"]),
                        str(case.config["generation"]),
                        call.value,  # type: ignore[arg-type]
                        [answer for answer in answers if answer],
                    )


def _is_object(step: Step) -> bool:
    return isinstance(step.value, dict) and "@bytes" not in step.value


# --- places in answers ------------------------------------------------------------------------------

Place = tuple[int | str, ...]
"""Where an object is: numbers of answer and frame, then names and indexes; `JSON` leads into a text."""

JSON = "<json>"


def objects(value: Any, path: Place = ()) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Yield every object in a value, and where it is; those in texts that are JSON, too."""
    if isinstance(value, dict):
        yield path, value
        for name, item in value.items():
            yield from objects(item, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from objects(item, (*path, index))
    elif isinstance(value, str) and value.startswith("{"):
        try:
            inner = json.loads(value)
        except ValueError:
            return
        yield from objects(inner, (*path, JSON))


def changed(value: Any, path: Place, change: Callable[[dict[str, Any]], object]) -> Any:
    """Return a copy of a value in which an object is changed."""
    if not path:
        value = copy.deepcopy(value)
        change(value)
        return value
    step, *rest = path
    if step == JSON and isinstance(value, str):
        return json.dumps(changed(json.loads(value), tuple(rest), change))
    value = copy.copy(value)
    value[step] = changed(value[step], tuple(rest), change)
    return value


def shows(result: Any) -> str:
    """Return a result as text."""
    return json.dumps(shown(result), sort_keys=True)
