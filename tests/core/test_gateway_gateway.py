"""Who comes in, and what is refused in which words (those of gateway 2.11.1)."""

from __future__ import annotations

import json

import pytest

from tgproto.dialect import GENERATION_1
from tgproto.gateway.callers import Caller
from tgproto.gateway.demo import demo_graphs
from tgproto.gateway.gateway import Gateway, admits, knows_kind
from tgproto.gateway.graph import GraphStore
from tgproto.gateway.services import SERVICES
from tgproto.gateway.steps import Failure, Frame, Pause, Step
from tgproto.secrets import Secret
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
    ],
)
def test_keys_that_cannot_be(keys: dict[str, list[str]] | None, anonymous: str, message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        Gateway(GraphStore(), keys=keys, anonymous=anonymous)
    assert "secret" not in str(caught.value)


def test_flows_that_cannot_be() -> None:
    with pytest.raises(ValueError, match=r"flow 'f' cannot have nope, rows$"):
        Gateway(GraphStore(), keys=KEYS, flows={"f": ["rows", "agent", "nope"]})


def test_options_that_cannot_be() -> None:
    with pytest.raises(ValueError, match="latency"):
        Gateway(GraphStore(), keys=KEYS, latency=-1.0)
    with pytest.raises(ValueError, match="generation 2"):
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
        (request("config", None, body=b'{"operation":"get"}'), error("unknown-service", "unknown service")),
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
    found = managed(Gateway(GraphStore(), keys=KEYS), "iam", operation="whoami")
    assert found == {"user": ANN.record(), "bootstrap_available": False}


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


def test_a_service_of_a_flow_answers_whoever_asks() -> None:
    gateway = Gateway(GraphStore(), keys=KEYS)
    steps = gateway.flow_service("embeddings", "default", "other", Payload(b'{"texts":[]}'))
    assert not isinstance(steps, WireError)
    unknown = gateway.flow_service("embeddings", "default", "nope", Payload(b"{}"))
    assert unknown == WireError("error", "Invalid flow nope/default")


def test_which_kinds_there_are() -> None:
    assert knows_kind("rows")
    assert knows_kind("thru/anything/at/all")
    assert not knows_kind("text-load")


@pytest.mark.parametrize(
    ("target", "admitted"),
    [
        ("/api/v1/socket", True),
        ("/api/v1/socket?token=tg_a", True),
        ("/api/v1/socket/", False),
        ("/api/v1/flow/default/import/triples", False),
        ("/", False),
        ("", False),
    ],
)
def test_which_path_is_the_socket(target: str, admitted: bool) -> None:
    assert admits(target) is admitted
