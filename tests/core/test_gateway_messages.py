"""Refusals, and bodies in the words of a gateway."""

from __future__ import annotations

import pytest

from tgproto.gateway.messages import parse_body, refuse
from tgproto.serving.messages import WebAnswer


def test_a_refusal() -> None:
    assert refuse(403, "no") == WebAnswer(403, b'{"error":"no"}')


def test_json_in_the_words_of_a_gateway() -> None:
    assert parse_body(b'{"a":[NaN,"\\ud800"]}')
    with pytest.raises(ValueError, match=r"^Expecting value: line 1 column 1 \(char 0\)$"):
        parse_body(b"")
    with pytest.raises(ValueError, match="'utf-8' codec"):
        parse_body(b"\xff")
