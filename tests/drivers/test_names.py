"""What a program needs by name can be imported from `tgdrivers`, and importing that loads no driver."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version

import pytest

import tgdrivers
import tgproto
import tgproto.catalog
import tgproto.errors
import tgproto.types
from tgproto.catalog.registry import GROUPS

INNER = {"CallContext", "NoSuchStream", "SERVICE_ERRORS", "connection_error", "service_error"}
"""What only those need who write a driver or a runner."""


@pytest.mark.parametrize("name", tgdrivers.__all__)
def test_every_name_is_there(name: str) -> None:
    assert getattr(tgdrivers, name) is not None
    assert name in dir(tgdrivers)


def test_every_result_and_every_error_can_be_named() -> None:
    assert set(tgproto.types.__all__) <= set(tgdrivers.__all__)
    assert set(tgproto.errors.__all__) - INNER <= set(tgdrivers.__all__)


def test_every_group_of_operations_can_be_named() -> None:
    named = {getattr(tgdrivers, name) for name in tgdrivers.__all__}
    for blocking, awaited in GROUPS.values():
        assert any(issubclass(kind, blocking) for kind in named if isinstance(kind, type)), blocking
        assert any(issubclass(kind, awaited) for kind in named if isinstance(kind, type)), awaited


def test_a_flow_is_a_flow_whatever_carries_it() -> None:
    assert tgdrivers.SocketFlowInstance is tgdrivers.FlowInstance
    assert tgdrivers.AsyncSocketFlowInstance is tgdrivers.AsyncFlowInstance
    assert tgdrivers.BulkClient is tgdrivers.Bulk
    assert tgdrivers.AsyncBulkClient is tgdrivers.AsyncBulk


def test_nothing_else_is_there() -> None:
    with pytest.raises(AttributeError, match="module 'tgdrivers' has no attribute 'Nothing'"):
        tgdrivers.Nothing  # noqa: B018


def test_importing_loads_no_driver() -> None:
    code = "import sys, tgdrivers; sys.exit(any(name.startswith('tgdrivers.') for name in sys.modules))"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_version_is_that_of_the_package() -> None:
    assert tgproto.__version__ == version("tgproto")
