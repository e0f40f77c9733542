"""Errors of imports and exports: what they say, and that they can be carried between processes."""

from __future__ import annotations

import copy
import pickle

import pytest

from tgproto import errors
from tgproto.errors import CallContext

CALL = CallContext("import of triples", "a-flow")


@pytest.mark.parametrize(
    "kind",
    [
        errors.BulkInterrupted,
        errors.ImportInterrupted,
        errors.ImportRefused,
        errors.ExportInterrupted,
        errors.ExportRefused,
    ],
)
def test_an_error_is_the_same_after_a_journey(kind: type[errors.BulkInterrupted]) -> None:
    error = kind("ended", CALL)
    assert isinstance(error, ConnectionError)
    assert "import of triples in flow 'a-flow': ended" in str(error)
    for other in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert (type(other), str(other), vars(other)) == (kind, str(error), vars(error))


def test_an_interrupted_import_says_how_far_it_came() -> None:
    error = errors.ImportInterrupted("ended", CALL)
    error.sent, error.confirmed, error.offset = 10, 7, 8
    for other in (error, pickle.loads(pickle.dumps(error))):
        assert other.unconfirmed == 3
        assert "(7 of 10 items sent are confirmed, offset 8)" in str(other)


def test_an_invalid_item_says_which() -> None:
    for error in (
        errors.InvalidItem(7, "no triple"),
        pickle.loads(pickle.dumps(errors.InvalidItem(7, "no triple"))),
    ):
        assert isinstance(error, ValueError)
        assert (str(error), error.position, error.reason, error.result) == (
            "item 7: no triple",
            7,
            "no triple",
            None,
        )
