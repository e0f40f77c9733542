"""What streams yield: pieces of text by kind, and provenance.

Pieces are not frozen, as one is made for each token: making a frozen one takes four times as long.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from tgproto.types.explain import ExplainEntity, entity_from_triples
from tgproto.types.record import Record
from tgproto.types.terms import Triple


@dataclass(slots=True)
class StreamingChunk:
    """A piece of a streamed answer. `str(chunk)` is its content.

    Attributes:
        content: The text; empty in frames that carry only flags and counts.
    """

    content: str

    def __str__(self) -> str:
        return self.content


@dataclass(slots=True)
class TextChunk(StreamingChunk):
    """A piece of generated text.

    Attributes:
        end_of_stream: Whether the text ends here. Where the frames of a gateway do not say (1.x), the last
            one does.
        in_token: Tokens read by the model, or None if not reported here.
        out_token: Tokens written by the model, or None if not reported here.
        model: Name of the model, or None if not reported here.
    """

    end_of_stream: bool = False
    in_token: int | None = None
    out_token: int | None = None
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A document that an answer rests on.

    Attributes:
        uri: Its identifier.
        title: Its title, possibly empty.
    """

    uri: str
    title: str = ""


@dataclass(slots=True)
class RAGChunk(TextChunk):
    """A piece of an answer found by retrieval.

    Attributes:
        end_of_session: Whether this is the last frame. Counts and sources may come after `end_of_stream`.
        sources: The documents used; in the last frame, if at all.
    """

    end_of_session: bool = False
    sources: tuple[Source, ...] = ()

    @property
    def error(self) -> None:
        """Always None: a stream that fails raises. Older code looks at it."""
        return None


@dataclass(slots=True)
class AgentChunk(StreamingChunk):
    """A piece of what an agent says.

    Attributes:
        end_of_message: Whether this thought, observation or answer is complete.
        message_id: Which of them it belongs to; empty on 1.x gateways.
    """

    end_of_message: bool = False
    message_id: str = ""


@dataclass(slots=True)
class AgentThought(AgentChunk):
    """What the agent considers."""


@dataclass(slots=True)
class AgentObservation(AgentChunk):
    """What a tool told the agent."""


@dataclass(slots=True)
class AgentAnswer(AgentChunk):
    """What the agent answers.

    Attributes:
        end_of_dialog: Whether the agent has finished.
        in_token: Tokens read by the model, or None if not reported here.
        out_token: Tokens written by the model, or None if not reported here.
        model: Name of the model, or None if not reported here.
    """

    end_of_dialog: bool = False
    in_token: int | None = None
    out_token: int | None = None
    model: str | None = None


@dataclass(slots=True)
class AgentMessage(AgentChunk, Record):
    """A piece of some other kind, which no gateway up to 2.11.1 sends. Subscription reaches its members.

    Attributes:
        kind: Name of the kind on the wire, for instance `action`.
        payload: JSON text of the whole frame, an object.
    """

    kind: str = ""
    payload: bytes = field(default=b"{}", repr=False, compare=False)


_EVENT_TYPES: Final = (
    "question",
    "grounding",
    "exploration",
    "focus",
    "synthesis",
    "iteration",
    "observation",
    "conclusion",
    "decomposition",
    "finding",
    "plan",
    "step-result",
    "session",
)


@dataclass(frozen=True, slots=True)
class ProvenanceEvent:
    """How an answer came about, one step of it; 2.x gateways only.

    Attributes:
        explain_id: IRI of the step.
        explain_graph: IRI of the graph that describes it.
        triples: The description, as far as the gateway sent it along.
    """

    explain_id: str
    explain_graph: str = ""
    triples: tuple[Triple, ...] = ()

    @property
    def event_type(self) -> str:
        """What the IRI of the step says about its kind, for instance `grounding`; empty if nothing.

        It is the first of the gateway's words that occurs in it. `entity` knows more: it goes by the type
        in the description.
        """
        return next((word for word in _EVENT_TYPES if word in self.explain_id), "")

    @property
    def entity(self) -> ExplainEntity | None:
        """The step, read from the description; None if none was sent along. Read anew each time."""
        return entity_from_triples(self.explain_id, self.triples) if self.triples else None

    @property
    def content(self) -> str:
        """Always empty, so that contents can be joined without looking at kinds."""
        return ""

    def __str__(self) -> str:
        return ""
