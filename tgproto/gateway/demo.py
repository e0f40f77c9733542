"""A graph to play with: rivers, bridges and engineers of a country that does not exist."""

from __future__ import annotations

from importlib.resources import files

from tgproto.gateway.graph import DEFAULT, GraphStore
from tgproto.rdf.ntriples import parse

NAMESPACE = "https://example.org/demo/"
"""What the IRIs of the demo graph begin with."""


def demo_graphs(workspace: str = DEFAULT) -> GraphStore:
    """Return a store with the demo graph.

    It answers questions such as "What crosses the Alder?" or "Who built Kestrel Bridge?".

    Args:
        workspace: The workspace, or for gateway 1.x the user, in whose default collection it is.
    """
    store = GraphStore()
    text = files("tgproto.gateway").joinpath("demo.nt").read_text("utf-8")
    store.add(parse(text), workspace=workspace)
    return store
