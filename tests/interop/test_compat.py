"""One program, with the published client and with `tgdrivers.compat`: the same calls, the same results.

What differs must be listed here, with what ours returns: the published client has a defect there.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.upstream.harness.settings import Settings
from tests.interop import compat_program
from tests.interop.published import Published

MODULES = {"1.7.1": "tgdrivers.compat.v1", "2.11.1": "tgdrivers.compat.v2"}
PIECES = [f"chunk-{number} " for number in range(5)]
TEXT = "".join(PIECES)
"""What the services behind the gateways answer."""


def mended(release: str) -> dict[str, Callable[[Any], bool]]:
    """Return the calls that the published client gets wrong, and whether a result is what was meant."""
    if release == "1.7.1":
        return {
            "socket text_completion": TEXT.__eq__,  # a generator that loses what it returns
            "socket prompt": TEXT.__eq__,
            "socket agent": {"answer": TEXT}.__eq__,  # the first thought
            "async socket agent": {"answer": TEXT}.__eq__,
            "async socket prompt": TEXT.__eq__,  # no text at all
            "streamed text_completion": PIECES.__eq__,  # pieces without text
            "streamed prompt": PIECES.__eq__,
            "streamed agent": lambda chunks: _answer(chunks) == TEXT,
        }
    return {
        "REST agent": TEXT.__eq__,  # KeyError
        "async socket agent": lambda told: told["content"] == TEXT,  # the first event
        "async socket prompt": TEXT.__eq__,  # no text at all
    }


def _answer(chunks: list[dict[str, Any]]) -> str:
    """Return the text of the pieces of an answer."""
    return "".join(chunk["AgentAnswer"]["content"] for chunk in chunks if "AgentAnswer" in chunk)


def run(python: str | Path, module: str, gateway: Published) -> dict[str, Any]:
    """Return what the calls of the program came to."""
    line = (python, compat_program.__file__, module, f"{gateway.url.rstrip('/')}/", gateway.token)
    told = subprocess.run(line, capture_output=True, text=True, timeout=120, check=False)
    assert told.returncode == 0, told.stderr
    return json.loads(told.stdout)  # type: ignore[no-any-return]


@pytest.mark.parametrize("release", MODULES)
def test_a_program_keeps_working(release: str, published: Callable[[str], Published]) -> None:
    settings = Settings.from_environment()
    gateway = published(release)
    theirs = run(settings.python1 if release == "1.7.1" else settings.python, "trustgraph.api", gateway)
    ours = run(sys.executable, MODULES[release], gateway)
    meant = mended(release)
    assert list(ours) == list(theirs)
    assert len(ours) == 44
    wrong = {
        name: (theirs[name], result)
        for name, result in ours.items()
        if not (theirs[name] != result and meant[name](result) if name in meant else theirs[name] == result)
    }
    assert not wrong
