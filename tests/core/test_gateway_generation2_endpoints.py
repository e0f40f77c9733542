"""The paths of 2.11.1 beside its services."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec import msgpack

from tests.core.authorization import shown
from tgproto.gateway import Gateway, GraphStore
from tgproto.gateway.core_file import unpacked
from tgproto.gateway.rest import Rest
from tgproto.gateway.stores.library import Document
from tgproto.secrets import Secret
from tgproto.serving.messages import JSON, OCTETS, TEXT, WebAnswer, WebRequest

S = {"t": "i", "i": "urn:s"}
ROW = {"s": S, "p": S, "o": {"t": "l", "v": "o"}}
ABOUT = {"i": "lost", "c": "lost"}
KEPT = {"i": "d", "c": "default"}
DOCUMENT = {"i": "d", "k": "text/plain", "t": "T", "p": "", "d": "source", "c": "", "g": ["a"]}
FILE: list[tuple[str, dict[str, Any]]] = [
    ("t", {"m": ABOUT, "t": [ROW]}),
    ("ge", {"m": ABOUT, "e": [{"e": S, "v": [1.5]}]}),
    ("x", {}),
    ("lm", DOCUMENT),
    ("lb", {"i": "d", "d": "aGVsbG8="}),
    ("lb", {"i": "unannounced"}),
]
NOTHING = {"bootstrap_available": False}


def gateway(**options: Any) -> Gateway:
    graphs = GraphStore()
    keys = {"tg_root": ["default", "*"], "tg_w": "default", "tg_r": "default"}
    return Gateway(graphs, keys=keys, roles={"tg_r": "reader"}, **options)


def said(of: Gateway, method: str, target: str, body: object = b"", key: str = "tg_root") -> WebAnswer:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    rest = Rest(of)
    rest.receive(WebRequest(method, target, shown(f"Bearer {key}" if key else ""), data), now=0.0)
    answer = rest.pull(now=0.0, room=2**20)
    assert answer is not None
    return answer


def post(of: Gateway, path: str, body: object, key: str = "") -> tuple[int, Any]:
    answer = said(of, "POST", f"/api/v1/auth/{path}", body, key)
    return answer.status, json.loads(answer.body)


def content(answer: WebAnswer) -> bytes:
    assert (answer.status, answer.content_type) == (200, OCTETS)
    return b"".join(answer.pieces or ()) + answer.body


# --- authentication -------------------------------------------------------------------------------


def with_ann() -> Gateway:
    of = gateway()
    user = {"username": "ann", "password": "pw", "roles": ["writer"]}
    body = {"operation": "create-user", "workspace": "default", "user": user}
    assert said(of, "POST", "/api/v1/iam", body).status == 200
    return of


def test_somebody_logs_in_and_changes_the_password() -> None:
    of = with_ann()
    status, made = post(of, "login", {"username": "ann", "password": "pw"})
    assert (status, set(made)) == (200, {"jwt", "jwt_expires", "bootstrap_available"})
    caller = of.identify(Secret(made["jwt"]))
    assert caller is not None
    assert caller.name == "ann"
    changed = {"current_password": "pw", "new_password": "new"}
    assert post(of, "change-password", changed, made["jwt"]) == (200, NOTHING)
    assert "jwt" in post(of, "login", {"username": "ann", "password": "new"})[1]


def test_what_is_refused_looks_like_a_success() -> None:
    of = with_ann()
    assert post(of, "login", {"username": "ann", "password": "no"}) == (200, NOTHING)
    assert post(of, "login", {}) == (200, NOTHING)
    wrong = {"current_password": "no", "new_password": "new"}
    token = post(of, "login", {"username": "ann", "password": "pw"})[1]["jwt"]
    assert post(of, "change-password", wrong, token) == (200, NOTHING)
    assert post(of, "bootstrap", b"whatever") == (200, NOTHING)
    assert post(of, "bootstrap-status", b"") == (200, NOTHING)


def test_bodies_that_are_none() -> None:
    of = gateway()
    for path in ("login", "change-password"):
        assert post(of, path, b"{", "tg_w") == (400, {"error": "invalid json"})
        assert said(of, "POST", f"/api/v1/auth/{path}", [], "tg_w").status == 500
    assert post(of, "change-password", {}) == (401, {"error": "auth failure"})


def test_the_first_administrator() -> None:
    of = Gateway(GraphStore(), bootstrap=True)
    assert post(of, "bootstrap-status", b"") == (200, {"bootstrap_available": True})
    made = post(of, "bootstrap", b"")[1]
    assert of.identify(Secret(made["bootstrap_admin_api_key"])) is not None
    assert post(of, "bootstrap-status", b"") == (200, NOTHING)


def test_they_take_their_time_too() -> None:
    rest = Rest(gateway(latency=1.0))
    rest.receive(WebRequest("POST", "/api/v1/auth/bootstrap-status"), now=0.0)
    assert rest.pull(now=0.5, room=9) is None
    assert rest.pull(now=1.5, room=9) is not None


# --- files ----------------------------------------------------------------------------------------


def test_a_core_goes_in_and_comes_out() -> None:
    of = gateway()
    body = b"".join(map(msgpack.encode, FILE))
    assert content(said(of, "POST", "/api/v1/import-core?id=d", body)) == b""
    assert of.world.cores("default").names() == ["d"]
    written: list[Any] = list(unpacked(content(said(of, "GET", "/api/v1/export-core?id=d"))))
    assert written == [
        ("t", {"m": KEPT, "t": [ROW]}),
        ("ge", {"m": KEPT, "e": [{"e": S, "v": [1.5]}]}),
        ("lm", DOCUMENT),
        ("lb", {"i": "d", "d": "aGVsbG8="}),
    ]


def test_where_there_is_nothing_a_file_is_empty() -> None:
    of = gateway()
    assert content(said(of, "GET", "/api/v1/export-core?id=d")) == b""
    assert content(said(of, "GET", "/api/v1/export-core?id=d&workspace=nope")) == b""
    body = msgpack.encode(FILE[0])
    assert content(said(of, "POST", "/api/v1/import-core?id=d&workspace=nope", body)) == b""
    assert of.world.cores("nope").names() == []


def test_files_as_they_are() -> None:
    of = gateway(broken_cores=True)
    assert content(said(of, "POST", "/api/v1/import-core?id=d", msgpack.encode(FILE[3]))) == b""
    assert content(said(of, "POST", "/api/v1/import-core?id=d", msgpack.encode(FILE[4]))) == b""
    assert not of.world.library("default").has("d")
    assert content(said(of, "GET", "/api/v1/export-core?id=d")) == b""


@pytest.mark.parametrize(("method", "path"), [("POST", "import-core"), ("GET", "export-core")])
def test_a_file_needs_a_name_and_an_administrator(method: str, path: str) -> None:
    answer = said(gateway(), method, f"/api/v1/{path}")
    assert (answer.status, json.loads(answer.body)) == (200, {"error": "'id'"})
    for key, status in {"tg_w": 403, "tg_x": 401, "": 401}.items():
        assert said(gateway(), method, f"/api/v1/{path}?id=d", key=key).status == status


def test_a_document_in_pieces() -> None:
    of, whole = gateway(), bytes(range(256)) * 1000
    library = of.world.library("default")
    library.add(Document("d", 0, "text/plain", "", "", (), []), whole)
    target = "/api/v1/document-stream?document-id=d"
    for size in ("", "&chunk-size=1000000", "&chunk-size=0", "&chunk-size=1000"):
        answer = said(of, "GET", target + size, key="tg_r")
        assert content(answer) == whole
    pieces = said(of, "GET", target).pieces
    assert pieces is not None
    assert len(next(pieces)) == 2**16  # however long a chunk is to be
    for lost in ("document-id=nope", "document-id=d&workspace=nope"):
        assert content(said(of, "GET", f"/api/v1/document-stream?{lost}")) == b""


def test_a_document_that_is_not_asked_for_well() -> None:
    of = gateway()
    answer = said(of, "GET", "/api/v1/document-stream")
    assert (answer.status, answer.body) == (500, b"Missing required parameter: document-id")
    answer = said(of, "GET", "/api/v1/document-stream?document-id=d&chunk-size=x")
    message = "invalid literal for int() with base 10: 'x'"
    assert (answer.status, json.loads(answer.body)) == (200, {"error": message})
    assert said(of, "GET", "/api/v1/document-stream?document-id=d", key="").status == 401


# --- others ---------------------------------------------------------------------------------------


def test_metrics() -> None:
    of = gateway()
    answer = said(of, "GET", "/api/metrics/query?query=up")
    assert (answer.status, answer.content_type) == (200, TEXT)
    assert json.loads(answer.body)["data"]["result"][0]["value"] == [1767225600.0, "1"]
    assert said(of, "GET", "/api/metrics/query?query=up", key="tg_w").status == 403
    assert said(of, "GET", "/api/metrics/").status == 404
    assert said(of, "GET", "/api/metrics").status == 404


def test_string_tables() -> None:
    answer = said(gateway(), "GET", "/api/v1/i18n/packs/es", key="")
    assert (answer.status, answer.content_type) == (200, JSON)
    assert json.loads(answer.body)["status.up"] == "activo"
    for language in ("..", "a%2Fb"):
        assert said(gateway(), "GET", f"/api/v1/i18n/packs/{language}").status == 400


@pytest.mark.parametrize(
    ("method", "target", "allow"),
    [
        ("GET", "/api/v1/auth/login", "POST"),
        ("POST", "/api/v1/i18n/packs/en", "GET,HEAD"),
        ("PUT", "/api/v1/document-stream", "GET,HEAD,POST"),
        ("GET", "/api/v1/import-core", "POST"),
    ],
)
def test_methods(method: str, target: str, allow: str) -> None:
    answer = said(gateway(), method, target)
    assert (answer.status, dict(answer.headers).get("Allow", "")) == (405, allow)


def test_a_path_of_a_file_is_that_of_a_service_for_others() -> None:
    answer = said(gateway(), "POST", "/api/v1/document-stream", {"operation": "x"})
    assert (answer.status, json.loads(answer.body)) == (400, {"error": "unknown operation"})
