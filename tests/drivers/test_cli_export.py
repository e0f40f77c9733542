"""`tg export`: what passes through a flow of the embedded gateway, into files."""

from __future__ import annotations

import gzip
import hashlib
import json
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.drivers.command import PATIENCE, run, running, without
from tgdrivers import Api
from tgdrivers.testing import RunningGateway, gateway
from tgproto.rdf import format_triple
from tgproto.types import IRI, Literal, Triple
from tgproto.types.bulk import DocumentEmbedding, EntityContext, GraphEmbedding

TRIPLES = [Triple("urn:s", "urn:p", Literal(f"{n}", language="fr"), "urn:g") for n in range(3)]
ITEMS: dict[str, list[Any]] = {
    "triples": TRIPLES,
    "graph-embeddings": [GraphEmbedding(IRI("urn:s"), [0.1, 1e300])],
    "document-embeddings": [DocumentEmbedding("urn:c", [0.5, 2.0])],
    "entity-contexts": [EntityContext(IRI("urn:s"), "about\nit")],
}


@pytest.fixture
def server() -> Iterator[RunningGateway]:
    with gateway() as started:
        yield started


@contextmanager
def exporting(server: RunningGateway, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Begin an export; it is open then."""
    options = ("--url", server.url, "--token", server.token)
    with running("export", *arguments, *options) as process:
        assert process.stderr is not None
        said = process.stderr.readline()
        assert b"open" in said
        yield process


def publish(server: RunningGateway, kind: str, items: list[Any]) -> None:
    with Api(server.url, token=server.token) as api:
        getattr(api.bulk(), f"import_{kind.replace('-', '_')}")("default", items)


def ended(process: subprocess.Popen[bytes]) -> tuple[int, bytes, str]:
    out, err = process.communicate(timeout=PATIENCE)
    assert b"Traceback" not in err
    return process.returncode, out, err.decode()


@pytest.mark.parametrize("kind", ITEMS)
def test_what_was_exported_can_be_imported(server: RunningGateway, kind: str, tmp_path: Path) -> None:
    file = tmp_path / "items.jsonl.gz"
    items = ITEMS[kind]
    with exporting(server, kind, str(file), "--limit", str(len(items))) as process:
        publish(server, kind, items)
        code, out, err = ended(process)
    assert (code, err) == (0, "")
    assert out.startswith(f"{len(items)} items written to {file} in ".encode())
    assert list(tmp_path.iterdir()) == [file]
    options = ("--url", server.url, "--token", server.token, "--json")
    again = run("import", kind, str(file), *options)
    assert json.loads(again.out)["confirmed"] == len(items)
    assert gzip.decompress(file.read_bytes()).count(b"\n") == len(items)


def test_n_quads(server: RunningGateway, tmp_path: Path) -> None:
    file = tmp_path / "items.nq"
    file.write_text("what was there before")
    with exporting(server, "triples", str(file), "--idle-timeout", "1") as process:
        publish(server, "triples", TRIPLES)
        assert file.read_text() == "what was there before"
        assert ended(process)[0] == 0
    assert file.read_text() == "".join(f'<urn:s> <urn:p> "{n}"@fr <urn:g> .\n' for n in range(3))


def test_stdout_has_items_as_they_come(server: RunningGateway) -> None:
    with exporting(server, "triples", "-", "--format", "nq", "--json", "--limit", "4") as process:
        publish(server, "triples", TRIPLES)
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(3)]
        assert lines[2] == b'<urn:s> <urn:p> "2"@fr <urn:g> .\n'
        publish(server, "triples", TRIPLES[:1])
        code, out, err = ended(process)
    assert (code, out) == (0, lines[0])
    assert json.loads(err.splitlines()[-1])["written"] == 4


def test_what_n_triples_cannot_say(server: RunningGateway, tmp_path: Path) -> None:
    plain = Triple("urn:s", "urn:p", "o")
    with exporting(server, "triples", str(tmp_path / "a.nt"), "--limit", "4") as process:
        publish(server, "triples", [plain, *TRIPLES])
        code, out, err = ended(process)
    assert (code, out) == (7, b"")
    assert "item 1 cannot be written: N-Triples has no named graphs" in err
    (part,) = tmp_path.iterdir()
    assert str(part) in err
    assert part.read_text() == '<urn:s> <urn:p> "o" .\n'
    arguments = ("triples", str(tmp_path / "b.nt"), "--limit", "4", "--on-invalid", "skip")
    with exporting(server, *arguments) as process:
        publish(server, "triples", [plain, *TRIPLES])
        code, out, err = ended(process)
    assert (code, err.count("is left out")) == (0, 3)
    assert out.startswith(b"1 items written to ")
    assert out.endswith(b", 3 left out\n")


def something_came(folder: Path) -> None:
    """Publish more than buffers hold, and wait until some of it is in the file."""
    end = time.monotonic() + PATIENCE
    while not any(file.stat().st_size for file in folder.iterdir()):
        assert time.monotonic() < end
        time.sleep(0.05)


MANY = [Triple("urn:s", "urn:p", Literal(hashlib.sha512(b"%d" % n).hexdigest())) for n in range(4000)]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_export_keeps_what_came(
    server: RunningGateway, number: signal.Signals, code: int, tmp_path: Path
) -> None:
    with exporting(server, "triples", str(tmp_path / "items.nq.gz"), "--json") as process:
        publish(server, "triples", MANY)
        something_came(tmp_path)
        process.send_signal(number)
        status, out, err = ended(process)
    assert (status, out) == (code, b"")
    told = json.loads(err)
    (part,) = tmp_path.iterdir()
    assert told["kept"] == str(part)
    assert part.name.startswith("items.nq.gz.")
    lines = gzip.decompress(part.read_bytes()).splitlines()
    assert len(lines) == told["written"]
    assert lines[-1].decode() == format_triple(MANY[len(lines) - 1])


def test_an_export_where_nothing_came(server: RunningGateway, tmp_path: Path) -> None:
    with exporting(server, "triples", str(tmp_path / "a.nt")) as process:
        process.send_signal(signal.SIGINT)
        assert ended(process) == (130, b"", "tg: interrupted. Nothing came\n")
    assert not list(tmp_path.iterdir())


def test_the_gateway_goes(tmp_path: Path) -> None:
    with gateway() as server:
        context = exporting(server, "triples", str(tmp_path / "a.nq"), "--timeout", "3")
        process = context.__enter__()
        publish(server, "triples", MANY)
        something_came(tmp_path)
    try:
        code, _, err = ended(process)
        assert code == 5
        (part,) = tmp_path.iterdir()
        count = part.read_text().count("\n")
        assert f"{count} items are kept in {part}" in err
    finally:
        context.__exit__(None, None, None)


def test_wishes_that_cannot_be_met(server: RunningGateway, tmp_path: Path) -> None:
    options = ("--url", server.url, "--token", server.token)
    for arguments, code, said in (
        (("rows", "a.jsonl"), 2, "gateways export no rows"),
        (("triples", "a.doc"), 2, "tells no format"),
        (("triples", str(tmp_path / "nowhere" / "a.nt")), 2, "No such file or directory"),
        (("triples", str(tmp_path / "a.nt"), "--flow", "nowhere"), 1, "Check the id of the flow"),
    ):
        done = run("export", *arguments, *options)
        assert (done.code, done.out) == (code, b"")
        assert said in done.err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "package", "extra"),
    [
        ("a.npz.gz", "numpy", "numpy"),
        ("a.npy", "numpy", "numpy"),
        ("a.parquet.gz", "pyarrow", "parquet"),
        ("a.jsonl.zst", "zstandard", "zstd"),
    ],
)
def test_an_extra_is_not_installed(
    server: RunningGateway, tmp_path: Path, name: str, package: str, extra: str
) -> None:
    options = ("--url", server.url, "--token", server.token)
    done = run("export", "graph-embeddings", str(tmp_path / name), *options, program=without(package))
    assert (done.code, done.out) == (2, b"")
    assert done.err.startswith("tg: ")
    assert done.err.endswith(f": pip install 'tgproto[{extra}]'\n")
    assert done.err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_place_that_is_a_folder(server: RunningGateway, tmp_path: Path) -> None:
    (tmp_path / "a.nt").mkdir()
    done = run("export", "triples", str(tmp_path / "a.nt"), "--url", server.url, "--token", server.token)
    assert (done.code, done.out) == (2, b"")
    assert "is a folder, not a file" in done.err


def test_nobody_reads_the_output(server: RunningGateway) -> None:
    with exporting(server, "triples", "-", "--format", "nq") as process:
        assert process.stdout is not None
        process.stdout.close()
        process.stdout = None
        publish(server, "triples", TRIPLES)
        assert process.wait(PATIENCE) == 141
        assert process.stderr is not None
        assert process.stderr.read() == b""
