"""How a service says that it cannot do what it is asked."""

from __future__ import annotations

from collections.abc import Generator, MutableMapping
from contextlib import contextmanager
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")

MAX_RECORDS = 10_000
"""Records of one kind that a store keeps; more are refused."""

GATEWAY_ERROR = "gateway-error"
"""Type of the errors that the gateway itself makes of a request it cannot translate."""


class ServiceFailure(Exception):
    """An operation cannot be done. Whether anybody sees why depends on the service and the generation.

    Args:
        kind: The type of the error.
        message: What the service says.
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class RequestRefused(ServiceFailure):
    """A service does not accept what is asked for."""

    def __init__(self, message: str) -> None:
        super().__init__("request-error", message)


class Unexpected(ServiceFailure):
    """A service did not expect this, which real ones report all the same."""

    def __init__(self, message: str) -> None:
        super().__init__("unexpected-error", message)


@contextmanager
def in_pythons_words(kind: str) -> Generator[None]:
    """Turn what Python refuses into an error in Python's words, as gateways do.

    Args:
        kind: The type of the error.

    Raises:
        ServiceFailure: Something was refused.
    """
    try:
        yield
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise ServiceFailure(kind, str(error)) from None


def keep(records: MutableMapping[K, V], name: K, record: V) -> None:
    """Put a record among others.

    Raises:
        Unexpected: There is no room for one more.
    """
    if name not in records and len(records) >= MAX_RECORDS:
        raise Unexpected(f"this gateway has room for {MAX_RECORDS} of them")
    records[name] = record
