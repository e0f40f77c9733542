"""Imports and exports need little memory, however much there is, and whoever is slow."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.drivers.contract.drivers import Driver

LIMIT = 16.0
"""MiB."""


@contextmanager
def sink() -> Iterator[str]:
    """Run the other side in a process of its own."""
    command = [sys.executable, "-m", "tests.drivers.peers.sink"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.communicate("")


@pytest.mark.parametrize(
    ("what", "count", "slowness"),
    [
        ("import", 100_000, 1),
        pytest.param("import", 2_000_000, 1, marks=pytest.mark.slow),
        pytest.param("import", 200_000, 10, marks=pytest.mark.slow),
        pytest.param("export", 200_000, 10, marks=pytest.mark.slow),
    ],
)
def test_bulk_needs_little_memory(driver: Driver, what: str, count: int, slowness: int) -> None:
    with sink() as url:
        command = [sys.executable, "-m", "tests.drivers.contract.probe_bulk_memory", driver.name, url]
        command += [what, str(count), str(slowness)]
        probe = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert probe.returncode == 0, probe.stderr
    grown, _ = map(float, probe.stdout.split())
    assert grown < LIMIT
