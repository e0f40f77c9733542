"""The clients of the AI Assistant API against the embedded server, each scenario in every colour."""

from __future__ import annotations

import asyncio
import gc
import inspect
import json
import time
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeAlias

import pytest
import trio

from tgdrivers.assistant import (
    AssistantClient,
    AssistantSettings,
    AsyncAssistantClient,
    BatchRequest,
    BatchResult,
    ChatEvent,
    TrioAssistantClient,
    chat_request,
    tool_request,
)
from tgdrivers.testing import RunningService, assistant
from tgproto.assistant.server import AssistantServer, renamed, reverse, twice, without
from tgproto.catalog.bind import Descriptor
from tgproto.errors import AuthenticationError, ConnectionLost, DecodeError, NotOffered, RequestTimeout
from tgproto.serving.messages import EVENTS, TEXT, Cut, Pause, WebAnswer, WebRequest
from tgproto.serving.plans import CUT, STALL, Fault
from tgproto.serving.streams import event
from tgproto.web.errors import (
    HttpError,
    IncompleteStreamError,
    InternalError,
    NotFoundError,
    RateLimitedError,
    ServiceUnavailableError,
    StreamError,
    TooLargeError,
    UnauthorizedError,
)

CHAT, BATCH, SEARCH = "/api/agent/chat", "/api/batch", "/api/tools/search/execute"
PATIENCE = 20.0
ANSWERS = {"Explain quantum computing": ("Quantum", " computing", " is")}
TURNS = [{"role": "user", "content": "Explain quantum computing"}]
COMPLETIONS = "/v1/chat/completions"
AGENT = WebRequest(
    "POST",
    COMPLETIONS,
    (),
    json.dumps({"messages": TURNS, "conversation_id": "c-1", "stream": True}).encode(),
)
FAILURE = event({"error": {"message": "the model broke", "type": "server_error"}})
Running: TypeAlias = RunningService[AssistantServer]
Scenario: TypeAlias = Callable[[Any], Coroutine[Any, Any, Any]]
COLOURS = {"threads": AssistantClient, "asyncio": AsyncAssistantClient, "trio": TrioAssistantClient}


async def got(value: Any) -> Any:
    """Return the result of a call, awaited or not."""
    return await value if inspect.isawaitable(value) else value


