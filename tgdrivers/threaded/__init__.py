"""The driver for blocking callers, in any number of threads."""

from tgdrivers.threaded.api import Api

__all__ = ["Api"]
