"""What triples say about one thing: the statements of which it is the subject, by predicate."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias, TypeVar, cast

from tgproto.types.terms import QuotedTriple, Term, TermLike, Triple

R = TypeVar("R")

RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
RDFS_LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
PROV = "http://www.w3.org/ns/prov#"
"""Where the names of the W3C's provenance vocabulary begin."""
TG = "https://trustgraph.ai/ns/"
"""Where the names of the gateway's own vocabulary begin (`trustgraph/provenance/namespaces.py`, 2.11.1)."""
DERIVED = PROV + "wasDerivedFrom"

TripleLike: TypeAlias = Triple | tuple[object, object, object]
"""A triple, or subject, predicate and object in the form that older clients use: strings, and as an object
also a mapping with `s`, `p` and `o` for a quoted triple."""


def as_triple(value: TripleLike) -> Triple:
    """Turn what older clients use into a triple.

    Args:
        value: A triple, which is returned as it is, or a tuple of three.

    Returns:
        The triple.

    Raises:
        TypeError: It is something else.
        ValueError: It is a tuple of some other length.
    """
    if isinstance(value, Triple):
        return value
    s, p, o = value
    if isinstance(o, Mapping):
        parts = cast("Mapping[str, TermLike]", o)
        o = QuotedTriple(Triple(parts.get("s", ""), parts.get("p", ""), parts.get("o", "")))
    return Triple(cast("TermLike", s), cast("TermLike", p), cast("TermLike", o))


class Description:
    """What triples say about one thing.

    Args:
        uri: IRI of the thing.
        triples: Statements about it and about others.
        types: IRIs of its types; None for those that the triples name.

    Attributes:
        uri: IRI of the thing.
        triples: The statements about it, in their order.
        types: IRIs of its types.
    """

    __slots__ = ("_by_subject", "_objects", "triples", "types", "uri")

    def __init__(self, uri: str, triples: Iterable[TripleLike], types: Iterable[str] | None = None) -> None:
        self.uri = uri
        self._by_subject: dict[str, list[Triple]] = {}
        for triple in map(as_triple, triples):
            self._by_subject.setdefault(str(triple.s), []).append(triple)
        self.triples = tuple(self.about(uri))
        self._objects: dict[str, list[Term]] = {}
        for triple in self.triples:
            self._objects.setdefault(str(triple.p), []).append(triple.o)
        self.types = self.texts(RDF_TYPE) if types is None else tuple(types)

    def about(self, uri: str) -> Sequence[Triple]:
        """Return the statements about another thing that came along."""
        return self._by_subject.get(uri, ())

    def terms(self, predicate: str) -> Sequence[Term]:
        """Return what a predicate leads to, in order."""
        return self._objects.get(predicate, ())

    def texts(self, predicate: str) -> tuple[str, ...]:
        """Return the same as strings: IRIs, and the texts of literals."""
        return tuple(map(str, self.terms(predicate)))

    def text(self, predicate: str) -> str:
        """Return the first of these strings; an empty one if there is none."""
        return next(iter(self.texts(predicate)), "")


Read: TypeAlias = Callable[[Description], object]
"""Reads a member of something from its description."""


def text(predicate: str) -> Read:
    """Make what reads a string."""
    return lambda said: said.text(predicate)


def texts(predicate: str) -> Read:
    """Make what reads several strings."""
    return lambda said: said.texts(predicate)


def count(predicate: str) -> Read:
    """Make what reads an integer; 0 if there is none, or something else."""
    return lambda said: number(int, said.text(predicate), 0)


def chosen(types: Mapping[str, str], otherwise: str) -> Read:
    """Make what reads a word that depends on the types of the thing.

    Args:
        types: IRI of a type -> the word. The first of these types that the thing has decides.
        otherwise: The word if it has none of them.
    """
    return lambda said: next((word for kind, word in types.items() if kind in said.types), otherwise)


def number(kind: Callable[[str], R], written: str, otherwise: R) -> R:
    """Return a number that is written as text, or `otherwise` if it is none."""
    try:
        return kind(written)
    except ValueError:
        return otherwise
