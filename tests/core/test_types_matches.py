"""Matches: a list first, with the answer's members by name."""

from __future__ import annotations

import copy
import pickle

import pytest

from tgproto.types import IRI, EntityMatch, EntityMatches

ONE, TWO = EntityMatch(IRI("urn:a"), 0.5, payload=b'{"score":0.5}'), EntityMatch(IRI("urn:b"))
FOUND = EntityMatches([ONE, TWO], payload=b'{"entities":[{},{}]}')


def test_it_is_a_list() -> None:
    assert FOUND == [ONE, TWO]
    assert (FOUND[0], FOUND[-1], FOUND[1:], len(FOUND)) == (ONE, TWO, [TWO], 2)
    assert EntityMatches() == []
    assert EntityMatches().members() == {}
    with pytest.raises(IndexError):
        FOUND[2]


def test_members_by_wire_name() -> None:
    assert FOUND["entities"] == FOUND.get("entities") == [{}, {}]
    assert FOUND.get("absent", 3) == 3
    assert ONE["score"] == 0.5
    assert (TWO.score, TWO.rdf_types, TWO.attributes) == (None, (), {})


def test_copies_keep_everything() -> None:
    for twin in (copy.copy(FOUND), copy.deepcopy(FOUND), pickle.loads(pickle.dumps(FOUND))):
        assert type(twin) is EntityMatches
        assert (twin, twin.payload) == (FOUND, FOUND.payload)
