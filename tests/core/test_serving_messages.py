"""Plain requests and answers as values."""

from __future__ import annotations

from tests.core.authorization import shown
from tgproto.serving.messages import JSON, TEXT, WebAnswer, WebRequest


def test_a_request_shows_no_token() -> None:
    request = WebRequest("POST", "/a/b?token=tg_a", shown("Bearer tg_a"))
    assert "tg_a" not in repr(request)
    assert request.path == "/a/b"


def test_the_headers_of_a_request() -> None:
    request = WebRequest("GET", "/", ((b"x-api-key", b"k"), (b"authorization", b"\xff")))
    assert request.header("X-API-Key") == "k"
    assert request.header("Accept") is None
    assert request.authorization == "\ufffd"
    assert WebRequest("GET", "/").authorization == ""


def test_the_headers_of_an_answer() -> None:
    assert WebAnswer(200, b"{}").headers == (("Content-Type", JSON),)
    allow = (("Allow", "POST"),)
    assert WebAnswer(405, b"no", TEXT, allow).headers == (("Content-Type", TEXT), *allow)
    assert WebAnswer(204, content_type="").headers == ()
