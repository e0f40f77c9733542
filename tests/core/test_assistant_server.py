"""The embedded AI Assistant API, bytes in and bytes out: chat, tools, batches, and what can go wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.web_peer import Got, ask
from tgproto.assistant.server import AssistantServer, Tool, Twist, renamed, reverse, twice, without
from tgproto.serving.messages import TEXT, Cut, WebAnswer
from tgproto.serving.plans import CUT, Fault
from tgproto.serving.streams import event

ANSWERS = {"What?": ("Qubits", " differ.")}
CHAT, STREAM, BATCH = "/api/agent/chat", "/api/agent/chat?stream=true", "/api/batch"
OPENAI = "/v1/chat/completions"
ERROR = event({"type": "error", "message": "no", "code": 500})

MEMBERS = ["message", "messages", "requests", "parameters", "stream"]
PATHS = [CHAT, STREAM, BATCH, OPENAI, "/api/tools/search/execute", "/api/v1/agents/chat/completions"]


def kinds(got: Got) -> list[str]:
    return [one["type"] for one in got.events]


# --- chat -------------------------------------------------------------------------------------


def test_a_plain_answer() -> None:
    of = AssistantServer(ANSWERS)
    assert ask(of, CHAT, {"message": "What?", "agent_id": "default"}).json == {"response": "Qubits differ."}
    for query in ("?stream=True", "?stream=1"):
        assert ask(of, CHAT + query, {"message": "Why?"}).json == {"response": "You asked: Why?"}
    assert [request.target for request in of.requests] == [CHAT, f"{CHAT}?stream=True", f"{CHAT}?stream=1"]


def test_a_stream() -> None:
    of = AssistantServer(ANSWERS)
    got = ask(of, STREAM, {"message": "What?"})
    assert got.headers["content-type"] == "text/event-stream"
    assert got.events == [
        {"type": "start", "message_id": "msg_1"},
        {"type": "token", "content": "Qubits"},
        {"type": "token", "content": " differ."},
        {"type": "end", "message_id": "msg_1"},
    ]
    assert ask(of, STREAM, {"message": "What?"}).events[0]["message_id"] == "msg_2"


def test_a_server_that_does_not_stream() -> None:
    assert ask(AssistantServer(ANSWERS, streaming=False), STREAM, {"message": "What?"}).json == {
        "response": "Qubits differ."
    }


def test_faults_of_a_stream() -> None:
    of = AssistantServer(ANSWERS)
    of.plan(CHAT, Fault(after=2, then=(ERROR,)), Fault(after=2, then=CUT), Fault(then=(ERROR,)))
    assert kinds(ask(of, STREAM, {"message": "What?"})) == ["start", "token", "error"]
    assert not ask(of, STREAM, {"message": "What?"}).whole
    assert kinds(ask(of, STREAM, {"message": "What?"}))[-2:] == ["end", "error"]


@pytest.mark.parametrize(("body", "place"), [({}, "message"), ({"message": 1}, "message"), (b"x", "")])
def test_requests_that_are_refused(body: object, place: str) -> None:
    got = ask(AssistantServer(), CHAT, body)
    assert (got.status, got.json["detail"][0]["loc"]) == (422, ["body", place])


def test_a_key() -> None:
    of = AssistantServer(api_key="k")
    assert ask(of, CHAT, {"message": "What?"}).json == {"detail": "Not authenticated"}
    assert ask(of, CHAT, {"message": "What?"}, Authorization="Bearer k").status == 200


def test_paths() -> None:
    of = AssistantServer()
    assert ask(of, "/health").json["status"] == "healthy"
    assert (ask(of, "/x").status, ask(of, "/x").json) == (404, {"detail": "Not Found"})
    got = ask(of, CHAT)
    assert (got.status, got.headers["allow"]) == (405, "POST")


# --- tools ------------------------------------------------------------------------------------


def test_tools() -> None:
    of = AssistantServer()
    [tool] = ask(of, "/api/tools").json["tools"]
    assert tool["name"] == "search"
    assert ask(of, "/api/tools/search").json == {**tool, "examples": []}
    run = "/api/tools/search/execute"
    assert ask(of, run, {"parameters": {"query": "a"}}).json["result"] == "found: a"
    assert ask(of, run, {}).json["detail"][0]["type"] == "dict_type"
    assert ask(of, "/api/tools/nope").json["error"] == "tool_not_found"
    assert ask(of, "/api/tools/nope/execute", {"parameters": {}}).status == 404


def test_tools_of_ones_own() -> None:
    of = AssistantServer(tools={"a/b": Tool("Counts.", lambda parameters: len(parameters), {})})
    assert ask(of, "/api/tools/a%2Fb/execute", {"parameters": {"x": 1}}).json["result"] == 1


# --- batches ----------------------------------------------------------------------------------


def item(name: object, path: object = CHAT, **body: object) -> dict[str, object]:
    return {"id": name, "method": "POST", "path": path, **({"body": body} if body else {})}


def batch(of: AssistantServer, *items: object) -> list[Mapping[str, Any]]:
    return ask(of, BATCH, {"requests": items}).json["responses"]


def test_a_batch() -> None:
    of = AssistantServer(ANSWERS, api_key="k")
    search = item("b", "/api/tools/search/execute", parameters={"query": "a"})
    tools = {"id": "c", "method": "GET", "path": "/api/tools"}
    items = [item("a", message="What?"), search, tools]
    got = ask(of, BATCH, {"requests": items}, Authorization="Bearer k").json
    assert got["responses"][:2] == [
        {"id": "a", "status": 200, "body": {"response": "Qubits differ."}},
        {"id": "b", "status": 200, "body": {"result": "found: a", "execution_time": 0.0, "cached": False}},
    ]
    assert got["responses"][2]["body"]["tools"][0]["name"] == "search"
    assert got["total_processing_time"] == 0.0
    assert len(of.requests) == 1


def test_items_that_fail() -> None:
    of = AssistantServer()
    answers = batch(of, item("a", "/x"), item("b"), item("c", BATCH), item("d", None), 1, item("e", STREAM))
    assert [(one["id"], one["status"]) for one in answers[:2]] == [("a", 404), ("b", 422)]
    assert answers[0]["error"] == "Not Found"
    assert answers[1]["error"].startswith('{"detail":[')
    assert [one["status"] for one in answers[2:]] == [400, 400, 400, 422]
    assert all("body" not in one for one in answers)


def test_planned_items() -> None:
    of = AssistantServer()
    refusals = [
        WebAnswer(503, b"[]", delay=1.5),
        WebAnswer(429, b'{"message":"slow"}'),
        Cut(),
        Fault(delay=1),
    ]
    of.plan(CHAT, *refusals, WebAnswer(200, b"[1]"))
    items = [item(str(number), message="What?") for number in range(5)]
    streamed = item("s", STREAM, message="What?")
    got = ask(of, BATCH, {"requests": [*items, streamed]})
    answers = got.json["responses"]
    assert [one["status"] for one in answers] == [503, 429, 502, 200, 200, 502]
    assert [one.get("error") for one in answers[:3]] == ["[]", "slow", "no whole answer"]
    assert answers[4]["body"] == [1]
    assert got.seconds == got.json["total_processing_time"] == 2.5


@pytest.mark.parametrize(
    ("twist", "names"),
    [
        (reverse, ["b", "a"]),
        (without("a"), ["b"]),
        (twice("a"), ["a", "b", "a"]),
        (renamed("a", "z"), ["z", "b"]),
        (renamed("a", None), [None, "b"]),
    ],
)
def test_twisted_batches(twist: Twist, names: list[str]) -> None:
    of = AssistantServer()
    of.twist(twist)
    items = [item("a", message="What?"), item("b", message="Why?")]
    assert [one.get("id") for one in batch(of, *items)] == names
    assert [one["id"] for one in batch(of, *items)] == ["a", "b"]


def test_a_size_that_is_none() -> None:
    with pytest.raises(ValueError, match="batch_size"):
        AssistantServer(batch_size=-1)


def test_batches_that_are_refused() -> None:
    of = AssistantServer(batch_size=2)
    items = [item(str(number), message="What?") for number in range(3)]
    got = ask(of, BATCH, {"requests": items})
    assert (got.status, got.json["detail"]) == (413, "a batch has at most 2 requests")
    assert len(batch(of, *items[:2])) == 2
    assert ask(of, BATCH, {}).status == 422
    assert ask(AssistantServer(batch_size=0), BATCH, {"requests": []}).status == 404


# --- what the real server offers --------------------------------------------------------------


def test_chat_in_the_shape_of_openai() -> None:
    of = AssistantServer(ANSWERS)
    body = {"model": "m", "messages": [{"role": "user", "content": "What?"}]}
    assert ask(of, OPENAI, body).json["choices"][0]["message"]["content"] == "Qubits differ."
    got = ask(of, OPENAI, {**body, "stream": True})
    assert (got.headers["content-type"], got.events[-1]) == (TEXT, "[DONE]")
    failure = event({"error": {"message": "no", "type": "server_error"}})
    of.plan(OPENAI, Fault(after=2, then=(failure,)))
    got = ask(of, OPENAI, {**body, "stream": True})
    assert got.whole
    assert got.events[-1] == {"error": {"message": "no", "type": "server_error"}}
    of = AssistantServer(ANSWERS, agents=True)
    whole = ask(of, OPENAI, {**body, "stream": True, "agent_name": "a"}).json
    assert (whole["model"], whole["agent_name"], whole["tool_results"]) == ("m", "a", [])
    assert ask(of, "/v1/models").json["object"] == "list"


def test_chat_with_agents() -> None:
    of = AssistantServer(ANSWERS)
    path = "/api/v1/agents/chat/completions"
    got = ask(of, path, {"agent_name": "a", "messages": [{"role": "user", "content": "What?"}]}).json
    assert (got["object"], got["agent_name"]) == ("agent.chat.completion", "a")
    for messages in (None, [], [1], [{"content": None}]):
        assert ask(of, path, {"messages": messages}).status == 422


# --- anything -----------------------------------------------------------------------------------

VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text() | st.just("\ud800"),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(MEMBERS), inner),
)


@given(st.sampled_from(PATHS), st.binary() | st.dictionaries(st.sampled_from(MEMBERS), VALUES))
def test_nothing_raises(path: str, body: object) -> None:
    assert ask(AssistantServer(), path, body).status in {200, 400, 413, 422}


@pytest.mark.parametrize("depth", [100, 400, 900, 5000])
def test_what_is_nested_deeply(depth: int) -> None:
    body = '{"requests":[{"id":%s,"path":"/health","method":"GET"}]}' % ("[" * depth + "]" * depth)
    assert ask(AssistantServer(), BATCH, body.encode()).status in {200, 400, 422}
