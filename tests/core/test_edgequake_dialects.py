"""The dialects of EdgeQuake as data."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tgproto.edgequake.dialects import DIALECTS, GUIDE, OPENAI, RAW, SERVER, Plain, edgequake_dialect


def test_dialects_are_found_by_name() -> None:
    assert [edgequake_dialect(name) for name in ("server", "guide", "openai", "raw")] == [
        SERVER,
        GUIDE,
        OPENAI,
        RAW,
    ]
    assert all(name == dialect.name for name, dialect in DIALECTS.items())


def test_a_dialect_of_ones_own_is_taken_as_it_is() -> None:
    own = replace(OPENAI, chat=replace(OPENAI.chat, path="llm/chat"))
    assert edgequake_dialect(own) is own


@pytest.mark.parametrize(("dialect", "error"), [("", ValueError), ("v1", ValueError), (None, TypeError)])
def test_there_are_no_others(dialect: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="dialect must be"):
        edgequake_dialect(dialect)


def test_only_mere_text_has_no_end() -> None:
    plain = {name: dialect.query_stream.plain for name, dialect in DIALECTS.items()}
    assert plain == {
        "server": Plain.NEVER,
        "guide": Plain.UNLESS_OBJECT,
        "openai": Plain.NEVER,
        "raw": Plain.ALWAYS,
    }
    assert {dialect.chat_stream.plain for dialect in DIALECTS.values()} == {Plain.NEVER}
