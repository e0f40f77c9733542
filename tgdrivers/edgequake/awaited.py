"""What the clients of EdgeQuake for asyncio and trio have in common."""

from __future__ import annotations

from abc import abstractmethod
from functools import partial
from types import TracebackType
from typing import Any, Self, TypeVar

from tgdrivers.edgequake.base import BaseClient, EdgequakeHouse
from tgdrivers.files import MACHINE
from tgproto.catalog.runners import AwaitedRunner
from tgproto.catalog.streams import AwaitedCarrier
from tgproto.edgequake.scopes import AsyncEdgequake

PumpT = TypeVar("PumpT", bound=AwaitedCarrier)


class AwaitedHouse(EdgequakeHouse[PumpT, AwaitedRunner]):
    """Keeps the connections of a client whose calls are awaited."""

    def runner(self) -> AwaitedRunner:
        """Return what carries calls out."""
        here = partial(self._here, "rest")
        return AwaitedRunner(here, streams=here, machine=MACHINE)

    @abstractmethod
    async def aclose(self) -> None:
        """Close the connections of the running program."""

    @abstractmethod
    async def __aenter__(self) -> Self:
        """Return itself."""

    @abstractmethod
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close."""


HouseT = TypeVar("HouseT", bound=AwaitedHouse[Any])


class AwaitedClient(BaseClient[HouseT], AsyncEdgequake):
    """EdgeQuake, for asynchronous callers."""

    async def aclose(self) -> None:
        """Close the connections of the running program, and wait until they are gone. Idempotent."""
        await self._house.aclose()

    async def __aenter__(self) -> Self:
        """Return itself."""
        await self._house.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close."""
        await self._house.__aexit__(kind, error, traceback)
