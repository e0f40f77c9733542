"""Start and stop the published TrustGraph gateways 2.11.1 and 1.7.1 on loopback; README.md says more."""

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Collection, Sequence

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
                _start(settings, _generations(options))
            case "stop":
                parts.stop(settings, _names(options))
            case "restart":
                parts.stop(settings, _names(options))
                _start(settings, parts.generations_of(_names(options)))
            case "status":
                return _status(settings, _generations(options))
            case "run":
                return _run(settings, _generations(options), options.line)
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
    choice = argparse.ArgumentParser(add_help=False)
    choice.add_argument("--generation", type=int, choices=(1, 2), help="1 for 1.7.1, 2 for 2.11.1; else both")
    commands.add_parser(
        "start", parents=[choice], help="install and start what is missing, wait until all is ready"
    )
    for name, text in (
        ("stop", "stop parts; without a name all of them, and remove the broker's data"),
        ("restart", "stop parts, without a name all of them, then start their generation"),
    ):
        command = commands.add_parser(name, parents=[choice], help=text)
        command.add_argument("parts", nargs="*", type=_part, metavar="PART", help=", ".join(parts.NAMES))
    commands.add_parser("status", parents=[choice], help="say what runs")
    run = commands.add_parser(
        "run", parents=[choice], help="start, run a command with TGPROTO_GATEWAY_* set, stop"
    )
    run.add_argument("line", nargs="+", metavar="-- COMMAND")
    control = commands.add_parser("rabbitmqctl", help="ask the private RabbitMQ node")
    control.add_argument("line", nargs="+", metavar="-- ARGUMENT")
    return parser


def _part(name: str) -> str:
    if name not in parts.NAMES:
        raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(parts.NAMES)}")
    return name


def _generations(options: argparse.Namespace) -> list[int]:
    return [options.generation] if options.generation else list(parts.GENERATIONS)


def _names(options: argparse.Namespace) -> list[str]:
    """The parts that are named, or all parts of the generation."""
    return options.parts or [name for number in _generations(options) for name in parts.GENERATIONS[number]]


def _start(settings: Settings, generations: Collection[int]) -> None:
    parts.start(settings, generations)
    _say_where(settings, generations)


def _say_where(settings: Settings, generations: Collection[int]) -> None:
    if 1 in generations:
        print(f"1.7.1   {settings.gateway1_url}  control {settings.control1_url}  token {settings.token1}")
    if 2 in generations:
        print(f"2.11.1  {settings.gateway_url}  control {settings.control_url}", end="  ")
        print(f"key {settings.admin_key}  reader's key {settings.reader_key}")


def _status(settings: Settings, generations: Collection[int]) -> int:
    pids = {part.name: part.pid for part in parts.all_parts(settings, generations)}
    for name, pid in pids.items():
        print(f"{name:10}{'stopped' if pid is None else pid}")
    if None in pids.values():
        return 1
    _say_where(settings, generations)
    return 0


def _run(settings: Settings, generations: Collection[int], line: Sequence[str]) -> int:
    """Start, run a command, and stop again whatever this call has started, however the command ends."""
    stopped = [part.name for part in parts.all_parts(settings, generations) if part.pid is None]
    try:
        parts.start(settings, generations)
        variables = settings.for_tests(generations)
        return subprocess.run(line, env={**os.environ, **variables}, check=False).returncode
    finally:
        parts.stop(settings, stopped)


def _leave(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
