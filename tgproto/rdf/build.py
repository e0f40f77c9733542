"""Terms from what callers have at hand, by the name that callers of `trustgraph.api` know."""

from __future__ import annotations

import typing
from collections.abc import Mapping
from typing import TypeAlias, overload

import msgspec

from tgproto.dialect import TermCodec
from tgproto.errors import LocalProtocolError
from tgproto.types.terms import IRI, Literal, Term, TermLike, WireTerm, as_term, encode_term
from tgproto.types.wire import exact

TermType: TypeAlias = typing.Literal["iri", "literal"]
"""What a string is meant to be."""

WireDict: TypeAlias = Mapping[str, object]
"""A term as a gateway writes it, decoded: `{"t": "i", "i": …}` of 2.x or `{"v": …, "e": true}` of 1.x."""


@overload
def build_term(
    value: None, term_type: TermType | None = None, datatype: str | None = None, language: str | None = None
) -> None: ...


@overload
def build_term(
    value: TermLike | WireDict,
    term_type: TermType | None = None,
    datatype: str | None = None,
    language: str | None = None,
) -> Term: ...


@overload
def build_term(
    value: TermLike | WireDict | None,
    term_type: TermType | None = None,
    datatype: str | None = None,
    language: str | None = None,
) -> Term | None: ...


def build_term(
    value: TermLike | WireDict | None,
    term_type: TermType | None = None,
    datatype: str | None = None,
    language: str | None = None,
) -> Term | None:
    """Make a term of a string, or of a term as a gateway writes it.

    Args:
        value: A string; a term of either generation as a decoded JSON object; a term, which is returned as it
            is; or None.
        term_type: `iri` or `literal` says what the string is; None lets `as_term` judge.
        datatype: IRI of the datatype of the literal; None or empty for none.
        language: Language tag of the literal; None or empty for none.

    Returns:
        The term; None for None, as position of a query that matches anything.

    Raises:
        TypeError: `value`, `datatype` or `language` has another type.
        ValueError: Both a datatype and a language are given; one of them is for an IRI; `term_type` is
            neither; one of the three is given although `value` is a term already; an IRI is empty; or the
            object is no term, or has members that no gateway writes.
    """
    if value is None:
        return None
    if term_type not in (None, "iri", "literal"):
        raise ValueError(f"term_type must be 'iri', 'literal' or None, not {term_type!r}")
    kind, tag = _given("datatype", datatype), _given("language", language)
    if kind and tag:
        raise ValueError("datatype and language exclude each other: a literal has one of them")
    if isinstance(value, str):
        return _judge(exact(value), term_type, kind, tag)
    if term_type or kind or tag:
        raise ValueError("term_type, datatype and language are for a str: this value is a term already")
    return _read(value) if isinstance(value, Mapping) else as_term(value)


def _given(name: str, text: str | None) -> str | None:
    if text is not None and not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"{name} must be a str or None, not {type(text).__name__}")
    return exact(text) if text else None


def _judge(text: str, term_type: TermType | None, datatype: str | None, language: str | None) -> Term:
    term = Literal(text) if term_type == "literal" else as_term(text)
    if isinstance(term, Literal) and term_type != "iri":
        return Literal(text, datatype, language)
    if datatype or language:
        raise ValueError(f"{text!r} is an IRI: it has no datatype or language; is it term_type='literal'?")
    if not text:
        raise ValueError("value is empty, and no IRI")
    return IRI(text) if isinstance(term, Literal) else term


def _read(wire: WireDict) -> Term:
    """Read a term strictly: what would be lost, or stored as something else, is refused."""
    codec = TermCodec.VALUE if "e" in wire else TermCodec.TERM
    try:
        term = msgspec.convert(wire, WireTerm).term()
        known = encode_term(term, codec) == wire
    except RecursionError:
        raise ValueError("value is nested too deeply") from None
    except (msgspec.ValidationError, LocalProtocolError) as error:
        raise ValueError(f"value is no term as gateways write it: {error}") from None
    if not known:
        raise ValueError(
            "value is no term as gateways write it: a member is missing, empty, or unknown among "
            + ", ".join(map(repr, wire))
        )
    return term
