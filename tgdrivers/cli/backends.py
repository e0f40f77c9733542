"""`tg ask --backend`: a question to a service that is no gateway, and its answer while it comes."""

from __future__ import annotations

import enum
import json
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from tgdrivers.certificates import Verify
from tgdrivers.cli.ask import FLOW_MODES
from tgdrivers.cli.failures import CommandError
from tgdrivers.cli.screen import Screen
from tgdrivers.cli.target import Target, made
from tgproto.catalog.streams import Stream
from tgproto.errors import TrustGraphError


class Backend(enum.StrEnum):
    """What is asked."""

    TRUSTGRAPH = "trustgraph"
    EDGEQUAKE = "edgequake"
    ASSISTANT = "assistant"


@contextmanager
def _edgequake(target: Target, question: str, mode: str | None) -> Generator[Stream[Any, Any]]:
    from tgdrivers.edgequake import EdgequakeClient

    def make(verify: Verify) -> EdgequakeClient:
        return EdgequakeClient(
            target.url,
            api_key=target.token,
            workspace_id=target.workspace,
            timeout=target.timeout,
            dialect="server" if target.dialect == "auto" else target.dialect,
            verify=verify,
        )

    with made(target, "ask", make) as client:
        yield client.query.stream(question, mode=mode)


@contextmanager
def _assistant(target: Target, question: str, mode: str | None) -> Generator[Stream[Any, Any]]:
    from tgdrivers.assistant import AssistantClient

    unknown = {"mode": mode, "workspace": target.workspace, "dialect": target.dialect.removeprefix("auto")}
    for option, value in unknown.items():
        if value:
            raise CommandError(f"the AI Assistant API knows no {option}", f"Leave --{option} out")

    def make(verify: Verify) -> AssistantClient:
        return AssistantClient(target.url, target.token, timeout=target.timeout, verify=verify)

    with made(target, "ask", make) as client:
        yield client.chat(question, stream=True)


_STREAMS: Final[Mapping[Backend, Callable[..., Any]]] = {
    Backend.EDGEQUAKE: _edgequake,
    Backend.ASSISTANT: _assistant,
}


def ask(backend: Backend, target: Target, question: str, mode: str | None) -> None:
    """Ask a service.

    Args:
        backend: Which kind it is.
        target: Whom.
        question: What.
        mode: How it is to search; None for its own choice.

    Raises:
        CommandError: The target is none, or there is no such mode.
        TrustGraphError: The call failed.
    """
    if mode in FLOW_MODES:
        raise CommandError(
            f"{mode} is a mode of TrustGraph", f"Leave --mode out, or --backend, which is {backend}"
        )
    with _STREAMS[backend](target, question, mode) as stream:
        (_print_lines if target.as_json else _print_text)(stream)


def _print_text(stream: Stream[Any, Any]) -> None:
    screen, begun = Screen(), False
    with stream:
        try:
            for chunk in stream:
                if text := str(chunk):
                    begun = True
                    screen.write(text)
        except (TrustGraphError, KeyboardInterrupt):
            if begun:
                screen.write("\n")
            raise
    screen.write("\n")


def _print_lines(stream: Stream[Any, Any]) -> None:
    """Print each chunk as a JSON object, then the whole text."""
    with stream:
        for chunk in stream:
            _print_line(
                {"kind": "text", "content": str(chunk)}
                if str(chunk)
                else {"kind": chunk.type or "unknown", **chunk}
            )
        _print_line({"kind": "result", "text": str(stream.result())})


def _print_line(members: Mapping[str, object]) -> None:
    sys.stdout.write(json.dumps(members) + "\n")
    sys.stdout.flush()
