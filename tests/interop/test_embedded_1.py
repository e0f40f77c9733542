"""The embedded gateway of generation 1 answers as the published 1.7.1: the same raw requests to both.

What a model says of itself, what an agent thinks, vectors, and what is found in tables and samples are their
own; only their shape is compared. Known to differ: bulk sockets; an address of the wrong type, which the
embedded gateway refuses when the frame comes, the published one when a slot is free, and a service that is an
array in an unknown flow; what is said of a question, a sample, an operation or a tool that is null, and of
rows of a user or collection that is; numbers in vectors that are none, which the published one hands on to
the service, as it does with vectors of another length; prompts whose `terms` are no JSON, and an agent's
`hang=1`, where the scripted services do otherwise; classes without a definition, types of parameters, and
what a class says of its processors but their names; nesting deeper than 500, and the limits of the embedded
gateway.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.interop.both import Both, ask, by_id, scripted, title, without
from tests.interop.published import Published1
from tests.interop.raw import Members, over_rest, over_sockets
from tgdrivers.testing import gateway as running
from tgproto.gateway import Gateway1
from tgproto.gateway.generation1.services import USER
from tgproto.gateway.graph import GraphStore
from tgproto.gateway.model import TYPE
from tgproto.types.terms import IRI, Literal, Triple

SERVICE, FLOW, SOCKET = "/api/v1/flow/default/service/embeddings", "/api/v1/flow", "/api/v1/socket"
EMBED: Members = {"text": "a"}
GLOBAL: Members = ask("flow", {"operation": "list-flows"}, None)
FULL = f"full-{time.time_ns()}"
"""A collection with triples."""


@pytest.fixture(scope="module")
def both() -> Iterator[Both]:
    """Both have the same flows, made from the same classes, and the same triples."""
    published, graphs = Published1(), GraphStore()
    graphs.add(triples(), workspace=USER, collection=FULL)
    graphs.add([Triple(IRI("urn:interop"), TYPE, IRI("http://example.org/Thing"))], workspace=USER)
    items = [
        {
            place: published.term(str(term), iri=isinstance(term, IRI))
            for place, term in zip("spo", (t.s, t.p, t.o), strict=True)
        }
        for t in triples()
    ]
    published.import_all("triples", FULL, items)
    with running(Gateway1(graphs, secret=published.token, flows={}), token=published.token) as served:
        both = Both(published, served.url)
        copy_flows(*both.urls, both.token)
        yield both


def triples() -> list[Triple]:
    """Return what can be found."""
    s, p = (IRI(f"http://example.org/{name}") for name in "sp")
    return [Triple(s, p, Literal("x")), Triple(s, p, s), Triple(p, p, Literal("http://example.org/s"))]


def flow(url: str, token: str, operation: str, **members: object) -> Members:
    """Return the answer to a request about flows."""
    body = {"operation": operation} | {name.replace("_", "-"): value for name, value in members.items()}
    told: Members = over_rest(url + FLOW, body, token)[-1]
    return told


def copy_flows(source: str, target: str, token: str) -> None:
    """Make the classes and flows of one gateway in another one."""
    for name in flow(source, token, "list-classes")["class-names"]:
        definition = flow(source, token, "get-class", class_name=name)
        flow(target, token, "put-class", class_name=name, **definition)
    for name in flow(source, token, "list-flows")["flow-ids"]:
        found = flow(source, token, "get-flow", flow_id=name)
        made_from = json.loads(found.pop("flow"))["class-name"]
        assert flow(target, token, "start-flow", flow_id=name, class_name=made_from, **found) == {}


# --- services ---------------------------------------------------------------------------------

BODIES: dict[str, Members] = {
    "text-completion": {"system": "s", "prompt": "interop n=3 @"},
    "prompt": {"id": "question", "variables": {"question": "interop n=3 @"}},
    "graph-rag": {"query": "interop n=3 @"},
    "document-rag": {"query": "interop n=3 @"},
    "agent": {"question": "interop n=3 @"},
    "embeddings": {"text": "n=1 @"},
    "graph-embeddings": {"vectors": [[0.5] * 8], "collection": "n=1 @"},
    "triples": {"s": {"v": "urn:n=1 @", "e": True}, "collection": "nothing-is-here"},
    "objects": {"query": "{ thing { name } } # n=1 @"},
    "nlp-query": {"question": "Which things are there? n=1 @"},
    "structured-query": {"question": "Which things are there? n=1 @"},
    "structured-diag": {"operation": "diagnose", "sample": "name,age\nInes,5\nTom,7\n n=1 @"},
    "mcp-tool": {"name": "echo", "parameters": {"text": "n=1 @"}},
}
"""A request to each service; another directive goes where the `@` is."""

NEEDED: dict[str, tuple[str, ...]] = {
    "text-completion": ("system", "prompt"),
    "prompt": (),
    "graph-rag": ("query",),
    "document-rag": ("query",),
    "agent": ("question",),
    "embeddings": ("text",),
    "graph-embeddings": ("vectors",),
    "triples": (),
    "objects": (),
    "nlp-query": (),
    "structured-query": (),
    "structured-diag": ("operation", "sample"),
    "mcp-tool": (),
}
"""What each service cannot do without."""

TEXTS = {
    "text-completion": ("system", "prompt"),
    "prompt": ("id",),
    "graph-rag": ("query", "user", "collection"),
    "document-rag": ("query", "user", "collection"),
    "agent": ("question", "state", "user"),
    "embeddings": ("text",),
    "graph-embeddings": ("user", "collection"),
    "triples": ("user", "collection"),
    "objects": ("query", "user", "collection", "operation_name"),
    "nlp-query": ("question",),
    "structured-query": ("question", "user", "collection"),
    "structured-diag": ("operation", "sample", "type", "schema-name"),
    "mcp-tool": ("name",),
}
"""The members of each service that are strings."""

COUNTS = {
    "graph-rag": ("entity-limit", "triple-limit", "max-subgraph-size", "max-path-length"),
    "document-rag": ("doc-limit",),
    "graph-embeddings": ("limit",),
    "triples": ("limit",),
    "nlp-query": ("max_results",),
}
"""The members of each service that are whole numbers."""

DIRECTING = {"prompt", "id", "query", "question", "text", "operation", "sample", "name"}
"""Members without which a service has nothing to go by; null is taken, and what is told then is its own."""

ROWS = {"objects", "structured-query"}
"""Services that find rows: where they look without a user or collection is their own, too."""

STREAMED = ("text-completion", "prompt", "graph-rag", "document-rag", "agent")

IRI_S = {"v": "http://example.org/s", "e": True}
PARTICULAR: list[tuple[str, Members]] = [
    ("prompt", {"id": "question", "terms": {"question": '"n=2"'}}),
    ("prompt", {"id": "question", "terms": {"question": "n=2"}, "variables": {"question": "n=2"}}),
    ("prompt", {"id": "question", "variables": {"question": ["n=2"]}}),
    ("prompt", {"id": "missing", "variables": {}}),
    *(("prompt", {"id": "question", "variables": value}) for value in (None, "x", [], 5)),
    *(("prompt", {"id": "question", "terms": value}) for value in ("x", [], 5)),
    *(("prompt", {"id": "question", "terms": {"question": value}}) for value in (5, None, ["x"], {}, True)),
    *(
        ("agent", {"question": "n=1", "group": value})
        for value in (["g"], None, "g", [5], [None], {}, [["g"]])
    ),
    *(("agent", {"question": "n=1", "history": value}) for value in (None, [], "h", ["h"], [5], {}, [{}])),
    ("agent", {"question": "n=1", "history": [{"thought": "t", "action": "a", "arguments": {"x": "y"}}]}),
    *(("agent", {"question": "n=1", "history": [value]}) for value in ({"x": 5}, {"thought": 5})),
    *(("agent", {"question": "n=1", "history": [{}, value]}) for value in ("x", {"thought": 5})),
    *(("agent", {"question": "n=1", "history": [{"arguments": value}]}) for value in (None, "x", {"a": 5})),
    *(("embeddings", {"texts": value}) for value in (["a"], [])),
    ("graph-embeddings", {"vector": [0.5] * 8}),
    ("graph-embeddings", {"vectors": [], "collection": "n=1"}),
    *(("graph-embeddings", {"vectors": value}) for value in (None, "x", [0.5], {}, [None], [[], None])),
    *(
        ("triples", {"s": value})
        for value in (None, "x", [], {}, {"v": "x"}, {"e": True}, {"v": 5, "e": True})
    ),
    *(("triples", {"s": {"v": "x", "e": value}}) for value in ("x", 1, None)),
    ("triples", {"s": {"v": None, "e": True}, "collection": "nothing-is-here"}),
    ("triples", {"s": {"t": "i", "i": "urn:x"}, "collection": "nothing-is-here"}),
    ("triples", {"s": {"v": "x", "e": False, "unknown": 5}, "collection": "nothing-is-here"}),
    ("triples", {"collection": FULL}),
    ("triples", {"collection": FULL, "user": "somebody"}),
    *(("triples", {"collection": FULL, place: IRI_S}) for place in "spo"),
    *(("triples", {"collection": FULL, place: IRI_S | {"e": False}}) for place in "spo"),
    *(("triples", {"collection": FULL, "o": {"v": "x", "e": is_iri}}) for is_iri in (True, False)),
    *(("triples", {"collection": FULL, "limit": limit}) for limit in (0, 1, 2.9, "2", True, 3, 4)),
]


def bodies() -> Iterator[tuple[str, object]]:
    """Yield requests to all services."""
    for service, body in BODIES.items():
        for directive in ("", "fail=0", "fail=1", "empty=0", "empty=1"):
            for streaming in (False, True) if service in STREAMED else (False,):
                yield service, scripted(body, directive, streaming=streaming)
        plain = scripted(body, "")
        yield service, plain | {"unknown": [5], "workspace": "nope"}
        for member in NEEDED[service]:
            yield service, without(plain, member)
        for member in TEXTS[service]:
            for value in (5, None, ["x"], True, {}):
                if value is not None or (member not in DIRECTING and service not in ROWS):
                    yield service, plain | {member: value}
        for member in COUNTS.get(service, ()):
            for value in ("3", "many", None, 2.5, [1], {}, True):
                yield service, plain | {member: value}
        for value in (None, 1, "true", []):
            yield service, plain | {"streaming": value}
        for value in (None, [], "x", 5, True):
            yield service, value
    yield from PARTICULAR


@pytest.mark.parametrize(("service", "body"), list(bodies()), ids=title)
def test_services(both: Both, service: str, body: object) -> None:
    assert both.over_rest(f"/api/v1/flow/default/service/{service}", body, both.token)[0] == 200
    assert both.over_socket(ask(service, body), token=both.token)


def test_silence(both: Both) -> None:
    """All at a time, since each takes as long as one is ready to wait."""
    frames = [
        ask(service, scripted(body, directive, streaming=True), id=f"{service} {directive}")
        for service, body in BODIES.items()
        for directive in ("hang=1", "drop=1" if service in STREAMED else "drop=0")
        if (service, directive) != ("agent", "hang=1")
    ]
    told = over_sockets(*both.urls, frames=frames, final=len(frames), query=f"?token={both.token}")
    assert by_id(told[0]) == by_id(told[1])
    assert not [frame for answers in told for frame in answers if frame["complete"]]


# --- REST -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("token", "scheme"),
    [
        ("wrong", "Bearer"),
        ("x interop-token", "Bearer"),
        (None, ""),
        ("x", "y"),
        ("interop-token", "Basic"),
        ("interop-token", "bearer"),
        (" interop-token", "Bearer"),
        ("interop-token x", "Bearer"),
    ],
)
@pytest.mark.parametrize(
    ("path", "body"),
    [
        (SERVICE, EMBED),
        (FLOW, {"operation": "list-flows"}),
        ("/api/v1/nope", {}),
        ("/api/v1/a/b/c", {}),
        (SERVICE, b"{"),
    ],
)
def test_callers_over_rest(both: Both, token: str | None, scheme: str, path: str, body: object) -> None:
    assert both.token == "interop-token"
    assert both.over_rest(path, body, token, scheme=scheme)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v1/flow/default/service/nope", {}),
        ("/api/v1/flow/bare/service/agent", {"question": "x"}),
        ("/api/v1/flow/bare/service/embeddings", EMBED),
        ("/api/v1/flow/nope/service/agent", {"question": "x"}),
        ("/api/v1/flow/nope/service/nope", b"["),
        ("/api/v1/flow/de%2ffault/service/agent", {"question": "x"}),
        ("/api/v1/flow/def%61ult/service/%65mbeddings", EMBED),
        ("/api/v1/flow//service/embeddings", EMBED),
        ("/api/v1/flow/default/service/", EMBED),
        ("/api/v1/flow/default/service/thru/echo", {"a": 1}),
        ("/api/v1/flow/default/service/triples-store", {"a": 1}),
        (f"{SERVICE}/", EMBED),
        (f"{SERVICE}?workspace=nope", EMBED),
        (f"{SERVICE}?token=wrong", EMBED),
        *(
            (SERVICE, text)
            for text in (b"{x", b"", b"{", b"{}x", b"[1,]", b"{'a':1}", b'{"a"}', b'{"a":1', b'"', b"nul")
        ),
        *(
            (SERVICE, text)
            for text in (b'{"text":"a","text":"b"}', b' {"text":"a"}\n', b'\xef\xbb\xbf{"text":"a"}')
        ),
        *((SERVICE, text) for text in (b'{"text":NaN}', b'{"text":"\x01"}')),
        (SERVICE, b'{"text":"\xff"}'),
        *((SERVICE, EMBED | {"workspace": name}) for name in ("nope", 5, None)),
        ("/", {}),
        ("/api", {}),
        ("/api/v1", {}),
        ("/api/v1/", {}),
        ("/api/v1/a/b/c", {}),
        ("/api/v1/socket", {}),
        ("/api/v1/socket?token=wrong", {}),
        ("/api/v1/flow/", {}),
        ("/api/v1/flow?x=y", {"operation": "list-flows"}),
        ("/api/v1/flow/default", {}),
        ("/api/v1/nope", {"operation": "nope"}),
        ("/api/v1/nope", b"{"),
        ("/api/v1/n'o%20pe", {}),
        ("/api/v1/n%c3%bc", {}),
    ],
    ids=title,
)
def test_requests_over_rest(both: Both, path: str, body: object) -> None:
    assert both.over_rest(path, body, both.token)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"])
@pytest.mark.parametrize("path", [SERVICE, FLOW, "/", "/api/v1/a/b/c", SOCKET, f"{SOCKET}?token=wrong"])
@pytest.mark.parametrize("token", ["interop-token", "wrong"])
def test_methods(both: Both, method: str, path: str, token: str) -> None:
    assert both.over_rest(path, b"", token, method)[0] in (401, 404, 405)


# --- flows and classes ------------------------------------------------------------------------

START = {"operation": "start-flow", "flow-id": "x", "class-name": "bare", "description": "d"}


@pytest.mark.parametrize(
    "body",
    [
        *(None, [], "x", 5, {}, b"{"),
        *(
            {"operation": name}
            for name in ("list-flows", "list-classes", "get-flow", "get-class", "stop-flow")
        ),
        *({"operation": name} for name in ("nope", "", None, 5, ["list-flows"], "list-blueprints")),
        *(
            {"operation": "get-flow", "flow-id": name}
            for name in ("default", "bare", "dead", "nope", "", None, 5)
        ),
        *(
            {"operation": "get-class", "class-name": name}
            for name in ("standin", "bare", "nope", "", None, [5])
        ),
        {"operation": "get-flow", "flow-id": "bare", "workspace": "nope", "unknown": [5]},
        *({"operation": "stop-flow", "flow-id": name} for name in ("nope", "", None, 5)),
        *(without(START, member) for member in START),
        *(START | {member: value} for member in without(START, "operation") for value in (None, 5)),
        START | {"class-name": "nope"},
        START | {"flow-id": "bare"},
        START | {"flow-id": "bare", "class-name": "nope", "description": None},
        START | {"class-name": "nope", "description": None},
        *(
            START | {"class-name": "nope", "parameters": value}
            for value in (None, {}, {"a": "x"}, {"a": 5}, "x", [])
        ),
        *(START | {"class-name": "nope", "parameters": {"a": value}} for value in (None, True, ["x"], {})),
        {"operation": "delete-class", "class-name": "nope"},
    ],
    ids=title,
)
def test_flows_stay_as_they_are(both: Both, body: object) -> None:
    assert both.over_rest(FLOW, body, both.token)[0] == 200
    if not isinstance(body, bytes):
        assert both.over_socket(ask("flow", body, None), token=both.token)


DEFINITION = json.dumps(
    {
        "class": {},
        "flow": {},
        "interfaces": {"embeddings": {"request": "x:{id}", "response": "{a}"}, "triples-store": "{class}"},
    }
)


@pytest.fixture
def tidy(both: Both) -> Iterator[None]:
    """Neither has something of the name `made`, neither before nor afterwards."""

    def clear() -> None:
        for url in both.urls:
            flow(url, both.token, "put-class", class_name="made", class_definition=DEFINITION)
            flow(url, both.token, "stop-flow", flow_id="made")
            flow(url, both.token, "delete-class", class_name="made")

    clear()
    yield
    clear()


@pytest.mark.parametrize(
    "definition",
    [
        DEFINITION,
        '{"class":{},"flow":{}}',
        '{"class":{},"flow":{},"interfaces":{}}',
        *('{"class":{},"interfaces":{}}', '{"flow":{},"interfaces":{}}', "{}", "[]", "5", "null", "x", ""),
        *('{"class":{},"flow":{},"interfaces":[]}', '{"class":{},"flow":{},"interfaces":{"embeddings":5}}'),
        '{"class":{},"flow":{},"parameters":{"a":{},"b":{"controlled-by":"a"}}}',
        '{"class":{"no-colon":{}},"flow":{}}',
        5,
    ],
)
@pytest.mark.parametrize("parameters", [None, {"a": "y"}], ids=title)
@pytest.mark.usefixtures("tidy")
def test_a_flow_from_start_to_stop(both: Both, definition: object, parameters: object) -> None:
    name = {"class-name": "made", "flow-id": "made"}
    begun = {"description": "d", "parameters": parameters}
    for operation, members in [
        ("put-class", {"class-definition": definition}),
        ("get-class", {}),
        ("list-classes", {}),
        ("start-flow", begun),
        ("start-flow", begun),
        ("get-flow", {}),
        ("list-flows", {}),
        ("stop-flow", {}),
        ("stop-flow", {}),
        ("list-flows", {}),
        ("delete-class", {}),
        ("delete-class", {}),
        ("get-class", {}),
        ("start-flow", begun),
    ]:
        told = both.over_rest(FLOW, {"operation": operation, **name, **members}, both.token)
        assert told[0] == 200


@pytest.mark.usefixtures("tidy")
def test_a_flow_whose_class_was_deleted(both: Both) -> None:
    def done(operation: str, **members: object) -> Any:
        body = {"operation": operation, "class-name": "made", "flow-id": "made", **members}
        return both.over_rest(FLOW, body, both.token)[-1]

    done("put-class", **{"class-definition": DEFINITION})
    assert done("start-flow", description="") == {}
    done("delete-class")
    assert "error" in done("stop-flow")
    assert "made" in done("list-flows")["flow-ids"]
    done("put-class", **{"class-definition": DEFINITION})
    assert done("stop-flow") == {}
    assert done("delete-class") == {}
    assert "made" not in done("list-flows")["flow-ids"]


# --- the socket -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?",
        "?token",
        "?token=",
        "?token=wrong",
        "?token=wrong&token=interop-token",
        "?Token=interop-token",
        "?token=interop%2dtoken",
        "?token=interop-token&token=wrong",
        "?x=1;token=interop-token",
        "?token=%ff",
    ],
)
def test_who_opens_a_socket(both: Both, query: str) -> None:
    assert both.open_socket(query)[0] == (101 if query.startswith("?token=interop") else 401)


@pytest.mark.parametrize(
    "frame",
    [
        *(GLOBAL | {"id": ident} for ident in (0, 5, None, {"a": 1}, [1], True, 1.5, "", "x" * 300, "ü")),
        *(without(GLOBAL, member) for member in ("id", "service", "request")),
        *(GLOBAL | {"request": body} for body in (None, [], "x", 5)),
        *(GLOBAL | {"service": name} for name in ("nope", "", "n'o\"pe\\", "ü", "embeddings", "iam")),
        *(GLOBAL | {"service": name} for name in (5, None, True, 1.5, [], ["flow"], {}, {"a": 1})),
        *(GLOBAL | {"flow": flow} for flow in ("", None, "default", 0, False, [], {})),
        *(GLOBAL | {"flow": flow} for flow in (5, True, 1.5, ["default"], {"a": 1})),
        *(GLOBAL | {"workspace": name} for name in ("", None, "nope", 5)),
        *(ask("embeddings", EMBED, workspace=name) for name in ("", None, "nope", [5])),
        *(ask("embeddings", EMBED, flow) for flow in ("nope", "", "bare", "de/fault", 5, ["default"])),
        *(ask(name, EMBED) for name in ("nope", "", 5, None, True, 1.5, "triples-store", ["embeddings"], {})),
        *(ask(name, EMBED, "nope") for name in ("nope", "", 5, None)),
        *(ask("embeddings", EMBED, ident) for ident in ({"a": 1}, True, [])),
        ask("agent", {"question": "x"}, "bare"),
        GLOBAL | {"type": "request", "unknown": [5]},
        *(GLOBAL | {"type": kind, "token": token} for kind in ("auth", "nope", 5) for token in ("wrong", 5)),
        *({"type": "auth", "token": token} for token in ("interop-token", "wrong", "", None, 5)),
        *({"type": "auth"}, {}, {"id": "1"}, {"request": {}}, {"service": "flow"}),
    ],
    ids=title,
)
def test_frames(both: Both, frame: Members) -> None:
    assert both.over_socket(frame, token=both.token)


@pytest.mark.parametrize(
    "text",
    [
        *("{x", "", "nul", "{}x", "[1,]", "{'a':1}", '{"a"}', '{"a":1', '"', "{", " "),
        *("[]", '"x"', "null", "5", "true", "1.5", "NaN"),
        *('["request"]', '["id","request"]', '"id request"', '"request"', '[["request"]]'),
        *(b"{x", b"", b"[]", b"5", b"\xff", b'{"id":"\xff"}', b"\xef\xbb\xbf{}", b'{"id":1}'),
        json.dumps(GLOBAL).encode(),
        json.dumps(GLOBAL).encode("utf-16"),
        '{"id":"1","request":{"operation":"list-flows"},"service":"flow","id":"2"}',
        '{"id":"\\ud800","request":{"operation":"list-flows"},"service":"flow"}',
        '{"id":NaN,"request":{"operation":"list-flows"},"service":"flow"}',
        '{"id":"1","request":{"text":NaN},"service":"embeddings","flow":"default"}',
        '{"id":"1","request":{"text":1e999},"service":"embeddings","flow":"default"}',
        '{"id":"\x01","request":{}}',
    ],
    ids=title,
)
def test_what_is_no_request(both: Both, text: str | bytes) -> None:
    """Afterwards the socket can be used."""
    assert both.over_socket(text, GLOBAL | {"id": "after"}, token=both.token, final=2)[-1]["response"]


def test_the_same_id_twice(both: Both) -> None:
    frames = [ask("text-completion", scripted(BODIES["text-completion"], "first=0.1"), id="same")] * 2
    told = over_sockets(*both.urls, frames=frames, final=2, query=f"?token={both.token}")
    assert by_id(told[0]) == by_id(told[1])


def test_many_at_a_time(both: Both) -> None:
    """More than there are slots, a refused one and a malformed one among them."""
    frames: list[Members | str] = [
        ask("text-completion", scripted(BODIES["text-completion"], "first=0.2"), id=str(number))
        for number in range(20)
    ]
    frames[5:5] = [ask("embeddings", EMBED, "nope"), "x"]
    told = over_sockets(*both.urls, frames=frames, final=22, query=f"?token={both.token}")
    assert len(told[0]) == len(told[1]) == 22
    assert by_id(told[0]) == by_id(told[1])
