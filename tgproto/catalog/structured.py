"""Answers of the services for structured data."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from tgproto.catalog.single import record
from tgproto.errors import SilentFailure
from tgproto.types.structured import (
    Diagnosis,
    NLPQuery,
    QueryFault,
    RowsAnswer,
    SchemaMatches,
    StructuredAnswer,
)
from tgproto.types.wire import Shape, encode


class RowsFrame(msgspec.Struct, gc=False):
    """The answer of `rows` and, on 1.x, `objects`."""

    data: Any
    errors: list[dict[str, Any]] | None = None
    extensions: dict[str, Any] | None = None


class WireFault(msgspec.Struct, gc=False):
    """A fault in it."""

    message: str | None = None
    path: list[Any] | None = None
    extensions: dict[str, Any] | None = None


class NLPFrame(msgspec.Struct, gc=False):
    """The answer of `nlp-query`."""

    graphql_query: str
    variables: dict[str, Any] | None = None
    detected_schemas: list[str] | None = None
    confidence: float | None = None


class StructuredFrame(msgspec.Struct, gc=False):
    """The answer of `structured-query`."""

    data: Any
    errors: list[str] | None = None


class DiagnosisFrame(msgspec.Struct, gc=False, rename="kebab"):
    """The answer of every operation of `structured-diag`."""

    operation: str
    detected_type: str | None = None
    confidence: float | None = None
    descriptor: Any = None
    metadata: dict[str, Any] | None = None
    schema_matches: list[str] | None = None


_ROWS: Final = Shape(RowsFrame)
_FAULT: Final = Shape(WireFault)
_NLP: Final = Shape(NLPFrame)
_STRUCTURED: Final = Shape(StructuredFrame)
_DIAGNOSIS: Final = Shape(DiagnosisFrame)
_DESCRIBING: Final = ("generate-descriptor", "diagnose")


def _rows(frame: RowsFrame, payload: bytes) -> RowsAnswer:
    faults = tuple(_fault(value, f"$.errors[{number}]") for number, value in enumerate(frame.errors or ()))
    return RowsAnswer(frame.data, faults, frame.extensions or {}, payload)


def _fault(value: dict[str, Any], path: str) -> QueryFault:
    wire = _FAULT.convert(value, path)
    return QueryFault(wire.message or "", tuple(wire.path or ()), wire.extensions or {}, encode(value))


def _nlp(frame: NLPFrame, payload: bytes) -> NLPQuery:
    schemas = tuple(frame.detected_schemas or ())
    return NLPQuery(frame.graphql_query, frame.variables or {}, schemas, frame.confidence or 0.0, payload)


def _structured(frame: StructuredFrame, payload: bytes) -> StructuredAnswer:
    return StructuredAnswer(frame.data, tuple(frame.errors or ()), payload)


def _diagnosis(frame: DiagnosisFrame, payload: bytes) -> Diagnosis:
    _check(frame)
    return Diagnosis(
        frame.detected_type or "", frame.confidence, frame.descriptor, frame.metadata or {}, payload
    )


def _schemas(frame: DiagnosisFrame, payload: bytes) -> SchemaMatches:
    _check(frame)
    return SchemaMatches(frame.schema_matches or (), payload=payload)


def _check(frame: DiagnosisFrame) -> None:
    """Refuse what gateways from 2.10.6 on make of an error: no operation, or no descriptor.

    Those that make one always tell it (service `retrieval/structured_diag`, 2.11.1).
    """
    if not frame.operation or (frame.operation in _DESCRIBING and frame.descriptor is None):
        raise SilentFailure("the sample could not be examined, and the gateway lost the error")


ROWS: Final = record(_ROWS, _rows)
"""Makes the readers of answers of `rows` and `objects`."""

NLP: Final = record(_NLP, _nlp)
"""Makes the readers of answers of `nlp-query`."""

STRUCTURED: Final = record(_STRUCTURED, _structured)
"""Makes the readers of answers of `structured-query`."""

DIAGNOSIS: Final = record(_DIAGNOSIS, _diagnosis)
"""Makes the readers of answers of `structured-diag`."""

SCHEMAS: Final = record(_DIAGNOSIS, _schemas)
"""Makes the readers of answers of `structured-diag` about the schemas that fit."""
