"""Everything that a gateway keeps for its callers, by workspace, or by user in 1.x."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

from tgproto.gateway.flows import Flows, Spelling
from tgproto.gateway.graph import GraphStore
from tgproto.gateway.stores.calendar import Calendar
from tgproto.gateway.stores.collections import Collections
from tgproto.gateway.stores.config import ConfigStore
from tgproto.gateway.stores.failures import keep
from tgproto.gateway.stores.iam import Iam
from tgproto.gateway.stores.knowledge import Cores
from tgproto.gateway.stores.library import Library
from tgproto.gateway.stores.tokens import Signer

S = TypeVar("S")

COLLECTION = "collection"
"""Type of the configuration that collections are."""


class World:
    """What there is. A store begins to exist when it is looked at.

    Args:
        graphs: What the services know.
        calendar: The time.
        spelling: How the generation calls flows.
        flows: Flow id -> the services in it, of every workspace at first.
        iam: Who may come in; nobody in 1.x, which does not ask.
        broken_cores: Whether knowledge cores fail as in gateway 2.11.1.
    """

    def __init__(
        self,
        graphs: GraphStore,
        calendar: Calendar,
        spelling: Spelling,
        flows: Mapping[str, Collection[str]],
        *,
        iam: Iam | None = None,
        broken_cores: bool = False,
    ) -> None:
        self.graphs = graphs
        self.calendar = calendar
        self.iam = iam or Iam(calendar, graphs, Signer(), empty=False)
        self.broken_cores = broken_cores
        self._spelling = spelling
        self._initial = {flow: tuple(services) for flow, services in flows.items()}
        self._flows: dict[str, Flows] = {}
        self._config: dict[str, ConfigStore] = {}
        self._libraries: dict[str, Library] = {}
        self._cores: dict[str, Cores] = {}

    def flows(self, owner: str = "") -> Flows:
        """Return the flows of a workspace; of all in 1.x."""
        return _found(self._flows, owner, lambda: Flows(self._spelling, owner, self._initial))

    def config(self, owner: str = "") -> ConfigStore:
        """Return the configuration of a workspace; of all in 1.x."""
        return _found(self._config, owner, ConfigStore)

    def library(self, owner: str) -> Library:
        """Return the documents of a workspace or user."""
        return _found(self._libraries, owner, Library)

    def cores(self, owner: str) -> Cores:
        """Return the knowledge cores of a workspace or user."""
        return _found(self._cores, owner, Cores)

    def collections(self, owner: str) -> Collections:
        """Return the collections of a workspace or user."""
        return Collections(self.config(owner).section(COLLECTION))


def _found(stores: dict[str, S], owner: str, make: Callable[[], S]) -> S:
    if owner not in stores:
        keep(stores, owner, make())
    return stores[owner]
