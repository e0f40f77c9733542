"""The services of structured data: rows, and what leads to them from a question or a sample (gateway 1.7.1).

Every failure is said, in an answer that has nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tgproto.gateway.diagnosis import Diagnosis, DiagnosisError, Sample, diagnose
from tgproto.gateway.generation1.bodies import USER, Body, Service, reading
from tgproto.gateway.generation1.tellers import failed
from tgproto.gateway.graph import DEFAULT, GraphStore
from tgproto.gateway.graphql import execute
from tgproto.gateway.nlp import translate
from tgproto.gateway.script import read_script
from tgproto.gateway.steps import Step
from tgproto.gateway.tables import tables
from tgproto.gateway.telling import at_once, last
from tgproto.types.wire import encode

MAX_RESULTS = 100
"""Rows that are asked for where nothing else is said."""


def _objects(body: Body, graphs: GraphStore) -> Iterator[Step]:
    user, collection = body.text("user", USER), body.text("collection", DEFAULT)
    query, operation = body.text("query"), body.optional_text("operation_name")
    body.named_texts("variables")
    script = read_script(query)

    def answer() -> Iterator[Step]:
        result = execute(query, tables(graphs.graph(user, collection)), operation)
        errors = [error.members() for error in result.errors]
        yield last({"data": result.data, **({"errors": errors} if errors else {})})

    return at_once(script, failed("objects-query-error", script.message), answer)


def _nlp_query(body: Body, graphs: GraphStore) -> Iterator[Step]:
    question, limit = body.text("question"), body.whole("max_results")
    script = read_script(question)

    def answer() -> Iterator[Step]:
        found = translate(question, graphs.graph(USER, DEFAULT), MAX_RESULTS if limit is None else limit)
        query = found.query if script.said is None else script.whole()
        members: dict[str, object] = {
            "graphql_query": query,
            "variables": {},
            "detected_schemas": list(found.schemas),
        }
        yield last({**members, "confidence": found.confidence})

    return at_once(script, failed("nlp-query-error", script.message), answer)


def _structured_query(body: Body, graphs: GraphStore) -> Iterator[Step]:
    question = body.text("question")
    user, collection = body.text("user", USER), body.text("collection", DEFAULT)
    script = read_script(question)

    def answer() -> Iterator[Step]:
        query = translate(question, graphs.graph(USER, DEFAULT), MAX_RESULTS).query
        if not query:
            yield failed("structured-query-error", "NLP query service returned empty GraphQL query")
            return
        result = execute(query, tables(graphs.graph(user, collection)))
        errors = [f"{error.message} (path: {list(error.path)})" for error in result.errors]
        yield last({"data": result.data, "errors": errors})

    return at_once(script, failed("structured-query-error", script.message), answer)


def _structured_diag(body: Body, graphs: GraphStore) -> Iterator[Step]:
    operation, text = body.needed_text("operation"), body.needed_text("sample")
    sample = Sample(text, body.text("type"), body.text("schema-name"))
    body.named_texts("options")
    script = read_script(text)

    def answer() -> Iterator[Step]:
        try:
            found = diagnose(operation, sample, tables(graphs.graph(USER, DEFAULT)))
        except DiagnosisError as error:
            yield failed(error.kind, str(error))
            return
        yield last(_members(operation, found))

    return at_once(script, failed("ProcessingError", script.message), answer)


def _members(operation: str, found: Diagnosis) -> dict[str, object]:
    members: dict[str, object] = {"operation": operation}
    if found.kind:
        members["detected-type"] = found.kind
    if found.confidence is not None:
        members["confidence"] = found.confidence
    if found.descriptor is not None:
        members["descriptor"] = found.descriptor
    if found.metadata:
        # Only texts can be in it. The real service has a truth value here, and so fails to diagnose.
        members["metadata"] = {name: _written(value) for name, value in found.metadata.items()}
    if found.schemas is not None:
        members["schema-matches"] = list(found.schemas)
    return members


def _written(value: object) -> str:
    return value if isinstance(value, str) else encode(value).decode()


SERVICES: Mapping[str, Service[GraphStore]] = {
    "nlp-query": reading(_nlp_query),
    "objects": reading(_objects),
    "structured-diag": reading(_structured_diag),
    "structured-query": reading(_structured_query),
}
"""The services of this module, by kind."""
