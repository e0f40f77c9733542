"""Plays a case of the layer `sse`: bytes of an event stream in, events out, four ways.

As the case gives the bytes, where each event must be there as soon as its last byte is; in one chunk; byte
by byte; and cut at random, the same way in every run. The events and the final state must be the same.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from tgconformance.match import Mismatch, match, show
from tgconformance.members import JSON, CaseError, JSONObject, from_hex
from tgconformance.model import Case, Step, StepKind, Verdict
from tgconformance.options import make_decoder
from tgproto.link.sse import SSEComment, SSEDecoder, SSEItem


def play_sse(case: Case) -> list[Verdict]:
    """Play a case four ways.

    Args:
        case: A case of the layer `sse`.

    Returns:
        A verdict for each way.

    Raises:
        CaseError: The case itself is wrong.
    """
    verdicts = [Verdict(case.id, "as given", _verdict(case, case.steps, strict=True))]
    for way, cut in CUTS.items():
        verdicts.append(Verdict(case.id, way, _verdict(case, list(_recut(case, cut)), strict=False)))
    return verdicts


def _one_chunk(data: bytes, case: Case) -> Iterable[bytes]:  # noqa: ARG001
    return [data]


def _byte_by_byte(data: bytes, case: Case) -> Iterable[bytes]:  # noqa: ARG001
    return (data[at : at + 1] for at in range(len(data)))


def _at_random(data: bytes, case: Case) -> Iterator[bytes]:
    """Cut into pieces of zero to six bytes; the id of the case is the seed."""
    source = random.Random(case.id)
    at = 0
    while at < len(data):
        size = source.randint(0, 6)
        yield data[at : at + size]
        at += size


CUTS: Final[dict[str, Callable[[bytes, Case], Iterable[bytes]]]] = {
    "one chunk": _one_chunk,
    "byte by byte": _byte_by_byte,
    "random cuts": _at_random,
}


def _recut(case: Case, cut: Callable[[bytes, Case], Iterable[bytes]]) -> Iterator[Step]:
    """Yield the steps with all bytes first, cut anew; then the end, the events, and the final state."""
    data = b"".join(_bytes(step.value) for step in case.steps if step.kind is StepKind.IN)
    last = max(step.number for step in case.steps if step.kind in (StepKind.IN, StepKind.END))
    for chunk in cut(data, case):
        yield Step(last, StepKind.IN, 0, None, {"$hex": chunk.hex()}, {})
    for kind in (StepKind.END, StepKind.EVENT, StepKind.STATE):
        yield from (
            step
            for step in case.steps
            if step.kind is kind and (kind is not StepKind.STATE or step.number > last)
        )


def _verdict(case: Case, steps: Sequence[Step], *, strict: bool) -> str | None:
    """Play steps and say what was wrong, or None.

    Args:
        case: Where they come from.
        steps: The steps.
        strict: Whether events must be listed before the next bytes.
    """
    decoder = make_decoder(case.config)
    happened: deque[JSONObject] = deque()
    for step in steps:
        try:
            if step.kind in (StepKind.IN, StepKind.END):
                if strict and happened:
                    raise Mismatch(f"unlisted before: {show(happened[0])}")
                items = decoder.close() if step.kind is StepKind.END else decoder.feed(_bytes(step.value))
                happened.extend(map(_describe, items))
            else:
                _look(step, decoder, happened)
        except Mismatch as mismatch:
            return f"{step}: {mismatch}"
        except CaseError as error:
            raise CaseError(f"{case.id}: {step}: {error}") from None
        except Exception as error:  # noqa: BLE001  # whatever a decoder raises is its failure
            return f"{step}: the decoder raised {type(error).__name__}: {error}"
    return f"unlisted at the end: {show(happened[0])}" if happened else None


def _look(step: Step, decoder: SSEDecoder, happened: deque[JSONObject]) -> None:
    if step.kind is StepKind.STATE:
        match(step.value, _describe_state(decoder), {}, open_=True)
    elif happened:
        match(step.value, happened.popleft(), {})
    else:
        raise Mismatch(f"nothing happened, expected {show(step.value)}")


def _describe(item: SSEItem) -> JSONObject:
    if isinstance(item, SSEComment):
        return {"comment": item.text}
    event: JSONObject = {"type": item.type, "data": item.data, "id": item.id}
    return event if item.retry is None else event | {"retry": item.retry}


def _describe_state(decoder: SSEDecoder) -> JSONObject:
    return {
        "last_event_id": decoder.last_event_id,
        "retry": decoder.retry,
        "comments": decoder.comments_seen,
        "dropped": decoder.dropped_bytes > 0,
        "broken_limit": None if decoder.error is None else decoder.error.option,
    }


def _bytes(value: JSON) -> bytes:
    """Return the bytes of a step: a string as UTF-8, or `{"$hex": digits}`."""
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, dict) and "$hex" in value:
        return from_hex(value["$hex"])
    raise CaseError("bytes must be a string, or an object with $hex")
