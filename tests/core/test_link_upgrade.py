"""What a client may ask for: everything that could split or distort the request is refused."""

import pytest

from tgproto.errors import LocalProtocolError
from tgproto.link.upgrade import MANAGED, UpgradeRequest


@pytest.mark.parametrize("host", ["localhost:8088", "h", "[::1]:8088", "bücher.example", "a.b-c_d.example:1"])
def test_hosts_that_can_be_named(host: str) -> None:
    assert UpgradeRequest(host).host == host


@pytest.mark.parametrize(
    "host", ["", "a b", "a\r\nX: y", "a\0", "user:tg_secret@h", "h/x", "h?x", "x" * 64, "a..b", "a\u3000b"]
)
def test_hosts_that_cannot_and_the_message_does_not_repeat_them(host: str) -> None:
    with pytest.raises(LocalProtocolError, match="the host is not a name, or a name and a port"):
        UpgradeRequest(host)


@pytest.mark.parametrize("target", ["", "x", "/a b", "/\r\nX: y", "/é", "/\0", "http://h/"])
def test_targets_that_cannot_be_sent(target: str) -> None:
    with pytest.raises(LocalProtocolError, match="the target does not begin with /"):
        UpgradeRequest("h", target)


@pytest.mark.parametrize("header", [("X", "a\r\nY: b"), ("X Y", "a"), ("", "a"), ("X", "é"), ("X", "a\0")])
def test_headers_that_cannot_be_sent(header: tuple[str, str]) -> None:
    with pytest.raises(LocalProtocolError):
        UpgradeRequest("h", "/", (header,))


@pytest.mark.parametrize("name", sorted(MANAGED))
def test_headers_of_the_upgrade_itself_are_not_the_callers(name: str) -> None:
    with pytest.raises(LocalProtocolError, match="manages"):
        UpgradeRequest("h", "/", ((name.title(), "x"),))


def test_it_shows_no_secret() -> None:
    request = UpgradeRequest("h", "/s?token=tg_secret", (("Authorization", "Bearer tg_secret"),))
    assert repr(request) == "UpgradeRequest(host='h', target='/s?token=***', headers=['Authorization'])"
