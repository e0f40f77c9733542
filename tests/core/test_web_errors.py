"""Errors of HTTP services: what they hold, what they say, and what they are caught as."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tgproto.errors import (
    AuthenticationError,
    CallContext,
    CallError,
    DecodeError,
    ServiceError,
    TransportError,
    TrustGraphError,
)
from tgproto.web import errors
from tgproto.web.errors import (
    CLASSES,
    BadRequestError,
    HttpError,
    IncompleteStreamError,
    StreamError,
    UnauthorizedError,
    ValidationError,
    phrase,
)

CALL = CallContext("query")


def test_an_error_says_what_was_done_what_happened_and_what_to_try() -> None:
    error = CLASSES[429]("too many requests", 429, "rate_limited", CALL, retry_after=2.0)
    assert str(error) == (
        "query: rate_limited: too many requests (HTTP 429 Too Many Requests). "
        "Wait before the next request; retry_after says how long, if the service does"
    )


@pytest.mark.parametrize(
    ("message", "status", "code", "text"),
    [
        ("no", 418, "", "query: no (HTTP 418 I'm a Teapot)"),
        ("no", 799, "c", "query: c: no (HTTP 799)"),
        ("", 500, "", "query: no message was given (HTTP 500 Internal Server Error)"),
        ("no", None, "", "query: no"),
        ("", None, "c", "query: c: no message was given"),
    ],
)
def test_what_is_not_known_is_left_out(message: str, status: int | None, code: str, text: str) -> None:
    error = HttpError(message, status, code, CALL)
    assert str(error) == text
    assert (error.message, error.status, error.status_code, error.code) == (message, status, status, code)
    assert (error.details, error.request_id, error.retry_after) == (None, "", None)


@given(
    message=st.text(),
    status=st.sampled_from([None, *CLASSES, 418]),
    code=st.text(),
    details=st.dictionaries(st.text(), st.integers()),
    request_id=st.text(),
    retry_after=st.none() | st.floats(0, 100),
)
def test_errors_can_be_copied_and_sent(
    message: str, status: int | None, code: str, details: object, request_id: str, retry_after: float | None
) -> None:
    kind = CLASSES.get(status or 0, HttpError)
    more = {"details": details, "request_id": request_id, "retry_after": retry_after}
    error = kind(message, status, code, CALL, **more)
    error.partial = "some"
    for same in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert type(same) is kind
        assert str(same) == str(error)
        assert vars(same) == vars(error)


def test_each_class_is_an_http_error_with_a_status_or_of_a_stream() -> None:
    classes = {
        each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, HttpError)
    }
    assert classes == {*CLASSES.values(), HttpError, StreamError}
    for each in classes:
        assert issubclass(each, ServiceError)
        assert not each.advice.endswith(".")


def test_errors_are_caught_as_what_they_are_about() -> None:
    assert issubclass(BadRequestError, ValidationError)
    assert issubclass(UnauthorizedError, AuthenticationError)
    assert str(UnauthorizedError("no", 401, context=CALL)).endswith("Check the key")
    assert CLASSES[405] is CLASSES[404]
    assert CLASSES[408] is CLASSES[504]
    for kind in (DecodeError, TransportError, ConnectionError, CallError, TrustGraphError):
        assert issubclass(IncompleteStreamError, kind)
    assert not issubclass(IncompleteStreamError, HttpError)


def test_what_is_incomplete_says_that_it_is_the_beginning() -> None:
    error = IncompleteStreamError("it broke off", CALL)
    assert error.partial is None
    assert str(error) == (
        "query: it broke off. What came is the beginning; whoever needs the rest has to ask again"
    )


def test_a_status_has_its_usual_words() -> None:
    assert phrase(503) == "503 Service Unavailable"
    assert phrase(299) == "299"
