"""Plain requests and answers as values."""

from __future__ import annotations

import pytest

from tgproto.gateway.messages import JSON, TEXT, RestAnswer, RestRequest, parse_body, refuse


def test_a_request_shows_no_token() -> None:
    request = RestRequest("POST", "/a/b?token=tg_a", "Bearer tg_a")
    assert "tg_a" not in repr(request)
    assert request.path == "/a/b"


def test_the_header_of_an_answer() -> None:
    assert RestAnswer(200, b"{}").headers == (("Content-Type", JSON),)
    assert RestAnswer(405, b"no", TEXT, "POST").headers == (("Content-Type", TEXT), ("Allow", "POST"))
    assert refuse(403, "no") == RestAnswer(403, b'{"error":"no"}')


def test_json_in_the_words_of_a_gateway() -> None:
    assert parse_body(b'{"a":[NaN,"\\ud800"]}')
    with pytest.raises(ValueError, match=r"^Expecting value: line 1 column 1 \(char 0\)$"):
        parse_body(b"")
    with pytest.raises(ValueError, match="'utf-8' codec"):
        parse_body(b"\xff")
