"""The REST client, continued: which gateway it is, and tokens that are asked for."""

from __future__ import annotations

import json

import pytest

from tests.core.http_network import HttpNetwork, ready
from tgproto.dialect import MIXED_2_2, Dialect
from tgproto.errors import (
    AuthenticationError,
    CallCancelled,
    CallContext,
    ConnectionLost,
    GatewayError,
    LocalProtocolError,
    RequestTimeout,
)
from tgproto.secrets import Secret
from tgproto.session.events import CredentialWanted, StreamReadable
from tgproto.session.request import Request

USER = {"user": {"id": "1", "default_workspace": "acme"}, "bootstrap_available": False}

# --- the dialect ------------------------------------------------------------------------------------

NO_IAM = {"error": "'iam'"}


class Lazy:
    """Becomes a request that names the dialect."""

    service, flow, public = "agent", "f", False

    def request(self, dialect: Dialect) -> Request:
        if dialect is MIXED_2_2:
            raise LocalProtocolError("agent: not for this one")
        return Request("agent", json.dumps({"dialect": dialect.name}).encode(), "f")


def submit(network: HttpNetwork, now: float, **limits: float | None) -> int:
    stream = network.client.submit(Lazy(), now=now, **{"timeout": None, **limits})
    network.serve(now)
    return stream


def test_one_question_tells_dialect_and_workspace() -> None:
    network = HttpNetwork(dialect=None)
    lazy, plain = submit(network, 0.0), network.ask(0.0, "config", b'{"a":1}')
    assert network.dialed == [1]
    end = network.open(1, 0.0)
    network.answer(1, USER, 0.0)
    network.answer(1, {"n": 1}, 0.0)
    network.answer(1, {"n": 2}, 0.0)
    assert [request.body for request in end.requests] == [
        {"operation": "whoami"},
        {"workspace": "acme", "dialect": "2.x"},
        {"a": 1},
    ]
    assert [network.result(stream, 0.0)["n"] for stream in (lazy, plain)] == [1, 2]
    submit(network, 1.0)
    assert end.requests[-1].body == {"workspace": "acme", "dialect": "2.x"}


def test_an_old_gateway_is_asked_one_thing_more() -> None:
    network = HttpNetwork(dialect=None)
    submit(network, 0.0)
    end = network.open(1, 0.0)
    network.answer(1, NO_IAM, 0.0)
    assert (end.requests[1].target, end.requests[1].body) == (
        "/api/v1/flow",
        {"operation": "list-blueprints"},
    )
    network.answer(1, {"error": {"type": "flow-error", "message": "invalid operation"}}, 0.0)
    assert end.requests[2].body == {"dialect": "1.x"}


def test_what_the_dialect_cannot_express_fails_alone() -> None:
    network = HttpNetwork(dialect=None)
    lazy, plain = submit(network, 0.0), network.ask(0.0, "config")
    network.open(1, 0.0)
    network.answer(1, NO_IAM, 0.0)
    network.answer(1, {"blueprint-names": []}, 0.0)
    assert str(network.error(lazy, 0.0)) == "agent: not for this one"
    network.answer(1, {}, 0.0)
    assert network.result(plain, 0.0) == {}
    with pytest.raises(LocalProtocolError, match="not for this one"):
        submit(network, 1.0)


def test_nothing_is_sent_if_the_dialect_stays_unknown() -> None:
    network = HttpNetwork(dialect=None)
    stream = submit(network, 0.0)
    end = network.open(1, 0.0)
    network.answer(1, {"error": {"type": "gateway-error", "message": "?"}}, 0.0)
    error = network.error(stream, 0.0)
    assert isinstance(error, GatewayError)
    assert error.context == CallContext("agent", "f")
    assert "pass dialect=" in str(error)
    assert len(end.requests) == 1


