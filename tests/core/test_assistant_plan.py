"""What of a batch is sent next, and what became of what was sent."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tgproto.assistant.batch import BatchPolicy, BatchRequest, prepared
from tgproto.assistant.outcomes import BatchItem
from tgproto.assistant.plan import Plan, Run, is_too_large
from tgproto.closing import CloseCause, CloseKind
from tgproto.errors import CallError, ConnectionLost, DecodeError
from tgproto.web.errors import BadRequestError, HttpError, InternalError, TooLargeError, ValidationError


def plan_of(count: int, *, safe: bool = False, **policy: Any) -> Plan:
    requests = [BatchRequest("/a", id=str(number), idempotent=safe) for number in range(count)]
    return Plan(prepared(requests), BatchPolicy(**policy))


def ids(items: list[BatchItem] | Run) -> list[str]:
    return [item.id for item in items]


def reply(run: Run, **statuses: int) -> dict[str, object]:
    responses = [{"id": one.id, "status": statuses.get(f"_{one.id}", 200)} for one in run]
    return {"responses": responses, "total_processing_time": 1.0}


def taken(plan: Plan) -> Run:
    run = plan.take()
    assert run is not None
    return run


@pytest.mark.parametrize(("count", "runs"), [(0, 0), (1, 1), (10, 1), (11, 2), (25, 3)])
def test_all_is_well(count: int, runs: int) -> None:
    plan = plan_of(count)
    for _ in range(runs):
        run = taken(plan)
        assert ids(plan.answered(run, reply(run))) == ids(run)
    assert plan.take() is None
    assert plan.again() == 0
    result = plan.result()
    plan.check(result)
    assert ids(list(result)) == [str(number) for number in range(count)]
    assert result.ok
    assert (result.times, result.total_processing_time) == ((1.0,) * runs, float(runs))
    assert {item.attempts for item in result} <= {1}


@given(data=st.data())
def test_whatever_is_answered_each_request_has_its_own_outcome(data: st.DataObject) -> None:
    plan = plan_of(data.draw(st.integers(0, 9)), max_size=data.draw(st.integers(1, 4)))
    unexpected = 0
    answered: dict[str, int] = {}
    while (run := plan.take()) is not None:
        names = data.draw(st.lists(st.sampled_from([*ids(run), "stray"]), max_size=8))
        responses = [{"id": name, "status": data.draw(st.sampled_from([200, 400]))} for name in names]
        for response in responses:
            if response["id"] == "stray" or response["id"] in answered:
                unexpected += 1
            else:
                answered[str(response["id"])] = int(str(response["status"]))
        plan.answered(run, {"responses": responses})
    result = plan.result()
    assert {item.id: item.status for item in result if item.status is not None} == answered
    assert all(item.outcome_unknown for item in result if item.id not in answered)
    assert len(result.unexpected) == unexpected


def test_a_run_that_is_lost_leaves_the_others_alone() -> None:
    plan = plan_of(25)
    runs = [taken(plan), taken(plan), taken(plan)]
    plan.answered(runs[2], reply(runs[2]))
    lost = ConnectionLost(CloseCause(CloseKind.LOST, "reset"), sent=True)
    plan.failed(runs[1], lost)
    plan.answered(runs[0], reply(runs[0]))
    assert plan.take() is None
    result = plan.result()
    assert [item.outcome_unknown for item in result] == [False] * 10 + [True] * 10 + [False] * 5
    errors = [item.error for item in result.failed]
    assert all(isinstance(error, ConnectionLost) for error in errors)
    assert len({id(error) for error in errors}) == 10, "each can be raised by itself"


def test_an_answer_that_cannot_be_read_is_a_lost_run() -> None:
    plan = plan_of(2)
    assert all(item.outcome_unknown for item in plan.answered(taken(plan), {"message": "?"}))


def test_a_run_that_is_too_large_is_cut_in_two() -> None:
    plan = plan_of(11)
    refused = TooLargeError("too large", 413)
    assert plan.failed(taken(plan), refused) == []
    sizes: list[int] = []
    while (run := plan.take()) is not None:
        sizes.append(len(run))
        if len(run) > 2:
            plan.failed(run, refused)
        else:
            plan.answered(run, reply(run))
    assert sizes == [5, 3, 2, 1, 2, 5, 3, 2, 1, 2, 1]
    result = plan.result()
    assert result.ok
    assert ids(list(result)) == [str(number) for number in range(11)]
    assert {item.attempts for item in result} == {1}


def test_one_request_that_is_too_large_has_failed() -> None:
    plan = plan_of(1)
    [item] = plan.failed(taken(plan), TooLargeError("too large", 413))
    assert isinstance(item.error, TooLargeError)
    assert item.not_executed
    whole = plan_of(4, halve=False)
    assert len(whole.failed(taken(whole), TooLargeError("too large", 413))) == 4


@pytest.mark.parametrize(
    ("error", "too_large"),
    [
        (TooLargeError("", 413), True),
        (BadRequestError("Batch size limit exceeded", 400), True),
        (ValidationError("body.requests: List should have at most 10 items", 422), True),
        (ValidationError("body.requests: field required", 422), False),
        (InternalError("too large", 500), False),
        (DecodeError("too large"), False),
    ],
)
def test_what_is_too_large(error: CallError, too_large: bool) -> None:
    assert is_too_large(error) is too_large


def test_nothing_more_is_sent_after_a_failure() -> None:
    plan = plan_of(25, stop_on_error=True)
    first, second = taken(plan), taken(plan)
    assert ids(plan.answered(first, reply(first))) == ids(first)
    settled = plan.answered(second, reply(second, _13=500))
    assert len(settled) == 15
    assert [item.not_sent for item in settled] == [False] * 10 + [True] * 5
    assert plan.take() is None
    assert plan.result()[24].not_sent


def test_what_was_under_way_when_it_stopped_is_not_sent_again() -> None:
    plan = plan_of(4, safe=True, max_size=2, stop_on_error=True, item_retries=5)
    first, second = taken(plan), taken(plan)
    plan.answered(first, reply(first, _0=400))
    settled = plan.failed(second, TooLargeError("", 413))
    assert all(item.not_executed for item in settled)
    assert plan.again() == 0
    assert plan.take() is None
    assert len(plan.result()) == 4


def test_what_failed_for_now_goes_again() -> None:
    plan = plan_of(4, safe=True, max_size=2, item_retries=2)
    first, second = taken(plan), taken(plan)
    assert ids(plan.answered(second, reply(second, _2=503))) == ["3"]
    assert ids(plan.answered(first, reply(first, _0=429, _1=500))) == ["1"]
    assert plan.take() is None
    assert plan.again() == 1
    again = taken(plan)
    assert ids(again) == ["0", "2"]
    assert ids(plan.answered(again, reply(again, _2=504))) == ["0"]
    assert plan.again() == 2
    last = taken(plan)
    assert ids(plan.answered(last, reply(last, _2=504))) == ["2"]
    assert plan.again() == 0
    result = plan.result()
    assert [item.attempts for item in result] == [2, 1, 3, 1]
    assert [item.status for item in result] == [200, 500, 504, 200]


def test_what_is_not_safe_does_not_go_again() -> None:
    plan = plan_of(1, item_retries=2)
    run = taken(plan)
    assert len(plan.answered(run, reply(run, _0=503))) == 1
    assert plan.again() == 0


def test_a_stop_leaves_what_was_to_go_again_its_own_error() -> None:
    plan = plan_of(2, safe=True, max_size=1, item_retries=2)
    run = taken(plan)
    assert plan.answered(run, reply(run, _0=503)) == []
    stopped = plan.stop("time was over")
    assert [(item.id, item.status, item.not_sent) for item in stopped] == [
        ("1", None, True),
        ("0", 503, False),
    ]
    assert plan.again() == 0
    assert isinstance(plan.result()[0].error, HttpError)


def test_a_strict_client_takes_no_answers_that_it_did_not_ask_for() -> None:
    for strict in (False, True):
        plan = plan_of(1, strict=strict)
        run = taken(plan)
        plan.answered(run, {"responses": [{"id": "0", "status": 200}, {"id": "?"}]})
        result = plan.result()
        assert result.unexpected == ({"id": "?"},)
        if strict:
            with pytest.raises(DecodeError, match="1 answers are none") as caught:
                plan.check(result)
            assert caught.value.partial is result
        else:
            plan.check(result)
