"""The global services of 1.7 over REST: configuration, collections, knowledge cores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from tgdrivers.compat import results as to
from tgdrivers.compat.clients import BaseApi
from tgdrivers.compat.rows import nothing
from tgdrivers.compat.v1 import results as to_1
from tgdrivers.compat.v1.results import rest
from tgdrivers.compat.v1.types import (
    CollectionMetadata,
    ConfigKey,
    ConfigValue,
)
from tgproto import catalog
from tgproto.types import Json

Names: TypeAlias = list[str]


class Config:
    """The configuration."""

    def __init__(self, api: BaseApi) -> None:
        self.api = api

    @property
    def _operations(self) -> catalog.Config:
        return self.api._own(self.api._native.config())  # pyright: ignore[reportPrivateUsage]

    def request(self, request: Mapping[str, Any]) -> dict[str, Json]:
        """Send a request as it is."""
        return self.api.request("config", request)

    @rest(to_1.config_values, takes=to.config_keys)
    def get(self, keys: list[ConfigKey]) -> list[ConfigValue]: ...

    @rest(nothing, takes=to.config_keys)
    def put(self, values: list[ConfigValue]) -> None: ...

    @rest(nothing, takes=to.config_keys)
    def delete(self, keys: list[ConfigKey]) -> None: ...

    @rest(to.names)
    def list(self, type: str) -> Names: ...

    @rest(to_1.config_values)
    def get_values(self, type: str) -> to_1.ConfigValues: ...

    @rest(tuple)
    def all(self) -> tuple[dict[str, dict[str, str]], int]: ...


class Collection:
    """Collections."""

    def __init__(self, api: BaseApi) -> None:
        self.api = api

    @property
    def _operations(self) -> catalog.Collection:
        return self.api._own(self.api._native.collection())  # pyright: ignore[reportPrivateUsage]

    def request(self, request: Mapping[str, Any]) -> dict[str, Json]:
        """Send a request as it is."""
        return self.api.request("collection-management", request)

    @rest(to_1.collections)
    def list_collections(
        self, user: str, tag_filter: list[str] | None = None
    ) -> list[CollectionMetadata]: ...

    @rest(to_1.collection)
    def update_collection(
        self,
        user: str,
        collection: str,
        name: str | None = None,
        description: str | None = None,
        tags: list[str] | None = None,
    ) -> CollectionMetadata | None: ...

    @rest(to.empty)
    def delete_collection(self, user: str, collection: str) -> dict[str, Json]: ...


class Knowledge:
    """Knowledge cores."""

    def __init__(self, api: BaseApi) -> None:
        self.api = api

    @property
    def _operations(self) -> catalog.Knowledge:
        return self.api._own(self.api._native.knowledge())  # pyright: ignore[reportPrivateUsage]

    def request(self, request: Mapping[str, Any]) -> dict[str, Json]:
        """Send a request as it is."""
        return self.api.request("knowledge", request)

    @rest(to.names)
    def list_kg_cores(self, user: str = "trustgraph") -> list[str]: ...

    @rest(nothing)
    def delete_kg_core(self, id: str, user: str = "trustgraph") -> None: ...

    @rest(nothing)
    def load_kg_core(
        self, id: str, user: str = "trustgraph", flow: str = "default", collection: str = "default"
    ) -> None: ...

    @rest(nothing)
    def unload_kg_core(self, id: str, user: str = "trustgraph", flow: str = "default") -> None: ...
