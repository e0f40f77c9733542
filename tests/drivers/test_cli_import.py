"""`tg import`: files into the embedded gateway, by a process."""

from __future__ import annotations

import gzip
import json
import os
import pty
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard

from tests.drivers.command import PATIENCE, TG, Output, environment, run, running, without
from tgconformance.relay import Relay
from tgdrivers import Api
from tgdrivers.testing import RunningGateway, gateway

LINE = '<urn:s:{0}> <urn:p> "number {0}" .\n'


@pytest.fixture
def server() -> Iterator[RunningGateway]:
    with gateway() as started:
        yield started


def lines(count: int) -> str:
    return "".join(LINE.format(number) for number in range(count))


def imported(server: RunningGateway, *arguments: str, stdin: bytes = b"") -> Output:
    options = ("--url", server.url, "--token", server.token)
    return run("import", *arguments, *options, stdin=stdin)


def stored(server: RunningGateway, subject: str) -> list[str]:
    with Api(server.url, token=server.token) as api:
        return [str(triple.o) for triple in api.socket().flow("default").triples_query(s=subject)]


# --- files ----------------------------------------------------------------------------------------


def test_files_of_several_formats_go_one_after_the_other(server: RunningGateway, tmp_path: Path) -> None:
    (tmp_path / "a.nt").write_text(f"# a comment\n\n{lines(250)}")
    (tmp_path / "b.nq.gz").write_bytes(gzip.compress(b'<urn:s:b> <urn:p> "in b" <urn:g> .\n'))
    triple = {"s": "urn:s:c", "p": "urn:p", "o": {"t": "l", "v": "x", "ln": "fr"}}
    (tmp_path / "c.JSONL").write_text(json.dumps(triple) + "\n")
    files = [str(tmp_path / name) for name in ("a.nt", "b.nq.gz", "c.JSONL")]
    ended = imported(server, "triples", *files)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith(b"252 items confirmed in ")
    assert stored(server, "urn:s:249") == ["number 249"]
    assert stored(server, "urn:s:c") == ["x"]
    assert stored(server, "urn:s:b") == ["in b"]


def test_several_sockets(server: RunningGateway, tmp_path: Path) -> None:
    (tmp_path / "a.nt").write_text(lines(1000))
    with Relay(server.url) as relay:
        options = ("--url", relay.url, "--token", server.token, "--workspace", "default", "--dialect", "2.x")
        ended = run("import", "triples", str(tmp_path / "a.nt"), "--connections", "4", *options)
        assert (ended.code, ended.err) == (0, "")
        assert relay.accepted == 4
    assert ended.out.startswith(b"1000 items confirmed in ")
    assert stored(server, "urn:s:999") == ["number 999"]
    for wrong in ("0", "65"):
        ended = imported(server, "triples", str(tmp_path / "a.nt"), "--connections", wrong)
        assert ended.code == 2


def test_stdin_with_its_format(server: RunningGateway) -> None:
    ended = imported(
        server, "triples", "-", "--format", "nt.gz", "--json", stdin=gzip.compress(lines(3).encode())
    )
    assert (ended.code, ended.err) == (0, "")
    result = json.loads(ended.out)
    assert (result["kind"], result["sent"], result["confirmed"], result["skipped"]) == ("result", 3, 3, 0)


def test_an_old_gateway(tmp_path: Path) -> None:
    (tmp_path / "a.nt").write_text(f'{lines(250)}<urn:s> <urn:p> "x"@fr .\n')
    with gateway(generation=1) as server:
        ended = imported(server, "triples", str(tmp_path / "a.nt"), "--on-invalid", "skip", "--json")
        assert (ended.code, ended.err) == (0, "")
        left_out, result = map(json.loads, ended.out.splitlines())
        assert (left_out["position"], left_out["line"]) == (250, 251)
        assert "cannot be sent to this gateway" in left_out["reason"]
        assert (result["sent"], result["confirmed"], result["skipped"]) == (250, 250, 1)


def test_a_terminal_shows_how_far_it_is(server: RunningGateway, tmp_path: Path) -> None:
    (tmp_path / "a.nt").write_text(lines(5000))
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [*TG, "import", "triples", str(tmp_path / "a.nt"), "--url", server.url, "--token", server.token],
        env=environment(TERM="xterm"),
        stdout=subprocess.PIPE,
        stderr=slave,
    )
    os.close(slave)
    shown = b""
    try:
        while piece := os.read(master, 2**16):
            shown += piece
    except OSError:  # that is how the end of a terminal looks
        pass
    finally:
        os.close(master)
        out, _ = process.communicate(timeout=PATIENCE)
    assert b"5000 confirmed, " in shown
    assert shown.endswith(b"\x1b[2K")  # the line is gone
    assert out.startswith(b"5000 items confirmed in ")


