"""What EdgeQuake's guide of streaming shows, as programs of our own, in every dialect and every colour.

Blocking programs are written out, as the guide's are. Their awaited twins run under asyncio and trio.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import threading
import time
import urllib.request
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
import trio

from tgdrivers.edgequake import AsyncEdgequakeClient, EdgequakeClient, TrioEdgequakeClient
from tgdrivers.edgequake.exceptions import EdgeQuakeError, NetworkError, TimeoutError  # noqa: A004
from tgdrivers.testing import RunningService, edgequake
from tgproto.edgequake.server import EdgequakeServer
from tgproto.serving.messages import Cut, Pause, WebAnswer
from tgproto.serving.plans import CUT, STALL, Fault

DIALECTS = ["server", "guide", "openai", "raw"]
STREAMS = {"server": "/api/v1/query/stream", "guide": "/query/stream"}
KEY = "eq_key"
QUESTION = "What are knowledge graphs?"
TOKENS = ("Know", "ledge", " graphs", " link\n", "things", " & ", "ideas.")
ANSWER = "".join(TOKENS)

Running = RunningService[EdgequakeServer]


@pytest.fixture
def served() -> Iterator[Running]:
    with edgequake(EdgequakeServer({QUESTION: TOKENS}, api_key=KEY), token=KEY) as running:
        yield running


@contextmanager
def client(served: Running, dialect: str = "server", **options: Any) -> Iterator[EdgequakeClient]:
    with EdgequakeClient(served.url, api_key=served.token, dialect=dialect, **options) as made:
        yield made


@asynccontextmanager
async def awaited(
    kind: type[AsyncEdgequakeClient | TrioEdgequakeClient],
    served: Running,
    dialect: str = "server",
    **options: Any,
) -> AsyncIterator[AsyncEdgequakeClient | TrioEdgequakeClient]:
    async with kind(served.url, api_key=served.token, dialect=dialect, **options) as made:
        yield made


def under_asyncio(program: Callable[..., Coroutine[Any, Any, object]]) -> None:
    asyncio.run(program(AsyncEdgequakeClient))


def under_trio(program: Callable[..., Coroutine[Any, Any, object]]) -> None:
    trio.run(program, TrioEdgequakeClient)


RUNTIMES = pytest.mark.parametrize("run", [under_asyncio, under_trio])
EVERY = pytest.mark.parametrize("dialect", DIALECTS)


# --- queries ----------------------------------------------------------------------------------


@EVERY
def test_a_query_is_written_out_as_it_comes(served: Running, dialect: str) -> None:
    screen = io.StringIO()
    with client(served, dialect) as eq:
        for chunk in eq.query.stream(query=QUESTION):
            assert isinstance(chunk, dict)
            if "chunk" in chunk:
                screen.write(chunk["chunk"])
    assert screen.getvalue() == ANSWER


@EVERY
@RUNTIMES
def test_a_query_is_awaited(served: Running, dialect: str, run: Callable[..., None]) -> None:
    async def program(kind: Any) -> None:
        async with awaited(kind, served, dialect) as eq:
            assert [
                chunk["chunk"] async for chunk in eq.query.stream(query=QUESTION) if "chunk" in chunk
            ] == list(TOKENS)
            stream = await eq.query.stream(query=QUESTION)  # as the package wants it
            assert "".join([str(chunk) async for chunk in stream]) == ANSWER

    run(program)


@EVERY
def test_chunks_are_printed_as_they_are(
    served: Running, dialect: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with client(served, dialect) as eq:
        for chunk in eq.query.stream(QUESTION):
            print(chunk, end="", flush=True)
    assert capsys.readouterr().out == ANSWER


@pytest.mark.parametrize("dialect", ["server", "guide", "openai"])
def test_hybrid_mode_names_the_sources(served: Running, dialect: str) -> None:
    shown: list[str] = []
    with client(served, dialect) as eq:
        for chunk in eq.query.stream(query=QUESTION, mode="hybrid", top_k=10):
            match chunk.get("type"):
                case "token":
                    shown.append(chunk["chunk"])
                case "source":
                    shown.append(f"[{chunk['source']}]")
                case _:
                    pass
    text = "".join(shown)
    assert text.replace("[", "").count("]") == 2
    assert "[bridges.txt]" in text
    assert ANSWER in text
    request = served.server.requests[-1]
    said = request.target + (request.body or b"").decode()
    assert "hybrid" in said
    assert "10" in said


@EVERY
def test_a_stream_is_collected(served: Running, dialect: str) -> None:
    with client(served, dialect) as eq:
        assert "".join(map(str, eq.query.stream(query=QUESTION))) == ANSWER
        stream = eq.query.stream(query=QUESTION)
        assert stream.result()["answer"] == ANSWER
        assert [chunk["chunk"] for chunk in stream if "chunk" in chunk] == []


@EVERY
@RUNTIMES
def test_a_stream_is_collected_awaited(served: Running, dialect: str, run: Callable[..., None]) -> None:
    async def program(kind: Any) -> None:
        async with awaited(kind, served, dialect) as eq:
            assert (await eq.query.stream(query=QUESTION).result()).text == ANSWER

    run(program)


# --- chats ------------------------------------------------------------------------------------


@EVERY
def test_a_chat_has_the_chunks_of_openai(served: Running, dialect: str) -> None:
    said = ""
    with client(served, dialect) as eq:
        for chunk in eq.chat.stream(model="edgequake", messages=[{"role": "user", "content": QUESTION}]):
            delta = chunk.get("choices", [{}])[0].get("delta", {}).get("content")
            if delta:
                said += delta
        whole = eq.chat.completions(model="edgequake", messages=[{"role": "user", "content": QUESTION}])
    assert said == ANSWER
    assert whole["choices"][0]["message"]["content"] == whole.content == ANSWER


@EVERY
@RUNTIMES
def test_a_chat_is_awaited(served: Running, dialect: str, run: Callable[..., None]) -> None:
    async def program(kind: Any) -> None:
        async with awaited(kind, served, dialect) as eq:
            said = [chunk.text async for chunk in eq.chat.stream(QUESTION)]
            assert "".join(said) == (await eq.chat.completions(QUESTION)).content == ANSWER

    run(program)


@pytest.mark.parametrize("dialect", ["guide", "openai"])
def test_a_conversation_is_sent_again_with_each_turn(served: Running, dialect: str) -> None:
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": QUESTION},
    ]
    with client(served, dialect) as eq:
        for question in ("How do they work?", "Who uses them?"):
            said = ""
            for chunk in eq.chat.stream(model="edgequake", messages=messages):
                said += chunk["choices"][0]["delta"].get("content", "")
            messages += [{"role": "assistant", "content": said}, {"role": "user", "content": question}]
        list(eq.chat.stream(model="edgequake", messages=messages))
    sent = json.loads(served.server.requests[-1].body or b"")
    assert sent["messages"] == messages
    assert [turn["content"] for turn in messages if turn["role"] == "assistant"] == [
        ANSWER,
        "You asked: How do they work?",
    ]


def test_the_server_keeps_a_conversation_itself(served: Running) -> None:
    with client(served) as eq:
        first = eq.chat.stream(
            model="edgequake",
            messages=[{"role": "system", "content": "Be brief."}, {"role": "user", "content": QUESTION}],
        ).result()
        assert json.loads(served.server.requests[-1].body or b"") == {
            "system_prompt": "Be brief.",
            "message": QUESTION,
        }
        assert first.title == f"About: {QUESTION}"
        second = eq.chat.stream("And how?", conversation_id=first.conversation_id).result()
        assert second.conversation_id == first.conversation_id
        kept = eq.request("GET", ["api", "v1", "conversations", first.conversation_id, "messages"])
        assert isinstance(kept, dict)
        assert [turn["content"] for turn in kept["items"]] == [  # type: ignore[attr-defined]
            QUESTION,
            ANSWER,
            "And how?",
            "You asked: And how?",
        ]
        with pytest.raises(ValueError, match="conversation_id"):
            eq.chat.stream(
                messages=[
                    {"role": "user", "content": QUESTION},
                    {"role": "assistant", "content": ANSWER},
                    {"role": "user", "content": "And how?"},
                ]
            )


# --- what goes wrong --------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", STREAMS)
def test_a_lost_connection_is_a_network_error_and_is_asked_anew(served: Running, dialect: str) -> None:
    served.server.plan(STREAMS[dialect], Fault(after=4, then=CUT))
    shown: list[str] = []
    with client(served, dialect) as eq:
        with pytest.raises(NetworkError) as caught:
            shown.extend(map(str, eq.query.stream(query=QUESTION)))
        assert ANSWER.startswith("".join(shown))
        assert caught.value.partial == "".join(shown) != ""
        again = map(str, eq.query.stream(query=QUESTION))
        assert "".join(again) == ANSWER
    assert len(served.server.requests) == 2


@pytest.mark.parametrize("dialect", STREAMS)
@RUNTIMES
def test_a_lost_connection_is_a_network_error_when_awaited(
    served: Running, dialect: str, run: Callable[..., None]
) -> None:
    served.server.plan(STREAMS[dialect], Fault(after=4, then=CUT))

    async def program(kind: Any) -> None:
        shown: list[str] = []
        async with awaited(kind, served, dialect) as eq:
            with pytest.raises(NetworkError) as caught:
                await into(shown, eq.query.stream(query=QUESTION))
            assert caught.value.partial == "".join(shown) != ""

    run(program)


async def into(shown: list[str], stream: AsyncIterator[object]) -> None:
    async for chunk in stream:
        shown.append(str(chunk))  # noqa: PERF401  # what came before an error is wanted


def test_broken_streams_are_tried_several_times(served: Running) -> None:
    served.server.plan(STREAMS["guide"], Fault(after=3, then=CUT), Fault(after=5))
    tries = 0
    with client(served, "guide") as eq:
        for _ in range(3):
            try:
                tries += 1
                text = "".join(map(str, eq.query.stream(query=QUESTION)))
                break
            except NetworkError:
                continue
    assert (tries, text) == (3, ANSWER)


def test_nobody_listens() -> None:
    with edgequake() as gone:
        pass
    with EdgequakeClient(gone.url) as eq, pytest.raises(NetworkError, match="8080") as caught:
        next(eq.query.stream(query=QUESTION))
    assert isinstance(caught.value, EdgeQuakeError)
    assert isinstance(caught.value, ConnectionRefusedError)


def test_a_silent_stream_is_a_timeout(served: Running) -> None:
    served.server.plan(STREAMS["server"], Fault(after=4, then=STALL))
    with client(served, timeout=0.2) as eq:
        stream = eq.query.stream(query=QUESTION)
        with pytest.raises(TimeoutError) as caught:
            list(stream)
    assert isinstance(caught.value, EdgeQuakeError)
    assert caught.value.partial
    assert ANSWER.startswith(str(caught.value.partial))


@EVERY
def test_a_stream_is_left_after_a_while(served: Running, dialect: str) -> None:
    """The text so far is good, and the connection is closed."""
    endless = WebAnswer(
        200,
        content_type="text/event-stream",
        pieces=iter(lambda: b'data: {"type":"token","content":"x"}\n\n', b""),
    )
    path = STREAMS.get(dialect, STREAMS["server"])
    served.server.plan(path, endless)
    text, start = "", time.monotonic()
    with client(served, dialect) as eq:
        with eq.query.stream(query="Write a long essay") as stream:
            for chunk in stream:
                text += str(chunk)
                if len(text) > 1 and time.monotonic() - start > 0.05:
                    break
        until(lambda: served.connections == 0)
    assert len(text) > 1


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def ask(eq: EdgequakeClient, query: str) -> str:
    """Ask for a stream; if that fails, for a whole answer."""
    try:
        return "".join(str(chunk) for chunk in eq.query.stream(query=query))
    except EdgeQuakeError:
        return str(eq.query.execute(query=query)["answer"])


@pytest.mark.parametrize("dialect", STREAMS)
@pytest.mark.parametrize("fault", [Fault(after=3), WebAnswer(500), Cut()], ids=["ends", "fails", "cut"])
def test_there_is_a_way_back_to_whole_answers(served: Running, dialect: str, fault: Any) -> None:
    served.server.plan(STREAMS[dialect], fault)
    with client(served, dialect, max_retries=0) as eq:
        assert ask(eq, QUESTION) == ANSWER
        assert len(served.server.requests) == 2
        assert ask(eq, QUESTION) == ANSWER


# --- what is done with streams ----------------------------------------------------------------


@EVERY
def test_progress_is_counted(served: Running, dialect: str) -> None:
    seen, start, reports = 0, time.monotonic(), []
    with client(served, dialect) as eq:
        for chunk in eq.query.stream(query=QUESTION):
            if "chunk" in chunk:
                seen += 1
                if seen % 3 == 0:
                    reports.append(f"{seen} tokens, {seen / (time.monotonic() - start):.1f} tokens/s")
    assert seen == len(TOKENS)
    assert len(reports) == 2


@EVERY
def test_words_are_written_whole(served: Running, dialect: str) -> None:
    written, buffer = [], ""
    with client(served, dialect) as eq:
        for chunk in eq.query.stream(query=QUESTION):
            buffer += str(chunk)
            if " " in buffer or "\n" in buffer:
                written.append(buffer)
                buffer = ""
    written.append(buffer)
    assert "".join(written) == ANSWER
    assert all(" " in part or "\n" in part for part in written[:-1])


@EVERY
def test_an_answer_goes_into_a_file(served: Running, dialect: str, tmp_path: Path) -> None:
    path = tmp_path / "answer.txt"
    with client(served, dialect) as eq, path.open("w", encoding="utf-8", newline="") as file:
        for chunk in eq.query.stream(query=QUESTION):
            file.write(str(chunk))
            file.flush()
    assert path.read_bytes().decode() == ANSWER


@RUNTIMES
def test_an_answer_goes_into_a_file_awaited(
    served: Running, run: Callable[..., None], tmp_path: Path
) -> None:
    async def program(kind: Any) -> None:
        async with awaited(kind, served) as eq:
            with (tmp_path / "answer.txt").open("w", encoding="utf-8", newline="") as file:
                async for chunk in eq.query.stream(query=QUESTION):
                    file.write(chunk.text)

    run(program)
    assert (tmp_path / "answer.txt").read_bytes().decode() == ANSWER


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


def test_an_answer_is_served_on_over_http(served: Running) -> None:
    """A web application hands the chunks on, as events of its own."""
    with client(served) as eq:

        def application(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
            start_response("200 OK", [("Content-Type", "text/event-stream")])
            for chunk in eq.query.stream(query=QUESTION):
                if "chunk" in chunk:
                    yield f"data: {json.dumps(chunk['chunk'])}\n\n".encode()
            yield b"data: [DONE]\n\n"

        with make_server("127.0.0.1", 0, application, handler_class=_Quiet) as site:
            thread = threading.Thread(target=site.handle_request)
            thread.start()
            with urllib.request.urlopen(f"http://127.0.0.1:{site.server_port}/stream") as answer:
                events = answer.read().decode().split("\n\n")
            thread.join()
    assert [json.loads(event.removeprefix("data: ")) for event in events[:-2]] == list(TOKENS)
    assert events[-2:] == ["data: [DONE]", ""]


def test_a_reader_of_a_page_who_leaves_closes_the_stream(served: Running) -> None:
    """A generator that a web framework closes closes the stream that it reads."""
    endless = WebAnswer(200, content_type="text/event-stream", pieces=iter(lambda: b"data: x\n\n", b""))
    served.server.plan(STREAMS["guide"], endless)
    with client(served, "guide") as eq:

        def body() -> Iterator[str]:
            with eq.query.stream(query=QUESTION) as stream:
                yield from map(str, stream)

        page = body()
        assert next(page) == "x"
        page.close()  # type: ignore[attr-defined]
        until(lambda: served.connections == 0)


@EVERY
def test_the_first_token_is_timed(served: Running, dialect: str) -> None:
    start, latency = time.monotonic(), None
    with client(served, dialect) as eq:
        for chunk in eq.query.stream(query=QUESTION):
            if latency is None and chunk.text:
                latency = time.monotonic() - start
    assert latency is not None
    assert 0 < latency < 5


def test_the_timeout_is_raised_for_long_answers(served: Running) -> None:
    slow = Fault(before=(Pause(0.3),), after=2, then=(b'data: {"type":"done"}\n\n',))
    served.server.plan(STREAMS["server"], slow, slow)
    with client(served, timeout=0.1, max_retries=0) as eq, pytest.raises(TimeoutError):
        list(eq.query.stream(query=QUESTION))
    with client(served, timeout=300) as eq:
        text = "".join(map(str, eq.query.stream(query=QUESTION)))
    assert text
    assert ANSWER.startswith(text)


def test_pieces_may_be_text_or_json(served: Running) -> None:
    """What is no JSON object is text, as it was sent."""
    pieces = [
        "Gra",
        '{"chunk": "phs", "type": "token"}',
        " ",
        "42",
        "true",
        '"x"',
        "[DONE] not",
        '{"type": "done"}',
    ]
    body = "".join(f"data: {piece}\n\n" for piece in pieces).encode()
    served.server.plan(STREAMS["guide"], WebAnswer(200, body, "text/event-stream"))
    with client(served, "guide") as eq:
        parsed = [chunk.get("chunk", "") for chunk in eq.query.stream(query=QUESTION)]
    assert parsed == ["Gra", "phs", " ", "42", "true", '"x"', "[DONE] not", ""]


def test_clients_are_made_from_the_environment(served: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGEQUAKE_BASE_URL", served.url)
    monkeypatch.setenv("EDGEQUAKE_API_KEY", KEY)
    with contextlib.closing(EdgequakeClient()) as eq:
        assert eq.query.execute(query=QUESTION)["answer"] == ANSWER
    assert served.server.requests[-1].header("X-API-Key") == KEY
    with EdgequakeClient(dialect="guide") as eq:
        eq.query.execute(query=QUESTION)
    assert served.server.requests[-1].authorization == f"Bearer {KEY}"
