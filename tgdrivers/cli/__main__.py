"""Where the command begins: `tg`, or `python -m tgdrivers.cli`."""

from __future__ import annotations

import sys

from tgdrivers.cli.failures import ExitCode


def main() -> int:
    """Run the command with the arguments of this process.

    Returns:
        The exit code, if the command did not leave with one itself.
    """
    try:
        from tgdrivers.cli.app import app
    except ModuleNotFoundError as missing:
        if missing.name not in ("rich", "typer"):
            raise
        sys.stderr.write("tg: this command needs more packages: pip install 'tgproto[cli]'\n")
        return ExitCode.USAGE
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    app(prog_name="tg")
    return ExitCode.OK


if __name__ == "__main__":
    sys.exit(main())
