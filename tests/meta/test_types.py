"""What callers' type checkers see: the snippets under `tests/types` pass both, and have everything."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from tests.meta.groups import COLOURED, operations

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


def calls_in(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[tuple[str, str, bool]]:
    """Return what a snippet calls: an annotated class, the method, and whether its type is asserted."""
    kinds = {arg.arg: arg.annotation.id for arg in function.args.args if isinstance(arg.annotation, ast.Name)}
    asserted = {
        id(node)
        for call in ast.walk(function)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "assert_type"
        for node in ast.walk(call)
    }
    return {
        (kinds[node.value.id], node.attr, id(node) in asserted)
        for node in ast.walk(function)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in kinds
    }


SNIPPETS = {
    found
    for path in (ROOT / "tests/types").glob("check_*.py")
    for node in ast.parse(path.read_text("utf-8")).body
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    for found in calls_in(node)
}


@pytest.mark.parametrize("kind", COLOURED, ids=lambda kind: kind.__name__)
def test_every_operation_is_in_a_snippet(kind: type) -> None:
    """What returns None need not be asserted: that it is called there is enough."""
    missing = []
    for name in operations(kind):
        plain = inspect.signature(getattr(kind, name)).return_annotation is type(None)
        if (kind.__name__, name, True) not in SNIPPETS and not (
            plain and (kind.__name__, name, False) in SNIPPETS
        ):
            missing.append(name)
    assert missing == []
