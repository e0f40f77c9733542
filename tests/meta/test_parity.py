"""Upstream's users change one import line: `tgdrivers.compat` has what they use, in both generations.

What upstream has is in `tests/data/surface-*.json`; `tests/interop/test_surface.py` sees that it is so.
"""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.meta.comparison import compare, judge

DATA = Path(__file__).parents[1] / "data"
PACKAGES = {"1.7.1": "tgdrivers.compat.v1", "2.11.1": "tgdrivers.compat.v2"}
PLACES = {
    "trustgraph.knowledge": ".knowledge",
    "trustgraph.api": "",
    "trustgraph.api.types": ".types",
    "trustgraph.api.exceptions": ".exceptions",
}
"""Where in a package of ours the names of each of upstream's modules are."""

ON_PURPOSE: dict[str, dict[str, str]] = {
    "1.7.1": {
        f"trustgraph.api.SocketFlowInstance.{name}: kind": "a generator function loses what it returns"
        for name in ("text_completion", "graph_rag", "document_rag", "prompt")
    },
    "2.11.1": {},
}
"""What differs on purpose, and why. What does not differ must not be here."""


def recorded(release: str) -> Any:
    return json.loads((DATA / f"surface-{release}.json").read_text("utf-8"))


@pytest.mark.parametrize("release", PACKAGES)
def test_what_upstream_has_is_there(release: str) -> None:
    modules = {place: found(PACKAGES[release] + suffix) for place, suffix in PLACES.items()}
    wrong = judge(compare(recorded(release), modules), ON_PURPOSE[release])
    assert not wrong, "\n".join(wrong)


def found(name: str) -> ModuleType | None:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if f"{name}.".startswith(f"{error.name}."):
            return None
        raise


@pytest.mark.parametrize("release", PACKAGES)
def test_the_record_is_of_the_release(release: str) -> None:
    record = recorded(release)
    assert record["version"] == release
    assert record["modules"].keys() == PLACES.keys()
    exported = record["modules"]["trustgraph.api"]
    assert set(exported["all"]) <= exported["names"].keys()
    assert record["returned"].keys() == {
        f"trustgraph.api.Api().{name}()" for name in ("collection", "config", "knowledge", "library")
    }


def test_the_record_tells_the_generations_apart() -> None:
    def parameters(release: str, owner: str, name: str) -> list[str]:
        cls = recorded(release)["modules"]["trustgraph.api"]["names"][owner]
        return [entry["name"] for entry in cls["methods"][name]["parameters"]]

    assert parameters("1.7.1", "Flow", "start") == ["class_name", "id", "description", "parameters"]
    assert parameters("2.11.1", "Flow", "start") == ["blueprint_name", "id", "description", "parameters"]
    agent = ["question", "state", "group", "history", "streaming", "kwargs"]
    assert parameters("2.11.1", "SocketFlowInstance", "agent") == agent
    assert parameters("1.7.1", "SocketFlowInstance", "agent") == [agent[0], "user", *agent[1:]]
