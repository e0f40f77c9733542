"""Plays a case of the layer `operation`, over each transport and in each colour that it has.

A step `call` calls the operation. What follows it is in order: what the gateway gets (`out`), what it says
(`in`), the chunks that the caller takes (`chunks`), and how the call ends (`result` or `raises`).
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from typing import Any, Final, cast

from tgconformance.match import Mismatch, match, show
from tgconformance.members import JSON, CaseError, JSONObject, Members
from tgconformance.model import Case, Step, StepKind, Verdict
from tgconformance.operations.wire import WIRES, Later, Script, Wire, finished
from tgconformance.operations.words import argument, shown
from tgconformance.options import GENERATIONS
from tgproto.catalog.flow_scope import FlowScope
from tgproto.catalog.registry import GROUPS, REGISTRY, Operation
from tgproto.catalog.runners import AwaitedRunner, BlockingRunner
from tgproto.catalog.streams import AsyncStream, Stream
from tgproto.dialect import Dialect
from tgproto.errors import (
    CallError,
    DecodeError,
    LocalProtocolError,
    NotOffered,
    ServiceError,
    SilentFailure,
    StreamingUnavailable,
)

FLOW: Final = "a-flow"
"""The flow of every flow service in the cases."""

COLOURS: Final = ("blocking", "awaited")


def play_operation(case: Case) -> list[Verdict]:
    """Play a case over each transport, in each colour.

    Args:
        case: A case of the layer `operation`.

    Returns:
        A verdict for each way.

    Raises:
        CaseError: The case itself is wrong.
    """
    config = Members(case.config, "config")
    entry, generation = config.text("operation"), config.text("generation")
    transports = config.texts("transports") if config.has("transports") else ("rest", "socket")
    config.finish()
    if entry not in REGISTRY:
        raise CaseError(f"{case.id}: there is no operation {entry!r}")
    operation, dialect = REGISTRY[entry], GENERATIONS[generation]
    return [
        Verdict(case.id, f"{transport}, {colour}", _verdict(case, operation, dialect, transport, colour))
        for transport in transports
        for colour in COLOURS
    ]


def _verdict(case: Case, operation: Operation, dialect: Dialect, transport: str, colour: str) -> str | None:
    """Play every call of a case, and say what was wrong, or None."""
    for call, steps in calls(case):
        script = Script(steps, transport)
        if script.next is None:
            continue  # it is meant for the other transport
        try:
            _play(
                call, script, _method(operation, WIRES[transport](script, dialect, FLOW), transport, colour)
            )
        except Mismatch as mismatch:
            return f"{call}: {mismatch}"
        except CaseError as error:
            raise CaseError(f"{case.id}: {call}: {error}") from None
        except Exception as error:  # noqa: BLE001  # whatever the core raises beside what is expected is its failure
            return f"{call}: {type(error).__name__}: {error}"
    return None


def calls(case: Case) -> Iterator[tuple[Step, list[Step]]]:
    """Yield each call, with the steps behind it.

    Args:
        case: A case of the layer `operation`.

    Raises:
        CaseError: It does not begin with a call.
    """
    if not case.steps or case.steps[0].kind is not StepKind.CALL:
        raise CaseError(f"{case.id}: the first step must be a call")
    starts = [at for at, step in enumerate(case.steps) if step.kind is StepKind.CALL]
    for at, end in zip(starts, [*starts[1:], len(case.steps)], strict=True):
        yield case.steps[at], list(case.steps[at + 1 : end])


def _method(operation: Operation, wire: Wire, transport: str, colour: str) -> Callable[..., Any]:
    """Return the operation, bound to what carries it; awaited results are waited for here."""
    blocking, awaited = GROUPS[operation.group]
    more: dict[str, Any] = {"flow": FLOW} if issubclass(operation.group, FlowScope) else {}
    streams = transport == "socket"
    if colour == "blocking":
        runner = BlockingRunner(lambda: wire, streams=(lambda: wire) if streams else None)
        return getattr(blocking(runner=runner, **more), operation.name)  # type: ignore[no-any-return]
    later = Later(wire)
    awaiting = AwaitedRunner(lambda: later, streams=(lambda: later) if streams else None)
    method = getattr(awaited(runner=awaiting, **more), operation.name)

    def wait(**arguments: object) -> object:
        result: object = method(**arguments)
        if isinstance(result, AsyncStream):
            return cast("AsyncStream[object, object]", result)
        return finished(cast("Coroutine[Any, Any, object]", result))

    return wait


def _play(call: Step, script: Script, method: Callable[..., Any]) -> None:
    if not isinstance(call.value, dict):
        raise CaseError("a call has its arguments by name, in an object")
    arguments = {name: argument(value) for name, value in call.value.items()}
    chunks: list[JSON] = []
    try:
        outcome: JSONObject = {"result": shown(_read(method(**arguments), chunks))}
    except StreamingUnavailable:
        if call.arguments.get("streams"):
            return
        raise
    except (CallError, LocalProtocolError, TypeError, ValueError) as error:
        outcome = {"raises": _described(error)}
    _compare(script, chunks, outcome)


def _read(result: object, chunks: list[JSON]) -> object:
    """Return a result; that of a stream, after its chunks."""
    if isinstance(result, Stream):
        stream = cast("Stream[object, object]", result)
        chunks.extend(map(shown, stream))
        return stream.result()
    if isinstance(result, AsyncStream):
        awaited = cast("AsyncStream[object, object]", result)
        while (chunk := finished(anext(awaited, None))) is not None:
            chunks.append(shown(chunk))
        return finished(awaited.result())
    return result


def _compare(script: Script, chunks: list[JSON], outcome: JSONObject) -> None:
    step = script.next
    if step is not None and step.kind is StepKind.CHUNKS:
        match(script.take(StepKind.CHUNKS).value, chunks, {})
    step = script.next
    if step is None or step.kind.value not in outcome:
        due = "the end" if step is None else f"{step.kind.value} {show(step.value)}"
        raise Mismatch(f"the call ended with {show(outcome)}, where {due} was due")
    match(script.take(step.kind).value, outcome[step.kind.value], {}, open_=step.kind is StepKind.RAISES)


def _described(error: Exception) -> JSONObject:
    """Return an error in the words of the cases."""
    match error:
        case SilentFailure():
            return {"error": "lost", "message": str(error)}
        case ServiceError():
            return {"error": "service", "type": error.type, "message": error.message}
        case DecodeError():
            return {"error": "decode", "message": str(error)}
        case NotOffered():
            return {"error": "not-offered", "message": str(error)}
        case CallError():
            return {"error": "call", "message": str(error)}
        case _:
            return {"error": "argument", "message": str(error)}
