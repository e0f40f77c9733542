"""A protocol core without I/O for knowledge-graph and LLM gateways.

| Layer | Bytes or messages | Start here |
| --- | --- | --- |
| `tgproto.client` | streams over several connections | `Client` |
| `tgproto.connection` | bytes to streams, one connection | `Connection` |
| `tgproto.session` | messages to streams | `ClientSession`, `ServerSession`, `BulkSender`, `BulkReceiver` |
| `tgproto.link` | bytes to messages | `WebSocketLink`, `HttpClientLink`, `HttpServerLink`, `SSEDecoder` |
| `tgproto.catalog` | what can be asked, and how answers are read | `FlowCalls` |

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
    from tgproto.dialect import GENERATION_1, GENERATION_2, MIXED_2_2, Dialect
    from tgproto.recorder import recorded, replay
    from tgproto.role import Role
    from tgproto.secrets import Secret

_HOMES = {
    "tgproto.address": ("Address", "parse_address"),
    "tgproto.client": ("Client", "ClientOptions"),
    "tgproto.closing": ("CloseCause", "CloseFrame", "CloseKind"),
    "tgproto.connection": ("Connection",),
    "tgproto.dialect": ("GENERATION_1", "GENERATION_2", "MIXED_2_2", "Dialect"),
    "tgproto.recorder": ("recorded", "replay"),
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
    "Dialect",
    "Role",
    "Secret",
    "parse_address",
    "recorded",
    "replay",
]


def __getattr__(name: str) -> object:
    """Import a public name from the module it lives in."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
