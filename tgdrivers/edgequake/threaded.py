"""The client of EdgeQuake for blocking callers."""

from __future__ import annotations

from functools import partial
from typing import Self

from tgdrivers.edgequake.base import BaseClient, EdgequakeHouse, Kind
from tgdrivers.files import MACHINE
from tgdrivers.threaded.house import ThreadedHouse
from tgdrivers.threaded.pump import Pump
from tgproto.catalog.runners import BlockingRunner
from tgproto.edgequake.scopes import Edgequake


class _House(ThreadedHouse[Kind], EdgequakeHouse[Pump, BlockingRunner]):
    _called = "EdgequakeClient"

    def runner(self) -> BlockingRunner:
        here = partial(self._here, "rest")
        return BlockingRunner(here, streams=here, machine=MACHINE)


class EdgequakeClient(BaseClient[_House], Edgequake):
    """EdgeQuake, for blocking callers.

    Use it in a `with` block, or call `close`; a call after that connects again. Any number of threads may use
    one client. The arguments are those of `BaseClient`.
    """

    _house_type = _House

    def close(self) -> None:
        """Close the connections, and wait until they are gone. Calls under way fail. Idempotent."""
        self._house.close()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()
