"""Surveys: in rounds, everything at the same time, until two readings agree."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.provenance import Store, drive
from tgproto.catalog import FlowCalls
from tgproto.catalog.survey import MAX_ROUNDS, Found, Look, Survey
from tgproto.types import IRI, Literal, Triple

FLOW = FlowCalls("f")


def link(one: str, other: str) -> Triple:
    return Triple(IRI(one), IRI("urn:to"), IRI(other))


def follow(look: Look, found: Found) -> Iterable[Look]:
    return (Look(str(triple.o)) for triple in found[look])


def survey(retries: int = 3, delay: float = 0.5, enough: int = 0) -> Survey:
    return Survey(
        lambda look: FLOW.triples_query(s=IRI(look.uri)),
        follow,
        lambda found: len(found) >= enough,
        retries,
        delay,
    )


def subjects(store: Store) -> list[list[str]]:
    return [[asked["s"]["i"] for asked in asked_at_once] for asked_at_once in store.rounds]


def test_each_round_is_at_once_and_everything_is_read_again() -> None:
    store = Store([link("urn:a", "urn:b"), link("urn:a", "urn:c"), link("urn:b", "urn:d")])
    found, settled = drive(survey().read([Look("urn:a"), Look("urn:a")]), store)
    every = ["urn:a", "urn:b", "urn:c", "urn:d"]
    assert settled
    assert subjects(store) == [["urn:a"], ["urn:b", "urn:c"], ["urn:d"], every]
    assert store.pauses == [0.5]
    assert [look.uri for look in found] == every
    assert found[Look("urn:b")] == [link("urn:b", "urn:d")]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=40))
def test_rounds_are_as_many_as_the_graph_is_deep(links: list[tuple[int, int]]) -> None:
    depth, seen, level = 0, {0}, {0}
    while level:
        depth += 1
        level = {end for start, end in links if start in level} - seen
        seen |= level
    store = Store(link(f"urn:{start}", f"urn:{end}") for start, end in links)
    found, settled = drive(survey().read([Look("urn:0")]), store)
    assert settled
    assert {look.uri for look in found} == {f"urn:{node}" for node in seen}
    assert len(store.rounds) == depth + 1
    assert store.asked == 2 * len(seen)


def test_what_changes_is_read_again() -> None:
    more = [link("urn:a", "urn:b")], [link("urn:b", "urn:c")]
    store = Store([], *more)
    found, settled = drive(survey().read([Look("urn:a")]), store)
    assert settled
    assert list(found) == [Look("urn:a"), Look("urn:b"), Look("urn:c")]
    assert store.pauses == [0.5] * 3


def test_what_goes_on_changing_does_not_come_to_rest() -> None:
    store = Store([], *([link("urn:a", f"urn:{number}")] for number in range(9)))
    found, settled = drive(survey().read([Look("urn:a")]), store)
    assert not settled
    assert len(found[Look("urn:a")]) == len(store.pauses) == 3


def test_what_is_not_enough_does_not_come_to_rest() -> None:
    store = Store([])
    assert drive(survey(retries=2, enough=2).read([Look("urn:a")]), store) == ({Look("urn:a"): []}, False)
    assert store.pauses == [0.5] * 2


def test_the_order_of_triples_means_nothing() -> None:
    class Shuffled(Store):
        def _find(self, wanted: dict[str, object]) -> list[Triple]:
            return super()._find(wanted)[:: -1 if self.pauses else 1]

    store = Shuffled([Triple("urn:a", "urn:p", Literal(text)) for text in "xy"])
    assert drive(Survey(survey().ask, lambda *_: (), bool, 3, 0.1).read([Look("urn:a")]), store)[1]
    assert len(store.pauses) == 1


def test_without_a_delay_there_is_no_pause() -> None:
    store = Store([])
    assert drive(survey(delay=0).read([Look("urn:a")]), store)[1]
    assert store.pauses == []


def test_a_chain_without_end_does_not_come_to_rest() -> None:
    class Endless(Store):
        def _find(self, wanted: dict[str, object]) -> list[Triple]:
            subject = wanted["s"]
            assert isinstance(subject, dict)
            return [link(subject["i"], subject["i"] + "x")]

    store = Endless([])
    _, settled = drive(survey(retries=1).read([Look("urn:")]), store)
    assert not settled
    assert len(store.rounds) == 2 * MAX_ROUNDS


def test_an_error_ends_it() -> None:
    store = Store([])
    store.answers["triples"] = [OSError("broken")]
    with pytest.raises(OSError, match="broken"):
        drive(survey().read([Look("urn:a")]), store)
