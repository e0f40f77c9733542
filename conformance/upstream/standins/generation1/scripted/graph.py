"""Queries for triples, answered from what was imported."""

from trustgraph.schema import Triple, TriplesQueryRequest, TriplesQueryResponse

from ...scripted import Context, Scripted, at_once, fails


def _matches(triple: Triple, request: TriplesQueryRequest) -> bool:
    wanted = ((request.s, triple.s), (request.p, triple.p), (request.o, triple.o))
    return all(want is None or want.value == have.value for want, have in wanted)


def query_triples(request: TriplesQueryRequest, context: Context) -> TriplesQueryResponse:
    """Look for a pattern; as in upstream's stores only the values count, not whether they are IRIs."""
    messages = context.records.stored("triples", context.place, request.collection)
    found = [triple for message in messages for triple in message.triples if _matches(triple, request)]
    return TriplesQueryResponse(triples=found[: request.limit or None])


SERVICES = {
    "triples": Scripted(
        request=TriplesQueryRequest,
        response=TriplesQueryResponse,
        text=lambda request: request.s.value if request.s else "",
        answer=at_once(query_triples),
        failure=fails(TriplesQueryResponse, "triples-query-error", triples=None),
    )
}
