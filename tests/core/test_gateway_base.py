"""The doors of any gateway: paths, methods, and what its owner may ask for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from tgproto.dialect import GENERATION_1, GENERATION_2
from tgproto.gateway.base import AnyGateway, RestVerdict
from tgproto.gateway.bulk import BulkSocket, ExportHost, ImportHost
from tgproto.gateway.callers import Caller
from tgproto.gateway.graph import GraphStore
from tgproto.gateway.steps import Frame, Pause, Step
from tgproto.secrets import Secret
from tgproto.serving.messages import TEXT, WebAnswer, WebRequest
from tgproto.session.config import ServerConfig
from tgproto.session.events import Payload, RequestReceived


class Open(AnyGateway):
    """Has one service, and says how it was asked; refuses the token `bad`."""

    release = "0"
    dialect = GENERATION_1
    kinds = ("echo",)
    flow_path = re.compile(r"/api/v1/flow/([^/]+)/service/([^/]+)")

    def admit_query(self, query: str) -> Caller | WebAnswer | None:
        return WebAnswer(401, b"no", TEXT) if query == "token=bad" else None

    def identify(self, token: Secret) -> Caller | None:
        return None

    def answer(self, request: RequestReceived, caller: Caller) -> Iterator[Step]:
        return self.flow_service("echo", "f", "", request.body)

    def flow_service(self, kind: str, flow: str, workspace: str, body: Payload) -> Iterator[Step]:
        return self.paced(iter((Frame(b"1", final=True),)))

    def receive_for_flow(self, request: WebRequest, flow: str, kind: str) -> RestVerdict:
        return WebAnswer(200, json.dumps([flow, kind]).encode())

    def receive_for_all(self, request: WebRequest, kind: str) -> RestVerdict:
        return WebAnswer(200, json.dumps([kind]).encode())


def gateway(latency: float = 0.0, **options: object) -> Open:
    made: dict[str, object] = {"session": ServerConfig(GENERATION_1), "flows": {"f": ["echo"]}, **options}
    return Open(GraphStore(), latency=latency, **made)  # type: ignore[arg-type]


def test_options_that_cannot_be() -> None:
    with pytest.raises(ValueError, match="latency must not be below 0 s"):
        gateway(-1.0)
    with pytest.raises(ValueError, match="latency"):
        gateway(float("nan"))
    with pytest.raises(ValueError, match=r"like that of gateway 1\.x"):
        gateway(session=ServerConfig(GENERATION_2))
    with pytest.raises(ValueError, match=r"^flow 'g' cannot have nope, rows$"):
        gateway(flows={"f": ["echo"], "g": ["rows", "echo", "nope"]})


def test_everything_takes_its_time() -> None:
    asked = RequestReceived(1, "echo", "f", None, Payload(b"{}"))
    caller = Caller("ann", ("acme",))
    assert list(gateway(0.5).answer(asked, caller)) == [Pause(0.5), Frame(b"1", final=True)]
    assert list(gateway().answer(asked, caller)) == [Frame(b"1", final=True)]


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/api/v1/socket", None),
        ("/api/v1/socket?token=good", None),
        ("/api/v1/socket?token=bad", 401),
        ("/api/v1/socket/", 404),
        ("/api/v1/flow/default/import/triples", 404),
        ("/api/v1/flow/default/export/triples", 404),
        ("/api/v1/flow/default/sideways/triples", 404),
        ("/", 404),
        ("", 404),
    ],
)
def test_which_path_is_the_socket(target: str, status: int | None) -> None:
    admitted = gateway().admit(target)
    assert (admitted.status if isinstance(admitted, WebAnswer) else admitted) == status


def test_bulk_sockets() -> None:
    of = gateway()
    importing = of.bulk_host(BulkSocket("import", "triples", "f", "w", served=True))
    assert isinstance(importing, ImportHost)
    importing.session.carrier_opened(now=0.0)
    importing.session.receive_messages([b"{}"], now=0.0)
    importing.pull(now=0.0, room=1)
    assert importing.broken
    assert isinstance(of.bulk_host(BulkSocket("export", "triples", "f", "w", served=True)), ExportHost)


def test_paths_are_decoded() -> None:
    def said(target: str) -> object:
        answer = gateway().receive(WebRequest("POST", target))
        assert isinstance(answer, WebAnswer)
        return json.loads(answer.body)

    assert said("/api/v1/flow/a%2Fb%20%C3%A9/service/%65cho?x") == ["a/b é", "echo"]
    assert said("/api/v1/f%6Cow?x=1") == ["flow"]
    assert said("/api/v1/socket") == ["socket"]


@pytest.mark.parametrize(
    ("method", "target", "status", "allow"),
    [
        ("GET", "/api/v1/flow/f/service/nope", 405, "POST"),
        ("OPTIONS", "/api/v1/flow?x", 405, "POST"),
        ("PUT", "/api/v1/socket", 405, "GET,HEAD,POST"),
        ("GET", "/api/v1/socket?token=x", 400, ""),
        ("HEAD", "/api/v1/socket?token=bad", 401, ""),
        ("GET", "/api/v1/flow/f/import/triples?token=x", 404, ""),
        ("POST", "/api/v1/flow/f/export/triples", 405, "GET,HEAD"),
        ("POST", "/api/v1/", 404, ""),
        ("POST", "/api/v1/{x}", 404, ""),
        ("GET", "/", 404, ""),
        ("GET", "", 404, ""),
    ],
)
def test_methods(method: str, target: str, status: int, allow: str) -> None:
    answer = gateway().receive(WebRequest(method, target))
    assert isinstance(answer, WebAnswer)
    assert (answer.status, dict(answer.headers).get("Allow", ""), answer.content_type) == (
        status,
        allow,
        TEXT,
    )
