"""How a scripted answer goes: directives in the text of a request, such as `tell me n=3 delay=0.1 fail=2`.

    n=K      the answer has K pieces (5)
    delay=S  S seconds before each piece
    first=S  S more seconds before the first piece
    fail=K   the service reports an error after K pieces
    drop=K   the service stops after K pieces and says nothing
    hang=1   the service never says anything
    size=B   every piece is padded to B bytes
    dup=1    the final message is sent twice
    empty=K  piece K, counted from 0, is the empty string

`ANSWER<<some text>>` makes that text the answer, in pieces of three characters.
"""

import asyncio
import re
from collections.abc import AsyncIterator

DIRECTIVE = re.compile(r"\b(n|delay|first|fail|drop|hang|size|dup|empty)=(\d+(?:\.\d+)?)")
ANSWER = re.compile(r"ANSWER<<(.*?)>>", re.DOTALL)
PIECE = re.compile(r".{1,3}", re.DOTALL)


class ScriptedFailure(Exception):
    """The service shall report an error."""


class ScriptedSilence(Exception):
    """The service shall say nothing more."""


class Script:
    """The course of one answer.

    Args:
        text: The request's text; a directive that it does not have takes its default.
    """

    def __init__(self, text: str) -> None:
        found = {name: float(value) for name, value in DIRECTIVE.findall(text)}
        self.delay = found.get("delay", 0.0)
        self.first = found.get("first", 0.0)
        self.fail = found.get("fail")
        self.drop = found.get("drop")
        self.hang = bool(found.get("hang"))
        self.dup = bool(found.get("dup"))
        answer = ANSWER.search(text)
        if answer:
            self.pieces = PIECE.findall(answer[1])
        else:
            size = int(found.get("size", 0))
            self.pieces = [f"chunk-{i} ".ljust(size, "x") for i in range(int(found.get("n", 5)))]
        if "empty" in found:
            self.pieces = ["" if i == found["empty"] else piece for i, piece in enumerate(self.pieces)]

    async def begin(self) -> None:
        """Wait as long as the script says before anything is answered; does nothing the second time.

        Raises:
            ScriptedSilence: Nothing shall be answered at all.
        """
        if self.hang:
            raise ScriptedSilence
        first, self.first = self.first, 0.0
        await asyncio.sleep(first)

    async def play(self) -> AsyncIterator[str]:
        """Yield the pieces of the answer in their time.

        Raises:
            ScriptedFailure: The script says so at this place.
            ScriptedSilence: The script says so at this place.
        """
        await self.begin()
        for i, piece in enumerate(self.pieces):
            self._check(i)
            await asyncio.sleep(self.delay)
            yield piece
        self._check(len(self.pieces))

    async def text(self) -> str:
        """Play to the end.

        Returns:
            The whole answer.

        Raises:
            ScriptedFailure: The script says so.
            ScriptedSilence: The script says so.
        """
        return "".join([piece async for piece in self.play()])

    def _check(self, sent: int) -> None:
        if self.fail == sent:
            raise ScriptedFailure(f"scripted failure after {sent} chunks")
        if self.drop == sent:
            raise ScriptedSilence
