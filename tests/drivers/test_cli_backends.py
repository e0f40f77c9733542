"""`tg ask --backend`, run as a user runs it, with embedded services."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.drivers.command import PATIENCE, TG, environment
from tgdrivers.testing import RunningService, assistant, edgequake
from tgproto.assistant.server import AssistantServer
from tgproto.edgequake.server import EdgequakeServer
from tgproto.serving.messages import WebAnswer
from tgproto.serving.plans import CUT, Fault

KEY = "eq_fixture_key"
PATH = "/api/v1/query/stream"

Running = RunningService[EdgequakeServer]


@dataclass
class Ended:
    code: int
    out: str
    err: str


@pytest.fixture
def served() -> Iterator[Running]:
    with edgequake(EdgequakeServer({"Why?": ("Be", "cause\n", "of it.")}, api_key=KEY), token=KEY) as running:
        yield running


def tg(*arguments: str, backend: str = "edgequake", **variables: str) -> Ended:
    process = subprocess.run(
        [*TG, "ask", *arguments, "--backend", backend],
        env=environment(**variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    out, err = process.stdout.decode(), process.stderr.decode()
    assert "Traceback" not in err
    assert KEY not in out + err
    return Ended(process.returncode, out, err)


def test_an_answer_is_printed_as_text(served: Running) -> None:
    ended = tg("Why?", "--url", served.url, "--token", KEY, "--mode", "hybrid", "--workspace", "w")
    assert ended == Ended(0, "Because\nof it.\n", "")
    request = served.server.requests[-1]
    assert json.loads(request.body or b"") == {"query": "Why?", "mode": "hybrid"}
    assert request.header("X-Workspace-ID") == "w"


def test_an_answer_is_printed_as_json(served: Running) -> None:
    ended = tg("Why?", "--url", served.url, "--token", KEY, "--json")
    lines = [json.loads(line) for line in ended.out.splitlines()]
    assert [line["kind"] for line in lines] == [
        "context",
        "source",
        "source",
        *["text"] * 3,
        "done",
        "result",
    ]
    assert "".join(line["content"] for line in lines if line["kind"] == "text") == "Because\nof it."
    assert lines[-1]["text"] == "Because\nof it."


def test_a_service_has_variables_of_its_own(served: Running) -> None:
    wrong = {"TRUSTGRAPH_URL": "http://127.0.0.1:9/", "TRUSTGRAPH_TOKEN": "tg_x", "TRUSTGRAPH_WORKSPACE": "x"}
    ended = tg("Why?", **wrong, EDGEQUAKE_BASE_URL=served.url, EDGEQUAKE_API_KEY=KEY)
    assert ended.code == 0
    assert served.server.requests[-1].header("X-Workspace-ID") is None


def test_another_dialect_is_spoken(served: Running) -> None:
    ended = tg("Why?", "--url", served.url, "--token", KEY, "--dialect", "guide")
    assert (ended.code, served.server.requests[-1].target) == (0, "/query/stream?query=Why%3F")


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--mode", "graph-rag"), 2, "tg: graph-rag is a mode of TrustGraph. Leave --mode out"),
        (("--dialect", "2.3.1"), 2, "tg: dialect must be one of 'server'"),
        (("--url", "ftp://h"), 2, "tg: the URL of a gateway begins with"),
        (("--url", "http://127.0.0.1:9"), 3, "Is EdgeQuake running?"),
        (("--token", "wrong"), 4, "tg: query.stream: "),
    ],
)
def test_what_cannot_be_asked(served: Running, options: tuple[str, ...], code: int, said: str) -> None:
    usual = () if "--url" in options else ("--url", served.url)
    ended = tg("Why?", *usual, *options)
    assert (ended.code, ended.out) == (code, "")
    assert said in ended.err
    assert ended.err.count("\n") == 1


@pytest.mark.parametrize(
    ("plan", "code", "out"),
    [
        (Fault(after=2, then=CUT), 5, "Be\n"),
        (Fault(after=0), 5, ""),
        (WebAnswer(403, b'{"error":"forbidden","message":"no"}'), 4, ""),
        (WebAnswer(500, b'{"message":"broken"}'), 1, ""),
        (WebAnswer(408), 6, ""),
    ],
    ids=["cut", "ends", "forbidden", "fails", "late"],
)
def test_how_it_ends(served: Running, plan: Fault | WebAnswer, code: int, out: str) -> None:
    served.server.plan(PATH, *[plan] * 5)
    ended = tg("Why?", "--url", served.url, "--token", KEY)
    assert (ended.code, ended.out) == (code, out)
    assert ended.err.startswith("tg: query.stream: ")


def test_an_assistant_is_asked() -> None:
    with assistant(AssistantServer({"Why?": ("Be", "cause.")}, api_key=KEY), token=KEY) as served:
        where = ("--url", served.url, "--token", KEY)
        assert tg("Why?", *where, backend="assistant") == Ended(0, "Because.\n", "")
        ended = tg("Why?", "--json", backend="assistant", ASSISTANT_URL=served.url, ASSISTANT_API_KEY=KEY)
        lines = [json.loads(line) for line in ended.out.splitlines()]
        assert [line["kind"] for line in lines] == ["start", "text", "text", "end", "result"]
        assert lines[-1]["text"] == "Because."
        served.server.plan("/api/agent/chat", Fault(after=2, then=CUT))
        assert tg("Why?", *where, backend="assistant").code == 5


@pytest.mark.parametrize("option", [("--mode", "mix"), ("--workspace", "w"), ("--dialect", "guide")])
def test_what_an_assistant_does_not_know(option: tuple[str, str]) -> None:
    ended = tg("Why?", *option, backend="assistant")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == f"tg: the AI Assistant API knows no {option[0][2:]}. Leave {option[0]} out\n"


def test_a_gateway_has_no_modes_of_others() -> None:
    ended = tg("Why?", "--mode", "hybrid", backend="trustgraph")
    assert (ended.code, ended.err) == (
        2,
        "tg: hybrid is a mode of EdgeQuake. Add --backend edgequake, or leave --mode out\n",
    )
