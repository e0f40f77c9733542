"""Which gateway has which service and operation, by release.

A service is in the gateways from the first release that has it up to, and without, the one that dropped it.
Sources: gateway `dispatch/manager.py`, `registry.py`, `endpoint/manager.py` of the releases that are named.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

Release: TypeAlias = tuple[int, ...]
"""The numbers of a release."""

BEGINNING: Release = (1, 7, 0)
"""The oldest gateways that are known here."""

AFTER_1_7: Release = (1, 8, 0)
"""Stands for a release that is not known, but came after the 1.7 line."""


@dataclass(frozen=True, slots=True)
class Offer:
    """Which releases have something.

    Attributes:
        since: The first one.
        until: The first one that has it no longer, or None.
    """

    since: Release = BEGINNING
    until: Release | None = None

    def __str__(self) -> str:
        since = "the 1.7 line has it not" if self.since == AFTER_1_7 else f"it came with {_text(self.since)}"
        if self.until is None:
            return since
        until = f"it went with {_text(self.until)}"
        return until if self.since == BEGINNING else f"{since}, {until}"


OFFERS: Mapping[str, Offer] = {
    "objects": Offer(until=(2, 0, 11)),
    "rows": Offer((2, 0, 11)),
    "import/objects": Offer(until=(2, 0, 11)),
    "import/rows": Offer((2, 0, 11)),
    "text-load": Offer(until=(2, 4, 5)),
    "document-load": Offer(until=(2, 4, 5)),
    "document-embeddings": Offer(AFTER_1_7),
    "row-embeddings": Offer(AFTER_1_7),
    "sparql": Offer((2, 2, 17)),
    "reranker": Offer((2, 6, 4)),
    "image-to-text": Offer((2, 7, 5)),
    "cloze": Offer((2, 10, 14)),
    "decision-scoring": Offer((2, 10, 14)),
    "field-extraction": Offer((2, 11, 0)),
    "text-completion list-models": Offer((2, 10, 8)),
    "thru": Offer((2, 8, 7)),
    "config getvalues-all-ws": Offer(AFTER_1_7),
    "flow list-classes": Offer(until=(1, 8, 13)),
    "flow get-class": Offer(until=(1, 8, 13)),
    "flow put-class": Offer(until=(1, 8, 13)),
    "flow delete-class": Offer(until=(1, 8, 13)),
    "flow list-blueprints": Offer((1, 8, 13)),
    "flow get-blueprint": Offer((1, 8, 13)),
    "flow put-blueprint": Offer((1, 8, 13)),
    "flow delete-blueprint": Offer((1, 8, 13)),
    "librarian begin-upload": Offer((2, 1, 1)),
    "librarian upload-chunk": Offer((2, 1, 1)),
    "librarian complete-upload": Offer((2, 1, 1)),
    "librarian abort-upload": Offer((2, 1, 1)),
    "librarian get-upload-status": Offer((2, 1, 1)),
    "librarian list-uploads": Offer((2, 1, 1)),
    "librarian stream-document": Offer((2, 1, 1)),
    "knowledge list-de-cores": Offer((2, 4, 17)),
    "knowledge get-de-core": Offer((2, 4, 17)),
    "knowledge put-de-core": Offer((2, 4, 17)),
    "knowledge delete-de-core": Offer((2, 4, 17)),
    "knowledge load-de-core": Offer((2, 4, 17)),
    "iam": Offer((2, 4, 5)),
    "iam bootstrap-status": Offer((2, 4, 7)),
    "iam mint-token": Offer((2, 10, 4)),
    "auth/login": Offer((2, 4, 5)),
    "auth/bootstrap": Offer((2, 4, 5)),
    "auth/bootstrap-status": Offer((2, 4, 7)),
    "auth/change-password": Offer((2, 4, 5)),
    "i18n/packs": Offer((2, 3, 9)),
    "document-stream": Offer((2, 1, 7)),
}
"""By service, or service and operation with a blank between them. What every gateway has is not listed."""

MEMBERS: Mapping[str, Mapping[str, Offer]] = {
    "agent": {
        name: Offer(AFTER_1_7)
        for name in ("collection", "session_id", "conversation_id", "pattern", "task_type", "framing")
    },
    "text-completion": {"response_format": Offer(AFTER_1_7), "schema": Offer(AFTER_1_7)},
    "graph-rag": {
        "edge-score-limit": Offer(AFTER_1_7),
        "edge-limit": Offer(AFTER_1_7),
        "max-reranker-input": Offer(AFTER_1_7),
        "user-context": Offer((2, 10, 1)),
        "grounding-seeds": Offer((2, 10, 3)),
        "graph-seeds": Offer((2, 10, 3)),
        "languages": Offer((2, 10, 3)),
        "traversal-instructions": Offer((2, 10, 3)),
        "graph": Offer((2, 10, 7)),
    },
    "document-rag": {"fetch-limit": Offer(AFTER_1_7)},
    "graph-embeddings": {"rdf_type": Offer((2, 10, 0)), "attributes": Offer((2, 10, 0))},
    "document-embeddings": {"attributes": Offer((2, 10, 0))},
    "row-embeddings": {"attributes": Offer((2, 10, 0))},
    "triples": {
        "streaming": Offer(AFTER_1_7),
        "batch-size": Offer(AFTER_1_7),
        "user-context": Offer((2, 10, 1)),
    },
    "sparql": {"user-context": Offer((2, 10, 1))},
    "librarian": {"include-children": Offer(AFTER_1_7)},
    "knowledge": {"library-metadata": Offer((2, 5, 10)), "library-blob": Offer((2, 5, 10))},
}
"""Members of requests that not every gateway with the service has, by service and member."""


def lacking(low: Release, high: Release | None) -> frozenset[str]:
    """Return what no gateway of a range of releases has.

    Args:
        low: The oldest release in the range.
        high: The newest one; None for no end.

    Returns:
        Names as in `OFFERS`, and members as in `MEMBERS`, with a dot behind the service.
    """
    members = {
        f"{service}.{member}": offer
        for service, offers in MEMBERS.items()
        for member, offer in offers.items()
    }
    return frozenset(
        name
        for name, offer in {**OFFERS, **members}.items()
        if (high is not None and offer.since > high) or (offer.until is not None and offer.until <= low)
    )


@lru_cache(maxsize=256)
def unknown_members(service: str, lacks: frozenset[str]) -> Mapping[str, Offer]:
    """Return the members of a service's requests that a gateway does not know.

    Args:
        service: The service.
        lacks: What the gateway lacks; from `lacking`.
    """
    offers = MEMBERS.get(service, {})
    return {member: offer for member, offer in offers.items() if f"{service}.{member}" in lacks}


def _text(release: Release) -> str:
    return ".".join(map(str, release))
