"""String tables."""

from __future__ import annotations

import pytest

from tgproto.gateway.generation2.strings import ENGLISH, PACKS, pack


@pytest.mark.parametrize(
    ("language", "found"),
    [("es", "es"), ("es-MX", "es"), ("ES_mx", "es"), ("en", "en"), ("xx", "en"), ("", "en")],
)
def test_packs(language: str, found: str) -> None:
    assert pack(language) is PACKS[found]


def test_all_have_the_same_entries() -> None:
    assert all(table.keys() == ENGLISH.keys() for table in PACKS.values())
