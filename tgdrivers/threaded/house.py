"""The life of a client for blocking callers: pumps for all threads of a process, and closing."""

from __future__ import annotations

import os
from typing import Self

from tgdrivers.house import House, KindT
from tgdrivers.threaded.pump import Pump
from tgproto.driven import Driven


class ThreadedHouse(House[Pump, KindT]):
    """Keeps pumps for the threads of a process: all of them share one client, also after a fork."""

    _blocking = True

    def close(self) -> None:
        """Close the connections, and wait until they are gone. Calls under way fail. Idempotent."""
        for place, pump in list(self._pumps.items()):
            if place[1] == os.getpid():
                self._pumps.pop(place, None)
                try:
                    pump.close()
                except BaseException:  # an interrupt: it can be closed again
                    self._pumps.setdefault(place, pump)
                    raise

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    def _here(self, kind: KindT) -> Pump:
        return self._pump(None, kind)

    def _make_pump(self, client: Driven) -> Pump:
        for place, pump in list(self._pumps.items()):
            if place[1] != os.getpid() and self._pumps.pop(place, None) is pump:
                pump.forsake()
        return Pump(client, self._endpoint, self._clock, self._token_source)
