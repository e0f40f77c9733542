"""Start all back ends, seed them, and serve until asked to stop."""

import asyncio
import importlib
import logging
import signal

import knowledge_fix
from aiohttp import web
from trustgraph.base import get_async_pubsub

from ..control import Control
from ..records import Records
from . import memory
from .publish import BrokerPublisher
from .scripted import SERVICES
from .seed import FLOWS, fill_configuration, start_flows
from .service import Service
from .settings import ADMIN_KEY, BUS, CONTROL_PORT, LOG_LEVEL
from .sink import SINKS, Sink

# Upstream's own services: the name of each, its module and what else it takes.
REAL_SERVICES = (
    ("config-svc", "trustgraph.config.service.service", {}),
    ("iam-svc", "trustgraph.iam.service.service", {"bootstrap_mode": "token", "bootstrap_token": ADMIN_KEY}),
    ("flow-svc", "trustgraph.flow.service.service", {}),
    ("librarian", "trustgraph.librarian.service", {}),
    ("kg-manager", "trustgraph.cores.service", {}),
)

log = logging.getLogger("standins")


async def main() -> None:
    """Run until SIGTERM or SIGINT."""
    logging.basicConfig(level=LOG_LEVEL, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for noisy in ("aiormq", "aiohttp.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)

    records = Records(SINKS)
    ready = asyncio.Event()
    backend = get_async_pubsub(**BUS)
    runner = web.AppRunner(Control(records, BrokerPublisher(backend), ready.is_set).application())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", CONTROL_PORT).start()

    fill_configuration()
    await start_real_services()
    flow_services = [*(Service(kind, records) for kind in SERVICES), *(Sink(kind, records) for kind in SINKS)]
    await asyncio.gather(*(service.start() for service in flow_services))
    await start_flows(backend)
    await wait_until_served(flow_services)
    ready.set()
    log.info("ready")
    await stop.wait()
    await runner.cleanup()


async def start_real_services() -> None:
    """Start upstream's services, whose imports must find the stores in memory."""
    knowledge_fix.install()
    memory.install()
    for name, module, more in REAL_SERVICES:
        await importlib.import_module(module).Processor(id=name, **BUS, **more).start()


async def wait_until_served(services: list[Service | Sink]) -> None:
    """Wait until every stand-in listens for every flow that has it."""
    wanted = {(place.workspace, place.flow) for place, name in FLOWS.items() if name == "standin"}
    while not all(wanted <= set(service.flows) for service in services):
        await asyncio.sleep(0.05)


if __name__ == "__main__":
    asyncio.run(main())
