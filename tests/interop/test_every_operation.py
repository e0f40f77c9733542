"""Every entry of `conformance/services.json` is asked for on each gateway that has it."""

from __future__ import annotations

import importlib.util
import inspect
import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from tests.interop.published import RELEASES, Published1, Published2
from tgproto.catalog.registry import REGISTRY

ROOT = Path(__file__).resolve().parents[2]
SERVICES: dict[str, Any] = json.loads((ROOT / "conformance/services.json").read_text("utf-8"))
ASKED_FOR = {entry for entry, service in SERVICES.items() if service["transports"] != ["bulk-socket"]}

NOBODY_THERE = "the gateway asks a queue that nobody serves: an empty answer after 120 s"
NOT_SERVED = {
    (Published2.release, "import-core"): NOBODY_THERE,
    (Published2.release, "export-core"): NOBODY_THERE,
}
"""What cannot be asked for here, by release and entry -> why."""


def releases_of(entry: str) -> list[str]:
    """Return the releases of those that are run here which have something."""
    wanted = {Published1.release: "1.x"}
    return [release for release in RELEASES if wanted.get(release, "2.x") in SERVICES[entry]["generations"]]


@cache
def exercised() -> dict[tuple[str, str], list[Callable[..., object]]]:
    """Return the tests of this directory by release and entry."""
    found = defaultdict(list)
    for test in marked():
        for mark in test.pytestmark:
            if mark.name == "exercises":
                for release in releases_in(test):
                    for entry in mark.args:
                        found[release, entry].append(test)
    return dict(found)


def marked() -> Iterator[Any]:
    """Yield the functions with marks in the modules that are tests."""
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        spec = importlib.util.spec_from_file_location(f"read_{path.stem}", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        yield from (each for each in vars(module).values() if hasattr(each, "pytestmark"))


def releases_in(test: Any) -> set[str]:
    """Return the releases that a test is run for: those of its worlds, or all."""
    worlds = [
        mark.args[1] for mark in test.pytestmark if mark.name == "parametrize" and mark.args[0] == "world"
    ]
    return {place.values[0][0] for places in worlds for place in places} if worlds else set(RELEASES)


def names_in(code: CodeType) -> set[str]:
    """Return the names that a function uses, with those of functions in it."""
    inner = (names_in(constant) for constant in code.co_consts if isinstance(constant, CodeType))
    return set(code.co_names).union(*inner)


CASES = [
    pytest.param(release, entry, id=f"{release} {entry}")
    for entry in sorted(ASKED_FOR)
    for release in releases_of(entry)
]


@pytest.mark.parametrize(("release", "entry"), CASES)
def test_it_is_asked_for_or_cannot_be(release: str, entry: str) -> None:
    assert ((release, entry) in exercised()) != ((release, entry) in NOT_SERVED)


def test_there_is_nothing_else() -> None:
    assert {entry for _, entry in [*exercised(), *NOT_SERVED]} <= ASKED_FOR


@pytest.mark.parametrize("entry", sorted(ASKED_FOR))
def test_whoever_is_said_to_ask_does(entry: str) -> None:
    """One of the tests calls the operation by its name, or by another name of the same one."""
    operation = REGISTRY[entry]
    meant = inspect.getattr_static(operation.group, operation.name)
    names = {name for name in dir(operation.group) if inspect.getattr_static(operation.group, name) is meant}
    for release in RELEASES:
        if found := exercised().get((release, entry)):
            assert any(names & names_in(inspect.unwrap(test).__code__) for test in found)
