"""What differs between gateway releases, as independent switches with a preset per generation.

Readers are tolerant and need no switch. A switch says what to *send*. Deployments between the two
generations mix them, so nothing may look at a generation number: look at the switch.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass


class SocketAuth(enum.Enum):
    """How the multiplexed socket authenticates."""

    FRAME = "first frame"
    """A frame `{"type":"auth","token":…}` after the upgrade (gateway 2.4.5 and later)."""
    QUERY = "query token"
    """`?token=` in the URL of the upgrade; no frame (gateway 1.x up to 2.4.4)."""


class TermCodec(enum.Enum):
    """How an RDF term is written."""

    TERM = "t"
    """`{"t":"i","i":…}`, `{"t":"l","v":…}` and so on (gateway 2.0.0 and later)."""
    VALUE = "v/e"
    """`{"v":…,"e":…}` (gateway 1.x)."""


class Tenancy(enum.Enum):
    """How data of several tenants is kept apart."""

    WORKSPACE = "workspace"
    """`workspace` in the envelope or body (gateway 2.4.0 and later)."""
    USER = "user"
    """`user` in the request bodies (gateway 1.x up to 2.3.x)."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """One gateway's habits.

    Attributes:
        name: For people, in messages and logs.
        socket_auth: How the multiplexed socket authenticates.
        terms: How RDF terms are written.
        tenancy: Workspace in the envelope, or user in the bodies.
        embeds_many: Whether the embeddings request takes `texts` (2.1.5 and later) or `text`.
        errors_have_ids: Whether gateway refusals name the request (2.2.5 and later).
    """

    name: str
    socket_auth: SocketAuth
    terms: TermCodec
    tenancy: Tenancy
    embeds_many: bool
    errors_have_ids: bool


GENERATION_1 = Dialect(
    name="1.x",
    socket_auth=SocketAuth.QUERY,
    terms=TermCodec.VALUE,
    tenancy=Tenancy.USER,
    embeds_many=False,
    errors_have_ids=False,
)
"""The 1.7 line."""

GENERATION_2 = Dialect(
    name="2.x",
    socket_auth=SocketAuth.FRAME,
    terms=TermCodec.TERM,
    tenancy=Tenancy.WORKSPACE,
    embeds_many=True,
    errors_have_ids=True,
)
"""Gateways 2.8.8 to 2.11.1."""

MIXED_2_2 = Dialect(
    name="2.2.5 to 2.4.4",
    socket_auth=SocketAuth.QUERY,
    terms=TermCodec.TERM,
    tenancy=Tenancy.USER,
    embeds_many=True,
    errors_have_ids=True,
)
"""Releases between the generations: terms and errors of 2.x, but no authentication frame yet."""
