"""What is recorded of upstream's Python packages is what those say that come with the gateways."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from conformance.upstream import surface
from conformance.upstream.harness.settings import Settings

DATA = Path(__file__).parents[1] / "data"


@pytest.mark.parametrize("release", ["1.7.1", "2.11.1"])
def test_the_recorded_surface_is_that_of_the_package(release: str) -> None:
    settings = Settings.from_environment()
    python = settings.python1 if release == "1.7.1" else settings.python
    if not python.exists():
        pytest.fail(f"{python} does not exist: run `make interop`, which installs the gateways")
    line = (python, surface.__file__)
    told = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)
    assert told.returncode == 0, told.stderr
    record = DATA / f"surface-{release}.json"
    assert told.stdout == record.read_text("utf-8"), f"run {python} {surface.__file__} > {record}"
