"""The steps on the way to an answer, as data classes of `trustgraph.api`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from typing import Any, TypeAlias, cast

from tgproto.types import explain, selections

Statements: TypeAlias = Iterable[tuple[Any, Any, Any]]
"""Subject, predicate and object as texts; an object that is a quoted triple is a dict of texts."""

_TEXTS = cast("Callable[[], list[str]]", list)


@dataclass
class EdgeSelection:
    """An edge that was selected for an answer; `edge` is a dict with `s`, `p` and `o`."""

    uri: str
    edge: dict[str, str] | None = None
    reasoning: str = ""
    concept: str = ""
    score: float | None = None


_EDGES = cast("Callable[[], list[EdgeSelection]]", list)


@dataclass
class ExplainEntity:
    """A step on the way to an answer."""

    uri: str
    entity_type: str = ""

    @classmethod
    def from_triples(cls, uri: str, triples: Statements) -> ExplainEntity:
        """Read a step from its description; on `ExplainEntity` itself, whatever its type is.

        Args:
            uri: Its IRI.
            triples: Statements about it.
        """
        kind: type[explain.ExplainEntity] = getattr(explain, cls.__name__)
        return entity_of(kind.from_triples(uri, triples))


@dataclass
class Question(ExplainEntity):
    """What was asked: `graph-rag`, `document-rag` or `agent`."""

    query: str = ""
    timestamp: str = ""
    question_type: str = ""

    @classmethod
    def from_triples(cls, uri: str, triples: Statements, types: Iterable[str]) -> Question:  # type: ignore[override]  # upstream has it so
        """Read a question from its description.

        Args:
            uri: Its IRI.
            triples: Statements about it.
            types: IRIs of its types.
        """
        return cast("Question", entity_of(explain.Question.from_triples(uri, triples, types)))


@dataclass
class Grounding(ExplainEntity):
    """The concepts found in a question."""

    concepts: list[str] = field(default_factory=_TEXTS)


@dataclass
class Exploration(ExplainEntity):
    """What is known about them: edges of the graph, or passages of documents."""

    edge_count: int = 0
    chunk_count: int = 0
    entities: list[str] = field(default_factory=_TEXTS)


@dataclass
class Focus(ExplainEntity):
    """What was selected of that."""

    selected_edge_uris: list[str] = field(default_factory=_TEXTS)
    edge_selections: list[EdgeSelection] = field(default_factory=_EDGES)


@dataclass
class Synthesis(ExplainEntity):
    """An answer; `document` is its IRI in the library."""

    document: str = ""


@dataclass
class Reflection(ExplainEntity):
    """What an agent thought or saw on the way."""

    document: str = ""
    reflection_type: str = ""


@dataclass
class Analysis(ExplainEntity):
    """What an agent decided to do."""

    action: str = ""
    arguments: str = ""
    thought: str = ""


@dataclass
class Observation(ExplainEntity):
    """What a tool told an agent."""

    document: str = ""


@dataclass
class Conclusion(ExplainEntity):
    """An agent's answer."""

    document: str = ""


@dataclass
class Decomposition(ExplainEntity):
    """The goals into which an agent divided a question."""

    goals: list[str] = field(default_factory=_TEXTS)


@dataclass
class Finding(ExplainEntity):
    """What was found for one goal."""

    goal: str = ""
    document: str = ""


@dataclass
class Plan(ExplainEntity):
    """The steps that an agent planned."""

    steps: list[str] = field(default_factory=_TEXTS)


@dataclass
class StepResult(ExplainEntity):
    """What came of one of them."""

    step: str = ""
    document: str = ""


_KINDS: dict[str, type[ExplainEntity]] = {kind.__name__: kind for kind in ExplainEntity.__subclasses__()}


def entity_of(found: explain.ExplainEntity) -> ExplainEntity:
    """Return a step of the core in upstream's class for it; of a type that has none, `unknown`."""
    kind = _KINDS.get(type(found).__name__)
    if kind is None:
        return ExplainEntity(found.uri, "unknown")
    members: dict[str, Any] = {each.name: _plain(getattr(found, each.name)) for each in fields(kind)}
    return kind(**members)


def selection_of(found: selections.EdgeSelection) -> EdgeSelection:
    """Return a selection of the core in upstream's class."""
    edge = None if found.edge is None else dict(found.edge)
    return EdgeSelection(found.uri, edge, found.reasoning, found.concept, found.score)


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [_plain(each) for each in cast("tuple[object, ...]", value)]
    return selection_of(value) if isinstance(value, selections.EdgeSelection) else value
