"""The passages of the documents that a graph comes from: what document embeddings find."""

from __future__ import annotations

from tgproto.gateway.graph import Graph
from tgproto.gateway.model import DERIVED, LABEL, describe


def passages(graph: Graph) -> dict[str, str]:
    """Return what documents say: one passage about each thing in each of its documents.

    Args:
        graph: What was read from the documents.

    Returns:
        Identifier of a passage, which begins with that of its document -> its text.
    """
    found: dict[str, str] = {}
    count: dict[str, int] = {}
    for derived in graph.find(p=DERIVED):
        document = str(derived.o)
        count[document] = number = count.get(document, 0) + 1
        facts = (fact for fact in graph.find(s=derived.s) if fact.p not in (LABEL, DERIVED))
        found[f"{document}/chunk/{number}"] = " ".join(describe(fact, graph) for fact in facts)
    return found
