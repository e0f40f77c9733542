"""What editors and shells that complete with Jedi show: operations, parameters, attributes.

Jedi does not follow the type of a result through a descriptor, as type checkers do. It needs an annotation,
or the result itself, as in an interactive shell.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.meta.groups import COLOURED, operations
from tgproto.catalog import Call, CallOptions, Flow, FlowInstance
from tgproto.types import IRI, EntityMatch, EntityMatches, FlowRecord, RagAnswer

jedi = pytest.importorskip("jedi")
ROOT = Path(__file__).resolve().parents[2]
COLOURS = ["FlowInstance", "AsyncFlowInstance", "FlowCalls"]
MANAGERS = ["Flow", "AsyncFlow", "FlowsCalls"]


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jedi.settings, "cache_directory", tmp_path_factory.getbasetemp() / "jedi")


def script(kind: str, line: str) -> Any:
    """Return a script in which `value` is annotated, and the cursor is at the end."""
    module = "catalog" if kind in [*COLOURS, *MANAGERS, *(group.__name__ for group in COLOURED)] else "types"
    source = f"from tgproto.{module} import {kind}\ndef f(value: {kind}) -> None:\n    {line}"
    return jedi.Script(source, project=jedi.Project(ROOT))


def offered(kind: str, line: str) -> set[str]:
    return {completion.name for completion in script(kind, line).complete()}


def parameters(source: Any, name: str) -> list[str]:
    """Return the parameters shown for a call, `self` left out."""
    shown = [signature for signature in source.get_signatures() if signature.name == name]
    assert shown
    return [param.name for param in shown[-1].params if param.name != "self"]


@pytest.mark.parametrize("kind", COLOURS)
def test_operations_are_offered(kind: str) -> None:
    assert {"graph_rag", "graph_rag_explain", "agent", "embeddings", "graph_embeddings_query"} <= offered(
        kind, "value."
    )
    assert offered(kind, "value.graph_r") == {"graph_rag", "graph_rag_explain"}


@pytest.mark.parametrize("kind", COLOURS)
def test_parameters_are_offered(kind: str) -> None:
    shown = parameters(script(kind, "value.graph_rag("), "graph_rag")
    assert shown[:3] == ["query", "collection", "entity_limit"]
    assert {"streaming", "question", "user"} <= set(shown)
    assert parameters(script(kind, "value.graph_embeddings_query("), "graph_embeddings_query") == [
        "text",
        "collection",
        "limit",
        "rdf_type",
        "attributes",
        "user",
    ]
    assert parameters(script(kind, "value.triples_query("), "triples_query")[:4] == ["s", "p", "o", "g"]


@pytest.mark.parametrize("group", COLOURED, ids=lambda group: group.__name__)
def test_every_group_offers_its_operations(group: type) -> None:
    assert {*operations(group)} <= offered(group.__name__, "value.")


@pytest.mark.parametrize("kind", ["Config", "AsyncConfig"])
def test_parameters_of_global_services_are_offered(kind: str) -> None:
    assert parameters(script(kind, "value.get("), "get") == ["keys"]
    assert parameters(script(kind, "value.put("), "put") == ["values"]


@pytest.mark.parametrize("kind", ["Iam", "AsyncIam"])
def test_parameters_of_procedures_are_offered(kind: str) -> None:
    shown = parameters(script(kind, "value.create_user("), "create_user")
    assert shown[:4] == ["username", "password", "workspace", "name"]


@pytest.mark.parametrize("kind", MANAGERS)
def test_from_the_flows_to_a_flow(kind: str) -> None:
    assert {"list", "get", "start", "stop", "id"} <= offered(kind, "value.")
    assert "graph_rag" in offered(kind, "value.id().")


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("RagAnswer", {"text", "sources", "model", "in_token", "upper"}),
        ("RAGChunk", {"content", "end_of_stream", "end_of_session", "sources"}),
        ("AgentAnswer", {"content", "end_of_dialog", "message_id"}),
        ("AgentMessage", {"content", "kind", "members", "get"}),
        ("FlowRecord", {"blueprint_name", "description", "parameters", "members"}),
        ("EntityMatch", {"entity", "score", "attributes"}),
    ],
)
def test_attributes_of_annotated_results_and_chunks(kind: str, names: set[str]) -> None:
    assert names <= offered(kind, "value.")


class Runner:
    """Never called: Jedi only looks."""

    def call(self, call: Call[Any], options: CallOptions) -> Any:
        raise NotImplementedError

    def open(self, call: Any, options: CallOptions) -> Any:
        raise NotImplementedError


LIVE = {
    "flow": FlowInstance("default", Runner()),
    "flows": Flow(Runner()),
    "answer": RagAnswer("a"),
    "found": EntityMatches([EntityMatch(IRI("urn:a"))]),
    "record": FlowRecord("a"),
}


def test_a_shell_offers_parameters() -> None:
    assert parameters(jedi.Interpreter("flow.graph_rag(", [LIVE]), "graph_rag")[:2] == ["query", "collection"]
    assert parameters(jedi.Interpreter("flows.start(", [LIVE]), "start") == [
        "blueprint_name",
        "id",
        "description",
        "parameters",
        "class_name",
    ]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("answer.so", "sources"),
        ("found[0].sc", "score"),
        ("record.blue", "blueprint_name"),
        ("flow.gr", "graph_rag"),
    ],
)
def test_a_shell_offers_attributes(line: str, name: str) -> None:
    assert name in {completion.name for completion in jedi.Interpreter(line, [LIVE]).complete()}


@pytest.mark.parametrize("generation", ["v1", "v2"])
def test_upstreams_classes_are_completed(generation: str) -> None:
    source = f"from tgdrivers.compat.{generation} import Api\ndef f(api: Api) -> None:\n    "

    def there(line: str) -> Any:
        return jedi.Script(source + line, project=jedi.Project(ROOT))

    flow = "api.flow().id()"
    assert "graph_rag" in {each.name for each in there(f"{flow}.graph_r").complete()}
    shown = parameters(there(f"{flow}.graph_rag("), "graph_rag")
    assert shown[:2] == {"v1": ["question", "user"], "v2": ["query", "collection"]}[generation]
    result = {each.name for each in there(f"{flow}.graph_rag('').").complete()}
    assert {"v1": "upper", "v2": "sources"}[generation] in result
