"""What editors and readers see of every operation: one signature in every colour, over every transport."""

from __future__ import annotations

import importlib
import inspect
import typing
from typing import Any

import pytest

from docs.generator.catalogue import groups
from tests.meta.groups import OPERATIONS
from tgproto.catalog.registry import GROUPS
from tgproto.catalog.scopes import AsyncScope, PureScope, Scope, SyncScope

each_operation = pytest.mark.parametrize(
    ("group", "name"), OPERATIONS, ids=[f"{group.__name__}.{name}" for group, name in OPERATIONS]
)


def colours(group: type[Scope]) -> tuple[type[SyncScope], type[AsyncScope], type[Scope]]:
    """Return a group in each colour."""
    pure = [kind for kind in group.__subclasses__() if issubclass(kind, PureScope)]
    assert len(pure) == 1
    return (*groups()[group], pure[0])


@each_operation
def test_all_colours_have_the_same_signature(group: type[Scope], name: str) -> None:
    sync, later, pure = (inspect.signature(getattr(kind, name)) for kind in colours(group))
    assert sync.parameters == later.parameters == pure.parameters
    assert str(sync) == str(later).replace("AsyncStream", "Stream").replace("AsyncExport", "Export")


@each_operation
def test_all_colours_have_the_same_docstring(group: type[Scope], name: str) -> None:
    texts = {inspect.getdoc(getattr(kind, name)) for kind in (group, *colours(group))}
    assert len(texts) == 1
    assert all(texts)


@each_operation
def test_annotations_can_be_resolved(group: type[Scope], name: str) -> None:
    for kind in colours(group):
        method = getattr(kind, name)
        this, *parameters = inspect.signature(method).parameters
        hints = typing.get_type_hints(method)
        hints.pop(this, None)
        assert list(hints) == [*parameters, "return"]


WAYS = ["auth", "collection", "config", "i18n", "iam", "knowledge", "library", "metrics"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("module", ["tgdrivers", "tgdrivers.asyncio", "tgdrivers.trio"])
def test_the_groups_are_the_same_over_rest_and_sockets(module: str, way: str) -> None:
    api: Any = importlib.import_module(module).Api("http://h/", token="")
    group = type(getattr(api, way)())
    assert group is type(getattr(api.socket(), way)())
    assert group in {kind for kinds in GROUPS.values() for kind in kinds}


@pytest.mark.parametrize("module", ["tgdrivers", "tgdrivers.asyncio", "tgdrivers.trio"])
def test_flows_are_the_same_over_rest_and_sockets(module: str) -> None:
    api: Any = importlib.import_module(module).Api("http://h/", token="")
    assert type(api.flow().id()) is type(api.socket().flow())
