"""`trustgraph.api` 2.11, over the operations and drivers of this package."""

from tgdrivers.compat.v2.api import Api

__all__ = ["Api"]
