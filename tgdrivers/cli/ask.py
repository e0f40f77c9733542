"""`tg ask` and `tg agent`: a question to a gateway, and its answer while it comes."""

from __future__ import annotations

import enum
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final, TypeVar

from tgdrivers.cli.failures import CommandError
from tgdrivers.cli.printers import JsonPrinter, Printer, TextPrinter
from tgdrivers.cli.screen import Screen
from tgdrivers.cli.target import Target, opened
from tgproto.catalog import FlowInstance
from tgproto.catalog.streams import Stream
from tgproto.errors import TrustGraphError
from tgproto.types.chunks import StreamingChunk
from tgproto.types.results import TextResult

C = TypeVar("C", bound=StreamingChunk)
T = TypeVar("T", bound=TextResult)


class Mode(enum.StrEnum):
    """Where an answer comes from: the first three of a gateway's flow, the others of EdgeQuake."""

    GRAPH_RAG = "graph-rag"
    DOCUMENT_RAG = "document-rag"
    TEXT = "text"
    NAIVE = "naive"
    LOCAL = "local"
    GLOBAL = "global"
    HYBRID = "hybrid"
    MIX = "mix"
    BYPASS = "bypass"


FLOW_MODES: Final = (Mode.GRAPH_RAG, Mode.DOCUMENT_RAG, Mode.TEXT)


def ask(target: Target, question: str, mode: Mode | None) -> None:
    """Ask a flow's retrieval or its language model.

    Args:
        target: Whom.
        question: What.
        mode: Where the answer is to come from; None for the graph.

    Raises:
        CommandError: The target is none, or its flows have no such mode.
        TrustGraphError: The call failed.
    """
    mode = mode or Mode.GRAPH_RAG
    if mode not in FLOW_MODES:
        raise CommandError(f"{mode} is a mode of EdgeQuake", "Add --backend edgequake, or leave --mode out")
    with _flow(target, "ask") as flow:
        match mode:
            case Mode.DOCUMENT_RAG:
                _print(flow.document_rag(question, streaming=True), _printer(target))
            case Mode.TEXT:
                _print(flow.text_completion("", question, streaming=True), _printer(target))
            case _:
                _print(flow.graph_rag(question, streaming=True), _printer(target))


def ask_agent(target: Target, question: str) -> None:
    """Ask a flow's agent.

    Args:
        target: Whom.
        question: What.

    Raises:
        CommandError: The target is none.
        TrustGraphError: The call failed.
    """
    with _flow(target, "agent") as flow:
        _print(flow.agent(question, streaming=True), _printer(target))


@contextmanager
def _flow(target: Target, command: str) -> Generator[FlowInstance]:
    """Open the way to a flow, and close it in the end."""
    with opened(target, command) as api:
        yield api.socket().flow(target.flow)


def _printer(target: Target) -> Printer:
    return JsonPrinter() if target.as_json else TextPrinter(Screen())


def _print(stream: Stream[C, T], printer: Printer) -> None:
    with stream:
        try:
            for chunk in stream:
                printer.chunk(chunk)
        except (TrustGraphError, KeyboardInterrupt):
            printer.broken_off()
            raise
        printer.result(stream.result())
