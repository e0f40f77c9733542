"""A RabbitMQ node of our own: its files, its variables and the two processes that it takes.

The node is private (its own name, cookie, ports and data) and bound to 127.0.0.1. Erlang's port mapper `epmd`
would otherwise be started by the node in the background, for all interfaces; here it is a part of its own.
"""

import base64
import hashlib
import json
import os
import subprocess
from collections.abc import Sequence

from .install import RABBITMQ
from .probe import port_open
from .process import Process
from .settings import Settings

NODE = "tggw@localhost"
USER = PASSWORD = "guest"  # what the gateway uses unless told otherwise

# An export leaves a durable queue bound to the flow's store for ever, which then collects all later imports.
# They are dropped 30 s after their last consumer; the gateway names them after a UUID.
EXPORT_QUEUES = {"pattern": r"\.gateway-[0-9a-f-]{36}$", "definition": {"expires": 30_000}}


def epmd(settings: Settings) -> Process:
    """Erlang's port mapper."""
    return Process(
        name="epmd",
        command=("epmd",),
        environment=_erlang(settings),
        work=settings.work,
        ports={"TGW_EPMD_PORT": settings.epmd_port},
        ready=lambda: port_open(settings.epmd_port),
        start_patience=10.0,
        stop_patience=5.0,
    )


def rabbitmq(settings: Settings) -> Process:
    """The node. Its port opens when it has booted completely."""
    return Process(
        name="rabbitmq",
        command=(str(RABBITMQ / "rabbitmq-server"),),
        environment=_erlang(settings) | _node(settings),
        work=settings.work,
        ports={"TGW_AMQP_PORT": settings.amqp_port, "TGW_DIST_PORT": settings.dist_port},
        ready=lambda: port_open(settings.amqp_port),
        start_patience=90.0,
        stop_patience=20.0,
    )


def write_files(settings: Settings) -> None:
    """Write what the node reads when it boots, and make its data directory.

    Args:
        settings: Ports and directories.
    """
    settings.broker_data.mkdir(mode=0o700, parents=True, exist_ok=True)
    directory = settings.work / "rabbitmq"
    directory.mkdir(exist_ok=True)
    definitions = directory / "definitions.json"
    definitions.write_text(json.dumps(_definitions(), indent=1))
    (directory / "enabled_plugins").write_text("[].\n")
    (directory / "rabbitmq.conf").write_text(
        f"listeners.tcp.1 = 127.0.0.1:{settings.amqp_port}\n"
        f"load_definitions = {definitions}\n"
        "log.console = true\n"
        "log.console.level = warning\n"
        "log.file = false\n"
        "vm_memory_high_watermark.relative = 0.5\n"
        "disk_free_limit.absolute = 200MB\n"
    )


def control(settings: Settings, arguments: Sequence[str]) -> int:
    """Run `rabbitmqctl` against the node.

    Args:
        settings: Ports and directories.
        arguments: Its arguments, for example `list_queues name messages`.

    Returns:
        Its exit status.
    """
    command = (str(RABBITMQ / "rabbitmqctl"), "-q", *arguments)
    environment = {**os.environ, **_erlang(settings), **_node(settings)}
    return subprocess.run(command, env=environment, check=False).returncode


def _erlang(settings: Settings) -> dict[str, str]:
    return {
        "HOME": str(settings.work / "home"),  # for the cookie
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "ERL_EPMD_PORT": str(settings.epmd_port),
    }


def _node(settings: Settings) -> dict[str, str]:
    directory = settings.work / "rabbitmq"
    return {
        "RABBITMQ_NODENAME": NODE,
        "RABBITMQ_CONFIG_FILE": str(directory / "rabbitmq.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(directory / "enabled_plugins"),
        "RABBITMQ_MNESIA_BASE": str(settings.broker_data),
        "RABBITMQ_LOG_BASE": str(settings.log),
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_DIST_PORT": str(settings.dist_port),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} +S 2:2",
    }


def _definitions() -> dict[str, object]:
    """The node's user and policy. A node that loads definitions makes no user by itself."""
    salt = b"tgw0"
    digest = hashlib.sha256(salt + PASSWORD.encode()).digest()
    user = {
        "name": USER,
        "password_hash": base64.b64encode(salt + digest).decode(),
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": ["administrator"],
    }
    everything = {"configure": ".*", "write": ".*", "read": ".*"}
    return {
        "vhosts": [{"name": "/"}],
        "users": [user],
        "permissions": [{"user": USER, "vhost": "/", **everything}],
        "policies": [{"vhost": "/", "name": "exports", "apply-to": "queues", "priority": 0, **EXPORT_QUEUES}],
    }
