"""Every operation by what it asks: for tests, documentation, and whoever wants to walk them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tgproto.catalog.collection import CollectionOps
from tgproto.catalog.configuration import ConfigOps
from tgproto.catalog.flow import FlowOps
from tgproto.catalog.flows import FlowsOps
from tgproto.catalog.iam import IamOps
from tgproto.catalog.knowledge import KnowledgeOps
from tgproto.catalog.library import LibraryOps
from tgproto.catalog.scopes import Scope

GROUPS: Final[Sequence[type[Scope]]] = (
    FlowOps,
    FlowsOps,
    ConfigOps,
    LibraryOps,
    KnowledgeOps,
    CollectionOps,
    IamOps,
)
"""The groups of operations, without a colour."""


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
