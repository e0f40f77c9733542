"""The pytest fixture `tg_gateway`: an embedded gateway for one test. Installed with the package."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tgdrivers.testing import RunningGateway


@pytest.fixture
def tg_gateway() -> Iterator[RunningGateway]:
    """A gateway with the graph of the demo: use its `url` and `token`. Each test gets one of its own."""
    from tgdrivers.testing import gateway  # not before a test wants it: others shall not pay for the import

    with gateway() as running:
        yield running
