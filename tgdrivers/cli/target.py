"""Which gateway a command talks to."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from tgdrivers.certificates import Verify
from tgdrivers.cli.failures import CommandError
from tgdrivers.network import InsecureWarning
from tgdrivers.threaded import Api


@dataclass(frozen=True, slots=True)
class Target:
    """Whom to talk to, and how.

    Attributes:
        flow: Id of the flow.
        url: Address of the gateway; None for the usual one.
        token: API key or JWT; None for anonymous access.
        workspace: Workspace; None for the token's own one.
        timeout: Longest silence in seconds.
        verify: A path of certificate authorities, `yes` for the system's, or `no`.
        dialect: Which release it is, or `auto`.
        as_json: Whether to print JSON.
    """

    flow: str
    url: str | None
    token: str | None
    workspace: str | None
    timeout: float
    verify: str
    dialect: str
    as_json: bool


@contextmanager
def opened(target: Target, command: str) -> Generator[Api]:
    """Open the way to a gateway, and close it in the end.

    Args:
        target: Which one.
        command: The command that does so, for the hint.

    Raises:
        CommandError: The target is none.
    """

    def make(verify: Verify) -> Api:
        api = Api(
            target.url, target.timeout, target.token, target.workspace, dialect=target.dialect, verify=verify
        )
        api.socket().flow(target.flow)  # sees that the id can be one
        return api

    with made(target, command, make) as api:
        yield api


ClientT = TypeVar("ClientT", bound=AbstractContextManager[Any])


def made(target: Target, command: str, make: Callable[[Verify], ClientT]) -> ClientT:
    """Make a client.

    Args:
        target: Whom it is for.
        command: The command that does so, for the hint.
        make: Makes it; is told how the peer proves who it is.

    Raises:
        CommandError: The target is none.
    """
    if target.verify == "no" and not target.as_json:
        sys.stderr.write("tg: warning: the gateway's certificate is not checked\n")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", InsecureWarning)
            return make({"yes": True, "no": False}.get(target.verify, target.verify))
    except (ValueError, OSError) as error:
        raise CommandError(str(error), f"`tg {command} --help` explains the options") from None
