"""Install what is missing: RabbitMQ from the Debian package, the gateway into an environment of its own."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from .errors import HarnessError
from .settings import UPSTREAM, Settings

RABBITMQ = Path("/usr/lib/rabbitmq/bin")
PACKAGE = "rabbitmq-server"
REQUIREMENTS = UPSTREAM / "requirements.txt"
PATIENCE = 900.0


def install(settings: Settings) -> None:
    """Install whatever is missing; takes no time when nothing is.

    Args:
        settings: Which environment to make, and where its logs go.

    Raises:
        HarnessError: Something cannot be installed here.
    """
    _install_rabbitmq(settings.log / "apt.log")
    _install_gateway(settings)


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


def _install_gateway(settings: Settings) -> None:
    wanted = REQUIREMENTS.read_text()
    done = settings.venv / "installed.txt"
    if done.exists() and done.read_text() == wanted and os.access(settings.python, os.X_OK):
        return
    print(f"installing the gateway into {settings.venv}", flush=True)
    log = settings.log / "pip.log"
    done.unlink(missing_ok=True)
    _run((sys.executable, "-m", "venv", "--clear", str(settings.venv)), log, os.environ)
    pip = (str(settings.python), "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps")
    _run((*pip, "-r", str(REQUIREMENTS)), log, os.environ)
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
