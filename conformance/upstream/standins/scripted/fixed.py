"""Services with one short answer, the same or nearly the same for every request."""

import base64
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from typing import Any

from trustgraph import schema

from ..records import plain
from ..script import ScriptedFailure
from .common import MODEL, USAGE, Context, Scripted, at_once, fails


def query_rows(request: schema.RowsQueryRequest, context: Context) -> schema.RowsQueryResponse:
    """Give all rows of the flow by their schema; a query with the word `error` has a GraphQL error."""
    if "error" in request.query:
        error = schema.GraphQLError(message="no such field", path=["error"], extensions={})
        return schema.RowsQueryResponse(data="null", errors=[error])
    data = defaultdict(list)
    for message in context.records.stored("rows", context.place, request.collection):
        data[message.schema_name].extend(message.values)
    return schema.RowsQueryResponse(data=json.dumps(data), errors=[], extensions={})


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
    """Find CSV in everything."""
    return schema.StructuredDataDiagnosisResponse(
        operation=request.operation,
        detected_type="csv",
        confidence=0.75,
        descriptor='{"format": "csv"}',
        metadata={"fields": "2"},
        schema_matches=["things"],
    )


def call_tool(request: schema.ToolRequest, _: Context) -> schema.ToolResponse:
    """Echo; the tool `object` gives its parameters as an object, the tool `fail` fails."""
    if request.name == "fail":
        raise ScriptedFailure("scripted failure")
    if request.name == "object":
        return schema.ToolResponse(text=None, object=request.parameters)
    return schema.ToolResponse(text=f"{request.name}: {request.parameters}", object=None)


def rerank(request: schema.RerankerRequest, _: Context) -> schema.RerankerResponse:
    """Keep the order, with scores that fall by a tenth."""
    return schema.RerankerResponse(
        results=[
            schema.RerankerResult(
                document_id=document.document_id, query_id=query.query_id, score=round(1.0 - 0.1 * i, 3)
            )
            for query in request.queries
            for i, document in enumerate(request.documents[: request.limit])
        ]
    )


def describe_image(request: schema.ImageToTextRequest, _: Context) -> schema.ImageToTextResponse:
    """Tell the type and the size."""
    size = len(base64.b64decode(request.image or ""))
    return schema.ImageToTextResponse(description=f"{request.mime_type} image of {size} bytes", **USAGE)


def fill_gap(request: schema.ClozeRequest, _: Context) -> schema.ClozeResponse:
    """Choose label `a`, or list the one model."""
    if request.operation == "list-models":
        model = schema.ClozeModelInfo(name="m", state="ready", labels=["a", "b"])
        return schema.ClozeResponse(models=[model])
    return schema.ClozeResponse(label="a", confidence=0.8)


def score(request: schema.DecisionScoringRequest, _: Context) -> schema.DecisionScoringResponse:
    """Score every question with a half."""
    return schema.DecisionScoringResponse(
        answers={name: {"score": 0.5} for name in request.questions}, model=MODEL
    )


def extract_fields(request: schema.FieldExtractionRequest, _: Context) -> schema.FieldExtractionResponse:
    """Find no field."""
    return schema.FieldExtractionResponse(answers=dict.fromkeys(request.fields), model=MODEL)


async def echo(
    request: schema.PassthroughRequest, context: Context
) -> AsyncIterator[schema.PassthroughResponse]:
    """Give the payload back, behind the script's pieces if it has a true member `stream`."""
    i = 0
    async for piece in context.script.play():
        if request.payload.get("stream"):
            yield schema.PassthroughResponse(payload={"i": i, "chunk": piece}, is_final=False)
        i += 1
    yield schema.PassthroughResponse(payload={"echo": request.payload}, is_final=True)


def _all_text(request: Any) -> str:
    return json.dumps(plain(request))


def _fixed(
    request: type, response: type, reply: Callable[[Any, Context], Any], error_type: str, /, **members: object
) -> Scripted:
    """A service that answers at once; its directives may stand anywhere in the request."""
    return Scripted(request, response, _all_text, at_once(reply), fails(response, error_type, **members))


SERVICES = {
    "rows": _fixed(
        schema.RowsQueryRequest, schema.RowsQueryResponse, query_rows, "rows-query-error", data=None
    ),
    "nlp-query": _fixed(
        schema.QuestionToStructuredQueryRequest,
        schema.QuestionToStructuredQueryResponse,
        make_query,
        "nlp-query-error",
    ),
    "structured-query": _fixed(
        schema.StructuredQueryRequest,
        schema.StructuredQueryResponse,
        lambda _, __: schema.StructuredQueryResponse(data='{"things": []}', errors=[]),
        "structured-query-error",
        data="null",
    ),
    "structured-diag": _fixed(
        schema.StructuredDataDiagnosisRequest,
        schema.StructuredDataDiagnosisResponse,
        diagnose,
        "ProcessingError",
    ),
    "mcp-tool": _fixed(
        schema.ToolRequest, schema.ToolResponse, call_tool, "tool-error", text=None, object=None
    ),
    "reranker": _fixed(schema.RerankerRequest, schema.RerankerResponse, rerank, "reranker-error"),
    "image-to-text": _fixed(
        schema.ImageToTextRequest, schema.ImageToTextResponse, describe_image, "image-to-text-error"
    ),
    "cloze": _fixed(schema.ClozeRequest, schema.ClozeResponse, fill_gap, "cloze-error"),
    "decision-scoring": _fixed(
        schema.DecisionScoringRequest, schema.DecisionScoringResponse, score, "decision-scoring-error"
    ),
    "field-extraction": _fixed(
        schema.FieldExtractionRequest,
        schema.FieldExtractionResponse,
        extract_fields,
        "field-extraction-error",
    ),
    "passthrough": Scripted(
        request=schema.PassthroughRequest,
        response=schema.PassthroughResponse,
        text=_all_text,
        answer=echo,
        failure=fails(schema.PassthroughResponse, "passthrough-error"),
    ),
}
