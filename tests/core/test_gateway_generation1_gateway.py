"""Who comes in, and what is refused in which words (those of gateway 1.7.1)."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.authorization import shown
from tgproto.dialect import GENERATION_2
from tgproto.gateway import Gateway1, demo_graphs
from tgproto.gateway.bulk import BulkSocket
from tgproto.gateway.callers import Caller
from tgproto.gateway.generation1.gateway import UNAUTHORIZED
from tgproto.gateway.generation1.services import SERVICES, USER
from tgproto.gateway.graph import GraphStore
from tgproto.gateway.steps import Frame, Pause, Step
from tgproto.secrets import Secret
from tgproto.serving.messages import WebAnswer, WebRequest
from tgproto.session.config import ServerConfig
from tgproto.session.envelope import WireError
from tgproto.session.events import Payload, RequestReceived

SECRET = "let me in & out"
SOCKET = "/api/v1/socket"
EMBEDDINGS = "/api/v1/flow/default/service/embeddings"
FLOW = "/api/v1/flow"
FLOWS = {"default": list(SERVICES), "bare": ["embeddings"]}


def gateway(secret: str = SECRET) -> Gateway1:
    return Gateway1(demo_graphs(USER), secret=secret, flows=FLOWS)


def test_options_that_cannot_be() -> None:
    with pytest.raises(ValueError, match=r"like that of gateway 1\.x"):
        Gateway1(GraphStore(), session=ServerConfig(GENERATION_2))
    with pytest.raises(ValueError, match="flow 'f' cannot have rows"):
        Gateway1(GraphStore(), flows={"f": ["rows"]})


def test_a_service_may_be_silent_for_two_minutes() -> None:
    assert gateway().session.answer_timeout == 120.0


def test_the_secret_is_not_shown() -> None:
    of = gateway()
    assert SECRET not in repr(of)
    assert not any(SECRET in repr(value) for value in vars(of).values())
    assert SECRET not in repr(of.identify(Secret(SECRET)))


# --- who comes in -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "admitted"),
    [
        ("?token=let%20me%20in%20%26%20out", True),
        ("?token=let+me+in+%26+out", True),
        ("?x=1&token=let+me+in+%26+out&token=nope", True),
        ("?token=nope&token=let+me+in+%26+out", False),
        ("?token=let+me+in+&+out", False),
        ("?token=", False),
        ("?token=&token=let+me+in+%26+out", False),
        ("?token", False),
        ("", False),
        ("?token=%FF", False),
    ],
)
def test_the_socket_is_opened_for_those_who_know_the_secret(query: str, admitted: bool) -> None:
    judged = gateway().admit(SOCKET + query)
    assert isinstance(judged, Caller) is admitted
    if not admitted:
        assert judged == WebAnswer(401, b"401: Unauthorized", "text/plain; charset=utf-8")
    assert isinstance(gateway(secret="").admit(SOCKET + query), Caller)


@pytest.mark.parametrize(
    ("path", "served"),
    [
        ("default/import/triples", True),
        ("default/import/objects", True),
        ("default/export/entity-contexts", True),
        ("default/import/rows", False),
        ("default/export/objects", False),
        ("nowhere/import/triples", False),
    ],
)
def test_bulk_sockets(path: str, served: bool) -> None:
    target = f"/api/v1/flow/{path}"
    assert gateway().admit(target) == UNAUTHORIZED
    flow, way, kind = path.split("/")
    admitted = gateway().admit(f"{target}?token=let+me+in+%26+out")
    assert admitted == BulkSocket(way, kind, flow, "", served)


def test_what_is_imported_is_the_users() -> None:
    of = gateway()
    value = {"v": "urn:new", "e": True}
    message = {
        "metadata": {"id": "", "metadata": [], "user": "ann", "collection": "c"},
        "triples": [{"s": value, "p": value, "o": value}],
    }
    of.take_import(BulkSocket("import", "triples", "default", "", served=True), json.dumps(message))
    assert len(of.graphs.graph("ann", "c")) == 1


@pytest.mark.parametrize(
    ("header", "known", "unknown"),
    [
        ("Bearer secret", True, True),
        ("Bearer secret x", True, True),
        ("Bearer nope", False, True),
        ("Bearer  secret", False, True),
        ("Bearer", False, True),
        ("", False, True),
        ("bearer secret", False, False),
        ("Basic secret", False, False),
        ("secret", False, False),
    ],
)
@pytest.mark.parametrize("target", [EMBEDDINGS, "/api/v1/flow", "/api/v1/nope", "/api/v1/flow/x/service/x"])
def test_other_schemes_are_refused_even_without_a_secret(
    target: str, header: str, known: bool, unknown: bool
) -> None:
    request = WebRequest("POST", target, shown(header), b"{}")
    assert (gateway("secret").receive(request) != UNAUTHORIZED) is known
    assert (gateway("").receive(request) != UNAUTHORIZED) is unknown


# --- the socket -------------------------------------------------------------------------------


def asked(
    service: str = "embeddings", flow: str | None = "default", body: bytes = b'{"text":""}'
) -> list[Step] | WireError:
    request = RequestReceived(1, service, flow, "ignored", Payload(body))
    caller = gateway().identify(Secret(SECRET))
    assert caller is not None
    answer = gateway().answer(request, caller)
    return answer if isinstance(answer, WireError) else list(answer)


@pytest.mark.parametrize(
    ("service", "flow", "message"),
    [
        ("nope", "default", "This kind not supported by flow"),
        ("agent", "bare", "This kind not supported by flow"),
        ("embeddings", "nope", "Invalid flow"),
        ("nope", "nope", "Invalid flow"),
        ("nope", None, "'nope'"),
        ("embeddings", None, "'embeddings'"),
        ("iam", None, "'iam'"),
        ("", None, "''"),
        ("", "default", "This kind not supported by flow"),
    ],
)
def test_what_is_refused(service: str, flow: str | None, message: str) -> None:
    assert asked(service, flow) == WireError("error", message)


def test_what_is_answered() -> None:
    for service in SERVICES:
        assert asked(service)
    assert asked("flow", None, b'{"operation":"list-flows"}') == [
        Frame(b'{"flow-ids":["default","bare"]}', final=True)
    ]


def test_a_flow_that_lists_what_this_gateway_has_not() -> None:
    of, queue = gateway("s"), "non-persistent://tg/{class}:{id}"
    made = json.dumps({"class": {}, "flow": {}, "interfaces": {"rows": {"request": queue}, "x-store": queue}})
    new = {"flow-id": "new", "class-name": "mine", "description": "d"}
    assert post(FLOW, {"operation": "put-class", "class-name": "mine", "class-definition": made}, of) == {}
    assert post(FLOW, {"operation": "start-flow", **new}, of) == {}
    for kind, error in {
        "rows": "Invalid kind",
        "x-store": "Invalid kind",
        "agent": "This kind not supported by flow",
    }.items():
        assert post(f"/api/v1/flow/new/service/{kind}", {}, of) == {"error": error}


def test_without_flows_there_is_one_with_everything() -> None:
    of = Gateway1(GraphStore(), latency=0.5)
    answer = of.answer(
        RequestReceived(1, "embeddings", "default", None, Payload(b'{"text":""}')), Caller("x", ())
    )
    assert not isinstance(answer, WireError)
    assert next(answer) == Pause(0.5)


# --- REST -------------------------------------------------------------------------------------


def post(target: str, body: object, of: Gateway1 | None = None) -> object:
    data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
    answer = (of or gateway("s")).receive(WebRequest("POST", target, shown("Bearer s"), data))
    if isinstance(answer, WebAnswer):
        assert answer.status == 200
        return json.loads(answer.body)
    *_, step = answer
    return json.loads(step.payload) if isinstance(step, Frame) else step


@pytest.mark.parametrize(
    ("target", "body", "error"),
    [
        ("/api/v1/flow/default/service/nope", {}, "This kind not supported by flow"),
        ("/api/v1/flow/default/service/a%2Fb", {}, "This kind not supported by flow"),
        ("/api/v1/flow/nope/service/embeddings", {}, "Invalid flow"),
        ("/api/v1/nope", {}, "'nope'"),
        ("/api/v1/iam", {"operation": "whoami"}, "'iam'"),
        (SOCKET, {}, "'socket'"),
        (EMBEDDINGS, b"{x", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        (EMBEDDINGS, b"", "Expecting value: line 1 column 1 (char 0)"),
        ("/api/v1/nope", b"", "Expecting value: line 1 column 1 (char 0)"),
        (EMBEDDINGS, None, "Request Entity Too Large"),
    ],
)
def test_refusals_over_rest_have_status_200(target: str, body: object, error: str) -> None:
    assert post(target, body) == {"error": error}


def test_bodies_beyond_reason() -> None:
    for target in (EMBEDDINGS, "/api/v1/flow"):
        assert post(target, b"[" * 200_000)


def test_answers_over_rest() -> None:
    of = gateway("s")
    new = {"operation": "start-flow", "flow-id": "a/b", "class-name": "bare", "description": "d"}
    assert post("/api/v1/flow", new, of) == {}
    found = post("/api/v1/flow/a%2Fb/service/embeddings", {"text": "x"}, of)
    assert isinstance(found, dict)
    assert len(found["vectors"]) == 1
    rag = post("/api/v1/flow/default/service/graph-rag", {"query": "Who built Kestrel Bridge?"})
    assert isinstance(rag, dict)
    assert "Ines Marlow" in rag["response"]


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("GET", EMBEDDINGS, 405),
        ("GET", SOCKET, 401),
        ("GET", f"{SOCKET}?token=s", 400),
        ("POST", "/api/v1/flow/default/service/thru/echo", 404),
        ("POST", "/api/v1/auth/login", 404),
    ],
)
def test_paths_and_methods(method: str, target: str, status: int) -> None:
    answer = gateway("s").receive(WebRequest(method, target, shown("Bearer s")))
    assert isinstance(answer, WebAnswer)
    assert answer.status == status


@given(
    st.sampled_from([EMBEDDINGS, "/api/v1/flow", "/api/v1/flow/%FF/service/agent"]) | st.text(max_size=9),
    st.binary(max_size=9),
    st.text(max_size=9) | st.just("Bearer s"),
)
@settings(max_examples=100)
def test_anything_is_answered(target: str, body: bytes, header: str) -> None:
    assert gateway("s").receive(WebRequest("POST", target, shown(header), body))
    assert gateway("s").admit(target + header)
