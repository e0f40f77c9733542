"""The trio driver."""

from tgdrivers.trio.api import Api

__all__ = ["Api"]
