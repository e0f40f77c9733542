"""The options a case may set, their defaults, and what they are called in our core.

A case says nothing about what does not matter to it. So that it means the same to every
implementation, the defaults are the suite's own: they are written here and in the schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tgconformance.members import CaseError, JSONObject, Members
from tgproto.dialect import GENERATION_1, GENERATION_2, MIXED_2_2, Dialect
from tgproto.link.sse import SSEDecoder
from tgproto.role import Role
from tgproto.secrets import Secret
from tgproto.session.config import ClientConfig, KeepaliveConfig, ServerConfig

GENERATIONS: Final[Mapping[str, Dialect]] = {"1.x": GENERATION_1, "2.2": MIXED_2_2, "2.x": GENERATION_2}
"""A gateway generation in the words of the cases; `2.2` stands for the releases 2.2.5 to 2.4.4."""

MINUTE: Final = 60_000


def seconds(milliseconds: int) -> float:
    """Convert a time of a case into a time of the core."""
    return milliseconds / 1000


def client_config(config: JSONObject) -> ClientConfig:
    """Read the options of a client.

    Args:
        config: The `config` of a case; the options are its member `client`.

    Returns:
        The options for our session.

    Raises:
        CaseError: One is unknown or of the wrong type.
    """
    options = _section(config, Role.CLIENT)
    generation = options.optional_text("generation")
    made = ClientConfig(
        token=Secret(options.optional_text("token") or ""),
        dialect=None if generation is None else _dialect(generation),
        span_limit=options.optional_integer("span_limit", 16),
        stream_window=options.optional_integer("stream_window") or 2 * 2**20,
        stall_timeout=_limit(options, "stall_timeout", MINUTE),
        auth_timeout=_limit(options, "auth_timeout", MINUTE),
        close_timeout=_limit(options, "close_timeout", MINUTE),
        tombstone_timeout=_limit(options, "tombstone_timeout", 60 * MINUTE),
        renewable=options.flag("renewable"),
        keepalive=_keepalive(options),
    )
    options.finish()
    return made


def server_config(config: JSONObject) -> ServerConfig:
    """Read the options of a gateway.

    Args:
        config: The `config` of a case; the options are its member `server`.

    Returns:
        The options for our session.

    Raises:
        CaseError: One is unknown or of the wrong type.
    """
    options = _section(config, Role.SERVER)
    made = ServerConfig(
        dialect=_dialect(options.optional_text("generation") or "2.x"),
        slots=options.optional_integer("slots", 16),
        queue=options.optional_integer("queue") or 11,
        auth_timeout=_limit(options, "auth_timeout", 10 * MINUTE),
        answer_timeout=_limit(options, "answer_timeout", 60 * MINUTE),
        close_timeout=_limit(options, "close_timeout", MINUTE),
        keepalive=_keepalive(options),
    )
    options.finish()
    return made


def make_decoder(config: JSONObject) -> SSEDecoder:
    """Make the decoder a case of the layer `sse` asks for.

    Args:
        config: The `config` of the case.

    Returns:
        A fresh decoder.

    Raises:
        CaseError: An option is unknown or of the wrong type.
    """
    options = Members(config, "config")
    limit = 16 * 2**20
    made = SSEDecoder(
        last_event_id=options.optional_text("last_event_id") or "",
        max_line_bytes=options.optional_integer("max_line_bytes", limit),
        max_event_bytes=options.optional_integer("max_event_bytes", limit),
        comments=options.flag("comments"),
    )
    options.finish()
    return made


def _section(config: JSONObject, role: Role) -> Members:
    return Members(Members(config, "config").object(role.value), f"config of the {role.value}")


def _dialect(generation: str) -> Dialect:
    if generation not in GENERATIONS:
        raise CaseError(f"there is no generation {generation}")
    return GENERATIONS[generation]


def _limit(options: Members, name: str, default: int) -> float:
    return seconds(options.integer(name) if options.has(name) else default)


def _keepalive(options: Members) -> KeepaliveConfig:
    """Read when to ping; never if nothing is said."""
    if not options.has("keepalive"):
        return KeepaliveConfig(interval=None)
    keepalive = Members(options.object("keepalive"), f"keepalive in the {options.what}")
    made = KeepaliveConfig(
        interval=seconds(keepalive.integer("interval")), timeout=seconds(keepalive.integer("timeout"))
    )
    keepalive.finish()
    return made
