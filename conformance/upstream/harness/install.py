"""Install what is missing: RabbitMQ from the Debian package, each gateway into an environment of its own."""

import os
import shutil
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from .errors import HarnessError
from .settings import UPSTREAM, Settings

RABBITMQ = Path("/usr/lib/rabbitmq/bin")
PACKAGE = "rabbitmq-server"
PATIENCE = 900.0


def install(settings: Settings, generations: Collection[int]) -> None:
    """Install whatever is missing; takes no time when nothing is.

    Args:
        settings: Which environments to make, and where the logs go.
        generations: The gateways that are wanted.

    Raises:
        HarnessError: Something cannot be installed here.
    """
    if 1 in generations:
        _install_gateway(settings.venv1, UPSTREAM / "requirements-1.txt", settings.log / "pip-1.log")
    if 2 in generations:
        _install_rabbitmq(settings.log / "apt.log")
        _install_gateway(settings.venv, UPSTREAM / "requirements-2.txt", settings.log / "pip-2.log")


def _install_rabbitmq(log: Path) -> None:
    if (RABBITMQ / PACKAGE).exists() and shutil.which("epmd"):
        return
    command = f"apt-get install -y --no-install-recommends {PACKAGE}"
    if not shutil.which("apt-get"):
        raise HarnessError(f"RabbitMQ is missing and this is no Debian: put {PACKAGE} into {RABBITMQ}")
    if os.geteuid() != 0:
        raise HarnessError(f"RabbitMQ is missing and installing it takes root: try 'sudo {command}'")
    print(f"installing {PACKAGE}", flush=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    with _no_service_started():
        _run(("apt-get", "update", "-q"), log, environment)
        _run(tuple(command.split()), log, environment)


@contextmanager
def _no_service_started() -> Iterator[None]:
    """Debian starts a service as it installs it, for all interfaces; this file is its way to say no."""
    policy = Path("/usr/sbin/policy-rc.d")
    if policy.exists():
        yield
        return
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    try:
        yield
    finally:
        policy.unlink()


def _install_gateway(venv: Path, requirements: Path, log: Path) -> None:
    wanted = requirements.read_text()
    done, python = venv / "installed.txt", venv / "bin" / "python"
    if done.exists() and done.read_text() == wanted and os.access(python, os.X_OK):
        return
    print(f"installing a gateway into {venv}", flush=True)
    done.unlink(missing_ok=True)
    _run((sys.executable, "-m", "venv", "--clear", str(venv)), log, os.environ)
    pip = (str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps")
    _run((*pip, "-r", str(requirements)), log, os.environ)
    done.write_text(wanted)


def _run(command: Sequence[str], log: Path, environment: Mapping[str, str]) -> None:
    with log.open("a") as out:
        try:
            status = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=environment,
                timeout=PATIENCE,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            status = -1
    if status:
        raise HarnessError(f"'{' '.join(command)}' failed, see {log}; try it by hand")
