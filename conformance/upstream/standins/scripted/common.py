"""What the scripted services have in common."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from trustgraph.schema import IRI, LITERAL, Error, Term, Triple

from ..records import Place, Records
from ..script import Script

MODEL = "standin-model"
USAGE = {"in_token": 11, "out_token": 22, "model": MODEL}
RETRIEVAL = "urn:graph:retrieval"

RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
RDFS_LABEL = "http://www.w3.org/2000/01/rdf-schema#label"


@dataclass(frozen=True, slots=True)
class Context:
    """What a service knows besides the request."""

    script: Script
    place: Place
    records: Records


Answer = Callable[[Any, Context], AsyncIterator[Any]]


@dataclass(frozen=True, slots=True)
class Scripted:
    """One kind of service.

    Attributes:
        request: The class of its requests.
        response: The class of its responses.
        text: The text of a request that may carry directives.
        answer: Yields the responses to a request.
        failure: The response that reports an error, from the request and the error's text.
    """

    request: type
    response: type
    text: Callable[[Any], str]
    answer: Answer
    failure: Callable[[Any, str], Any]


def fails(response: type, error_type: str, /, **members: object) -> Callable[[Any, str], Any]:
    """Make the `failure` of a service whose error does not depend on the request.

    Args:
        response: The class of the response.
        error_type: The error's type.
        members: What else the response has.
    """
    return lambda _, message: response(error=Error(type=error_type, message=message), **members)


def at_once(reply: Callable[[Any, Context], Any]) -> Answer:
    """Make the `answer` of a service with a single response, sent when the script has been played.

    Args:
        reply: Makes the response.
    """

    async def answer(request: Any, context: Context) -> AsyncIterator[Any]:
        await context.script.text()
        yield reply(request, context)

    return answer


def batches(items: Sequence[Any], request: Any) -> list[Sequence[Any]]:
    """Cut a result as a streaming request wants it.

    Returns:
        The batches; a single one when the request does not stream or nothing was found.
    """
    size = (request.batch_size if request.batch_size > 0 else 20) if request.streaming else len(items)
    return [items[i : i + size] for i in range(0, len(items), size)] if items else [items]


def iri(value: str) -> Term:
    """An IRI as a term."""
    return Term(type=IRI, iri=value)


def literal(value: str) -> Term:
    """A plain literal as a term."""
    return Term(type=LITERAL, value=value)


def explain(name: str, label: str) -> dict[str, Any]:
    """The members of a message that explains a step: its name, its graph and two triples about it."""
    uri = f"urn:trustgraph:standin:{name}"
    about = ((RDF_TYPE, iri(f"https://trustgraph.ai/ns/{label}")), (RDFS_LABEL, literal(label)))
    return {
        "message_type": "explain",
        "explain_id": uri,
        "explain_graph": RETRIEVAL,
        "explain_triples": [Triple(s=iri(uri), p=iri(p), o=o, g=RETRIEVAL) for p, o in about],
    }
