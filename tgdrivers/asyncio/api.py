"""The `Api` of the asyncio colour: where the parts are put together."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from tgdrivers.asyncio.pump import Clock, Pump
from tgdrivers.asyncio.runner import SocketRunner
from tgproto.address import DEFAULT_URL, parse_address
from tgproto.catalog import AsyncFlow, CallOptions
from tgproto.client import ClientOptions
from tgproto.secrets import Secret
from tgproto.session.config import ClientConfig


class Api:
    """A TrustGraph gateway.

    Nothing is connected before the first call. Use it in an `async with` block, or call `aclose`; a call
    after that connects again, so close it again. One `Api` may be used under several event loops, one
    after the other or in several threads: it keeps one client for each.

    Args:
        url: Address of the gateway; `http`, `https`, `ws` and `wss` mean the same gateway.
        timeout: Longest silence of a call in seconds; None for no limit.
        token: API key or JWT; None asks for anonymous access.
        workspace: Workspace to address; None for the caller's default.
        max_connections: Connections for requests; one carries 16 at once.
        tls: Context for `https` and `wss`; None for the system's trust store, with verification.
        clock: Source of time for tests; the event loop by default.

    Raises:
        ValueError: The URL is none, or a limit is not above 0.
        TypeError: The token is not a string.
    """

    def __init__(
        self,
        url: str = DEFAULT_URL,
        timeout: float | None = 60,
        token: str | None = None,
        workspace: str | None = None,
        *,
        max_connections: int = 4,
        tls: ssl.SSLContext | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._address = parse_address(url)
        self._client_options = ClientOptions(
            host=self._address.authority,
            path=f"{self._address.path}api/v1/socket",
            session=ClientConfig(token=Secret(token or "")),
            max_connections=max_connections,
        )
        self._options = CallOptions(timeout=timeout, workspace=workspace)
        self._tls = tls
        self._clock = clock
        self._pumps: dict[asyncio.AbstractEventLoop, Pump] = {}

    def socket(self) -> Socket:
        """Return the services over the multiplexed socket."""
        return Socket(SocketRunner(self._pump), self._options)

    async def aclose(self) -> None:
        """Close the connections of the running loop, and wait until they are gone. Idempotent."""
        loop = asyncio.get_running_loop()
        pump = self._pumps.get(loop)
        if pump is not None:
            await pump.aclose()
            self._pumps.pop(loop, None)

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close."""
        await self.aclose()

    def _pump(self) -> Pump:
        loop = asyncio.get_running_loop()
        pump = self._pumps.get(loop)
        if pump is None:
            for old in [old for old in self._pumps if old.is_closed()]:
                del self._pumps[old]
            pump = self._pumps[loop] = Pump(
                self._address, self._client_options, tls=self._tls, clock=self._clock
            )
        return pump


@dataclass(frozen=True, slots=True)
class Socket:
    """The services of a gateway over the multiplexed socket."""

    _runner: SocketRunner
    _options: CallOptions

    def flow(self, flow_id: str = "default") -> AsyncFlow:
        """Return the services of a flow.

        Args:
            flow_id: Id of the flow.
        """
        return AsyncFlow(runner=self._runner, flow=flow_id, options=self._options)
