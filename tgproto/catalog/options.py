"""How a call is carried out: time limits, workspace, whether it may be repeated."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CallOptions:
    """Options that apply to any operation.

    Attributes:
        timeout: Longest silence in seconds, from the call on and again from each frame; None for no limit.
        total_timeout: Longest duration in seconds; None for no limit.
        workspace: Workspace to address; None for the caller's default. `"default"` is a name like any other.
        retry: Whether running a call twice does no harm: then it may be sent again after a lost connection.
        on_ignored: Called with the names of arguments that a gateway is not told, because it has no use for
            them; see `Call.ignored`. None for nobody.

    Raises:
        TypeError: An option is of the wrong type.
        ValueError: A limit is not above 0 s, or the workspace is empty.
    """

    timeout: float | None = 60.0
    total_timeout: float | None = None
    workspace: str | None = None
    retry: bool = False
    on_ignored: Callable[[tuple[str, ...]], object] | None = None

    def __post_init__(self) -> None:
        _check_limit("timeout", self.timeout)
        _check_limit("total_timeout", self.total_timeout)
        _check_workspace(self.workspace)
        _check_flag("retry", self.retry)


def _check_limit(name: str, value: object) -> None:
    if value is None:
        return
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise TypeError(f"{name} must be a number of seconds or None, not {type(value).__name__}")
    if not (value > 0 and math.isfinite(value)):
        raise ValueError(f"{name} must be above 0 s and finite; None is for no limit")


def _check_workspace(value: object) -> None:
    if not isinstance(value, str | None):
        raise TypeError(f"workspace must be a str or None, not {type(value).__name__}")
    if value == "":
        raise ValueError("workspace must not be empty; None is for the caller's default")


def _check_flag(name: str, value: object) -> None:
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be a bool, not {type(value).__name__}")
