"""How an answer came about, as the frames of kind `explain` tell it: identifiers and triples of 2.11.1.

One thing is left out of what a gateway sends: the time, because this package has no clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

from tgproto.dialect import TermCodec
from tgproto.gateway.model import DERIVED, LABEL, TYPE, Reading
from tgproto.types.terms import IRI, Literal, QuotedTriple, Term, Triple, encode_triple

GRAPH = "urn:graph:retrieval"
"""Named graph in which a gateway describes retrievals."""

_TG = "https://trustgraph.ai/ns/"
_PROV_ENTITY = IRI("http://www.w3.org/ns/prov#Entity")


@dataclass(frozen=True, slots=True)
class Event:
    """One step on the way to an answer.

    Attributes:
        iri: Its identifier.
        triples: Its description.
    """

    iri: str
    triples: tuple[Triple, ...]

    def members(self) -> dict[str, object]:
        """Return what an `explain` frame says about it."""
        return {
            "explain_id": self.iri,
            "explain_graph": GRAPH,
            "explain_triples": [encode_triple(triple, TermCodec.TERM) for triple in self.triples],
        }


def session_id(workspace: str, question: str) -> str:
    """Return an identifier for answering a question; the same one for the same question."""
    return blake2b(f"{workspace}\n{question}".encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def graph_rag(session: str, reading: Reading) -> tuple[list[Event], Event]:
    """Return the events before the text of a graph RAG answer, and the one after it.

    Args:
        session: From `session_id`.
        reading: What the answer rests on.
    """
    question, prov = f"urn:trustgraph:question:{session}", "urn:trustgraph:prov"
    grounding, exploration, focus, synthesis = (
        f"{prov}:{step}:{session}" for step in ("grounding", "exploration", "focus", "synthesis")
    )
    return [
        asked(question, "GraphRAG", "GraphRagQuestion", reading),
        grounded(grounding, question, reading),
        _event(
            exploration,
            ["Exploration"],
            "Exploration",
            grounding,
            [
                ("edgeCount", Literal(str(len(reading.facts)))),
                *(("entity", entity) for entity in reading.entities),
            ],
        ),
        _focused(focus, exploration, f"{prov}:edge:{session}", reading),
    ], answered(synthesis, focus)


def document_rag(session: str, reading: Reading) -> tuple[list[Event], Event]:
    """Return the events before the text of a document RAG answer, and the one after it.

    Args:
        session: From `session_id`.
        reading: What the answer rests on.
    """
    question = f"urn:trustgraph:docrag:{session}"
    grounding, exploration = f"{question}/grounding", f"{question}/exploration"
    chunks = [("selectedChunk", IRI(source.uri)) for source in reading.sources]
    count = ("chunkCount", Literal(str(len(chunks))))
    return [
        asked(question, "DocumentRAG", "DocRagQuestion", reading),
        grounded(grounding, question, reading),
        _event(exploration, ["Exploration"], "Exploration", grounding, [count, *chunks]),
    ], answered(f"{question}/synthesis", exploration)


def asked(iri: str, service: str, kind: str, reading: Reading) -> Event:
    """Return the event of a question.

    Args:
        iri: Its identifier.
        service: For its label, for instance `GraphRAG`.
        kind: Its class in the gateway's vocabulary.
        reading: What was asked.
    """
    query = ("query", Literal(reading.question))
    return _event(iri, ["Question", kind], f"{service} Question", None, [query])


def grounded(iri: str, question: str, reading: Reading) -> Event:
    """Return the event of finding the names in a question."""
    concepts = (("concept", Literal(concept)) for concept in reading.concepts)
    return _event(iri, ["Grounding"], "Grounding", question, concepts)


def answered(iri: str, parent: str, kind: str = "Synthesis") -> Event:
    """Return the event of an answer."""
    return _event(iri, [kind, "Answer"], kind, parent)


def analysed(iri: str, session: str, reading: Reading) -> Event:
    """Return the event of an agent's decision to look into the graph."""
    action = ("action", Literal("graph-lookup"))
    concepts = ("arguments", Literal(", ".join(reading.concepts)))
    return _event(iri, ["Analysis", "ToolUse"], "Analysis: graph-lookup", session, [action, concepts])


def observed(iri: str, analysis: str) -> Event:
    """Return the event of an agent's tool having answered."""
    return _event(iri, ["Observation"], "Observation", analysis)


def _focused(iri: str, exploration: str, edges: str, reading: Reading) -> Event:
    selected = {f"{edges}:{index}": fact for index, fact in enumerate(reading.facts)}
    event = _event(iri, ["Focus"], "Focus", exploration, (("selectedEdge", IRI(edge)) for edge in selected))
    quoted = (
        Triple(IRI(edge), IRI(_TG + "edge"), QuotedTriple(fact), GRAPH) for edge, fact in selected.items()
    )
    return Event(iri, (*event.triples, *quoted))


def _event(
    iri: str,
    kinds: list[str],
    label: str,
    parent: str | None,
    more: Iterable[tuple[str, Term]] = (),
) -> Event:
    rows: list[tuple[IRI, Term]] = [(TYPE, _PROV_ENTITY)]
    rows += ((TYPE, IRI(_TG + kind)) for kind in kinds)
    rows.append((LABEL, Literal(label)))
    if parent is not None:
        rows.append((DERIVED, IRI(parent)))
    rows += ((IRI(_TG + name), value) for name, value in more)
    return Event(iri, tuple(Triple(IRI(iri), p, o, GRAPH) for p, o in rows))
