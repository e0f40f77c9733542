"""The services that tell a text: what each one reads from a request (gateway 2.11.1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from msgspec import UNSET, Struct, UnsetType, field

from tgproto import lenient
from tgproto.gateway.generation2.bodies import Scene, Service, misplaced, reading, whole
from tgproto.gateway.generation2.tellers import LOST, Agent, Completion, DocumentRag, GraphRag, Prompted
from tgproto.gateway.graph import DEFAULT
from tgproto.gateway.model import NAME, Focus
from tgproto.gateway.steps import Step
from tgproto.gateway.telling import complain, tell
from tgproto.gateway.templates import TEMPLATES
from tgproto.types.terms import IRI

BOTH_SEEDS = "grounding_seeds and graph_seeds are mutually exclusive"


class _TextCompletionBody(Struct, gc=False):
    operation: str = "completion"
    prompt: str = ""
    streaming: bool = False


class _DocumentRagBody(Struct, gc=False):
    query: str
    collection: str = DEFAULT
    streaming: bool = False


class _Hop(Struct, gc=False):
    types: list[str] = field(default_factory=list[str])
    relationships: list[str] = field(default_factory=list[str])
    graphs: list[str] = field(default_factory=list[str])


class _GraphRagBody(Struct, gc=False, rename="kebab"):
    query: str
    collection: str = DEFAULT
    streaming: bool = False
    user_context: Any = None
    grounding_seeds: list[str] = field(default_factory=list[str])
    graph_seeds: list[str] = field(default_factory=list[str])
    languages: list[str] = field(default_factory=list[str])
    traversal_instructions: list[_Hop] = field(default_factory=list[_Hop])
    graph: str | None = None


class _AgentBody(Struct, gc=False):
    question: str
    collection: str = DEFAULT
    streaming: bool = False


class _PromptBody(Struct, gc=False):
    id: str | None = None
    terms: dict[str, str] = field(default_factory=dict[str, str])
    variables: dict[str, Any] | UnsetType = UNSET
    streaming: bool = False


def _text_completion(body: _TextCompletionBody, scene: Scene) -> Iterator[Step]:
    if body.operation == "list-models":
        return whole({"response": "", "end_of_stream": True, "models": [{"id": NAME, "name": NAME}]})
    found, _ = scene.read(body.prompt, DEFAULT)
    return tell(Completion(found, streaming=body.streaming))


def _graph_rag(body: _GraphRagBody, scene: Scene) -> Iterator[Step]:
    if (refusal := misplaced(body.user_context)) is not None:
        return complain(refusal)
    # How to go on from the seeds is not looked at: this model goes one step, in every direction.
    seeds, entities = tuple(body.grounding_seeds), tuple(map(IRI, body.graph_seeds))
    focus = Focus(seeds, entities, tuple(body.languages), body.graph)
    found, session = scene.read(body.query, body.collection, focus)
    teller = GraphRag(found, session, streaming=body.streaming)
    return iter((teller.failure(BOTH_SEEDS),)) if seeds and entities else tell(teller)


def _document_rag(body: _DocumentRagBody, scene: Scene) -> Iterator[Step]:
    found, session = scene.read(body.query, body.collection)
    return tell(DocumentRag(found, session, streaming=body.streaming))


def _agent(body: _AgentBody, scene: Scene) -> Iterator[Step]:
    found, session = scene.read(body.question, body.collection)
    return tell(Agent(found, session, streaming=body.streaming))


def _prompt(body: _PromptBody, scene: Scene) -> Iterator[Step]:
    template, variables = TEMPLATES.get(body.id or ""), _variables(body)
    if template is None or variables is None:
        return iter((LOST,))
    found, _ = scene.read(template.fill(variables), DEFAULT)
    structure = template.shape(found, scene.graph(DEFAULT))
    return tell(Prompted(found, structure, streaming=body.streaming))


def _variables(body: _PromptBody) -> Mapping[str, object] | None:
    """Return the variables of a prompt, or None if one of the older `terms` is no JSON text."""
    if body.variables is not UNSET:
        return cast("dict[str, object]", body.variables)
    try:
        return {name: lenient.loads(term) for name, term in body.terms.items()}
    except lenient.JSONRefused:
        return None


SERVICES: Mapping[str, Service] = {
    "agent": reading(_AgentBody, _agent),
    "document-rag": reading(_DocumentRagBody, _document_rag),
    "graph-rag": reading(_GraphRagBody, _graph_rag),
    "prompt": reading(_PromptBody, _prompt),
    "text-completion": reading(_TextCompletionBody, _text_completion),
}
"""The services of this module, by kind."""
