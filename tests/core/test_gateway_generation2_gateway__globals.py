"""The global services of 2.11.1 at both doors: who may do what, and that all that is done is there."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.core.authorization import shown
from tgproto.gateway import Gateway, GraphStore
from tgproto.gateway.callers import Caller
from tgproto.gateway.generation2.globals import SERVICES
from tgproto.gateway.rest import Rest
from tgproto.gateway.steps import Failure, Frame
from tgproto.secrets import Secret
from tgproto.serving.messages import WebRequest
from tgproto.session.envelope import WireError
from tgproto.session.events import Payload, RequestReceived

KEYS: dict[str, Any] = {"tg_root": ["acme", "*"], "tg_own": "acme", "tg_w": "acme", "tg_r": ["acme", "attic"]}
ROLES = {"tg_w": "writer", "tg_r": "reader"}


def gateway(**options: Any) -> Gateway:
    return Gateway(
        GraphStore(), keys=KEYS, roles=ROLES, flows={"default": ["triples", "graph-embeddings"]}, **options
    )


def caller(of: Gateway, key: str) -> Caller:
    found = of.identify(Secret(key))
    assert found is not None
    return found


def over_socket(
    of: Gateway, service: str, body: dict[str, Any], key: str, workspace: str | None = None
) -> Any:
    """Return the last response of an answer; or the type of the refusal."""
    request = RequestReceived(1, service, None, workspace, Payload(json.dumps(body).encode()))
    steps = of.answer(request, caller(of, key))
    if isinstance(steps, WireError):
        return steps.type
    *_, step = steps
    if isinstance(step, Failure):
        return step.error.type
    assert isinstance(step, Frame)
    return json.loads(step.payload)


def over_rest(of: Gateway, service: str, body: dict[str, Any], key: str) -> tuple[int, Any]:
    rest = Rest(of)
    header = f"Bearer {key}" if key else ""
    rest.receive(WebRequest("POST", f"/api/v1/{service}", shown(header), json.dumps(body).encode()), now=0.0)
    answer = rest.pull(now=0.0, room=2**20)
    assert answer is not None
    return answer.status, json.loads(answer.body)


ALLOWED = [
    ("config", "list", ["tg_root", "tg_own", "tg_w", "tg_r"]),
    ("config", "delete", ["tg_root", "tg_own"]),
    ("flow", "list-flows", ["tg_root", "tg_own", "tg_w", "tg_r"]),
    ("flow", "stop-flow", ["tg_root", "tg_own"]),
    ("librarian", "list-documents", ["tg_root", "tg_own", "tg_w", "tg_r"]),
    ("librarian", "remove-document", ["tg_root", "tg_own", "tg_w"]),
    ("knowledge", "list-de-cores", ["tg_root", "tg_own", "tg_w", "tg_r"]),
    ("knowledge", "put-kg-core", ["tg_root", "tg_own", "tg_w"]),
    ("collection-management", "list-collections", ["tg_root", "tg_own", "tg_w", "tg_r"]),
    ("collection-management", "delete-collection", ["tg_root", "tg_own", "tg_w"]),
    ("iam", "whoami", ["tg_root", "tg_own", "tg_w", "tg_r"]),
    ("iam", "bootstrap-status", ["tg_root", "tg_own", "tg_w", "tg_r"]),
    ("iam", "list-users", ["tg_root"]),
    ("iam", "create-workspace", ["tg_root"]),
    ("iam", "create-group", ["tg_root"]),
    ("iam", "mint-token", ["tg_root"]),
]


@pytest.mark.parametrize(("service", "operation", "allowed"), ALLOWED)
def test_who_may_do_what(service: str, operation: str, allowed: list[str]) -> None:
    body = {"operation": operation}
    for key in KEYS:
        refused = over_socket(gateway(), service, body, key) == "access-denied"
        status, answer = over_rest(gateway(), service, body, key)
        assert refused is (key not in allowed)
        assert status == (403 if refused else 200)
        assert not refused or answer == {"error": "access denied"}


def test_a_role_does_not_reach_into_other_workspaces() -> None:
    of, body = gateway(), {"operation": "list"}
    assert over_socket(of, "config", body, "tg_r", "attic")["version"] == 1
    assert over_socket(of, "config", body, "tg_w", "attic") == "access-denied"
    assert over_rest(of, "config", {**body, "workspace": "attic"}, "tg_w")[0] == 403
    assert over_socket(of, "config", body, "tg_root", "attic")["version"] == 1


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("librarian", "add-child-document"),
        ("librarian", "list-children"),
        ("librarian", "get-document"),
        ("config", "getkeys-all-ws"),
        ("iam", "resolve-api-key"),
        ("iam", "authorise"),
    ],
)
def test_what_the_gateway_does_not_let_through(service: str, operation: str) -> None:
    body = {"operation": operation}
    assert over_socket(gateway(), service, body, "tg_root") == "unknown-service"
    assert over_rest(gateway(), service, body, "tg_root") == (400, {"error": "unknown operation"})


def test_what_is_let_through_in_vain() -> None:
    body = {"operation": "getvalues-all-ws", "type": "x"}
    skeleton = {"version": 0, "values": [], "directory": [], "config": {}}
    assert over_socket(gateway(), "config", body, "tg_r") == skeleton
    assert over_rest(gateway(), "config", body, "tg_r") == (200, skeleton)


def test_some_need_no_token_over_rest() -> None:
    assert over_rest(gateway(), "iam", {"operation": "bootstrap-status"}, "")[0] == 200
    assert over_rest(gateway(), "iam", {"operation": "login"}, "") == (200, {"bootstrap_available": False})
    assert over_rest(gateway(), "iam", {"operation": "whoami"}, "") == (401, {"error": "auth failure"})
    assert over_rest(gateway(), "iam", {"operation": "whoami"}, "tg_r")[1]["user"]["roles"] == ["reader"]


def test_users_and_keys_open_the_gateway_at_once() -> None:
    of = gateway()
    workspace = {"operation": "create-workspace", "workspace_record": {"id": "new"}}
    assert over_rest(of, "iam", workspace, "tg_root")[0] == 200
    user = {"username": "ann", "password": "pw", "roles": ["reader"]}
    body = {"operation": "create-user", "workspace": "new", "user": user}
    made = over_socket(of, "iam", body, "tg_root")["user"]
    body = {"operation": "create-api-key", "key": {"user_id": made["id"], "name": "k"}}
    key = over_rest(of, "iam", body, "tg_root")[1]["api_key_plaintext"]
    assert over_socket(of, "flow", {"operation": "list-flows"}, key)["flow-ids"] == ["default"]
    assert over_rest(of, "flow", {"operation": "stop-flow", "flow-id": "default"}, key)[0] == 403
    query = WebRequest("POST", "/api/v1/flow/default/service/triples", shown(f"Bearer {key}"), b"{}")
    assert not isinstance(of.receive(query), WireError)


def test_a_caller_without_a_role_may_use_no_flow() -> None:
    of = gateway()
    body = {"operation": "create-user", "workspace": "acme", "user": {"username": "ann", "password": "pw"}}
    over_rest(of, "iam", body, "tg_root")
    body = {"operation": "create-api-key", "key": {"user_id": "user-ann", "name": "k"}}
    key = over_rest(of, "iam", body, "tg_root")[1]["api_key_plaintext"]
    request = RequestReceived(1, "triples", "default", None, Payload(b"{}"))
    assert of.answer(request, caller(of, key)) == WireError("access-denied", "access denied")
    rest = WebRequest("POST", "/api/v1/flow/default/service/triples", shown(f"Bearer {key}"), b"{}")
    answer = of.receive(rest)
    assert getattr(answer, "status", None) == 403


def test_a_core_is_found_by_a_query_once_it_is_loaded() -> None:
    of = gateway()
    term = {"t": "i", "i": "urn:x"}
    batch = {"metadata": {"id": "d", "collection": "c"}, "triples": [{"s": term, "p": term, "o": term}]}
    over_rest(of, "knowledge", {"operation": "put-kg-core", "triples": batch}, "tg_w")
    body = {"operation": "load-kg-core", "id": "d", "flow": "default", "collection": "c"}
    assert over_socket(of, "knowledge", body, "tg_w") == {}
    query = Payload(json.dumps({"collection": "c"}).encode())
    *_, frame = of.answer(RequestReceived(1, "triples", "default", None, query), caller(of, "tg_r"))  # type: ignore[misc]
    assert isinstance(frame, Frame)
    assert json.loads(frame.payload)["response"] == batch["triples"]


def test_cores_as_they_are() -> None:
    of = gateway(broken_cores=True)
    batch = {"metadata": {"id": "d", "collection": "c"}, "triples": []}
    body = {"operation": "put-kg-core", "triples": batch}
    assert over_socket(of, "knowledge", body, "tg_w") == "unexpected-error"
    error = {"type": "unexpected-error", "message": "'dict' object has no attribute 'metadata'"}
    assert over_rest(of, "knowledge", body, "tg_w") == (200, {"error": error})


def test_the_time_is_that_of_the_clock() -> None:
    now = [1_800_000_000.0]
    of = gateway(clock=lambda: now[0])
    minted = {"operation": "mint-token", "workspace": "acme", "user_context_json": "{}"}
    token = over_rest(of, "iam", minted, "tg_root")[1]["jwt"]
    assert of.identify(Secret(token)) is not None
    now[0] += 3601
    assert of.identify(Secret(token)) is None


def test_keys_differ_with_the_seed() -> None:
    body = {"operation": "create-api-key", "key": {"user_id": "user-user1", "name": "k"}}

    def made(**options: Any) -> str:
        return over_rest(gateway(**options), "iam", body, "tg_root")[1]["api_key_plaintext"]

    assert made() == made()
    assert made(seed=b"x") != made()


@pytest.mark.parametrize(
    ("roles", "message"),
    [({"tg_root": "king"}, "there is no role king"), ({"tg_x": "reader"}, "a key that is none")],
)
def test_roles_that_cannot_be(roles: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Gateway(GraphStore(), keys=KEYS, roles=roles)


def test_every_operation_is_answered_at_both_doors() -> None:
    for kind, service in SERVICES.items():
        for operation in service.operations:
            if (kind, operation) != ("librarian", "stream-document"):
                body = {"operation": operation, "name": "delay=0"}
                assert over_socket(gateway(), kind, body, "tg_root") is not None
                assert over_rest(gateway(), kind, body, "tg_root")[0] == 200
