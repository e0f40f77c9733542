"""Mistakes of the caller."""

from __future__ import annotations

import pickle

import pytest

from tgproto import errors


def test_a_stream_that_is_not_there_is_named() -> None:
    for error in (errors.NoSuchStream(7), pickle.loads(pickle.dumps(errors.NoSuchStream(7)))):
        assert isinstance(error, errors.LocalProtocolError)
        assert error.stream_id == 7
        assert str(error) == "there is no stream 7: it was cancelled, or its outcome was taken"


@pytest.mark.parametrize(
    "kind", [errors.StreamingUnavailable, errors.NotOffered, errors.StreamInUse, errors.LocalProtocolError]
)
def test_a_mistake_is_one_of_the_caller(kind: type[Exception]) -> None:
    assert issubclass(kind, errors.LocalProtocolError)
    assert issubclass(kind, errors.TrustGraphError)
    assert issubclass(kind, NotImplementedError) is (kind in (errors.StreamingUnavailable, errors.NotOffered))