KINDS = {
    "graph-embeddings": {"entity": "urn:s", "vector": [0.5, 1]},
    "document-embeddings": {"chunk_id": "c", "vector": [0.5, 1]},
    "entity-contexts": {"entity": {"t": "i", "i": "urn:s"}, "context": "about it"},
    "rows": {"schema_name": "bridge", "values": {"name": "Kestrel"}},
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind(server: RunningGateway, kind: str) -> None:
    ended = imported(server, kind, "-", "--format", "jsonl", stdin=json.dumps(KINDS[kind]).encode())
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith(b"1 items confirmed")


def test_csv_needs_a_schema(server: RunningGateway, tmp_path: Path) -> None:
    file = tmp_path / "rows.csv.zst"
    file.write_bytes(zstandard.compress(b"name,length\r\nKestrel,12\r\nHeron\r\n\xff,3\r\n"))
    ended = imported(server, "rows", str(file))
    assert (ended.code, ended.out) == (2, b"")
    assert "--schema" in ended.err
    ended = imported(server, "rows", str(file), "--schema", "bridge", "--on-invalid", "skip")
    first, second, result = ended.out.decode().splitlines()
    assert first == f"item 1 ({file}, line 3): it has 1 values, and there are 2 columns"
    assert second.startswith(f"item 2 ({file}, line 4): ")
    assert result.startswith("1 items confirmed")
    assert ended.code == 0


@pytest.mark.parametrize(
    ("kind", "name", "package", "said"),
    [
        ("triples", "a.nt.zst", "zstandard", ".zst needs zstandard: pip install 'tgproto[zstd]'"),
        ("triples", "a.ttl", "rdflib", ".ttl needs rdflib: pip install 'tgproto[rdf]'"),
        ("graph-embeddings", "a.npz", "numpy", "an array needs NumPy: pip install 'tgproto[numpy]'"),
        (
            "document-embeddings",
            "a.parquet",
            "pyarrow",
            ".parquet needs pyarrow: pip install 'tgproto[parquet]'",
        ),
    ],
)
def test_an_extra_is_not_installed(tmp_path: Path, kind: str, name: str, package: str, said: str) -> None:
    file = tmp_path / name
    file.write_bytes(b"")
    ended = run("import", kind, str(file), "--dry-run", program=without(package))
    assert (ended.code, ended.out, ended.err) == (2, b"", f"tg: {said}\n")


# --- what cannot be sent --------------------------------------------------------------------------


BROKEN = f"{lines(2)}# the next one is broken\n<urn:s> oops .\n{LINE.format(2)}<relative> <urn:p> <urn:o> .\n"


def test_a_broken_line_ends_the_import_behind_the_last_good_one(
    server: RunningGateway, tmp_path: Path
) -> None:
    file = tmp_path / "broken.nt"
    file.write_text(BROKEN)
    ended = imported(server, "triples", str(file))
    assert (ended.code, ended.out) == (7, b"")
    assert ended.err.count("\n") == 1
    assert f"{file}, line 4: column 9: expected an IRI, found 'oops ." in ended.err
    assert "--on-invalid skip" in ended.err
    assert "Go on with --resume 2" in ended.err
    assert stored(server, "urn:s:1") == ["number 1"]
    assert not stored(server, "urn:s:2")


def test_broken_lines_are_left_out_and_told(server: RunningGateway, tmp_path: Path) -> None:
    file = tmp_path / "broken.nt"
    file.write_text(BROKEN)
    ended = imported(server, "triples", str(file), "--on-invalid", "skip")
    assert (ended.code, ended.err) == (0, "")
    first, second, result = ended.out.decode().splitlines()
    assert first.startswith(f"item 2 ({file}, line 4): ")
    assert second.startswith(f"item 4 ({file}, line 6): ")
    assert result.startswith("3 items confirmed in ")
    assert result.endswith(", 2 left out")
    assert stored(server, "urn:s:2") == ["number 2"]


def test_a_dry_run_needs_no_gateway(tmp_path: Path) -> None:
    file = tmp_path / "broken.nt"
    file.write_text(BROKEN)
    ended = run("import", "triples", str(file), "--dry-run", "--json", "--batch-size", "2")
    first, second, result = map(json.loads, ended.out.splitlines())
    assert (first["position"], first["file"], first["line"]) == (2, str(file), 4)
    assert second["position"] == 4
    assert result == {"kind": "result", "checked": 5, "invalid": 2}
    assert ended.code == json.loads(ended.err)["exit_code"] == 7
    ended = run("import", "triples", str(file), "--dry-run", "--on-invalid", "skip", "--resume", "3")
    assert ended.out.decode().splitlines()[0].startswith(f"item 4 ({file}, line 6)")
    assert ended.out.endswith(b"1 of 2 items can be sent\n")
    assert (ended.code, ended.err) == (0, "")


def test_a_position_behind_the_end(server: RunningGateway, tmp_path: Path) -> None:
    (tmp_path / "a.nt").write_text(lines(3))
    for dry_run in ((), ("--dry-run",)):
        ended = imported(server, "triples", str(tmp_path / "a.nt"), "--resume", "4", *dry_run)
        assert (ended.code, ended.out) == (2, b"")
        assert ended.err == "tg: there are only 3 items, and --resume is 4\n"
        assert imported(server, "triples", str(tmp_path / "a.nt"), "--resume", "3", *dry_run).code == 0


def test_a_dry_run_that_is_stopped() -> None:
    arguments = ("import", "triples", "-", "--format", "nt", "--dry-run", "--batch-size", "1")
    with running(*arguments) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{lines(2)}oops\n".encode())
        process.stdin.flush()
        assert process.stdout.readline().startswith(b"item 2 (-, line 3): ")
        time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=PATIENCE)
        assert (process.returncode, err) == (143, b"tg: terminated. Go on with --resume 3\n")


