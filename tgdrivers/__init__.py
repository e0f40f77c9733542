"""Drivers: the same gateway for each way of doing I/O. They move bytes and decide nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tgdrivers.threaded import Api

__all__ = ["Api"]


def __getattr__(name: str) -> object:
    """Load the driver for blocking callers when it is asked for: whoever imports another one needs it not."""
    if name == "Api":
        from tgdrivers.threaded import Api

        return Api
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
