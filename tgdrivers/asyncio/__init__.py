"""The asyncio driver."""

from tgdrivers.asyncio.api import Api, Socket

__all__ = ["Api", "Socket"]
