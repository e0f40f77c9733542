"""What services answer when they refuse, in every shape that is known, and in none."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tgproto.errors import CallContext
from tgproto.link.http_types import ResponseHead
from tgproto.web.errors import CLASSES, HttpError, RateLimitedError
from tgproto.web.refusals import MAX_TEXT, failure_of, read_error, read_refusal, says_failure

CALL = CallContext("query")


def read(body: object, status: int = 400, **headers: str) -> HttpError:
    fields = tuple((name.replace("_", "-").encode(), value.encode()) for name, value in headers.items())
    text = body if isinstance(body, str) else json.dumps(body)
    return read_refusal(ResponseHead(status, fields), text, CALL)


NUMBER = '{"code": ' + "7" * 5000 + "}"
LOCATED = [
    {"loc": ["body", "items", 0], "msg": "field required", "type": "missing"},
    {"loc": "query", "msg": "too short"},
    {"loc": None, "msg": "odd"},
    {"loc": ["body"], "msg": None},
    {"loc": 7},
    {},
    "no object",
]


@pytest.mark.parametrize(
    ("body", "message", "code", "details"),
    [
        ({"error": "no such thing"}, "no such thing", "", None),
        ({"error": "not_found", "message": "no such thing"}, "no such thing", "not_found", None),
        ({"error": "Not Found", "message": "no such thing"}, "no such thing", "", None),
        ({"error": "not_found"}, "not_found", "", None),
        ({"message": "m", "code": "C", "details": {"a": 1}}, "m", "C", {"a": 1}),
        ({"message": "m", "error_code": "E"}, "m", "E", None),
        ({"code": 7, "message": "m"}, "m", "7", None),
        ({"error": {"message": "m", "type": "t", "code": None}}, "m", "t", None),
        ({"error": {"message": "m", "type": "t", "code": "c", "details": [1]}}, "m", "c", [1]),
        ({"error": {"message": 5}}, "5", "", None),
        ({"detail": "gone"}, "gone", "", "gone"),
        (
            {"detail": LOCATED},
            "body.items.0: field required; query: too short; odd; body; 7; ",
            "",
            LOCATED,
        ),
        ({"detail": {"a": 1}}, "", "", {"a": 1}),
        ({"title": "Forbidden", "status": 403}, "Forbidden", "", None),
        ({"error": True, "message": False}, "", "", None),
        ({}, "{}", "", None),
        ([], "[]", "", None),
        ("not json", "not json", "", None),
        ("  <html>\n ", "<html>", "", None),
        ("", "", "", None),
        ("x" * (MAX_TEXT + 1), "x" * MAX_TEXT, "", None),
        (NUMBER, NUMBER[:MAX_TEXT], "", None),
        ('{"message": "cut', '{"message": "cut', "", None),
    ],
)
def test_message_code_and_details(body: object, message: str, code: str, details: object) -> None:
    error = read(body)
    assert (error.message, error.code, error.details) == (message, code, details)
    assert (error.status, error.context, type(error)) == (400, CALL, CLASSES[400])


@pytest.mark.parametrize("status", [300, 418, 599, 999, *CLASSES])
def test_the_status_says_which_class_it_is(status: int) -> None:
    assert type(read({"error": "no"}, status)) is CLASSES.get(status, HttpError)


@pytest.mark.parametrize(
    ("headers", "body", "request_id"),
    [
        ({}, {}, ""),
        ({"x_request_id": "r-1"}, {"request_id": "r-2"}, "r-1"),
        ({}, {"request_id": "r-2"}, "r-2"),
        ({}, {"details": {"request_id": "r-3"}}, "r-3"),
        ({}, {"request_id": ["r"]}, ""),
    ],
)
def test_the_name_of_the_request(headers: dict[str, str], body: object, request_id: str) -> None:
    assert read(body, **headers).request_id == request_id


NOON = "Tue, 01 Dec 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "body", "wait"),
    [
        ({}, {}, None),
        ({"retry_after": "7"}, {}, 7.0),
        ({"retry_after": "0"}, {}, 0.0),
        ({"retry_after": "007"}, {}, 7.0),
        ({"retry_after": "-1"}, {}, None),
        ({"retry_after": "1.5"}, {}, None),
        ({"retry_after": "9" * 5000}, {}, None),
        ({"retry_after": "Tue, 01 Dec 2026 12:00:30 GMT", "date": NOON}, {}, 30.0),
        ({"retry_after": "Tue, 01 Dec 2026 11:00:30 GMT", "date": NOON}, {}, 0.0),
        ({"retry_after": "Tue, 01 Dec 2026 12:00:30 GMT"}, {}, None),  # by which clock?
        ({"retry_after": "Tue, 01 Dec 2026 12:00:30 -0000", "date": NOON}, {}, None),  # of no zone
        ({"retry_after": "tomorrow", "date": NOON}, {}, None),
        ({"retry_after": "\u0663"}, {}, None),
        ({}, {"retry_after_seconds": 2.5}, 2.5),
        ({}, {"details": {"retry_after_ms": 1500}}, 1.5),
        ({}, {"details": {"retry_after_secs": 4}}, 4.0),
        ({}, {"retry_after_seconds": "2"}, None),
        ({}, {"retry_after_seconds": True}, None),
        ({}, {"retry_after_seconds": -1}, None),
        ({}, '{"retry_after_seconds": NaN}', None),
        ({}, '{"retry_after_seconds": Infinity}', None),
        ({}, {"retry_after_seconds": 1e9}, None),
        ({"retry_after": "3"}, {"retry_after_seconds": 2, "details": {"retry_after_ms": 5000}}, 5.0),
    ],
)
def test_when_to_try_again(headers: dict[str, str], body: object, wait: float | None) -> None:
    error = read(body, 429, **headers)
    assert isinstance(error, RateLimitedError)
    assert error.retry_after == wait


def test_an_error_can_be_read_without_what_holds_it() -> None:
    assert read_error({"error": {"message": "m", "code": "c"}}) == ("m", "c", None)
    assert read_error({"message": "m", "code": "c"}) == ("m", "c", None)


@pytest.mark.parametrize(
    ("event", "failed"),
    [
        ({"type": "error"}, True),
        ({"error": "no"}, True),
        ({"done_reason": "error"}, True),
        ({"done_reason": "stop"}, False),
        ({"type": "progress", "error": "no"}, False),
        ({"error": None}, False),
    ],
)
def test_events_that_say_a_failure(event: dict[str, object], failed: bool) -> None:
    assert says_failure(event) is failed


@pytest.mark.parametrize(
    ("event", "message", "code", "details", "wait"),
    [
        ({"type": "error", "message": "no", "code": "C", "details": [1]}, "no", "C", [1], None),
        ({"response": "no", "retry_after_secs": 2}, "no", "", None, 2.0),
        ({"message": {"content": "no"}, "retry_after_secs": -1}, "no", "", None, None),
        ({"content": "no"}, "no", "", None, None),
    ],
)
def test_the_failure_of_an_event(
    event: dict[str, object], message: str, code: str, details: object, wait: float | None
) -> None:
    error = failure_of(event)
    assert (error.message, error.code, error.retry_after, error.status) == (message, code, wait, None)
    assert error.details == (event if details is None else details)


NAMES = ["error", "message", "detail", "details", "code", "type", "error_code", "title", "request_id", "loc"]
NAMES += ["msg", "retry_after_seconds", "retry_after_ms", "retry_after_secs"]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)


@given(
    status=st.integers(200, 999),
    body=st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=6).map(lambda value: repr(value))
    | st.text(),
    headers=st.dictionaries(
        st.sampled_from([b"retry-after", b"date", b"x-request-id"]),
        st.binary() | st.text("0123456789 :,JanGMT+-").map(str.encode),
    ),
)
@settings(max_examples=300)
def test_no_answer_raises(status: int, body: str, headers: dict[bytes, bytes]) -> None:
    error = read_refusal(ResponseHead(status, tuple(headers.items())), body, CALL)
    assert str(error)
    assert error.status == status
    assert error.retry_after is None or error.retry_after >= 0


@given(st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=6))
@settings(max_examples=300)
def test_no_object_raises(members: dict[str, object]) -> None:
    message, code, _ = read_error(members)
    assert isinstance(message, str)
    assert isinstance(code, str)
    read_refusal(ResponseHead(400, ()), "", CALL)


@given(st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=6))
@settings(max_examples=300)
def test_no_body_of_json_raises(members: dict[str, object]) -> None:
    assert read(members).status == 400
