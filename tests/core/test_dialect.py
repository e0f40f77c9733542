"""The presets of the dialects, against the facts of the releases they stand for."""

from __future__ import annotations

import pytest

from tgproto.dialect import (
    GENERATION_1,
    GENERATION_2,
    MIXED_2_2,
    Dialect,
    SocketAuth,
    Tenancy,
    TermCodec,
)


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        (GENERATION_1, Dialect("1.x", SocketAuth.QUERY, TermCodec.VALUE, Tenancy.USER, False, False)),
        (GENERATION_2, Dialect("2.x", SocketAuth.FRAME, TermCodec.TERM, Tenancy.WORKSPACE, True, True)),
        (MIXED_2_2, Dialect("2.2.5 to 2.4.4", SocketAuth.QUERY, TermCodec.TERM, Tenancy.USER, True, True)),
    ],
    ids=lambda value: value.name,
)
def test_a_preset_has_the_habits_of_its_releases(dialect: Dialect, expected: Dialect) -> None:
    assert dialect == expected


def test_a_dialect_can_be_a_key() -> None:
    assert len({GENERATION_1, GENERATION_2, MIXED_2_2, GENERATION_1}) == 3
