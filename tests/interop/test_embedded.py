"""The embedded gateway answers as the published one: the same raw requests to both, over REST and sockets.

What a model says of itself, vectors, what is found in tables and samples, and how an answer came about are
their own; only their shape is compared.
Known to differ: values of the wrong type, which the published gateway refuses in Python's words or hands on
to a service; keys that only read, which the embedded gateway has not; pass-through services; and an agent's
`hang=1`, which keeps the scripted one from thinking.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.interop.both import Both, ask, by_id, scripted, without
from tests.interop.published import Published2
from tests.interop.raw import Members, over_rest, over_sockets
from tgdrivers.testing import gateway as running
from tgproto.gateway import Gateway
from tgproto.gateway.generation2.services import SERVICES
from tgproto.gateway.graph import GraphStore
from tgproto.gateway.model import DERIVED, LABEL, TYPE
from tgproto.types.terms import IRI, Literal, Triple


@pytest.fixture(scope="module")
def gateway() -> Published2:
    return Published2()


@pytest.fixture(scope="module")
def both(gateway: Published2) -> Iterator[Both]:
    """The embedded gateway has the same keys, and flows like those of the published one."""
    graphs, thing = GraphStore(), IRI("urn:interop")
    about = {LABEL: Literal("interop"), DERIVED: IRI("urn:doc:1"), TYPE: IRI("http://example.org/Thing")}
    graphs.add([Triple(thing, p, o) for p, o in about.items()])
    graphs.add([], workspace="other")
    keys = {gateway.token: ("default", "*"), gateway.reader: "default"}
    flows = {"default": SERVICES.keys(), "bare": ["embeddings"]}
    with running(Gateway(graphs, keys=keys, flows=flows), token=gateway.token) as served:
        yield Both(gateway, served.url)


# --- bodies -----------------------------------------------------------------------------------

BODIES: dict[str, Members] = {
    "text-completion": {"system": "s", "prompt": "interop n=3 @"},
    "prompt": {"id": "question", "variables": {"question": "interop n=3 @"}},
    "graph-rag": {"query": "interop n=3 @"},
    "document-rag": {"query": "interop n=3 @"},
    "agent": {"question": "interop n=3 @"},
    "embeddings": {"texts": ["n=1 @", "a"]},
    "graph-embeddings": {"vector": [0.5] * 8, "collection": "n=1 @"},
    "triples": {"s": {"t": "i", "i": "urn:n=1 @"}, "collection": "nothing-is-here"},
    "sparql": {"query": "SELECT * WHERE { ?s ?p ?o } # n=1 @", "collection": "nothing-is-here"},
    "document-embeddings": {"vector": [0.5] * 8, "collection": "n=1 @"},
    "row-embeddings": {"vector": [0.5] * 8, "schema_name": "n=1 @"},
    "rows": {"query": "{ thing { name } } # n=1 @"},
    "nlp-query": {"question": "Which things are there? n=1 @"},
    "structured-query": {"question": "Which things are there? n=1 @"},
    "structured-diag": {"operation": "diagnose", "sample": "name,age\nInes,5\nTom,7\n n=1 @"},
    "mcp-tool": {"name": "echo", "parameters": {"text": "n=1 @"}},
    "reranker": {
        "queries": [{"query_id": "q", "query_text": "n=1 @"}],
        "documents": [{"document_id": "d", "document_text": "x"}],
    },
    "image-to-text": {"image": "AAE=", "mime_type": "image/png", "prompt": "n=1 @"},
    "cloze": {"operation": "predict", "model": "kinds", "query": "n=1 @"},
    "decision-scoring": {"state": {"a": "n=1 @"}, "questions": {"q": {"type": "choice", "options": ["x"]}}},
    "field-extraction": {"state": "n=1 @", "fields": {"a": "b"}},
}
"""A request to each service; another directive goes where the `@` is."""

NEEDLESS = {
    *("text-completion", "prompt", "triples"),
    *("sparql", "rows", "structured-query", "mcp-tool", "cloze"),
}
"""Services that can do without every member; what the last five do then is their own."""


CASES = [
    pytest.param(
        service, scripted(BODIES[service], directive, streaming=stream), id=f"{service} {directive} {stream}"
    )
    for service in BODIES
    for directive in ("", "fail=0", "fail=1")
    for stream in (False, True)
] + [
    pytest.param(service, body, id=f"{service} {json.dumps(body)[:40]}")
    for service, body in [
        *((service, {}) for service in BODIES if service not in NEEDLESS),
        ("prompt", {"id": "question", "terms": {"question": '"n=2"'}}),
        ("prompt", {"id": "missing", "variables": {}}),
        ("embeddings", {"texts": []}),
        ("embeddings", {"text": "a"}),
        ("graph-embeddings", {"vectors": [[0.5]]}),
        ("triples", {"s": {"v": "urn:x", "e": True}, "collection": "nothing-is-here"}),
        ("agent", {"question": "n=1", "history": [{"thought": "t"}], "group": ["g"], "unknown": 5}),
    ]
]


@pytest.mark.parametrize(("service", "body"), CASES)
def test_services(both: Both, service: str, body: Members) -> None:
    path = f"/api/v1/flow/default/service/{service}"
    assert both.over_rest(path, body, both.token)[0] == 200
    assert len(both.over_socket(ask(service, body), token=both.token)) > 1


# --- REST -------------------------------------------------------------------------------------


SERVICE, FLOW, IAM = "/api/v1/flow/default/service/embeddings", "/api/v1/flow", "/api/v1/iam"
EMBED: Members = {"texts": ["a"]}


@pytest.mark.parametrize("token", ["tg_wrong", "wrong", "a.b.c", None])
@pytest.mark.parametrize(
    ("path", "body"),
    [
        (SERVICE, EMBED),
        (FLOW, {"operation": "list-flows"}),
        (IAM, {"operation": "whoami"}),
        (SERVICE, b"{"),
        (FLOW, b"{"),
    ],
)
def test_unknown_callers_over_rest(both: Both, token: str | None, path: str, body: object) -> None:
    assert both.over_rest(path, body, token)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v1/flow/default/service/nope", {}),
        ("/api/v1/flow/bare/service/agent", {"question": "x"}),
        ("/api/v1/flow/nope/service/agent", {"question": "x"}),
        ("/api/v1/flow/de%2ffault/service/agent", {"question": "x"}),
        ("/api/v1/flow/default/service/thru/echo", {"a": 1}),
        (f"{SERVICE}/", EMBED),
        (f"{SERVICE}?workspace=nope", EMBED),
        (SERVICE, b"{x"),
        (SERVICE, b""),
        *((SERVICE, EMBED | {"workspace": name}) for name in ("nope", "other", 5, [5], "", None)),
        ("/", {}),
        ("/api/v1/", {}),
        ("/api/v1/a/b/c", {}),
        ("/api/v1/socket", {}),
        ("/api/v1/nope", {"operation": "nope"}),
        *((FLOW, body) for body in ({}, [], 5, b"", b"{", {"operation": None}, {"operation": ["nope"]})),
        *((FLOW, {"operation": "get-flow", "flow-id": flow}) for flow in ("nope", "", None)),
        *((FLOW, {"operation": "get-flow", "workspace": name}) for name in ("nope", "other", 5, "", None)),
        (FLOW, {"operation": "nope"}),
        (FLOW, {"operation": "get-blueprint", "blueprint-name": "nope"}),
        *((IAM, body) for body in ({}, {"operation": "nope"}, b"{")),
    ],
)
@pytest.mark.parametrize("who", ["token", "reader"])
def test_requests_over_rest(both: Both, gateway: Published2, who: str, path: str, body: object) -> None:
    assert both.over_rest(path, body, getattr(gateway, who))


@pytest.mark.parametrize("workspace", [None, "default", "nope", 5])
def test_who_is_it(both: Both, workspace: object) -> None:
    body = {"operation": "whoami", "workspace": workspace}
    answers = [over_rest(url + IAM, body, both.token) for url in both.urls]
    users = [answer[-1].pop("user") for answer in answers]
    assert answers[0] == answers[1]
    assert [user["default_workspace"] for user in users] == ["default"] * 2
    types = [{name: type(value) for name, value in user.items()} for user in users]
    assert types[0] == types[1]


@pytest.mark.parametrize(
    "members",
    [
        {"operation": "stop-flow", "flow-id": "nope"},
        {"operation": "stop-flow"},
        {"operation": "start-flow", "flow-id": "nope"},
        {"operation": "start-flow", "flow-id": "bare", "blueprint-name": "bare", "description": ""},
        {"operation": "start-flow", "flow-id": "x", "blueprint-name": "nope", "description": ""},
    ],
)
def test_changes_that_are_not_made(both: Both, members: Members) -> None:
    assert both.over_rest(FLOW, members, both.token)[0] == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD", "OPTIONS"])
@pytest.mark.parametrize("path", [SERVICE, FLOW, "/", "/api/v1/a/b/c"])
def test_methods(both: Both, method: str, path: str) -> None:
    assert both.over_rest(path, b"", both.token, method)[0] in (404, 405)


# --- the socket -------------------------------------------------------------------------------


EMPTY: Members = ask("flow", {"operation": "get-flow"}, None)


@pytest.mark.parametrize(
    "frame",
    [
        *(EMPTY | {"id": ident} for ident in (0, 5, None, {"a": 1}, [1], True, 1.5, "", "x" * 300)),
        *(without(EMPTY, member) for member in ("id", "service", "request")),
        *(EMPTY | {"request": body} for body in (None, [], "x")),
        *(EMPTY | {"service": name} for name in (5, None, "nope")),
        *(EMPTY | {"flow": flow} for flow in ("", None, "default")),
        *(EMPTY | {"workspace": name} for name in ("", None, "nope", "other")),
        *(ask("embeddings", EMBED, workspace=name) for name in ("", None, "nope", "other")),
        *(ask("embeddings", EMBED | {"workspace": name}) for name in ("nope", "other")),
        *(ask("embeddings", EMBED, flow) for flow in ("nope", "", "de/fault", None)),
        ask("flow", {"operation": "get-flow", "workspace": "nope"}, None),
        *(ask("flow", body, None) for body in ({}, {"operation": "nope"}, {"operation": 5})),
        *(
            ask("iam", body, None, workspace=name)
            for body in ({}, {"operation": "nope"})
            for name in ("", "nope")
        ),
        ask("nope", {}),
        ask("agent", {"question": "x"}, "bare"),
        EMPTY | {"type": "request", "unknown": [5]},
        EMPTY | {"type": "nope"},
    ],
    ids=lambda frame: json.dumps(frame)[:60],
)
@pytest.mark.parametrize("who", ["token", "reader", "nobody"])
def test_frames(both: Both, gateway: Published2, who: str, frame: Members) -> None:
    assert both.over_socket(frame, token=getattr(gateway, who, None))


@pytest.mark.parametrize(
    "members", [{}, {"token": ""}, {"token": 5}, {"token": None}, {"token": "tg_wrong"}], ids=json.dumps
)
@pytest.mark.parametrize("again", [False, True])
def test_authentication(both: Both, members: Members, again: bool) -> None:
    good = {"type": "auth", "token": both.token}
    refused = {"type": "auth", **members}
    frames = [good, refused, EMPTY] if again else [refused, EMPTY, good, EMPTY]
    told = both.over_socket(*frames, final=1 if again else 2)
    assert told[-1]["response"]


@pytest.mark.parametrize("text", ["{x", "[]", '"x"', "", "null", "5"])
def test_what_is_no_request(both: Both, text: str) -> None:
    """The words are Python's, or ours; the rest is the same."""
    frames = [text, {"type": "auth", "token": both.token}, text, EMPTY]
    told = over_sockets(*both.urls, frames=frames, final=3)
    for frame in [*told[0], *told[1]]:
        if "error" in frame:
            assert frame["error"].pop("message")
    assert told[0] == told[1]


@pytest.mark.parametrize("directive", ["hang=1", "drop=0"])
@pytest.mark.parametrize("part", [0, 1])
def test_silence(both: Both, directive: str, part: int) -> None:
    """Of many services at a time, since each takes as long as one is ready to wait; a socket runs sixteen."""
    frames = [
        ask(service, scripted(BODIES[service], directive, streaming=True), id=service)
        for service in sorted(BODIES.keys() - {"agent"})[part::2]
    ]
    begin = [{"type": "auth", "token": both.token}]
    told = over_sockets(*both.urls, frames=[*begin, *frames], final=len(frames))
    assert by_id(told[0]) == by_id(told[1])
    assert not [frame for answers in told for frame in answers if frame.get("complete")]
