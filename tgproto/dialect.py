"""What differs between gateway releases, as independent switches, with the release that turned each.

Readers are tolerant and need no switch. A switch says what to *send*. Deployments between the two
generations mix them, so nothing may look at a generation number: look at the switch. What depends on an
operation being there is no switch but follows from `lacks`, whose releases are in `tgproto.offers`.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tgproto.offers import BEGINNING, Release, lacking


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
        one_vector: Whether searches by vector take `vector` (2.1.6 and later) or `vectors`.
        errors_have_ids: Whether gateway refusals name the request (2.2.5 and later).
        lacks: Services and operations that this gateway certainly has not, named as in `tgproto.offers`.
    """

    name: str
    socket_auth: SocketAuth
    terms: TermCodec
    tenancy: Tenancy
    embeds_many: bool
    one_vector: bool
    errors_have_ids: bool
    lacks: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def blueprints(self) -> bool:
        """Whether flows are started from blueprints, or from classes."""
        return "flow list-blueprints" not in self.lacks

    @property
    def rows(self) -> bool:
        """Whether the service for structured data is called `rows`, or `objects`."""
        return "rows" not in self.lacks

    @property
    def chunks(self) -> bool:
        """Whether documents come and go in chunks, or only whole."""
        return "librarian begin-upload" not in self.lacks

    @property
    def direct_load(self) -> bool:
        """Whether flows take documents for ingestion directly."""
        return "text-load" not in self.lacks


GENERATION_1 = Dialect(
    name="1.x",
    socket_auth=SocketAuth.QUERY,
    terms=TermCodec.VALUE,
    tenancy=Tenancy.USER,
    embeds_many=False,
    one_vector=False,
    errors_have_ids=False,
    lacks=lacking(BEGINNING, (1, 7, 999)),
)
"""The 1.7 line."""

CHANGES: Sequence[tuple[tuple[int, int, int], dict[str, Any]]] = (
    ((2, 0, 0), {"terms": TermCodec.TERM}),
    ((2, 1, 5), {"embeds_many": True}),
    ((2, 1, 6), {"one_vector": True}),
    ((2, 2, 5), {"errors_have_ids": True}),
    ((2, 4, 0), {"tenancy": Tenancy.WORKSPACE}),
    ((2, 4, 5), {"socket_auth": SocketAuth.FRAME}),
)
"""The first release with each change, in order, and the switches that it turned."""

_RELEASE = re.compile(r"v?([0-9]{1,6})\.([0-9]{1,6})(?:\.([0-9]{1,6}))?", re.ASCII)


def dialect_of(release: str) -> Dialect:
    """Return the habits of a gateway release.

    Args:
        release: Its number, such as `2.3.1`, from 1.7 on; or `1.x` for the 1.7 line, `2.x` for those from
            2.4.5 on.

    Raises:
        TypeError: It is no string.
        ValueError: It is no such number.
    """
    if not isinstance(release, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"a release must be a str, not {type(release).__name__}")
    for preset in (GENERATION_1, GENERATION_2):
        if release == preset.name:
            return preset
    found = _RELEASE.fullmatch(release)
    number = tuple(int(part or 0) for part in found.groups()) if found is not None else (0, 0, 0)
    if number < (1, 7, 0):
        raise ValueError("a gateway's release is a number from 1.7 on, such as 2.3.1, or '1.x' or '2.x'")
    return _between(number, number, release)


def _between(number: Release, newest: Release | None, name: str) -> Dialect:
    """Return the habits of releases from one on, which are alike up to the newest one."""
    dialect = replace(GENERATION_1, name=name, lacks=lacking(number, newest))
    for first, switches in CHANGES:
        if number >= first:
            dialect = replace(dialect, **switches)
    return dialect


GENERATION_2 = _between(CHANGES[-1][0], None, "2.x")
"""Gateways 2.4.5 to 2.11.1."""

MIXED_2_2 = _between((2, 2, 5), (2, 4, 4), "2.2.5 to 2.4.4")
"""Releases between the generations: terms and errors of 2.x, but no authentication frame yet. From 2.4.0 on
they have workspaces; those who need one say which release they talk to."""


def rows_or_objects(dialect: Dialect) -> str:
    """Return what structured data is called: `rows` (2.0.11 and later) or `objects`."""
    return "rows" if dialect.rows else "objects"
