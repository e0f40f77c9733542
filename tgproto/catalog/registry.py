"""Every operation by what it asks: for tests, documentation, and whoever wants to walk them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from tgproto.catalog.auth import AsyncAuth, Auth, AuthOps
from tgproto.catalog.bulk_scopes import AsyncBulk, Bulk, BulkOps
from tgproto.catalog.collection import AsyncCollection, Collection, CollectionOps
from tgproto.catalog.configuration import AsyncConfig, Config, ConfigOps
from tgproto.catalog.flow import AsyncFlowInstance, FlowInstance, FlowOps
from tgproto.catalog.flows import AsyncFlow, Flow, FlowsOps
from tgproto.catalog.i18n import AsyncI18n, I18n, I18nOps
from tgproto.catalog.iam import AsyncIam, Iam, IamOps
from tgproto.catalog.knowledge import AsyncKnowledge, Knowledge, KnowledgeOps
from tgproto.catalog.library import AsyncLibrary, Library, LibraryOps
from tgproto.catalog.metrics import AsyncMetrics, Metrics, MetricsOps
from tgproto.catalog.scopes import AsyncScope, Scope, SyncScope

GROUPS: Final[Mapping[type[Scope], tuple[type[SyncScope], type[AsyncScope]]]] = {
    FlowOps: (FlowInstance, AsyncFlowInstance),
    FlowsOps: (Flow, AsyncFlow),
    ConfigOps: (Config, AsyncConfig),
    LibraryOps: (Library, AsyncLibrary),
    KnowledgeOps: (Knowledge, AsyncKnowledge),
    CollectionOps: (Collection, AsyncCollection),
    IamOps: (Iam, AsyncIam),
    BulkOps: (Bulk, AsyncBulk),
    AuthOps: (Auth, AsyncAuth),
    MetricsOps: (Metrics, AsyncMetrics),
    I18nOps: (I18n, AsyncI18n),
}
"""The groups of operations without a colour -> the same, blocking and awaited."""


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of a group.

    Attributes:
        group: The group, without a colour.
        name: Name of the method.
    """

    group: type[Scope]
    name: str

    def __str__(self) -> str:
        return f"{self.group.__name__}.{self.name}"


def _entries() -> Iterator[tuple[str, Operation]]:
    for group in GROUPS:
        for base in group.__mro__:
            for entry, name in vars(base).get("entries", {}).items():
                yield entry, Operation(group, name)


REGISTRY: Final[Mapping[str, Operation]] = dict(_entries())
"""What gateways can be asked, by its name in `conformance/services.json` -> the operation that asks it."""
