"""The embedded gateway: behaves like a real one, without a network, a back end or a language model."""

from tgproto.gateway.base import AnyGateway
from tgproto.gateway.demo import demo_graphs
from tgproto.gateway.generation1.gateway import Gateway1
from tgproto.gateway.generation2.gateway import Gateway
from tgproto.gateway.graph import Graph, GraphStore, parse_wire
from tgproto.gateway.host import Host
from tgproto.gateway.rest import Rest

__all__ = [
    "AnyGateway",
    "Gateway",
    "Gateway1",
    "Graph",
    "GraphStore",
    "Host",
    "Rest",
    "demo_graphs",
    "parse_wire",
]
