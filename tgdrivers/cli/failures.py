"""How a command ends: exit codes, and errors in one line."""

from __future__ import annotations

import enum
import json
import os
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager

from tgdrivers.cli.screen import without_controls
from tgproto.errors import (
    AccessDenied,
    AuthenticationError,
    BulkInterrupted,
    CallError,
    ConnectionFailed,
    ConnectionLost,
    ConnectionRefused,
    ConnectTimeout,
    ExportRefused,
    GatewayError,
    ImportRefused,
    InvalidItem,
    ProxyFailed,
    RequestTimeout,
    TLSFailed,
    TrustGraphError,
    WorkspaceNotFound,
)
from tgproto.files.items import UnreadableFile
from tgproto.secrets import Secret
from tgproto.web.errors import ForbiddenError, IncompleteStreamError, TimedOutError


class ExitCode(enum.IntEnum):
    """What the shell is told."""

    OK = 0
    FAILED = 1
    """The gateway, or a service behind it, reported an error, or its answer made no sense."""
    USAGE = 2
    """Wrong arguments, or packages are missing."""
    UNREACHABLE = 3
    """There is no connection."""
    DENIED = 4
    """The gateway does not accept the token, or it does not allow this."""
    LOST = 5
    """The connection ended before the answer did."""
    TIMEOUT = 6
    """No answer came in time."""
    INVALID = 7
    """Data in a file cannot be read or sent."""
    INTERRUPTED = 130
    """Ctrl-C; what a shell says of a program that SIGINT ended."""
    BROKEN_PIPE = 141
    """Nobody reads the output any more; what a shell says of a program that SIGPIPE ended."""
    TERMINATED = 143
    """SIGTERM ended a transfer, in order."""


class CommandError(Exception):
    """A command cannot begin.

    Args:
        summary: Why, in one sentence without a final full stop.
        hint: What to try, in one sentence without a final full stop; empty if the summary says it.
        code: What the shell is told.
    """

    def __init__(self, summary: str, hint: str = "", code: ExitCode = ExitCode.USAGE) -> None:
        super().__init__(summary)
        self.hint = hint
        self.code = code


class Unfinished(CommandError):
    """A transfer ended before its time.

    Args:
        summary: As for `CommandError`, here and below.
        hint: How to go on.
        code: What the shell is told.
        members: What a program wants to know, such as `resume`.
    """

    def __init__(self, summary: str, hint: str, code: ExitCode, members: Mapping[str, object]) -> None:
        super().__init__(summary, hint, code)
        self.members = members


# The first class that fits decides.
_CODES: tuple[tuple[type[Exception], ExitCode], ...] = (
    (AuthenticationError, ExitCode.DENIED),
    (AccessDenied, ExitCode.DENIED),
    (ForbiddenError, ExitCode.DENIED),
    (ConnectionFailed, ExitCode.UNREACHABLE),
    (ConnectionLost, ExitCode.LOST),
    (IncompleteStreamError, ExitCode.LOST),
    (ImportRefused, ExitCode.FAILED),
    (ExportRefused, ExitCode.FAILED),
    (BulkInterrupted, ExitCode.LOST),
    (InvalidItem, ExitCode.INVALID),
    (UnreadableFile, ExitCode.INVALID),
    (RequestTimeout, ExitCode.TIMEOUT),
    (TimedOutError, ExitCode.TIMEOUT),
    (TrustGraphError, ExitCode.FAILED),
)

# What to try, where the library's own hint speaks of arguments in Python.
_HINTS: dict[type[Exception], str] = {
    ConnectionRefused: (
        "Give the gateway's address with --url (from 2.8.6 on it listens on port 8888, older ones on 8088), "
        "or start one to try with `tg serve`"
    ),
    ConnectTimeout: "Check the address, firewalls, and the proxy if there is one",
    ProxyFailed: ("Check HTTP_PROXY, HTTPS_PROXY and ALL_PROXY; to do without, name the gateway in NO_PROXY"),
    TLSFailed: (
        "If its certificate is from a private authority, name that authority's certificate with --verify; "
        "if the gateway has no TLS, the URL begins with http://"
    ),
    RequestTimeout: "Raise --timeout if the service needs longer",
    AuthenticationError: (
        "Check --token or TRUSTGRAPH_TOKEN: an API key starts with tg_, a JWT expires after an hour"
    ),
    WorkspaceNotFound: "Check --workspace or TRUSTGRAPH_WORKSPACE",
    GatewayError: "Check that the flow is running; --flow names another",
}
_LAST_HINT = "The gateway's log may say more"


@contextmanager
def exits(*, as_json: bool = False, token: str | None = None) -> Generator[None]:
    """Turn whatever ends the block early into an exit code, and errors into one line on stderr.

    Args:
        as_json: Whether the line is a JSON object.
        token: What the line must not show, should a peer repeat it.

    Raises:
        SystemExit: With an `ExitCode`, unless the block ended well.
    """
    try:
        yield
        sys.stdout.flush()
    except KeyboardInterrupt:
        raise SystemExit(ExitCode.INTERRUPTED) from None
    except BrokenPipeError:
        _discard_output()
        raise SystemExit(ExitCode.BROKEN_PIPE) from None
    except (TrustGraphError, CommandError) as error:
        _report(error, as_json=as_json, token=Secret(token or ""))
        raise SystemExit(exit_code(error)) from None


def exit_code(error: TrustGraphError | CommandError) -> ExitCode:
    """Return what the shell is told of an error."""
    if isinstance(error, CommandError):
        return error.code
    return next(code for kind, code in _CODES if isinstance(error, kind))


def _report(error: TrustGraphError | CommandError, *, as_json: bool, token: Secret) -> None:
    if isinstance(error, CallError):
        summary, about = error.summary, str(error.context)
        special = bool(error.default_hint) and error.hint not in ("", error.default_hint)
        hint = "" if special else _HINTS.get(type(error), "")
        hint = hint or error.hint or _LAST_HINT
    else:
        summary, about = str(error), ""
        hint = error.hint if isinstance(error, CommandError) else ""
    summary, hint, about = (token.hide_in(_one_line(text)) for text in (summary, hint, about))
    if as_json:
        cause = error.__cause__ if isinstance(error, Unfinished) else None
        line = json.dumps(
            {
                "error": type(cause or error).__name__,
                "about": about,
                "message": summary,
                "hint": hint,
                "exit_code": exit_code(error),
                **(error.members if isinstance(error, Unfinished) else {}),
            }
        )
    else:
        line = f"tg: {about}: {summary}" if about else f"tg: {summary}"
        line = f"{line}. {hint}" if hint else line
    sys.stderr.write(f"{line}\n")


def _one_line(text: str) -> str:
    return without_controls(" ".join(text.split()))


def _discard_output() -> None:
    """Let the interpreter flush what is left to nowhere when it exits."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
