"""The caller's token, where the owner can supply fresh ones: when to ask for one, and until when it holds."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import cast

from tgproto import lenient
from tgproto.secrets import Secret
from tgproto.session.events import CredentialWanted
from tgproto.timers import Timers

ASKED, RENEW = "asked", "renew"

MARGIN = 60.0
"""Seconds before its end at which a token is replaced, at most."""

SHORTEST = 0.25
"""Seconds that a token holds, at least, if it is replaced before its end."""

_LAST = 1e12
"""Later than any token ends."""


class Credentials:
    """Asks the owner for tokens, once at a time, and remembers which one was refused. No I/O.

    Args:
        limit: Seconds that the owner has to supply one.

    Attributes:
        limit: The same.
        round: How many tokens the owner has supplied, be they equal or not.
    """

    def __init__(self, limit: float) -> None:
        self.limit = limit
        self.round = 0
        self._refused: int | None = None
        self._timers: Timers[str] = Timers()

    def lacks(self, token: Secret | None) -> bool:
        """Return whether nothing can be asked before the owner has supplied a token.

        Args:
            token: The present one, if there is any.
        """
        return token is None or self._refused == self.round

    def may_go_on(self, shown: int, renew: Callable[[int], bool]) -> bool:
        """Return whether a request whose token was refused may be sent again, with another one.

        Args:
            shown: The round of the token that was sent with it.
            renew: Lets the request wait for a fresh token in a round; returns whether it may.
        """
        if shown != self.round:
            return True  # there is a newer one
        if not renew(shown):
            return False
        self._refused = shown
        return True

    def want(self, reason: str, *, now: float) -> CredentialWanted | None:
        """Ask for a token, unless that was done already.

        Args:
            reason: Why, for a log.
            now: Current time in seconds.
        """
        if ASKED in self._timers:
            return None
        self._timers.cancel(RENEW)
        self._timers.set(ASKED, now + self.limit)
        return CredentialWanted(reason)

    def supplied(self, lifetime: float | None, *, now: float) -> None:
        """There is a token.

        Args:
            lifetime: Seconds for which it holds; None if that is not known.
            now: Current time in seconds.
        """
        self.denied()
        self.round += 1
        if lifetime is not None and lifetime >= SHORTEST:  # or one that is kept is asked for without an end
            self._timers.set(RENEW, now + max(lifetime - MARGIN, lifetime / 2))

    def denied(self) -> None:
        """There is none, for now."""
        self._timers.clear()

    def next_deadline(self) -> float | None:
        """Return when `expire` has something to do; None for never."""
        return self._timers.earliest()

    def expire(self, *, now: float, used: bool) -> CredentialWanted | str | None:
        """Return what is due.

        Args:
            now: Current time in seconds.
            used: Whether the token is in use; else it is replaced when it is refused.

        Returns:
            What to tell the owner, because the token ends soon; or why there is none, because the owner took
            too long; or None.
        """
        due = next(self._timers.pop_due(now), None)
        if due == ASKED:
            return too_late(self.limit)
        return self.want("it ends soon", now=now) if due == RENEW and used else None


def too_late(limit: float) -> str:
    """Say that the owner had so many seconds to supply a token, and did not."""
    return f"no fresh token was supplied within {limit:g} s (auth_timeout)"


def expiry(token: Secret) -> float | None:
    """Return when a JWT ends, in seconds since 1970; None if it does not say so, or is no JWT.

    Gateways recognise one by its two dots, and give it an hour (2.4.5 and later, `gateway/auth.py`). Nothing
    is verified here.

    Args:
        token: Any token.
    """
    parts = token.reveal().split(".")
    if len(parts) != 3:
        return None
    try:
        text = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        claims = lenient.loads(text)
    except (binascii.Error, ValueError):  # no base64, no ASCII, or no JSON
        return None
    end = cast("dict[str, object]", claims).get("exp") if isinstance(claims, dict) else None
    return float(end) if isinstance(end, int | float) and 0 < end < _LAST else None
