"""Members of a request that gateways name or form differently, as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from tgproto.dialect import Dialect

Wording: TypeAlias = Callable[[Dialect], Mapping[str, object]]
"""Returns members of a request, by wire name, for a gateway. It may raise a `LocalProtocolError`."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """Members in two forms; a `Wording`.

    Attributes:
        habit: Tells from the dialect which form the gateway takes.
        members: By wire name, for gateways that have the habit.
        otherwise: By wire name, for the others.
    """

    habit: Callable[[Dialect], bool]
    members: Mapping[str, object]
    otherwise: Mapping[str, object]

    def __call__(self, dialect: Dialect) -> Mapping[str, object]:
        """Return the members for a gateway."""
        return self.members if self.habit(dialect) else self.otherwise


@dataclass(frozen=True, slots=True)
class Refusal:
    """Stands for a value that some gateways cannot be sent.

    Attributes:
        reason: What to tell the caller, without a final full stop.
    """

    reason: str


def embeds_many(dialect: Dialect) -> bool:
    """Return whether `embeddings` takes `texts` (2.1.5 and later) or one `text`."""
    return dialect.embeds_many


def queries_one_vector(dialect: Dialect) -> bool:
    """Return whether queries by vector take `vector` (2.1.6 and later) or `vectors`."""
    return dialect.one_vector


def has_blueprints(dialect: Dialect) -> bool:
    """Return whether flows are started from blueprints, or from classes."""
    return dialect.blueprints


def has_chunks(dialect: Dialect) -> bool:
    """Return whether documents come and go in chunks, or only whole."""
    return dialect.chunks
