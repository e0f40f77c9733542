"""What callers' type checkers see: the snippets under `tests/types` pass both checkers, strictly."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHECKERS = {
    "mypy": ["mypy", "--strict", "tests/types"],
    "pyright": ["pyright", "--warnings", "--pythonpath", sys.executable, "tests/types"],
}


@pytest.mark.parametrize("checker", CHECKERS)
def test_snippets_pass(checker: str) -> None:
    pytest.importorskip(checker)
    command = [sys.executable, "-m", *CHECKERS[checker]]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
