"""The global services of 1.7.1 at both doors."""

from __future__ import annotations

import json
from typing import Any

from tgproto.gateway import Gateway1, GraphStore
from tgproto.gateway.generation1.globals import SERVICES
from tgproto.gateway.rest import Rest
from tgproto.gateway.steps import Failure, Frame
from tgproto.secrets import Secret
from tgproto.serving.messages import WebRequest
from tgproto.session.envelope import WireError
from tgproto.session.events import Payload, RequestReceived


def over_socket(of: Gateway1, service: str, body: bytes, flow: str | None = None) -> Any:
    caller = of.identify(Secret(""))
    assert caller is not None
    steps = of.answer(RequestReceived(1, service, flow, None, Payload(body)), caller)
    assert not isinstance(steps, WireError)
    *_, step = steps
    if isinstance(step, Failure):
        return {"error": {"type": step.error.type, "message": step.error.message}}
    assert isinstance(step, Frame)
    return json.loads(step.payload)


def over_rest(of: Gateway1, service: str, body: bytes) -> Any:
    rest = Rest(of)
    rest.receive(WebRequest("POST", f"/api/v1/{service}", (), body), now=0.0)
    answer = rest.pull(now=0.0, room=2**20)
    assert answer is not None
    assert answer.status == 200
    return json.loads(answer.body)


def test_every_operation_is_answered_alike_at_both_doors() -> None:
    for kind, service in SERVICES.items():
        for operation in (*service.operations, "nope", 5):
            body = json.dumps({"operation": operation}).encode()
            of = Gateway1(GraphStore())
            answer = over_socket(of, kind, body)
            assert over_rest(Gateway1(GraphStore()), kind, body) == answer


def test_bodies_that_are_no_objects() -> None:
    for body in (b"5", b"[]", b"null", b'"x"'):
        error = over_socket(Gateway1(GraphStore()), "config", body)["error"]
        assert error["type"] == "gateway-error"
        assert over_rest(Gateway1(GraphStore()), "config", body) == {"error": error}
    deep = b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    assert over_socket(Gateway1(GraphStore()), "config", deep)["error"]["type"] == "gateway-error"


def test_a_core_is_found_by_a_query_once_it_is_loaded() -> None:
    of, term = Gateway1(GraphStore()), {"v": "urn:x", "e": True}
    about = {"id": "d", "metadata": [], "user": "ann", "collection": "c"}
    batch = {"metadata": about, "triples": [{"s": term, "p": term, "o": term}]}
    over_rest(of, "knowledge", json.dumps({"operation": "put-kg-core", "triples": batch}).encode())
    load = {"operation": "load-kg-core", "id": "d", "user": "ann", "flow": "default", "collection": "c"}
    assert over_socket(of, "knowledge", json.dumps(load).encode()) == {}
    query = json.dumps({"user": "ann", "collection": "c"}).encode()
    assert over_socket(of, "triples", query, "default") == {"response": batch["triples"]}


def test_the_time_is_that_of_the_clock() -> None:
    of = Gateway1(GraphStore(), clock=lambda: 1_800_000_000.0)
    body = b'{"operation":"list-collections","user":"ann"}'
    assert over_rest(of, "collection-management", body)["timestamp"] == "2027-01-15T08:00:00"
