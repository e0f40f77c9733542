"""The steps on the way to an answer, as gateways describe them in triples (2.x).

The types and predicates are those of `trustgraph/provenance/namespaces.py` at 2.11.1. What a description
says beyond them is in `triples`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, Self, cast

from tgproto.types.description import PROV, TG, Description, Read, TripleLike, chosen, count, text, texts
from tgproto.types.selections import ChunkSelection, EdgeSelection
from tgproto.types.terms import Triple

_UNKNOWN = "unknown"
_ENTITY = PROV + "Entity"


@dataclass(frozen=True, slots=True)
class ExplainEntity:
    """A step on the way to an answer.

    Attributes:
        uri: Its IRI.
        entity_type: What it is, for instance `grounding`. For a type that this release does not know, the
            IRI of the type; `unknown` if no type is given.
        triples: What is said about it; not compared.
    """

    uri: str
    entity_type: str = ""
    triples: tuple[Triple, ...] = field(default=(), repr=False, compare=False, kw_only=True)

    _name: ClassVar[str] = ""
    _members: ClassVar[Mapping[str, Read]] = {}

    @classmethod
    def from_triples(cls, uri: str, triples: Iterable[TripleLike]) -> Self:
        """Read one from its description.

        Args:
            uri: Its IRI.
            triples: Statements about it; those about others matter only where it leads to them.

        Returns:
            It; called on `ExplainEntity`, an instance of the class for its type.
        """
        said = Description(uri, triples)
        kind = cast("type[Self]", _class_of(said)) if cls is ExplainEntity else cls
        return kind._read(said)

    @classmethod
    def _read(cls, said: Description) -> Self:
        name = cls._name or next((kind for kind in said.types if kind != _ENTITY), _UNKNOWN)
        members: dict[str, Any] = {member: read(said) for member, read in cls._members.items()}
        return cls(said.uri, name, triples=said.triples, **members)


@dataclass(frozen=True, slots=True)
class Question(ExplainEntity):
    """What was asked: where every trace begins.

    Attributes:
        query: The question.
        timestamp: When it was asked, ISO 8601; possibly empty.
        question_type: `graph-rag`, `document-rag`, `agent`, or `unknown`.
    """

    query: str = ""
    timestamp: str = ""
    question_type: str = ""

    _name: ClassVar[str] = "question"
    _members: ClassVar[Mapping[str, Read]] = {
        "query": text(TG + "query"),
        "timestamp": text(PROV + "startedAtTime"),
        "question_type": chosen(
            {
                TG + "GraphRagQuestion": "graph-rag",
                TG + "DocRagQuestion": "document-rag",
                TG + "AgentQuestion": "agent",
            },
            _UNKNOWN,
        ),
    }

    @classmethod
    def from_triples(
        cls, uri: str, triples: Iterable[TripleLike], types: Iterable[str] | None = None
    ) -> Self:
        """Read one from its description.

        Args:
            uri: Its IRI.
            triples: Statements about it.
            types: IRIs of its types; None for those that the triples name.
        """
        return cls._read(Description(uri, triples, types))


@dataclass(frozen=True, slots=True)
class Grounding(ExplainEntity):
    """Finding what the question is about.

    Attributes:
        concepts: The concepts found in it.
    """

    concepts: tuple[str, ...] = ()

    _name: ClassVar[str] = "grounding"
    _members: ClassVar[Mapping[str, Read]] = {"concepts": texts(TG + "concept")}


@dataclass(frozen=True, slots=True)
class Exploration(ExplainEntity):
    """Collecting what is known about that.

    Attributes:
        edge_count: How many edges of the graph were found.
        chunk_count: How many passages of documents were found.
        entities: IRIs of the entities at which the search in the graph began.
        chunks: IRIs of the passages.
    """

    edge_count: int = 0
    chunk_count: int = 0
    entities: tuple[str, ...] = ()
    chunks: tuple[str, ...] = ()

    _name: ClassVar[str] = "exploration"
    _members: ClassVar[Mapping[str, Read]] = {
        "edge_count": count(TG + "edgeCount"),
        "chunk_count": count(TG + "chunkCount"),
        "entities": texts(TG + "entity"),
        "chunks": texts(TG + "selectedChunk"),
    }


@dataclass(frozen=True, slots=True)
class Focus(ExplainEntity):
    """Selecting what matters of it.

    Attributes:
        selected_edge_uris: IRIs of the selections of edges.
        edge_selections: These selections, as far as they are described.
        selected_chunk_uris: IRIs of the selections of passages, in document RAG with a reranker.
        chunk_selections: These selections, as far as they are described.
    """

    selected_edge_uris: tuple[str, ...] = ()
    edge_selections: tuple[EdgeSelection, ...] = ()
    selected_chunk_uris: tuple[str, ...] = ()
    chunk_selections: tuple[ChunkSelection, ...] = ()

    _name: ClassVar[str] = "focus"
    _members: ClassVar[Mapping[str, Read]] = {
        "selected_edge_uris": texts(TG + "selectedEdge"),
        "edge_selections": lambda said: _selected(said, "selectedEdge", EdgeSelection),
        "selected_chunk_uris": texts(TG + "selectedChunk"),
        "chunk_selections": lambda said: _selected(said, "selectedChunk", ChunkSelection),
    }

    @property
    def selection_uris(self) -> tuple[str, ...]:
        """IRIs of all selections."""
        return self.selected_edge_uris + self.selected_chunk_uris


_DOCUMENT: Final = {"document": text(TG + "document")}


@dataclass(frozen=True, slots=True)
class Synthesis(ExplainEntity):
    """The answer of RAG, or of an agent that planned or delegated.

    Attributes:
        document: IRI of its text in the library; empty if it was not kept.
    """

    document: str = ""

    _name: ClassVar[str] = "synthesis"
    _members: ClassVar[Mapping[str, Read]] = _DOCUMENT


@dataclass(frozen=True, slots=True)
class Reflection(ExplainEntity):
    """Something an agent says on the way.

    Attributes:
        document: IRI of its text in the library; empty if it was not kept.
        reflection_type: `thought`, `observation`, or empty.
    """

    document: str = ""
    reflection_type: str = ""

    _name: ClassVar[str] = "reflection"
    _members: ClassVar[Mapping[str, Read]] = {
        **_DOCUMENT,
        "reflection_type": chosen({TG + "Thought": "thought", TG + "Observation": "observation"}, ""),
    }


@dataclass(frozen=True, slots=True)
class Analysis(ExplainEntity):
    """An agent's decision, and the tool it uses.

    Attributes:
        action: Name of the tool.
        arguments: What the tool is given, JSON text.
        thought: IRI of the `Reflection` that led to it; possibly empty.
    """

    action: str = ""
    arguments: str = ""
    thought: str = ""

    _name: ClassVar[str] = "analysis"
    _members: ClassVar[Mapping[str, Read]] = {
        "action": text(TG + "action"),
        "arguments": text(TG + "arguments"),
        "thought": text(TG + "thought"),
    }


@dataclass(frozen=True, slots=True)
class Observation(ExplainEntity):
    """What a tool told an agent.

    Attributes:
        document: IRI of its text in the library; empty if it was not kept.
    """

    document: str = ""

    _name: ClassVar[str] = "observation"
    _members: ClassVar[Mapping[str, Read]] = _DOCUMENT


@dataclass(frozen=True, slots=True)
class Conclusion(ExplainEntity):
    """The answer of an agent.

    Attributes:
        document: IRI of its text in the library; empty if it was not kept.
    """

    document: str = ""

    _name: ClassVar[str] = "conclusion"
    _members: ClassVar[Mapping[str, Read]] = _DOCUMENT


@dataclass(frozen=True, slots=True)
class Decomposition(ExplainEntity):
    """An agent's division of the question among others.

    Attributes:
        goals: What each of them is to find out.
    """

    goals: tuple[str, ...] = ()

    _name: ClassVar[str] = "decomposition"
    _members: ClassVar[Mapping[str, Read]] = {"goals": texts(TG + "subagentGoal")}


@dataclass(frozen=True, slots=True)
class Finding(ExplainEntity):
    """What one of these others found out.

    Attributes:
        goal: What it was to find out.
        document: IRI of its text in the library; empty if it was not kept.
    """

    goal: str = ""
    document: str = ""

    _name: ClassVar[str] = "finding"
    _members: ClassVar[Mapping[str, Read]] = {"goal": text(TG + "subagentGoal"), **_DOCUMENT}


@dataclass(frozen=True, slots=True)
class Plan(ExplainEntity):
    """An agent's plan.

    Attributes:
        steps: What is to be done.
    """

    steps: tuple[str, ...] = ()

    _name: ClassVar[str] = "plan"
    _members: ClassVar[Mapping[str, Read]] = {"steps": texts(TG + "planStep")}


@dataclass(frozen=True, slots=True)
class StepResult(ExplainEntity):
    """What came of a step of a plan.

    Attributes:
        step: What was to be done.
        document: IRI of its text in the library; empty if it was not kept.
    """

    step: str = ""
    document: str = ""

    _name: ClassVar[str] = "step-result"
    _members: ClassVar[Mapping[str, Read]] = {"step": text(TG + "planStep"), **_DOCUMENT}


CLASSES: Final[Mapping[str, type[ExplainEntity]]] = {
    TG + name: kind
    for name, kind in {
        "GraphRagQuestion": Question,
        "DocRagQuestion": Question,
        "AgentQuestion": Question,
        "Question": Question,
        "Grounding": Grounding,
        "Exploration": Exploration,
        "Focus": Focus,
        "Decomposition": Decomposition,
        "Finding": Finding,
        "Plan": Plan,
        "StepResult": StepResult,
        "Synthesis": Synthesis,
        "Reflection": Reflection,
        "Thought": Reflection,
        "Observation": Observation,
        "Analysis": Analysis,
        "Conclusion": Conclusion,
    }.items()
}
"""IRI of a type -> its class. Of several types that one thing has, the first one here decides."""


def entity_from_triples(uri: str, triples: Iterable[TripleLike]) -> ExplainEntity:
    """Read a step from its description.

    Args:
        uri: Its IRI.
        triples: Statements about it; those about others matter only where it leads to them.

    Returns:
        An instance of the class for its type; of `ExplainEntity` if there is none.
    """
    return ExplainEntity.from_triples(uri, triples)


def _class_of(said: Description) -> type[ExplainEntity]:
    return next((kind for iri, kind in CLASSES.items() if iri in said.types), ExplainEntity)


def _selected(said: Description, name: str, kind: type[EdgeSelection | ChunkSelection]) -> tuple[object, ...]:
    described = ((uri, said.about(uri)) for uri in said.texts(TG + name))
    return tuple(kind.from_triples(uri, triples) for uri, triples in described if triples)
