"""Answers that are not quite as documented: what is new survives, and what is missing is named.

The answers of all cases of operations, with members added that nobody knows, and with members taken away.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conformance.replay import (
    JSON,
    AskedOn,
    Frame,
    Place,
    Recorded,
    changed,
    objects,
    recorded_calls,
    shows,
)
from tgproto.catalog.registry import REGISTRY
from tgproto.errors import CallError, DecodeError, NotFoundError, SilentFailure
from tgproto.types import AgentMessage
from tgproto.types.record import Members

CALLS = list(recorded_calls())
each_call = pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)

NEW = "~new"
VALUES: list[Any] = ["text", None, 5, {"a": [True]}]


def kinds_of(place: Place) -> list[Any]:
    """Return values that a new member may have there: some objects are tables, whose values are of a kind."""
    if place[-1:] == ("config",):
        return [{"key": "value"}]
    return ["text"] if place[-1:] == ("attributes",) or "config" in place else VALUES


def is_compared(call: Recorded, place: Place) -> bool:
    """Whether this is what was put there, which is to come back as it was."""
    return JSON in place and REGISTRY[call.entry].name.startswith("put_")


def records(result: Any) -> Iterator[Members]:
    """Yield everything in a result that keeps its JSON."""
    if isinstance(result, Members):
        yield result
    if isinstance(result, list | tuple):
        for item in result:
            yield from records(item)
    elif dataclasses.is_dataclass(result):
        for field in dataclasses.fields(result):
            yield from records(getattr(result, field.name))


def is_of_record(call: Recorded, place: Place, there: Frame) -> bool:
    """Whether an object is one that a record in the result was made from."""
    of_result = bool(there) and place[0] == len(call.answers) - 1
    return of_result and any(record.members() == there for record in records(call.result))


def test_these_are_the_calls() -> None:
    assert len(CALLS) > 200
    assert {call.generation for call in CALLS} == {"1.x", "2.x"}
    kept = [is_of_record(call, place, there) for call in CALLS for place, there in objects(call.answers)]
    assert sum(kept) > 100


@each_call
def test_a_member_that_nobody_knows_survives(call: Recorded) -> None:
    """It changes nothing, unless it is among somebody's own data; and records have it, by its name."""
    before = call.result
    for place, there in objects(call.answers):
        for value in [] if is_compared(call, place) else kinds_of(place):
            after = call.replay(changed(call.answers, place, lambda it, new=value: it.update({NEW: new})))
            assert shows(after) == shows(before) or NEW in shows(after), place
            if is_of_record(call, place, there):
                assert any(record.members() == {**there, NEW: value} for record in records(after)), place


@settings(max_examples=300)
@given(st.data())
def test_any_members_that_nobody_knows(data: st.DataObject) -> None:
    call = data.draw(st.sampled_from(CALLS))
    answers = call.answers
    for place, there in data.draw(st.lists(st.sampled_from(list(objects(answers))), max_size=4)):
        if not is_compared(call, place):
            name = data.draw(st.text(min_size=1, max_size=5).map("~".__add__))
            value = data.draw(st.sampled_from(kinds_of(place)))
            answers = changed(answers, place, lambda it, name=name, value=value: it.update({name: value}))
            assert name not in there
    after = shows(call.replay(answers))
    assert after == shows(call.result) or "~" in after


MESSAGES = [
    (call, place, name)
    for call in CALLS
    for place, there in objects(call.answers)
    for name in ("message_type", "chunk_type")
    if name in there
]


@pytest.mark.parametrize(("call", "place", "name"), MESSAGES, ids=str)
def test_a_kind_of_message_that_nobody_knows_survives(call: Recorded, place: Place, name: str) -> None:
    """It is passed over, or comes out of the stream as it is; it may leave an answer without its text."""
    answers = changed(call.answers, place, lambda it: it.update({name: NEW, "more": 1}))
    with suppress(SilentFailure):
        call.replay(answers)
        found = [chunk for chunk in call.chunks(answers) if isinstance(chunk, AgentMessage)]
        assert len(found) == (call.entry == "agent" and call.arguments.get("streaming", False))
        assert all((chunk.kind, chunk["more"], chunk[name]) == (NEW, 1, NEW) for chunk in found)


OTHERWISE = {"iam revoke-api-key": NotFoundError}
"""What else may come of a missing member: here a list without the key, or a key without its id."""


NAMED = re.compile(r"at `\$|no member `|the document has \d+ bytes, but \d+ came|piece \d+ of the document")
"""How the place is named; that of a document shows only once all pieces are there."""


@each_call
def test_a_member_that_is_missing_is_named(call: Recorded) -> None:
    for place, there in objects(call.answers):
        for name in there:
            error = failure(call, changed(call.answers, place, lambda it, name=name: it.pop(name)))
            if error is not None:
                assert error.context is not None
                assert error.context.service in call.services
                assert str(error).startswith(str(error.context))
                if isinstance(error, DecodeError):
                    assert NAMED.search(str(error)), str(error)


def failure(call: Recorded, answers: list[list[Frame]]) -> CallError | None:
    """Return the error of a call, of a kind that may be; None if it has a result, or asks for more."""
    try:
        call.replay(answers)
    except (DecodeError, SilentFailure, OTHERWISE.get(call.entry, DecodeError)) as error:
        return error
    except AskedOn:
        return None
    return None
