"""The background parts of both generations, and starting and stopping them."""

import fcntl
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from . import broker
from .errors import HarnessError
from .install import install
from .probe import ask, get_succeeds, port_open
from .process import Process
from .settings import UPSTREAM, Settings
from .waiting import wait_until

# The flows of 2.11.1 with a service that answers, by workspace; `dead` is started before them.
LIVE_FLOWS = (("default", "default"), ("default", "bare"), ("other", "default"))

# The parts of each generation in the order in which they need each other.
GENERATIONS = {1: ("gateway1",), 2: ("epmd", "rabbitmq", "standins", "gateway")}
NAMES = tuple(name for names in GENERATIONS.values() for name in names)


def all_parts(settings: Settings, generations: Collection[int] = (1, 2)) -> list[Process]:
    """Every part of some generations, in the order of starting.

    Args:
        settings: Ports and directories.
        generations: Which.

    Returns:
        The parts that GENERATIONS names.
    """
    parts = []
    if 1 in generations:
        parts += [_gateway1(settings)]
    if 2 in generations:
        parts += [broker.epmd(settings), broker.rabbitmq(settings), _standins(settings), _gateway(settings)]
    return parts


def generations_of(names: Collection[str]) -> list[int]:
    """The generations to which some parts belong."""
    return [number for number, parts in GENERATIONS.items() if not set(names).isdisjoint(parts)]


def start(settings: Settings, generations: Collection[int] = (1, 2)) -> list[str]:
    """Install what is missing, start the parts that do not run and wait until they are ready.

    Args:
        settings: Ports and directories.
        generations: Which of the two gateways, with all that it needs.

    Returns:
        The names of those that were started, none when all were running.

    Raises:
        HarnessError: A part cannot be installed or started.
    """
    with _lock(settings):
        install(settings, generations)
        started: list[str] = []
        # 1.7.1 needs no other part, so it comes up while those of 2.11.1 do.
        begun = [(part, part.begin()) for part in all_parts(settings, set(generations) & {1})]
        if 2 in generations:
            broker.write_files(settings)
            started += [_started(part) for part in all_parts(settings, {2}) if part.start()]
        for part, process in begun:
            part.finish(process)
            if process is not None:
                started.append(_started(part))
        return started


def _started(part: Process) -> str:
    print(f"started {part.name} (pid {part.pid})", flush=True)
    return part.name


def stop(settings: Settings, names: Collection[str] = NAMES) -> None:
    """Stop parts with all their children; stopping every part of 2.11.1 also removes the broker's data.

    Args:
        settings: Ports and directories.
        names: Which parts.

    Raises:
        HarnessError: A process cannot be ended.
    """
    with _lock(settings):
        for part in reversed(all_parts(settings)):
            if part.name in names and part.stop():
                print(f"stopped {part.name}", flush=True)
        if set(names) >= set(GENERATIONS[2]):
            shutil.rmtree(settings.broker_data, ignore_errors=True)


@contextmanager
def _lock(settings: Settings) -> Iterator[None]:
    """Only one start or stop at a time in a work directory."""
    try:
        for directory in ("home", "log", "pid"):
            (settings.work / directory).mkdir(parents=True, exist_ok=True)
        lock = (settings.work / "lock").open("w")
    except OSError as error:
        raise HarnessError(f"cannot write to {settings.work} ({error.strerror}); set TGW_WORK") from error
    with lock:

        def taken() -> bool:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

        if not wait_until(taken, 300.0):
            raise HarnessError(f"another start or stop works in {settings.work}; try again later")
        yield


def _gateway1(settings: Settings) -> Process:
    return Process(
        name="gateway1",
        command=(str(settings.python1), "-m", "standins.generation1"),
        environment=settings.for_generation1(),
        work=settings.work,
        ports={"TGW1_PORT": settings.gateway1_port, "TGW1_CONTROL_PORT": settings.control1_port},
        ready=lambda: get_succeeds(f"{settings.control1_url}/ready"),
        start_patience=60.0,
        stop_patience=10.0,
    )


def _standins(settings: Settings) -> Process:
    return Process(
        name="standins",
        command=(str(settings.python), "-m", "standins.generation2"),
        environment=settings.for_generation2(),
        work=settings.work,
        ports={"TGW_CONTROL_PORT": settings.control_port},
        ready=lambda: get_succeeds(f"{settings.control_url}/ready"),
        start_patience=60.0,
        stop_patience=10.0,
    )


def _gateway(settings: Settings) -> Process:
    command = (
        *(str(settings.python), str(UPSTREAM / "run_gateway.py")),
        *("--pubsub-backend", "rabbitmq"),
        *("--rabbitmq-host", "127.0.0.1"),
        *("--rabbitmq-port", str(settings.amqp_port)),
        *("--port", str(settings.gateway_port)),
        *("--timeout", str(settings.timeout)),
        *("--log-level", settings.log_level),
        *("--prometheus-url", settings.control_url),
        *("--no-metrics", "--no-loki-enabled"),
    )
    return Process(
        name="gateway",
        command=command,
        environment=settings.for_generation2(),
        work=settings.work,
        ports={"TGW_PORT": settings.gateway_port},
        ready=lambda: _serves_all_flows(settings),
        start_patience=60.0,
        stop_patience=10.0,
    )


def _serves_all_flows(settings: Settings) -> bool:
    """The gateway 2.11.1 learns its flows some time after it opened its port."""
    return port_open(settings.gateway_port) and all(
        "vectors"
        in ask(
            f"{settings.gateway_url}/api/v1/flow/{flow}/service/embeddings",
            settings.admin_key,
            {"texts": ["ready"], "workspace": workspace},
        )
        for workspace, flow in LIVE_FLOWS
    )
