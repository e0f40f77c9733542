"""Which proxy leads to a gateway: arguments, the environment, and what is excluded."""

from __future__ import annotations

import pytest

from tgdrivers.network import endpoint
from tgdrivers.proxies import Proxy, choose_proxy, parse_proxy
from tgproto.address import Address, parse_address
from tgproto.secrets import Secret

HERE = Address("proxy", 3128)


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "REQUEST_METHOD"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def chosen(url: str) -> Proxy | None:
    return choose_proxy(True, parse_address(url))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://proxy:3128", Proxy(HERE)),
        ("http://proxy:3128/", Proxy(HERE)),
        ("proxy:3128", Proxy(HERE)),
        ("HTTP://Proxy", Proxy(Address("proxy", 80))),
        ("https://proxy", Proxy(Address("proxy", 443, True))),
        ("http://[::1]:1", Proxy(Address("::1", 1))),
        ("http://bücher.example:1", Proxy(Address("xn--bcher-kva.example", 1))),
        ("http://me@proxy:3128", Proxy(HERE, ("me", Secret("")))),
        ("http://me:@proxy:3128", Proxy(HERE, ("me", Secret("")))),
        ("me:it@proxy:3128", Proxy(HERE, ("me", Secret("it")))),
        ("http://m%40x:a%3Ab%2F%23%C3%A9@proxy:3128", Proxy(HERE, ("m@x", Secret("a:b/#é")))),
        ("http://me:a@b:c@proxy:3128", Proxy(HERE, ("me", Secret("a@b:c")))),
    ],
)
def test_a_url_is_taken_apart(url: str, expected: Proxy) -> None:
    assert parse_proxy(url) == expected
    assert "me" not in repr(expected) or expected.credentials is None or "credentials" not in repr(expected)


@pytest.mark.parametrize(
    "url",
    [
        *("", "http://", "http://h:0", "http://h:x", "http://h:99999", "http://[::1", "http://a b"),
        *("http://h/path", "http://h?q", "http://h#f", "http://a..b", "http://a%3Ab:c@h", "://h"),
        *("http://u:xyz/zy@h", "http://a\x01b", "http://me:\udc80@h", "ftp://xyzzy@h"),
        *("socks5://h", "socks5h://me:xyzzy@h"),
    ],
)
def test_a_wrong_url_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ValueError, match="the URL of a proxy") as caught:
        parse_proxy(url)
    assert "xyz" not in str(caught.value)
    assert caught.value.__context__ is None
    if "socks" in url:
        assert "http_client=" in str(caught.value)


def test_choices() -> None:
    gateway = Address("gateway", 80)
    assert choose_proxy(None, gateway) is choose_proxy(False, gateway) is choose_proxy(True, gateway) is None
    assert choose_proxy("proxy:3128", Address("127.0.0.1", 80)) == Proxy(HERE)


def test_each_scheme_has_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "plain:1")
    monkeypatch.setenv("HTTPS_PROXY", "secure:1")
    for scheme, name in (("http", "plain"), ("ws", "plain"), ("https", "secure"), ("wss", "secure")):
        assert chosen(f"{scheme}://gateway/") == Proxy(Address(name, 1))
    monkeypatch.setenv("https_proxy", "lower:1")  # wins
    assert chosen("wss://gateway/") == Proxy(Address("lower", 1))
    monkeypatch.setenv("ALL_PROXY", "other:1")
    assert chosen("http://gateway/") == Proxy(Address("plain", 1))
    monkeypatch.delenv("HTTP_PROXY")
    assert chosen("http://gateway/") == Proxy(Address("other", 1))


def test_empty_variables_and_cgi(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "")
    assert chosen("http://gateway/") is None
    monkeypatch.setenv("HTTP_PROXY", "evil:1")
    monkeypatch.setenv("REQUEST_METHOD", "GET")  # a CGI script's HTTP_PROXY is a header of its client
    assert chosen("http://gateway/") is None


@pytest.mark.parametrize("here", ["localhost", "LOCALHOST", "localhost.", "127.0.0.1", "127.9.9.9", "[::1]"])
def test_this_machine_needs_no_proxy(here: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "proxy:3128")
    assert chosen(f"http://{here}:8088/") is None
    assert chosen("http://localhost.example/") == Proxy(HERE)


@pytest.mark.parametrize(
    ("excluded", "url", "direct"),
    [
        ("*", "http://gateway.example/", True),
        ("other, gateway.example", "http://gateway.example/", True),
        ("example", "http://gateway.example/", True),
        (".example", "http://gateway.example/", True),
        ("*.example", "https://gateway.example/", True),
        ("ample", "http://gateway.example/", False),
        ("GATEWAY.example", "http://Gateway.Example/", True),
        ("gateway.example:8088", "http://gateway.example:8088/", True),
        ("gateway.example:8088", "http://gateway.example:8089/", False),
        ("gateway.example:80", "ws://gateway.example/", True),
        ("10.1.2.3", "http://10.1.2.3:99/", True),
        ("10.1.2.3", "http://10.1.2.4:99/", False),
        ("fd00::1", "http://[fd00::1]:99/", True),
        ("[fd00::1]:99", "http://[fd00::1]:99/", True),
        ("fd00::1", "http://[fd00::11]/", False),
        ("", "http://gateway.example/", False),
        (" , ", "http://gateway.example/", False),
    ],
)
def test_what_is_excluded(excluded: str, url: str, direct: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "proxy:3128")
    monkeypatch.setenv("NO_PROXY", excluded)
    assert (chosen(url) is None) is direct


def test_what_an_endpoint_shows() -> None:
    place = endpoint(parse_address("https://gateway/"), proxy="https://me:xyzzy@proxy:3128")
    assert place.dialed == Address("proxy", 3128, True)
    assert "xyzzy" not in repr(place)
    assert place.tls is not place.proxy_tls is not None
    assert endpoint(parse_address("http://gateway/")).dialed == Address("gateway", 80)
