"""A document of 256 MiB: constant memory, the right hash at the far end, and processes that are killed."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.drivers.contract.drivers import DRIVERS, Driver
from tests.drivers.library_probe import ID
from tgdrivers import Api
from tgdrivers.testing import gateway

MIB = 2**20
SIZE = 256 * MIB
MAY_GROW = 32
"""MiB by which a process may grow that sends or fetches it: a few chunks, with their base64 and JSON."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.parametrize("driver", DRIVERS, ids=lambda driver: driver.name),
]


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A file of 256 MiB, no two MiB of which are alike, and its hash."""
    path = tmp_path_factory.mktemp("library") / "document"
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for number in range(SIZE // MIB):
            part = hashlib.shake_128(number.to_bytes(2, "big")).digest(MIB)
            digest.update(part)
            file.write(part)
    return path, digest.hexdigest()


@pytest.fixture
def server() -> Iterator[Any]:
    with gateway() as server:
        yield server


def probe(driver: Driver, server: Any, what: str, path: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.drivers.library_probe"]
    return subprocess.Popen(
        [*command, driver.name, server.url, server.token, what, str(path)], stdout=subprocess.PIPE, text=True
    )


def lines_of(process: subprocess.Popen[str]) -> list[str]:
    """Wait until a process is over, and return what it has printed."""
    output, _ = process.communicate(timeout=240)
    assert process.returncode == 0
    return output.splitlines()


def kill_after(process: subprocess.Popen[str], size: int) -> None:
    """Kill a process once so many bytes are done."""
    assert process.stdout is not None
    for line in process.stdout:
        if int(line) >= size:
            break
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL


def grown(line: str) -> float:
    return float(line.removeprefix("grown by ").removesuffix(" MiB"))


def test_it_goes_there_and_back_in_constant_memory(
    driver: Driver, server: Any, document: tuple[Path, str], tmp_path: Path
) -> None:
    path, digest = document
    *sent, memory = lines_of(probe(driver, server, "add", path))
    assert int(sent[-1]) == SIZE
    assert grown(memory) < MAY_GROW
    *_, fetched, memory = lines_of(probe(driver, server, "fetch", tmp_path / "copy"))
    assert fetched == digest
    assert grown(memory) < MAY_GROW


def test_killed_halfway_an_upload_resumes_and_a_download_leaves_no_file(
    driver: Driver, server: Any, document: tuple[Path, str], tmp_path: Path
) -> None:
    path, digest = document
    kill_after(probe(driver, server, "add", path), SIZE // 2)
    first, *sent, _ = lines_of(probe(driver, server, "resume", path))
    assert int(first) > SIZE // 2
    assert int(sent[-1]) == SIZE
    copy = tmp_path / "copy"
    kill_after(probe(driver, server, "fetch", copy), SIZE // 2)
    assert not copy.exists()
    assert [left.suffix for left in tmp_path.iterdir()] == [".part"]  # nobody was left to remove it
    with Api(server.url, token=server.token) as api:
        hashed = hashlib.sha256()
        for piece in api.library().download(ID):
            hashed.update(piece)
    assert hashed.hexdigest() == digest
