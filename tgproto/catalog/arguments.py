"""Checks of what callers pass: a wrong argument is refused by name before anything is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from inspect import iscoroutinefunction
from typing import TypeVar, cast
from urllib.parse import quote

from tgproto.secrets import Secret
from tgproto.types.terms import IRI, GraphName, Term, TermLike, Triple, as_term
from tgproto.types.wire import exact

R = TypeVar("R")


def optional(check: Callable[[str, object], R], name: str, value: object) -> R | None:
    """Return None for None, and otherwise what `check(name, value)` returns."""
    return None if value is None else check(name, value)


def text(name: str, value: object) -> str:
    """Return a string, as a plain `str`.

    Raises:
        TypeError: It is no string.
    """
    if type(value) is str:  # as good as always
        return value
    if not isinstance(value, str):
        raise _wrong(name, "a str", value)
    return exact(value)


def name_of(name: str, value: object) -> str:
    """Return the name of something, a string that is not empty.

    Raises:
        TypeError: It is no string.
        ValueError: It is empty.
    """
    checked = text(name, value)
    if not checked:
        raise ValueError(f"{name} must not be empty")
    return checked


def secret(name: str, value: object) -> Secret:
    """Return a secret, of a `Secret` or a string that is not empty.

    Raises:
        TypeError: It is neither.
        ValueError: It is empty.
    """
    return Secret(name_of(name, value.reveal() if isinstance(value, Secret) else value))


def iri(name: str, value: object) -> str:
    """Return an IRI as a string.

    Raises:
        TypeError: It is neither a string nor an `IRI`.
    """
    return text(name, value.value if isinstance(value, IRI) else value)


def count(name: str, value: object) -> int:
    """Return an integer that is not negative.

    Raises:
        TypeError: It is no integer.
        ValueError: It is negative.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        raise _wrong(name, "an int", value)
    if value < 0:
        raise ValueError(f"{name} must not be negative")
    return value


def positive(name: str, value: object) -> int:
    """Return an integer that is above 0.

    Raises:
        TypeError: It is no integer.
        ValueError: It is 0 or negative.
    """
    checked = count(name, value)
    if not checked:
        raise ValueError(f"{name} must be at least 1")
    return checked


def flag(name: str, value: object) -> bool:
    """Return a boolean.

    Raises:
        TypeError: It is none; a string such as "false" would count as true.
    """
    if not isinstance(value, bool):
        raise _wrong(name, "a bool", value)
    return value


def texts(name: str, value: object) -> list[str]:
    """Return a list of strings; an `IRI` among them counts as one.

    Raises:
        TypeError: It is no sequence of strings, or is a bare string.
    """
    return [iri(f"{name}[{i}]", item) for i, item in items(name, value)]


def text_or_texts(name: str, value: object) -> list[str]:
    """Return a list of strings; a bare string counts as a list of one.

    Raises:
        TypeError: It is neither.
    """
    return [exact(value)] if isinstance(value, str) else texts(name, value)


def mapping(name: str, value: object) -> Mapping[str, object]:
    """Return a mapping, to be sent as a JSON object.

    Raises:
        TypeError: It is no mapping.
    """
    if not isinstance(value, Mapping):
        raise _wrong(name, "a mapping", value)
    return cast("Mapping[str, object]", value)


def mappings(name: str, value: object) -> list[Mapping[str, object]]:
    """Return a list of mappings.

    Raises:
        TypeError: It is no sequence of mappings.
    """
    return [mapping(f"{name}[{i}]", item) for i, item in items(name, value)]


def text_by_name(name: str, value: object) -> dict[str, str]:
    """Return a mapping of strings to strings.

    Raises:
        TypeError: It is no mapping, or a value is no string.
    """
    return {text(name, key): text(f"{name}[{key!r}]", item) for key, item in mapping(name, value).items()}


def attributes(name: str, value: object) -> dict[str, str | list[str]]:
    """Return a mapping of strings to strings or lists of strings.

    Raises:
        TypeError: It is no mapping, or a value is neither.
    """
    return {
        text(name, key): exact(item) if isinstance(item, str) else texts(f"{name}[{key!r}]", item)
        for key, item in mapping(name, value).items()
    }


def term(name: str, value: object) -> Term:
    """Return a term; what a string stands for decides `as_term`.

    Raises:
        TypeError: It is neither a term nor a string.
    """
    try:
        return as_term(cast("TermLike", value))
    except TypeError as error:
        raise TypeError(f"{name}: {error}") from None


def triples(name: str, value: object) -> list[Triple]:
    """Return a list of triples.

    Raises:
        TypeError: It is no sequence of triples.
    """
    return [instance(Triple, f"{name}[{i}]", item) for i, item in items(name, value)]


def instance(kind: type[R], name: str, value: object) -> R:
    """Return a value of a type of this project.

    Raises:
        TypeError: It is none.
    """
    if not isinstance(value, kind):
        raise _wrong(name, f"a {kind.__name__}", value)
    return value


def content(name: str, value: object) -> bytes:
    """Return bytes; a `bytearray` counts as such.

    Raises:
        TypeError: It is neither.
    """
    if not isinstance(value, bytes | bytearray):
        raise _wrong(name, "bytes", value)
    return bytes(value)


def function(name: str, value: R) -> R:
    """Return a function, or None.

    Raises:
        TypeError: It is neither, or would have to be awaited.
    """
    if not (value is None or callable(value)):
        raise _wrong(name, "a function or None", value)
    if iscoroutinefunction(value):
        raise TypeError(f"{name} must be a plain function: it is called, and not awaited")
    return value


def quoted(name: str, value: str, safe: str = "/") -> str:
    """Return a text as it stands in a path.

    Raises:
        ValueError: It has a lone surrogate, which UTF-8 cannot carry.
    """
    try:
        return quote(value, safe=safe)
    except UnicodeEncodeError:
        raise ValueError(f"{name} has a lone surrogate") from None


def graph(name: str, value: object) -> GraphName:
    """Return the name of a graph.

    Raises:
        TypeError: It is neither a string nor an `IRI`.
        ValueError: It is not the IRI of a graph.
    """
    graph_iri = iri(name, value)
    try:
        return GraphName(graph_iri)
    except ValueError as error:
        raise ValueError(f"{name}: {error}. A user is passed as user=") from None


def renamed(
    check: Callable[[str, object], R], name: str, value: object, older: str, older_value: object
) -> R:
    """Return what may come under its older name.

    Args:
        check: Checks it.
        name: Name of the parameter.
        value: What was passed for it.
        older: The name that older clients use.
        older_value: What was passed for that one.

    Returns:
        What `check` returns for the one that is not None.

    Raises:
        TypeError: Both or none were passed, or `check` refuses it.
    """
    if (value is None) is (older_value is None):
        raise TypeError(f"{name} is needed, once ({older} is its name in older clients)")
    return check(older, older_value) if value is None else check(name, value)


def items(name: str, value: object) -> enumerate[object]:
    """Return the items of a sequence that is no string, with their positions.

    Raises:
        TypeError: It is none.
    """
    if not isinstance(value, Sequence) or isinstance(value, (str, bytes)):
        raise _wrong(name, "a list", value)
    return enumerate(cast("Sequence[object]", value))


def _wrong(name: str, wanted: str, value: object) -> TypeError:
    said = f"{name} must be {wanted}, not {type(value).__name__}"
    if name.isidentifier():
        said += f" (if the order of arguments is in doubt, pass {name}= by keyword)"
    return TypeError(said)
