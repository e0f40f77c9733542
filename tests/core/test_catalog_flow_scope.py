"""What all groups of a flow's services share."""

from __future__ import annotations

from typing import Any

import pytest

from tgproto.catalog import FlowCalls
from tgproto.catalog.flow_scope import FlowScope
from tgproto.dialect import GENERATION_1, GENERATION_2
from tgproto.errors import LocalProtocolError


@pytest.mark.parametrize(("flow", "error"), [("", ValueError), (None, TypeError), (5, TypeError)])
def test_a_flow_has_a_name(flow: Any, error: type[Exception]) -> None:
    for kind in (FlowScope, FlowCalls):
        with pytest.raises(error, match="flow must"):
            kind(flow)


def test_options_go_into_the_request() -> None:
    flow = FlowCalls("a-flow").with_options(workspace="w", retry=True)
    for call in (flow.triples_query(), flow.agent("q"), flow.agent_explain("q")):
        request = call.request(GENERATION_2)
        assert (request.flow, request.workspace, request.repeatable) == ("a-flow", "w", True)
        with pytest.raises(LocalProtocolError, match="users, not workspaces"):
            call.request(GENERATION_1)


def test_streaming_is_asked_for_or_not_mentioned() -> None:
    flow = FlowCalls("a-flow")
    plain, streamed = flow.agent("q"), flow.agent("q", streaming=True)
    assert "streaming" not in plain.arguments
    assert streamed.arguments["streaming"] is True
    assert streamed.streaming


def test_users_are_checked() -> None:
    flow: Any = FlowCalls("a-flow")
    assert flow.triples_query(user="anna").user == flow.agent("q", user="anna").user == "anna"
    for operation in (flow.triples_query, lambda user: flow.agent("q", user=user)):
        with pytest.raises(TypeError, match="user must be a str"):
            operation(user=5)
