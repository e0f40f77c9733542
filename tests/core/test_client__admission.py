"""The client of several connections, continued: refusals of an upgrade, and tokens that are asked for."""

from __future__ import annotations

import pytest

from tests.core.network import Network, ready
from tgproto.dialect import GENERATION_1, MIXED_2_2, Dialect
from tgproto.driven import Lost
from tgproto.errors import AuthenticationError, ConnectionLost
from tgproto.secrets import Secret
from tgproto.session.events import Authenticated, Completed, CredentialWanted
from tgproto.session.request import Request

PLAINLY = {"headers": [("Content-Type", "text/plain; charset=utf-8")], "body": b"401: Unauthorized"}


def wanted(network: Network) -> int:
    """How often the owner was asked for a token."""
    return [type(notice) for notice in network.notices].count(CredentialWanted)


@pytest.mark.parametrize("gateway", [GENERATION_1, MIXED_2_2])
def test_a_gateway_that_wants_the_token_in_the_url_is_found_out(gateway: Dialect) -> None:
    network = Network(gateway=gateway, token="secret", span_limit=1, max_connections=2)
    first, second = network.ask(0.0), network.ask(0.0)
    network.refuse_all([1, 2], 401, 0.0, **PLAINLY)
    assert [notice.cause.refused.status for notice in network.notices if isinstance(notice, Lost)] == [
        401,
        401,
    ]
    network.open(3, 0.0)
    assert Authenticated(None, gateway) in network.notices
    assert network.targets == ["/api/v1/socket"] * 2 + ["/api/v1/socket?token=secret"]
    network.respond(3, 0, 0.0)
    network.respond(3, 1, 0.0)
    for stream in (first, second):
        assert isinstance(network.client.take(stream, now=0.0)[1], Completed)


def test_a_token_that_is_wrong_in_the_url_too_is_refused() -> None:
    network = Network(gateway=GENERATION_1, token="wrong")
    streams = [network.ask(0.0), network.ask(0.0)]
    network.refuse(1, 401, 0.0, **PLAINLY)
    network.refuse(2, 401, 0.0, **PLAINLY)
    for stream in streams:
        assert isinstance(network.error(stream, 0.0), AuthenticationError)
    network.serve(0.0)
    assert network.client.idle


@pytest.mark.parametrize("token", ["tg_x", ""])
def test_other_refusals_are_final(token: str) -> None:
    network = Network(token=token)
    stream = network.ask(0.0)
    network.refuse(1, 401, 0.0, **(PLAINLY if not token else {}))
    assert isinstance(network.error(stream, 0.0), AuthenticationError)


def test_the_first_token_is_asked_for_once_for_all_connections() -> None:
    network = Network(token=None, span_limit=1, renewable=True)
    streams = [network.ask(0.0), network.ask(0.0)]
    network.open(1, 0.0)
    network.open(2, 0.0)
    assert wanted(network) == 1
    network.token = "one"
    network.client.authenticate(Secret("one"), now=0.0)
    network.serve(0.0)
    for key, stream in enumerate(streams, 1):
        network.respond(key, 0, 0.0)
        assert isinstance(network.client.take(stream, now=0.0)[1], Completed)


def test_nothing_is_dialed_where_the_first_token_has_to_be_in_the_url() -> None:
    network = Network(gateway=GENERATION_1, dialect=GENERATION_1, token=None, renewable=True)
    stream = network.ask(0.0)
    assert network.notices == [CredentialWanted("the gateway lets nobody in without a good one in the URL")]
    network.client.authenticate(Secret("one"), now=0.0)
    network.serve(0.0)
    network.open(1, 0.0)
    assert network.targets == ["/api/v1/socket?token=one"]
    network.respond(1, 0, 0.0)
    assert isinstance(network.client.take(stream, now=0.0)[1], Completed)


def test_a_token_in_the_url_that_is_refused_is_replaced_once() -> None:
    network = Network(gateway=GENERATION_1, dialect=GENERATION_1, token="old", renewable=True, span_limit=1)
    first, second = network.ask(0.0), network.ask(0.0)
    network.refuse_all([1, 2], 401, 0.0)
    assert wanted(network) == 1
    network.client.authenticate(Secret("new"), now=0.0)
    network.serve(0.0)
    network.open(3, 0.0)
    network.refuse(4, 401, 0.0)
    assert isinstance(network.error(second, 0.0), AuthenticationError)
    network.respond(3, 0, 0.0)
    assert isinstance(network.client.take(first, now=0.0)[1], Completed)
    assert wanted(network) == 1


@pytest.mark.parametrize("dialect", [None, GENERATION_1])
def test_without_a_token_calls_fail_with_the_reason(dialect: Dialect | None) -> None:
    network = Network(dialect=dialect, token=None, renewable=True)
    stream = network.ask(0.0)
    if dialect is None:
        network.open(1, 0.0)
    network.client.deny("the well is dry", now=1.0)
    network.serve(1.0)
    error = network.error(stream, 1.0)
    assert isinstance(error, AuthenticationError)
    assert error.message == "the well is dry"
    again = network.ask(2.0)
    if dialect is None:
        network.open(2, 2.0)
    assert wanted(network) == 2
    network.tick(22.0)
    assert "within 20 s (auth_timeout)" in str(network.error(again, 22.0))


def test_a_denial_harms_nobody_who_has_been_let_in() -> None:
    network = ready(token="old", renewable=True, span_limit=1)
    stream, second = network.ask(1.0), network.ask(1.0)
    network.client.deny("the well is dry", now=1.0)
    network.serve(1.0)
    network.open(2, 1.0)
    network.respond(1, 1, 1.0)
    network.respond(2, 0, 1.0)
    for each in (stream, second):
        assert isinstance(network.client.take(each, now=1.0)[1], Completed)


def test_a_token_is_replaced_before_it_ends_if_it_is_in_use() -> None:
    network = ready(token="old", renewable=True)
    network.client.authenticate(Secret("old"), now=1.0, lifetime=10.0)
    network.serve(1.0)
    assert network.tick(6.0) == [CredentialWanted("it ends soon")]
    network.client.authenticate(Secret("old"), now=6.0, lifetime=10.0)
    network.serve(6.0)
    network.lose(1, 7.0)
    assert network.tick(11.0) == []
    assert network.client.next_deadline() is None


def test_closing_waits_for_no_token() -> None:
    network = Network(dialect=GENERATION_1, token=None, renewable=True)
    stream = network.ask(0.0)
    network.client.close(now=0.0)
    network.serve(0.0)
    assert isinstance(network.error(stream, 0.0), ConnectionLost)
    network.serve(0.0)
    assert network.client.idle
    assert network.client.next_deadline() is None


def test_nobody_is_asked_for_a_token_after_closing() -> None:
    network = Network(dialect=GENERATION_1, token=None, renewable=True)
    network.client.submit(Request("config", b"{}"), now=0.0)
    network.client.close(now=0.0)
    network.serve(0.0)
    assert wanted(network) == 0


def test_an_empty_token_from_the_owner_is_tried_once() -> None:
    network = Network(gateway=GENERATION_1, token=None, renewable=True)
    stream = network.ask(0.0)
    network.refuse(1, 401, 0.0, **PLAINLY)
    network.client.authenticate(Secret(""), now=0.0)
    network.serve(0.0)
    network.refuse(2, 401, 0.0, **PLAINLY)
    assert isinstance(network.error(stream, 0.0), AuthenticationError)
    network.serve(0.0)
    assert network.client.idle
