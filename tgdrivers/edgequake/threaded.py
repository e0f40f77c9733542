"""The client of EdgeQuake for blocking callers."""

from __future__ import annotations

from tgdrivers.edgequake.base import EdgequakeBase
from tgdrivers.service import Kind
from tgdrivers.threaded.house import ThreadedHouse
from tgdrivers.threaded.pump import Pump
from tgproto.edgequake.scopes import Edgequake


class EdgequakeClient(ThreadedHouse[Kind], EdgequakeBase[Pump], Edgequake):
    """EdgeQuake, for blocking callers.

    Use it in a `with` block, or call `close`; a call after that connects again. Any number of threads may use
    one client. The arguments are those of `EdgequakeBase`.
    """
