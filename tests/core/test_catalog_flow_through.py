"""Services that the gateway lets through: requests and arguments."""

from __future__ import annotations

from typing import Any

import pytest

from tests.core.catalogue import answer, body
from tgproto.catalog import FlowCalls
from tgproto.dialect import GENERATION_1
from tgproto.errors import NotOffered

FLOW = FlowCalls("a-flow")
ANY: Any = FLOW


@pytest.mark.parametrize("call", [FLOW.thru("a/b", {"x": [None]}), FLOW.thru_stream("a/b", {"x": [None]})])
def test_requests(call: Any) -> None:
    assert (call.service, call.flow) == ("thru/a/b", "a-flow")
    assert body(call) == {"x": [None]}
    with pytest.raises(NotOffered, match=r"thru/a/b: .*2\.8\.7"):
        call.request(GENERATION_1)


@pytest.mark.parametrize("name", ["thru", "thru_stream"])
def test_wrong_arguments(name: str) -> None:
    with pytest.raises(ValueError, match="name must not be empty"):
        getattr(ANY, name)("", {})
    with pytest.raises(TypeError, match="request must be a mapping"):
        getattr(ANY, name)("a", [])


def test_answers() -> None:
    frames = [b'{"a":1}', b'{"b":2}']
    assert answer(FLOW.thru("a", {}), frames) == {"b": 2}
    assert answer(FLOW.thru_stream("a", {}), frames) == [{"a": 1}, {"b": 2}]
