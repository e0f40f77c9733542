"""The operations of the assistant, as what they ask and in every colour."""

from __future__ import annotations

import inspect
import json
from typing import Any, cast

import msgspec
import pytest

from tests.core.carriers import Awaited, Carried, drive
from tgproto.assistant.scopes import (
    Assistant,
    AssistantCalls,
    AssistantOps,
    AsyncAssistant,
    AsyncTools,
    ToolOps,
    Tools,
    ToolsCalls,
)
from tgproto.assistant.settings import AssistantSettings
from tgproto.catalog import CallOptions
from tgproto.catalog.bind import Descriptor
from tgproto.catalog.call import Call, StreamCall
from tgproto.catalog.runners import AwaitedRunner, BlockingRunner
from tgproto.catalog.streams import Stream
from tgproto.dialect import GENERATION_2
from tgproto.errors import NotOffered
from tgproto.session.events import Completed
from tgproto.session.request import Answer, Form

CALLS = AssistantCalls()
HEAD = msgspec.Raw(b'{"status":200,"events":false,"headers":[]}')
WHOLE = ([HEAD, msgspec.Raw(b'{"response":"Hi"}')], Completed())


def form_of(call: Call[Any]) -> Form:
    form = call.request(GENERATION_2).form
    assert form is not None
    return form


def answered(*ids: str) -> tuple[list[msgspec.Raw], Completed]:
    responses = [{"id": one, "status": 200, "body": {"response": one}} for one in ids]
    return [msgspec.Raw(json.dumps({"responses": responses}).encode())], Completed()


def test_a_chat_as_documented() -> None:
    call = CALLS.chat("Explain", stream=True)
    form = form_of(call)
    assert (form.method, form.path, form.query) == ("POST", "api/agent/chat", (("stream", "true"),))
    assert json.loads(form.body) == {"message": "Explain", "agent_id": "default"}
    assert (form.answer, form.headers, form.content_type) == (Answer.EVENTS, (), "application/json")
    assert (call.total_timeout, call.repeatable) == (310.0, False)


def test_a_plain_chat() -> None:
    form = form_of(CALLS.chat("Explain", "other"))
    assert (form.query, form.headers) == ((), (("Accept", "application/json"),))
    assert json.loads(form.body)["agent_id"] == "other"


def test_limits_and_settings_of_a_chat() -> None:
    off = AssistantSettings(stream_enabled=False, stream_timeout=None)
    call = AssistantCalls(settings=off, options=CallOptions(retry=True)).chat("m", stream=True)
    assert isinstance(call, StreamCall)
    assert (call.streaming, form_of(call).query, call.total_timeout) == (True, (), None)
    assert call.repeatable
    assert AssistantCalls(options=CallOptions(total_timeout=900.0)).chat("m").total_timeout is None
    assert AssistantCalls(strict=True).chat("m").reader() is not None


def test_tools() -> None:
    tools = CALLS.tools
    assert isinstance(tools, ToolsCalls)
    assert [form_of(call).method for call in (tools.list(), tools.get("x"))] == ["GET", "GET"]
    assert form_of(tools.get("a/b ü")).path == "api/tools/a%2Fb%20%C3%BC"
    assert [form_of(tools.get(name)).path for name in (".", "..")] == ["api/tools/%2E", "api/tools/%2E%2E"]
    form = form_of(tools.execute("search", {"query": "x"}))
    assert (form.method, form.path) == ("POST", "api/tools/search/execute")
    assert json.loads(form.body) == {"parameters": {"query": "x"}}
    assert json.loads(form_of(tools.execute("x")).body) == {"parameters": {}}
    safe = [tools.execute("x").repeatable, tools.execute("x", idempotent=True).repeatable]
    assert [*safe, tools.list().repeatable] == [False, True, True]


def test_completions() -> None:
    turns = [{"role": "user", "content": "Hi"}]
    call = CALLS.completions(turns, stream=True, agent_name="a", conversation_id="c", context={"x": 1})
    form = form_of(call)
    assert (form.method, form.path, form.query) == ("POST", "v1/chat/completions", ())
    assert json.loads(form.body) == {
        "messages": turns,
        "stream": True,
        "agent_name": "a",
        "conversation_id": "c",
        "context": {"x": 1},
    }
    assert (form.answer, form.headers, form.content_type) == (Answer.EVENTS, (), "application/json")
    assert (call.service, call.total_timeout, call.repeatable) == ("completions", 310.0, False)
    whole = form_of(CALLS.completions(turns, model="m", extra={"temperature": 0, "model": "n"}))
    assert json.loads(whole.body) == {"messages": turns, "model": "n", "temperature": 0}
    assert whole.headers == (("Accept", "application/json"),)
    off = AssistantCalls(settings=AssistantSettings(stream_enabled=False))
    assert "stream" not in json.loads(form_of(off.completions(turns, stream=True)).body)


