"""Who comes in, and what is refused in which words (those of gateway 2.11.1)."""

from __future__ import annotations

import pytest

from tgproto.gateway.demo import demo_graphs
from tgproto.gateway.gateway import Gateway, admits
from tgproto.gateway.graph import GraphStore
from tgproto.gateway.steps import Failure, Frame
from tgproto.secrets import Secret
from tgproto.session.envelope import WireError
from tgproto.session.events import Payload, RequestReceived

KEYS = {"tg_a": "default", "tg_b": ["default", "other"]}


def request(
    service: str = "embeddings",
    flow: str | None = "default",
    workspace: str | None = None,
    body: bytes = b'{"texts":[]}',
) -> RequestReceived:
    return RequestReceived(1, service, flow, workspace, Payload(body))


def test_who_is_who() -> None:
    gateway = Gateway(GraphStore(), keys=KEYS, anonymous="public")
    assert gateway.identify(Secret("tg_a")) == ("default",)
    assert gateway.identify(Secret("tg_b")) == ("default", "other")
    assert gateway.identify(Secret("")) == ("public",)
    assert gateway.identify(Secret("tg_c")) == ()
    assert Gateway(GraphStore(), keys=KEYS).identify(Secret("")) == ()


@pytest.mark.parametrize(
    ("keys", "anonymous", "message"),
    [
        (None, (), "nobody"),
        ({}, "", "nobody"),
        ({"secret": "default"}, (), "tg_"),
        ({"tg_a": []}, (), "at least one workspace"),
        ({"": ["default"]}, (), "tg_"),
    ],
)
def test_keys_that_cannot_be(keys: dict[str, list[str]] | None, anonymous: str, message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        Gateway(GraphStore(), keys=keys, anonymous=anonymous)
    assert "secret" not in str(caught.value)


def test_flows_that_cannot_be() -> None:
    with pytest.raises(ValueError, match=r"flow 'f' cannot have nope, prompt$"):
        Gateway(GraphStore(), keys=KEYS, flows={"f": ["prompt", "agent", "nope"]})


def error(type_: str, message: str) -> WireError:
    return WireError(type_, message)


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        (request(), None),
        (request(workspace="default"), None),
        (request(workspace="other"), None),
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
        (request("embeddings", "bare"), None),
    ],
)
def test_what_is_refused(asked: RequestReceived, refusal: WireError | None) -> None:
    graphs = GraphStore()
    graphs.add([], workspace="attic")
    flows = {"default": ["embeddings", "agent"], "bare": ["embeddings"]}
    gateway = Gateway(graphs, keys=KEYS, anonymous="public", flows=flows)
    assert gateway.refusal(asked, gateway.identify(Secret("tg_b"))) == refusal


def test_without_flows_there_is_one_with_everything() -> None:
    gateway = Gateway(GraphStore(), keys=KEYS)
    for service in ("agent", "document-rag", "embeddings", "graph-rag", "text-completion", "triples"):
        assert gateway.refusal(request(service), ("default",)) is None


def test_an_answer_comes_from_the_workspace() -> None:
    graphs = demo_graphs()
    gateway = Gateway(graphs, keys=KEYS)
    ask = request("triples", body=b'{"limit":1}')
    [_, frame] = gateway.answer(ask, ("default", "other"))
    assert isinstance(frame, Frame)
    assert len(frame.payload) > 100
    elsewhere = request("triples", workspace="other", body=b'{"limit":1}')
    [_, frame] = gateway.answer(elsewhere, ("default", "other"))
    assert frame == Frame(b'{"response":[]}', final=True)


def test_a_graph_that_grows_is_known_at_once() -> None:
    graphs = GraphStore()
    gateway = Gateway(graphs, keys=KEYS)
    graphs.add(demo_graphs().graph("default", "default").find(limit=1))
    [_, frame] = gateway.answer(request("triples", body=b"{}"), ("default",))
    assert isinstance(frame, Frame)
    assert frame.payload != b'{"response":[]}'


def test_a_body_is_judged_by_its_service() -> None:
    [failure] = Gateway(GraphStore(), keys=KEYS).answer(request(body=b"{}"), ("default",))
    assert failure == Failure(WireError("gateway-error", "'texts'"))


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