def test_an_interrupt_while_encoding_ends_the_call_it_meets() -> None:
    class Interrupted(Lazy):
        def request(self, dialect: Dialect) -> Request:
            raise KeyboardInterrupt

    network = HttpNetwork(dialect=None)
    stream = network.client.submit(Interrupted(), now=0.0, timeout=None)
    network.serve(0.0)
    network.open(1, 0.0)
    with pytest.raises(KeyboardInterrupt):
        network.answer(1, USER, 0.0)
    network.serve(0.0)
    assert isinstance(network.error(stream, 0.0), CallCancelled)


# --- tokens -----------------------------------------------------------------------------------------

REFUSED = {"error": "auth failure"}


def shown(network: HttpNetwork, key: int) -> list[bytes]:
    return [request.headers.get(b"authorization", b"") for request in network.ends[key].requests]


def test_the_first_token_is_asked_for() -> None:
    network = HttpNetwork(token=None, renewable=True)
    streams = [network.ask(0.0), network.ask(0.0)]
    assert network.notices == [CredentialWanted("there is none that is good")]
    network.client.authenticate(Secret("one"), now=1.0)
    network.serve(1.0)
    network.open(1, 1.0)
    network.answer(1, {}, 1.0)
    network.answer(1, {}, 1.0)
    assert shown(network, 1) == [b"Bearer one"] * 2
    assert [network.result(stream, 1.0) for stream in streams] == [{}, {}]


def test_what_is_refused_is_sent_again_with_a_fresh_token() -> None:
    network = ready(token=Secret("old"), renewable=True)
    stream = network.ask(1.0)
    assert network.answer(1, REFUSED, 1.0, status=401) == [CredentialWanted("there is none that is good")]
    later = network.ask(1.0)
    network.client.authenticate(Secret("new"), now=2.0)
    network.serve(2.0)
    network.answer(1, {"n": 1}, 2.0)
    network.answer(1, {"n": 2}, 2.0)
    assert shown(network, 1)[1:] == [b"Bearer old", b"Bearer new", b"Bearer new"]
    assert [network.result(each, 2.0)["n"] for each in (stream, later)] == [1, 2]


def test_a_fresh_token_that_is_refused_is_the_end() -> None:
    network = ready(token=Secret("old"), renewable=True)
    stream = network.ask(1.0)
    network.answer(1, REFUSED, 1.0, status=401)
    network.client.authenticate(Secret("new"), now=2.0)
    network.serve(2.0)
    network.answer(1, REFUSED, 2.0, status=401)
    assert isinstance(network.error(stream, 2.0), AuthenticationError)
    assert network.client.idle is False
    assert [type(notice) for notice in network.notices].count(CredentialWanted) == 1


def test_a_call_that_has_waited_does_not_wait_again_with_a_later_one() -> None:
    network = ready(token=Secret("old"), renewable=True, max_connections=1)
    first = network.ask(1.0)
    network.answer(1, REFUSED, 1.0, status=401)
    network.client.authenticate(Secret("old"), now=2.0)  # the same once more
    second = network.ask(2.0)
    network.serve(2.0)
    network.answer(1, REFUSED, 2.0, status=401)
    assert isinstance(network.error(first, 2.0), AuthenticationError)
    network.answer(1, REFUSED, 2.0, status=401)  # it is news for the second one
    network.client.authenticate(Secret("new"), now=3.0)
    network.serve(3.0)
    network.answer(1, {}, 3.0)
    assert network.result(second, 3.0) == {}


def test_who_cannot_be_helped_is_told_at_once() -> None:
    network = ready(token=Secret("old"))
    stream = network.ask(1.0)
    network.answer(1, REFUSED, 1.0, status=401)
    assert isinstance(network.error(stream, 1.0), AuthenticationError)


def test_a_refusal_that_comes_after_the_fresh_token_asks_for_no_other() -> None:
    network = ready(token=Secret("old"), renewable=True, max_connections=2)
    first, second = network.ask(1.0), network.ask(1.0)
    network.open(2, 1.0)
    network.answer(1, REFUSED, 1.0, status=401)
    network.client.authenticate(Secret("new"), now=2.0)
    network.serve(2.0)
    network.answer(2, REFUSED, 2.0, status=401)
    assert shown(network, 2) == [b"Bearer old", b"Bearer new"]
    network.answer(1, {}, 2.0)
    network.answer(2, {}, 2.0)
    assert [network.result(each, 2.0) for each in (first, second)] == [{}, {}]
    assert [type(notice) for notice in network.notices].count(CredentialWanted) == 1


