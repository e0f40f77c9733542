"""A graph to play with: rivers, bridges and engineers of a country that does not exist."""

from __future__ import annotations

from importlib.resources import files

from tgproto.gateway.graph import GraphStore
from tgproto.gateway.ntriples import parse_ntriples

NAMESPACE = "https://example.org/demo/"
"""What the IRIs of the demo graph begin with."""


def demo_graphs() -> GraphStore:
    """Return a store with the demo graph in the default collection of the workspace `default`.

    It answers questions such as "What crosses the Alder?" or "Who built Kestrel Bridge?".
    """
    store = GraphStore()
    store.add(parse_ntriples(files("tgproto.gateway").joinpath("demo.nt").read_text("utf-8")))
    return store
