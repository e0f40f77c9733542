"""The settings that the service and its clients share, as they stand in the environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, Self

from tgproto.catalog import arguments as check

STREAM_GRACE: Final = 10.0
"""Seconds by which a client is more patient with a stream than the service, whose error says more."""
BATCH_GRACE: Final = 5.0
"""The same with a batch."""


@dataclass(frozen=True, slots=True)
class AssistantSettings:
    """Settings, each with the default that the service documents.

    Attributes:
        stream_enabled: Whether streams are asked for; if not, an answer comes whole and is a stream of one
            token.
        stream_chunk_size: What the service makes tokens of. Nothing here depends on it.
        stream_timeout: Seconds that the service takes for a stream at most; None for no limit.
        batch_enabled: Whether there are batches.
        batch_max_size: Requests of one batch, at most.
        batch_timeout: Seconds that the service takes for a batch at most; None for no limit.

    Raises:
        TypeError: A setting is of the wrong type.
        ValueError: A number is not above 0.
    """

    stream_enabled: bool = True
    stream_chunk_size: int = 100
    stream_timeout: float | None = 300.0
    batch_enabled: bool = True
    batch_max_size: int = 10
    batch_timeout: float | None = 30.0

    def __post_init__(self) -> None:
        for field in fields(self):
            _CHECKS[field.type](field.name, getattr(self, field.name))

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Self:
        """Return what an environment says: `STREAM_TIMEOUT=300` and so on. What is empty is not said.

        Args:
            environment: The variables.

        Raises:
            ValueError: A variable is not as it has to be; the message names it.
        """
        said = {
            field.name: _read(field.name.upper(), environment[field.name.upper()], field.type)
            for field in fields(cls)
            if environment.get(field.name.upper())
        }
        try:
            return cls(**said)
        except ValueError as error:
            name, _, rest = str(error).partition(" ")
            raise ValueError(f"{name.upper()} {rest}") from None

    @property
    def stream_limit(self) -> float | None:
        """Seconds that a client waits for a whole stream."""
        return None if self.stream_timeout is None else self.stream_timeout + STREAM_GRACE

    @property
    def batch_limit(self) -> float | None:
        """Seconds that a client waits for one run of a batch."""
        return None if self.batch_timeout is None else self.batch_timeout + BATCH_GRACE


_WORDS: Final = {"true": True, "1": True, "yes": True, "on": True}
_WORDS_OF_NO: Final = {"false": False, "0": False, "no": False, "off": False}


def _flag(text: str) -> bool:
    return (_WORDS | _WORDS_OF_NO)[text.strip().lower()]


_READERS: Final[Mapping[object, Callable[[str], Any]]] = {"bool": _flag, "int": int, "float | None": float}
_KINDS: Final = {"bool": "true or false", "int": "a whole number", "float | None": "a number of seconds"}
_CHECKS: Final[Mapping[Any, Callable[[str, object], object]]] = {
    "bool": check.flag,
    "int": check.positive,
    "float | None": lambda name, value: check.optional(_seconds, name, value),
}


def _read(name: str, text: str, kind: object) -> Any:
    try:
        return _READERS[kind](text)
    except (ValueError, KeyError):
        raise ValueError(f"{name} must be {_KINDS[str(kind)]}, not {text!r}") from None


def _seconds(name: str, value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError(f"{name} must be a number of seconds or None, not {type(value).__name__}")
    if not 0 < value < float("inf"):
        raise ValueError(f"{name} must be above 0 s and finite; None is for no limit")
    return float(value)
