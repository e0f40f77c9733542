"""The command `tg`, run as a user runs it: a process, with a gateway that `tg serve` has started."""

from __future__ import annotations

import json
import os
import pty
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.drivers.command import PATIENCE, TG, environment, without

CERTIFICATE = Path(__file__).with_name("localhost.pem")
KEY = "tg_fixture_key"
WRONG = "tg_mistaken_key"
QUESTION = "Who built Kestrel Bridge?"


@dataclass
class Ended:
    code: int
    out: str
    err: str


def tg(*arguments: str, program: tuple[str, ...] = TG, **variables: str) -> Ended:
    """Run a command to its end. No token may show in what it writes."""
    process = subprocess.run(
        [*program, *arguments],
        env=environment(**variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    out, err = process.stdout.decode(), process.stderr.decode()
    assert "Traceback" not in err
    assert not any(token in out + err for token in (KEY, WRONG))
    return Ended(process.returncode, out, err)


def failure(ended: Ended) -> str:
    """Return the one line that an error takes."""
    assert ended.err.startswith("tg: "), ended
    assert ended.err.count("\n") == 1, ended.err
    return ended.err


@dataclass
class Serving:
    """A gateway, and what it said when it began."""

    process: subprocess.Popen[str]
    said: str
    url: str

    def interrupt(self) -> tuple[int, str]:
        self.process.send_signal(signal.SIGINT)
        rest, _ = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, rest


@contextmanager
def serving(*options: str) -> Iterator[Serving]:
    process = subprocess.Popen(
        [*TG, "serve", "--port", "0", "--json", *options],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        yield Serving(process, said, json.loads(said)["url"])
    finally:
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def gateway() -> Iterator[str]:
    with serving("--key", KEY) as server:
        yield server.url


@pytest.fixture(scope="module")
def tls_gateway() -> Iterator[str]:
    with serving("--anonymous", "--cert", str(CERTIFICATE)) as server:
        yield server.url


# --- ask and agent ----------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [(), ("--mode", "document-rag"), ("--mode", "text")])
def test_an_answer_is_all_that_is_written(gateway: str, mode: tuple[str, ...]) -> None:
    ended = tg("ask", *mode, QUESTION, "--url", gateway, "--token", KEY)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("Kestrel Bridge is a bridge.")
    assert "was built by Ines Marlow." in ended.out
    assert ended.out.count("\n") == 1


def test_characters_that_cannot_be_shown(gateway: str) -> None:
    to = {"TRUSTGRAPH_URL": gateway, "TRUSTGRAPH_TOKEN": KEY, "PYTHONIOENCODING": "ascii"}
    assert tg("ask", "--mode", "text", "ANSWER<<caf\u00e9>>", **to).out == "caf?\n"
    as_json = tg("ask", "--mode", "text", "--json", "ANSWER<<caf\u00e9>>", **to).out
    assert json.loads(as_json.splitlines()[-1])["text"] == "caf\u00e9"


def test_an_agent_tells_how_it_came_to_its_answer(gateway: str) -> None:
    ended = tg("agent", QUESTION, TRUSTGRAPH_URL=gateway, TRUSTGRAPH_TOKEN=KEY)
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert [line.split()[0] for line in lines] == ["thought", "observation", "thought", "answer"]
    assert lines[0] == "thought      I should look up Kestrel Bridge in the graph."
    assert "Ines Marlow" in lines[-1]


def test_an_answer_as_json(gateway: str) -> None:
    ended = tg("ask", "--json", QUESTION, TRUSTGRAPH_URL=gateway, TRUSTGRAPH_TOKEN=KEY)
    assert (ended.code, ended.err) == (0, "")
    *chunks, result = map(json.loads, ended.out.splitlines())
    assert {chunk["kind"] for chunk in chunks} == {"text"}
    assert result["kind"] == "result"
    assert result["text"] == "".join(chunk["content"] for chunk in chunks)
    assert result["model"] == "graph-teller"
    assert result["sources"] == [
        {"uri": "https://example.org/demo/doc/handbook", "title": "Handbook of the Bridges of Varnland"}
    ]


def test_an_agent_as_json(gateway: str) -> None:
    ended = tg("agent", "--json", QUESTION, TRUSTGRAPH_URL=gateway, TRUSTGRAPH_TOKEN=KEY)
    *chunks, result = map(json.loads, ended.out.splitlines())
    assert {chunk["kind"] for chunk in chunks} == {"thought", "observation", "answer"}
    answer = "".join(chunk["content"] for chunk in chunks if chunk["kind"] == "answer")
    assert result["text"] == answer
    assert "sources" not in result


def test_options_come_before_the_environment(gateway: str) -> None:
    wrong = {"TRUSTGRAPH_URL": "http://localhost:1", "TRUSTGRAPH_TOKEN": WRONG, "TRUSTGRAPH_WORKSPACE": "x"}
    options = ("--url", gateway, "--token", KEY, "--workspace", "default")
    assert tg("ask", "n=1", *options, **wrong).out == "chunk-0 \n"


# --- errors -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code", "texts"),
    [
        (("ask", "n=1", "--token", WRONG), 4, ("auth", "--token or TRUSTGRAPH_TOKEN")),
        (("ask", "n=1", "--workspace", "nowhere"), 1, ("workspace", "--workspace")),
        (("ask", "n=1", "--flow", "nowhere"), 1, ("nowhere", "--flow")),
        (("ask", "n=1", "--flow", KEY), 1, ("***", "--flow")),  # a peer that repeats the token
        (("ask", "n=1", "--flow", ""), 2, ("flow", "`tg ask --help`")),
        (("agent", "n=1", "--flow", ""), 2, ("flow", "`tg agent --help`")),
        (("ask", "fail=2"), 1, ("scripted failure after 2 chunks", "log")),
        (("agent", "fail=0"), 1, ("gateway-error",)),
        (("ask", "hang=1", "--timeout", "0.2"), 6, ("0.2 s", "--timeout")),
        (("ask", "n=1", "--url", "localhost:8088"), 2, ("http://", "--help")),
        (("ask", "n=1", "--url", "http://host.invalid"), 3, ("host.invalid", "spelling")),
        (("ask", "n=1", "--url", "https://localhost", "--verify", "/nowhere.pem"), 2, ("verify", "--help")),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_an_error_takes_one_line_that_says_what_to_try(
    gateway: str, arguments: tuple[str, ...], code: int, texts: tuple[str, ...]
) -> None:
    ended = tg(*arguments, TRUSTGRAPH_URL=gateway, TRUSTGRAPH_TOKEN=KEY)
    assert ended.code == code
    assert all(text in failure(ended) for text in texts), ended.err


def test_a_broken_off_answer_ends_its_line(gateway: str) -> None:
    assert tg("ask", "fail=2", "--url", gateway, "--token", KEY).out == "chunk-0 chunk-1 \n"
    assert tg("ask", "fail=0", "--url", gateway, "--token", KEY).out == ""


def test_errors_as_json(gateway: str) -> None:
    ended = tg("ask", "--json", "fail=1", "--url", gateway, "--token", KEY)
    assert ended.code == 1
    assert [json.loads(line)["kind"] for line in ended.out.splitlines()] == ["text"]
    assert json.loads(ended.err) == {
        "error": "GraphRagError",
        "about": "graph-rag in flow 'default'",
        "message": "graph-rag-error: scripted failure after 1 chunks",
        "hint": "The gateway's log may say more",
        "exit_code": 1,
    }
    ended = tg("ask", "--json", "n=1", "--url", "nowhere")
    assert json.loads(ended.err)["error"] == "CommandError"
    assert json.loads(ended.err)["exit_code"] == ended.code == 2


def test_nothing_listens() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        ended = tg("ask", "n=1", "--url", f"http://127.0.0.1:{unused.getsockname()[1]}")
    assert ended.code == 3
    assert "`tg serve`" in failure(ended)


class NotFound(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_error(404)

    def log_message(self, *_: object) -> None:
        pass


def test_something_else_listens() -> None:
    with HTTPServer(("127.0.0.1", 0), NotFound) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        ended = tg("ask", "n=1", "--url", f"http://127.0.0.1:{server.server_port}", "--token", KEY)
        server.shutdown()
    assert ended.code == 3
    assert "something else" in failure(ended)


def test_the_gateway_dies_on_the_way() -> None:
    with serving("--key", KEY) as server, streaming(server.url, "n=2000 delay=0.01") as process:
        server.process.kill()
        _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 5
    assert err.startswith("tg: graph-rag in flow 'default': ")
    assert err.count("\n") == 1


def test_tls(tls_gateway: str) -> None:
    assert tls_gateway.startswith("https://")
    ended = tg("ask", "n=1", "--url", tls_gateway)
    assert ended.code == 3
    assert "--verify" in failure(ended)
    trusted = tg("ask", "n=1", "--url", tls_gateway, "--verify", str(CERTIFICATE))
    assert (trusted.code, trusted.out, trusted.err) == (0, "chunk-0 \n", "")
    unchecked = tg("ask", "n=1", "--url", tls_gateway, "--verify", "no")
    assert (unchecked.code, unchecked.out) == (0, "chunk-0 \n")
    assert "warning" in failure(unchecked)
    assert tg("ask", "--json", "n=1", "--url", tls_gateway, "--verify", "no").err == ""
    plain = tg("ask", "n=1", "--url", tls_gateway.replace("https", "http"))
    assert plain.code == 3
    failure(plain)


@pytest.mark.parametrize(
    "arguments", [("ask",), ("ask", "--mode", "guess", "n=1"), ("think",), ("agent", "--no", "n=1")]
)
def test_a_wrong_command_line(arguments: tuple[str, ...]) -> None:
    ended = tg(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert "Usage: tg" in ended.err
    assert "-h" in ended.err


def test_help_does_not_show_the_environment() -> None:
    ended = tg("ask", "--help", TRUSTGRAPH_TOKEN=KEY)
    assert ended.code == 0
    assert "TRUSTGRAPH_TOKEN" in ended.out


def test_the_extra_is_not_installed(gateway: str) -> None:
    ended = tg("ask", "n=1", program=without("typer"))
    assert ended.code == 2
    assert "pip install 'tgproto[cli]'" in failure(ended)
    plain = on_terminal("ask", "n=1", "--url", gateway, "--token", KEY, program=without("rich"))
    assert plain == "chunk-0 \ngraph-teller · 1 tokens\n"


# --- interrupts and pipes ---------------------------------------------------------------------


@contextmanager
def streaming(url: str, question: str, *options: str) -> Iterator[subprocess.Popen[str]]:
    """Begin to ask, and wait for the first piece."""
    process = subprocess.Popen(
        [*TG, "ask", question, "--url", url, *options],
        env=environment(TRUSTGRAPH_TOKEN=KEY),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.read(1)
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("question", ["drop=3", "n=100000 delay=0.001"])
def test_ctrl_c_ends_a_stream(gateway: str, question: str) -> None:
    with streaming(gateway, question) as process:
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert out.endswith("\n")
    assert err == ""


def test_ctrl_c_before_anything_came(gateway: str) -> None:
    process = subprocess.Popen(
        [*TG, "ask", "--json", "drop=1", "--url", gateway, "--token", KEY],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=PATIENCE) == ("", "")
    assert process.returncode == 130


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_nobody_reads_the_output(gateway: str, options: tuple[str, ...]) -> None:
    with streaming(gateway, "n=100000 size=1000", *options) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == ""
        assert process.wait(PATIENCE) == 141


# --- a terminal -------------------------------------------------------------------------------


def on_terminal(*arguments: str, program: tuple[str, ...] = TG, **variables: str) -> str:
    """Run a command whose output is a terminal, and return what it writes there."""
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0) as screen:
        process = subprocess.Popen(
            [*program, *arguments], env=environment(TERM="xterm", **variables), stdout=theirs, stderr=theirs
        )
        os.close(theirs)
        pieces = []
        try:
            while piece := screen.read(4096):
                pieces.append(piece)
        except OSError:  # how Linux reports that nobody has the terminal open any more
            pass
        assert process.wait(PATIENCE) == 0
    return b"".join(pieces).decode().replace("\r\n", "\n")


def test_a_terminal_has_styles_and_the_origin(gateway: str) -> None:
    shown = on_terminal("agent", "What crosses the Alder?", TRUSTGRAPH_URL=gateway, TRUSTGRAPH_TOKEN=KEY)
    dim = "\x1b[2;3m"
    assert f"{dim}should " in shown
    assert f"{dim}river" not in shown
    assert "graph-teller · 33 tokens" in shown
    plain = on_terminal("ask", QUESTION, TRUSTGRAPH_URL=gateway, TRUSTGRAPH_TOKEN=KEY, NO_COLOR="1")
    assert "graph-teller · 52 tokens · Handbook of the Bridges of Varnland\n" in plain.replace(
        "\x1b[2m", ""
    ).replace("\x1b[0m", "")


def test_a_gateway_cannot_control_the_terminal(gateway: str) -> None:
    evil = "ANSWER<<\x1b]0;title\x07a\x9b2Jb[bold]\tc\nd>>"
    to = {"TRUSTGRAPH_URL": gateway, "TRUSTGRAPH_TOKEN": KEY}
    shown = on_terminal("ask", "--mode", "text", evil, **to)
    assert shown.startswith("]0;titlea2Jb[bold]")
    assert "\x1b]" not in shown
    assert tg("ask", "--mode", "text", evil, **to).out == "\x1b]0;title\x07a\x9b2Jb[bold]\tc\nd\n"


# --- serve ------------------------------------------------------------------------------------


def test_serve_makes_up_a_key_and_stops_cleanly() -> None:
    with serving() as server:
        token = json.loads(server.said)["token"]
        assert token.startswith("tg_")
        assert tg("ask", "n=1", "--url", server.url, "--token", token).out == "chunk-0 \n"
        assert tg("ask", "n=1", "--url", server.url).code == 4
        assert server.interrupt() == (0, "")
    with serving() as other:
        assert json.loads(other.said)["token"] != token


def test_serve_says_what_to_type() -> None:
    process = subprocess.Popen(
        [*TG, "serve", "--port", "0"], env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    with process:
        assert process.stdout is not None
        said = [process.stdout.readline().decode() for _ in range(4)]
        assert said[0].startswith("A gateway like 2.11.1 listens at http://")
        variables = dict(part.split("=", 1) for part in said[2].split()[1:])
        assert tg("ask", "n=1", **variables).out == "chunk-0 \n"
        assert said[3].split()[:2] == ["tg", "ask"]
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=PATIENCE)[0].endswith(b"stopped\n")
    assert process.returncode == 0


def test_serve_with_keys_shows_none(gateway: str) -> None:
    with serving("--key", KEY, "--key", "tg_second", "--anonymous") as server:
        assert json.loads(server.said) == {"url": server.url}
        for token in ("tg_second", ""):
            assert tg("ask", "n=1", "--url", server.url, "--token", token).code == 0


def test_serve_an_older_gateway() -> None:
    with serving("--generation", "1", "--key", "any & thing") as server:
        assert json.loads(server.said) == {"url": server.url}
        to = {"TRUSTGRAPH_URL": server.url, "TRUSTGRAPH_TOKEN": "any & thing"}
        assert "was built by Ines Marlow." in tg("ask", QUESTION, **to).out
        assert "agent-error: scripted failure" in failure(tg("agent", "fail=0", **to))
        assert tg("ask", "n=1", "--url", server.url, "--token", WRONG).code == 4
        assert tg("ask", "n=1", "--dialect", "1.x", **to).out == "chunk-0 \n"
        assert tg("ask", "n=1", "--dialect", "2.x", **to).code == 4
        assert "such as 2.3.1" in failure(tg("ask", "n=1", "--dialect", "newest", **to))
        assert server.interrupt() == (0, "")
    with serving("--generation", "1") as server:
        token = json.loads(server.said)["token"]
        assert tg("ask", "n=1", "--url", server.url, "--token", token).out == "chunk-0 \n"
        assert tg("ask", "n=1", "--url", server.url).code == 4
    with serving("--generation", "1", "--anonymous") as server:
        assert json.loads(server.said) == {"url": server.url}
        assert tg("ask", "n=1", "--url", server.url).out == "chunk-0 \n"


@pytest.mark.parametrize(
    ("options", "code", "text"),
    [
        (("--key", "secret"), 2, "tg_"),
        (("--generation", "1", "--key", "a", "--key", "b"), 2, "one key"),
        (("--generation", "1", "--key", "a", "--anonymous"), 2, "one key"),
        (("--generation", "1", "--key", ""), 2, "one key"),
        (("--cert", "/nowhere.pem"), 2, "--cert"),
        (("--cert-key", "/nowhere.pem"), 2, "--cert"),
        (("--host", "192.0.2.1"), 3, "--host"),
    ],
)
def test_serve_refuses(options: tuple[str, ...], code: int, text: str) -> None:
    ended = tg("serve", "--port", "0", *options)
    assert ended.code == code
    assert text in failure(ended)


def test_a_port_that_is_taken(gateway: str) -> None:
    ended = tg("serve", "--port", gateway.rstrip("/").rpartition(":")[2])
    assert ended.code == 3
    assert "--port" in failure(ended)


# --- demo -------------------------------------------------------------------------------------


def test_demo_shows_each_driver() -> None:
    ended = tg("demo", TRUSTGRAPH_URL="http://localhost:1", TRUSTGRAPH_WORKSPACE="nowhere")
    assert (ended.code, ended.err) == (0, "")
    at = [ended.out.index(f"── {name} ") for name in ("asyncio", "trio", "threaded")]
    assert at == sorted(at)
    assert ended.out.count("\nthought ") == 6
    assert ended.out.count("\ngraph-rag ") == 3


def test_demo_without_trio() -> None:
    ended = tg("demo", "--driver", "trio", program=without("trio"))
    assert ended.code == 2
    assert "pip install 'tgproto[trio]'" in failure(ended)
    ended = tg("demo", program=without("trio"))
    assert (ended.code, ended.err) == (0, "")
    assert "left out: the trio driver needs trio." in ended.out
    assert "── threaded " in ended.out


@pytest.mark.parametrize("driver", ["asyncio", "trio", "threaded"])
def test_ctrl_c_ends_the_demo(driver: str) -> None:
    """Whatever the driver makes of an exception in its own program. A terminal is shown it slowly."""
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0) as screen:
        process = subprocess.Popen(
            [*TG, "demo", "--driver", driver], env=environment(), stdout=theirs, stderr=subprocess.PIPE
        )
        os.close(theirs)
        shown = b""
        while b"should " not in shown:
            shown += screen.read(4096)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, errors) == (130, b"")
