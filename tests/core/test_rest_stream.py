"""A request over REST, as the client keeps it."""

from __future__ import annotations

from tgproto.dialect import Dialect
from tgproto.errors import CallContext
from tgproto.link.http_client import HttpClientLink
from tgproto.rest.stream import Line, Stream
from tgproto.session.request import Request


class Lazy:
    """What becomes a request later."""

    service, flow = "agent", "f"

    def request(self, dialect: Dialect) -> Request:
        raise AssertionError("nobody asks")


def test_what_is_encoded_is_known_from_the_start() -> None:
    stream = Stream(1, Request("agent", b"{}", "f", "w", repeatable=True), {})
    assert stream.context == CallContext("agent", "f", "w")
    assert stream.repeatable


def test_what_is_not_encoded_yet_promises_nothing() -> None:
    stream = Stream(1, Lazy(), {})
    assert stream.request is None
    assert stream.context == CallContext("agent", "f")
    assert not stream.repeatable


def test_a_fresh_token_is_waited_for_in_one_round() -> None:
    stream = Stream(1, Lazy(), {})
    assert [stream.renew(number) for number in (3, 3, 4)] == [True, True, False]


def test_a_line_begins_with_nothing() -> None:
    line = Line(HttpClientLink())
    assert (line.up, line.stream, line.head, line.body) == (False, None, None, [])
