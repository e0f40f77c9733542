"""`tg ask` and `tg agent`: a question to a gateway, and its answer while it comes."""

from __future__ import annotations

import enum
from collections.abc import Generator
from contextlib import contextmanager
from typing import TypeVar

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
    """Where an answer comes from."""

    GRAPH_RAG = "graph-rag"
    DOCUMENT_RAG = "document-rag"
    TEXT = "text"


def ask(target: Target, question: str, mode: Mode) -> None:
    """Ask a flow's retrieval or its language model.

    Args:
        target: Whom.
        question: What.
        mode: Where the answer is to come from.

    Raises:
        CommandError: The target is none.
        TrustGraphError: The call failed.
    """
    with _flow(target, "ask") as flow:
        match mode:
            case Mode.GRAPH_RAG:
                _print(flow.graph_rag(question, streaming=True), _printer(target))
            case Mode.DOCUMENT_RAG:
                _print(flow.document_rag(question, streaming=True), _printer(target))
            case Mode.TEXT:
                _print(flow.text_completion("", question, streaming=True), _printer(target))


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
