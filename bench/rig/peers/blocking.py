"""The workloads for clients whose calls block."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any

from bulk import WARM_UP, Content, as_list, embeddings, triples
from measure import PROMPT, Result, Stopwatch, tokens
from workloads import THREADS

Opener = Callable[[str], AbstractContextManager[Any]]
"""Takes the gateway's URL; its block has the services of a flow."""

PATIENCE = 10.0
"""Seconds that threads may take before they are left behind."""


def works(api: type[Any], content: Content) -> dict[str, Callable[[str, int], Result]]:
    """Return the workloads that a client can run.

    Args:
        api: Its class, which takes a URL and a token. An instance is a context manager; `socket().flow(id)`
            has the services of a flow over the socket, `flow().id(id)` those over REST, and `bulk()` is for
            imports and exports.
        content: Makes what is imported.
    """

    @contextmanager
    def socket(url: str) -> Generator[Any]:
        with api(url, token="t") as client:
            yield client.socket().flow("default")

    @contextmanager
    def rest(url: str) -> Generator[Any]:
        with api(url, token="t") as client:
            yield client.flow().id("default")

    return {
        "w1_1": partial(_one_by_one, socket),
        "w2": partial(_stream, socket),
        "w7": partial(_threads, socket),
        "rest1": partial(_one_by_one, rest),
        "import": partial(_import, api, "import_triples", partial(triples, content), as_list),
        "import_iterator": partial(_import, api, "import_triples", partial(triples, content), iter),
        "import_vectors": partial(
            _import, api, "import_graph_embeddings", partial(embeddings, content), as_list
        ),
        "export": partial(_export, api),
    }


def _one_by_one(opener: Opener, url: str, size: int) -> Result:
    right = 0
    with opener(url) as flow:
        flow.text_completion("s", PROMPT)
        with Stopwatch() as watch:
            for _ in range(size):
                start = time.perf_counter()
                answer = flow.text_completion("s", PROMPT)
                watch.laps.append(time.perf_counter() - start)
                right += answer.text == PROMPT
        return watch.result(size, right)


def _stream(opener: Opener, url: str, size: int) -> Result:
    with opener(url) as flow:
        list(flow.text_completion("s", tokens(10), streaming=True))
        with Stopwatch() as watch:
            count = sum(1 for _ in flow.text_completion("s", tokens(size), streaming=True))
        return watch.result(size, count - 1)  # the last frame has no token


def _threads(opener: Opener, url: str, size: int) -> Result:
    """Count what comes back right: not every client allows this."""
    right = [0] * THREADS
    errors: Counter[str] = Counter()

    def work(number: int) -> None:
        for turn in range(size // THREADS):
            prompt = f"thread {number} {turn} {PROMPT}"
            try:
                if flow.text_completion("s", prompt).text == prompt:
                    right[number] += 1
                else:
                    errors["wrong answer"] += 1
            except Exception as error:  # noqa: BLE001 - any failure is a finding
                errors[f"{type(error).__name__}: {error}"[:100]] += 1

    with opener(url) as flow:
        flow.text_completion("s", PROMPT)
        threads = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(THREADS)]
        deadline = time.monotonic() + PATIENCE
        with Stopwatch() as watch:
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(max(0.0, deadline - time.monotonic()))
        errors["threads hang"] += sum(thread.is_alive() for thread in threads)
        return watch.result(size, sum(right), dict(+errors))


def _import(
    api: type[Any],
    method: str,
    source: Callable[[int], list[Any]],
    given: Callable[[list[Any]], Any],
    url: str,
    size: int,
) -> Result:
    items = source(size)
    with api(url, token="t") as client:
        run = getattr(client.bulk(), method)
        run("default", given(items[:WARM_UP]))
        with Stopwatch() as watch:
            run("default", given(items))
        return watch.result(size, size)  # the gateway counts


def _export(api: type[Any], url: str, size: int) -> Result:
    with api(url, token="t") as client:
        run = client.bulk().export_triples
        list(run(f"n{WARM_UP}", limit=WARM_UP))
        with Stopwatch() as watch:
            count = sum(1 for _ in run(f"n{size}", limit=size))
        return watch.result(size, count)
