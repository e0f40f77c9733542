"""EdgeQuake's clients in every colour: what they do when things go wrong, and what they leave behind."""

from __future__ import annotations

import asyncio
import gc
import inspect
import time
import tracemalloc
from collections.abc import Awaitable, Callable, Iterator
from itertools import repeat
from typing import Any

import pytest
import trio

from tgdrivers import edgequake as eq
from tgdrivers.edgequake import exceptions
from tgdrivers.testing import RunningService, edgequake
from tgproto.edgequake.server import EdgequakeServer
from tgproto.edgequake.server_answers import rate_limited
from tgproto.serving.messages import Cut, Pause, WebAnswer
from tgproto.serving.plans import CUT, STALL, Fault
from tgproto.web.errors import UnauthorizedError

KEY = "eq_key"
QUERY, CHAT = "/api/v1/query/stream", "/api/v1/chat/completions/stream"
TOKEN = b'data: {"type":"token","content":"word "}\n\n'
DONE = b'data: {"type":"done"}\n\n'
EVENTS = "text/event-stream"

Running = RunningService[EdgequakeServer]


class Blocking:
    """The blocking client with the face of the awaited ones; whoever awaits it is blocked."""

    def __init__(self, client: eq.EdgequakeClient) -> None:
        self.client = client

    async def collect(self, stream: Any, into: list[Any]) -> None:
        for chunk in stream:
            into.append(chunk)  # noqa: PERF402

    async def result(self, stream: Any) -> Any:
        return stream.result()

    async def first(self, stream: Any) -> Any:
        return next(stream)

    async def value(self, value: Any) -> Any:
        return value

    async def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class Awaited(Blocking):
    """An awaited client."""

    async def collect(self, stream: Any, into: list[Any]) -> None:
        async for chunk in stream:
            into.append(chunk)  # noqa: PERF401

    async def result(self, stream: Any) -> Any:
        return await stream.result()

    async def first(self, stream: Any) -> Any:
        return await anext(stream)

    async def value(self, value: Any) -> Any:
        return await value


class AsyncioColour(Awaited):
    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class TrioColour(Awaited):
    async def sleep(self, seconds: float) -> None:
        await trio.sleep(seconds)


Story = Callable[[Any], Awaitable[None]]


def _blocking(story: Story, *args: Any, **options: Any) -> None:
    with eq.EdgequakeClient(*args, **options) as client, pytest.raises(StopIteration):
        story(Blocking(client)).__await__().send(None)  # type: ignore[attr-defined]


def _asyncio(story: Story, *args: Any, **options: Any) -> None:
    async def main() -> None:
        async with eq.AsyncEdgequakeClient(*args, **options) as client:
            await story(AsyncioColour(client))

    asyncio.run(main())


def _trio(story: Story, *args: Any, **options: Any) -> None:
    async def main() -> None:
        async with eq.TrioEdgequakeClient(*args, **options) as client:
            await story(TrioColour(client))

    trio.run(main)


