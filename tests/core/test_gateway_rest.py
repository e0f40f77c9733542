"""The pace of plain requests. What they are answered is up to the gateway."""

from __future__ import annotations

import json

import pytest

from tests.core.authorization import shown
from tgproto.dialect import GENERATION_2
from tgproto.gateway import Gateway, Gateway1
from tgproto.gateway.demo import demo_graphs
from tgproto.gateway.rest import Rest
from tgproto.serving.messages import WebAnswer, WebRequest
from tgproto.session.config import ServerConfig

PLENTY = 2**20
EMBEDDINGS = "/api/v1/flow/default/service/embeddings"
COMPLETION = "/api/v1/flow/default/service/text-completion"


def gateway(**options: object) -> Gateway:
    graphs = demo_graphs()
    graphs.add([], workspace="attic")
    keys = {"tg_a": "default", "tg_b": "other", "tg_root": ["default", "*"]}
    flows = {"default": ["embeddings", "text-completion", "document-rag", "agent"], "bare": ["embeddings"]}
    return Gateway(graphs, keys=keys, flows=flows, **options)  # type: ignore[arg-type]


def request(target: str, body: object = b"{}", key: str = "tg_a", method: str = "POST") -> WebRequest:
    data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
    return WebRequest(method, target, shown(f"Bearer {key}"), data)


def test_an_answer_that_is_known_at_once() -> None:
    rest = Rest(gateway())
    rest.receive(request("/nope"), now=0.0)
    assert rest.next_deadline() == 0.0
    answer = rest.pull(now=0.0, room=PLENTY)
    assert answer is not None
    assert answer.status == 404
    assert rest.next_deadline() is None
    assert rest.pull(now=9.0, room=PLENTY) is None


def test_an_error_of_a_service() -> None:
    rest = Rest(gateway())
    rest.receive(request("/api/v1/flow/default/service/document-rag", {"query": "fail=1"}), now=0.0)
    answer = rest.pull(now=0.0, room=PLENTY)
    assert answer is not None
    assert (answer.status, json.loads(answer.body)["error"]["type"]) == (200, "document-rag-error")


def test_answers_come_when_their_time_has_come() -> None:
    rest = Rest(gateway(latency=1.0))
    rest.receive(request(COMPLETION, {"prompt": "n=1 first=2"}), now=10.0)
    for now in (10.0, 11.0):
        assert rest.next_deadline() == now
        assert rest.pull(now=now, room=PLENTY) is None
    assert rest.next_deadline() == 13.0
    answer = rest.pull(now=13.0, room=PLENTY)
    assert answer is not None
    assert b"chunk-0" in answer.body


TIMED_OUT = WebAnswer(200, b'{"error":{"type":"gateway-error","message":""}}')


def impatient() -> Rest:
    return Rest(gateway(session=ServerConfig(GENERATION_2, answer_timeout=60.0)))


@pytest.mark.parametrize("prompt", ["hang=1", "first=61"])
def test_a_service_that_is_silent(prompt: str) -> None:
    rest = impatient()
    rest.receive(request(COMPLETION, {"prompt": prompt}), now=0.0)
    assert rest.pull(now=0.0, room=PLENTY) is None
    assert rest.next_deadline() == 60.0
    assert rest.pull(now=59.0, room=PLENTY) is None
    answer = rest.pull(now=60.0, room=PLENTY)
    assert answer is not None
    assert json.loads(answer.body) == json.loads(TIMED_OUT.body)
    assert rest.next_deadline() is None


def test_a_service_of_1_x_that_is_silent() -> None:
    rest = Rest(Gateway1(demo_graphs("trustgraph")))
    rest.receive(request("/api/v1/flow/default/service/graph-rag", {"query": "hang=1"}), now=0.0)
    assert rest.pull(now=119.0, room=PLENTY) is None
    answer = rest.pull(now=120.0, room=PLENTY)
    assert answer is not None
    assert json.loads(answer.body) == {"error": {"type": "gateway-error", "message": "Timeout"}}


def test_each_frame_is_a_sign_of_life() -> None:
    rest = impatient()
    rest.receive(request(COMPLETION, {"prompt": "n=3 delay=50", "streaming": True}), now=0.0)
    answers = [rest.pull(now=float(now), room=PLENTY) for now in range(0, 151, 10)]
    assert answers[:-1] == [None] * 15
    assert answers[-1] is not None
    assert b"end_of_stream" in answers[-1].body


def test_no_room() -> None:
    rest = Rest(gateway())
    for asked in (request("/nope"), request(COMPLETION, {"prompt": "n=0"})):
        rest.receive(asked, now=0.0)
        assert rest.pull(now=1.0, room=0) is None
        assert rest.next_deadline() == 0.0
        assert rest.pull(now=1.0, room=1) is not None


def test_what_is_thrown_away_takes_room_too() -> None:
    rest = Rest(gateway())
    rest.receive(request(COMPLETION, {"prompt": "n=100 size=1000", "streaming": True}), now=0.0)
    turns = 1
    while rest.pull(now=0.0, room=10_000) is None:
        assert rest.next_deadline() == 0.0
        turns += 1
    assert turns == 11


def test_nobody_waits() -> None:
    rest = Rest(gateway())
    for asked in (request("/nope"), request(COMPLETION)):
        rest.receive(asked, now=0.0)
        rest.forget()
        assert rest.next_deadline() is None
        assert rest.pull(now=0.0, room=PLENTY) is None
    rest.receive(request("/nope"), now=0.0)
    rest.receive(request(EMBEDDINGS, {"texts": []}), now=0.0)
    answer = rest.pull(now=0.0, room=PLENTY)
    assert answer is not None
    assert answer.status == 200
