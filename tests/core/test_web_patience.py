"""When a refused request is sent again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tgproto.errors import CallError
from tgproto.web.errors import CLASSES, HttpError, StreamError
from tgproto.web.patience import MAX_WAIT, NOT_DONE, PERHAPS_DONE, Retries


def refused(status: int | None, code: str = "", retry_after: float | None = None) -> HttpError:
    return CLASSES.get(status or 0, HttpError)("no", status, code, retry_after=retry_after)


@pytest.mark.parametrize("status", [None, *range(300, 600)])
def test_which_refusals_are_tried_again(status: int | None) -> None:
    retries = Retries()
    assert (retries(refused(status), False, 0) is not None) is (status in (429, 503))
    assert (retries(refused(status), True, 0) is not None) is (status in (408, 429, 502, 503, 504))


def test_no_refusal_is_both() -> None:
    assert not NOT_DONE & PERHAPS_DONE


def test_other_errors_are_not() -> None:
    assert Retries()(CallError("lost"), True, 0) is None
    assert Retries()(StreamError("no", None), True, 0) is None


def test_waits_double_up_to_the_longest() -> None:
    retries = Retries(attempts=7)
    waits = [retries(refused(503), False, n) for n in range(8)]
    assert waits == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0, None]
    assert Retries(attempts=0)(refused(503), True, 0) is None
    assert Retries(attempts=10**6)(refused(503), True, 10**5) == 8.0


def test_the_service_says_how_long_unless_that_is_too_long() -> None:
    retries = Retries()
    for wait in (0.0, 0.01, 20.0, MAX_WAIT):
        assert retries(refused(429, retry_after=wait), False, 2) == wait
    assert retries(refused(429, retry_after=MAX_WAIT + 1), False, 0) is None
    assert retries(refused(400, retry_after=1.0), True, 0) is None


def test_some_refusals_are_final() -> None:
    retries = Retries(final=frozenset({"written"}))
    assert retries(refused(503, "written"), True, 0) is None
    assert retries(refused(503, "busy"), True, 0) is not None


@given(
    st.sampled_from([None, 400, 408, 429, 500, 502, 503, 504]),
    st.booleans(),
    st.integers(0, 10),
    st.none() | st.floats(0, 1e9),
    st.integers(0, 5),
)
def test_no_wait_is_negative_or_beyond_the_limits(
    status: int | None, repeatable: bool, before: int, said: float | None, attempts: int
) -> None:
    wait = Retries(attempts)(refused(status, retry_after=said), repeatable, before)
    if wait is not None:
        assert before < attempts
        assert 0 <= wait <= MAX_WAIT
        assert wait == said if said is not None else 0.5 <= wait <= 8.0


def test_an_impossible_number_is_refused() -> None:
    with pytest.raises(ValueError, match="max_retries"):
        Retries(-1)
