"""Start the gateway 1.7.1 and all its back ends, and serve until killed.

SIGTERM is left to the system: there is nothing to save, and upstream's threads would not end by themselves.
"""

import asyncio
import importlib
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from aiohttp import web
from trustgraph.schema import (
    collection_request_queue,
    config_request_queue,
    flow_request_queue,
    knowledge_request_queue,
    librarian_request_queue,
)

from ..control import Control
from ..records import Records
from . import bus, memory
from .flows import Flows
from .publish import MemoryPublisher
from .seed import FLOWS, LIVE_FLOWS, fill_stores, start_flows
from .settings import CONTROL_PORT, LOG_LEVEL, PORT, THREADS, TOKEN
from .sink import SINKS
from .storage import STORES, Storage

# Upstream's own services with their modules, and the topics on which they listen.
REAL_SERVICES = {
    "config-svc": "trustgraph.config.service.service",
    "librarian": "trustgraph.librarian.service",
    "kg-manager": "trustgraph.cores.service",
}
REAL_TOPICS = (
    config_request_queue,
    flow_request_queue,
    librarian_request_queue,
    collection_request_queue,
    knowledge_request_queue,
)

log = logging.getLogger("standins")


async def main() -> None:
    """Run until killed."""
    logging.basicConfig(level=LOG_LEVEL, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS))
    bus.install()
    memory.install()

    records = Records(SINKS)
    ready = asyncio.Event()
    await listen(Control(records, MemoryPublisher(), ready.is_set).application(), CONTROL_PORT)
    async with asyncio.TaskGroup() as group:
        standins = Flows(records, group)
        for standin in (standins, *map(Storage, STORES)):
            group.create_task(standin.run())
        await fill_stores()
        await start_real_services(group)
        await start_flows()
        await start_gateway()
        await wait_until(lambda: standins.names == LIVE_FLOWS)
        ready.set()
        log.info("ready")


async def start_real_services(group: asyncio.TaskGroup) -> None:
    """Start upstream's services, whose imports must find the stores in memory, and wait until they listen."""
    for name, module in REAL_SERVICES.items():
        processor = importlib.import_module(module).Processor
        await processor(id=name, pulsar_host="memory", taskgroup=group, metrics=False).start()
    await wait_until(lambda: all(map(bus.subscribed, REAL_TOPICS)))


async def start_gateway() -> None:
    """Start the gateway as upstream does, but on 127.0.0.1, and wait until it knows the flows."""
    module = importlib.import_module("trustgraph.gateway.service")
    metrics = f"http://127.0.0.1:{CONTROL_PORT}"
    api = module.Api(pulsar_host="memory", api_token=TOKEN, prometheus_url=metrics)
    await listen(await api.app_factory(), PORT)
    await wait_until(lambda: set(api.dispatcher_manager.flows) == set(FLOWS))


async def listen(application: web.Application, port: int) -> None:
    """Serve an application on a port of 127.0.0.1."""
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()


async def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for something that happens by itself; the harness ends the process if it never does."""
    while not condition():
        await asyncio.sleep(0.02)


if __name__ == "__main__":
    asyncio.run(main())
