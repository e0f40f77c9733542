"""Checks that each module of the core is covered to 100 % of its branches by its own test file alone.

Run `coverage run -m pytest tests/core` and `coverage combine` first; `make test` does all three.
`tgproto/link/sse.py` belongs to `tests/core/test_link_sse.py`, and so on; what is long may go on in
`test_link_sse__more.py`.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from coverage import Coverage

ROOT = Path(__file__).resolve().parents[1]


def own_test(module: Path) -> str:
    """Return the name of the test module for a module of the core."""
    parts = module.relative_to(ROOT / "tgproto").with_suffix("").parts
    return "test_" + "_".join(parts)


def missing(coverage: Coverage, module: Path) -> str | None:
    """Return what a module's own tests leave uncovered, or None."""
    report = io.StringIO()
    contexts = [rf"\b{own_test(module)}(__\w+)?\.", "^$"]  # the second one is what importing runs
    percent = coverage.report([str(module)], contexts=contexts, file=report, show_missing=True)
    if percent == 100:
        return None
    return next(line for line in report.getvalue().splitlines() if line.startswith("tgproto"))


def main() -> int:
    """Print every module that falls short; return the exit status."""
    coverage = Coverage(config_file=str(ROOT / "pyproject.toml"))
    coverage.load()
    modules = sorted(
        path
        for path in (ROOT / "tgproto").rglob("*.py")
        if path.name != "__init__.py" and path.read_text("utf-8")
    )
    short = 0
    for module in modules:
        if not (ROOT / "tests/core" / f"{own_test(module)}.py").exists():
            print(f"{module.relative_to(ROOT)}: has no tests/core/{own_test(module)}.py")
            short += 1
        elif (gap := missing(coverage, module)) is not None:
            print(gap)
            short += 1
    print(f"{len(modules) - short} modules at 100 %, {short} below")
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
