"""What gateway 1.7.1 reads from a request: strictly, and what it cannot take is refused in Python's words."""

from __future__ import annotations

import base64
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeAlias, TypeVar, cast

from tgproto import lenient
from tgproto.gateway.steps import Step
from tgproto.gateway.stores.failures import GATEWAY_ERROR, ServiceFailure
from tgproto.gateway.telling import complain, last
from tgproto.session.events import Payload

USER = "trustgraph"
"""User who is meant where none is named."""

T = TypeVar("T")
_RECORD = "pulsar.schema.definition.Record"
"""What a real gateway makes of the steps of an agent."""

Service: TypeAlias = Callable[[Payload, T], Iterator[Step]]
"""Answers the body of a request, from what it knows."""


class Refused(ServiceFailure):
    """The gateway cannot translate a request; the message is what it says about that."""

    def __init__(self, message: str) -> None:
        super().__init__(GATEWAY_ERROR, message)


class Value(NamedTuple):
    """A term as 1.x writes it.

    Attributes:
        v: The IRI, or the text.
        e: Whether it is an IRI.
    """

    v: str
    e: bool


class Body:
    """The body of a request. Each method raises `Refused` where the gateway fails.

    A member that is null is empty, even where one that is missing has another default.

    Args:
        value: The decoded body: not always an object.
    """

    def __init__(self, value: object) -> None:
        self._value = cast("Any", value)  # it is used as an object, and fails as such if it is none

    def require(self, member: str) -> None:
        """Look whether a member is there, whatever it is."""
        with _in_pythons_words():
            self._value[member]

    def needed_text(self, member: str) -> str:
        """Return a member that must be there, a string."""
        with _in_pythons_words():
            return _text(member, self._value[member]) or ""

    def text(self, member: str, default: str = "") -> str:
        """Return a member that is a string."""
        with _in_pythons_words():
            return _text(member, self._value.get(member, default)) or ""

    def optional_text(self, member: str) -> str | None:
        """Return a member that is a string; None if it is missing or null."""
        with _in_pythons_words():
            return _text(member, self._value.get(member))

    def flag(self, member: str) -> bool:
        """Return a member that is true or false; false if it is missing."""
        with _in_pythons_words():
            return _flag(member, self._value.get(member))

    def count(self, member: str, default: int) -> int:
        """Return a member that is a whole number, or whatever Python makes one of."""
        with _in_pythons_words():
            return int(self._value.get(member, default))

    def filled(self, member: str) -> bool:
        """Return whether a member is there and not null."""
        with _in_pythons_words():
            return self._value.get(member) is not None

    def whole(self, member: str) -> int | None:
        """Return a member that is a whole number; None if it is missing or null."""
        with _in_pythons_words():
            found = self._value.get(member)
            return None if found is None else _checked(int, member, found)

    def value(self, member: str) -> object:
        """Return a member, whatever it is; an empty object if it is missing."""
        with _in_pythons_words():
            return cast("object", self._value.get(member, {}))

    def needed_bytes(self, member: str) -> bytes:
        """Return a member that must be there, in Base64."""
        with _in_pythons_words():
            self._value.get  # noqa: B018
            return base64.b64decode(self._value[member])

    def decoded(self, member: str, charset: str) -> str:
        """Return a member that must be there, a text in Base64.

        Args:
            member: The member.
            charset: The member that names how the text is encoded; UTF-8 if it is missing.
        """
        with _in_pythons_words():
            encoding = self._value.get(charset, "utf-8")
            return base64.b64decode(self._value[member]).decode(encoding)

    def triples(self, member: str) -> list[tuple[Value, Value, Value]]:
        """Return a member that is an array of triples; none if it is missing."""
        with _in_pythons_words():
            items = cast("list[Any]", self._value.get(member) or [])
            return [(_term(item["s"]), _term(item["p"]), _term(item["o"])) for item in items]

    def child(self, member: str) -> Body | None:
        """Return a member that has members of its own; None if it is missing."""
        with _in_pythons_words():
            return Body(self._value[member]) if member in self._value else None

    def needed_child(self, member: str) -> Body:
        """Return a member that must be there, with members of its own."""
        with _in_pythons_words():
            return Body(self._value[member])

    def children(self, member: str) -> list[Body] | None:
        """Return a member that is an array of such; None if it is missing."""
        with _in_pythons_words():
            return [Body(item) for item in self._value[member]] if member in self._value else None

    def needed_children(self, member: str) -> list[Body]:
        """Return a member that must be there, an array of such."""
        with _in_pythons_words():
            return [Body(item) for item in self._value[member]]

    def optional_texts(self, member: str) -> list[str] | None:
        """Return a member that is an array of strings; None if it is missing or null."""
        return self.texts(member) if self.filled(member) else None

    def encoded(self, member: str) -> bytes | None:
        """Return a member that is base64, decoded as leniently as by Python; None if it is missing."""
        with _in_pythons_words():
            return base64.b64decode(self._value[member].encode()) if member in self._value else None

    def needed_term(self, member: str) -> Value:
        """Return a member that must be there, a term."""
        with _in_pythons_words():
            return _term(self._value[member])

    def term(self, member: str) -> Value | None:
        """Return a member that is a term; None if it is missing."""
        with _in_pythons_words():
            if member not in self._value:
                return None
            return _term(self._value[member])

    def texts(self, member: str) -> list[str]:
        """Return a member that is an array of strings; none if it is missing."""
        with _in_pythons_words():
            items = _list(member, self._value.get(member))
            return [_item(f"Array field {member} items", "string", item) for item in items]

    def named_texts(self, member: str) -> dict[str, str]:
        """Return a member that is an object of strings; an empty one if it is missing."""
        with _in_pythons_words():
            return _named_texts(member, self._value.get(member))

    def steps(self, member: str) -> None:
        """Look whether a member is an array of steps that an agent went, which nobody reads."""
        with _in_pythons_words():
            items = _list(member, self._value.get(member, []))
            if items and not isinstance(items[0], dict):
                raise TypeError(f"Array field {member} items should all be of type AgentStep")
            for item in items:
                _check_step(item)

    def named_values(self, member: str) -> dict[str, object] | None:
        """Return a member that is an object; None if it is missing."""
        with _in_pythons_words():
            self._value.get  # noqa: B018
            return dict(self._value[member].items()) if member in self._value else None

    def needed_vectors(self, member: str) -> list[list[float]]:
        """Return a member that must be there, an array of arrays of numbers."""
        with _in_pythons_words():
            rows = _list(member, self._value[member])
            if not all(isinstance(row, list) for row in rows):
                raise TypeError(f"Array field {member} items should all be of type array")
            return [[float(cast("float", number)) for number in cast("list[object]", row)] for row in rows]


