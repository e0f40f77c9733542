"""What the scripted services of this generation have in common."""

from collections.abc import Sequence
from typing import Any

from trustgraph.schema import IRI, LITERAL, Term, Triple

RETRIEVAL = "urn:graph:retrieval"

RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
RDFS_LABEL = "http://www.w3.org/2000/01/rdf-schema#label"


def batches(items: Sequence[Any], request: Any) -> list[Sequence[Any]]:
    """Cut a result as a streaming request wants it.

    Returns:
        The batches; a single one when the request does not stream or nothing was found.
    """
    size = (request.batch_size if request.batch_size > 0 else 20) if request.streaming else len(items)
    return [items[i : i + size] for i in range(0, len(items), size)] if items else [items]


def iri(value: str) -> Term:
    """An IRI as a term."""
    return Term(type=IRI, iri=value)


def literal(value: str) -> Term:
    """A plain literal as a term."""
    return Term(type=LITERAL, value=value)


def explain(name: str, label: str) -> dict[str, Any]:
    """The members of a message that explains a step: its name, its graph and two triples about it."""
    uri = f"urn:trustgraph:standin:{name}"
    about = ((RDF_TYPE, iri(f"https://trustgraph.ai/ns/{label}")), (RDFS_LABEL, literal(label)))
    return {
        "message_type": "explain",
        "explain_id": uri,
        "explain_graph": RETRIEVAL,
        "explain_triples": [Triple(s=iri(uri), p=iri(p), o=o, g=RETRIEVAL) for p, o in about],
    }
