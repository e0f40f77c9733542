"""Escapes of texts and IRIs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tgproto.rdf.escapes import unescape


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("", ""),
        ("nothing to do", "nothing to do"),
        (r"\t\b\n\r\f\"\'\\", "\t\b\n\r\f\"'\\"),
        (r"\u00e9\U0001F309", "é\U0001f309"),
        (r"\\u00e9", r"\u00e9"),
        (r"\\\u00e9", "\\é"),
    ],
)
def test_examples(text: str, meant: str) -> None:
    assert unescape(text) == meant


@given(st.text())
def test_every_character_has_a_number(text: str) -> None:
    assert unescape("".join(f"\\U{ord(character):08x}" for character in text)) == text
