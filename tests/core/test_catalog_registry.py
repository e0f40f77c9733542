"""The registry leads to operations that are there."""

from __future__ import annotations

import inspect

import pytest

from tests.core.catalogue import KINDS
from tgproto.catalog.registry import GROUPS, REGISTRY, Operation


@pytest.mark.parametrize("entry", REGISTRY)
def test_an_entry_leads_to_an_operation(entry: str) -> None:
    operation = REGISTRY[entry]
    assert operation.group in GROUPS
    assert isinstance(inspect.getattr_static(operation.group, operation.name), KINDS)
    assert str(operation) == f"{operation.group.__name__}.{operation.name}"


def test_no_entry_is_claimed_twice() -> None:
    claimed = [
        (entry, base)
        for base in {base for group in GROUPS for base in group.__mro__}
        for entry in vars(base).get("entries", {})
    ]
    assert len(claimed) == len({entry for entry, _ in claimed}) == len(REGISTRY)
    assert REGISTRY["text-completion"] == Operation(REGISTRY["agent"].group, "text_completion")
