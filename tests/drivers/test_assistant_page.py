"""What the page "Streaming and Batching API" shows, as programs of our own, in every colour.

The service that the page describes is the embedded one. What it sends is as on the page.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeAlias

import pytest
import trio

from tgdrivers.assistant import (
    AssistantClient,
    AsyncAssistantClient,
    BatchResult,
    ChatEnd,
    ChatEvent,
    ChatStart,
    ChatToken,
    TrioAssistantClient,
)
from tgdrivers.testing import RunningService, assistant
from tgproto.assistant.server import AssistantServer
from tgproto.errors import NotOffered, RequestTimeout
from tgproto.serving.messages import EVENTS, Pause, WebAnswer
from tgproto.serving.plans import STALL, Fault
from tgproto.web.errors import BadRequestError, InternalError

CHAT, BATCH = "/api/agent/chat", "/api/batch"
STREAM = [
    {"type": "start", "message_id": "msg_123"},
    {"type": "token", "content": "Quantum"},
    {"type": "token", "content": " computing"},
    {"type": "token", "content": " is"},
    {"type": "end", "message_id": "msg_123"},
]
REQUESTS = [
    {
        "id": "req_1",
        "method": "POST",
        "path": "/api/agent/chat",
        "body": {"message": "What is Python?", "agent_id": "default"},
    },
    {
        "id": "req_2",
        "method": "POST",
        "path": "/api/tools/search/execute",
        "body": {"parameters": {"query": "machine learning"}},
    },
]
SETTINGS = {
    "STREAM_ENABLED": "true",
    "STREAM_CHUNK_SIZE": "100",
    "STREAM_TIMEOUT": "300",
    "BATCH_ENABLED": "true",
    "BATCH_MAX_SIZE": "10",
    "BATCH_TIMEOUT": "30",
}

Running: TypeAlias = RunningService[AssistantServer]
Program: TypeAlias = Callable[[Any], Coroutine[Any, Any, Any]]
AWAITED = {"asyncio": AsyncAssistantClient, "trio": TrioAssistantClient}


@pytest.fixture
def running() -> Iterator[Running]:
    with assistant() as running:
        yield running


@pytest.fixture
def client(running: Running) -> Iterator[AssistantClient]:
    with AssistantClient(running.url, running.token) as client:
        yield client


@pytest.fixture(params=AWAITED)
def run(request: pytest.FixtureRequest, running: Running) -> Callable[..., Any]:
    """Run an awaited program with a client."""

    def run(program: Program, **options: Any) -> Any:
        async def main() -> Any:
            async with AWAITED[request.param](running.url, running.token, **options) as client:
                return await program(client)

        return trio.run(main) if request.param == "trio" else asyncio.run(main())

    return run


def written(events: list[dict[str, Any]]) -> bytes:
    return "".join(f"data: {json.dumps(one)}\n\n" for one in events).encode()


def streamed(*events: dict[str, Any], size: int = 1) -> WebAnswer:
    """Return a stream that is sent a few bytes at a time."""
    body = written([*events])
    pieces = iter([body[at : at + size] for at in range(0, len(body), size)])
    return WebAnswer(200, content_type=EVENTS, pieces=pieces)


# --- streams ----------------------------------------------------------------------------------


class Handler:
    """Does something for each kind of event, as whoever shows an answer does."""

    def __init__(self) -> None:
        self.text, self.names = "", list[str | None]()

    def handle(self, event: ChatEvent) -> None:
        match event:
            case ChatToken():
                self.text += event["content"]
            case ChatStart() | ChatEnd():
                self.names.append(event.message_id)
            case _:
                raise AssertionError(event)


def test_events_are_handled_one_by_one(running: Running, client: AssistantClient) -> None:
    running.server.plan(CHAT, streamed(*STREAM))
    handler, seen = Handler(), list[ChatEvent]()
    for event in client.chat("Explain quantum computing", agent_id="default", stream=True):
        handler.handle(event)
        seen.append(event)
    assert seen == STREAM
    assert (handler.text, handler.names) == ("Quantum computing is", ["msg_123", "msg_123"])
    [asked] = running.server.requests
    assert (asked.method, asked.target) == ("POST", "/api/agent/chat?stream=true")
    assert json.loads(asked.body or b"") == {"message": "Explain quantum computing", "agent_id": "default"}


def test_events_are_handled_one_by_one_awaited(running: Running, run: Callable[..., Any]) -> None:
    running.server.plan(CHAT, streamed(*STREAM, size=3))
    handler = Handler()

    async def program(client: Any) -> None:
        async for event in client.chat("Explain quantum computing", stream=True):
            handler.handle(event)

    run(program)
    assert (handler.text, handler.names) == ("Quantum computing is", ["msg_123", "msg_123"])


FAILED = {"type": "error", "message": "Processing failed", "code": 500}


def test_an_error_in_a_stream(running: Running, client: AssistantClient) -> None:
    running.server.plan(CHAT, streamed(*STREAM[:2], FAILED))
    shown: list[str] = []
    with pytest.raises(InternalError, match="Processing failed") as caught:
        shown.extend(map(str, client.chat("m", stream=True)))
    assert "".join(shown) == caught.value.partial == "Quantum"
    assert (caught.value.status, caught.value.message) == (500, "Processing failed")


def test_an_error_in_a_stream_awaited(running: Running, run: Callable[..., Any]) -> None:
    running.server.plan(CHAT, streamed(*STREAM[:2], FAILED))

    async def program(client: Any) -> None:
        with pytest.raises(InternalError, match="Processing failed") as caught:
            await client.chat("m", stream=True).result()
        assert (caught.value.status, caught.value.partial) == (500, "Quantum")

    run(program)


# --- batches ----------------------------------------------------------------------------------


def check_batch(running: Running, result: BatchResult) -> None:
    assert [item.id for item in result] == ["req_1", "req_2"]
    assert result.by_id["req_1"].body == {"response": "You asked: What is Python?"}
    assert result.by_id["req_2"].text == "found: machine learning"
    assert result.ok
    assert len(result.times) == 1
    [asked] = running.server.requests
    assert (asked.method, asked.target) == ("POST", BATCH)
    assert json.loads(asked.body or b"") == {"requests": REQUESTS}


def test_a_batch(running: Running, client: AssistantClient) -> None:
    check_batch(running, client.batch(REQUESTS))


def test_a_batch_awaited(running: Running, run: Callable[..., Any]) -> None:
    async def program(client: Any) -> Any:
        return await client.batch(REQUESTS)

    check_batch(running, run(program))


PARTLY = {
    "responses": [
        {"id": "req_1", "status": 200, "body": {"response": "Python is a language."}},
        {"id": "req_2", "status": 400, "error": "Invalid parameters"},
    ],
    "total_processing_time": 2.34,
}


def check_partly(result: BatchResult) -> None:
    good, bad = result
    assert (good.ok, good.text) == (True, "Python is a language.")
    assert (bad.ok, bad.status) == (False, 400)
    assert isinstance(bad.error, BadRequestError)
    assert bad.error.message == "Invalid parameters"
    with pytest.raises(BadRequestError, match="Invalid parameters"):
        bad.raise_for_status()
    assert list(result.times) == [2.34]


def test_a_request_of_a_batch_fails(running: Running, client: AssistantClient) -> None:
    running.server.plan(BATCH, WebAnswer(200, json.dumps(PARTLY).encode()))
    check_partly(client.batch(REQUESTS))


def test_a_request_of_a_batch_fails_awaited(running: Running, run: Callable[..., Any]) -> None:
    running.server.plan(BATCH, WebAnswer(200, json.dumps(PARTLY).encode()))

    async def program(client: Any) -> Any:
        return [item async for item in client.as_completed(REQUESTS)], await client.batch(REQUESTS)

    told, result = run(program)
    assert [item.ok for item in told] == [True, False]
    assert result.ok  # that was another one


# --- settings and limits ----------------------------------------------------------------------


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, running: Running) -> pytest.MonkeyPatch:
    for name, value in {**SETTINGS, "ASSISTANT_URL": running.url, "ASSISTANT_API_KEY": running.token}.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_the_documented_settings_are_the_defaults(environment: pytest.MonkeyPatch, running: Running) -> None:
    told, usual = AssistantClient().settings, AssistantClient(running.url, running.token)
    for name in SETTINGS:
        environment.delenv(name)
    assert told == usual.settings == AssistantClient().settings


def test_streams_are_switched_off(environment: pytest.MonkeyPatch, running: Running) -> None:
    environment.setenv("STREAM_ENABLED", "false")
    with AssistantClient() as client:
        assert [event.type for event in client.chat("m", stream=True)] == ["start", "token", "end"]
    assert running.server.requests[-1].target == CHAT


def test_batches_are_switched_off(environment: pytest.MonkeyPatch, running: Running) -> None:
    environment.setenv("BATCH_ENABLED", "false")
    with AssistantClient() as client, pytest.raises(NotOffered, match="BATCH_ENABLED"):
        client.batch(REQUESTS)
    assert not running.server.requests


def test_batches_are_as_large_as_is_said(
    environment: pytest.MonkeyPatch, running: Running, run: Callable[..., Any]
) -> None:
    environment.setenv("BATCH_MAX_SIZE", "1")

    async def program(client: Any) -> Any:
        return await client.batch(REQUESTS)

    assert run(program).ok
    assert [one.target for one in running.server.requests] == [BATCH, BATCH]


@pytest.mark.parametrize(
    ("fault", "limits", "option"),
    [
        (Fault(after=0, then=STALL), {"timeout": 0.2}, "timeout"),
        (Fault(delay=5.0), {"timeout": 0.2}, "timeout"),
        (
            Fault(after=0, then=(Pause(0.02), b": alive\n\n"), again=True),
            {"timeout": 5.0, "progress_timeout": 0.3},
            "progress_timeout",
        ),
        (
            Fault(after=0, then=(Pause(0.02), b": alive\n\n"), again=True),
            {"total_timeout": 0.3},
            "total_timeout",
        ),
    ],
    ids=["silent", "no head", "alive", "total"],
)
def test_the_first_event_has_a_limit(
    running: Running, run: Callable[..., Any], fault: Fault, limits: dict[str, Any], option: str
) -> None:
    running.server.plan(CHAT, fault, fault)

    async def program(client: Any) -> RequestTimeout:
        with pytest.raises(RequestTimeout) as caught:
            await client.chat("m", stream=True).result()
        return caught.value

    error = run(program, **limits)
    assert (error.option, error.partial) == (option, None)
    with (
        AssistantClient(running.url, running.token, **limits) as client,
        pytest.raises(RequestTimeout) as caught,
    ):
        client.chat("m", stream=True).result()
    assert caught.value.option == option
