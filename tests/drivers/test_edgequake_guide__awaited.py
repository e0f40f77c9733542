"""The programs of EdgeQuake's guide of streaming once more, awaited, under asyncio and trio."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import aclosing
from typing import Any, TypeAlias

import pytest
import trio

from tgdrivers.edgequake import AsyncEdgequakeClient, TrioEdgequakeClient
from tgdrivers.edgequake.exceptions import EdgeQuakeError, NetworkError, TimeoutError  # noqa: A004
from tgdrivers.testing import RunningService, edgequake
from tgproto.edgequake.server import EdgequakeServer
from tgproto.serving.messages import Cut, Pause, WebAnswer
from tgproto.serving.plans import CUT, STALL, Fault

STREAMS = {"server": "/api/v1/query/stream", "guide": "/query/stream"}
QUESTION = "What are knowledge graphs?"
TOKENS = ("Know", "ledge", " graphs", " link\n", "things", " & ", "ideas.")
ANSWER = "".join(TOKENS)
DONE = b'data: {"type":"done"}\n\n'

Running: TypeAlias = RunningService[EdgequakeServer]
Program: TypeAlias = Callable[[Any], Coroutine[Any, Any, None]]
Run: TypeAlias = Callable[..., None]


@pytest.fixture
def served() -> Iterator[Running]:
    with edgequake(EdgequakeServer({QUESTION: TOKENS}, api_key="eq_key"), token="eq_key") as running:
        yield running


@pytest.fixture(params=["asyncio", "trio"])
def run(request: pytest.FixtureRequest, served: Running) -> Run:
    """Run a program with a client."""

    def run(program: Program, dialect: str = "server", **options: Any) -> None:
        under_trio = request.param == "trio"
        kind = TrioEdgequakeClient if under_trio else AsyncEdgequakeClient

        async def main() -> None:
            async with kind(served.url, api_key=served.token, dialect=dialect, **options) as eq:
                await program(eq)

        trio.run(main) if under_trio else asyncio.run(main())

    return run


EVERY = pytest.mark.parametrize("dialect", STREAMS)


async def text_of(stream: AsyncIterator[object]) -> str:
    return "".join([str(chunk) async for chunk in stream])


@pytest.mark.parametrize("dialect", ["server", "guide", "openai"])
def test_hybrid_mode_names_the_sources(run: Run, served: Running, dialect: str) -> None:
    shown: list[str] = []

    async def program(eq: Any) -> None:
        async for chunk in eq.query.stream(query=QUESTION, mode="hybrid", top_k=10):
            if chunk.get("type") == "token":
                shown.append(chunk["chunk"])
            elif chunk.get("type") == "source":
                shown.append(f"[{chunk['source']}]")

    run(program, dialect)
    assert "[bridges.txt]" in shown
    assert ANSWER in "".join(shown)
    asked = served.server.requests[-1]
    assert "hybrid" in asked.target + (asked.body or b"").decode()


@pytest.mark.parametrize("dialect", ["guide", "openai"])
def test_a_conversation_of_several_turns(run: Run, served: Running, dialect: str) -> None:
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": QUESTION}]

    async def program(eq: Any) -> None:
        for question in ("How do they work?", "Who uses them?"):
            said = ""
            async for chunk in eq.chat.stream(model="edgequake", messages=messages):
                delta = chunk.get("choices", [{}])[0].get("delta", {}).get("content")
                said += delta or ""
            messages.extend([{"role": "assistant", "content": said}, {"role": "user", "content": question}])
        await eq.chat.stream(model="edgequake", messages=messages).result()

    run(program, dialect)
    assert json.loads(served.server.requests[-1].body or b"")["messages"] == messages
    assert [turn["content"] for turn in messages[2::2]] == [ANSWER, "You asked: How do they work?"]


@EVERY
def test_a_lost_connection_is_asked_anew(run: Run, served: Running, dialect: str) -> None:
    served.server.plan(STREAMS[dialect], Fault(after=3, then=CUT), Fault(after=5))
    tries: list[str] = []

    async def program(eq: Any) -> None:
        for attempt in range(3):
            try:
                tries.append(await text_of(eq.query.stream(query=QUESTION)))
                break
            except NetworkError as error:
                tries.append(str(error.partial))
                if attempt == 2:
                    raise

    run(program, dialect)
    assert tries[2:] == [ANSWER]
    assert all(ANSWER.startswith(text) and text for text in tries)


@EVERY
def test_a_silent_stream_is_a_timeout(run: Run, served: Running, dialect: str) -> None:
    served.server.plan(STREAMS[dialect], Fault(after=4, then=STALL))

    async def program(eq: Any) -> None:
        with pytest.raises(TimeoutError) as caught:
            await text_of(eq.query.stream(query=QUESTION))
        assert isinstance(caught.value, EdgeQuakeError)
        assert caught.value.partial
        assert ANSWER.startswith(str(caught.value.partial))

    run(program, dialect, timeout=0.2)


def test_the_timeout_is_raised_for_long_answers(run: Run, served: Running) -> None:
    served.server.plan(STREAMS["server"], *[Fault(before=(Pause(0.3),), after=2, then=(DONE,))] * 2)

    async def hasty(eq: Any) -> None:
        with pytest.raises(TimeoutError):
            await text_of(eq.query.stream(query=QUESTION))

    async def patient(eq: Any) -> None:
        text = await text_of(eq.query.stream(query=QUESTION))
        assert text
        assert ANSWER.startswith(text)

    run(hasty, timeout=0.1, max_retries=0)
    run(patient, timeout=300)


@EVERY
def test_a_stream_is_left_after_a_while(run: Run, served: Running, dialect: str) -> None:
    endless = iter(lambda: b'data: {"type":"token","content":"x"}\n\n', b"")
    served.server.plan(STREAMS[dialect], WebAnswer(200, content_type="text/event-stream", pieces=endless))
    shown: list[str] = []

    async def program(eq: Any) -> None:
        start = time.monotonic()
        async with eq.query.stream(query="Write a long essay") as stream:
            async for chunk in stream:
                shown.append(str(chunk))
                if time.monotonic() - start > 0.05:
                    break
        assert await text_of(eq.query.stream(query=QUESTION)) == ANSWER  # the one connection is free

    run(program, dialect, max_connections=1)
    assert set(shown) == {"x"}


@EVERY
@pytest.mark.parametrize("fault", [Fault(after=3), WebAnswer(500), Cut()], ids=["ends", "fails", "cut"])
def test_there_is_a_way_back_to_whole_answers(run: Run, served: Running, dialect: str, fault: Any) -> None:
    served.server.plan(STREAMS[dialect], fault)

    async def ask(eq: Any) -> str:
        try:
            return await text_of(eq.query.stream(query=QUESTION))
        except EdgeQuakeError:
            return str((await eq.query.execute(query=QUESTION))["answer"])

    async def program(eq: Any) -> None:
        assert [await ask(eq), await ask(eq)] == [ANSWER, ANSWER]

    run(program, dialect, max_retries=0)
    assert len(served.server.requests) == 3


@EVERY
def test_progress_words_and_the_first_token(run: Run, dialect: str) -> None:
    async def program(eq: Any) -> None:
        start, latency, seen, buffer = time.monotonic(), 0.0, 0, ""
        written: list[str] = []
        async for chunk in eq.query.stream(query=QUESTION):
            if "chunk" in chunk:
                latency = latency or time.monotonic() - start
                seen += 1
            buffer += str(chunk)
            if " " in buffer or "\n" in buffer:
                written.append(buffer)
                buffer = ""
        assert seen == len(TOKENS)
        assert 0 < latency < 5
        assert "".join([*written, buffer]) == ANSWER
        assert all(" " in part or "\n" in part for part in written)

    run(program, dialect)


def test_a_generator_hands_the_chunks_on(run: Run, served: Running) -> None:
    """What an asynchronous web framework does; whoever leaves closes the stream."""

    async def body(eq: Any) -> AsyncIterator[str]:
        async with eq.query.stream(query=QUESTION) as stream:
            async for chunk in stream:
                if "chunk" in chunk:
                    yield f"data: {json.dumps(chunk['chunk'])}\n\n"
        yield "data: [DONE]\n\n"

    async def program(eq: Any) -> None:
        events = [event async for event in body(eq)]
        assert [json.loads(event.removeprefix("data: ")) for event in events[:-1]] == list(TOKENS)
        assert events[-1] == "data: [DONE]\n\n"
        served.server.plan(STREAMS["server"], Fault(after=3, then=STALL))
        async with aclosing(body(eq)) as page:  # type: ignore[type-var]
            assert await anext(page)

    run(program)
    end = time.monotonic() + 10
    while served.connections:
        assert time.monotonic() < end
        time.sleep(0.005)


def test_pieces_may_be_text_or_json(run: Run, served: Running) -> None:
    body = b'data: Gra\n\ndata: {"chunk": "phs", "type": "token"}\n\ndata: 42\n\ndata: {"type": "done"}\n\n'
    served.server.plan(STREAMS["guide"], WebAnswer(200, body, "text/event-stream"))

    async def program(eq: Any) -> None:
        assert [chunk.get("chunk", "") async for chunk in eq.query.stream(query="q")] == [
            "Gra",
            "phs",
            "42",
            "",
        ]

    run(program, "guide")
