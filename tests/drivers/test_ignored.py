"""Arguments that a gateway has no use for: said once for each `Api`, and not sent."""

from __future__ import annotations

import warnings

import pytest

from tgdrivers import Api
from tgdrivers.testing import gateway


@pytest.mark.parametrize("transport", ["rest", "websocket"])
def test_a_user_on_a_gateway_with_workspaces_is_warned_about_once(transport: str) -> None:
    with gateway() as running, Api(running.url, token=running.token, transport=transport) as api:
        flow = api.flow().id("default")
        with pytest.warns(UserWarning, match="^user= means nothing to this gateway and is not sent$"):
            assert flow.graph_rag("Who built Kestrel Bridge?", user="trustgraph")
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert flow.with_options(timeout=5).graph_rag("Who built Kestrel Bridge?", user="trustgraph")
