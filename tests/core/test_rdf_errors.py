"""The errors about RDF: what they say, and where they stand in the tree."""

from __future__ import annotations

import copy
import pickle

from tgproto.errors import LocalProtocolError, TrustGraphError
from tgproto.rdf import NotExpressible, NTriplesError


def test_the_place_and_what_was_expected_there() -> None:
    error = NTriplesError(3, 14, "'.'", "x\ty")
    assert (error.line, error.column, error.expected, error.found) == (3, 14, "'.'", "x\ty")
    assert str(error) == "line 3, column 14: expected '.', found 'x\\ty'"
    assert error.reason == "column 14: expected '.', found 'x\\ty'"
    assert (
        str(NTriplesError(1, 1, "an IRI", ""))
        == "line 1, column 1: expected an IRI, found the end of the line"
    )


def test_it_can_be_copied() -> None:
    error = NTriplesError(3, 14, "'.'", "x")
    for other in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert (type(other), str(other)) == (NTriplesError, str(error))


def test_both_are_value_errors_of_the_tree() -> None:
    assert issubclass(NTriplesError, ValueError)
    assert issubclass(NTriplesError, TrustGraphError)
    assert not issubclass(NTriplesError, LocalProtocolError)
    assert issubclass(NotExpressible, ValueError)
    assert issubclass(NotExpressible, LocalProtocolError)
