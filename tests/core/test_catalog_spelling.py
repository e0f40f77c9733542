"""Which gateways take which spelling."""

from __future__ import annotations

import pytest

from tgproto.catalog.spelling import (
    Refusal,
    Spelling,
    embeds_many,
    has_blueprints,
    has_chunks,
    queries_one_vector,
)
from tgproto.dialect import GENERATION_1, GENERATION_2, MIXED_2_2, Dialect


@pytest.mark.parametrize("habit", [embeds_many, queries_one_vector, has_blueprints, has_chunks])
@pytest.mark.parametrize(("dialect", "new"), [(GENERATION_1, False), (MIXED_2_2, True), (GENERATION_2, True)])
def test_a_habit_decides(habit: object, dialect: Dialect, new: bool) -> None:
    assert callable(habit)
    spelling = Spelling(habit, {"new": 1}, {"old": Refusal("no")})
    assert spelling(dialect) == ({"new": 1} if new else {"old": Refusal("no")})