def test_what_was_queued_is_sent_with_the_fresh_token() -> None:
    network = ready(token=Secret("old"), renewable=True, max_connections=1)
    network.ask(1.0)
    network.ask(1.0)
    network.client.authenticate(Secret("new"), now=2.0)
    network.serve(2.0)
    network.answer(1, {}, 2.0)
    assert shown(network, 1)[1:] == [b"Bearer old", b"Bearer new"]


def test_without_a_token_calls_fail_with_the_reason() -> None:
    network = HttpNetwork(token=None, renewable=True, dialect=None)
    stream = network.ask(0.0, "agent", flow="f")
    network.client.deny("the well is dry", now=1.0)
    network.serve(1.0)
    error = network.error(stream, 1.0)
    assert isinstance(error, AuthenticationError)
    assert error.message == "the well is dry"
    assert error.context == CallContext("agent", "f")
    assert network.client.idle
    network.ask(2.0)  # and the owner is asked again
    assert [type(notice) for notice in network.notices].count(CredentialWanted) == 2


def test_an_owner_who_does_not_answer_is_not_waited_for() -> None:
    network = HttpNetwork(token=None, renewable=True, auth_timeout=5.0)
    stream = network.ask(0.0)
    assert network.client.next_deadline() == 5.0
    network.tick(5.0)
    assert "within 5 s (auth_timeout)" in str(network.error(stream, 5.0))


def test_a_token_is_replaced_before_it_ends_if_it_is_in_use() -> None:
    network = HttpNetwork(token=None, renewable=True)
    network.ask(0.0)
    network.client.authenticate(Secret("one"), now=0.0, lifetime=10.0)
    network.serve(0.0)
    network.open(1, 0.0)
    network.answer(1, {}, 0.0)
    assert network.tick(5.0) == [CredentialWanted("it ends soon")]
    network.client.authenticate(Secret("two"), now=5.0, lifetime=200.0)
    network.tick(65.0)  # the connection is closed, since nobody uses it
    assert network.client.next_deadline() == 145.0
    assert network.tick(145.0) == []
    assert network.client.next_deadline() is None


def test_a_token_that_no_header_can_carry_changes_nothing() -> None:
    network = HttpNetwork(token=None, renewable=True, dialect=None)
    stream = network.ask(0.0)
    with pytest.raises(LocalProtocolError):
        network.client.authenticate(Secret("a\nb"), now=0.0)
    network.client.authenticate(Secret("one"), now=0.0)
    network.serve(0.0)
    network.open(1, 0.0)
    network.answer(1, USER, 0.0)
    network.answer(1, {}, 0.0)
    assert network.result(stream, 0.0) == {}


def test_who_waits_for_a_token_waits_within_limits() -> None:
    network = HttpNetwork(token=None, renewable=True, max_queued=2)
    late, gone = network.ask(0.0, timeout=1.0), network.ask(0.0)
    with pytest.raises(LocalProtocolError, match="max_queued"):
        network.ask(0.0)
    network.client.cancel(gone, now=0.0)
    network.tick(1.0)
    assert isinstance(network.error(late, 1.0), RequestTimeout)
    stream = network.ask(2.0)
    network.client.close(now=2.0)
    assert network.serve(2.0) == [StreamReadable(stream)]
    assert isinstance(network.error(stream, 2.0), ConnectionLost)
    assert network.client.next_deadline() is None


def test_nobody_is_asked_for_a_token_after_closing() -> None:
    network = HttpNetwork(token=None, renewable=True)
    stream = network.client.submit(Request("config", b"{}"), now=0.0)
    network.client.close(now=0.0)
    assert network.serve(0.0) == [StreamReadable(stream)]