def test_any_endpoint() -> None:
    call = CALLS.request("get", ["health"], query={"a": "b"}, headers={"X-A": "c"})
    form = form_of(call)
    assert (form.method, form.path, form.query, form.body) == ("GET", "health", (("a", "b"),), b"")
    assert (form.headers, call.service, call.repeatable) == ((("X-A", "c"),), "GET health", True)


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        (lambda: CALLS.chat(""), ValueError),
        (lambda: CALLS.chat("m", ""), ValueError),
        (lambda: CALLS.chat("m", stream=cast("bool", 1)), TypeError),
        (lambda: CALLS.tools.get(""), ValueError),
        (lambda: CALLS.tools.execute("x", {"a": float("nan")}), ValueError),
        (lambda: CALLS.request("", "x"), ValueError),
        (lambda: CALLS.request("GET", "x", json=object()), TypeError),
        (lambda: CALLS.completions([]), ValueError),
        (lambda: CALLS.completions([{"role": "user"}]), ValueError),
        (lambda: CALLS.completions([{"role": "user", "content": "a"}], agent_name=""), ValueError),
        (lambda: CALLS.completions([{"role": "user", "content": object()}]), TypeError),
        (lambda: CALLS.as_completed([{"path": "x"}]), ValueError),
        (lambda: CALLS.as_completed([], max_size=0), ValueError),
        (lambda: next(CALLS.batch([{"path": "x"}])), ValueError),
    ],
)
def test_what_is_refused_before_anything_is_sent(wrong: Any, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        wrong()


def test_no_batches() -> None:
    calls = AssistantCalls(settings=AssistantSettings(batch_enabled=False))
    with pytest.raises(NotOffered, match="BATCH_ENABLED"):
        calls.as_completed([])


def made(carrier: Carried, **options: Any) -> Assistant:
    return Assistant(BlockingRunner(lambda: carrier, streams=lambda: carrier), **options)


def made_later(carrier: Awaited) -> AsyncAssistant:
    return AsyncAssistant(AwaitedRunner(lambda: carrier, streams=lambda: carrier))


def test_every_colour_chats() -> None:
    assert made(Carried(WHOLE)).chat("m") == drive(made_later(Awaited(WHOLE)).chat("m")) == "Hi"
    stream = made(Carried(WHOLE)).chat("m", stream=True)
    assert isinstance(stream, Stream)
    assert [event.type for event in stream] == ["start", "token", "end"]
    assert isinstance(made(Carried()).tools, Tools)
    assert isinstance(made_later(Awaited()).tools, AsyncTools)


def test_every_colour_takes_completions() -> None:
    said = {"choices": [{"message": {"role": "assistant", "content": "Hi"}}], "conversation_id": "c"}
    answer = ([HEAD, msgspec.Raw(json.dumps(said).encode())], Completed())
    turns = [{"role": "user", "content": "m"}]
    whole = made(Carried(answer)).completions(turns)
    assert whole == drive(made_later(Awaited(answer)).completions(turns))
    assert (str(whole), whole.more) == ("Hi", {"conversation_id": "c"})
    stream = made(Carried(answer)).completions(turns, stream=True)
    assert isinstance(stream, Stream)
    assert [chunk.content for chunk in stream] == ["Hi"]


def test_every_colour_sends_batches() -> None:
    requests = [{"path": "/a"}] * 3
    answers = (answered("r0002", "r0001"), answered("r0003"))
    carrier = Carried(*answers)
    result = made(carrier).batch(requests, max_size=2)
    later = drive(made_later(Awaited(*answers)).batch(requests, max_size=2))
    assert result == later
    assert [item.text for item in result] == ["r0001", "r0002", "r0003"]
    assert [limits[1:] for limits in carrier.submitted] == [(60.0, 35.0)] * 2

    async def listen() -> list[str]:
        return [item.id async for item in made_later(Awaited(*answers)).as_completed(requests, max_size=2)]

    told = [item.id for item in made(Carried(*answers)).as_completed(requests, max_size=2)]
    assert told == drive(listen()) == ["r0001", "r0002", "r0003"]


def test_what_is_under_way_when_the_loop_is_left() -> None:
    carrier = Carried(answered("r0001"))
    with made(carrier).as_completed([{"path": "/a"}] * 5, max_size=1, concurrency=2) as items:
        assert next(items).ok
    assert len(carrier.submitted) == 2
    assert carrier.cancelled == [2]


def test_runs_of_safe_requests_may_be_sent_again() -> None:
    carrier = Carried(answered("r0001"), answered("r0002"))
    made(carrier).batch([{"path": "/a", "method": "GET"}, {"path": "/a"}], max_size=1)
    sent = [cast("Call[Any]", submission) for submission, *_ in carrier.submitted]
    assert [call.repeatable for call in sent] == [True, False]


@pytest.mark.parametrize("group", [AssistantOps, ToolOps])
def test_parameters_are_the_same_in_every_colour(group: type) -> None:
    kinds = {
        AssistantOps: (AssistantCalls, Assistant, AsyncAssistant),
        ToolOps: (ToolsCalls, Tools, AsyncTools),
    }
    names = [name for name in dir(group) if isinstance(inspect.getattr_static(group, name), Descriptor)]
    assert len(names) == {AssistantOps: 6, ToolOps: 3}[group]
    for name in names:
        shown = [inspect.signature(getattr(kind, name)) for kind in kinds[group]]
        assert len({str(signature.parameters) for signature in shown}) == 1
