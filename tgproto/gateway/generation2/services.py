"""The services of flows: what each one reads from a request, and its answer step by step (gateway 2.11.1).

Bodies are read as loosely as that gateway does it: numbers may be strings, unknown members do not
matter, and what is missing or impossible is a `gateway-error`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar, cast

import msgspec
from msgspec import UNSET, Struct, UnsetType, field

from tgproto import lenient
from tgproto.dialect import TermCodec
from tgproto.gateway.generation2.explain import session_id
from tgproto.gateway.generation2.tellers import LOST, Agent, Completion, DocumentRag, GraphRag, Prompted
from tgproto.gateway.graph import DEFAULT, Graph, GraphStore
from tgproto.gateway.model import NAME, Reading, read
from tgproto.gateway.script import read_script
from tgproto.gateway.steps import Frame, Step
from tgproto.gateway.telling import at_once, complain, last, tell
from tgproto.gateway.templates import TEMPLATES
from tgproto.gateway.vectors import DIMENSIONS, embed, nearest
from tgproto.session.events import Payload
from tgproto.types.terms import Literal, Term, WireTerm, encode_term, encode_triple
from tgproto.types.wire import encode

MAX_TEXTS = 4096
"""Texts that one embeddings request may have; more fail."""

MAX_QUOTES = 16
"""How deep quoted triples may be nested in the terms of a triples request."""

_DEFAULT_BATCH = 20
_MISSING = re.compile(r"missing required field `(.*?)`")

B = TypeVar("B")


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a request is answered.

    Attributes:
        graphs: What the services know.
        workspace: The workspace that the request addresses.
    """

    graphs: GraphStore
    workspace: str

    def graph(self, collection: str) -> Graph:
        """Return the graph of a collection."""
        return self.graphs.graph(self.workspace, collection)

    def read(self, question: str, collection: str) -> tuple[Reading, str]:
        """Return what the model makes of a question, and an identifier for the answer."""
        return read(question, self.graph(collection)), session_id(self.workspace, question)


Service: TypeAlias = Callable[[Payload, Scene], Iterator[Step]]
"""Answers the body of a request."""


class _TextCompletionBody(Struct, gc=False):
    operation: str = "completion"
    prompt: str = ""
    streaming: bool = False


class _QueryBody(Struct, gc=False):
    query: str
    collection: str = DEFAULT
    streaming: bool = False


class _AgentBody(Struct, gc=False):
    question: str
    collection: str = DEFAULT
    streaming: bool = False


class _EmbeddingsBody(Struct, gc=False):
    texts: list[str]


class _GraphEmbeddingsBody(Struct, gc=False):
    vector: list[float]
    limit: int = 10
    collection: str = DEFAULT
    rdf_type: str = ""
    attributes: dict[str, Any] = field(default_factory=dict[str, Any])


class _PromptBody(Struct, gc=False):
    id: str | None = None
    terms: dict[str, str] = field(default_factory=dict[str, str])
    variables: dict[str, Any] | UnsetType = UNSET
    streaming: bool = False


class _TriplesBody(Struct, gc=False):
    s: WireTerm | UnsetType = UNSET
    p: WireTerm | UnsetType = UNSET
    o: WireTerm | UnsetType = UNSET
    g: str | None = None
    collection: str = DEFAULT
    limit: int = 10_000
    streaming: bool = False
    batch_size: int = field(default=_DEFAULT_BATCH, name="batch-size")


def _text_completion(body: _TextCompletionBody, scene: Scene) -> Iterator[Step]:
    if body.operation == "list-models":
        models = [{"id": NAME, "name": NAME}]
        return iter((last({"response": "", "end_of_stream": True, "models": models}),))
    reading, _ = scene.read(body.prompt, DEFAULT)
    return tell(Completion(reading, streaming=body.streaming))


def _graph_rag(body: _QueryBody, scene: Scene) -> Iterator[Step]:
    reading, session = scene.read(body.query, body.collection)
    return tell(GraphRag(reading, session, streaming=body.streaming))


def _document_rag(body: _QueryBody, scene: Scene) -> Iterator[Step]:
    reading, session = scene.read(body.query, body.collection)
    return tell(DocumentRag(reading, session, streaming=body.streaming))


def _agent(body: _AgentBody, scene: Scene) -> Iterator[Step]:
    reading, session = scene.read(body.question, body.collection)
    return tell(Agent(reading, session, streaming=body.streaming))


def _embeddings(body: _EmbeddingsBody, scene: Scene) -> Iterator[Step]:  # noqa: ARG001
    # A failure is invisible: it looks like an answer without vectors.
    texts = body.texts if len(body.texts) <= MAX_TEXTS else []
    script = read_script(body.texts[0] if body.texts else "")
    return at_once(script, last({"vectors": []}), lambda: _whole({"vectors": list(map(embed, texts))}))


def _graph_embeddings(body: _GraphEmbeddingsBody, scene: Scene) -> Iterator[Step]:
    # A failure is invisible: it looks as if nothing was found.
    nothing = last({"entities": []})
    return at_once(read_script(body.collection), nothing, lambda: _whole(_entities(body, scene)))


