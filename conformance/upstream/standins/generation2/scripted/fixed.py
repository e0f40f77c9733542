"""Services with one short answer, the same or nearly the same for every request."""

import base64
from collections.abc import AsyncIterator

from trustgraph import schema

from ...fixed import SERVICES as FIXED
from ...fixed import all_text, fixed, rows_query
from ...scripted import MODEL, USAGE, Context, Scripted, fails


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


SERVICES = {
    **FIXED,
    "rows": rows_query("rows", schema.RowsQueryRequest, schema.RowsQueryResponse),
    "reranker": fixed(schema.RerankerRequest, schema.RerankerResponse, rerank, "reranker-error"),
    "image-to-text": fixed(
        schema.ImageToTextRequest, schema.ImageToTextResponse, describe_image, "image-to-text-error"
    ),
    "cloze": fixed(schema.ClozeRequest, schema.ClozeResponse, fill_gap, "cloze-error"),
    "decision-scoring": fixed(
        schema.DecisionScoringRequest, schema.DecisionScoringResponse, score, "decision-scoring-error"
    ),
    "field-extraction": fixed(
        schema.FieldExtractionRequest,
        schema.FieldExtractionResponse,
        extract_fields,
        "field-extraction-error",
    ),
    "passthrough": Scripted(
        request=schema.PassthroughRequest,
        response=schema.PassthroughResponse,
        text=all_text,
        answer=echo,
        failure=fails(schema.PassthroughResponse, "passthrough-error"),
    ),
}
