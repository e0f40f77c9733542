"""Reading what is linked in a graph, in rounds, until what is there has come to rest.

Services write provenance while somebody reads it. So everything that was found is read again after a pause,
all at once, until two readings agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from tgproto.catalog.call import Call
from tgproto.catalog.steps import Steps, pause, together
from tgproto.types.terms import Triple

MAX_ROUNDS: Final = 500
"""Rounds of one reading; what is linked more deeply is left unread, and the survey has not come to rest."""


@dataclass(frozen=True, slots=True)
class Look:
    """Something to look up.

    Attributes:
        uri: IRI of a thing.
        derived: Whether to look for what was derived from it, and not for what is said about it.
    """

    uri: str
    derived: bool = False


Found: TypeAlias = Mapping[Look, Sequence[Triple]]
"""What was looked up -> the triples that were found."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What to read, and when it is enough.

    Attributes:
        ask: Makes the call for something to look up.
        follow: Returns what to look up next, given something that was looked up and all that was found.
        enough: Whether what was found can be all there is.
        retries: How often it is read again, at most; at least 1.
        delay: Pause before that, in seconds; 0 for none.
    """

    ask: Callable[[Look], Call[list[Triple]]]
    follow: Callable[[Look, Found], Iterable[Look]]
    enough: Callable[[Found], bool]
    retries: int
    delay: float

    def read(self, looks: Iterable[Look]) -> Steps[tuple[Found, bool]]:
        """Look things up, and what they lead to, until that is enough and does not change any more.

        Args:
            looks: Where to begin.

        Returns:
            What was found, and whether it came to rest.
        """
        found = yield from self._read_once(looks)
        for _ in range(self.retries):
            if self.delay:
                yield from pause(self.delay)
            before, found = found, (yield from self._read_once(found))
            if self.enough(found) and _same(before, found):
                return found, True
        return found, False

    def _read_once(self, looks: Iterable[Look]) -> Steps[Found]:
        """Look things up. What they lead to is looked up in the next round, all of it at the same time."""
        found: dict[Look, Sequence[Triple]] = {}
        wanted = list(dict.fromkeys(looks))
        for _ in range(MAX_ROUNDS):
            if not wanted:
                break
            found.update(zip(wanted, (yield from together(list(map(self.ask, wanted)))), strict=True))
            led_to = (look for last in wanted for look in self.follow(last, found))
            wanted = [look for look in dict.fromkeys(led_to) if look not in found]
        return found


def _same(before: Found, after: Found) -> bool:
    """Return whether two readings agree; the order in which a store returns triples means nothing."""
    return before.keys() == after.keys() and all(
        set(triples) == set(before[look]) for look, triples in after.items()
    )