def _entities(body: _GraphEmbeddingsBody, scene: Scene) -> dict[str, object]:
    found: list[tuple[Term, float]] = []
    if not body.attributes and len(body.vector) == DIMENSIONS:  # nothing here has attributes
        graph = scene.graph(body.collection)
        found = nearest(body.vector, graph, limit=max(body.limit, 0), kind=body.rdf_type)
    return {
        "entities": [{"entity": encode_term(term, TermCodec.TERM), "score": score} for term, score in found]
    }


def _prompt(body: _PromptBody, scene: Scene) -> Iterator[Step]:
    template, variables = TEMPLATES.get(body.id or ""), _variables(body)
    if template is None or variables is None:
        return iter((LOST,))
    reading, _ = scene.read(template.fill(variables), DEFAULT)
    structure = template.shape(reading, scene.graph(DEFAULT))
    return tell(Prompted(reading, structure, streaming=body.streaming))


def _variables(body: _PromptBody) -> Mapping[str, object] | None:
    """Return the variables of a prompt, or None if one of the older `terms` is no JSON text."""
    if body.variables is not UNSET:
        return cast("dict[str, object]", body.variables)
    try:
        return {name: lenient.loads(term) for name, term in body.terms.items()}
    except lenient.JSONRefused:
        return None


def _whole(payload: Mapping[str, object]) -> Iterator[Step]:
    return iter((last(payload),))


def _triples(body: _TriplesBody, scene: Scene) -> Iterator[Step]:
    if any(_too_deep(wire, MAX_QUOTES) for wire in (body.s, body.p, body.o)):
        return complain("quoted triples are nested too deeply")
    return _find(body, scene)


def _too_deep(wire: WireTerm | UnsetType | None, room: int) -> bool:
    if not isinstance(wire, WireTerm) or wire.tr is None:
        return False
    return room == 0 or any(_too_deep(inner, room - 1) for inner in (wire.tr.s, wire.tr.p, wire.tr.o))


def _term(wire: WireTerm | UnsetType) -> Term | None:
    """Return a term of a pattern. In the format of 1.x it is an empty term, as for a real 2.x gateway."""
    if wire is UNSET:
        return None
    return wire.term() if wire.t else Literal("")


def _find(body: _TriplesBody, scene: Scene) -> Iterator[Step]:
    s, p, o = map(_term, (body.s, body.p, body.o))
    script = read_script("" if s is None else str(s))
    error = {"type": "triples-query-error", "message": script.message}
    failed = last({"response": [], "error": error})
    return at_once(script, failed, lambda: _batches(body, scene, s, p, o))


def _batches(
    body: _TriplesBody, scene: Scene, s: Term | None, p: Term | None, o: Term | None
) -> Iterator[Step]:
    graph = scene.graph(body.collection)
    limit = min(body.limit, len(graph)) if body.limit > 0 else None
    found = graph.find(s, p, o, body.g, limit=limit)
    size = len(found) or 1
    if body.streaming:
        size = body.batch_size if body.batch_size > 0 else _DEFAULT_BATCH
    for at in range(0, len(found) or 1, size):
        batch = [encode_triple(triple, TermCodec.TERM) for triple in found[at : at + size]]
        yield Frame(encode({"response": batch}), final=at + size >= len(found))


def _reading(kind: type[B], serve: Callable[[B, Scene], Iterator[Step]]) -> Service:
    """Return a service that reads its body as `kind`."""
    decode = msgspec.json.Decoder(kind, strict=False).decode

    def answer(body: Payload, scene: Scene) -> Iterator[Step]:
        try:
            try:
                request = decode(body)
            except ValueError:  # perhaps for a lone surrogate, a NaN: a gateway takes those
                request = msgspec.convert(lenient.loads(body), kind, strict=False)
        except (ValueError, RecursionError) as error:
            missing = _MISSING.search(str(error))
            # The words of a gateway are those of Python's KeyError.
            return complain(repr(missing[1]) if missing else str(error))
        return serve(request, scene)

    return answer


SERVICES: Mapping[str, Service] = {
    "agent": _reading(_AgentBody, _agent),
    "document-rag": _reading(_QueryBody, _document_rag),
    "embeddings": _reading(_EmbeddingsBody, _embeddings),
    "graph-embeddings": _reading(_GraphEmbeddingsBody, _graph_embeddings),
    "graph-rag": _reading(_QueryBody, _graph_rag),
    "prompt": _reading(_PromptBody, _prompt),
    "text-completion": _reading(_TextCompletionBody, _text_completion),
    "triples": _reading(_TriplesBody, _triples),
}
"""The flow services that this gateway has, by kind."""

KNOWN_KINDS = frozenset(SERVICES) | {
    "cloze",
    "decision-scoring",
    "document-embeddings",
    "field-extraction",
    "image-to-text",
    "mcp-tool",
    "nlp-query",
    "reranker",
    "row-embeddings",
    "rows",
    "sparql",
    "structured-diag",
    "structured-query",
}
"""The flow services that gateway 2.11.1 has; one that a flow lacks is refused in other words than others."""
