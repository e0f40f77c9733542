"""The services that tell a text: how each of them frames it (gateway 1.7.1).

A member that would be empty is left out. Every failure is said, in an answer that has nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator

from tgproto.gateway.model import Reading
from tgproto.gateway.steps import Failure, Frame, Step
from tgproto.gateway.telling import Teller, last, pieces_of_thought, thoughts
from tgproto.gateway.templates import shaped
from tgproto.session.envelope import WireError
from tgproto.types.wire import encode


class Completion(Teller):
    """`text-completion`."""

    def piece(self, text: str) -> Step:
        """Return a piece of the text."""
        return Frame(encode({"response": text}))

    def closing(self, text: str) -> Iterator[Step]:
        """Return the last frame."""
        yield last({"response": text, **_filled(self.reading.usage)})

    def failure(self, message: str) -> Step:
        """Return the error."""
        return failed("llm-error", message)


class Prompted(Teller):
    """`prompt`. In pieces, its last frame is empty.

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
        return Frame(encode(_filled({"text": text})))

    def closing(self, text: str) -> Iterator[Step]:
        """Return the last frame."""
        yield last(_filled({self._member: text}))

    def failure(self, message: str) -> Step:
        """Return the error."""
        return failed("llm-error", message)


class Rag(Teller):
    """`graph-rag` and `document-rag`: the last frame has the whole text, even behind its pieces.

    Args:
        reading: What there is to tell.
        kind: The service, for its errors.
        streaming: Whether the caller wants it in pieces.
    """

    def __init__(self, reading: Reading, kind: str, *, streaming: bool) -> None:
        super().__init__(reading, streaming=streaming)
        self._kind = kind

    def piece(self, text: str) -> Step:
        """Return a piece of the text. One without text is taken for the last frame."""
        return Frame(encode({"chunk": text, "end_of_stream": False})) if text else last({})

    def closing(self, text: str) -> Iterator[Step]:
        """Return the last frame."""
        yield last(_filled({"response": text or self.reading.script.whole()}))

    def failure(self, message: str) -> Step:
        """Return the error."""
        return failed(f"{self._kind}-error", message)


class Agent(Teller):
    """`agent`: thoughts, an observation, the answer, in other members if it is not told in pieces."""

    def opening(self) -> Iterator[Step]:
        """Return what the agent thinks, does and sees before it answers."""
        plan, found, ready = thoughts(self.reading)
        for kind, text in (("thought", plan), ("observation", found), ("thought", ready)):
            for piece, end in pieces_of_thought(text, streaming=self.streaming):
                yield Frame(encode(_said(kind, piece, end=end) if self.streaming else {kind: piece}))

    def piece(self, text: str) -> Step:
        """Return a piece of the answer."""
        return Frame(encode(_said("answer", text, end=False)))

    def closing(self, text: str) -> Iterator[Step]:
        """Return the last frame."""
        if self.streaming:
            yield last({**_said("answer", "", end=True), "end_of_dialog": True})
        else:
            yield last(_filled({"answer": text}))

    def failure(self, message: str) -> Step:
        """Return the error."""
        return failed("agent-error", message)


def failed(kind: str, message: str) -> Failure:
    """Return what becomes of an error of a service.

    Args:
        kind: Its type.
        message: What the service says.
    """
    return Failure(WireError(kind, message))


def _said(kind: str, text: str, *, end: bool) -> dict[str, object]:
    content = _filled({"content": text})
    return {"chunk_type": kind, **content, "end_of_message": end, "end_of_dialog": False}


def _filled(members: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in members.items() if value}
