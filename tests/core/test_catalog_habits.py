"""The dialect is known before anything is sent."""

from __future__ import annotations

import pytest

from tests.core.librarian import Librarian
from tgproto.catalog.habits import dialect_of_gateway
from tgproto.catalog.options import CallOptions
from tgproto.dialect import GENERATION_1, GENERATION_2, MIXED_2_2, Dialect
from tgproto.errors import LocalProtocolError


@pytest.mark.parametrize("dialect", [GENERATION_1, MIXED_2_2, GENERATION_2])
def test_the_dialect(dialect: Dialect) -> None:
    peer = Librarian(dialect)
    steps = dialect_of_gateway("a_name", "f", CallOptions(workspace="w"))
    probe = next(steps)
    with pytest.raises(LocalProtocolError) as raised:
        probe.request(dialect)  # type: ignore[union-attr]
    with pytest.raises(StopIteration) as stopped:
        steps.throw(raised.value)
    assert stopped.value.value is dialect
    assert peer.requests == []


def test_other_errors_are_others() -> None:
    steps = dialect_of_gateway("a_name", "f", CallOptions())
    probe = next(steps)
    assert str(probe.context) == "a_name in flow 'f'"  # type: ignore[union-attr]
    with pytest.raises(LocalProtocolError, match="closed"):
        steps.throw(LocalProtocolError("closed"))
