"""Procedures: operations that take more than one call, written as generators of calls.

A procedure yields each call and is sent its result, or has its error raised where it waits. Who runs it
decides how calls are carried out; `scopes` has a runner for each colour.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeAlias, TypeVar

from tgproto.catalog.call import Call

T = TypeVar("T")

Steps: TypeAlias = Generator[Call[Any], Any, T]
"""A procedure under way, which returns a `T` in the end."""


def step(call: Call[T]) -> Steps[T]:
    """Have one call of a procedure carried out. Written with `yield from`, for the sake of the type.

    Args:
        call: What to ask.

    Returns:
        Its result.
    """
    result: T = yield call
    return result
