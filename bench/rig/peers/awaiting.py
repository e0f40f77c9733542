"""The workloads for clients whose calls are awaited, under any runtime."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Any, Protocol

from bulk import WARM_UP, Content, as_list, awaited, embeddings, triples
from measure import PROMPT, Result, Stopwatch, tokens
from workloads import STREAMS

Opener = Callable[[str], AbstractAsyncContextManager[Any]]
"""Takes the gateway's URL; its block has the services of a flow."""

Job = Callable[[], Coroutine[Any, Any, int]]
"""Does some of the work; returns how much of it came out right."""


class Runtime(Protocol):
    """What a workload needs of a runtime."""

    def run(self, function: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
        """Run an asynchronous function to its end."""
        ...

    async def together(self, jobs: Iterable[Job]) -> int:
        """Run jobs as tasks side by side; return the sum of what they return."""
        ...


class Asyncio:
    """The runtime that comes with Python."""

    def run(self, function: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
        """Run an asynchronous function to its end."""
        return asyncio.run(function())

    async def together(self, jobs: Iterable[Job]) -> int:
        """Run jobs as tasks side by side; return the sum of what they return."""
        return sum(await asyncio.gather(*(job() for job in jobs)))


def works(
    runtime: Runtime, api: type[Any], content: Content, *, takes_iterables: bool = True
) -> dict[str, Callable[[str, int], Result]]:
    """Return the workloads that a client can run.

    Args:
        runtime: What runs it.
        api: Its class, of the same shape as for `blocking.works`.
        content: Makes what is imported.
        takes_iterables: Whether imports take other iterables than asynchronous ones.
    """
    given = as_list if takes_iterables else awaited

    @asynccontextmanager
    async def socket(url: str) -> AsyncGenerator[Any]:
        async with api(url, token="t") as client:
            yield client.socket().flow("default")

    @asynccontextmanager
    async def rest(url: str) -> AsyncGenerator[Any]:
        async with api(url, token="t") as client:
            yield client.flow().id("default")

    found = {
        "w1_1": partial(_one_by_one, socket),
        "w1_15": partial(_side_by_side, runtime, socket, 15),
        "w1_100": partial(_side_by_side, runtime, socket, 100),
        "w2": partial(_streams, runtime, socket, 1),
        "w6": partial(_streams, runtime, socket, STREAMS),
        "rest1": partial(_one_by_one, rest),
        "import": partial(_import, api, "import_triples", partial(triples, content), given),
        "import_iterator": partial(
            _import,
            api,
            "import_triples",
            partial(triples, content),
            iter if takes_iterables else awaited,
        ),
        "import_async": partial(_import, api, "import_triples", partial(triples, content), awaited),
        "import_vectors": partial(
            _import, api, "import_graph_embeddings", partial(embeddings, content), given
        ),
        "export": partial(_export, api),
    }
    return {name: partial(_run, runtime, function) for name, function in found.items()}


def _run(
    runtime: Runtime, function: Callable[[str, int], Coroutine[Any, Any, Result]], url: str, size: int
) -> Result:
    return runtime.run(lambda: function(url, size))


async def _one_by_one(opener: Opener, url: str, size: int) -> Result:
    right = 0
    async with opener(url) as flow:
        await flow.text_completion("s", PROMPT)
        with Stopwatch() as watch:
            for _ in range(size):
                start = time.perf_counter()
                answer = await flow.text_completion("s", PROMPT)
                watch.laps.append(time.perf_counter() - start)
                right += answer.text == PROMPT
        return watch.result(size, right)


async def _side_by_side(runtime: Runtime, opener: Opener, width: int, url: str, size: int) -> Result:
    async def work() -> int:
        right = 0
        for _ in range(size // width):
            right += (await flow.text_completion("s", PROMPT)).text == PROMPT
        return right

    async with opener(url) as flow:
        await flow.text_completion("s", PROMPT)
        with Stopwatch() as watch:
            right = await runtime.together([work] * width)
        return watch.result(size // width * width, right)


async def _streams(runtime: Runtime, opener: Opener, width: int, url: str, size: int) -> Result:
    async def read(count: int) -> int:
        chunks = 0
        async for _ in await flow.text_completion("s", tokens(count), streaming=True):
            chunks += 1
        return min(chunks, count)  # not every client hands out the last frame, which has no token

    async with opener(url) as flow:
        await read(10)
        with Stopwatch() as watch:
            right = await runtime.together([partial(read, size // width)] * width)
        return watch.result(size // width * width, right)


async def _import(
    api: type[Any],
    method: str,
    source: Callable[[int], list[Any]],
    given: Callable[[list[Any]], Any],
    url: str,
    size: int,
) -> Result:
    items = source(size)
    async with api(url, token="t") as client:
        run = getattr(client.bulk(), method)
        await run("default", given(items[:WARM_UP]))
        with Stopwatch() as watch:
            await run("default", given(items))
        return watch.result(size, size)  # the gateway counts


async def _export(api: type[Any], url: str, size: int) -> Result:
    count = 0
    async with api(url, token="t") as client:
        run = client.bulk().export_triples
        async for _ in run(f"n{WARM_UP}", limit=WARM_UP):
            pass
        with Stopwatch() as watch:
            async for _ in run(f"n{size}", limit=size):
                count += 1
        return watch.result(size, count)
