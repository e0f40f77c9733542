"""Typed arguments into the JSON body of a request, in a gateway's dialect."""

from __future__ import annotations

import math
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import cast

from tgproto.catalog.spelling import Refusal
from tgproto.dialect import Dialect, TermCodec
from tgproto.errors import LocalProtocolError
from tgproto.secrets import Secret
from tgproto.types.terms import (
    IRI,
    BlankNode,
    GraphName,
    Literal,
    QuotedTriple,
    Triple,
    encode_graph,
    encode_term,
    encode_triple,
)
from tgproto.types.wire import encode, exact

_AS_THEY_ARE = frozenset({str, int, bool})


def encode_body(arguments: Mapping[str, object], dialect: Dialect) -> bytes:
    """Write a request body.

    Args:
        arguments: Values by wire name: JSON values, terms, triples, graph names, secrets, refusals; bytes,
            which become base64. None leaves a member out; so does what this gateway need not be told.
        dialect: The gateway's habits.

    Returns:
        A JSON object as UTF-8.

    Raises:
        LocalProtocolError: The dialect cannot express a value.
        TypeError: A value is not of these types.
        ValueError: A number is infinite or NaN, which JSON does not have.
    """
    body: dict[str, object] = {}
    for name, argument in arguments.items():
        if argument is None:
            continue
        if type(argument) in _AS_THEY_ARE:  # most are
            body[name] = argument
            continue
        try:
            value = _plain(argument, dialect.terms, name)
        except LocalProtocolError as error:
            raise LocalProtocolError(f"{name}: {error}") from None
        if value is not None:
            body[name] = value
    return encode(body)


def json_text(name: str, value: object) -> str:
    """Write a value as JSON text, for members that are JSON within JSON.

    Args:
        name: Name of the argument, for errors.
        value: A JSON value.

    Raises:
        TypeError: It is none.
        ValueError: A number is infinite or NaN.
    """
    return encode(_plain(value, TermCodec.TERM, name)).decode("utf-8")


def _plain(value: object, codec: TermCodec, path: str) -> object:
    match value:
        case None | bool():
            return value
        case str():
            return exact(value)
        case int():
            return int(value)
        case float():
            return _finite(value, path)
        case bytes():
            return b64encode(value).decode("ascii")
        case IRI() | Literal() | BlankNode() | QuotedTriple():
            return encode_term(value, codec)
        case Triple():
            return encode_triple(value, codec)
        case GraphName():
            return encode_graph(value.iri, codec)
        case Mapping():
            members = cast("Mapping[object, object]", value)
            return {_key(name, path): _plain(item, codec, f"{path}.{name}") for name, item in members.items()}
        case list() | tuple():
            items = cast("list[object]", value)
            if _are_finite(items):
                return items
            return [_plain(item, codec, f"{path}[{i}]") for i, item in enumerate(items)]
        case Secret():
            return value.reveal()
        case Refusal():
            raise LocalProtocolError(value.reason)
        case _:
            raise TypeError(f"{path} must be a JSON value or a term, not {type(value).__name__}")


def _are_finite(items: Sequence[object]) -> bool:
    """Whether they are all plain, finite numbers: vectors are long, and a look at each takes long."""
    return set(map(type, items)) == {float} and math.isfinite(sum(cast("Sequence[float]", items)))


def _finite(number: float, path: str) -> float:
    if not math.isfinite(number):
        raise ValueError(f"{path} must be a finite number")
    return float(number)


def _key(name: object, path: str) -> str:
    if not isinstance(name, str):
        raise TypeError(f"{path} must have str as keys, not {type(name).__name__}")
    return exact(name)
