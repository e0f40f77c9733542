"""What type checkers must see of EdgeQuake's clients. `tests/meta/test_types.py` has it checked."""

# pyright: reportUnnecessaryTypeIgnoreComment=true

from typing import Any, assert_type

from tgdrivers.edgequake import (
    AsyncEdgequakeClient,
    ChatAnswer,
    ChatChunk,
    Chunk,
    EdgequakeCalls,
    EdgequakeClient,
    Event,
    QueryAnswer,
    Source,
    TrioEdgequakeClient,
)
from tgdrivers.edgequake.exceptions import EdgeQuakeError, NetworkError
from tgproto.catalog import AsyncStream, Stream
from tgproto.catalog.call import Call, StreamCall
from tgproto.catalog.progress import AsyncProgress, Progress
from tgproto.types.wire import Json


def blocking(client: EdgequakeClient) -> None:
    assert_type(client.query.execute("q", mode="mix", top_k=3), QueryAnswer)
    assert_type(client.query.stream(query="q", rerank=False), Stream[Chunk, QueryAnswer])
    assert_type(client.query.restarting_stream("q", fallback=True, top_k=3), Progress[Chunk, Chunk])
    assert_type(client.chat.completions("m", temperature=0.5), ChatAnswer)
    assert_type(
        client.chat.stream(messages=[{"role": "user", "content": "m"}]), Stream[ChatChunk, ChatAnswer]
    )
    assert_type(client.health(), dict[str, Json])
    assert_type(client.request("GET", "/x", query={"page": 1}), Json)
    assert_type(client.stream("GET", ["graph", "stream"]), Stream[Event, Event | None])
    assert_type(client.with_workspace("w"), EdgequakeClient)
    for chunk in client.query.stream("q"):
        assert_type(chunk, Chunk)
        assert_type(chunk.text, str)
        assert_type(chunk.sources, list[Source])
        assert_type(chunk.source, Source | str | None)
        assert_type(chunk["chunk"], Any)
    with client as same:
        assert_type(same, EdgequakeClient)
    client.query.execute("q", top_k="3")  # type: ignore[arg-type]
    client.query.execute("q", nope=1)  # type: ignore[call-arg]


async def awaited(client: AsyncEdgequakeClient, trio: TrioEdgequakeClient) -> None:
    assert_type(await client.query.execute("q"), QueryAnswer)
    assert_type(client.query.stream("q"), AsyncStream[Chunk, QueryAnswer])
    assert_type(await client.query.stream("q"), AsyncStream[Chunk, QueryAnswer])
    assert_type(await trio.chat.stream("m").result(), ChatAnswer)
    assert_type(client.query.restarting_stream("q"), AsyncProgress[Chunk, Chunk])
    async for chunk in client.chat.stream("m"):
        assert_type(chunk, ChatChunk)
    async with trio as same:
        assert_type(same.with_workspace(None), TrioEdgequakeClient)


def pure(calls: EdgequakeCalls) -> None:
    assert_type(calls.query.execute("q"), Call[QueryAnswer])
    assert_type(calls.chat.stream("m"), StreamCall[ChatChunk, ChatAnswer])


def errors(error: EdgeQuakeError, lost: NetworkError) -> None:
    assert_type(lost.message, str)
    assert_type(lost.status, int | None)
    assert_type(lost.code, str)
