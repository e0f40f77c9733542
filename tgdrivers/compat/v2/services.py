"""The global services of 2.11 over REST: configuration, collections, knowledge cores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from tgdrivers.compat import results as to
from tgdrivers.compat.clients import OWN, BaseApi
from tgdrivers.compat.rows import nothing
from tgdrivers.compat.v2 import results as to_2
from tgdrivers.compat.v2.results import rest
from tgdrivers.compat.v2.types import (
    CollectionMetadata,
    ConfigKey,
    ConfigValue,
)
from tgproto import catalog
from tgproto.types import Json

Names: TypeAlias = list[str]


class Config:
    """The configuration of a workspace."""

    def __init__(self, api: BaseApi, workspace: str = OWN) -> None:
        self.api = api
        self.workspace = workspace

    @property
    def _operations(self) -> catalog.Config:
        config = self.api._own(self.api._native.config())  # pyright: ignore[reportPrivateUsage]
        return config if self.workspace == OWN else config.with_options(workspace=self.workspace)

    def request(self, request: Mapping[str, Any]) -> dict[str, Json]:
        """Send a request as it is."""
        return self.api.request("config", request)

    @rest(to_2.config_values, takes=to.config_keys)
    def get(self, keys: list[ConfigKey]) -> list[ConfigValue]: ...

    @rest(nothing, takes=to.config_keys)
    def put(self, values: list[ConfigValue]) -> None: ...

    @rest(nothing, takes=to.config_keys)
    def delete(self, keys: list[ConfigKey]) -> None: ...

    @rest(to.names)
    def list(self, type: str) -> Names: ...

    @rest(to_2.config_values)
    def get_values(self, type: str) -> to_2.ConfigValues: ...

    def get_values_all_workspaces(self, type: str) -> to_2.ConfigValues:
        """Read all values of a type in every workspace that there is, one workspace after the other."""
        found: to_2.ConfigValues = []
        for workspace in self._workspaces():
            for value in Config(self.api, workspace).get_values(type):
                value.workspace = workspace
                found.append(value)
        return found

    @property
    def _iam(self) -> catalog.Iam:
        return self.api._own(self.api._native.iam())  # pyright: ignore[reportPrivateUsage]

    @rest(to.ids, "list_workspaces", of="_iam")
    def _workspaces(self) -> Names: ...

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

    @rest(to_2.collections)
    def list_collections(self, tag_filter: list[str] | None = None) -> list[CollectionMetadata]: ...

    @rest(to_2.collection)
    def update_collection(
        self,
        collection: str,
        name: str | None = None,
        description: str | None = None,
        tags: list[str] | None = None,
    ) -> CollectionMetadata | None: ...

    @rest(to.empty)
    def delete_collection(self, collection: str) -> dict[str, Json]: ...


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
    def list_kg_cores(self) -> list[str]: ...

    @rest(nothing)
    def delete_kg_core(self, id: str) -> None: ...

    @rest(nothing)
    def load_kg_core(self, id: str, flow: str = "default", collection: str = "default") -> None: ...

    @rest(nothing)
    def unload_kg_core(self, id: str, flow: str = "default") -> None: ...

    @rest(to.names)
    def list_de_cores(self) -> list[str]: ...

    @rest(nothing)
    def delete_de_core(self, id: str) -> None: ...

    @rest(nothing)
    def load_de_core(self, id: str, flow: str = "default", collection: str = "default") -> None: ...
