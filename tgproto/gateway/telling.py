"""The course of an answer, as its script wants it. How it is framed is for the tellers of each generation."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping

from tgproto.gateway.model import Reading
from tgproto.gateway.script import Ending, Script, words_of
from tgproto.gateway.steps import Failure, Frame, Pause, Step
from tgproto.session.envelope import WireError
from tgproto.types.wire import encode


class Teller(ABC):
    """One answer of a service that tells a text.

    Args:
        reading: What there is to tell.
        streaming: Whether the caller wants it in pieces.

    Attributes:
        reading: What there is to tell.
        streaming: Whether the caller wants it in pieces.
    """

    def __init__(self, reading: Reading, *, streaming: bool) -> None:
        self.reading = reading
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
    """Tell an answer as its script wants it. What follows a last frame is for nobody."""
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


def at_once(script: Script, failed: Step, answer: Callable[[], Iterator[Step]]) -> Iterator[Step]:
    """Answer without telling a text, at the pace and with the ending of a script.

    Args:
        script: What the request said about its answer.
        failed: What the gateway makes of a failure of the service.
        answer: Works the answer out.
    """
    yield Pause(script.first + script.delay * script.count)
    if script.ending is Ending.FAILED:
        yield failed
    elif script.ending is Ending.DONE:
        yield from answer()


def last(payload: Mapping[str, object]) -> Frame:
    """Return the last frame of an answer, or the only one."""
    return Frame(encode(payload), final=True)


def complain(message: str) -> Iterator[Step]:
    """Return what a gateway makes of a request that it cannot translate."""
    return iter((Failure(WireError("gateway-error", message)),))


def thoughts(reading: Reading) -> tuple[str, str, str]:
    """Return what an agent says before it answers: a thought, an observation, and another thought."""
    wanted = ", ".join(reading.concepts) or "it"
    return (
        f"I should look up {wanted} in the graph.",
        f"It has {len(reading.facts)} facts.",
        "I know what to say now.",
    )


def pieces_of_thought(text: str, *, streaming: bool) -> Iterator[tuple[str, bool]]:
    """Yield the pieces of something that an agent says, and whether each is the last one.

    Args:
        text: What is said.
        streaming: Whether to cut it into words.
    """
    pieces = words_of(text) if streaming else [text]
    for index, piece in enumerate(pieces, 1):
        yield piece, index == len(pieces)
