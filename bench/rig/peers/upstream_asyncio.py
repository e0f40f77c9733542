"""The published client, its calls that are awaited."""

from __future__ import annotations

import awaiting
from bulk import Published
from trustgraph.api import Api


class Awaited(Api):
    """Its awaited calls under the names of the others."""

    socket = Api.async_socket
    flow = Api.async_flow
    bulk = Api.async_bulk


WORKS = awaiting.works(awaiting.Asyncio(), Awaited, Published(), takes_iterables=False)
