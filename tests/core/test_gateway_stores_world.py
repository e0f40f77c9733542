"""Everything that there is, by workspace."""

from __future__ import annotations

from tgproto.gateway.generation2.blueprints import BLUEPRINTS
from tgproto.gateway.graph import GraphStore
from tgproto.gateway.stores.calendar import Calendar
from tgproto.gateway.stores.iam import Iam
from tgproto.gateway.stores.tokens import Signer
from tgproto.gateway.stores.world import World


def test_each_workspace_has_its_own() -> None:
    graphs, calendar = GraphStore(), Calendar()
    of = World(graphs, calendar, BLUEPRINTS, {"f": ["agent"]})
    for look in (of.flows, of.config, of.library, of.cores):
        assert look("a") is look("a")
        assert look("a") is not look("b")
    assert of.flows("a").services("f") == {"agent": None}.keys()
    assert of.graphs is graphs
    assert of.calendar is calendar
    assert not of.broken_cores
    assert not of.iam.knows("a")


def test_collections_are_configuration() -> None:
    iam = Iam(Calendar(), GraphStore(), Signer(), empty=False)
    of = World(GraphStore(), Calendar(), BLUEPRINTS, {}, iam=iam, broken_cores=True)
    of.collections("a").keep({"collection": "c"})
    assert of.config("a").list("collection")["directory"] == ["c"]
    assert of.config("b").list("collection")["directory"] == []
    assert of.iam is iam
    assert of.broken_cores
