"""Queries for triples, answered from what was imported."""

from collections.abc import AsyncIterator

from trustgraph.schema import (
    SparqlBinding,
    SparqlQueryRequest,
    SparqlQueryResponse,
    Triple,
    TriplesQueryRequest,
    TriplesQueryResponse,
)

from ...scripted import Context, Scripted, fails
from .common import batches


def _stored(context: Context, collection: str) -> list[Triple]:
    messages = context.records.stored("triples", context.place, collection)
    return [triple for message in messages for triple in message.triples]


def _matches(triple: Triple, request: TriplesQueryRequest) -> bool:
    wanted = ((request.s, triple.s), (request.p, triple.p), (request.o, triple.o))
    graph = request.g == "*" or (triple.g or None) == request.g
    return graph and all(want is None or want == have for want, have in wanted)


async def query_triples(
    request: TriplesQueryRequest, context: Context
) -> AsyncIterator[TriplesQueryResponse]:
    """Look for a pattern; without a graph in the default graph, with `*` in all."""
    await context.script.text()
    found = [triple for triple in _stored(context, request.collection) if _matches(triple, request)]
    parts = batches(found[: request.limit or None], request)
    for i, part in enumerate(parts, 1):
        yield TriplesQueryResponse(triples=part, is_final=i == len(parts))


async def query_sparql(request: SparqlQueryRequest, context: Context) -> AsyncIterator[SparqlQueryResponse]:
    """Give all triples of the collection, whatever is asked, in the form that the query's verb wants."""
    await context.script.text()
    found = _stored(context, request.collection)[: request.limit or None]
    query = request.query.upper()
    if "ASK" in query:
        yield SparqlQueryResponse(query_type="ask", ask_result=bool(found))
    elif "CONSTRUCT" in query:
        yield SparqlQueryResponse(query_type="construct", triples=found)
    else:
        rows = [SparqlBinding(values=[triple.s, triple.p, triple.o]) for triple in found]
        parts = batches(rows, request)
        for i, part in enumerate(parts, 1):
            yield SparqlQueryResponse(
                query_type="select", variables=["s", "p", "o"], bindings=part, is_final=i == len(parts)
            )


SERVICES = {
    "triples": Scripted(
        request=TriplesQueryRequest,
        response=TriplesQueryResponse,
        text=lambda request: request.s.iri if request.s else "",
        answer=query_triples,
        failure=fails(TriplesQueryResponse, "triples-query-error", triples=None),
    ),
    "sparql": Scripted(
        request=SparqlQueryRequest,
        response=SparqlQueryResponse,
        text=lambda request: request.query,
        answer=query_sparql,
        failure=fails(SparqlQueryResponse, "sparql-query-error"),
    ),
}
