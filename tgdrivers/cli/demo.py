"""`tg demo`: an agent's thoughts and a streamed answer with each driver, from a gateway in this process.

This module needs neither rich nor typer.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from tgdrivers.asyncio import Api as AsyncioApi
from tgdrivers.cli.failures import CommandError
from tgdrivers.cli.printers import LABEL_WIDTH, TextPrinter
from tgdrivers.cli.screen import Screen
from tgdrivers.testing import gateway
from tgdrivers.threaded import Api as ThreadedApi
from tgproto.catalog import AsyncFlowInstance

PAUSE = 0.025
"""Seconds between two pieces on a terminal, so that a person sees them come."""

_RULE = 72


@dataclass(frozen=True, slots=True)
class Scene:
    """What one driver shows.

    Attributes:
        url: Address of the gateway.
        token: Key to it.
        screen: Where the answers go.
        agent_question: What the agent is asked.
        graph_question: What the graph is asked.
    """

    url: str
    token: str
    screen: Screen
    agent_question: str
    graph_question: str

    @property
    def pause(self) -> float:
        """Seconds to wait after each piece."""
        return PAUSE if self.screen.is_terminal else 0.0

    def ask(self, service: str, question: str) -> TextPrinter:
        """Show a question, and return what shows its answer."""
        self.screen.write("\n" + service.ljust(LABEL_WIDTH), "bold")
        self.screen.write(f"{question}\n")
        return TextPrinter(self.screen)


def show(only: str | None) -> None:
    """Let drivers ask an agent and a graph, one driver after the other.

    Args:
        only: One of `DRIVERS`; None for all that are installed.

    Raises:
        CommandError: What that one needs is not installed.
    """
    screen = Screen()
    with gateway() as server:
        for name in [only] if only else DRIVERS:
            run, *questions = DRIVERS[name]
            screen.write(f"\n── {name} ".ljust(_RULE, "─") + "\n", "bold magenta")
            try:
                run(Scene(server.url, server.token, screen, *questions))
            except CommandError as missing:
                if only:
                    raise
                screen.write(f"left out: {missing}. {missing.hint}\n", "dim")


def _with_asyncio(scene: Scene) -> None:
    async def main() -> None:
        async with AsyncioApi(scene.url, token=scene.token, workspace="default") as api:
            await _converse(api.socket().flow("default"), scene, asyncio.sleep)

    asyncio.run(main())


def _with_trio(scene: Scene) -> None:
    try:
        import trio
    except ModuleNotFoundError:
        raise CommandError("the trio driver needs trio", "pip install 'tgproto[trio]'") from None
    from tgdrivers.trio import Api as TrioApi

    async def main() -> None:
        async with TrioApi(scene.url, token=scene.token, workspace="default") as api:
            await _converse(api.socket().flow("default"), scene, trio.sleep)

    trio.run(main)


def _with_threads(scene: Scene) -> None:
    with ThreadedApi(scene.url, token=scene.token, workspace="default") as api:
        flow = api.socket().flow("default")
        printer = scene.ask("agent", scene.agent_question)
        with flow.agent(scene.agent_question, streaming=True) as thoughts:
            for chunk in thoughts:
                printer.chunk(chunk)
                time.sleep(scene.pause)
            printer.result(thoughts.result())
        printer = scene.ask("graph-rag", scene.graph_question)
        with flow.graph_rag(scene.graph_question, streaming=True) as answer:
            for piece in answer:
                printer.chunk(piece)
                time.sleep(scene.pause)
            printer.result(answer.result())


async def _converse(
    flow: AsyncFlowInstance, scene: Scene, sleep: Callable[[float], Awaitable[object]]
) -> None:
    printer = scene.ask("agent", scene.agent_question)
    async with flow.agent(scene.agent_question, streaming=True) as thoughts:
        async for chunk in thoughts:
            printer.chunk(chunk)
            await sleep(scene.pause)
        printer.result(await thoughts.result())
    printer = scene.ask("graph-rag", scene.graph_question)
    async with flow.graph_rag(scene.graph_question, streaming=True) as answer:
        async for piece in answer:
            printer.chunk(piece)
            await sleep(scene.pause)
        printer.result(await answer.result())


DRIVERS: Mapping[str, tuple[Callable[[Scene], None], str, str]] = {
    "asyncio": (_with_asyncio, "Who built Kestrel Bridge?", "What crosses the Alder?"),
    "trio": (_with_trio, "Where was Ines Marlow born?", "Where does the Sorrel flow?"),
    "threaded": (_with_threads, "What replaced Old Toll Bridge?", "How long is the Merle?"),
}
"""Name -> what runs it, a question to its agent, a question to its graph."""
