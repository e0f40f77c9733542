"""Plain HTTP, request by request: statuses and bodies are those of a real gateway 2.11.1."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tgproto.dialect import GENERATION_2
from tgproto.gateway.demo import demo_graphs
from tgproto.gateway.gateway import Gateway
from tgproto.gateway.rest import Rest, RestAnswer, RestRequest
from tgproto.session.config import ServerConfig

PLENTY = 2**20
JSON = "application/json; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
EMBEDDINGS = "/api/v1/flow/default/service/embeddings"
COMPLETION = "/api/v1/flow/default/service/text-completion"
SKELETON = {
    "blueprint-names": [],
    "flow-ids": [],
    "blueprint-definition": "",
    "flow": "",
    "description": "",
    "parameters": {},
}


def gateway(**options: object) -> Gateway:
    graphs = demo_graphs()
    graphs.add([], workspace="attic")
    keys = {"tg_a": "default", "tg_b": "other", "tg_root": ["default", "*"]}
    flows = {"default": ["embeddings", "text-completion", "document-rag", "agent"], "bare": ["embeddings"]}
    return Gateway(graphs, keys=keys, flows=flows, **options)  # type: ignore[arg-type]


def request(target: str, body: object = b"{}", key: str = "tg_a", method: str = "POST") -> RestRequest:
    data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
    return RestRequest(method, target, f"Bearer {key}", data)


def ask(of: Gateway, asked: RestRequest) -> RestAnswer:
    """Return an answer that takes no time."""
    rest = Rest(of)
    rest.receive(asked, now=0.0)
    assert rest.next_deadline() == 0.0
    answer = rest.pull(now=0.0, room=PLENTY)
    assert answer is not None
    assert rest.next_deadline() is None
    assert rest.pull(now=9.0, room=PLENTY) is None
    return answer


def post(target: str, body: object, key: str = "tg_a") -> tuple[int, object]:
    answer = ask(gateway(), request(target, body, key))
    assert answer.headers == (("Content-Type", JSON),)
    return answer.status, json.loads(answer.body)


# --- refusals ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "body", "status", "expected"),
    [
        (EMBEDDINGS, {}, 200, {"error": {"type": "gateway-error", "message": "'texts'"}}),
        ("/api/v1/flow/default/service/nope", {}, 404, {"error": "unknown kind"}),
        ("/api/v1/flow/default/service/text-load", b"{", 404, {"error": "unknown kind"}),
        ("/api/v1/flow/nope/service/agent", {}, 200, {"error": "Invalid flow default/nope"}),
        ("/api/v1/flow/bare/service/agent", {}, 200, {"error": "This kind not supported by flow"}),
        (
            EMBEDDINGS,
            b'{"id": ',
            200,
            {"error": "Expecting value: line 1 column 8 (char 7)"},
        ),
        (EMBEDDINGS, b"", 200, {"error": "Expecting value: line 1 column 1 (char 0)"}),
        (
            EMBEDDINGS,
            b"\xff",
            200,
            {"error": "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"},
        ),
        (EMBEDDINGS, {"workspace": "nope"}, 200, {"error": "Invalid flow nope/default"}),
        (EMBEDDINGS, {"workspace": 5}, 200, {"error": "Invalid flow 5/default"}),
        (EMBEDDINGS, {"workspace": [5]}, 200, {"error": "unhashable type: 'list'"}),
        (EMBEDDINGS, {"workspace": {"a": 5}}, 200, {"error": "unhashable type: 'dict'"}),
        ("/api/v1/flow/default/service/thru/echo/x", {}, 403, {"error": "access denied"}),
        ("/api/v1/flow", {}, 400, {"error": "missing operation"}),
        ("/api/v1/nope", {}, 400, {"error": "missing operation"}),
        ("/api/v1/flow", {"operation": "nope"}, 400, {"error": "unknown operation"}),
        ("/api/v1/flow", {"operation": ["nope"]}, 400, {"error": "unknown operation"}),
        ("/api/v1/nope", {"operation": "list-flows"}, 400, {"error": "unknown operation"}),
        ("/api/v1/socket", {"operation": "list-flows"}, 400, {"error": "unknown operation"}),
        ("/api/v1/iam", {}, 400, {"error": "unknown operation"}),
        ("/api/v1/iam", {"operation": "nope"}, 400, {"error": "unknown operation"}),
        ("/api/v1/flow", b"{", 400, {"error": "invalid json"}),
        ("/api/v1/flow", b"\xff", 400, {"error": "invalid json"}),
        ("/api/v1/flow", None, 400, {"error": "invalid json"}),
        ("/api/v1/flow", [], 400, {"error": "body must be an object"}),
        ("/api/v1/iam", 5, 400, {"error": "body must be an object"}),
        ("/api/v1/flow", {"operation": "list-flows", "workspace": "other"}, 403, {"error": "access denied"}),
        ("/api/v1/flow", {"operation": "list-flows", "workspace": "nope"}, 403, {"error": "access denied"}),
        ("/api/v1/flow", {"operation": "list-flows", "workspace": 5}, 403, {"error": "access denied"}),
    ],
)
def test_refusals(target: str, body: object, status: int, expected: object) -> None:
    assert post(target, body) == (status, expected)


@pytest.mark.parametrize("workspace", ["nope", 5])
def test_a_workspace_that_does_not_exist_is_shown_to_those_who_may_know(workspace: object) -> None:
    body = {"operation": "list-flows", "workspace": workspace}
    assert post("/api/v1/flow", body, "tg_root") == (404, {"error": "workspace not found"})


@pytest.mark.parametrize(
    "target", [EMBEDDINGS, "/api/v1/flow/nope/service/rows", "/api/v1/flow", "/api/v1/iam"]
)
@pytest.mark.parametrize(
    "header", ["", "tg_a", "bearer tg_a", "Bearer", "Bearer ", "Bearer tg_x", "Bearer a.b.c"]
)
def test_who_is_not_known(target: str, header: str) -> None:
    body = b'{"operation":"whoami"}' if target.endswith("iam") else b'{"operation":"list-flows"}'
    answer = ask(gateway(), RestRequest("POST", target, header, body))
    assert (answer.status, json.loads(answer.body)) == (401, {"error": "auth failure"})


def test_callers_without_a_key() -> None:
    for header in ("", "Basic x", "Bearer  "):
        answer = ask(gateway(anonymous="default"), RestRequest("POST", EMBEDDINGS, header, b'{"texts":[]}'))
        assert (answer.status, answer.body) == (200, b'{"vectors":[]}')


@pytest.mark.parametrize(
    ("method", "target", "status", "allow"),
    [
        ("GET", EMBEDDINGS, 405, "POST"),
        ("GET", "/api/v1/flow/default/service/nope", 405, "POST"),
        ("OPTIONS", "/api/v1/flow?x", 405, "POST"),
        ("PUT", "/api/v1/socket", 405, "GET,HEAD,POST"),
        ("GET", "/api/v1/socket?token=x", 400, ""),
        ("HEAD", "/api/v1/socket", 400, ""),
        ("POST", "/api/v1/a/b/c", 404, ""),
        ("POST", "/api/v1/", 404, ""),
        ("POST", "/api/v1/{x}", 404, ""),
        ("POST", "/api/v1/flow/default/service/", 404, ""),
        ("POST", "/api/v1/flow/default/service/a/b", 404, ""),
        ("GET", "/", 404, ""),
        ("GET", "", 404, ""),
    ],
)
def test_paths_and_methods(method: str, target: str, status: int, allow: str) -> None:
    answer = ask(gateway(), request(target, method=method))
    assert answer.status == status
    assert answer.body.startswith(str(status).encode())
    allowed = (("Allow", allow),) if allow else ()
    assert answer.headers == (("Content-Type", TEXT), *allowed)


def test_a_body_that_is_too_long() -> None:
    assert ask(gateway(), request(EMBEDDINGS, None)).status == 413
    assert ask(gateway(), request(EMBEDDINGS, None, "tg_x")).status == 401
    assert ask(gateway(), request("/api/v1/flow/default/service/nope", None)).status == 404


def test_a_key_is_not_shown() -> None:
    assert "tg_a" not in repr(request(EMBEDDINGS))


# --- answers ----------------------------------------------------------------------------------


def test_the_workspace_of_a_flow_service_is_not_checked() -> None:
    for workspace in (None, "", "default", "other", "attic"):
        body = {"texts": [], "workspace": workspace}
        assert post(EMBEDDINGS, body, "tg_a") == (200, {"vectors": []})
    # Not the caller's own workspace is the default one, but the one of this name.
    status, body = post(COMPLETION, {"prompt": "Kestrel Bridge?"}, "tg_b")
    assert status == 200
    assert "built by" in str(body)


def test_the_workspace_of_a_global_service_is_the_callers() -> None:
    of = gateway()
    body = {"operation": "start-flow", "flow-id": "new", "blueprint-name": "bare", "description": "d"}
    assert json.loads(ask(of, request("/api/v1/flow", body, "tg_b")).body) == SKELETON

    def flows(key: str, **more: object) -> object:
        answer = ask(of, request("/api/v1/flow", {"operation": "list-flows", **more}, key))
        return json.loads(answer.body)["flow-ids"]

    assert (
        flows("tg_b")
        == flows("tg_b", workspace="")
        == flows("tg_root", workspace="other")
        == ["default", "bare", "new"]
    )
    assert flows("tg_a") == ["default", "bare"]
    new = {"texts": [], "workspace": "other"}
    assert ask(of, request("/api/v1/flow/new/service/embeddings", new)).body == b'{"vectors":[]}'


def test_who_am_i() -> None:
    status, body = post("/api/v1/iam", {"operation": "whoami", "actor": "root"}, "tg_b")
    assert status == 200
    assert isinstance(body, dict)
    assert body["user"]["default_workspace"] == "other"
    assert body["bootstrap_available"] is False


def test_paths_are_decoded() -> None:
    of = gateway()
    body = {"operation": "start-flow", "flow-id": "a/b é%", "blueprint-name": "bare", "description": ""}
    ask(of, request("/api/v1/f%6Cow?x=1", body))
    answer = ask(of, request("/api/v1/flow/a%2Fb%20%C3%A9%25/service/%65mbeddings?y", {"texts": []}))
    assert answer.body == b'{"vectors":[]}'


def test_of_a_stream_only_the_end_is_left() -> None:
    status, body = post(COMPLETION, {"prompt": "n=3", "streaming": True})
    assert (status, body) == (
        200,
        {"response": "", "in_token": 1, "out_token": 3, "model": "graph-teller", "end_of_stream": True},
    )
    assert post(COMPLETION, {"prompt": "n=1"})[1]["response"] == "chunk-0 "  # type: ignore[index]


@pytest.mark.parametrize(
    ("kind", "body", "expected"),
    [
        ("text-completion", {"prompt": "n=4 fail=2"}, {"response": None, "end_of_stream": True}),
        (
            "document-rag",
            {"query": "fail=1"},
            {
                "end_of_stream": False,
                "end_of_session": False,
                "error": {"type": "document-rag-error", "message": "scripted failure after 1 chunks"},
            },
        ),
        (
            "agent",
            {"question": "fail=0"},
            {"error": {"type": "gateway-error", "message": "'Error' object has no attribute 'code'"}},
        ),
    ],
)
def test_errors_of_services(kind: str, body: object, expected: object) -> None:
    assert post(f"/api/v1/flow/default/service/{kind}", body) == (200, expected)


def test_numbers_and_characters_that_are_no_json() -> None:
    status, body = post(COMPLETION, b'{"prompt":"ANSWER<<\\ud800>>","temperature":NaN}')
    assert status == 200
    assert body["response"] == "\ud800"  # type: ignore[index]


# --- in time and within bounds ----------------------------------------------------------------


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


TIMED_OUT = RestAnswer(200, b'{"error":{"type":"gateway-error","message":""}}')


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


targets = st.sampled_from(
    [EMBEDDINGS, COMPLETION, "/api/v1/flow", "/api/v1/iam", "/api/v1/flow/%FF/service/agent"]
)
members = st.dictionaries(
    st.sampled_from(["operation", "workspace", "flow-id", "texts", "prompt"]),
    st.one_of(st.none(), st.text(max_size=3), st.integers(), st.lists(st.integers(), max_size=2)),
)
bodies = st.one_of(st.binary(max_size=9), members.map(lambda body: json.dumps(body).encode()))


@given(targets | st.text(max_size=9), bodies, st.text(max_size=9) | st.just("Bearer tg_a"))
@settings(max_examples=150, deadline=None)
def test_anything_is_answered(target: str, body: bytes, header: str) -> None:
    answer = ask(gateway(), RestRequest("POST", target, header, body))
    assert 200 <= answer.status < 500


@pytest.mark.parametrize("target", [EMBEDDINGS, "/api/v1/flow"])
@pytest.mark.parametrize("body", [b"[" * 200_000, b'{"workspace":' * 100_000, b"9" * 5000])
def test_bodies_beyond_reason(target: str, body: bytes) -> None:
    status, answer = post(target, body)
    assert status in (200, 400)
    assert "error" in answer  # type: ignore[operator]
