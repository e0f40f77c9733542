"""The presets of the dialects, and the releases between them, against the facts of those releases."""

from __future__ import annotations

from dataclasses import replace

import pytest

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
WHOLE = False, False, True
"""Objects instead of rows, no chunks of documents, documents loaded into flows."""
MIXED = SocketAuth.QUERY, TermCodec.TERM, Tenancy.USER
NEW = SocketAuth.FRAME, TermCodec.TERM, Tenancy.WORKSPACE


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        (GENERATION_1, Dialect("1.x", *OLD, False, False, False, False, *WHOLE)),
        (GENERATION_2, Dialect("2.x", *NEW, True, True, True, True)),
        (MIXED_2_2, Dialect("2.2.5 to 2.4.4", *MIXED, True, True, True, True, True, True, True)),
    ],
    ids=lambda value: value.name,
)
def test_a_preset_has_the_habits_of_its_releases(dialect: Dialect, expected: Dialect) -> None:
    assert replace(dialect, lacks=frozenset()) == expected


def test_a_dialect_can_be_a_key() -> None:
    assert len({GENERATION_1, GENERATION_2, MIXED_2_2, GENERATION_1}) == 3


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        ("1.7", Dialect("1.7", *OLD, False, False, False, False, *WHOLE)),
        ("1.8.12", Dialect("1.8.12", *OLD, False, False, False, False, *WHOLE)),
        ("1.8.13", Dialect("1.8.13", *OLD, True, False, False, False, *WHOLE)),
        ("2.0.0", Dialect("2.0.0", *MIXED, True, False, False, False, *WHOLE)),
        ("2.1.5", Dialect("2.1.5", *MIXED, True, True, False, False, True, True, True)),
        ("2.1.6", Dialect("2.1.6", *MIXED, True, True, True, False, True, True, True)),
        ("2.2.5", Dialect("2.2.5", *MIXED, True, True, True, True, True, True, True)),
        (
            "2.4.0",
            Dialect("2.4.0", SocketAuth.QUERY, TermCodec.TERM, Tenancy.WORKSPACE, *[True] * 7),
        ),
        ("2.4.5", Dialect("2.4.5", *NEW, True, True, True, True)),
        ("v2.11.1", Dialect("v2.11.1", *NEW, True, True, True, True)),
        ("3.0", Dialect("3.0", *NEW, True, True, True, True)),
        ("1.x", GENERATION_1),
        ("2.x", GENERATION_2),
    ],
)
def test_a_release_has_its_habits(release: str, expected: Dialect) -> None:
    assert replace(dialect_of(release), lacks=expected.lacks) == expected


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
