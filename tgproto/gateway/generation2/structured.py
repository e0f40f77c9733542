"""The services of structured data: rows, and what leads to them from a question or a sample (gateway 2.11.1).

Their failures are said beside an empty answer, but for `structured-diag`, where one is invisible.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct, field

from tgproto.gateway.diagnosis import Diagnosis, DiagnosisError, Sample, diagnose
from tgproto.gateway.generation2.bodies import Scene, Service, reading, said
from tgproto.gateway.graph import DEFAULT
from tgproto.gateway.graphql import execute
from tgproto.gateway.nlp import translate
from tgproto.gateway.script import read_script
from tgproto.gateway.steps import Frame, Step
from tgproto.gateway.tables import tables
from tgproto.gateway.telling import at_once, last

MAX_RESULTS = 100
"""Rows that are asked for where nothing else is said."""


class _RowsBody(Struct, gc=False):
    query: str = ""
    collection: str = DEFAULT
    variables: dict[str, Any] | None = None
    operation_name: str | None = None


class _QuestionBody(Struct, gc=False):
    question: str = ""
    max_results: int = MAX_RESULTS


class _StructuredBody(Struct, gc=False):
    question: str = ""
    collection: str = DEFAULT


class _DiagnosisBody(Struct, gc=False):
    operation: str
    sample: str
    type: str | None = ""
    schema_name: str | None = field(default="", name="schema-name")
    options: dict[str, Any] | None = None


def _rows(body: _RowsBody, scene: Scene) -> Iterator[Step]:
    script = read_script(body.query)

    def answer() -> Iterator[Step]:
        result = execute(body.query, tables(scene.graph(body.collection)), body.operation_name)
        errors = [error.members() for error in result.errors]
        yield last({"data": result.data, **({"errors": errors} if errors else {})})

    return at_once(script, said("rows-query-error", script.message, data=None), answer)


def _nlp_query(body: _QuestionBody, scene: Scene) -> Iterator[Step]:
    script = read_script(body.question)

    def members(query: str, schemas: list[str], confidence: float) -> dict[str, object]:
        return {
            "graphql_query": query,
            "variables": {},
            "detected_schemas": schemas,
            "confidence": confidence,
        }

    def answer() -> Iterator[Step]:
        found = translate(body.question, scene.graph(DEFAULT), body.max_results)
        query = found.query if script.said is None else script.whole()
        yield last(members(query, list(found.schemas), found.confidence))

    return at_once(script, said("nlp-query-error", script.message, **members("", [], 0.0)), answer)


def _structured_query(body: _StructuredBody, scene: Scene) -> Iterator[Step]:
    script = read_script(body.question)

    def failed(message: str) -> Frame:
        return said("structured-query-error", message, data=None, errors=[])

    def answer() -> Iterator[Step]:
        query = translate(body.question, scene.graph(DEFAULT), MAX_RESULTS).query
        if not query:
            yield failed("NLP query service returned empty GraphQL query")
            return
        result = execute(query, tables(scene.graph(body.collection)))
        errors = [f"{error.message} (path: {list(error.path)})" for error in result.errors]
        yield last({"data": result.data, "errors": errors})

    return at_once(script, failed(script.message), answer)


def _structured_diag(body: _DiagnosisBody, scene: Scene) -> Iterator[Step]:
    failed = last({"operation": body.operation, "confidence": 0.0})
    if body.operation == "schema-selection":
        failed = last({"operation": body.operation, "confidence": 0.0, "schema-matches": []})

    def answer() -> Iterator[Step]:
        sample = Sample(body.sample, body.type or "", body.schema_name or "")
        try:
            found = diagnose(body.operation, sample, tables(scene.graph(DEFAULT)))
        except DiagnosisError:
            yield failed
            return
        yield last(_members(body.operation, found))

    return at_once(read_script(body.sample), failed, answer)


def _members(operation: str, found: Diagnosis) -> dict[str, object]:
    members: dict[str, object] = {"operation": operation}
    if found.kind:
        members["detected-type"] = found.kind
    members["confidence"] = found.confidence or 0.0
    if found.descriptor is not None:
        members["descriptor"] = found.descriptor
    if found.metadata:
        members["metadata"] = found.metadata
    if found.schemas is not None:
        members["schema-matches"] = list(found.schemas)
    return members


SERVICES: Mapping[str, Service] = {
    "nlp-query": reading(_QuestionBody, _nlp_query),
    "rows": reading(_RowsBody, _rows),
    "structured-diag": reading(_DiagnosisBody, _structured_diag),
    "structured-query": reading(_StructuredBody, _structured_query),
}
"""The services of this module, by kind."""
