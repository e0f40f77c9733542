"""The embedded EdgeQuake, bytes in and bytes out: every path, dialect and refusal."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.web_peer import Got, ask
from tgproto.edgequake.server import EdgequakeServer
from tgproto.edgequake.server_answers import SOURCES
from tgproto.serving.kept import KEPT
from tgproto.serving.messages import TEXT, Pause, WebAnswer
from tgproto.serving.plans import ALIVE, CUT, Fault
from tgproto.serving.streams import event

ANSWERS = {"Who?": ("Ines", " Marlow.")}
QUERY, STREAM = "/api/v1/query", "/api/v1/query/stream"
CHAT, CHAT_STREAM = "/api/v1/chat/completions", "/api/v1/chat/completions/stream"

MEMBERS = ["query", "message", "messages", "mode", "stream", "stream_format"]
PATHS = [QUERY, STREAM, "/query", CHAT, CHAT_STREAM, "/v1/chat/completions", "/api/chat"]


def kinds(got: Got) -> list[str]:
    assert (got.status, got.whole) == (200, True)
    assert got.headers["content-type"] == "text/event-stream"
    return [one["type"] for one in got.events]


def text(got: Got, member: str = "content") -> str:
    return "".join(one[member] for one in got.events if one["type"] == "token")


# --- operations -------------------------------------------------------------------------------


def test_operations_need_no_key() -> None:
    of = EdgequakeServer(api_key="k")
    assert ask(of, "/health").json["status"] == "healthy"
    assert ask(of, "/ready").json["ready"] is True
    assert ask(of, "/nope").status == 401
    assert ask(of, "/nope", X_API_Key="k").json["code"] == "NOT_FOUND"
    refused = ask(of, "/health", {})
    assert (refused.status, refused.headers["allow"]) == (405, "GET,HEAD")


@pytest.mark.parametrize("fields", [{"X_API_Key": "k"}, {"Authorization": "Bearer k"}])
def test_a_key(fields: dict[str, str]) -> None:
    of = EdgequakeServer(api_key="k")
    assert ask(of, QUERY, {"query": "Who?"}, **fields).status == 200
    refused = ask(of, QUERY, {"query": "Who?"}, **dict.fromkeys(fields, "Bearer x"))
    assert (refused.status, refused.json["error"]) == (401, "unauthorized")


@pytest.mark.parametrize("name", ["username", "email"])
def test_users(name: str) -> None:
    of = EdgequakeServer(users={"ann": "secret"})
    login, refresh = "/api/v1/auth/login", "/api/v1/auth/refresh"
    assert ask(of, login, {name: "ann", "password": "x"}).status == 401
    tokens = ask(of, login, {name: "ann", "password": "secret"}).json
    bearer = f"Bearer {tokens['access_token']}"
    assert ask(of, "/api/v1/auth/me", Authorization=bearer).json["user"]["username"] == "ann"
    of.accounts.expire()
    assert ask(of, "/api/v1/auth/me", Authorization=bearer).status == 401
    assert ask(of, refresh, {"refresh_token": "x"}).status == 401
    renewed = ask(of, refresh, {"refresh_token": tokens["refresh_token"]}).json
    bearer = f"Bearer {renewed['access_token']}"
    assert ask(of, "/api/v1/auth/logout", {}, Authorization=bearer).status == 204
    assert ask(EdgequakeServer(), "/api/v1/auth/me").json["user"]["username"] == "anonymous"


# --- questions --------------------------------------------------------------------------------


def test_a_query() -> None:
    of = EdgequakeServer(ANSWERS)
    got = ask(of, QUERY, {"query": "Who?", "mode": "local"}).json
    assert (got["answer"], got["mode"], got["sources"]) == ("Ines Marlow.", "local", list(SOURCES))
    assert got["stats"]["tokens_used"] == 2
    assert ask(of, QUERY, {"query": "Why?"}).json["answer"] == "You asked: Why?"
    assert ask(of, "/query", {"query": "Who?", "mode": "simple"}).json["mode"] == "simple"
    assert ask(of, "/query", {"query": "Who?"}).json["mode"] == "mix"
    assert ask(EdgequakeServer(final="Polished."), QUERY, {"query": "Who?"}).json["answer"] == "Polished."


@pytest.mark.parametrize("path", [QUERY, STREAM])
@pytest.mark.parametrize(
    ("body", "status", "plain"),
    [
        (b"{", 400, True),
        (b"[]", 400, True),
        ({}, 422, True),
        ({"query": 1}, 422, True),
        ({"query": " "}, 400, False),
        ({"query": "Who?", "mode": "simple"}, 422, True),
        ({"query": "Who?", "mode": 1}, 422, True),
    ],
)
def test_queries_that_are_refused(path: str, body: object, status: int, plain: bool) -> None:
    got = ask(EdgequakeServer(), path, body)
    assert (got.status, got.headers["content-type"] == TEXT) == (status, plain)


def test_what_is_no_json() -> None:
    assert ask(EdgequakeServer(), QUERY, {"query": "Who?"}, Content_Type="text/plain").status == 415


def test_the_stream_of_a_query() -> None:
    of = EdgequakeServer(ANSWERS)
    got = ask(of, STREAM, {"query": "Who?"})
    assert kinds(got) == ["context", "token", "token", "done"]
    assert text(got) == "Ines Marlow."
    assert got.headers["transfer-encoding"] == "chunked"
    [request] = of.requests
    assert (request.method, request.header("content-type")) == ("POST", "application/json")
    of = EdgequakeServer(ANSWERS, thinking=("Hm.",), final="Polished.")
    got = ask(of, STREAM, {"query": "Who?", "stream_format": "v3"})
    assert kinds(got) == ["thinking", "context", "token", "token", "done"]
    assert "bundle" in got.events[1]
    assert got.events[-1]["answer"] == "Polished."


def test_the_first_version_of_the_stream() -> None:
    of = EdgequakeServer(ANSWERS)
    assert ask(of, STREAM, {"query": "Who?", "stream_format": "v1"}).events == ["Ines", " Marlow."]
    assert ask(of, STREAM, {"query": "Who?", "stream_format": "v4"}).status == 422


def test_the_stream_of_the_guide() -> None:
    of = EdgequakeServer({"Who is it?": ("Ines",)}, sources=())
    for target in ("/query/stream?query=Who+is+it%3F&mode=simple", "/query/stream?query=Who%20is%20it%3F"):
        got = ask(of, target)
        assert kinds(got) == ["token", "done"]
        assert text(got, "chunk") == "Ines"
    assert ask(of, "/query/stream").status == 400
    assert ask(of, "/query/stream", {}).headers["allow"] == "GET,HEAD"


# --- chat -------------------------------------------------------------------------------------


def messages(of: EdgequakeServer, conversation: str) -> list[tuple[str, str]]:
    items = ask(of, f"/api/v1/conversations/{conversation}/messages").json["items"]
    return [(one["role"], one["content"]) for one in items]


def test_a_chat() -> None:
    of = EdgequakeServer(ANSWERS)
    got = ask(of, CHAT, {"message": "Who?"}).json
    assert got["content"] == "Ines Marlow."
    assert len({got[name] for name in ("conversation_id", "user_message_id", "assistant_message_id")}) == 3
    more = ask(of, CHAT_STREAM, {"message": "Why?", "conversation_id": got["conversation_id"]})
    assert "title_update" not in kinds(more)
    assert messages(of, got["conversation_id"]) == [
        ("user", "Who?"), ("assistant", "Ines Marlow."), ("user", "Why?"), ("assistant", "You asked: Why?"),
    ]  # fmt: skip
    assert ask(of, "/api/v1/conversations/nope/messages").json["code"] == "NOT_FOUND"


def test_the_stream_of_a_chat() -> None:
    of = EdgequakeServer(ANSWERS, thinking=("Hm.",))
    got = ask(of, CHAT_STREAM, {"message": "Who?"})
    assert kinds(got) == ["conversation", "context", "thinking", "token", "token", "done", "title_update"]
    assert text(got) == "Ines Marlow."
    assert got.events[-1]["title"] == "About: Who?"


def test_what_a_broken_chat_leaves() -> None:
    of = EdgequakeServer(ANSWERS)
    of.plan(CHAT_STREAM, Fault(after=3, then=CUT))
    got = ask(of, CHAT_STREAM, {"message": "Who?"})
    assert not got.whole
    assert messages(of, got.events[0]["conversation_id"]) == [("user", "Who?")]


def test_conversations_go_when_there_are_too_many() -> None:
    of = EdgequakeServer()
    first = ask(of, CHAT, {"message": "Who?"}).json["conversation_id"]
    for number in range(KEPT):
        ask(of, CHAT, {"message": "Who?", "conversation_id": str(number)})
    assert ask(of, f"/api/v1/conversations/{first}/messages").status == 404
    assert len(messages(of, "0")) == 2


UUID = "00000000-0000-0000-0000-00000000000A"


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"X_Tenant_Id": UUID, "X_User_Id": UUID}, 200),
        ({"X_Tenant_Id": "default", "X_User_Id": UUID}, 200),
        ({"X_Tenant_Id": UUID}, 401),
        ({"X_User_Id": UUID}, 401),
        ({"X_Tenant_Id": UUID, "X_User_Id": "me"}, 400),
    ],
)
def test_tenants(fields: dict[str, str], status: int) -> None:
    of = EdgequakeServer(tenants=True)
    assert ask(of, CHAT, {"message": "Who?"}, **fields).status == status


def turn(role: str, content: object) -> dict[str, object]:
    return {"role": role, "content": content}


def test_chat_in_the_shape_of_openai() -> None:
    of = EdgequakeServer(ANSWERS)
    body: dict[str, Any] = {"model": "edgequake", "messages": [turn("system", "Be."), turn("user", "Who?")]}
    got = ask(of, "/v1/chat/completions", body).json
    assert got["choices"][0]["message"]["content"] == "Ines Marlow."
    *events, done = ask(of, "/v1/chat/completions", {**body, "stream": True}).events
    assert done == "[DONE]"
    assert "".join(one["choices"][0]["delta"].get("content", "") for one in events) == "Ines Marlow."
    for options, empty in (({"include_usage": True}, True), ({}, False), (1, False)):
        got = ask(of, "/v1/chat/completions", {**body, "stream": True, "stream_options": options})
        assert (got.events[-2]["choices"] == []) is empty


@pytest.mark.parametrize("messages", [None, [], 1, ["x"], [{}], [turn("user", None)]])
def test_chat_without_a_message(messages: object) -> None:
    got = ask(EdgequakeServer(), "/v1/chat/completions", {"messages": messages})
    assert (got.status, got.json["code"]) == (422, "VALIDATION_ERROR")


# --- other streams, documents -----------------------------------------------------------------


def test_the_graph() -> None:
    of = EdgequakeServer()
    assert kinds(ask(of, "/api/v1/graph/stream")) == ["metadata", "nodes", "edges", "done"]
    got = ask(of, "/api/v1/graph/stream?max_nodes=2&batch_size=1")
    assert kinds(got) == ["metadata", "nodes", "nodes", "edges", "done"]
    assert got.events[0]["is_truncated"]
    assert len(got.events[3]["edges"]) == 1
    for wrong in ("0", "x", "-1", "9" * 5000):
        assert ask(of, f"/api/v1/graph/stream?batch_size={wrong}").status == 400


def test_progress_of_a_pdf() -> None:
    of = EdgequakeServer(tracks={"bad": "error"})
    path = "/api/v1/documents/pdf/progress/stream/"
    assert [name for name, _ in ask(of, f"{path}good").events] == ["progress"] * 6 + ["complete"]
    name, data = ask(of, f"{path}bad").events[-1]
    assert (name, data["is_failed"]) == ("error", True)


def test_tracks_that_end_otherwise() -> None:
    with pytest.raises(ValueError, match="not done"):
        EdgequakeServer(tracks={"a": "done", "b": "error"})


def test_documents() -> None:
    of = EdgequakeServer()
    first = ask(of, "/api/v1/documents", {"content": "abc", "title": "A", "track_id": "t"})
    second = ask(of, "/api/v1/documents", {"content": "def"}).json
    assert (first.status, first.json["track_id"]) == (201, "t")
    page = ask(of, "/api/v1/documents?page_size=1").json
    assert [one["title"] for one in page["documents"]] == ["A"]
    assert (page["total"], page["has_more"]) == (2, True)
    track = ask(of, f"/api/v1/documents/track/{second['track_id']}").json
    assert [one["id"] for one in track["documents"]] == [second["document_id"]]
    assert ask(of, "/api/v1/documents/track/nope").status == 404


# --- Ollama -----------------------------------------------------------------------------------


def test_chat_in_the_manner_of_ollama() -> None:
    of = EdgequakeServer(ANSWERS)
    body: dict[str, Any] = {"model": "m", "messages": [turn("user", "/local Who?")]}
    got = ask(of, "/api/chat", body)
    assert got.headers["content-type"] == "application/x-ndjson"
    assert "".join(line["message"]["content"] for line in got.lines) == "Ines Marlow."
    assert [line["done"] for line in got.lines] == [False, False, True]
    got = ask(of, "/api/chat", {**body, "stream": False})
    assert (got.json["message"]["content"], got.json["done"]) == ("Ines Marlow.", True)
    for prefix in ("/context", "/mixcontext Who?"):
        got = ask(of, "/api/chat", {"messages": [turn("user", prefix)]})
        assert got.lines[0]["message"]["content"] == f"{SOURCES[0]['snippet']}\n"
    assert ask(of, "/api/chat", {}).status == 422


def test_generation_in_the_manner_of_ollama() -> None:
    of = EdgequakeServer(ANSWERS)
    assert ask(of, "/api/generate", {"prompt": "Who?"}).json["response"] == "Ines Marlow."
    got = ask(of, "/api/generate", {"prompt": "/etc", "stream": True}).lines
    assert "".join(line["response"] for line in got) == "You asked: /etc"
    assert ask(of, "/api/version").json["version"]
    assert ask(of, "/api/tags").json == {"models": []}


def test_ollama_may_be_off() -> None:
    of = EdgequakeServer(ollama=False)
    for got in (ask(of, "/api/chat", {}), ask(of, "/api/version")):
        assert (got.status, set(got.json)) == (503, {"code", "message"})


# --- faults -----------------------------------------------------------------------------------


def test_planned_answers() -> None:
    of = EdgequakeServer(ANSWERS)
    of.plan(STREAM, WebAnswer(429, b"{}", more=(("Retry-After", "2"),)), WebAnswer(200, b'{"answer":"A"}'))
    got = ask(of, STREAM, {"query": "Who?"})
    assert (got.status, got.headers["retry-after"]) == (429, "2")
    assert ask(of, STREAM, {"query": "Who?"}).json == {"answer": "A"}
    assert kinds(ask(of, STREAM, {"query": "Who?"}))[-1] == "done"


def test_faults_of_a_stream() -> None:
    of = EdgequakeServer(ANSWERS)
    failure = event({"type": "error", "message": "no", "code": "QUERY_FAILED"})
    of.plan(STREAM, Fault(after=2, then=CUT), Fault(after=2), Fault(after=2, then=(failure,)))
    of.plan(STREAM, Fault(then=(failure,)), Fault(delay=3.0, before=(Pause(1.0), ALIVE[1])))
    got = ask(of, STREAM, {"query": "Who?"})
    assert (got.whole, len(got.events)) == (False, 2)
    assert kinds(ask(of, STREAM, {"query": "Who?"})) == ["context", "token"]
    assert kinds(ask(of, STREAM, {"query": "Who?"})) == ["context", "token", "error"]
    assert kinds(ask(of, STREAM, {"query": "Who?"}))[-2:] == ["done", "error"]
    got = ask(of, STREAM, {"query": "Who?"})
    assert (got.seconds, kinds(got)[-1], got.body.count(b": keep-alive")) == (7.0, "done", 4)


# --- anything -----------------------------------------------------------------------------------

VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text() | st.just("\ud800"),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(MEMBERS), inner),
)


@given(st.sampled_from(PATHS), st.binary() | st.dictionaries(st.sampled_from(MEMBERS), VALUES))
def test_nothing_raises(path: str, body: object) -> None:
    assert ask(EdgequakeServer(), path, body).status in {200, 400, 413, 422}


@pytest.mark.parametrize("depth", [100, 400, 900, 5000])
def test_what_is_nested_deeply(depth: int) -> None:
    body = '{"query":"Who?","mode":%s}' % ("[" * depth + "]" * depth)
    assert ask(EdgequakeServer(), "/query", body.encode()).status in {200, 400, 422}
