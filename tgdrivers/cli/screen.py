"""Text for people: in styles on a terminal, plain anywhere else."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

# A gateway's text must not move the cursor or change the terminal; line breaks and tabs may stay.
_CONTROLS = dict.fromkeys({*range(0x20), *range(0x7F, 0xA0)} - {ord("\n"), ord("\t")})


def without_controls(text: str) -> str:
    """Return a text without the characters that control terminals."""
    return text.translate(_CONTROLS)


class Screen:
    """Where a command writes its text: stdout.

    It has styles if that is a terminal and rich is installed.

    Attributes:
        is_terminal: Whether a person is watching.
    """

    def __init__(self) -> None:
        reconfigure = getattr(sys.stdout, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")  # a character that cannot be shown ends no answer
        self.is_terminal = sys.stdout.isatty()
        self._console = _console() if self.is_terminal else None

    def write(self, text: str, style: str = "") -> None:
        """Write a text at once.

        Args:
            text: What to write; no line break is added.
            style: How, in the words of rich; `dim`, for instance.
        """
        if self.is_terminal:
            text = without_controls(text)
        if self._console is not None:
            self._console.print(text, style=style, end="", markup=False, highlight=False, soft_wrap=True)
        else:
            sys.stdout.write(text)
        sys.stdout.flush()


def _console() -> Console | None:
    try:
        from rich.console import Console
    except ModuleNotFoundError:
        return None
    return Console(emoji=False)
