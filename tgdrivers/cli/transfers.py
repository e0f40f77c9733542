"""What `tg import` and `tg export` share: how they are stopped, and what they say."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import TextIO

from tgdrivers.cli.failures import CommandError, ExitCode
from tgdrivers.cli.screen import without_controls
from tgdrivers.item_files.extras import MissingExtra
from tgproto.errors import TrustGraphError


class Stopped(KeyboardInterrupt):
    """Ctrl-C or SIGTERM ended a transfer.

    Args:
        number: Which signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.terminated = number == signal.SIGTERM

    def __str__(self) -> str:
        return "terminated" if self.terminated else "interrupted"

    @property
    def code(self) -> ExitCode:
        """What the shell is told."""
        return ExitCode.TERMINATED if self.terminated else ExitCode.INTERRUPTED


@contextmanager
def stoppable(stop: Callable[[], bool] = lambda: False) -> Generator[Sequence[int]]:
    """Let Ctrl-C and SIGTERM end the block.

    Args:
        stop: Called first; returns whether the block will now come to an end by itself.

    Yields:
        The signals that have come.

    Raises:
        Stopped: They did, at once, or after the block has come to its end.
    """
    seen: list[int] = []

    def handle(number: int, _frame: FrameType | None) -> None:
        first = not seen
        seen.append(number)
        if not (first and stop()):
            raise Stopped(number)

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield seen
    except Stopped:
        raise
    except KeyboardInterrupt:  # what `stop` raised was not caught where it was meant to be
        raise Stopped(seen[0] if seen else signal.SIGINT) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if seen:
        raise Stopped(seen[0])


@contextmanager
def files_told() -> Generator[None]:
    """Make a command's error of what can be wrong with files.

    Raises:
        CommandError: A file cannot be read or written, or its format needs a package.
    """
    try:
        yield
    except MissingExtra as error:
        raise CommandError(str(error)) from None
    except (TrustGraphError, BrokenPipeError):  # some of ours are errors of the system, too
        raise
    except OSError as error:
        what = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        raise CommandError(what) from None


def say(text: str, members: Mapping[str, object], *, as_json: bool, out: TextIO | None = None) -> None:
    """Write a line for people, or for programs.

    Args:
        text: For people.
        members: For programs.
        as_json: Which of them.
        out: Where to; stdout if not given.
    """
    line = json.dumps(members) if as_json else without_controls(text.replace("\n", " "))
    target: TextIO = sys.stdout if out is None else out
    target.write(f"{line}\n")
    target.flush()
