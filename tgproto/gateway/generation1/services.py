"""The services of flows: what each one reads from a request, and its answer step by step (gateway 1.7.1).

There are no workspaces: a request names a user, whose data it is about. Nobody checks that it is the caller.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tgproto import lenient
from tgproto.gateway.generation1 import loading, structured
from tgproto.gateway.generation1.bodies import USER, Body, Service, Value, reading
from tgproto.gateway.generation1.tellers import Agent, Completion, Prompted, Rag, failed
from tgproto.gateway.graph import DEFAULT, Graph, GraphStore
from tgproto.gateway.judging import text_of
from tgproto.gateway.model import Reading, read
from tgproto.gateway.script import read_script
from tgproto.gateway.steps import Step
from tgproto.gateway.telling import at_once, last, tell
from tgproto.gateway.templates import TEMPLATES
from tgproto.gateway.tools import ToolError, call_tool
from tgproto.gateway.vectors import DIMENSIONS, embed, nearest
from tgproto.types.terms import IRI, Term

__all__ = ["MAX_VECTORS", "SERVICES", "USER"]

MAX_VECTORS = 64
"""Vectors that one query may have; more fail."""


def _ask(question: str, graphs: GraphStore, user: str = USER, collection: str = DEFAULT) -> Reading:
    return read(question, graphs.graph(user, collection))


def _text_completion(body: Body, graphs: GraphStore) -> Iterator[Step]:
    body.require("system")
    body.require("prompt")
    body.needed_text("system")
    prompt, streaming = body.needed_text("prompt"), body.flag("streaming")
    return tell(Completion(_ask(prompt, graphs), streaming=streaming))


def _prompt(body: Body, graphs: GraphStore) -> Iterator[Step]:
    variables, terms = body.named_values("variables"), {}
    name = body.optional_text("id")
    if variables is None:
        terms = body.named_texts("terms")
    streaming = body.flag("streaming")
    try:
        filling = variables or {term: lenient.loads(text) for term, text in terms.items()}
    except lenient.JSONRefused as refusal:
        return iter((failed("llm-error", str(refusal)),))
    template = TEMPLATES.get(name or "")
    if template is None:
        return iter((failed("llm-error", repr(name)),))
    found = _ask(template.fill(filling), graphs)
    structure = template.shape(found, graphs.graph(USER, DEFAULT))
    return tell(Prompted(found, structure, streaming=streaming))


def _mcp_tool(body: Body, graphs: GraphStore) -> Iterator[Step]:  # noqa: ARG001
    name, parameters = body.text("name"), body.value("parameters")
    script = read_script(f"{name} {text_of(parameters)}")

    def answer() -> Iterator[Step]:
        try:
            result = call_tool(name, parameters)
        except ToolError as error:
            yield failed("tool-error", str(error))
            return
        if isinstance(result, str):
            yield last({"text": result} if result else {})
        else:
            yield last({"object": result})

    return at_once(script, failed("tool-error", script.message), answer)


def _graph_rag(body: Body, graphs: GraphStore) -> Iterator[Step]:
    body.require("query")
    for limit in ("entity-limit", "triple-limit", "max-subgraph-size", "max-path-length"):
        body.count(limit, 0)
    return _rag("graph-rag", body, graphs)


def _document_rag(body: Body, graphs: GraphStore) -> Iterator[Step]:
    body.require("query")
    body.count("doc-limit", 0)
    return _rag("document-rag", body, graphs)


def _rag(kind: str, body: Body, graphs: GraphStore) -> Iterator[Step]:
    found = _ask(body.needed_text("query"), graphs, body.text("user", USER), body.text("collection", DEFAULT))
    return tell(Rag(found, kind, streaming=body.flag("streaming")))


def _agent(body: Body, graphs: GraphStore) -> Iterator[Step]:
    question = body.needed_text("question")
    body.text("state")
    body.texts("group")
    body.steps("history")
    found = _ask(question, graphs, body.text("user", USER))
    return tell(Agent(found, streaming=body.flag("streaming")))


def _embeddings(body: Body, graphs: GraphStore) -> Iterator[Step]:  # noqa: ARG001
    text = body.needed_text("text")
    script = read_script(text)
    answer = {"vectors": [embed(text)]}
    return at_once(script, failed("embeddings-error", script.message), lambda: iter((last(answer),)))


def _graph_embeddings(body: Body, graphs: GraphStore) -> Iterator[Step]:
    vectors, limit = body.needed_vectors("vectors"), body.count("limit", 10)
    user, collection = body.text("user", USER), body.text("collection", DEFAULT)
    script = read_script(collection)
    error = "graph-embeddings-query-error"

    def answer() -> Iterator[Step]:
        if len(vectors) > MAX_VECTORS:
            yield failed(error, f"more than {MAX_VECTORS} vectors")
            return
        graph = graphs.graph(user, collection)
        found: dict[Term, None] = {}
        for vector in vectors:
            if len(vector) == DIMENSIONS:
                found.update(dict.fromkeys(term for term, _ in nearest(vector, graph, limit=max(limit, 0))))
        entities = [_written(term)._asdict() for term in found]
        yield last({"entities": entities[: max(limit, 0)]})

    return at_once(script, failed(error, script.message), answer)


def _triples(body: Body, graphs: GraphStore) -> Iterator[Step]:
    pattern = body.term("s"), body.term("p"), body.term("o")
    limit = body.count("limit", 10_000)
    user, collection = body.text("user", USER), body.text("collection", DEFAULT)
    script = read_script(pattern[0].v if pattern[0] is not None else "")

    def answer() -> Iterator[Step]:
        found = _find(graphs.graph(user, collection), *pattern)
        rows = [dict(zip("spo", (value._asdict() for value in row), strict=True)) for row in found]
        yield last({"response": rows[:limit] if limit > 0 else rows})

    return at_once(script, failed("triples-query-error", script.message), answer)


def _find(graph: Graph, *pattern: Value | None) -> dict[tuple[Value, ...], None]:
    """Return the triples that match, as 1.x writes them: once, whatever graphs they are in.

    As in a real store only the texts count, not whether they are IRIs.
    """
    rows = (tuple(map(_written, (triple.s, triple.p, triple.o))) for triple in graph.find())
    return dict.fromkeys(
        row
        for row in rows
        if all(value is None or value.v == said.v for value, said in zip(pattern, row, strict=True))
    )


def _written(term: Term) -> Value:
    """Return a term in the format of 1.x, in which everything but an IRI is a text."""
    return Value(str(term), isinstance(term, IRI))


SERVICES: Mapping[str, Service[GraphStore]] = {
    **loading.SERVICES,
    **structured.SERVICES,
    "agent": reading(_agent),
    "document-rag": reading(_document_rag),
    "embeddings": reading(_embeddings),
    "graph-embeddings": reading(_graph_embeddings),
    "graph-rag": reading(_graph_rag),
    "mcp-tool": reading(_mcp_tool),
    "prompt": reading(_prompt),
    "text-completion": reading(_text_completion),
    "triples": reading(_triples),
}
"""The flow services that this gateway has, by kind."""
