"""What becomes of the requests of a batch: answers matched by id, and what each one means."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tgproto.assistant.outcomes import (
    BadItem,
    BatchItem,
    BatchResult,
    MissingResponse,
    lost,
    matched,
    missing,
)
from tgproto.closing import CloseCause, CloseKind
from tgproto.errors import CallError, ConnectionFailed, ConnectionLost, DecodeError, RequestTimeout
from tgproto.web.errors import BadRequestError, HttpError, InternalError, ServiceUnavailableError


def one(**response: Any) -> BatchItem:
    return matched(["a"], {"responses": [{"id": "a", **response}]}).items["a"]


@pytest.mark.parametrize(
    ("response", "ok", "body"),
    [
        ({"status": 200, "body": {"response": "x"}}, True, {"response": "x"}),
        ({"status": 204}, True, None),
        ({"status": "200", "body": 1}, True, 1),
        ({"status": 200, "body": 1, "error": "e"}, False, 1),
        ({"status": 302, "body": 1}, False, 1),
        ({"status": 400, "error": "e"}, False, None),
        ({"status": 500, "body": {"detail": "e"}}, False, {"detail": "e"}),
        ({"status": 500, "body": 1, "error": "e"}, False, 1),
    ],
)
def test_outcomes(response: dict[str, Any], ok: bool, body: object) -> None:
    item = one(**response)
    assert (item.ok, item.status, item.body) == (ok, int(response["status"]), body)
    assert (item.outcome_unknown, item.not_executed, item.not_sent) == (False, False, False)
    if ok:
        item.raise_for_status()
    else:
        with pytest.raises(HttpError):
            item.raise_for_status()


@pytest.mark.parametrize(
    ("response", "message", "code"),
    [
        ({"error": "Invalid parameters"}, "Invalid parameters", ""),
        ({"error": {"message": "m", "code": "LLM_ERROR"}}, "m", "LLM_ERROR"),
        ({"body": {"detail": [{"loc": ["body", "x"], "msg": "m"}]}}, "body.x: m", ""),
        ({"body": "text"}, "text", ""),
        ({}, "", ""),
        ({"error": {"error": "tool_error", "message": "m"}, "body": "b"}, "m", "tool_error"),
    ],
)
def test_what_a_failure_says(response: dict[str, Any], message: str, code: str) -> None:
    error = one(status=400, **response).error
    assert isinstance(error, BadRequestError)
    assert (error.message, error.code, error.status) == (message, code, 400)


@pytest.mark.parametrize("status", [None, 2.0, True, "ok", "20", "2000"])
def test_no_status(status: object) -> None:
    item = one(status=status, body=1)
    assert isinstance(item.error, BadItem)
    assert (item.status, item.body, item.outcome_unknown) == (None, 1, True)


def test_a_strict_reader_wants_a_number() -> None:
    found = matched(["a"], {"responses": [{"id": "a", "status": "200"}]}, strict=True)
    assert isinstance(found.items["a"].error, BadItem)


@pytest.mark.parametrize("answer", [None, [], {}, {"responses": {}}, "x"])
def test_no_responses(answer: object) -> None:
    with pytest.raises(DecodeError, match="batch: the answer has no list of responses"):
        matched(["a"], answer)


def test_answers_that_nobody_asked_for() -> None:
    stray = [{"id": "z", "status": 200}, {"status": 200}, {"id": 3}, 5, None]
    again = {"id": "a", "status": 500}
    found = matched(["a", "b"], {"responses": [*stray, {"id": "a", "status": 200}, again]})
    assert list(found.items) == ["a"]
    assert found.items["a"].ok
    assert found.unexpected == (*stray, again)


@pytest.mark.parametrize(("time", "known"), [(2.5, 2.5), (2, 2.0), (True, None), ("2", None), (None, None)])
def test_times(time: object, known: float | None) -> None:
    assert matched([], {"responses": [], "total_processing_time": time}).time == known


@given(st.lists(st.sampled_from("abcdez"), max_size=12))
def test_any_answers_in_any_order_are_matched_by_id(order: list[str]) -> None:
    responses = [{"id": name, "status": 200, "body": [name, turn]} for turn, name in enumerate(order)]
    found = matched(list("abcde"), {"responses": responses})
    firsts = {name: order.index(name) for name in order if name != "z"}
    assert {name: item.body for name, item in found.items.items()} == {
        name: [name, turn] for name, turn in firsts.items()
    }
    rest = [response for turn, response in enumerate(responses) if turn not in firsts.values()]
    assert list(found.unexpected) == rest


def test_a_missing_answer() -> None:
    item = missing("a")
    assert isinstance(item.error, MissingResponse)
    assert item.outcome_unknown
    assert "missing_response" in str(item.error)


LOST = CloseCause(CloseKind.LOST, "reset")


@pytest.mark.parametrize(
    ("error", "unknown"),
    [
        *[(HttpError("m", status), False) for status in (400, 401, 403, 404, 405, 413, 422, 429)],
        *[(HttpError("m", status), True) for status in (500, 502, 504, 418, 302)],
        (ServiceUnavailableError("m", 503), True),
        (ServiceUnavailableError("m", 503, retry_after=2.0), False),
        (ConnectionFailed("m"), False),
        (ConnectionLost(LOST, sent=False), False),
        (ConnectionLost(LOST, sent=True), True),
        (RequestTimeout("timeout", 1.0), True),
        (DecodeError("m"), True),
    ],
)
def test_a_run_that_is_lost(error: CallError, unknown: bool) -> None:
    item = lost("a", error)
    assert (item.outcome_unknown, item.not_executed) == (unknown, not unknown)
    assert item.error is error
    assert item.status == (error.status if isinstance(error, HttpError) else None)


def test_texts() -> None:
    bodies = ({"response": "a", "result": "b"}, {"result": "b"}, {"result": 3}, ["a"], None)
    assert [BatchItem("a", 200, body).text for body in bodies] == ["a", "b", None, None, None]


def test_results() -> None:
    good, bad = BatchItem("a", 200), BatchItem("b", 500, error=InternalError("m", 500))
    result = BatchResult((good, bad), times=(1.5, None, 2.0))
    assert list(result) == [result[0], result[1]] == [good, bad]
    assert (result[1:], len(result), result.by_id["b"]) == ((bad,), 2, bad)
    assert (result.failed, result.ok, result.total_processing_time) == ((bad,), False, 3.5)
    with pytest.raises(ExceptionGroup, match="1 of 2 requests failed") as caught:
        result.raise_for_status()
    assert caught.value.exceptions == (bad.error,)
    BatchResult((good,)).raise_for_status()
    assert BatchResult(()).ok
