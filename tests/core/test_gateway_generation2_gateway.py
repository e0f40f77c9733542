"""Who comes in, and what is refused in which words (those of gateway 2.11.1)."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.authorization import shown
from tgproto.dialect import GENERATION_1
from tgproto.gateway import Gateway
from tgproto.gateway.bulk import BulkSocket
from tgproto.gateway.callers import Caller
from tgproto.gateway.demo import demo_graphs
from tgproto.gateway.generation2.services import SERVICES
from tgproto.gateway.graph import GraphStore
from tgproto.gateway.rest import Rest
from tgproto.gateway.steps import Failure, Frame, Pause, Step
from tgproto.secrets import Secret
from tgproto.serving.messages import WebAnswer, WebRequest
from tgproto.session.config import ServerConfig
from tgproto.session.envelope import WireError
from tgproto.session.events import Payload, RequestReceived

KEYS = {"tg_a": "default", "tg_b": ["default", "other"]}
ANN = Caller("ann", ("default", "other"))


def request(
    service: str = "embeddings",
    flow: str | None = "default",
    workspace: str | None = None,
    body: bytes = b'{"texts":[]}',
) -> RequestReceived:
    return RequestReceived(1, service, flow, workspace, Payload(body))


def answer(gateway: Gateway, asked: RequestReceived, caller: Caller = ANN) -> list[Step]:
    steps = gateway.answer(asked, caller)
    assert not isinstance(steps, WireError)
    return list(steps)


def test_who_is_who() -> None:
    gateway = Gateway(GraphStore(), keys=KEYS, anonymous="public")
    assert gateway.identify(Secret("tg_a")) == Caller("user1", ("default",))
    assert gateway.identify(Secret("tg_b")) == Caller("user2", ("default", "other"))
    assert gateway.identify(Secret("")) == Caller("anonymous", ("public",))
    assert gateway.identify(Secret("tg_c")) is None
    assert Gateway(GraphStore(), keys=KEYS).identify(Secret("")) is None


@pytest.mark.parametrize(
    ("keys", "anonymous", "message"),
    [
        (None, (), "nobody"),
        ({}, "", "nobody"),
        ({"secret": "default"}, (), "tg_"),
        ({"tg_a": []}, (), "at least one workspace"),
        ({"": ["default"]}, (), "tg_"),
        ({"tg_a": "*"}, (), "named first"),
        ({"tg_secret.b.c": "default"}, (), "two dots"),
    ],
)
def test_keys_that_cannot_be(keys: dict[str, list[str]] | None, anonymous: str, message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        Gateway(GraphStore(), keys=keys, anonymous=anonymous)
    assert "secret" not in str(caught.value)


def test_flows_that_cannot_be() -> None:
    with pytest.raises(ValueError, match=r"flow 'f' cannot have nope, text-load$"):
        Gateway(GraphStore(), keys=KEYS, flows={"f": ["text-load", "agent", "nope"]})


def test_options_that_cannot_be() -> None:
    with pytest.raises(ValueError, match="latency"):
        Gateway(GraphStore(), keys=KEYS, latency=-1.0)
    with pytest.raises(ValueError, match=r"like that of gateway 2\.x"):
        Gateway(GraphStore(), keys=KEYS, session=ServerConfig(GENERATION_1))


def error(type_: str, message: str) -> WireError:
    return WireError(type_, message)


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        (request("thru/x"), error("error", "This kind not supported by flow")),
        (request("flow", None, body=b'{"operation":"nope"}'), error("unknown-service", "unknown service")),
        (request("flow", None, body=b'{"operation":["nope"]}'), error("unknown-service", "unknown service")),
        (request("flow", None, body=b"["), error("unknown-service", "unknown service")),
        (request("config", None, body=b'{"operation":"nope"}'), error("unknown-service", "unknown service")),
        (
            request("flow", None, "public", b'{"operation":"list-flows"}'),
            error("access-denied", "access denied"),
        ),
        (
            request("iam", None, "nope", b'{"operation":"whoami"}'),
            error("workspace-not-found", "workspace not found"),
        ),
        (request(workspace="*"), error("workspace-not-found", "workspace not found")),
        (request("nope"), error("unknown-service", "unknown service")),
        (request("nope", "nope", "nope"), error("unknown-service", "unknown service")),
        (request(""), error("unknown-service", "unknown service")),
        (request(flow=None), error("unknown-service", "unknown service")),
        (request("flow", None), error("unknown-service", "unknown service")),
        (request("rows", "nope", "nope"), error("workspace-not-found", "workspace not found")),
        (request(workspace="public"), error("access-denied", "access denied")),
        (request(workspace="attic"), error("access-denied", "access denied")),
        (request(flow="nope"), error("error", "Invalid flow default/nope")),
        (request("rows", "nope", "other"), error("error", "Invalid flow other/nope")),
        (request("rows"), error("error", "This kind not supported by flow")),
        (request("agent", "bare"), error("error", "This kind not supported by flow")),
    ],
)
def test_what_is_refused(asked: RequestReceived, refusal: WireError) -> None:
    graphs = GraphStore()
    graphs.add([], workspace="attic")
    flows = {"default": ["embeddings", "agent"], "bare": ["embeddings"]}
    gateway = Gateway(graphs, keys=KEYS, anonymous="public", flows=flows)
    assert gateway.answer(asked, ANN) == refusal
    for fine in (request(), request(workspace="other"), request("embeddings", "bare")):
        assert answer(gateway, fine)
    everywhere = Caller("root", ("default", "*"))
    assert answer(gateway, request(workspace="attic"), everywhere)
    assert gateway.answer(request(workspace="nope"), everywhere) == WireError(
        "workspace-not-found", "workspace not found"
    )


def test_without_flows_there_is_one_with_everything() -> None:
    gateway = Gateway(GraphStore(), keys=KEYS)
    for service in SERVICES:
        assert answer(gateway, request(service))


def test_an_answer_comes_from_the_workspace() -> None:
    graphs = demo_graphs()
    gateway = Gateway(graphs, keys=KEYS)
    ask = request("triples", body=b'{"limit":1}')
    [_, frame] = answer(gateway, ask)
    assert isinstance(frame, Frame)
    assert len(frame.payload) > 100
    elsewhere = request("triples", workspace="other", body=b'{"limit":1}')
    [_, frame] = answer(gateway, elsewhere)
    assert frame == Frame(b'{"response":[]}', final=True)


def test_a_graph_that_grows_is_known_at_once() -> None:
    graphs = GraphStore()
    gateway = Gateway(graphs, keys=KEYS)
    graphs.add(demo_graphs().graph("default", "default").find(limit=1))
    [_, frame] = answer(gateway, request("triples", body=b"{}"))
    assert isinstance(frame, Frame)
    assert frame.payload != b'{"response":[]}'


def test_a_body_is_judged_by_its_service() -> None:
    [failure] = answer(Gateway(GraphStore(), keys=KEYS), request(body=b"{}"))
    assert failure == Failure(WireError("gateway-error", "'texts'"))


def test_everything_takes_its_time() -> None:
    gateway = Gateway(GraphStore(), keys=KEYS, latency=0.5)
    for asked in (request(), request("iam", None, body=b'{"operation":"whoami"}')):
        pause, *_, last = answer(gateway, asked)
        assert pause == Pause(0.5)
        assert isinstance(last, Frame)


def managed(gateway: Gateway, service: str, caller: Caller = ANN, **body: object) -> dict[str, object]:
    [frame] = answer(gateway, request(service, None, body=json.dumps(body).encode()), caller)
    assert isinstance(frame, Frame)
    assert frame.final
    return json.loads(frame.payload)


def test_who_am_i() -> None:
    gateway = Gateway(GraphStore(), keys=KEYS)
    caller = gateway.identify(Secret("tg_b"))
    assert caller is not None
    found = managed(gateway, "iam", caller, operation="whoami")
    assert found == {"user": caller.record(), "bootstrap_available": False}
    assert managed(gateway, "iam", operation="whoami") == {"bootstrap_available": False}  # nobody knows her


def test_flows_come_and_go_for_all_in_a_workspace() -> None:
    gateway = Gateway(GraphStore(), keys=KEYS, flows={"bare": ["embeddings"]})
    new = {"flow-id": "new", "blueprint-name": "bare", "description": ""}
    managed(gateway, "flow", operation="start-flow", **new)
    assert answer(gateway, request(flow="new"), Caller("bob", ("default",)))
    assert managed(gateway, "flow", operation="list-flows")["flow-ids"] == ["bare", "new"]
    elsewhere = gateway.answer(request(flow="new", workspace="other"), ANN)
    assert elsewhere == WireError("error", "Invalid flow other/new")
    managed(gateway, "flow", operation="stop-flow", **new)
    assert gateway.answer(request(flow="new"), ANN) == WireError("error", "Invalid flow default/new")


def test_what_is_let_through() -> None:
    gateway = Gateway(GraphStore(), keys=KEYS, flows={"default": ["echo", "agent"], "bare": ["agent"]})
    for kind in ("thru/echo", "thru/agent"):
        *_, frame = answer(gateway, request(kind, body=b'{"a":1}'))
        assert frame == Frame(b'{"echo":{"a":1}}', final=True)
    unsupported = error("error", "This kind not supported by flow")
    for kind, flow in (("thru/echo", "bare"), ("thru/rows", "default"), ("thru/thru/echo", "default")):
        assert gateway.answer(request(kind, flow), ANN) == unsupported
    assert gateway.answer(request("echo"), ANN) == error("unknown-service", "unknown service")


@pytest.mark.parametrize(
    ("target", "admitted"),
    [
        ("default/import/triples?token=tg_a", ("default", True)),
        ("default/import/rows?token=tg_a&workspace=other", ("other", True)),
        ("default/export/triples?workspace=&token=tg_a", ("default", True)),
        ("default/import/triples?token=tg_a&token=tg_c", ("default", True)),
        ("nowhere/import/triples?token=tg_a", ("default", False)),
        ("default/import/triples?token=tg_a&workspace=nowhere", ("nowhere", False)),
        ("default/import/triples", 401),
        ("default/import/triples?token=", 401),
        ("default/import/triples?token=tg_c", 401),
        ("default/import/objects?token=tg_a", 404),
        ("default/export/rows?token=tg_a", 404),
    ],
)
def test_bulk_sockets(target: str, admitted: tuple[str, bool] | int) -> None:
    judged = Gateway(GraphStore(), keys=KEYS).admit(f"/api/v1/flow/{target}")
    if isinstance(judged, BulkSocket):
        assert (judged.workspace, judged.served) == admitted
    else:
        assert isinstance(judged, WebAnswer)
        assert judged.status == admitted


def test_anonymous_callers_need_some_token() -> None:
    gateway = Gateway(GraphStore(), anonymous="public")
    path = "/api/v1/flow/default/import/triples"
    assert isinstance(gateway.admit(f"{path}?token=tg_x&workspace=public"), BulkSocket)
    for token in ("", "secret"):
        assert isinstance(gateway.admit(f"{path}?token={token}"), WebAnswer)


def test_what_is_imported_is_in_the_workspace_of_the_socket() -> None:
    gateway = Gateway(GraphStore(), keys=KEYS)
    term = {"t": "i", "i": "urn:new"}
    triples = [{"s": term, "p": term, "o": term}]
    message = json.dumps({"metadata": {"id": "", "collection": "c"}, "triples": triples})
    gateway.take_import(BulkSocket("import", "triples", "default", "other", served=True), message)
    assert len(gateway.graphs.graph("other", "c")) == 1


def test_the_upgrade_tells_nothing_of_who_comes() -> None:
    gateway = Gateway(GraphStore(), keys=KEYS)
    assert gateway.admit("/api/v1/socket") is None
    assert gateway.admit("/api/v1/socket?token=tg_a") is None


# --- REST -------------------------------------------------------------------------------------

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


def opened(**options: object) -> Gateway:
    graphs = demo_graphs()
    graphs.add([], workspace="attic")
    keys = {"tg_a": "default", "tg_b": "other", "tg_root": ["default", "*"]}
    flows = {"default": ["embeddings", "text-completion", "document-rag", "agent"], "bare": ["embeddings"]}
    return Gateway(graphs, keys=keys, flows=flows, **options)  # type: ignore[arg-type]


def plain(target: str, body: object = b"{}", key: str = "tg_a", method: str = "POST") -> WebRequest:
    data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
    return WebRequest(method, target, shown(f"Bearer {key}"), data)


def got(of: Gateway, asked: WebRequest) -> WebAnswer:
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
    answer = got(opened(), plain(target, body, key))
    assert answer.headers == (("Content-Type", JSON),)
    return answer.status, json.loads(answer.body)


# --- REST: refusals ---------------------------------------------------------------------------------


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
def test_what_is_refused_over_rest(target: str, body: object, status: int, expected: object) -> None:
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
    answer = got(opened(), WebRequest("POST", target, shown(header), body))
    assert (answer.status, json.loads(answer.body)) == (401, {"error": "auth failure"})


def test_callers_without_a_key() -> None:
    for header in ("", "Basic x", "Bearer  "):
        answer = got(
            opened(anonymous="default"), WebRequest("POST", EMBEDDINGS, shown(header), b'{"texts":[]}')
        )
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
    answer = got(opened(), plain(target, method=method))
    assert answer.status == status
    assert answer.body.startswith(str(status).encode())
    allowed = (("Allow", allow),) if allow else ()
    assert answer.headers == (("Content-Type", TEXT), *allowed)


def test_a_body_that_is_too_long() -> None:
    assert got(opened(), plain(EMBEDDINGS, None)).status == 413
    assert got(opened(), plain(EMBEDDINGS, None, "tg_x")).status == 401
    assert got(opened(), plain("/api/v1/flow/default/service/nope", None)).status == 404


def test_a_key_is_not_shown() -> None:
    assert "tg_a" not in repr(plain(EMBEDDINGS))


# --- REST: answers ----------------------------------------------------------------------------------


def test_the_workspace_of_a_flow_service_is_not_checked() -> None:
    for workspace in (None, "", "default", "other", "attic"):
        body = {"texts": [], "workspace": workspace}
        assert post(EMBEDDINGS, body, "tg_a") == (200, {"vectors": []})
    # Not the caller's own workspace is the default one, but the one of this name.
    status, body = post(COMPLETION, {"prompt": "Kestrel Bridge?"}, "tg_b")
    assert status == 200
    assert "built by" in str(body)


def test_the_workspace_of_a_global_service_is_the_callers() -> None:
    of = opened()
    body = {"operation": "start-flow", "flow-id": "new", "blueprint-name": "bare", "description": "d"}
    assert json.loads(got(of, plain("/api/v1/flow", body, "tg_b")).body) == SKELETON

    def flows(key: str, **more: object) -> object:
        answer = got(of, plain("/api/v1/flow", {"operation": "list-flows", **more}, key))
        return json.loads(answer.body)["flow-ids"]

    assert (
        flows("tg_b")
        == flows("tg_b", workspace="")
        == flows("tg_root", workspace="other")
        == ["default", "bare", "new"]
    )
    assert flows("tg_a") == ["default", "bare"]
    new = {"texts": [], "workspace": "other"}
    assert got(of, plain("/api/v1/flow/new/service/embeddings", new)).body == b'{"vectors":[]}'


def test_who_am_i_over_rest() -> None:
    status, body = post("/api/v1/iam", {"operation": "whoami", "actor": "root"}, "tg_b")
    assert status == 200
    assert isinstance(body, dict)
    assert body["user"]["default_workspace"] == "other"
    assert body["bootstrap_available"] is False


def test_paths_are_decoded() -> None:
    of = opened()
    body = {"operation": "start-flow", "flow-id": "a/b é%", "blueprint-name": "bare", "description": ""}
    got(of, plain("/api/v1/f%6Cow?x=1", body))
    answer = got(of, plain("/api/v1/flow/a%2Fb%20%C3%A9%25/service/%65mbeddings?y", {"texts": []}))
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


targets = st.sampled_from(
    [EMBEDDINGS, COMPLETION, "/api/v1/flow", "/api/v1/iam", "/api/v1/flow/%FF/service/agent"]
)
members = st.dictionaries(
    st.sampled_from(["operation", "workspace", "flow-id", "texts", "prompt"]),
    st.one_of(st.none(), st.text(max_size=3), st.integers(), st.lists(st.integers(), max_size=2)),
)
bodies = st.one_of(st.binary(max_size=9), members.map(lambda body: json.dumps(body).encode()))


@given(targets | st.text(max_size=9), bodies, st.text(max_size=9) | st.just("Bearer tg_a"))
@settings(max_examples=150)
def test_anything_is_answered(target: str, body: bytes, header: str) -> None:
    answer = got(opened(), WebRequest("POST", target, shown(header), body))
    assert 200 <= answer.status < 500


@pytest.mark.parametrize("target", [EMBEDDINGS, "/api/v1/flow"])
@pytest.mark.parametrize("body", [b"[" * 200_000, b'{"workspace":' * 100_000, b"9" * 5000])
def test_bodies_beyond_reason(target: str, body: bytes) -> None:
    status, answer = post(target, body)
    assert status in (200, 400)
    assert "error" in answer  # type: ignore[operator]
