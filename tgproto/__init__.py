"""A protocol core without I/O for knowledge-graph and LLM gateways.

| Module | What it turns into what | Start here |
| --- | --- | --- |
| `tgproto.driven` | what a driver drives: both clients below are driven alike | `Driven` |
| `tgproto.client` | streams over several WebSockets | `Client`, `ClientOptions` |
| `tgproto.rest` | streams over a pool of HTTP connections | `RestClient`, `RestOptions` |
| `tgproto.connection` | bytes to streams, one WebSocket | `Connection` |
| `tgproto.session` | messages to streams | `ClientSession`, `ServerSession`, `BulkSender`, `BulkReceiver` |
| `tgproto.link` | bytes to messages | `WebSocketLink`, `HttpClientLink`, `HttpServerLink`, `SSEDecoder` |
| `tgproto.catalog` | arguments to requests, answers to results | `FlowsCalls`, `FlowCalls`, `FlowInstance` |
| `tgproto.types` | JSON to terms, chunks and results | `IRI`, `Triple`, `TextChunk`, `RagAnswer` |
| `tgproto.rdf` | text and graphs of rdflib to triples, and back | `parse`, `format_triples`, `to_graph` |
| `tgproto.gateway` | requests to answers: a gateway in memory | `Gateway` |
| `tgproto.web` | requests to answers: plain services in memory, with faults | `Service`, `Planned` |
| `tgproto.server` | bytes to requests of these, WebSocket or HTTP | `ServerConnection` |
| `tgproto.errors` | what can be raised | `TrustGraphError`, `CallError` |
| `tgproto.recorder` | calls to a transcript that can be replayed | `recorded`, `replay` |

Nothing here does I/O, reads a clock, draws randomness or logs; all of that comes in as arguments.
Names are imported when first used, so that importing one layer does not import the others.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tgproto.address import Address, parse_address
    from tgproto.client import Client, ClientOptions
    from tgproto.closing import CloseCause, CloseFrame, CloseKind
    from tgproto.connection import Connection
    from tgproto.dialect import GENERATION_1, GENERATION_2, MIXED_2_2, Dialect, dialect_of
    from tgproto.driven import Dial, Driven, Lost, Transfer
    from tgproto.recorder import recorded, replay
    from tgproto.rest.client import RestClient
    from tgproto.rest.config import RestOptions
    from tgproto.role import Role
    from tgproto.secrets import Secret

__version__ = "0.1.0.dev0"
"""The version of this package."""

_HOMES = {
    "tgproto.address": ("Address", "parse_address"),
    "tgproto.client": ("Client", "ClientOptions"),
    "tgproto.closing": ("CloseCause", "CloseFrame", "CloseKind"),
    "tgproto.connection": ("Connection",),
    "tgproto.dialect": ("GENERATION_1", "GENERATION_2", "MIXED_2_2", "Dialect", "dialect_of"),
    "tgproto.driven": ("Dial", "Driven", "Lost", "Transfer"),
    "tgproto.recorder": ("recorded", "replay"),
    "tgproto.rest.client": ("RestClient",),
    "tgproto.rest.config": ("RestOptions",),
    "tgproto.role": ("Role",),
    "tgproto.secrets": ("Secret",),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "GENERATION_1",
    "GENERATION_2",
    "MIXED_2_2",
    "Address",
    "Client",
    "ClientOptions",
    "CloseCause",
    "CloseFrame",
    "CloseKind",
    "Connection",
    "Dial",
    "Dialect",
    "Driven",
    "Lost",
    "RestClient",
    "RestOptions",
    "Role",
    "Secret",
    "Transfer",
    "dialect_of",
    "parse_address",
    "recorded",
    "replay",
]


def __getattr__(name: str) -> object:
    """Import a public name from the module it lives in."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
