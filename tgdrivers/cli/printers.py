"""How a stream is shown while it comes: as paragraphs, or as lines of JSON."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Protocol

from tgdrivers.cli.screen import Screen
from tgproto.types.chunks import (
    AgentAnswer,
    AgentChunk,
    AgentMessage,
    AgentObservation,
    AgentThought,
    StreamingChunk,
)
from tgproto.types.results import RagAnswer, TextResult

_KINDS: dict[type[StreamingChunk], str] = {
    AgentThought: "thought",
    AgentObservation: "observation",
    AgentAnswer: "answer",
}
_STYLES = {"thought": "dim italic", "observation": "cyan"}

LABEL_WIDTH = 13
"""Columns for what stands in front of a paragraph."""


class Printer(Protocol):
    """Shows one answer: its pieces, and then its end, whichever it is."""

    def chunk(self, chunk: StreamingChunk) -> None:
        """Show a piece."""
        ...

    def result(self, result: TextResult) -> None:
        """Show that the answer is complete."""
        ...

    def broken_off(self) -> None:
        """Show that no more comes."""
        ...


class TextPrinter:
    """Shows an answer as text. Each thought, observation and answer of an agent is a labelled paragraph.

    Args:
        screen: Where.
    """

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._paragraph: tuple[str, str] | None = None
        self._begun = False

    def chunk(self, chunk: StreamingChunk) -> None:
        """Show a piece."""
        if not chunk.content:
            return
        self._begun = True
        kind = kind_of(chunk)
        if isinstance(chunk, AgentChunk) and self._paragraph != (kind, chunk.message_id):
            self._screen.write(("\n" if self._paragraph else "") + kind.ljust(LABEL_WIDTH), "bold")
            self._paragraph = (kind, chunk.message_id)
        self._screen.write(chunk.content, _STYLES.get(kind, ""))

    def result(self, result: TextResult) -> None:
        """End the text; a terminal is also told where it comes from."""
        self._screen.write("\n")
        if self._screen.is_terminal and (origin := _origin(result)):
            self._screen.write(f"{origin}\n", "dim")

    def broken_off(self) -> None:
        """End the line, so that what follows begins a new one."""
        if self._begun:
            self._screen.write("\n")


class JsonPrinter:
    """Shows an answer as JSON, one object on each line: the chunks, then the result."""

    def chunk(self, chunk: StreamingChunk) -> None:
        """Show a piece."""
        members = {name: value for name, value in asdict(chunk).items() if name != "payload"}
        _print_line({"kind": kind_of(chunk), **members})

    def broken_off(self) -> None:
        """Do nothing: every line is complete."""

    def result(self, result: TextResult) -> None:
        """Show that the answer is complete."""
        members: dict[str, object] = {
            "kind": "result",
            "text": result.text,
            "model": result.model,
            "in_token": result.in_token,
            "out_token": result.out_token,
        }
        if isinstance(result, RagAnswer):
            members["sources"] = [asdict(source) for source in result.sources]
        _print_line(members)


def kind_of(chunk: StreamingChunk) -> str:
    """Return what a piece is: `text`, or what an agent does with it."""
    return chunk.kind if isinstance(chunk, AgentMessage) else _KINDS.get(type(chunk), "text")


def _origin(result: TextResult) -> str:
    parts: list[str] = []
    if result.model:
        parts.append(result.model)
    if result.out_token is not None:
        parts.append(f"{result.out_token} tokens")
    if isinstance(result, RagAnswer):
        parts += [source.title or source.uri for source in result.sources]
    return " · ".join(parts)


def _print_line(members: dict[str, object]) -> None:
    sys.stdout.write(json.dumps({name: value for name, value in members.items() if value is not None}) + "\n")
    sys.stdout.flush()
