"""The four background parts in the order in which they need each other, and starting and stopping them."""

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

# The flows with a service that answers, by workspace; `dead` is started before them, see standins/seed.py.
LIVE_FLOWS = (("default", "default"), ("default", "bare"), ("other", "default"))
NAMES = ("epmd", "rabbitmq", "standins", "gateway")


def all_parts(settings: Settings) -> tuple[Process, ...]:
    """Every part, in the order of starting.

    Args:
        settings: Ports and directories.

    Returns:
        The parts named in NAMES.
    """
    return broker.epmd(settings), broker.rabbitmq(settings), _standins(settings), _gateway(settings)


def start(settings: Settings) -> list[str]:
    """Install what is missing, start the parts that do not run and wait until they are ready.

    Args:
        settings: Ports and directories.

    Returns:
        The names of those that were started, none when all were running.

    Raises:
        HarnessError: A part cannot be installed or started.
    """
    with _lock(settings):
        install(settings)
        broker.write_files(settings)
        started = []
        for part in all_parts(settings):
            if part.start():
                started.append(part.name)
                print(f"started {part.name} (pid {part.pid})", flush=True)
        return started


def stop(settings: Settings, names: Collection[str] = NAMES) -> None:
    """Stop parts with all their children; stopping every part also removes the broker's data.

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
        if set(names) == set(NAMES):
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


def _standins(settings: Settings) -> Process:
    return Process(
        name="standins",
        command=(str(settings.python), "-m", "standins.generation2"),
        environment=settings.for_python_parts(),
        work=settings.work,
        port=settings.control_port,
        port_setting="TGW_CONTROL_PORT",
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
        *("--no-metrics", "--no-loki-enabled"),
    )
    return Process(
        name="gateway",
        command=command,
        environment=settings.for_python_parts(),
        work=settings.work,
        port=settings.gateway_port,
        port_setting="TGW_PORT",
        ready=lambda: _serves_all_flows(settings),
        start_patience=60.0,
        stop_patience=10.0,
    )


def _serves_all_flows(settings: Settings) -> bool:
    """The gateway learns its flows some time after it opened its port."""
    return port_open(settings.gateway_port) and all(
        "vectors"
        in ask(
            f"{settings.gateway_url}/api/v1/flow/{flow}/service/embeddings",
            settings.admin_key,
            {"texts": ["ready"], "workspace": workspace},
        )
        for workspace, flow in LIVE_FLOWS
    )
