"""Every operation of every group, by each of its names."""

from __future__ import annotations

import inspect

from docs.generator.catalogue import groups
from tgproto.catalog.bind import Descriptor
from tgproto.catalog.registry import GROUPS
from tgproto.catalog.scopes import Scope


def operations(group: type) -> list[str]:
    """Return the names of the operations that a class has, imports and exports among them."""
    return [name for name in dir(group) if isinstance(inspect.getattr_static(group, name), Descriptor)]


OPERATIONS: list[tuple[type[Scope], str]] = [
    (group, name) for group in groups() for name in operations(group)
]
COLOURED: list[type[Scope]] = [kind for kinds in GROUPS.values() for kind in kinds]
"""The groups that a gateway's services belong to, in the colours that callers have."""
