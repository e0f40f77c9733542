"""The configuration: values by type and key."""

from __future__ import annotations

from dataclasses import dataclass

from tgproto.catalog.global_scope import GlobalScope
from tgproto.catalog.scopes import AsyncScope, PureScope, SyncScope


@dataclass(frozen=True)
class ConfigOps(GlobalScope):
    """The configuration: values by type and key."""

    service = "config"


@dataclass(frozen=True)
class ConfigCalls(PureScope, ConfigOps):
    """The configuration: values by type and key; as calls that somebody else carries out."""


@dataclass(frozen=True)
class Config(SyncScope, ConfigOps):
    """The configuration: values by type and key; blocking."""


@dataclass(frozen=True)
class AsyncConfig(AsyncScope, ConfigOps):
    """The configuration: values by type and key; awaited."""
