"""What every error of a driver promises."""

from __future__ import annotations

import traceback
from collections.abc import Awaitable
from typing import TypeVar

import pytest

from tests.drivers.peers.peer import TOKEN

E = TypeVar("E", bound=BaseException)


async def failure(call: Awaitable[object], kind: type[E], words: str | None = None) -> E:
    """Await a call that fails with one kind of error, whose message has certain words and never a token.

    Args:
        call: What fails.
        kind: The class of the error; a subclass will not do.
        words: A regular expression for the message; None for whatever it is.
    """
    with pytest.raises(kind, match=words) as caught:
        await call
    error = caught.value
    assert type(error) is kind
    keeps_secrets(error)
    return error


def keeps_secrets(error: BaseException) -> None:
    """See that nothing that is ever written about an error has the token in it."""
    told = "".join(traceback.format_exception(error))
    assert TOKEN not in f"{error}{error!r}{error.args}{told}{vars(error)}"
