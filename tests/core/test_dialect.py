"""The presets of the dialects, and the releases between them, against the facts of those releases."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tgproto.dialect import (
    CHANGES,
    GENERATION_1,
    GENERATION_2,
    MIXED_2_2,
    Dialect,
    SocketAuth,
    Tenancy,
    TermCodec,
    dialect_of,
    rows_or_objects,
)

OLD = SocketAuth.QUERY, TermCodec.VALUE, Tenancy.USER
MIXED = SocketAuth.QUERY, TermCodec.TERM, Tenancy.USER
NEW = SocketAuth.FRAME, TermCodec.TERM, Tenancy.WORKSPACE
NONE = False, False, False
ALL = True, True, True

Derived: TypeAlias = tuple[bool, bool, bool, bool]
"""Blueprints, rows, chunks, direct load."""

FIRST: Derived = (False, False, False, True)
MIDDLE: Derived = (True, True, True, True)
LAST: Derived = (True, True, True, False)


def derived(dialect: Dialect) -> Derived:
    return dialect.blueprints, dialect.rows, dialect.chunks, dialect.direct_load


@pytest.mark.parametrize(
    ("dialect", "expected", "follows"),
    [
        (GENERATION_1, Dialect("1.x", *OLD, *NONE), FIRST),
        (GENERATION_2, Dialect("2.x", *NEW, *ALL), LAST),
        (MIXED_2_2, Dialect("2.2.5 to 2.4.4", *MIXED, *ALL), MIDDLE),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_preset_has_the_habits_of_its_releases(
    dialect: Dialect, expected: Dialect, follows: Derived
) -> None:
    assert replace(dialect, lacks=frozenset()) == expected
    assert derived(dialect) == follows


def test_a_dialect_can_be_a_key() -> None:
    assert len({GENERATION_1, GENERATION_2, MIXED_2_2, GENERATION_1}) == 3


@pytest.mark.parametrize(
    ("release", "expected", "follows"),
    [
        ("1.7", Dialect("1.7", *OLD, *NONE), FIRST),
        ("1.8.12", Dialect("1.8.12", *OLD, *NONE), FIRST),
        ("1.8.13", Dialect("1.8.13", *OLD, *NONE), (True, False, False, True)),
        ("2.0.0", Dialect("2.0.0", *MIXED, *NONE), (True, False, False, True)),
        ("2.0.11", Dialect("2.0.11", *MIXED, *NONE), (True, True, False, True)),
        ("2.1.0", Dialect("2.1.0", *MIXED, *NONE), (True, True, False, True)),
        ("2.1.1", Dialect("2.1.1", *MIXED, *NONE), MIDDLE),
        ("2.1.5", Dialect("2.1.5", *MIXED, True, False, False), MIDDLE),
        ("2.1.6", Dialect("2.1.6", *MIXED, True, True, False), MIDDLE),
        ("2.2.5", Dialect("2.2.5", *MIXED, *ALL), MIDDLE),
        ("2.4.0", Dialect("2.4.0", SocketAuth.QUERY, TermCodec.TERM, Tenancy.WORKSPACE, *ALL), MIDDLE),
        ("2.4.4", Dialect("2.4.4", SocketAuth.QUERY, TermCodec.TERM, Tenancy.WORKSPACE, *ALL), MIDDLE),
        ("2.4.5", Dialect("2.4.5", *NEW, *ALL), LAST),
        ("v2.11.1", Dialect("v2.11.1", *NEW, *ALL), LAST),
        ("3.0", Dialect("3.0", *NEW, *ALL), LAST),
        ("1.x", replace(GENERATION_1, lacks=frozenset()), FIRST),
        ("2.x", replace(GENERATION_2, lacks=frozenset()), LAST),
    ],
)
def test_a_release_has_its_habits(release: str, expected: Dialect, follows: Derived) -> None:
    dialect = dialect_of(release)
    assert replace(dialect, lacks=frozenset()) == expected
    assert derived(dialect) == follows


@given(st.tuples(st.integers(1, 3), st.integers(0, 12), st.integers(0, 20)))
def test_what_follows_is_alike_for_all_that_came_and_went_together(number: tuple[int, int, int]) -> None:
    assume(number >= (1, 7, 0))
    dialect = dialect_of(".".join(map(str, number)))
    assert derived(dialect) == (
        number >= (1, 8, 13),
        number >= (2, 0, 11),
        number >= (2, 1, 1),
        number < (2, 4, 5),
    )
    lacks = dialect.lacks
    assert ("flow list-classes" in lacks) is dialect.blueprints
    assert ("objects" in lacks) is dialect.rows
    assert ("librarian stream-document" not in lacks) is dialect.chunks
    assert ("document-load" not in lacks) is dialect.direct_load


def test_a_dialect_that_lacks_nothing_is_told_apart_by_its_switches_alone() -> None:
    assert derived(Dialect("mine", *NEW, *ALL)) == MIDDLE


def test_the_changes_are_in_order_and_of_this_family() -> None:
    assert [first for first, _ in CHANGES] == sorted(first for first, _ in CHANGES)


@pytest.mark.parametrize(
    "release", ["", "1", "2", "1.6.9", "0.9", "x", "2.x.1", "2.4.5.1", "2.4.5rc1", "²·4", "auto"]
)
def test_what_is_no_release_is_refused(release: str) -> None:
    with pytest.raises(ValueError, match="such as 2"):
        dialect_of(release)


def test_a_number_is_no_name_of_a_release() -> None:
    with pytest.raises(TypeError, match="must be a str, not float"):
        dialect_of(2.3)


@pytest.mark.parametrize(
    ("dialect", "lacking", "not_lacking"),
    [
        (
            GENERATION_1,
            {"rows", "iam", "reranker", "document-embeddings"},
            {"objects", "text-load", "triples"},
        ),
        (GENERATION_2, {"objects", "text-load", "flow list-classes"}, {"rows", "iam", "reranker", "cloze"}),
        (MIXED_2_2, {"objects", "iam", "cloze"}, {"text-load", "rows", "sparql", "auth", "i18n/packs"}),
        (dialect_of("1.8.13"), {"flow get-class", "rows"}, {"flow get-blueprint", "row-embeddings"}),
        (dialect_of("2.6.3"), {"reranker", "iam mint-token"}, {"iam", "iam bootstrap-status"}),
        (dialect_of("2.11.0"), {"objects"}, {"field-extraction", "reranker"}),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_what_a_release_has_not(dialect: Dialect, lacking: set[str], not_lacking: set[str]) -> None:
    assert lacking <= dialect.lacks
    assert not not_lacking & dialect.lacks


def test_the_name_of_structured_data() -> None:
    names = [rows_or_objects(dialect_of(release)) for release in ("1.x", "2.0.5", "2.0.11", "2.x")]
    assert names == ["objects", "objects", "rows", "rows"]
