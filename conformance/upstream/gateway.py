"""Start and stop the published TrustGraph gateway 2.11.1 on loopback; see README.md beside this file."""

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Sequence

from harness import broker, parts
from harness.errors import HarnessError
from harness.settings import Settings


def main(arguments: Sequence[str]) -> int:
    """Do what the command line says.

    Args:
        arguments: The command line without the program's name.

    Returns:
        The exit status: 1 after an error or when `status` finds a part that does not run, that of the command
        for `run` and `rabbitmqctl`, otherwise 0.
    """
    signal.signal(signal.SIGTERM, _leave)
    options = _parser().parse_args(arguments)
    try:
        settings = Settings.from_environment()
        match options.command:
            case "start":
                parts.start(settings)
                _say_where(settings)
            case "stop":
                parts.stop(settings, options.parts or parts.NAMES)
            case "restart":
                parts.stop(settings, options.parts or parts.NAMES)
                parts.start(settings)
                _say_where(settings)
            case "status":
                return _status(settings)
            case "run":
                return _run(settings, options.line)
            case "rabbitmqctl":
                return broker.control(settings, options.line)
    except (HarnessError, OSError) as error:
        print(f"gateway.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("start", help="install and start what is missing, wait until all is ready")
    for name, text in (
        ("stop", "stop parts; without a name all of them, and remove the broker's data"),
        ("restart", "stop parts, without a name all of them, then start"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("parts", nargs="*", type=_part, metavar="PART", help=", ".join(parts.NAMES))
    commands.add_parser("status", help="say what runs")
    run = commands.add_parser("run", help="start, run a command with TGPROTO_GATEWAY_* set, stop")
    run.add_argument("line", nargs="+", metavar="-- COMMAND")
    control = commands.add_parser("rabbitmqctl", help="ask the private RabbitMQ node")
    control.add_argument("line", nargs="+", metavar="-- ARGUMENT")
    return parser


def _part(name: str) -> str:
    if name not in parts.NAMES:
        raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(parts.NAMES)}")
    return name


def _say_where(settings: Settings) -> None:
    print(f"gateway {settings.gateway_url}  control {settings.control_url}")
    print(f"key {settings.admin_key}  reader's key {settings.reader_key}")


def _status(settings: Settings) -> int:
    pids = {part.name: part.pid for part in parts.all_parts(settings)}
    for name, pid in pids.items():
        print(f"{name:10}{'stopped' if pid is None else pid}")
    if None in pids.values():
        return 1
    _say_where(settings)
    return 0


def _run(settings: Settings, line: Sequence[str]) -> int:
    """Start, run a command, and stop again whatever this call has started, however the command ends."""
    running = [part.name for part in parts.all_parts(settings) if part.pid is not None]
    try:
        parts.start(settings)
        return subprocess.run(line, env={**os.environ, **settings.for_tests()}, check=False).returncode
    finally:
        parts.stop(settings, [name for name in parts.NAMES if name not in running])


def _leave(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
