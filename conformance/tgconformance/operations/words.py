"""Arguments and results in the words of the cases.

In arguments, an object with one member whose name begins with `@` stands for what JSON does not have:
`{"@iri": "urn:a"}`, `{"@literal": "text"}` or `{"@literal": ["text", datatype, language]}`,
`{"@triple": [s, p, o]}` or `[s, p, o, graph]`, `{"@bytes": "base64"}`, `{"@time": "2025-01-31T12:00:00Z"}`,
and `{"@document": {…}}` or `{"@processing": {…}}`, with the attributes of the record.
Results are shown in the same way. A record is shown as an object of its attributes, without those that are
empty, and without the JSON text that it keeps.
"""

from __future__ import annotations

import base64
import dataclasses
import enum
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from tgconformance.members import JSON, CaseError
from tgproto.types.library import DocumentMetadata, ProcessingMetadata
from tgproto.types.terms import IRI, BlankNode, Literal, QuotedTriple, Triple

HIDDEN = frozenset({"payload"})
"""Attributes that are not shown."""


def argument(value: JSON) -> Any:
    """Return what an argument stands for.

    Args:
        value: What the case says.

    Raises:
        CaseError: A name with `@` is unknown.
    """
    if isinstance(value, list):
        return [argument(item) for item in value]
    if not isinstance(value, dict):
        return value
    name = next(iter(value), "")
    if len(value) == 1 and name.startswith("@"):
        return _special(name, value[name])
    return {name: argument(item) for name, item in value.items()}


def _special(name: str, value: JSON) -> object:
    match name, value:
        case "@iri", str():
            return IRI(value)
        case "@blank", str():
            return BlankNode(value)
        case "@literal", str():
            return Literal(value)
        case "@literal", [str() as text, (str() | None) as datatype, (str() | None) as language]:
            return Literal(text, datatype, language)
        case "@triple", [s, p, o]:
            return Triple(argument(s), argument(p), argument(o))
        case "@triple", [s, p, o, str() as graph]:
            return Triple(argument(s), argument(p), argument(o), graph)
        case "@bytes", str():
            return base64.b64decode(value, validate=True)
        case "@time", str():
            return datetime.fromisoformat(value)
        case "@document", dict():
            return DocumentMetadata(**{name: argument(item) for name, item in value.items()})
        case "@processing", dict():
            return ProcessingMetadata(**{name: argument(item) for name, item in value.items()})
        case _:
            raise CaseError(f"{name} does not stand for an argument")


def shown(value: object) -> JSON:
    """Return a result, or a part of one, as JSON.

    Args:
        value: The result.

    Raises:
        CaseError: It is of a kind that has no form here.
    """
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return str.__str__(value)
        case bytes():
            return {"@bytes": base64.b64encode(value).decode()}
        case datetime():
            return {"@time": value.isoformat()}
        case enum.Enum():
            return shown(value.value)
        case IRI():
            return {"@iri": value.value}
        case BlankNode():
            return {"@blank": value.id}
        case Literal():
            more = [value.datatype, value.language]
            return {"@literal": [value.value, *more] if any(more) else value.value}
        case QuotedTriple():
            return {"@quoted": shown(value.triple)}
        case Triple():
            positions = [shown(value.s), shown(value.p), shown(value.o)]
            return {"@triple": [*positions, value.g] if value.g else positions}
        case Mapping():
            members = cast("Mapping[str, object]", value)
            return {name: shown(item) for name, item in members.items()}
        case Sequence():
            items = cast("Sequence[object]", value)
            return [shown(item) for item in items]
        case _ if dataclasses.is_dataclass(value):
            fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
            return {
                name: shown(item)
                for name, item in fields.items()
                if name not in HIDDEN and not _is_empty(item)
            }
        case _:
            raise CaseError(f"a {type(value).__name__} cannot be shown")


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, str | bytes | Sequence | Mapping) and not value)
