"""The command of the suite: `python -m tgconformance list` and `python -m tgconformance play`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from tgconformance.members import CaseError
from tgconformance.model import Case, load_cases
from tgconformance.play import play

CASES = Path(__file__).resolve().parents[1] / "cases"
"""Where the cases are: beside the package, in a source tree."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: The command line without the name of the program; default that of the process.

    Returns:
        0 if all is well, 1 if a case failed, 2 if there is nothing to play or a case is wrong.
    """
    options = _parser().parse_args(arguments)
    try:
        cases = [case for case in load_cases(options.cases) if _chosen(case, options.pattern)]
        if not cases:
            raise CaseError(f"no case is called {options.pattern}")
        return _list(cases) if options.command == "list" else _play(cases)
    except CaseError as error:
        sys.stderr.write(f"{error}\n")
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tgconformance", description="Conformance cases of tgproto.")
    parser.add_argument("command", choices=["list", "play"], help="show the cases, or play them on our core")
    parser.add_argument("pattern", nargs="?", default="*", help="an area, or an id with * and ?; default all")
    parser.add_argument("--cases", type=Path, default=CASES, help="folder of the cases; default %(default)s")
    return parser


def _chosen(case: Case, pattern: str) -> bool:
    return case.area == pattern or fnmatchcase(case.id, pattern)


def _list(cases: Iterable[Case]) -> int:
    for case in cases:
        roles = "+".join(role.value for role in case.roles) or case.layer.value
        sys.stdout.write(f"{case.id:<48} {case.level.value:<6} {roles:<13} {case.title}\n")
    return 0


def _play(cases: Iterable[Case]) -> int:
    passed = failed = 0
    for case in cases:
        verdicts = play(case)
        wrong = next((verdict for verdict in verdicts if verdict.failure is not None), None)
        if wrong is None:
            passed += 1
            sys.stdout.write(f"pass {case.id} ({', '.join(verdict.way for verdict in verdicts)})\n")
        else:
            failed += 1
            sys.stdout.write(f"FAIL {case.id} ({wrong.way}): {wrong.failure}\n")
    sys.stdout.write(f"{passed} passed, {failed} failed\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