def test_a_dry_run_for_an_old_gateway() -> None:
    stdin = b'<urn:s> <urn:p> "x"@fr .\n'
    arguments = ("import", "triples", "-", "--format", "nt", "--dry-run", "--dialect")
    assert run(*arguments, "2.x", stdin=stdin).code == 0
    refused = run(*arguments, "1.x", stdin=stdin)
    assert refused.code == 7
    assert b"cannot be sent to this gateway" in refused.out
    assert run(*arguments, "0.1", stdin=stdin).code == 2


@pytest.mark.parametrize(
    ("name", "content", "code", "said"),
    [
        ("missing.nt", None, 2, "cannot read"),
        ("a.doc", b"", 2, "tells no format that this data can have: .nt"),
        ("a.nt.gz", b"no gzip", 7, "no whole file of .gz"),
        ("a.nt.gz", gzip.compress(lines(9).encode(), mtime=0)[:-9], 7, "no whole file of .gz"),
    ],
)
def test_files_that_cannot_be_read(
    server: RunningGateway, tmp_path: Path, name: str, content: bytes | None, code: int, said: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    for dry_run in ((), ("--dry-run",)):
        ended = imported(server, "triples", str(tmp_path / name), *dry_run)
        assert (ended.code, ended.out) == (code, b"")
        assert said in ended.err
        assert ended.err.count("\n") == 1


def test_stdin_twice() -> None:
    assert "only once" in run("import", "triples", "-", "-", "--format", "nt").err


# --- interruptions --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "code", "said"), [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")]
)
def test_an_interrupted_import_says_where_to_go_on(
    server: RunningGateway, number: signal.Signals, code: int, said: str
) -> None:
    arguments = ("import", "triples", "-", "--format", "nt", "--batch-size", "1", "--on-invalid", "skip")
    options = ("--url", server.url, "--token", server.token, "--json")
    with running(*arguments, *options) as process:
        assert process.stdin is not None
        process.stdin.write(f"{lines(2)}broken\n{LINE.format(2)}".encode())
        process.stdin.flush()
        wait_for(server, "urn:s:2")
        process.send_signal(number)
        err = process.stderr.read().decode() if process.stderr is not None else ""
        assert process.wait(PATIENCE) == code
    told = json.loads(err.splitlines()[-1])
    assert said in told["message"]
    assert told["exit_code"] == code
    assert told["resume"] == 4
    whole = f"{lines(2)}broken\n{LINE.format(2)}{LINE.format(3)}".encode()
    ended = imported(server, "triples", "-", "--format", "nt", "--resume", "4", "--json", stdin=whole)
    assert ended.code == 0
    assert json.loads(ended.out)["sent"] == 1


def test_ctrl_c_before_anything_was_read(server: RunningGateway) -> None:
    arguments = ("import", "triples", "-", "--format", "nt", "--url", server.url, "--token", server.token)
    with running(*arguments) as process:
        end = time.monotonic() + PATIENCE
        while not server.connections:
            assert time.monotonic() < end
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=PATIENCE)
        assert (process.returncode, err) == (130, b"tg: interrupted. Nothing is confirmed: begin again\n")


def wait_for(server: RunningGateway, subject: str) -> None:
    end = time.monotonic() + PATIENCE
    while not stored(server, subject):
        assert time.monotonic() < end
        time.sleep(0.05)


def test_the_gateway_dies_on_the_way() -> None:
    with gateway() as server:
        arguments = ("import", "triples", "-", "--format", "nt", "--batch-size", "1", "--timeout", "3")
        process = running(*arguments, "--url", server.url, "--token", server.token)
        child = process.__enter__()
        assert child.stdin is not None
        child.stdin.write(lines(3000).encode())
        child.stdin.flush()
        wait_for(server, "urn:s:2990")
    try:
        _, err = child.communicate(lines(50).encode(), timeout=PATIENCE)
        assert child.returncode in (3, 5), err
        assert b"Go on with --resume " in err
    finally:
        process.__exit__(None, None, None)


def test_a_flow_that_is_not_there(server: RunningGateway) -> None:
    ended = imported(server, "triples", "-", "--format", "nt", "--flow", "nowhere", stdin=lines(1).encode())
    assert (ended.code, ended.out) == (1, b"")
    assert "Check the id of the flow" in ended.err
    assert ended.err.count("\n") == 1
