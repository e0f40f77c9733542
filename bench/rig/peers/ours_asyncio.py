"""Our client on asyncio."""

from __future__ import annotations

import awaiting
from bulk import Ours

from tgdrivers.asyncio import Api

WORKS = awaiting.works(awaiting.Asyncio(), Api, Ours())
