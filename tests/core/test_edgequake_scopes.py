"""The operations of EdgeQuake as data."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from tests.core.edgequake_wire import feed, form, head, read, said
from tgproto.catalog import CallOptions
from tgproto.catalog.steps import Opened
from tgproto.edgequake.dialects import GUIDE, OPENAI, RAW
from tgproto.edgequake.scopes import (
    AsyncChat,
    AsyncEdgequake,
    AsyncQuery,
    Chat,
    ChatCalls,
    Edgequake,
    EdgequakeCalls,
    Query,
    QueryCalls,
)
from tgproto.errors import DecodeError

EQ = EdgequakeCalls()
ANY: Any = EQ


def test_a_query() -> None:
    call = EQ.query.execute("Why?", mode="mix", top_k=3, extra={"response_type": "list"})
    assert form(call).path == "api/v1/query"
    assert said(call) == {"query": "Why?", "mode": "mix", "max_results": 3, "response_type": "list"}
    assert ("Accept", "application/json") in form(call).headers
    assert call.repeatable
    reader = call.reader()
    feed(reader, head(events=False), b'{"answer":"Because.","mode":"mix"}')
    assert reader.result()["answer"] == "Because."


def test_a_query_in_a_stream() -> None:
    call = EQ.query.stream("Why?", rerank=False)
    assert (form(call).path, form(call).headers) == ("api/v1/query/stream", ())
    assert said(call) == {"query": "Why?", "enable_rerank": False}
    assert call.streaming
    assert call.repeatable
    chunks, result = read(call, {"type": "token", "content": "a"}, {"type": "done"})
    assert [chunk.type for chunk in chunks] == ["token", "done"]
    assert result.answer == "a"


def test_a_stream_that_may_begin_anew() -> None:
    first = next(EQ.query.restarting_stream("Why?", fallback=True, mode="mix").begin())
    assert isinstance(first, Opened)
    assert said(first.call) == {"query": "Why?", "mode": "mix"}
    for wrong in ({"restarts": -1}, {"fallback": 1}, {"mode": ""}):
        with pytest.raises((TypeError, ValueError), match=next(iter(wrong))):
            ANY.query.restarting_stream("Why?", **wrong)


def test_what_is_said() -> None:
    call = EQ.chat.completions("Hi", conversation_id="c", temperature=0.5)
    assert form(call).path == "api/v1/chat/completions"
    assert said(call) == {"message": "Hi", "conversation_id": "c", "temperature": 0.5}
    assert not call.repeatable
    stream = EQ.chat.stream(messages=[{"role": "user", "content": "Hi"}], extra={"images": []})
    assert form(stream).path == "api/v1/chat/completions/stream"
    assert said(stream) == {"message": "Hi", "images": []}
    _, result = read(stream, {"type": "token", "content": "a"}, {"type": "done"})
    assert result.content == "a"


def test_dialects_differ_in_data() -> None:
    guide, openai, raw = (EdgequakeCalls(dialect=dialect) for dialect in (GUIDE, OPENAI, RAW))
    assert form(guide.query.stream("a", top_k=2)).query == (("query", "a"), ("top_k", "2"))
    assert said(guide.query.execute("a")) == {"query": "a"}
    assert said(raw.query.stream("a")) == {"query": "a", "stream_format": "v1"}
    assert said(openai.chat.stream("a"))["stream"] is True
    assert said(openai.chat.completions("a"))["stream"] is False
    assert form(guide.chat.stream("a")).path == form(openai.chat.stream("a")).path == "v1/chat/completions"


def test_a_workspace_goes_with_every_call() -> None:
    eq = EdgequakeCalls(options=CallOptions(workspace="w"))
    place = ("X-Workspace-ID", "w")
    calls = (eq.query.execute("a"), eq.query.stream("a"), eq.chat.completions("a"), eq.chat.stream("a"))
    for call in (*calls, eq.request("GET", "/x"), eq.stream("GET", "/x")):
        assert place in form(call).headers
    assert place not in form(EQ.query.stream("a")).headers
    assert place not in form(eq.health()).headers


def test_everybody_may_ask_how_it_is() -> None:
    call = EQ.health()
    assert (form(call).method, form(call).path, form(call).public) == ("GET", "health", True)
    reader = call.reader()
    reader.read(b'{"status":"healthy"}')
    assert reader.result() == {"status": "healthy"}
    with pytest.raises(DecodeError):
        call.reader().read(b"ok")


@pytest.mark.parametrize(
    ("ask", "error", "said"),
    [
        (lambda: ANY.query.execute(""), ValueError, "query must not be empty"),
        (lambda: ANY.query.stream(5), TypeError, "query must be a str"),
        (lambda: ANY.query.stream("a", nope=1), TypeError, "there is no argument nope"),
        (lambda: ANY.query.stream("a", "mix"), TypeError, "by keyword"),
        (lambda: ANY.chat.stream(), TypeError, "message is needed"),
        (lambda: ANY.chat.completions("a", extra=[]), TypeError, "extra must be a mapping"),
    ],
)
def test_wrong_arguments(ask: Any, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        ask()


class Runner:
    """A runner that returns what it is given."""

    machine: Any = None

    def call(self, call: Any, options: CallOptions) -> Any:
        return call.service, options.workspace

    call_together = open = pause = in_thread = call


@pytest.mark.parametrize(
    ("kind", "query", "chat"),
    [
        (EdgequakeCalls, QueryCalls, ChatCalls),
        (Edgequake, Query, Chat),
        (AsyncEdgequake, AsyncQuery, AsyncChat),
    ],
)
def test_groups_are_of_the_same_colour(kind: Any, query: Any, chat: Any) -> None:
    runner = {} if kind is EdgequakeCalls else {"runner": Runner()}
    eq = kind(**runner, options=CallOptions(workspace="w"), dialect=GUIDE)
    for group, expected in ((eq.query, query), (eq.chat, chat)):
        assert type(group) is expected
        assert (group.options.workspace, group.dialect) == ("w", GUIDE)
        assert kind is EdgequakeCalls or group.runner is eq.runner


def test_blocking_callers_get_results() -> None:
    eq = Edgequake(Runner(), options=CallOptions(workspace="w"))
    assert eq.query.execute("a") == ("query.execute", "w")
    assert eq.chat.stream("a") == ("chat.stream", "w")
    assert eq.health() == ("health", "w")


@pytest.mark.parametrize("pair", [(Query, AsyncQuery), (Chat, AsyncChat), (Edgequake, AsyncEdgequake)])
def test_all_colours_have_the_same_signatures(pair: tuple[type, type]) -> None:
    sync, later = pair
    for name in ("execute", "stream", "restarting_stream", "completions", "health", "request"):
        if hasattr(sync, name):
            assert (
                inspect.signature(getattr(sync, name)).parameters
                == inspect.signature(getattr(later, name)).parameters
            )
            assert inspect.getdoc(getattr(sync, name)) == inspect.getdoc(getattr(later, name))
