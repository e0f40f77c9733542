"""The twins of the operations with `streaming`: there is one for each, and none too many."""

from __future__ import annotations

import inspect

import pytest

from tgproto.catalog.bind import DualOperation
from tgproto.catalog.flow import FlowOps
from tgproto.catalog.streaming import Either, Signatures, Streamed

NAMES = [name for name, value in vars(Signatures).items() if inspect.isfunction(value)]


def test_every_operation_with_streaming_has_a_twin() -> None:
    found = {
        name
        for kind in FlowOps.__mro__
        for name, value in vars(kind).items()
        if isinstance(value, DualOperation)
    }
    assert found == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_twins_are_never_called_but_documented(name: str) -> None:
    twin = getattr(Signatures, name)
    assert getattr(Streamed, name) is getattr(Either, name) is twin
    assert twin.__doc__ == f"See `{getattr(FlowOps, name).__qualname__}`."
    parameter = inspect.signature(twin).parameters["streaming"]
    assert parameter.kind is inspect.Parameter.KEYWORD_ONLY
    assert parameter.annotation == "F"
