"""The services that tell a text: how each of them frames it, and how its failure looks (gateway 2.11.1).

They differ in everything but the course of events, which is `tell`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar

from tgproto.gateway import explain
from tgproto.gateway.explain import Event
from tgproto.gateway.model import Reading
from tgproto.gateway.script import Ending, words_of
from tgproto.gateway.steps import Failure, Frame, Pause, Step
from tgproto.session.envelope import WireError
from tgproto.types.wire import encode


class Teller(ABC):
    """One answer of a service that tells a text.

    Args:
        reading: What there is to tell.
        session: From `session_id`.
        streaming: Whether the caller wants it in pieces.
    """

    def __init__(self, reading: Reading, session: str, *, streaming: bool) -> None:
        self.reading = reading
        self.session = session
        self.streaming = streaming

    def opening(self) -> Iterator[Step]:
        """Return what comes before the text: nothing, unless a service says otherwise."""
        return iter(())

    @abstractmethod
    def piece(self, text: str) -> Step:
        """Return a piece of the text."""

    @abstractmethod
    def closing(self, text: str) -> Iterator[Step]:
        """Return what comes after the pieces.

        Args:
            text: The whole text; empty if it was told in pieces.
        """

    @abstractmethod
    def failure(self, message: str) -> Step:
        """Return what the gateway makes of a failure of the service."""


def tell(teller: Teller) -> Iterator[Step]:
    """Tell an answer as its script wants it."""
    script = teller.reading.script
    yield from teller.opening()
    yield Pause(script.first)
    if teller.streaming:
        for index in range(script.count):
            if script.delay:
                yield Pause(script.delay)
            yield teller.piece(script.piece(index))
    else:
        yield Pause(script.delay * script.count)
    if script.ending is Ending.DONE:
        yield from teller.closing("" if teller.streaming else script.whole())
    elif script.ending is Ending.FAILED:
        yield teller.failure(script.message)


class Completion(Teller):
    """`text-completion`. A failure is invisible: a last frame without text."""

    def piece(self, text: str) -> Step:
        """Return a piece of the text."""
        return Frame(encode({"response": text, "end_of_stream": False}))

    def closing(self, text: str) -> Iterator[Step]:
        """Return the last frame."""
        yield Frame(encode({"response": text, **self.reading.usage, "end_of_stream": True}), final=True)

    def failure(self, message: str) -> Step:  # noqa: ARG002
        """Return the last frame, in which the message is lost."""
        return Frame(encode({"response": None, "end_of_stream": True}), final=True)


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
        super().__init__(reading, session, streaming=streaming)
        self._before, self._after = self.events()

    @abstractmethod
    def events(self) -> tuple[list[Event], Event]:
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
        yield Frame(encode({**self.last(text), **flags, **self.reading.usage}), final=True)

    def _explain(self, event: Event) -> Frame:
        return self._frame({**self.explained, **event.members()})

    def _frame(self, members: dict[str, object], *, end_of_stream: bool = False) -> Frame:
        return Frame(encode({**members, "end_of_stream": end_of_stream, "end_of_session": False}))


class GraphRag(Rag):
    """`graph-rag`. A failure is said in the last frame, beside the usual members."""

    explained: ClassVar[dict[str, object]] = {"message_type": "explain", "response": ""}

    def events(self) -> tuple[list[Event], Event]:
        """Return the provenance of the question, and that of the answer."""
        return explain.graph_rag(self.session, self.reading)

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
        return Frame(encode({**members, "error": error}), final=True)


class DocumentRag(Rag):
    """`document-rag`. A failure is said, but not marked as the end."""

    explained: ClassVar[dict[str, object]] = {"message_type": "explain"}

    def events(self) -> tuple[list[Event], Event]:
        """Return the provenance of the question, and that of the answer."""
        return explain.document_rag(self.session, self.reading)

    def last(self, text: str) -> dict[str, object]:
        """Return the text, or that this is the end."""
        return {"message_type": "end"} if self.streaming else {"response": text}

    def failure(self, message: str) -> Step:
        """Return an error that does not say that it is the end."""
        beside = {"end_of_stream": self.streaming, "end_of_session": False}
        return Failure(WireError("document-rag-error", message), final=False, beside=beside)


class Agent(Teller):
    """`agent`: thoughts, an observation, the answer. A failure is replaced by one of the gateway's own."""

    def __init__(self, reading: Reading, session: str, *, streaming: bool) -> None:
        super().__init__(reading, session, streaming=streaming)
        self._iri = f"urn:trustgraph:agent:{session}"

    def opening(self) -> Iterator[Step]:
        """Return what the agent thinks, does and sees before it answers."""
        iri, reading = self._iri, self.reading
        analysis, observation = f"{iri}/i1", f"{iri}/i1/observation"
        wanted = ", ".join(reading.concepts) or "it"
        yield self._explained(explain.asked(iri, "Agent", "AgentQuestion", reading))
        yield from self._message("thought", f"I should look up {wanted} in the graph.", f"{analysis}/thought")
        yield self._explained(explain.analysed(analysis, iri, reading))
        yield from self._message("observation", f"It has {len(reading.facts)} facts.", observation)
        yield self._explained(explain.observed(observation, analysis))
        yield from self._message("thought", "I know what to say now.", f"{iri}/i2/thought")

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
        pieces = words_of(text) if self.streaming else [text]
        for index, piece in enumerate(pieces, 1):
            yield self._said(kind, piece, message_id, end_of_message=index == len(pieces))

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
        return Frame(encode({"message_type": "explain", **flags, **event.members()}))
