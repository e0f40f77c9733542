"""The asyncio driver."""

from tgdrivers.asyncio.api import Api

__all__ = ["Api"]