@pytest.fixture(params=[_blocking, _asyncio, _trio], ids=["threads", "asyncio", "trio"])
def tell(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Runs a story with a client of a colour."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def served() -> Iterator[Running]:
    with edgequake(EdgequakeServer(api_key=KEY), token=KEY) as running:
        yield running


def events(*pieces: Any) -> WebAnswer:
    return WebAnswer(200, content_type=EVENTS, pieces=iter(pieces))


async def until(colour: Any, condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        await colour.sleep(0.005)


# --- bad ends ---------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [QUERY, CHAT])
@pytest.mark.parametrize("end", [(), CUT], ids=["ends", "is cut"])
def test_a_stream_without_an_end_is_an_error_with_the_text(
    served: Running, tell: Any, path: str, end: tuple[Any, ...]
) -> None:
    async def story(colour: Any) -> None:
        shown: list[Any] = []
        group = colour.client.query if path == QUERY else colour.client.chat
        with pytest.raises(exceptions.IncompleteStreamError, match=r"the stream (ended|broke)") as caught:
            await colour.collect(group.stream("Why?"), shown)
        assert caught.value.partial == "word word " == "".join(map(str, shown))
        assert isinstance(caught.value, exceptions.NetworkError)
        assert isinstance(caught.value, exceptions.EdgeQuakeError)

    served.server.plan(path, events(TOKEN, TOKEN, *end))
    tell(story, served.url, api_key=KEY)
    assert len(served.server.requests) == 1


@pytest.mark.parametrize("end", [(), CUT], ids=["ends", "is cut"])
def test_what_breaks_behind_the_end_is_no_failure(served: Running, tell: Any, end: tuple[Any, ...]) -> None:
    async def story(colour: Any) -> None:
        assert (await colour.result(colour.client.chat.stream("Why?"))).text == "word "

    served.server.plan(CHAT, events(TOKEN, DONE, Pause(0.05), *end))
    tell(story, served.url, api_key=KEY)


def test_an_error_in_a_stream_is_raised_with_its_code_and_the_text(served: Running, tell: Any) -> None:
    async def story(colour: Any) -> None:
        shown: list[Any] = []
        with pytest.raises(exceptions.StreamError, match="out of words") as caught:
            await colour.collect(colour.client.query.stream("Why?"), shown)
        assert caught.value.code == "QUERY_FAILED"
        assert caught.value.partial == "word " == "".join(map(str, shown))

    error = b'data: {"type":"error","message":"out of words","code":"QUERY_FAILED"}\n\n'
    served.server.plan(QUERY, events(TOKEN, error, TOKEN, DONE))
    tell(story, served.url, api_key=KEY)


def test_signs_of_life_do_not_hide_a_stuck_stream(served: Running, tell: Any) -> None:
    async def story(colour: Any) -> None:
        with pytest.raises(TimeoutError, match="progress_timeout") as caught:
            await colour.result(colour.client.query.stream("Why?"))
        assert caught.value.partial == "word "  # type: ignore[attr-defined]
        assert isinstance(caught.value, exceptions.EdgeQuakeError)

    alive = (Pause(0.02), b": keep-alive\n\n")
    served.server.plan(QUERY, Fault(after=0, then=(TOKEN, *alive * 500)))
    tell(story, served.url, api_key=KEY, progress_timeout=0.2, timeout=30)


def test_signs_of_life_keep_a_slow_stream(served: Running, tell: Any) -> None:
    async def story(colour: Any) -> None:
        assert (await colour.result(colour.client.query.stream("Why?"))).text == "word word "

    alive = (Pause(0.05), b": keep-alive\n\n") * 8
    served.server.plan(QUERY, events(*alive, TOKEN, *alive, TOKEN, DONE))
    tell(story, served.url, api_key=KEY, timeout=0.25)


@pytest.mark.parametrize(("restarts", "fallback"), [(1, False), (0, True)])
def test_a_stream_that_may_begin_anew_says_so(
    served: Running, tell: Any, restarts: int, fallback: bool
) -> None:
    async def story(colour: Any) -> None:
        shown: list[Any] = []
        stream = colour.client.query.restarting_stream("Why?", restarts=restarts, fallback=fallback)
        await colour.collect(stream, shown)
        kinds = [chunk.type for chunk in shown]
        assert kinds[:3] == ["token", "token", "restarted"]
        assert "".join(map(str, shown[3:])) == "You asked: Why?"
        assert kinds[-1] == "done"

    served.server.plan(QUERY, events(TOKEN, TOKEN, *CUT))
    tell(story, served.url, api_key=KEY)


# --- again, or not ----------------------------------------------------------------------------


def test_a_query_that_was_refused_is_asked_again(served: Running, tell: Any) -> None:
    async def story(colour: Any) -> None:
        assert (await colour.result(colour.client.query.stream("Why?"))).text == "You asked: Why?"
        assert len(served.server.requests) == 3

    later = (("Retry-After", "0"),)
    served.server.plan(QUERY, WebAnswer(503, b'{"code":"read_path_busy"}', more=later), rate_limited(0))
    tell(story, served.url, api_key=KEY)


def test_a_query_is_asked_again_if_nothing_had_come(served: Running, tell: Any) -> None:
    async def story(colour: Any) -> None:
        await colour.value(colour.client.health())
        assert (await colour.result(colour.client.query.stream("Why?"))).text == "You asked: Why?"
        assert len(served.server.requests) == 3

    served.server.plan(QUERY, Cut())
    tell(story, served.url, api_key=KEY)


def test_refusals_end_at_max_retries(served: Running, tell: Any) -> None:
    async def story(colour: Any) -> None:
        with pytest.raises(exceptions.ServiceUnavailableError) as caught:
            await colour.result(colour.client.query.stream("Why?"))
        assert (caught.value.status, caught.value.code, caught.value.message) == (503, "BUSY", "later")
        assert len(served.server.requests) == 2

    busy = WebAnswer(503, b'{"code":"BUSY","message":"later"}', more=(("Retry-After", "0"),))
    served.server.plan(QUERY, *[busy] * 5)
    tell(story, served.url, api_key=KEY, max_retries=1)


async def said(colour: Any, chat: Any) -> None:
    await colour.value(chat.completions("Hello"))


@pytest.mark.parametrize("answer", [WebAnswer(503), WebAnswer(429), WebAnswer(504), Cut()], ids=repr)
@pytest.mark.parametrize("path", [CHAT, "/api/v1/chat/completions"])
def test_nothing_is_said_twice(served: Running, tell: Any, answer: Any, path: str) -> None:
    async def story(colour: Any) -> None:
        await colour.value(colour.client.health())
        chat = colour.client.chat
        with pytest.raises(exceptions.EdgeQuakeError):
            await (colour.result(chat.stream("Hello")) if path == CHAT else said(colour, chat))
        assert len(served.server.requests) == 2

    served.server.plan(path, answer)
    tell(story, served.url, api_key=KEY)


def test_a_key_that_was_refused_is_replaced_once(tell: Any) -> None:
    server = EdgequakeServer(users={"me": "secret"})
    good = server.accounts.login("me", "secret")
    assert good is not None
    asked: list[str] = []

    def refresh() -> str:
        asked.append("again")
        return str(good["access_token"])

    async def story(colour: Any) -> None:
        assert (await colour.result(colour.client.query.stream("Why?"))).text == "You asked: Why?"
        assert (await colour.value(colour.client.chat.completions("Hello"))).text == "You asked: Hello"

    with edgequake(server) as running:
        tell(story, running.url, jwt="old", on_token_refresh=refresh)
        assert asked == ["again"]

        async def refused(colour: Any) -> None:
            with pytest.raises(UnauthorizedError):
                await colour.value(colour.client.query.execute("Why?"))

        tell(refused, running.url, jwt="old", on_token_refresh=lambda: "older")
        tell(refused, running.url, api_key="wrong")


# --- what is left behind ----------------------------------------------------------------------


def test_leaving_the_loop_closes_the_connection_at_once(served: Running, tell: Any) -> None:
    """Closing does; so does whoever has no more use for the stream."""

    async def story(colour: Any) -> None:
        for leave in (lambda stream: stream.cancel(), lambda stream: None):
            served.server.plan(QUERY, Fault(after=3, then=STALL))
            stream = colour.client.query.stream("Why?")
            await colour.first(stream)
            assert served.connections == 1
            leave(stream)
            del stream
            gc.collect()
            await until(colour, lambda: served.connections == 0)

    tell(story, served.url, api_key=KEY)


def test_one_of_two_streams_is_left(served: Running, tell: Any) -> None:
    async def story(colour: Any) -> None:
        served.server.plan(QUERY, Fault(after=2, then=STALL))
        left = colour.client.query.stream("Why?")
        await colour.first(left)
        kept = colour.client.query.stream("How?")
        await colour.first(kept)
        left.cancel()
        assert (await colour.result(kept)).text == "You asked: How?"
        await until(colour, lambda: served.connections == 1)

    tell(story, served.url, api_key=KEY)


def test_memory_does_not_grow_with_the_stream(served: Running, tell: Any) -> None:
    """A stream of 40 MB is read with less than 12 MB, those of the server included."""
    size, count = 4096, 10_000
    event = b'data: {"type":"token","content":"%s"}\n\n' % (b"x" * size)

    async def story(colour: Any) -> None:
        stream, seen = colour.client.query.stream("Why?"), 0
        await colour.first(stream)
        tracemalloc.start()
        try:
            if isinstance(colour, Awaited):
                async for chunk in stream:
                    seen += len(chunk.text)
            else:
                for chunk in stream:
                    seen += len(chunk.text)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert seen == (count - 1) * size
        assert peak < 12 * 2**20

    served.server.plan(QUERY, WebAnswer(200, content_type=EVENTS, pieces=iter([*repeat(event, count), DONE])))
    tell(story, served.url, api_key=KEY)


def test_events_may_be_large(served: Running, tell: Any) -> None:
    """A graph in batches of 5 MB takes the memory of a few of them, however many there are."""
    batch = b'data: {"type":"nodes","nodes":[{"id":"n","description":"%s"}]}\n\n' % (b"x" * 5 * 2**20)

    async def story(colour: Any) -> None:
        stream = colour.client.stream("GET", "/api/v1/graph/stream")
        tracemalloc.start()
        try:
            for _ in range(12):
                chunk = await colour.first(stream)
                assert len(chunk["nodes"][0]["description"]) == 5 * 2**20
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert (await colour.first(stream)).done
        assert peak < 12 * 5 * 2**20

    pieces = iter([*repeat(batch, 12), DONE])
    served.server.plan("/api/v1/graph/stream", WebAnswer(200, content_type=EVENTS, pieces=pieces))
    tell(story, served.url, api_key=KEY)


# --- any endpoint -----------------------------------------------------------------------------


def test_every_endpoint_can_be_asked(served: Running, tell: Any) -> None:
    async def story(colour: Any) -> None:
        client = colour.client
        assert (await colour.value(client.health()))["status"] == "healthy"
        made = await colour.value(
            client.request("POST", "/api/v1/documents", json={"content": "Text", "title": "A/B?"})
        )
        listed = await colour.value(client.request("GET", ["api", "v1", "documents"], query={"page": 1}))
        assert [document["id"] for document in listed["documents"]] == [made["document_id"]]
        assert await colour.value(client.request("POST", "/api/v1/auth/logout")) is None
        with pytest.raises(exceptions.NotFoundError):
            await colour.value(client.request("GET", ["api", "v1", "graph", "entities", "A/B?#%"]))
        assert served.server.requests[-1].target == "/api/v1/graph/entities/A%2FB%3F%23%25"

    tell(story, served.url, api_key=KEY)


def test_every_endpoint_can_be_streamed(tell: Any) -> None:
    async def story(colour: Any) -> None:
        client = colour.client
        graph: list[Any] = []
        await colour.collect(client.stream("GET", "/api/v1/graph/stream", query={"max_nodes": 2}), graph)
        assert [event.type for event in graph] == ["metadata", "nodes", "edges", "done"]
        for track in ("complete", "error", "timeout"):
            progress: list[Any] = []
            path = f"/api/v1/documents/pdf/progress/stream/{track}"
            await colour.collect(client.stream("GET", path), progress)
            assert progress[-1].type == track
        last = await colour.result(
            client.stream("POST", "/api/generate", json={"model": "m", "prompt": "Why?", "stream": True})
        )
        assert last.done

    server = EdgequakeServer(tracks={track: track for track in ("complete", "error", "timeout")})
    with edgequake(server, token="") as running:
        tell(story, running.url)


def test_a_missing_endpoint_names_the_other_dialect(served: Running, tell: Any) -> None:
    async def story(colour: Any) -> None:
        for status in (404, 405):
            served.server.plan("/query/stream", WebAnswer(status))
            with pytest.raises(exceptions.NotFoundError, match='dialect="server"'):
                await colour.result(colour.client.query.stream("Why?"))

    tell(story, served.url, api_key=KEY, dialect="guide")


def test_a_client_of_another_workspace_shares_the_connections(served: Running, tell: Any) -> None:
    async def story(colour: Any) -> None:
        other = colour.client.with_workspace("w-2")
        assert type(other) is type(colour.client)
        assert other != colour.client
        for client, workspace in ((colour.client, "w-1"), (other, "w-2"), (other.with_workspace(None), None)):
            await colour.value(client.query.execute("Why?"))
            request = served.server.requests[-1]
            assert request.header("X-Workspace-ID") == workspace
            assert request.header("X-Tenant-ID") == "t"
            assert request.header("X-User-ID") == "u"
        assert served.connections == 1

    tell(story, served.url, api_key=KEY, workspace_id="w-1", tenant_id="t", user_id="u")


def test_a_chat_that_nobody_owns_says_what_is_missing(tell: Any) -> None:
    async def story(colour: Any) -> None:
        with pytest.raises(exceptions.UnauthorizedError, match="tenant_id= and user_id="):
            await colour.value(colour.client.chat.completions("Hello"))

    with edgequake(EdgequakeServer(tenants=True), token="") as running:
        tell(story, running.url)


# --- clients themselves -----------------------------------------------------------------------

CLIENTS = [eq.EdgequakeClient, eq.AsyncEdgequakeClient, eq.TrioEdgequakeClient]


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"api_key": "a", "jwt": "b"}, ValueError, "api_key and jwt"),
        ({"api_key": "a\nb"}, ValueError, "line break"),
        ({"dialect": "klingon"}, ValueError, "dialect must be one of"),
        ({"dialect": 5}, TypeError, "dialect must be"),
        ({"max_retries": -1}, ValueError, "max_retries"),
        ({"max_retries": "3"}, TypeError, "max_retries"),
        ({"timeout": 0}, ValueError, "timeout"),
        ({"total_timeout": -1}, ValueError, "total_timeout"),
        ({"progress_timeout": 0}, ValueError, "progress_timeout"),
        ({"tenant_id": 5}, TypeError, "tenant_id"),
        ({"user_id": ""}, ValueError, "user_id"),
        ({"user_id": "a\nb"}, exceptions.LocalProtocolError, "X-User-ID"),
        ({"workspace_id": ""}, ValueError, "workspace"),
        ({"base_url": "ftp://h"}, ValueError, "URL"),
        ({"on_token_refresh": 5}, TypeError, "token"),
    ],
)
@pytest.mark.parametrize("kind", CLIENTS)
def test_wrong_arguments_are_refused(
    kind: Any, options: dict[str, Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        kind(**options)


@pytest.mark.parametrize("kind", CLIENTS)
def test_no_key_is_shown(kind: Any) -> None:
    client = kind("http://h/eq", api_key="secret-key")
    assert repr(client) == f"{kind.__module__}.{kind.__name__}('http://h/eq/')"
    assert "secret-key" not in repr(vars(client))
    assert client == client
    assert len({client, kind("http://h/eq")}) == 2


def test_clients_have_the_same_signatures() -> None:
    assert len({inspect.signature(kind) for kind in CLIENTS}) == 1
    for way in ("execute", "stream"):
        shown = [inspect.signature(getattr(type(kind("http://h").query), way)).parameters for kind in CLIENTS]
        assert shown[0] == shown[1] == shown[2]


def test_trio_clients_have_to_be_entered() -> None:
    async def main() -> None:
        with pytest.raises(exceptions.LocalProtocolError, match="this TrioEdgequakeClient is not entered"):
            await eq.TrioEdgequakeClient("http://h").health()

    trio.run(main)


def test_names_are_loaded_when_they_are_asked_for() -> None:
    assert set(eq.__all__) <= set(dir(eq))
    for name in eq.__all__:
        assert getattr(eq, name).__name__ == name
    with pytest.raises(AttributeError, match="nothing"):
        eq.nothing  # noqa: B018


def test_errors_have_the_names_of_the_guides() -> None:
    for name in exceptions.__all__:
        kind = getattr(exceptions, name)
        assert issubclass(kind, exceptions.EdgeQuakeError) or kind is TimeoutError, name
    assert issubclass(exceptions.BadRequestError, exceptions.ValidationError)
    assert issubclass(exceptions.TimedOutError, exceptions.TimeoutError)
    assert issubclass(exceptions.NetworkError, ConnectionError)
    error = exceptions.RequestTimeout("timeout", 5)
    assert (error.message, error.status, error.code) == ("no answer came within 5 s", None, "")
