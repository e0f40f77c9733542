"""Where tokens come from: a string, or a function of the user's that supplies fresh ones."""

from __future__ import annotations

import inspect
import threading
import time
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from tgproto.credentials import expiry, too_late
from tgproto.driven import Driven
from tgproto.errors import LocalProtocolError
from tgproto.secrets import Secret

TokenSource: TypeAlias = Callable[[], str] | Callable[[], Awaitable[str]]
"""Supplies a token: at first, when the gateway refuses one, and before a JWT ends. A blocking function is
called in a thread, an asynchronous one in the event loop."""

InThread: TypeAlias = Callable[[Callable[[], tuple[object]]], Awaitable[tuple[object]]]
"""Calls a blocking function in a thread, and returns what that returned."""

Told: TypeAlias = Secret | Exception
"""What came of asking: a token, or what the function raised."""


class TokenLate(Exception):
    """A function did not supply a token in time.

    Args:
        limit: Seconds that it had (`auth_timeout`).
    """

    def __init__(self, limit: float) -> None:
        super().__init__(too_late(limit))


def check_source(source: object, *, blocking: bool, owner: str) -> None:
    """Refuse what cannot supply a token.

    Args:
        source: What was given.
        blocking: Whether nothing can be awaited.
        owner: Name of the class that it was given to.

    Raises:
        TypeError: It is neither a string nor a function, or one that cannot be awaited.
        ValueError: It is a string with a line break, or another control character.
    """
    if isinstance(source, str) and any(char < " " or char == "\x7f" for char in source):
        raise ValueError(
            "token has a line break or another control character in it; "
            "if it was read from a file, strip() it"
        )
    if not (isinstance(source, str) or callable(source)):
        raise TypeError(f"token must be a str, or a function that returns one, not {type(source).__name__}")
    if blocking and inspect.iscoroutinefunction(source):
        raise TypeError(f"token is an async function: a blocking {owner} needs one that returns a str")


def ask(source: TokenSource) -> Told:
    """Call a blocking source. This may take long."""
    try:
        return _secret(source())
    except Exception as error:  # noqa: BLE001  # whoever needs the token is told
        return error


def ask_within(source: TokenSource, seconds: float, limit: float) -> Told:
    """Call a blocking source in a thread of its own, and wait for it for a while.

    Args:
        source: The source.
        seconds: How long to wait.
        limit: What it may take at all, for the error.
    """
    told: list[Told] = []
    thread = threading.Thread(target=lambda: told.append(ask(source)), name="tgdrivers-token", daemon=True)
    try:
        thread.start()
    except RuntimeError as error:  # there are too many threads
        return error
    thread.join(max(seconds, 0.0))
    return told[0] if told else TokenLate(limit)


async def ask_later(source: TokenSource, in_thread: InThread) -> Told:
    """Call a source of any kind. Cancelling does not wait for a thread."""
    try:
        if inspect.iscoroutinefunction(source):
            token: object = source()
        else:  # what it returns is wrapped, because trio does not let a coroutine out of a thread
            (token,) = await in_thread(lambda: (source(),))
        return _secret(await token if inspect.isawaitable(token) else token)
    except Exception as error:  # noqa: BLE001  # whoever needs the token is told
        return error


def tell(client: Driven, told: Told, *, now: float) -> None:
    """Hand a token to a client, or tell it that there is none.

    Args:
        client: Who asked.
        told: What `ask` returned.
        now: Current time in the client's seconds.
    """
    if isinstance(told, Exception):
        client.deny(failure(told), now=now)
        return
    try:
        client.authenticate(told, now=now, lifetime=lifetime(told))
    except LocalProtocolError as refusal:
        client.deny(f"the token that the function given as token= returned is unusable: {refusal}", now=now)


def failure(error: Exception) -> str:
    """Say that there is no token, and what kind of error it was: the rest of it may have a secret in it."""
    if isinstance(error, TokenLate):
        return str(error)
    return f"the function given as token= failed with {type(error).__name__}"


def lifetime(token: Secret) -> float | None:
    """Return for how many seconds a token still holds; None if it does not say so."""
    end = expiry(token)
    return None if end is None else end - time.time()


def _secret(token: object) -> Secret:
    if not isinstance(token, str):
        kind = type(token).__name__
        if inspect.iscoroutine(token):
            token.close()  # or else it would complain that nobody awaited it
        raise TypeError(f"token= returned {kind}, not str")
    return Secret(token)
