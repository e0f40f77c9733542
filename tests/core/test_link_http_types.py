"""The values the HTTP links take and give: what they refuse, and what they do not show."""

from __future__ import annotations

import pytest

from tgproto.closing import CloseCause, CloseKind
from tgproto.errors import LocalProtocolError
from tgproto.link.http_types import (
    DEFAULT_HTTP,
    BodyData,
    BodyEnd,
    HttpClosed,
    HttpConfig,
    HttpRequest,
    RequestHead,
    ResponseHead,
    UpgradeReceived,
    check_headers,
)

SECRET = "tg_secret"


def test_limits_have_the_documented_defaults() -> None:
    assert HttpConfig() == DEFAULT_HTTP
    assert (DEFAULT_HTTP.max_head_bytes, DEFAULT_HTTP.max_message_bytes) == (65536, 268435456)
    assert (DEFAULT_HTTP.head_timeout, DEFAULT_HTTP.idle_timeout) == (60.0, 75.0)
    assert DEFAULT_HTTP.answer_timeout == 660.0
    assert HttpConfig(answer_timeout=None).answer_timeout is None


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("max_head_bytes", 1023),
        ("max_message_bytes", 0),
        ("head_timeout", 0.0),
        ("idle_timeout", -1.0),
        ("answer_timeout", float("nan")),
    ],
)
def test_a_useless_limit_is_refused_by_name(option: str, value: float) -> None:
    with pytest.raises(ValueError, match=option):
        HttpConfig(**{option: value})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("method", "target", "host"),
    [
        ("", "/", "x"),
        ("GE T", "/", "x"),
        ("GET\r\nX: y", "/", "x"),
        ("CONNECT", "x:1", "x"),
        ("connect", "x:1", "x"),
        ("GET", "", "x"),
        ("GET", "/a b", "x"),
        ("GET", "/\r\n", "x"),
        ("GET", "/ü", "x"),
        ("GET", "/\x7f", "x"),
        ("GET", "/", ""),
        ("GET", "/", "x\n"),
        ("GET", "/", "bücher.example"),
    ],
)
def test_a_request_line_that_cannot_be_sent_is_refused(method: str, target: str, host: str) -> None:
    with pytest.raises(LocalProtocolError):
        HttpRequest(method, target, host)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("", "x"),
        ("a b", "x"),
        ("a\r\n", "x"),
        ("ä", "x"),
        ("a", "x\r\ny: z"),
        ("a", "x\n"),
        ("a", "\x00"),
        ("a", "\x1f"),
        ("a", "ä"),
        ("a", " x"),
        ("a", "x\t"),
        ("Host", "x"),
        ("Content-Length", "1"),
        ("TRANSFER-ENCODING", "chunked"),
        ("upgrade", "websocket"),
        ("expect", "100-continue"),
    ],
)
def test_a_header_that_cannot_be_sent_is_refused(name: str, value: str) -> None:
    with pytest.raises(LocalProtocolError):
        HttpRequest("GET", "/", "x", ((name, value),))


def test_a_refused_header_value_is_not_shown() -> None:
    with pytest.raises(LocalProtocolError) as caught:
        HttpRequest("GET", "/", "x", (("Authorization", f"Bearer {SECRET}\n"),))
    assert SECRET not in str(caught.value)


def test_legal_headers_are_taken() -> None:
    headers = (("Accept", "a/b;q=0.1, \t c"), ("X-Empty", ""), ("host", "x"))
    check_headers(headers)
    with pytest.raises(LocalProtocolError, match="manages"):
        check_headers(headers, frozenset({"host"}))


def test_a_body_is_bytes() -> None:
    with pytest.raises(TypeError, match="str"):
        HttpRequest("POST", "/", "x", body="text")  # type: ignore[arg-type]


def test_a_request_does_not_show_its_secrets() -> None:
    request = HttpRequest(
        "POST",
        f"/a?token={SECRET}&b=c",
        "x",
        (("Authorization", f"Bearer {SECRET}"), ("X-Api-Key", SECRET), ("Accept", "text/plain")),
        SECRET.encode(),
    )
    assert repr(request) == (
        "HttpRequest(method='POST', target='/a?token=***&b=c', host='x', headers=[('Authorization', '***'), "
        "('X-Api-Key', '***'), ('Accept', 'text/plain')], body=<9 bytes>)"
    )
    assert str(request) == "POST /a?token=***&b=c"


def test_events_do_not_show_secrets() -> None:
    headers = ((b"authorization", SECRET.encode()), (b"set-cookie", SECRET.encode()), (b"a", b"b"))
    shown = "[(b'authorization', b'***'), (b'set-cookie', b'***'), (b'a', b'b')]"
    assert repr(RequestHead("GET", f"/?token={SECRET}", headers)) == (
        f"RequestHead(method='GET', target='/?token=***', headers={shown})"
    )
    assert repr(ResponseHead(200, headers)) == f"ResponseHead(status=200, headers={shown})"
    assert repr(BodyData(SECRET.encode())) == "BodyData(<9 bytes>)"
    assert repr(UpgradeReceived(SECRET.encode())) == "UpgradeReceived(<9 bytes>)"


def test_heads_answer_by_header_name() -> None:
    headers = ((b"a", b"1"), (b"a", b"2"))
    for head in (RequestHead("GET", "/", headers), ResponseHead(200, headers)):
        assert head.header(b"a") == b"1"
        assert head.header(b"b") is None


def test_an_answer_is_good_if_its_status_is_2xx() -> None:
    assert [ResponseHead(status, ()).successful for status in (200, 204, 299)] == [True] * 3
    assert not any(ResponseHead(status, ()).successful for status in (300, 302, 401, 500, 999))


def test_events_are_values() -> None:
    cause = CloseCause(CloseKind.LOCAL, "x")
    assert HttpClosed(cause) == HttpClosed(CloseCause(CloseKind.LOCAL, "x"))
    assert BodyEnd() == BodyEnd()
