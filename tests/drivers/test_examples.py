"""The examples run, as a user would run them."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import pickle
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
from werkzeug.serving import make_server

from tgdrivers import Api
from tgdrivers.testing import RunningGateway, gateway
from tgproto.errors import ImportInterrupted

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
PATIENCE = 30


@pytest.fixture(scope="module")
def running() -> Iterator[RunningGateway]:
    with gateway() as server:
        yield server


def environment(server: RunningGateway | None = None) -> dict[str, str]:
    """Return the environment of somebody who has set a gateway, or none."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("TRUSTGRAPH_")}
    if server is None:
        return plain
    return {**plain, "TRUSTGRAPH_URL": server.url, "TRUSTGRAPH_TOKEN": server.token}


def run(*arguments: str, server: RunningGateway | None = None, folder: Path | None = None) -> str:
    """Run Python with warnings as errors, and return what it wrote."""
    process = subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        cwd=folder,
        env=environment(server),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=PATIENCE,
        check=False,
    )
    output = process.stdout.decode()
    assert process.returncode == 0, output
    return output


def load(name: str) -> ModuleType:
    """Import an example."""
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# --- scripts ----------------------------------------------------------------------------------


def test_the_demo_shows_each_driver_without_any_extra() -> None:
    script = str(EXAMPLES / "demo.py")
    plain = "import runpy, sys; sys.modules['rich'] = sys.modules['typer'] = None"
    output = run("-c", f"{plain}; sys.argv[1:] = []; runpy.run_path({script!r}, run_name='__main__')")
    assert all(f"── {name} " in output for name in ("asyncio", "trio", "threaded"))
    assert output.count("Ines Marlow") > 1
    one = run(script, "--driver", "trio")
    assert "── trio " in one
    assert "── asyncio " not in one


@pytest.mark.parametrize("own", [False, True], ids=["embedded", "own gateway"])
@pytest.mark.parametrize("name", ["script_asyncio", "script_trio", "script_threads"])
def test_scripts(name: str, running: RunningGateway, *, own: bool) -> None:
    output = run(str(EXAMPLES / f"{name}.py"), server=running if own else None)
    whole, streamed, *rest = output.splitlines()
    assert whole == f"{streamed} (graph-teller)"
    kinds = [line.partition(":")[0] for line in rest]
    assert kinds == [
        "AgentThought",
        "AgentObservation",
        "AgentThought",
        "AgentAnswer",
        "GatewayError",
        "Alder",
        "Merle",
        "Sorrel",
    ]


@pytest.mark.parametrize("name", ["blocking_client", "trio_websocket_carrier"])
def test_clients_written_on_the_core(name: str, running: RunningGateway) -> None:
    address = running.url.removeprefix("http://").rstrip("/")
    where = address.split(":") if name == "blocking_client" else [f"ws://{address}/api/v1/socket"]
    output = run(str(EXAMPLES / f"{name}.py"), *where, running.token, "n=3")
    assert output.count("chunk-") == 3


@pytest.mark.parametrize("own", [False, True], ids=["embedded", "own gateway"])
def test_partitions_are_imported_by_processes(running: RunningGateway, *, own: bool) -> None:
    output = run(str(EXAMPLES / "import_partitions.py"), server=running if own else None)
    *each, whole = output.splitlines()
    assert each == [f"partition {number}: 1000 items are confirmed" for number in range(4)]
    assert whole == "4000 items of 4 partitions are confirmed"


def test_a_partition_that_was_interrupted_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    example = load("import_partitions")
    partitions = [[example.label(number) for number in range(first, first + 500)] for first in (0, 500, 1000)]
    rounds: list[list[int]] = []

    def compute(tasks: list[Any]) -> list[Any]:
        """A scheduler that loses the worker of the second partition once, and that of the third always."""
        rounds.append([offset for *_, offset in tasks])
        return [lost(*task) if task[3] in doomed[len(rounds)] else example.attempt(*task) for task in tasks]

    def lost(url: str, token: str, flow: str, partition: list[Any], offset: int) -> ImportInterrupted:
        example.import_partition(url, token, flow, partition[: offset + 100], offset)
        error = ImportInterrupted("the worker is gone")
        error.offset = error.confirmed = error.sent = 100
        return pickle.loads(pickle.dumps(error))  # as between processes

    with gateway() as server:
        given = server.url, server.token, "default"
        doomed = {1: partitions[1:], 2: [], 3: []}
        assert example.import_all(*given, partitions, compute) == [500, 500, 500]
        assert rounds == [[0, 0, 0], [100, 100]]
        assert len(server.gateway.graphs.graph("default", "default").find(p=example.LABEL)) >= 1500
        assert "partition 1: 500 items are confirmed" in capsys.readouterr().out
        rounds.clear()
        doomed = dict.fromkeys((1, 2, 3), partitions[2:])
        with pytest.raises(ImportInterrupted, match="the worker is gone"):
            example.import_all(*given, partitions, compute)
        assert rounds == [[0, 0, 0], [100], [200]]


# --- the notebook -----------------------------------------------------------------------------


@pytest.mark.parametrize("own", [False, True], ids=["embedded", "own gateway"])
def test_the_notebook_runs_inside_a_loop(
    running: RunningGateway,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    own: bool,
) -> None:
    monkeypatch.delenv("TRUSTGRAPH_URL", raising=False)
    if own:
        monkeypatch.setenv("TRUSTGRAPH_URL", running.url)
        monkeypatch.setenv("TRUSTGRAPH_TOKEN", running.token)

    async def main() -> None:  # Jupyter runs cells in a loop's own thread
        names: dict[str, object] = {}
        for cell in cells("code"):
            exec(compile("".join(cell["source"]), cell["id"], "exec"), names)

    asyncio.run(main())
    shown = capsys.readouterr().out
    assert "graph-teller 52 ['Handbook of the Bridges of Varnland']" in shown
    assert "AgentThought: I should look up Ines Marlow in the graph." in shown
    assert "GatewayError" in shown


