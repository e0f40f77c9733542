"""Where a scenario takes place: a driver, a gateway, a transport between them."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Coroutine
from typing import Any

from tests.drivers.contract.drivers import Driver
from tests.drivers.peers.embedded import EmbeddedGateway
from tests.drivers.peers.peer import CERTIFICATE, TOKEN
from tests.drivers.peers.rest import HttpGateway
from tests.drivers.peers.websocket import SocketGateway
from tgdrivers.testing import ManualClock


def make_peer(name: str, transport: str, *, tls: bool | ssl.SSLContext = False) -> Any:
    """Return a gateway by its name; it listens within a `with` block."""
    if name == "embedded":
        return EmbeddedGateway(tls=tls)
    return SocketGateway(tls=tls) if transport == "websocket" else HttpGateway(tls=tls)


class World:
    """Passes for the test: `flow` for calls, `driver` for tasks, `peer` for what has arrived.

    Attributes:
        driver: The driver that is tested.
        peer: The gateway, which listens.
        transport: How they talk.
        url: Where an `Api` connects: the gateway, or what a test puts before it.
        clock: The driver's time, if the test moves it.
        api: An `Api` for the gateway.
        flow: Its flow `default`.
    """

    api: Any
    flow: Any

    def __init__(
        self,
        driver: Driver,
        peer: Any,
        transport: str,
        clock: ManualClock | None,
        options: dict[str, Any],
        *,
        tls: bool = False,
    ) -> None:
        self.driver = driver
        self.peer = peer
        self.transport = transport
        self.url: str = peer.url
        self.clock = clock
        self.options: dict[str, Any] = {"token": TOKEN, "timeout": 10, "transport": transport, "clock": clock}
        if tls:
            self.options["verify"] = CERTIFICATE
        self.options |= options

    def connect(self, **options: Any) -> Any:
        """Return another `Api` for the same gateway."""
        return self.driver.api(self.url, **self.options | options)

    def run(self, test: Callable[[], Coroutine[Any, Any, None]]) -> None:
        async def scenario() -> None:
            async with self.connect() as self.api:
                self.flow = self.api.flow().id("default")
                await test()

        self.driver.run(scenario)

    async def reads(self, prompt: str) -> None:
        """Wait until the gateway has received a prompt."""
        await self.driver.until(lambda: prompt in self.peer.seen)

    async def stop_peer(self) -> None:
        """Let the gateway go away; meanwhile this side may take part in that."""
        stopping = threading.Thread(target=self.peer.stop)
        stopping.start()
        await self.driver.until(lambda: not stopping.is_alive())

    def pass_time(self, seconds: float) -> None:
        """Move the driver's clock."""
        assert self.clock is not None
        self.clock.advance(seconds)
