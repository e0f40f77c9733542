"""Services with one short answer, nearly the same for every request, in both generations."""

import json
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from trustgraph import schema

from .records import plain
from .script import ScriptedFailure
from .scripted import Context, Scripted, at_once, fails


def all_text(request: Any) -> str:
    """The text of a request whose directives may stand anywhere in it."""
    return json.dumps(plain(request))


def fixed(
    request: type, response: type, reply: Callable[[Any, Context], Any], error_type: str, /, **members: object
) -> Scripted:
    """Make a service that answers at once.

    Args:
        request: The class of its requests.
        response: The class of its responses.
        reply: Makes the response.
        error_type: The type of its errors.
        members: What else a response with an error has.
    """
    return Scripted(request, response, all_text, at_once(reply), fails(response, error_type, **members))


def rows_query(kind: str, request: type, response: type) -> Scripted:
    """Make the service that queries structured data.

    It gives all rows of the flow by their schema; a query with the word `error` has a GraphQL error.

    Args:
        kind: What the release calls it, and the sink that it reads.
        request: The class of its requests.
        response: The class of its responses.
    """

    def reply(query: Any, context: Context) -> Any:
        if "error" in query.query:
            error = schema.GraphQLError(message="no such field", path=["error"], extensions={})
            return response(data="null", errors=[error])
        data = defaultdict(list)
        for message in context.records.stored(kind, context.place, query.collection):
            data[message.schema_name].extend(message.values)
        return response(data=json.dumps(data), errors=[], extensions={})

    return fixed(request, response, reply, f"{kind}-query-error", data=None)


def make_query(
    _: schema.QuestionToStructuredQueryRequest, __: Context
) -> schema.QuestionToStructuredQueryResponse:
    """Give a query that has nothing to do with the question."""
    return schema.QuestionToStructuredQueryResponse(
        graphql_query="{ things { name } }", variables={}, detected_schemas=["things"], confidence=0.5
    )


def diagnose(
    request: schema.StructuredDataDiagnosisRequest, _: Context
) -> schema.StructuredDataDiagnosisResponse:
    """Find CSV in everything; what is not asked for is left out."""
    kind = {"detected_type": "csv", "confidence": 0.75, "metadata": {"fields": "2"}}
    descriptor = {"descriptor": '{"format": "csv"}', "metadata": {"fields": "2"}}
    found: dict[str, dict[str, Any]] = {
        "detect-type": kind,
        "generate-descriptor": descriptor,
        "diagnose": kind | descriptor,
        "schema-selection": {"schema_matches": ["things"]},
    }
    if request.operation not in found:
        raise ScriptedFailure(f"Unknown operation: {request.operation}")
    return schema.StructuredDataDiagnosisResponse(operation=request.operation, **found[request.operation])


def diagnosis_failure(
    request: schema.StructuredDataDiagnosisRequest, message: str
) -> schema.StructuredDataDiagnosisResponse:
    """The error as the real service sends it: it names the operation, as every answer does."""
    error = schema.Error(type="ProcessingError", message=message)
    return schema.StructuredDataDiagnosisResponse(error=error, operation=request.operation)


def call_tool(request: schema.ToolRequest, _: Context) -> schema.ToolResponse:
    """Run a tool; one that is not known tells what it got."""
    parameters = json.loads(request.parameters) if request.parameters else {}
    if request.name == "fail":
        raise ScriptedFailure("scripted failure")
    if request.name == "object":
        return schema.ToolResponse(text=None, object=json.dumps(parameters))
    if request.name == "add":
        return schema.ToolResponse(text=None, object=json.dumps({"sum": parameters["a"] + parameters["b"]}))
    text = parameters["text"] if request.name == "echo" else f"{request.name}: {json.dumps(parameters)}"
    return schema.ToolResponse(text=text, object=None)


SERVICES = {
    "nlp-query": fixed(
        schema.QuestionToStructuredQueryRequest,
        schema.QuestionToStructuredQueryResponse,
        make_query,
        "nlp-query-error",
    ),
    "structured-query": fixed(
        schema.StructuredQueryRequest,
        schema.StructuredQueryResponse,
        lambda _, __: schema.StructuredQueryResponse(data='{"things": []}', errors=[]),
        "structured-query-error",
        data="null",
    ),
    "structured-diag": Scripted(
        schema.StructuredDataDiagnosisRequest,
        schema.StructuredDataDiagnosisResponse,
        all_text,
        at_once(diagnose),
        diagnosis_failure,
    ),
    "mcp-tool": fixed(
        schema.ToolRequest, schema.ToolResponse, call_tool, "tool-error", text=None, object=None
    ),
}
