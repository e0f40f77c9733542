"""Putting the steps of an answer into order, from what was found about them and what derives from what."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from tgproto.catalog.survey import Found, Look
from tgproto.types.explain import (
    Analysis,
    Conclusion,
    Decomposition,
    ExplainEntity,
    Exploration,
    Finding,
    Focus,
    Grounding,
    Observation,
    Plan,
    Question,
    Reflection,
    StepResult,
    Synthesis,
    entity_from_triples,
)
from tgproto.types.traces import AgentStep, AgentTrace, DocRagTrace, GraphRagTrace, RagTrace, SubTrace, Trace

E = TypeVar("E", bound=ExplainEntity)
R = TypeVar("R", bound=RagTrace)

MAX_NESTING: Final = 20
"""Traces within traces; a question asked more deeply is a step like others."""

_RAG: Final[dict[str, type[RagTrace]]] = {"graph-rag": GraphRagTrace, "document-rag": DocRagTrace}
_ANSWERS: Final = (Synthesis, Conclusion)
_OF_AGENTS: Final = (
    Analysis,
    Conclusion,
    Decomposition,
    Finding,
    Observation,
    Plan,
    Reflection,
    StepResult,
)
"""Steps of an agent. Retrieval ends where such a step derives from it: the agent goes on with what it got."""


def about(uri: str) -> tuple[Look, Look]:
    """Return what to look up for a step: what is said about it, and what was derived from it."""
    return Look(uri), Look(uri, derived=True)


def described(uri: str, found: Found) -> ExplainEntity:
    """Return a step, with the selections that it leads to, as far as they were found.

    Args:
        uri: Its IRI.
        found: What is said about it and about others.
    """
    triples = list(found.get(Look(uri), ()))
    entity = entity_from_triples(uri, triples)
    if isinstance(entity, Focus):
        selected = (found.get(Look(selection), ()) for selection in entity.selection_uris)
        entity = entity_from_triples(uri, [*triples, *(triple for more in selected for triple in more)])
    return entity


def selections(look: Look, found: Found) -> Iterable[Look]:
    """Return what a step has selected, to be looked up next; for `Survey.follow`."""
    entity = described(look.uri, found)
    return map(Look, entity.selection_uris) if isinstance(entity, Focus) else ()


def steps_of_agents(look: Look, found: Found) -> Iterable[Look]:
    """Return what leads on from a step, whatever it is; for `Survey.follow`."""
    if not look.derived:
        return selections(look, found)
    return (more for triple in found[look] for more in about(str(triple.s)))


def steps_of_retrieval(look: Look, found: Found) -> Iterable[Look]:
    """Return what leads on from a step of retrieval; for `Survey.follow`."""
    if look.derived and isinstance(described(look.uri, found), _OF_AGENTS):
        return ()
    return steps_of_agents(look, found)


class Lineage:
    """The steps of one or several answers.

    Args:
        found: What was found about them, and what was derived from each.
    """

    def __init__(self, found: Found) -> None:
        uris = [look.uri for look in found if look.derived]
        self._entities = {uri: described(uri, found) for uri in uris}
        self._children = {
            uri: sorted(
                dict.fromkeys(str(triple.s) for triple in found[Look(uri, derived=True)]),
                key=lambda child: not isinstance(self._entities.get(child), Reflection),
            )
            for uri in uris
        }
        self._told: dict[str, tuple[Trace, Sequence[str]] | None] = {}
        self._depth = 0

    def retrieval(self, question: str, kind: type[R]) -> R:
        """Return how an answer found by retrieval came about.

        Args:
            question: IRI of the question.
            kind: Class of the trace.
        """
        return self._retrieval(question, kind)[0]

    def agent(self, question: str) -> AgentTrace:
        """Return what an agent did.

        Args:
            question: IRI of the question.
        """
        self._told[question] = None  # the outermost one is not nested, whatever leads back to it
        return self._agent(question)[0]

    def _retrieval(self, question: str, kind: type[R]) -> tuple[R, Sequence[str]]:
        """Return a trace, and the steps of an agent that were derived from it."""
        exits: dict[str, None] = {}

        def inside(uri: str) -> Iterable[str]:
            for child in self._children.get(uri, ()):
                if isinstance(self._entities.get(child), _OF_AGENTS):
                    exits[child] = None
                else:
                    yield child

        asked = self._entities.get(question)
        if not isinstance(asked, Question):
            return kind(), ()
        steps = [self._entities[uri] for uri in _ordered(question, inside) if uri in self._entities]
        grounding, exploration = _first(steps, Grounding), _first(steps, Exploration)
        focus, answer = _first(steps, Focus), _first(steps, Synthesis)
        return kind(asked, grounding, exploration, focus, answer, answer is not None), list(exits)

    def _agent(self, question: str) -> tuple[AgentTrace, Sequence[str]]:
        """Return a trace, and what was derived from its answer."""
        exits: dict[str, None] = {}

        def inside(uri: str) -> Iterable[str]:
            if isinstance(self._entities.get(uri), _ANSWERS):
                exits.update(dict.fromkeys(self._children[uri]))
                return ()
            told = None if uri == question else self._nested(uri)
            return self._children.get(uri, ()) if told is None else told[1]

        asked = self._entities.get(question)
        if not isinstance(asked, Question):
            return AgentTrace(), ()
        steps: list[AgentStep] = []
        for uri in _ordered(question, inside)[1:]:
            entity, told = self._entities.get(uri), self._told.get(uri)
            if isinstance(entity, Question) and told is not None:
                steps.append(SubTrace(entity, told[0]))
            elif entity is not None:
                steps.append(entity)
        trace = AgentTrace(asked, tuple(steps))
        return replace(trace, complete=trace.answer is not None), list(exits)

    def _nested(self, uri: str) -> tuple[Trace, Sequence[str]] | None:
        """Return the trace of a question within another trace, and what goes on from there."""
        entity = self._entities.get(uri)
        if not isinstance(entity, Question) or self._depth == MAX_NESTING:
            return None
        if uri not in self._told:
            self._told[uri] = None  # a question that leads back to itself is a step like others
            self._depth += 1
            rag = _RAG.get(entity.question_type)
            self._told[uri] = self._agent(uri) if rag is None else self._retrieval(uri, rag)
            self._depth -= 1
        return self._told[uri]


def _ordered(first: str, following: Callable[[str], Iterable[str]]) -> list[str]:
    """Return what follows from something, itself first, and each thing after all that it follows from."""
    done: list[str] = []
    seen = {first}
    path = [(first, iter([*following(first)][::-1]))]
    while path:
        uri, rest = path[-1]
        child = next((child for child in rest if child not in seen), None)
        if child is None:
            done.append(uri)
            path.pop()
        else:
            seen.add(child)
            path.append((child, iter([*following(child)][::-1])))
    return done[::-1]


def _first(steps: Sequence[ExplainEntity], kind: type[E]) -> E | None:
    return next((step for step in steps if isinstance(step, kind)), None)
