"""How an answer came about, from the question on: what `ExplainabilityClient` returns.

Attributes can also be subscripted by name, as older clients do it: `trace["synthesis"]`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeAlias

from tgproto.types.explain import (
    Conclusion,
    ExplainEntity,
    Exploration,
    Focus,
    Grounding,
    Question,
    Synthesis,
)


class Keyed(Mapping[str, object]):
    """A dataclass that is also a mapping of its attributes."""

    __slots__ = ()

    __dataclass_fields__: ClassVar[dict[str, Any]]

    def __getitem__(self, name: str) -> object:
        if name not in iter(self):
            raise KeyError(name)
        return getattr(self, name)

    def __iter__(self) -> Iterator[str]:
        return (field.name for field in dataclasses.fields(self))

    def __len__(self) -> int:
        return len(dataclasses.fields(self))


@dataclass(frozen=True, slots=True)
class RagTrace(Keyed):
    """How an answer found by retrieval came about. What was not found is None.

    Attributes:
        question: What was asked.
        grounding: The concepts found in the question.
        exploration: What is known about them: edges of the graph, or passages of documents.
        focus: What was selected of that. From documents, only if there is a reranker.
        synthesis: The answer.
        complete: Whether the answer is there, and the trace did not change any more.
    """

    question: Question | None = None
    grounding: Grounding | None = None
    exploration: Exploration | None = None
    focus: Focus | None = None
    synthesis: Synthesis | None = None
    complete: bool = False


@dataclass(frozen=True, slots=True)
class GraphRagTrace(RagTrace):
    """How an answer from the graph came about."""


@dataclass(frozen=True, slots=True)
class DocRagTrace(RagTrace):
    """How an answer from documents came about."""


@dataclass(frozen=True, slots=True)
class SubTrace(Keyed):
    """A question that an agent asked another service, or another agent.

    Attributes:
        question: What was asked.
        trace: How the answer to it came about.
        type: Tells it from other steps in older programs.
    """

    question: Question
    trace: Trace
    type: Literal["sub-trace"] = "sub-trace"


AgentStep: TypeAlias = ExplainEntity | SubTrace
"""A step of an agent."""


@dataclass(frozen=True, slots=True)
class AgentTrace(Keyed):
    """What an agent did.

    Attributes:
        question: What was asked; None if it was not found.
        steps: What the agent thought, did and saw, and its answer; each after what it follows from.
        complete: Whether the answer is there, and the trace did not change any more.
    """

    question: Question | None = None
    steps: tuple[AgentStep, ...] = ()
    complete: bool = False

    @property
    def answer(self) -> Conclusion | Synthesis | None:
        """The answer; None if there is none yet."""
        answers = [step for step in self.steps if isinstance(step, Conclusion | Synthesis)]
        return answers[-1] if answers else None


Trace: TypeAlias = RagTrace | AgentTrace
"""How an answer came about."""
