"""Terms as strings, and descriptions of documents: what `trustgraph.knowledge` has, for both generations.

The functions and classes have the names that they have there, so some hide names of Python.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from typing import Any, ClassVar, Self, TypeAlias

__all__ = [
    "COPYRIGHT_HOLDER",
    "COPYRIGHT_NOTICE",
    "COPYRIGHT_YEAR",
    "DATE_PUBLISHED",
    "DESCRIPTION",
    "DIGITAL_DOCUMENT",
    "END_DATE",
    "IDENTIFIER",
    "IS_A",
    "KEYWORD",
    "LABEL",
    "LICENSE",
    "NAME",
    "ORGANIZATION",
    "PREF_DOC",
    "PREF_ORG",
    "PREF_PUBEV",
    "PUBLICATION",
    "PUBLICATION_EVENT",
    "PUBLISHED_BY",
    "START_DATE",
    "URL",
    "_NAMED",
    "AnyTerm",
    "DigitalDocument",
    "Emit",
    "Literal",
    "Organization",
    "PublicationEvent",
    "QuotedTriple",
    "Triple",
    "Uri",
    "Value",
    "hash",
    "to_uri",
]

IS_A = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
DIGITAL_DOCUMENT = "https://schema.org/DigitalDocument"
PUBLICATION_EVENT = "https://schema.org/PublicationEvent"
ORGANIZATION = "https://schema.org/Organization"
NAME = "https://schema.org/name"
DESCRIPTION = "https://schema.org/description"
COPYRIGHT_NOTICE = "https://schema.org/copyrightNotice"
COPYRIGHT_HOLDER = "https://schema.org/copyrightHolder"
COPYRIGHT_YEAR = "https://schema.org/copyrightYear"
LICENSE = "https://schema.org/license"
PUBLICATION = "https://schema.org/publication"
START_DATE = "https://schema.org/startDate"
END_DATE = "https://schema.org/endDate"
PUBLISHED_BY = "https://schema.org/publishedBy"
DATE_PUBLISHED = "https://schema.org/datePublished"
URL = "https://schema.org/url"
IDENTIFIER = "https://schema.org/identifier"
KEYWORD = "https://schema.org/keywords"

PREF_PUBEV = "pubev"
PREF_ORG = "org"
PREF_DOC = "doc"


class Uri(str):
    """An IRI. It is a string, so it can be used wherever upstream returns one.

    Args:
        value: The IRI. A blank node is written `_:` and its label.
    """

    __slots__ = ()

    def __new__(cls, value: str) -> Self:
        """Make one."""
        return super().__new__(cls, value)

    def is_uri(self) -> bool:
        """Return True."""
        return True

    def is_literal(self) -> bool:
        """Return False."""
        return False

    def is_triple(self) -> bool:
        """Return False."""
        return False


class Literal(str):
    """A text value. It is a string, so it can be used wherever upstream returns one.

    Args:
        value: The text.
        datatype: IRI of its type, or None.
        language: Language tag, or None.
    """

    datatype: str | None
    language: str | None

    def __new__(cls, value: str, datatype: str | None = None, language: str | None = None) -> Self:
        """Make one."""
        self = super().__new__(cls, value)
        self.datatype = datatype
        self.language = language
        return self

    def is_uri(self) -> bool:
        """Return False."""
        return False

    def is_literal(self) -> bool:
        """Return True."""
        return True

    def is_triple(self) -> bool:
        """Return False."""
        return False


class QuotedTriple:
    """A triple that stands where a node does; 2.x.

    Args:
        s: Subject.
        p: Predicate.
        o: Object.
    """

    def __init__(self, s: AnyTerm, p: AnyTerm, o: AnyTerm) -> None:
        self.s = s
        self.p = p
        self.o = o

    def __str__(self) -> str:
        return f"<<{self.s} {self.p} {self.o}>>"

    def __repr__(self) -> str:
        return f"QuotedTriple({self.s!r}, {self.p!r}, {self.o!r})"

    def is_uri(self) -> bool:
        """Return False."""
        return False

    def is_literal(self) -> bool:
        """Return False."""
        return False

    def is_triple(self) -> bool:
        """Return True."""
        return True


AnyTerm: TypeAlias = Uri | Literal | QuotedTriple
"""What a term of a graph can be."""


def hash(data: str | bytes) -> str:
    """Return an id for a document that depends on its content alone: the text of a UUID.

    Args:
        data: The content; a string counts as its UTF-8.
    """
    content = data.encode() if isinstance(data, str) else data
    return str(uuid.UUID(hashlib.sha256(content).hexdigest()[::2]))


def to_uri(pref: str, id: str) -> str:
    """Return an IRI in the gateway's namespace.

    Args:
        pref: What kind of thing it names, such as `PREF_DOC`.
        id: Id of the thing.
    """
    return f"https://trustgraph.ai/{pref}/{id}"


def Value(value: str, is_uri: bool) -> Uri | Literal:
    """Return a string as a term."""
    return Uri(value) if is_uri else Literal(value)


def Triple(s: Any, p: Any, o: Any) -> dict[str, Any]:
    """Return a triple as a dict, as `emit` hands it out."""
    return {"s": s, "p": p, "o": o}


Emit: TypeAlias = Callable[[dict[str, Any]], object]
"""Takes a triple."""


class _Described:
    """Something that can be told in triples. What is empty or None is left out."""

    _kind: ClassVar[str]
    _texts: ClassVar[tuple[tuple[str, tuple[str, ...]], ...]]
    """Attribute -> the predicates of its text, or of each text in the list."""
    _parts: ClassVar[tuple[tuple[str, str], ...]] = ()
    """Attribute -> the predicate that leads to it; it tells its own triples, too."""

    id: str

    def emit(self, emit: Emit) -> None:
        """Hand out the triples, one after the other.

        Args:
            emit: Called with each.
        """
        me = Uri(self.id)
        emit(Triple(me, Uri(IS_A), Uri(self._kind)))
        for attribute, predicates in self._texts:
            value: str | int | list[str] = getattr(self, attribute) or []
            for text in [value] if isinstance(value, (str, int)) else value:
                for predicate in predicates:
                    emit(Triple(me, Uri(predicate), Value(str(text), predicate == URL)))
        for attribute, predicate in self._parts:
            part: _Described | None = getattr(self, attribute)
            if part:
                emit(Triple(me, Uri(predicate), Uri(part.id)))
                part.emit(emit)


_NAMED = (("name", (LABEL, NAME)), ("description", (DESCRIPTION,)))


class Organization(_Described):
    """An organization.

    Args:
        id: Its IRI.
        name: Its name.
        description: What it is.
    """

    _kind = ORGANIZATION
    _texts = _NAMED

    def __init__(self, id: str, name: str | None = None, description: str | None = None) -> None:
        self.id = id
        self.name = name
        self.description = description


class PublicationEvent(_Described):
    """A publication.

    Args:
        id: Its IRI.
        organization: Who published.
        name: Its name.
        description: What was published.
        start_date: First day.
        end_date: Last day.
    """

    _kind = PUBLICATION_EVENT
    _texts = (*_NAMED, ("start_date", (START_DATE,)), ("end_date", (END_DATE,)))
    _parts = (("organization", PUBLISHED_BY),)

    def __init__(
        self,
        id: str,
        organization: Organization | None = None,
        name: str | None = None,
        description: str | None = None,
        start_date: str | None = None,
        end_date: str | None = None,
    ) -> None:
        self.id = id
        self.organization = organization
        self.name = name
        self.description = description
        self.start_date = start_date
        self.end_date = end_date


class DigitalDocument(_Described):
    """A document.

    Args:
        id: Its IRI.
        name: Its title.
        description: What it is about.
        copyright_notice: The notice.
        copyright_holder: Who holds the copyright.
        copyright_year: Since when.
        license: Name or IRI of the licence.
        identifier: Some other id of it.
        publication: How it was published.
        url: Where it is.
        keywords: Words for it.
    """

    _kind = DIGITAL_DOCUMENT
    _texts = (
        *_NAMED,
        ("identifier", (IDENTIFIER,)),
        ("copyright_notice", (COPYRIGHT_NOTICE,)),
        ("copyright_holder", (COPYRIGHT_HOLDER,)),
        ("copyright_year", (COPYRIGHT_YEAR,)),
        ("license", (LICENSE,)),
        ("keywords", (KEYWORD,)),
        ("url", (URL,)),
    )
    _parts = (("publication", PUBLICATION),)

    def __init__(
        self,
        id: str,
        name: str | None = None,
        description: str | None = None,
        copyright_notice: str | None = None,
        copyright_holder: str | None = None,
        copyright_year: str | int | None = None,
        license: str | None = None,
        identifier: str | None = None,
        publication: PublicationEvent | None = None,
        url: str | None = None,
        keywords: list[str] = [],
    ) -> None:
        self.id = id
        self.name = name
        self.description = description
        self.copyright_notice = copyright_notice
        self.copyright_holder = copyright_holder
        self.copyright_year = copyright_year
        self.license = license
        self.publication = publication
        self.url = url
        self.identifier = identifier
        self.keywords = keywords