class each:  # noqa: N801
    """Goes through a stream of any colour. It is no generator: those want to be closed in a coroutine."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __aiter__(self) -> each:
        return self

    async def __anext__(self) -> Any:
        if hasattr(self._stream, "__anext__"):
            return await self._stream.__anext__()
        try:
            return next(self._stream)
        except StopIteration:
            raise StopAsyncIteration from None


async def close(stream: Any) -> None:
    await got(stream.aclose() if hasattr(stream, "aclose") else stream.close())


@pytest.fixture
def running() -> Iterator[Running]:
    with assistant(AssistantServer(ANSWERS, api_key="a-key-1"), token="a-key-1") as server:
        yield server


Runs: TypeAlias = Callable[..., Any]


@pytest.fixture(params=COLOURS)
def run(request: pytest.FixtureRequest, running: Running) -> Runs:
    """Run a scenario with a client, and see that no connection is left."""

    def run(scenario: Scenario, **options: Any) -> Any:
        options = {"base_url": running.url, "api_key": running.token, "max_retries": 0, **options}
        client = COLOURS[request.param](**options)

        async def awaited() -> Any:
            assert not isinstance(client, AssistantClient)
            async with client as entered:
                return await scenario(entered)

        if isinstance(client, AssistantClient):
            with client, pytest.raises(StopIteration) as done:
                scenario(client).send(None)
            result = done.value.value
        else:
            result = asyncio.run(awaited()) if request.param == "asyncio" else trio.run(awaited)
        until_free(running)
        return result

    return run


def until_free(running: Running) -> None:
    end = time.monotonic() + PATIENCE
    while running.connections:
        assert time.monotonic() < end, "a connection is left"
        time.sleep(0.002)


def streamed(*events: object) -> WebAnswer:
    return WebAnswer(200, b"".join(map(event, events)), EVENTS)


def sizes(running: Running) -> list[int]:
    """How many requests each batch had that the server was sent."""
    bodies = [one.body or b"" for one in running.server.requests if one.path == BATCH]
    return [len(json.loads(body)["requests"]) for body in bodies]


def chats(count: int) -> list[BatchRequest]:
    return [chat_request(f"m{number}") for number in range(count)]


async def text_of(stream: Any) -> str:
    return "".join([str(one) async for one in each(stream)])


# --- chat -----------------------------------------------------------------------------------------


def test_a_stream(run: Runs, running: Running) -> None:
    async def scenario(client: Any) -> Any:
        stream = client.chat("Explain quantum computing", stream=True)
        events = [one async for one in each(stream)]
        return events, await got(stream.result())

    events, answer = run(scenario)
    assert [one.type for one in events] == ["start", "token", "token", "token", "end"]
    assert all(isinstance(one, ChatEvent) for one in events)
    assert (answer, answer.message_id, answer.oddities) == ("Quantum computing is", "msg_1", {})
    [asked] = running.server.requests
    assert (asked.method, asked.target) == ("POST", f"{CHAT}?stream=true")
    assert asked.header("accept") == "text/event-stream"
    assert asked.authorization == "Bearer a-key-1"
    assert json.loads(asked.body or b"") == {"message": "Explain quantum computing", "agent_id": "default"}


def test_a_plain_answer(run: Runs, running: Running) -> None:
    async def scenario(client: Any) -> Any:
        return await got(client.chat("Explain quantum computing", "other"))

    answer = run(scenario, headers={"X-Team": "blue"})
    assert (answer, answer.body) == ("Quantum computing is", {"response": "Quantum computing is"})
    [asked] = running.server.requests
    assert (asked.target, asked.header("accept"), asked.header("x-team")) == (
        CHAT,
        "application/json",
        "blue",
    )


def test_a_server_or_client_that_does_not_stream(run: Runs, running: Running) -> None:
    running.server.plan(CHAT, WebAnswer(200, b'{"response":"Hi"}'))

    async def scenario(client: Any) -> Any:
        kinds = [one.type async for one in each(client.chat("m", stream=True))]
        plain = [one.type async for one in each(client.chat("m", stream=True))]
        return kinds, plain

    kinds, plain = run(scenario, settings=AssistantSettings(stream_enabled=False))
    assert kinds == plain == ["start", "token", "end"]
    assert [one.target for one in running.server.requests] == [CHAT, CHAT]


def test_a_stream_that_is_called_plain_text(run: Runs, running: Running) -> None:
    body = event({"type": "token", "content": "Hi"}) + event({"type": "end"})
    running.server.plan(CHAT, WebAnswer(200, body, TEXT))

    async def scenario(client: Any) -> Any:
        return await got(client.chat("m", stream=True).result())

    answer = run(scenario)
    assert (answer, answer.oddities) == ("Hi", {"there was no start": 1})


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (WebAnswer(404, b'{"detail":"Not Found"}'), NotFoundError, "has this endpoint"),
        (WebAnswer(204, content_type=""), DecodeError, "the answer has no text"),
        (WebAnswer(401, b'{"detail":"no"}'), UnauthorizedError, "no"),
        (WebAnswer(429, b"slow", TEXT, (("Retry-After", "9"),)), RateLimitedError, "slow"),
        (streamed({"type": "error", "message": "it broke", "code": 500}), InternalError, "it broke"),
        (streamed({"type": "start"}), IncompleteStreamError, "ended without saying"),
        (streamed([1]), DecodeError, "no JSON object"),
        (Cut(), ConnectionLost, "before any answer"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_what_goes_wrong(
    run: Runs, running: Running, answer: Any, kind: type[Exception], said: str, stream: bool
) -> None:
    running.server.plan(CHAT, answer)

    async def scenario(client: Any) -> None:
        with pytest.raises(kind, match=said):
            await (text_of(client.chat("m", stream=True)) if stream else got(client.chat("m")))

    run(scenario, strict=True)
    assert len(running.server.requests) == 1


@pytest.mark.parametrize(
    ("fault", "limits", "kind", "option"),
    [
        (Fault(after=2, then=CUT), {}, IncompleteStreamError, None),
        (Fault(after=2, then=STALL), {"timeout": 0.2}, RequestTimeout, "timeout"),
        (
            Fault(after=2, then=(Pause(0.02), b": alive\n\n"), again=True),
            {"timeout": 5.0, "progress_timeout": 0.3},
            RequestTimeout,
            "progress_timeout",
        ),
        (
            Fault(after=2, then=(Pause(0.02), b": alive\n\n"), again=True),
            {"timeout": 0.5, "total_timeout": 1.5},
            RequestTimeout,
            "total_timeout",
        ),
    ],
)
def test_a_stream_that_breaks_off_leaves_its_text(
    run: Runs,
    running: Running,
    fault: Fault,
    limits: dict[str, Any],
    kind: type[Exception],
    option: str | None,
) -> None:
    running.server.plan(CHAT, fault)

    async def scenario(client: Any) -> None:
        seen: list[str] = []

        async def read() -> None:
            async for one in each(client.chat("Explain quantum computing", stream=True)):
                seen.append(str(one))  # noqa: PERF401 - what came before the error is wanted

        with pytest.raises(kind) as caught:
            await read()
        assert "".join(seen) == getattr(caught.value, "partial", None) == "Quantum"
        assert getattr(caught.value, "option", None) == option

    run(scenario, **limits)


def test_leaving_the_loop_closes_the_connection(run: Runs, running: Running) -> None:
    running.server.plan(CHAT, Fault(after=2, then=STALL))

    async def scenario(client: Any) -> None:
        stream = client.chat("m", stream=True)
        async for one in each(stream):
            if one.content:
                break
        assert running.connections == 1
        await close(stream)
        end = time.monotonic() + PATIENCE
        while running.connections:
            assert time.monotonic() < end
            await got(pause(client))

    run(scenario)


def pause(client: Any) -> Any:
    """Let others go on."""
    if isinstance(client, AssistantClient):
        return time.sleep(0.002)
    return trio.sleep(0.002) if isinstance(client, TrioAssistantClient) else asyncio.sleep(0.002)


def test_a_long_text_is_let_go_as_it_is_read(run: Runs, running: Running) -> None:
    block = event({"type": "token", "content": "x" * 100}) * 200
    running.server.plan(CHAT, Fault(after=1, then=(block,), again=True))

    async def scenario(client: Any) -> int:
        stream = client.chat("m", stream=True)
        count = 0
        async for _ in each(stream):
            count += 1
            if count == 10_000:
                break
        kept = len(stream._receipt._reader.partial or "")
        await close(stream)
        return kept

    assert run(scenario) < 400_000


# --- completions ----------------------------------------------------------------------------------


def test_completions(run: Runs, running: Running) -> None:
    async def scenario(client: Any) -> Any:
        whole = await got(client.completions(TURNS, model="m"))
        stream = client.completions(TURNS, stream=True, agent_name="helper", conversation_id="c-1")
        texts = [chunk.content async for chunk in each(stream)]
        return whole, texts, await got(stream.result())

    whole, texts, result = run(scenario)
    assert str(whole) == str(result) == "".join(texts) == "Quantum computing is"
    assert (texts[:3], whole.model) == (["", "Quantum", " computing"], "m")
    assert result.messages[0].finish_reason == "stop"
    first, second = running.server.requests
    assert json.loads(first.body or b"") == {"messages": TURNS, "model": "m"}
    assert json.loads(second.body or b"")["stream"] is True
    assert (first.header("accept"), second.header("accept")) == ("application/json", "text/event-stream")


def test_agents_answer_whole(run: Runs, running: Running) -> None:
    running.server.plan(COMPLETIONS, *[AssistantServer(ANSWERS, agents=True).respond(AGENT, now=0.0)] * 2)

    async def scenario(client: Any) -> Any:
        stream = client.completions(TURNS, stream=True)
        return [chunk async for chunk in each(stream)], await got(client.completions(TURNS))

    chunks, answer = run(scenario)
    assert [chunk.content for chunk in chunks] == ["Quantum computing is"]
    assert chunks[0]["conversation_id"] == answer.more["conversation_id"] == "c-1"
    assert answer.more["tool_results"] == []


@pytest.mark.parametrize(
    ("fault", "kind", "said"),
    [
        (Fault(after=2, then=(FAILURE,)), StreamError, "the model broke"),
        (Fault(after=2, then=CUT), IncompleteStreamError, "broke off"),
        (Fault(after=2), IncompleteStreamError, "ended without saying"),
        (Fault(after=2, then=STALL), RequestTimeout, "timeout"),
    ],
)
def test_completions_that_break_off(
    run: Runs, running: Running, fault: Fault, kind: type[Exception], said: str
) -> None:
    running.server.plan(COMPLETIONS, fault)

    async def scenario(client: Any) -> None:
        with pytest.raises(kind, match=said) as caught:
            await text_of(client.completions(TURNS, stream=True))
        assert getattr(caught.value, "partial", None) == "Quantum"

    run(scenario, timeout=0.3 if kind is RequestTimeout else 60.0)


def test_completions_that_are_refused(run: Runs, running: Running) -> None:
    running.server.plan(COMPLETIONS, WebAnswer(404, b'{"detail":"Not Found"}'), WebAnswer(200, b"[]"))

    async def scenario(client: Any) -> None:
        with pytest.raises(NotFoundError, match="has this endpoint"):
            await got(client.completions(TURNS))
        with pytest.raises(DecodeError):
            await got(client.completions(TURNS))

    run(scenario)


# --- tools ----------------------------------------------------------------------------------------


def test_tools(run: Runs, running: Running) -> None:
    async def scenario(client: Any) -> None:
        names = [tool.name for tool in await got(client.tools.list())]
        assert names == ["search"]
        assert (await got(client.tools.get("search"))).description == "Looks something up."
        done = await got(client.tools.execute("search", {"query": "graphs"}))
        assert (str(done), done.execution_time, done.cached) == ("found: graphs", 0.0, False)
        with pytest.raises(NotFoundError, match="there is no tool x"):
            await got(client.tools.get("x"))
        with pytest.raises(NotFoundError):
            await got(client.tools.execute("a/b ü"))

    run(scenario)
    assert running.server.requests[-1].target == "/api/tools/a%2Fb%20%C3%BC/execute"


def test_any_endpoint(run: Runs) -> None:
    async def scenario(client: Any) -> None:
        assert (await got(client.request("GET", "/health")))["status"] == "healthy"
        said = {"model": "m", "stream": True, "messages": [{"role": "user", "content": "Hi"}]}
        stream = client.stream("POST", "/v1/chat/completions", json=said)
        deltas = [one["choices"][0]["delta"].get("content", "") async for one in each(stream)]
        assert "".join(deltas) == "You asked: Hi"

    run(scenario)


def test_a_key_that_is_renewed(run: Runs) -> None:
    keys = iter(["old", "a-key-1"])

    async def scenario(client: Any) -> str:
        return str(await got(client.chat("Hi")))

    assert run(scenario, api_key=lambda: next(keys)) == "You asked: Hi"
    with pytest.raises((AuthenticationError, pytest.fail.Exception)):
        run(scenario, api_key="wrong")


# --- batches --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "sent"), [(0, []), (1, [1]), (10, [10]), (11, [10, 1]), (25, [10, 10, 5])])
def test_batches_of_any_size(run: Runs, running: Running, count: int, sent: list[int]) -> None:
    running.server.twist(reverse, reverse, reverse)

    async def scenario(client: Any) -> BatchResult:
        result = await got(client.batch(chats(count)))
        assert isinstance(result, BatchResult)
        return result

    result = run(scenario)
    assert [item.text for item in result] == [f"You asked: m{number}" for number in range(count)]
    assert sizes(running) == sent
    assert len(result.times) == len(sent)


@pytest.mark.parametrize("told", [False, True])
def test_runs_at_once(run: Runs, running: Running, told: bool) -> None:
    running.server.plan(BATCH, *[Fault(delay=0.5)] * 4)

    async def scenario(client: Any) -> list[str]:
        began = time.monotonic()
        if told:
            items = [item async for item in each(client.as_completed(chats(40), concurrency=4))]
        else:
            items = list(await got(client.batch(chats(40), concurrency=4)))
        assert time.monotonic() - began < 1.9  # one after the other takes 2 s at least
        return [item.text for item in items]

    assert run(scenario) == [f"You asked: m{number}" for number in range(40)]


def test_partial_failure_as_documented(run: Runs) -> None:
    requests = [
        {"id": "req_1", "method": "POST", "path": CHAT, "body": {"message": "What is Python?"}},
        {"id": "req_2", "method": "POST", "path": "/api/tools/search/execute", "body": {"parameters": 3}},
        tool_request("nothing", id="req_3"),
    ]

    async def scenario(client: Any) -> BatchResult:
        result = await got(client.batch(requests))
        assert isinstance(result, BatchResult)
        return result

    result = run(scenario)
    assert [(item.id, item.status) for item in result] == [("req_1", 200), ("req_2", 422), ("req_3", 404)]
    assert result.by_id["req_1"].text == "You asked: What is Python?"
    with pytest.raises(ExceptionGroup) as caught:
        result.raise_for_status()
    assert [getattr(error, "status", None) for error in caught.value.exceptions] == [422, 404]


def test_odd_answers(run: Runs, running: Running) -> None:
    running.server.twist(without("r0001"), twice("r0002"), renamed("r0003", "zzz"), renamed("r0004", None))

    async def scenario(client: Any) -> BatchResult:
        result = await got(client.batch(chats(4), max_size=1))
        assert isinstance(result, BatchResult)
        return result

    result = run(scenario)
    assert [item.ok for item in result] == [False, True, False, False]
    assert [item.outcome_unknown for item in result] == [True, False, True, True]
    assert len(result.unexpected) == 3

    running.server.twist(twice("r0001"))

    async def strict(client: Any) -> None:
        with pytest.raises(DecodeError, match="1 answers are none") as caught:
            await got(client.batch(chats(1)))
        assert isinstance(caught.value.partial, BatchResult)

    run(strict, strict=True)


def test_a_service_that_takes_less(run: Runs, running: Running) -> None:
    async def scenario(client: Any) -> BatchResult:
        result = await got(client.batch(chats(20), max_size=20))
        assert isinstance(result, BatchResult)
        return result

    assert run(scenario).ok
    assert sizes(running) == [20, 10, 10]
    running.server.plan(BATCH, WebAnswer(413, b'{"detail":"too large"}'))

    async def one(client: Any) -> None:
        [item] = await got(client.batch(chats(1)))
        assert isinstance(item.error, TooLargeError)
        assert item.not_executed

    run(one)


@pytest.mark.parametrize(
    "answer", [Cut(), WebAnswer(500, b"x"), WebAnswer(503, b"x"), Fault(after=0, then=CUT)]
)
def test_a_run_that_is_lost_is_not_repeated(run: Runs, running: Running, answer: Any) -> None:
    running.server.plan(BATCH, Fault(), answer)

    async def scenario(client: Any) -> BatchResult:
        result = await got(client.batch(chats(25)))
        assert isinstance(result, BatchResult)
        return result

    result = run(scenario, max_retries=3)
    assert [item.ok for item in result] == [True] * 10 + [False] * 10 + [True] * 5
    assert [item.id for item in result if item.outcome_unknown] == [item.id for item in result[10:20]]
    assert sizes(running) == [10, 10, 5]


def test_a_run_of_safe_requests_is_repeated(run: Runs, running: Running) -> None:
    running.server.plan(BATCH, Cut(), WebAnswer(502, b"x"))

    async def scenario(client: Any) -> bool:
        await got(client.request("GET", "/health"))  # so that the service is known to be there
        tool = tool_request("search", {"query": "x"}, idempotent=True)
        return bool((await got(client.batch([BatchRequest("/health", method="GET"), tool]))).ok)

    assert run(scenario, max_retries=3)
    assert sizes(running) == [2, 2, 2]


@pytest.mark.parametrize("status", [429, 503])
def test_a_run_that_has_to_wait(run: Runs, running: Running, status: int) -> None:
    running.server.plan(BATCH, WebAnswer(status, b"slow", TEXT, (("Retry-After", "1"),)))

    async def scenario(client: Any) -> bool:
        began = time.monotonic()
        result = await got(client.batch(chats(1)))
        assert time.monotonic() - began >= 0.9
        return bool(result.ok)

    assert run(scenario, max_retries=1)
    assert sizes(running) == [1, 1]


def test_a_run_that_would_have_to_wait_for_too_long(run: Runs, running: Running) -> None:
    running.server.plan(BATCH, WebAnswer(503, b"later", TEXT, (("Retry-After", "60"),)))

    async def scenario(client: Any) -> None:
        [item] = await got(client.batch(chats(1)))
        assert isinstance(item.error, ServiceUnavailableError)
        assert item.not_executed

    run(scenario, max_retries=3, settings=AssistantSettings(batch_timeout=5.0))


def test_requests_that_failed_for_now(run: Runs, running: Running) -> None:
    running.server.plan("/health", WebAnswer(503, b"x"))

    async def scenario(client: Any) -> BatchResult:
        result = await got(client.batch([BatchRequest("/health", method="GET"), *chats(1)], item_retries=1))
        assert isinstance(result, BatchResult)
        return result

    result = run(scenario)
    assert result.ok
    assert [item.attempts for item in result] == [2, 1]
    assert sizes(running) == [2, 1]


def test_nothing_is_sent_after_a_failure(run: Runs, running: Running) -> None:
    running.server.plan(CHAT, WebAnswer(500, b'{"detail":"no"}'))

    async def scenario(client: Any) -> list[bool]:
        return [item.not_sent for item in await got(client.batch(chats(3), max_size=1, stop_on_error=True))]

    assert run(scenario) == [False, True, True]
    assert sizes(running) == [1]


@pytest.mark.parametrize(
    ("requests", "kind"),
    [
        ([chat_request("a", id="x"), chat_request("b", id="x")], ValueError),
        ([BatchRequest("api")], ValueError),
        ([BatchRequest(BATCH)], ValueError),
        ([BatchRequest(f"{CHAT}?stream=true")], ValueError),
        ([BatchRequest(CHAT, {"x": float("nan")})], ValueError),
    ],
)
def test_what_is_refused_is_not_sent(
    run: Runs, running: Running, requests: list[BatchRequest], kind: type[Exception]
) -> None:
    async def scenario(client: Any) -> None:
        with pytest.raises(kind):
            await got(client.batch(requests))
        with pytest.raises(kind):
            client.as_completed(requests)

    run(scenario)
    assert not running.server.requests


def test_no_batches(run: Runs) -> None:
    async def scenario(client: Any) -> None:
        with pytest.raises(NotOffered):
            await got(client.batch([]))

    run(scenario, settings=AssistantSettings(batch_enabled=False))


def test_leaving_during_the_second_run(run: Runs, running: Running) -> None:
    running.server.plan(SEARCH, Fault(delay=PATIENCE))
    searches = [tool_request("search", {"query": "x"})] * 20

    async def scenario(client: Any) -> list[str]:
        items = client.as_completed([*chats(10), *searches], concurrency=2)
        seen: list[str] = []
        async for item in each(items):
            seen.append(item.text)
            if len(seen) == 10:
                break
        await close(items)
        return seen

    assert len(run(scenario)) == 10
    assert sizes(running)[:1] == [10]
    assert len(sizes(running)) <= 2


def test_what_nobody_has_any_more_frees_the_connections(run: Runs, running: Running) -> None:
    running.server.plan(SEARCH, Fault(delay=PATIENCE))
    searches = [tool_request("search", {"query": "x"})] * 20

    async def scenario(client: Any) -> None:
        async def until(condition: Callable[[], bool]) -> None:
            end = time.monotonic() + PATIENCE
            while not condition():
                assert time.monotonic() < end
                await got(pause(client))
                await got(client.request("GET", "/health"))  # who uses the client sees to what is left

        items = client.as_completed([*chats(10), *searches], concurrency=2)
        async for item in each(items):
            assert item.ok
            break
        await until(lambda: len(sizes(running)) == 2 and running.connections == 2)
        del items
        gc.collect()
        await until(lambda: running.connections == 1)

    run(scenario)


def test_a_limit_for_all_runs(run: Runs, running: Running) -> None:
    running.server.plan(BATCH, Fault(), Fault(delay=PATIENCE))

    async def scenario(client: Any) -> BatchResult:
        with pytest.raises(RequestTimeout, match="total_timeout") as caught:
            await got(client.with_options(total_timeout=2).batch(chats(30)))
        assert isinstance(caught.value.partial, BatchResult)
        return caught.value.partial

    result = run(scenario)
    assert [item.ok for item in result] == [True] * 10 + [False] * 20
    assert all(item.outcome_unknown for item in result[10:20])
    assert all(item.not_sent for item in result[20:])


def test_cancelling_ends_all_of_it(running: Running) -> None:
    running.server.plan(BATCH, *[Fault(delay=PATIENCE)] * 4)

    async def later() -> None:
        async with AsyncAssistantClient(running.url, running.token) as client:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):
                    await client.batch(chats(30), concurrency=2)

    asyncio.run(later())

    async def in_trio() -> None:
        async with TrioAssistantClient(running.url, running.token) as client:
            with trio.move_on_after(0.2) as scope:
                await client.batch(chats(30), concurrency=2)
            assert scope.cancelled_caught

    trio.run(in_trio)
    until_free(running)
    assert len(sizes(running)) <= 4


# --- the client -----------------------------------------------------------------------------------


def test_the_environment(monkeypatch: pytest.MonkeyPatch, running: Running) -> None:
    for name, value in {
        "ASSISTANT_URL": running.url,
        "ASSISTANT_API_KEY": "a-key-1",
        "BATCH_MAX_SIZE": "2",
    }.items():
        monkeypatch.setenv(name, value)
    with AssistantClient() as client:
        assert client.batch(chats(3)).ok
    assert sizes(running) == [2, 1]
    monkeypatch.setenv("BATCH_MAX_SIZE", "many")
    with pytest.raises(ValueError, match="BATCH_MAX_SIZE must be a whole number"):
        AssistantClient()


def test_a_client_shows_no_key_and_is_itself(running: Running) -> None:
    client = AssistantClient(running.url, "secret-key")
    assert "secret-key" not in repr(client)
    assert repr(client).startswith("tgdrivers.assistant.threaded.AssistantClient('http://127.0.0.1:")
    other = client.with_options(timeout=1.0)
    assert (other == client, other == other, len({client, other})) == (False, True, 2)
    assert (other.options.timeout, client.options.timeout) == (1.0, 60.0)


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        ({"base_url": "ftp://x"}, ValueError),
        ({"max_retries": -1}, ValueError),
        ({"settings": {}}, TypeError),
        ({"strict": 1}, TypeError),
        ({"headers": {"a": 1}}, TypeError),
        ({"timeout": 0}, ValueError),
    ],
)
def test_arguments_that_are_wrong(wrong: dict[str, Any], kind: type[Exception]) -> None:
    for client in COLOURS.values():
        with pytest.raises(kind):
            client(**wrong)


def test_every_colour_has_the_same_parameters() -> None:
    for name in dir(AssistantClient):
        if name == "__init__" or isinstance(inspect.getattr_static(AssistantClient, name), Descriptor):
            shown = [inspect.signature(getattr(client, name)).parameters for client in COLOURS.values()]
            assert str(shown[0]) == str(shown[1]) == str(shown[2])


def test_errors_have_one_base() -> None:
    assert issubclass(TooLargeError, HttpError)
