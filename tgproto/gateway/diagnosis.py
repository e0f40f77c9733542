"""Looks at samples of structured data: what type they are, and which tables they would fill."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import cast

from tgproto import lenient
from tgproto.gateway.model import find_words
from tgproto.gateway.script import MAX_TEXT
from tgproto.gateway.tables import Table, identifier
from tgproto.types.wire import encode

_DELIMITERS = ",;\t|"
_TAG = re.compile(r"<([A-Za-z_][\w.-]*)[ \t/>]")
_TYPES = ("csv", "json", "xml")


class DiagnosisError(Exception):
    """A diagnosis fails.

    Args:
        kind: The type of the error.
        message: What is wrong.

    Attributes:
        kind: The type of the error.
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Sample:
    """What there is to look at.

    Attributes:
        text: The beginning of some data.
        kind: Its type, `csv`, `json` or `xml`; empty if that is unknown.
        schema: Name of the table that it is for; empty if that is unknown.
    """

    text: str
    kind: str = ""
    schema: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was found.

    Attributes:
        kind: The type of the data; empty if it is unknown, or was not looked for.
        confidence: How sure that is, 0 … 1; None if it was not looked for.
        descriptor: How to read the data; None if there is none.
        metadata: What else there is to say.
        schemas: Names of fitting tables; None if they were not looked for.
    """

    kind: str = ""
    confidence: float | None = None
    descriptor: Mapping[str, object] | None = None
    metadata: Mapping[str, object] = field(default_factory=dict[str, object])
    schemas: tuple[str, ...] | None = None


def diagnose(operation: str, sample: Sample, tables: Mapping[str, Table]) -> Diagnosis:
    """Look at a sample.

    Args:
        operation: A key of `OPERATIONS`.
        sample: What there is to look at.
        tables: The tables that there are, by name.

    Raises:
        DiagnosisError: It cannot be done.
    """
    if operation not in OPERATIONS:
        known = ", ".join(OPERATIONS)
        raise DiagnosisError("InvalidOperation", f"Unknown operation: {operation}. Supported: {known}")
    return OPERATIONS[operation](sample, tables)


def _detect(sample: Sample, tables: Mapping[str, Table]) -> Diagnosis:  # noqa: ARG001
    kind, confidence = _type_of(sample.text)
    return Diagnosis(kind, confidence, metadata=_options(kind, sample.text))


def _describe(sample: Sample, tables: Mapping[str, Table]) -> Diagnosis:
    for value, name in ((sample.kind, "Type"), (sample.schema, "Schema name")):
        if not value:
            raise DiagnosisError("MissingParameter", f"{name} parameter is required for generate-descriptor")
    descriptor = _descriptor(sample.kind, sample.text, _table(sample.schema, tables))
    return Diagnosis(descriptor=descriptor, metadata={"schema_name": sample.schema, "type": sample.kind})


def _diagnose(sample: Sample, tables: Mapping[str, Table]) -> Diagnosis:
    kind, confidence = _type_of(sample.text)
    if not kind:
        raise DiagnosisError("TypeDetectionFailed", "Unable to detect data type from sample")
    schema = sample.schema or next(iter(tables), "")
    if not schema:
        raise DiagnosisError("NoSchemaAvailable", "No schema specified, and there is none")
    descriptor = _descriptor(kind, sample.text, _table(schema, tables))
    metadata = {"schema_name": schema, "auto_selected_schema": schema != sample.schema}
    return Diagnosis(kind, confidence, descriptor, {**metadata, **_options(kind, sample.text)})


def _select(sample: Sample, tables: Mapping[str, Table]) -> Diagnosis:
    folded = sample.text[:MAX_TEXT].casefold()
    fields = {identifier(name) for name in _fields(_type_of(sample.text)[0], sample.text)}
    scores = {
        name: len(fields.intersection(table.columns)) + (find_words(table.label.casefold(), folded) >= 0)
        for name, table in tables.items()
    }
    fitting = sorted((name for name in scores if scores[name]), key=lambda name: -scores[name])
    return Diagnosis(schemas=tuple(fitting))


OPERATIONS: Mapping[str, Callable[[Sample, Mapping[str, Table]], Diagnosis]] = {
    "detect-type": _detect,
    "generate-descriptor": _describe,
    "diagnose": _diagnose,
    "schema-selection": _select,
}
"""What the service `structured-diag` can do."""


def _type_of(text: str) -> tuple[str, float]:
    """Return the type of data, and how sure that is: what is neither XML nor JSON is taken for CSV."""
    match text.strip()[:1]:
        case "":
            return "", 0.0
        case "<" if "</" in text or "<?xml" in text:
            return "xml", 0.9
        case "{" | "[":
            return "json", 0.9
        case _:
            return "csv", 0.8


def _table(name: str, tables: Mapping[str, Table]) -> Table:
    if name not in tables:
        raise DiagnosisError("SchemaNotFound", f"Schema {name!r} not found")
    return tables[name]


def _descriptor(kind: str, text: str, table: Table) -> dict[str, object]:
    """Return how to read data into a table: its type, and which column each of its fields is for."""
    if kind not in _TYPES:
        raise DiagnosisError("DescriptorGenerationFailed", f"There is no descriptor for {kind!r}")
    columns = ((name, identifier(name)) for name in _fields(kind, text))
    mappings = [
        {"source_field": name, "target_field": column} for name, column in columns if column in table.columns
    ]
    return {"format": {"type": kind}, "mappings": mappings, "output": {"schema_name": table.name}}


def _fields(kind: str, text: str) -> list[str]:
    """Return the names of the fields in data: of its header, of its first object, or of its elements."""
    text = text.strip()[:MAX_TEXT]
    match kind:
        case "csv":
            header = text.partition("\n")[0]
            return [name.strip().strip('"') for name in header.split(_delimiter(text))]
        case "json":
            return _members(text)
        case _:
            return list(dict.fromkeys(_TAG.findall(text)))


def _members(text: str) -> list[str]:
    try:
        value = lenient.loads(text)
    except lenient.JSONRefused:
        return []
    if isinstance(value, list):
        value = next(iter(cast("list[object]", value)), None)
    return list(cast("Mapping[str, object]", value)) if isinstance(value, dict) else []


def _options(kind: str, text: str) -> dict[str, object]:
    """Return what else is to be said of a type: how CSV is written, as JSON text."""
    if kind != "csv":
        return {}
    return {"csv_options": encode({"delimiter": _delimiter(text), "has_header": True}).decode()}


def _delimiter(text: str) -> str:
    header = text.strip().partition("\n")[0]
    return max(_DELIMITERS, key=header.count)
