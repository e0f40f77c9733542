import pytest

from tgproto.address import DEFAULT_URL, Address, parse_address


@pytest.mark.parametrize(
    ("url", "expected", "authority"),
    [
        (DEFAULT_URL, Address("localhost", 8088), "localhost:8088"),
        ("ws://gateway/", Address("gateway", 80), "gateway"),
        ("https://gateway.example", Address("gateway.example", 443, True), "gateway.example"),
        ("wss://h:8443/base/tg", Address("h", 8443, True, "/base/tg/"), "h:8443"),
        ("http://[::1]:8888/", Address("::1", 8888), "[::1]:8888"),
        ("http://h/ä b/a%20b", Address("h", 80, False, "/%C3%A4%20b/a%20b/"), "h"),
        ("http://h:443/", Address("h", 443), "h:443"),
        ("http://Bücher.example:1/", Address("xn--bcher-kva.example", 1), "xn--bcher-kva.example:1"),
    ],
)
def test_a_url_is_taken_apart(url: str, expected: Address, authority: str) -> None:
    assert parse_address(url) == expected
    assert expected.authority == authority


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("localhost:8088", "begins with http"),
        ("ftp://h/", "begins with http"),
        ("tg_secret", "begins with http"),
        ("http://", "names a host"),
        ("http://[::1/", "names a host"),
        ("http://a..b/", "names a host"),
        ("http://a b/", "names a host"),
        ("http://a\x01/", "names a host"),
        ("http://h:99999/", "65535"),
        ("http://h:0/", "65535"),
        ("http://h:tg_secret/", "65535"),
        ("http://user:pw@h/", "token="),
        ("http://u:pa/tg_secret@h/", "65535"),
        ("http://h/?key=tg_secret", "token="),
        ("http://h/?token=tg_secret", "token="),
        ("http://h/#tg_secret", "token="),
    ],
)
def test_a_wrong_url_is_refused_without_showing_secrets(url: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        parse_address(url)
    assert "tg_secret" not in str(caught.value)
    assert "pw" not in str(caught.value)


def test_a_url_is_a_string() -> None:
    with pytest.raises(TypeError, match="must be a str, not int"):
        parse_address(8088)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("host", "literal"),
    [
        ("127.0.0.1", True),
        ("[::1]", True),
        ("localhost", False),
        ("gateway.example", False),
        ("10.example", False),
    ],
)
def test_an_ip_address_needs_no_look_up(host: str, literal: bool) -> None:
    assert parse_address(f"http://{host}:8088/").is_literal is literal


@pytest.mark.parametrize(
    ("scheme", "websocket"), [("http", False), ("HTTPS", False), ("ws", True), ("WSS", True)]
)
def test_what_the_scheme_asks_for(scheme: str, websocket: bool) -> None:
    assert parse_address(f"{scheme}://gateway/").websocket is websocket