def test_the_notebook_is_cleared() -> None:
    assert cells("markdown")
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in cells("code"))


def cells(kind: str) -> list[dict[str, object]]:
    notebook = json.loads((EXAMPLES / "notebook.ipynb").read_text("utf-8"))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    return [cell for cell in notebook["cells"] if cell["cell_type"] == kind]


# --- web frameworks ---------------------------------------------------------------------------


@contextmanager
def web(name: str, server: RunningGateway | None = None) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run a web server on a free port; yield its address and process."""
    process = subprocess.Popen(
        [sys.executable, str(EXAMPLES / f"{name}.py")],
        env={**environment(server), "PORT": "0"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        log = ""
        while (found := re.search(r"http://127\.0\.0\.1:\d+", log)) is None:
            log += (line := process.stderr.readline())
            assert line, log
        yield found[0], process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("name", ["fastapi_stream", "flask_stream"])
def test_web_servers_stream(name: str, running: RunningGateway) -> None:
    with web(name, running) as (url, _), httpx.Client(base_url=url, timeout=PATIENCE) as client:
        answer = client.get("/complete", params={"prompt": "What crosses the Alder?"})
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert answer.text.startswith("Alder is a river.")
        # Two pieces come although the model then falls silent: nobody waited for the whole answer.
        with client.stream("GET", "/complete", params={"prompt": "drop=2"}) as stream:
            pieces = stream.iter_text()
            seen = ""
            while "chunk-1 " not in seen:
                seen += next(pieces)
        whole = client.get("/whole", params={"prompt": "What crosses the Alder?"})
        assert whole.json() == {"text": answer.text, "model": "graph-teller", "tokens": 33}
        failed = client.get("/whole", params={"prompt": "fail=0"})
        assert failed.status_code == 502
        assert failed.json()["detail"].startswith("text-completion in flow 'default'")
        with pytest.raises(httpx.RemoteProtocolError):
            client.get("/complete", params={"prompt": "fail=2"})


@pytest.mark.parametrize("name", ["fastapi_stream", "flask_stream"])
def test_web_servers_run_without_a_gateway_of_their_own(name: str) -> None:
    with web(name) as (url, process):
        answer = httpx.get(f"{url}/complete", params={"prompt": "n=2"}, timeout=PATIENCE)
        assert answer.text == "chunk-0 chunk-1 "
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)


def test_fastapi_a_client_that_leaves_cancels_the_call(running: RunningGateway) -> None:
    """The server waits for its requests before it ends: were one still reading, it could not end yet."""
    with web("fastapi_stream", running) as (url, process):
        with httpx.stream("GET", f"{url}/complete", params={"prompt": "drop=1"}, timeout=PATIENCE) as stream:
            next(stream.iter_text())
        process.send_signal(signal.SIGINT)
        _, log = process.communicate(timeout=PATIENCE)
    assert "Application shutdown complete" in log
    assert "Traceback" not in log


def test_flask_a_client_that_leaves_cancels_the_call(running: RunningGateway, tmp_path: Path) -> None:
    with Api(running.url, token=running.token, record=tmp_path) as api:
        server = make_server("127.0.0.1", 0, load("flask_stream").create_app(api))
        handler = threading.Thread(target=server.handle_request)
        handler.start()
        url = f"http://127.0.0.1:{server.server_port}/complete"
        with httpx.stream("GET", url, params={"prompt": "n=100000 delay=0.001"}, timeout=PATIENCE) as stream:
            next(stream.iter_text())
        handler.join(PATIENCE)
        server.server_close()
        assert not handler.is_alive()
        (transcript,) = tmp_path.iterdir()
        assert '"call": "cancel"' in transcript.read_text("utf-8")


# --- the README and the docs ------------------------------------------------------------------

PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
FENCE = re.compile(r"^```(py.*)\n((?s:.*?))^```$", re.MULTILINE)
FOUND = [(page, *block) for page in PAGES for block in FENCE.findall(page.read_text("utf-8"))]
BLOCKS = [(page.stem, code) for page, mark, code in FOUND if mark == "python"]
"""Complete programs. What cannot run alone is marked as ```python fragment."""


def test_code_in_the_docs_is_a_program_or_said_to_be_none() -> None:
    assert {mark for _, mark, _ in FOUND} <= {"python", "python fragment"}
    assert {name for name, _ in BLOCKS} == {
        "README",
        "assistant",
        "bulk",
        "drivers",
        "edgequake",
        "embedding",
        "http-services",
        "library",
        "migrating",
        "provenance",
        "rdf",
        "testing",
    }


@pytest.mark.parametrize("code", [code for _, code in BLOCKS], ids=[name for name, _ in BLOCKS])
def test_the_code_in_the_docs_runs(code: str, running: RunningGateway, tmp_path: Path) -> None:
    shutil.copy(Path(__file__).with_name("localhost.pem"), tmp_path)
    if "def test_" not in code:
        run("-c", code, server=running, folder=tmp_path)
        return
    (tmp_path / "test_block.py").write_text(code, "utf-8")
    # Where the package is not installed with its entry points, pytest has to be told of the fixture.
    known = any(point.value == "tgdrivers.pytest_plugin" for point in entry_points(group="pytest11"))
    plugin = [] if known else ["-p", "tgdrivers.pytest_plugin"]
    output = run("-m", "pytest", "-q", "-p", "no:cacheprovider", *plugin, server=running, folder=tmp_path)
    assert f"{code.count('def test_')} passed" in output


def test_links_in_the_docs_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
