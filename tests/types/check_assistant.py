"""What type checkers see of the assistant's clients. Never run: `tests/meta/test_types.py` has it checked."""

# pyright: reportUnnecessaryTypeIgnoreComment=true

from typing import assert_type

from tgdrivers.assistant import (
    AssistantCalls,
    AssistantClient,
    AsyncAssistantClient,
    BatchItem,
    BatchResult,
    ChatAnswer,
    ChatChunk,
    ChatCompletion,
    ChatEvent,
    Event,
    Tool,
    ToolResult,
    TrioAssistantClient,
)
from tgproto.catalog import AsyncStream, Call, Stream
from tgproto.catalog.call import StreamCall
from tgproto.catalog.progress import AsyncProgress, Progress
from tgproto.catalog.steps import Telling
from tgproto.types import Json


def blocking(client: AssistantClient) -> None:
    assert_type(client.chat("m"), ChatAnswer)
    assert_type(client.chat("m", "agent", stream=True), Stream[ChatEvent, ChatAnswer])
    for event in client.chat("m", stream=True):
        assert_type(event, ChatEvent)
    turns = [{"role": "user", "content": "m"}]
    assert_type(client.completions(turns), ChatCompletion)
    assert_type(client.completions(turns, stream=True), Stream[ChatChunk, ChatCompletion])
    assert_type(client.batch([{"path": "/a"}], max_size=3), BatchResult)
    assert_type(client.batch([])[0], BatchItem)
    assert_type(client.as_completed([]), Progress[BatchItem, BatchResult])
    assert_type(client.as_completed([]).result(), BatchResult)
    assert_type(client.tools.list(), list[Tool])
    assert_type(client.tools.get("x"), Tool)
    assert_type(client.tools.execute("x"), ToolResult)
    assert_type(client.request("GET", "/health"), Json)
    assert_type(client.stream("GET", "/x"), Stream[Event, Event | None])
    with client.with_options(timeout=3) as other:
        assert_type(other, AssistantClient)
    client.batch([], size=3)  # type: ignore[call-arg]
    client.chat(b"m")  # type: ignore[call-overload]


async def awaited(client: AsyncAssistantClient, other: TrioAssistantClient) -> None:
    assert_type(await client.chat("m"), ChatAnswer)
    assert_type(await other.chat("m"), ChatAnswer)
    assert_type(client.chat("m", stream=True), AsyncStream[ChatEvent, ChatAnswer])
    assert_type(await client.completions([], agent_name="a"), ChatCompletion)
    assert_type(other.completions([], stream=True), AsyncStream[ChatChunk, ChatCompletion])
    assert_type(await client.batch([], concurrency=2), BatchResult)
    assert_type(await other.batch([]), BatchResult)
    assert_type(other.as_completed([]), AsyncProgress[BatchItem, BatchResult])
    async for item in client.as_completed([]):
        assert_type(item, BatchItem)
    assert_type(await client.tools.list(), list[Tool])
    assert_type(await other.tools.execute("x"), ToolResult)
    assert_type(await client.request("GET", "/health"), Json)
    async with client as entered:
        assert_type(entered, AsyncAssistantClient)


def pure(calls: AssistantCalls) -> None:
    assert_type(calls.chat("m"), Call[ChatAnswer])
    assert_type(calls.chat("m", stream=True), StreamCall[ChatEvent, ChatAnswer])
    assert_type(calls.completions([]), Call[ChatCompletion])
    assert_type(calls.as_completed([]), Telling[BatchItem, BatchResult])
    assert_type(calls.tools.get("x"), Call[Tool])