def reading(serve: Callable[[Body, T], Iterator[Step]]) -> Service[T]:
    """Return a service that has its body read.

    Args:
        serve: Takes the members it needs before it returns the steps of the answer.
    """

    def answer(payload: Payload, known: T) -> Iterator[Step]:
        try:
            return serve(Body(lenient.loads(payload)), known)
        except (Refused, lenient.JSONRefused) as refusal:
            return complain(str(refusal))

    return answer


def sending(serve: Callable[[Body, T], Iterator[Step]]) -> Service[T]:
    """Return a service that hands something on without waiting for an answer. What it refuses is a bare text.

    Args:
        serve: As for `reading`.
    """

    def answer(payload: Payload, known: T) -> Iterator[Step]:
        try:
            return serve(Body(lenient.loads(payload)), known)
        except (Refused, lenient.JSONRefused) as refusal:
            return iter((last({"error": str(refusal)}),))

    return answer


@contextmanager
def _in_pythons_words() -> Generator[None]:
    try:
        yield
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise Refused(str(error)) from None


def _term(term: Any) -> Value:
    v, e = term["v"], term["e"]
    return Value(_text("value", v) or "", _flag("is_uri", e))


def _text(field: str, value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise TypeError(f"Invalid type '{type(value)}' for field '{_spelt(field)}'. Expected a string")


def _flag(field: str, value: object) -> bool:
    return value is not None and _checked(bool, field, value)


def _list(field: str, value: object) -> list[object]:
    return [] if value is None else cast("list[object]", _checked(list, field, value))


def _named_texts(member: str, found: object) -> dict[str, str]:
    named = cast("dict[str, object]", {} if found is None else _checked(dict, member, found))
    which, kind = f"Map values for field {member}", "(<class 'str'>, <class 'bytes'>)"
    return {name: _item(which, kind, item) for name, item in named.items()}


def _item(which: str, kind: str, item: object) -> str:
    if isinstance(item, str):
        return item
    raise TypeError(f"{which} should all be of type {kind}")


def _check_step(item: object) -> None:
    if not isinstance(item, dict):
        kind = type(item).__name__
        raise TypeError(f"{_RECORD}.__init__() argument after ** must be a mapping, not {kind}")
    step = cast("dict[str, object]", item)
    for member in ("thought", "action", "observation", "user"):
        _text(member, step.get(member))
    _named_texts("arguments", step.get("arguments"))


def _checked(kind: type[T], field: str, value: object) -> T:
    if isinstance(value, kind):
        return value
    raise TypeError(f"Invalid type '{type(value)}' for field '{_spelt(field)}'. Expected: {kind.__name__}")


def _spelt(member: str) -> str:
    """Return the name of a field behind a member."""
    return member.replace("-", "_")
