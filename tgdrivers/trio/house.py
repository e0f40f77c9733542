"""The life of a client under trio: a block with a nursery, pumps for each run, and closing."""

from __future__ import annotations

import os
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import trio
from trio.lowlevel import RunVar, TrioToken, current_trio_token, enable_ki_protection

from tgdrivers.house import House, KindT
from tgdrivers.trio.pump import Pump
from tgproto.driven import Driven
from tgproto.errors import LocalProtocolError


@dataclass(frozen=True, slots=True)
class _Block:
    """An `async with` block that was entered: its nursery, and what leaves that."""

    nursery: trio.Nursery
    manager: AbstractAsyncContextManager[trio.Nursery]


_blocks: RunVar[dict[TrioHouse[Any], _Block]] = RunVar("tgdrivers.trio")
"""The blocks of this `trio.run` that are entered and not left."""


class TrioHouse(House[Pump, KindT]):
    """Keeps pumps for runs of trio. It has to be used in an `async with` block, which has the tasks."""

    @enable_ki_protection
    async def aclose(self) -> None:
        """Close the connections of this run, and wait until they are gone; a call after that connects again.

        Idempotent. It takes a few seconds at most; being cancelled, it closes at once.
        """
        here = (_token(), os.getpid())
        pumps = [self._pumps.pop(place) for place in list(self._pumps) if place[:2] == here]
        try:
            for pump in pumps:
                await pump.aclose()
            await trio.lowlevel.checkpoint()
        finally:
            for pump in pumps:
                pump.abort()

    @enable_ki_protection
    async def __aenter__(self) -> Self:
        """Return itself.

        Raises:
            LocalProtocolError: It is entered already.
        """
        blocks = _entered()
        if self in blocks:
            raise LocalProtocolError(f"this {self._name} is entered already; use it, or make another one")
        manager = trio.open_nursery()
        blocks[self] = _Block(await manager.__aenter__(), manager)
        return self

    @enable_ki_protection
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close, and end the tasks."""
        block = _entered().pop(self)
        try:
            with trio.CancelScope(shield=True):
                await self.aclose()
        finally:
            # The nursery is not shown what the block raised: it would wrap that in a group.
            await block.manager.__aexit__(None, None, None)

    @enable_ki_protection
    def _here(self, kind: KindT) -> Pump:
        return self._pump(_token(), kind)

    def _make_pump(self, client: Driven) -> Pump:
        block = _entered().get(self)
        if block is None:
            raise LocalProtocolError(
                f"this {self._name} is not entered; make calls in its `async with` block"
            )
        return Pump(client, self._endpoint, block.nursery, self._clock, self._token_source)


def _token() -> TrioToken:
    try:
        return current_trio_token()
    except RuntimeError:
        raise LocalProtocolError("trio is not running here; call this inside of trio.run") from None


def _entered() -> dict[TrioHouse[Any], _Block]:
    _token()
    try:
        return _blocks.get()
    except LookupError:
        blocks: dict[TrioHouse[Any], _Block] = {}
        _blocks.set(blocks)
        return blocks
