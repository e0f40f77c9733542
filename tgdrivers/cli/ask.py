"""`tg ask` and `tg agent`: a question to a gateway, and its answer while it comes."""

from __future__ import annotations

import enum
import sys
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from tgdrivers.cli.failures import CommandError
from tgdrivers.cli.printers import JsonPrinter, Printer, TextPrinter
from tgdrivers.cli.screen import Screen
from tgdrivers.network import InsecureWarning
from tgdrivers.threaded import Api
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


@dataclass(frozen=True, slots=True)
class Target:
    """Whom to ask, and how.

    Attributes:
        flow: Id of the flow.
        url: Address of the gateway; None for the usual one.
        token: API key or JWT; None for anonymous access.
        workspace: Workspace; None for the token's own one.
        timeout: Longest silence in seconds.
        verify: A path of certificate authorities, `yes` for the system's, or `no`.
        dialect: Which release it is, or `auto`.
        as_json: Whether to print JSON.
    """

    flow: str
    url: str | None
    token: str | None
    workspace: str | None
    timeout: float
    verify: str
    dialect: str
    as_json: bool


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
    with _flow(target) as flow:
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
    with _flow(target) as flow:
        _print(flow.agent(question, streaming=True), _printer(target))


@contextmanager
def _flow(target: Target) -> Generator[FlowInstance]:
    """Open the way to a flow, and close it in the end."""
    if target.verify == "no" and not target.as_json:
        sys.stderr.write("tg: warning: the gateway's certificate is not checked\n")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", InsecureWarning)
            api = Api(
                target.url,
                target.timeout,
                target.token,
                target.workspace,
                dialect=target.dialect,
                verify={"yes": True, "no": False}.get(target.verify, target.verify),
            )
        flow = api.socket().flow(target.flow)
    except (ValueError, OSError) as error:
        raise CommandError(str(error), "`tg ask --help` explains the options") from None
    with api:
        yield flow


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
