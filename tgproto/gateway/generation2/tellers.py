"""The services that tell a text: how each of them frames it, and how its failure looks (gateway 2.11.1)."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import ClassVar

from tgproto.gateway.generation2 import explain
from tgproto.gateway.generation2.explain import Event
from tgproto.gateway.generation2.retrievals import Explained
from tgproto.gateway.model import Reading
from tgproto.gateway.steps import Failure, Frame, Step
from tgproto.gateway.telling import Teller, last, pieces_of_thought, thoughts
from tgproto.gateway.templates import shaped
from tgproto.session.envelope import WireError
from tgproto.types.wire import encode


class Completion(Teller):
    """`text-completion`. A failure is invisible: a last frame without text."""

    def piece(self, text: str) -> Step:
        """Return a piece of the text."""
        return Frame(encode({"response": text, "end_of_stream": False}))

    def closing(self, text: str) -> Iterator[Step]:
        """Return the last frame."""
        yield last({"response": text, **self.reading.usage, "end_of_stream": True})

    def failure(self, message: str) -> Step:  # noqa: ARG002
        """Return the last frame, in which the message is lost."""
        return last({"response": None, "end_of_stream": True})


class Prompted(Teller):
    """`prompt`. A failure is invisible: a last frame without text.

    Args:
        reading: What there is to tell.
        structure: The JSON value to answer with, as text, unless the script says what to answer; None to
            answer with a text.
        streaming: Whether the caller wants it in pieces. A value comes in pieces of its text then.
    """

    def __init__(self, reading: Reading, structure: str | None, *, streaming: bool) -> None:
        super().__init__(shaped(reading, structure), streaming=streaming)
        self._member = "text" if structure is None or streaming else "object"

    def piece(self, text: str) -> Step:
        """Return a piece of the text."""
        return Frame(encode({"text": text, "end_of_stream": False}))

    def closing(self, text: str) -> Iterator[Step]:
        """Return the last frame."""
        yield last({self._member: text, "end_of_stream": True, **self.reading.usage})

    def failure(self, message: str) -> Step:  # noqa: ARG002
        """Return the last frame, in which the message is lost."""
        return LOST


LOST = last({"end_of_stream": True})
"""What becomes of a prompt that failed."""


class Rag(Teller):
    """What `graph-rag` and `document-rag` have in common: the end of the text is not the end of the answer.

    Args:
        reading: What there is to tell.
        session: From `session_id`.
        streaming: Whether the caller wants it in pieces.
    """

    explained: ClassVar[dict[str, object]]
    """What an `explain` frame begins with."""

    def __init__(self, reading: Reading, session: str, *, streaming: bool) -> None:
        super().__init__(reading, streaming=streaming)
        self._before, self._after = self.events(session)

    @abstractmethod
    def events(self, session: str) -> tuple[list[Event], Event]:
        """Return the provenance of the question, and that of the answer."""

    @abstractmethod
    def last(self, text: str) -> dict[str, object]:
        """Return the members of the last frame before the flags; `text` as for `closing`."""

    def opening(self) -> Iterator[Step]:
        """Return the provenance of the question."""
        return map(self._explain, self._before)

    def piece(self, text: str) -> Step:
        """Return a piece of the text."""
        return self._frame({"message_type": "chunk", "response": text})

    def closing(self, text: str) -> Iterator[Step]:
        """Return the end of the text, the provenance of the answer, and the last frame."""
        if self.streaming:
            yield self._frame({"message_type": "chunk", "response": ""}, end_of_stream=True)
        yield self._explain(self._after)
        flags = {"end_of_stream": not self.streaming, "end_of_session": True}
        yield last({**self.last(text), **flags, **self.reading.usage})

    def _explain(self, event: Event) -> Frame:
        frame = self._frame({**self.explained, **event.members()})
        return Explained(frame.payload, triples=event.triples)

    def _frame(self, members: dict[str, object], *, end_of_stream: bool = False) -> Frame:
        return Frame(encode({**members, "end_of_stream": end_of_stream, "end_of_session": False}))


class GraphRag(Rag):
    """`graph-rag`. A failure is said in the last frame, beside the usual members."""

    explained: ClassVar[dict[str, object]] = {"message_type": "explain", "response": ""}

    def events(self, session: str) -> tuple[list[Event], Event]:
        """Return the provenance of the question, and that of the answer."""
        return explain.graph_rag(session, self.reading)

    def last(self, text: str) -> dict[str, object]:
        """Return the text and, if there are any, the sources."""
        members: dict[str, object] = {"message_type": "chunk", "response": text}
        if self.reading.sources:
            members["sources"] = [
                {"uri": source.uri, "title": source.title} for source in self.reading.sources
            ]
        return members

    def failure(self, message: str) -> Step:
        """Return the last frame, with the error."""
        members = {"message_type": "chunk", "response": "", "end_of_stream": True, "end_of_session": True}
        error = {"message": message, "type": "graph-rag-error"}
        return last({**members, "error": error})


class DocumentRag(Rag):
    """`document-rag`. A failure is said, but not marked as the end."""

    explained: ClassVar[dict[str, object]] = {"message_type": "explain"}

    def events(self, session: str) -> tuple[list[Event], Event]:
        """Return the provenance of the question, and that of the answer."""
        return explain.document_rag(session, self.reading)

    def last(self, text: str) -> dict[str, object]:
        """Return the text, or that this is the end."""
        return {"message_type": "end"} if self.streaming else {"response": text}

    def failure(self, message: str) -> Step:
        """Return an error that does not say that it is the end."""
        beside = {"end_of_stream": self.streaming, "end_of_session": False}
        return Failure(WireError("document-rag-error", message), final=False, beside=beside)


class Agent(Teller):
    """`agent`: thoughts, an observation, the answer. A failure is replaced by one of the gateway's own.

    Args:
        reading: What there is to tell.
        session: From `session_id`.
        streaming: Whether the caller wants it in pieces.
    """

    def __init__(self, reading: Reading, session: str, *, streaming: bool) -> None:
        super().__init__(reading, streaming=streaming)
        self._iri = f"urn:trustgraph:agent:{session}"

    def opening(self) -> Iterator[Step]:
        """Return what the agent thinks, does and sees before it answers."""
        iri, reading = self._iri, self.reading
        analysis, observation = f"{iri}/i1", f"{iri}/i1/observation"
        plan, found, ready = thoughts(reading)
        yield self._explained(explain.asked(iri, "Agent", "AgentQuestion", reading))
        yield from self._message("thought", plan, f"{analysis}/thought")
        yield self._explained(explain.analysed(analysis, iri, reading))
        yield from self._message("observation", found, observation)
        yield self._explained(explain.observed(observation, analysis))
        yield from self._message("thought", ready, f"{iri}/i2/thought")

    def piece(self, text: str) -> Step:
        """Return a piece of the answer."""
        return self._said("answer", text, f"{self._iri}/final")

    def closing(self, text: str) -> Iterator[Step]:
        """Return the provenance of the answer, and the last frame."""
        final = f"{self._iri}/final"
        yield self._explained(explain.answered(final, f"{self._iri}/i1/observation", "Conclusion"))
        yield self._said("answer", text, final, end_of_message=True, end_of_dialog=True)

    def failure(self, message: str) -> Step:  # noqa: ARG002
        """Return what becomes of every agent error: the gateway stumbles over it, and reports itself."""
        return Failure(WireError("gateway-error", "'Error' object has no attribute 'code'"))

    def _message(self, kind: str, text: str, message_id: str) -> Iterator[Step]:
        for piece, end in pieces_of_thought(text, streaming=self.streaming):
            yield self._said(kind, piece, message_id, end_of_message=end)

    def _said(
        self,
        kind: str,
        text: str,
        message_id: str,
        *,
        end_of_message: bool = False,
        end_of_dialog: bool = False,
    ) -> Frame:
        members: dict[str, object] = {"message_type": kind}
        if text:
            members["content"] = text
        members |= {"end_of_message": end_of_message, "end_of_dialog": end_of_dialog}
        members["message_id"] = message_id
        if end_of_dialog:
            members |= self.reading.usage
        return Frame(encode(members), final=end_of_dialog)

    def _explained(self, event: Event) -> Frame:
        flags = {"end_of_message": False, "end_of_dialog": False}
        payload = encode({"message_type": "explain", **flags, **event.members()})
        return Explained(payload, triples=event.triples)
