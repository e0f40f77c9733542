"""Upstream's classes for global services, in both generations, on gateways of both."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tgdrivers.compat import v1, v2
from tgdrivers.compat.v2 import knowledge
from tgdrivers.testing import RunningGateway, gateway
from tgproto.errors import AuthenticationError, ServiceError

USER = "trustgraph"
TEXT = b"Kestrel Bridge was built by Ines Marlow."


@pytest.fixture(params=[1, 2])
def running(request: pytest.FixtureRequest) -> Iterator[RunningGateway]:
    with gateway(generation=request.param) as running:
        yield running


@pytest.fixture
def one(running: RunningGateway) -> Iterator[v1.Api]:
    with v1.Api(running.url, token=running.token) as api:
        yield api


@pytest.fixture
def two(running: RunningGateway) -> Iterator[v2.Api]:
    with v2.Api(running.url, token=running.token) as api:
        yield api


@pytest.fixture
def two2() -> Iterator[v2.Api]:
    """2.11 on a gateway of 2.x alone."""
    with gateway() as running, v2.Api(running.url, token=running.token) as api:
        yield api


# --- configuration --------------------------------------------------------------------------------


@pytest.mark.parametrize("package", [v1, v2])
def test_configuration(package: Any, running: RunningGateway) -> None:
    with package.Api(running.url, token=running.token) as api:
        config = api.config()
        there = package.ConfigKey("test", "a")
        config.put([package.ConfigValue("test", "a", "1"), package.ConfigValue("test", "b", "2")])
        assert sorted(config.list("test")) == ["a", "b"]
        assert config.get([there, package.ConfigKey("test", "no")]) == [
            package.ConfigValue("test", "a", "1"),
            package.ConfigValue("test", "no", None),
        ]
        values, version = config.all()
        assert values["test"] == {"a": "1", "b": "2"}
        assert version > 0
        config.delete([there])
        assert config.get_values("test") == [package.ConfigValue("test", "b", "2")]
        assert config.request({"operation": "list", "type": "test"})["directory"] == ["b"]


def test_the_configuration_of_every_workspace(two2: v2.Api) -> None:
    two2.config().put([v2.ConfigValue("test", "a", "1")])
    assert two2.config().get_values_all_workspaces("test") == [v2.ConfigValue("test", "a", "1", "default")]
    assert v2.Api(workspace="mine").config().workspace == "mine"


# --- what gateways say by an HTTP status ------------------------------------------------------------


@pytest.mark.parametrize("package", [v1, v2])
def test_statuses_are_protocol_exceptions(package: Any, running: RunningGateway) -> None:
    with package.Api(running.url, token="tg_wrong") as api:
        with pytest.raises(package.ProtocolException, match="401") as refused:
            api.flow().list()
        assert isinstance(refused.value, AuthenticationError)
        assert not isinstance(refused.value, package.ApplicationException)
    with package.Api(running.url, token=running.token) as api, pytest.raises(package.ProtocolException):
        api.request("no/such/path", {})


# --- flows ----------------------------------------------------------------------------------------


def test_classes(one: v1.Api) -> None:
    flow = one.flow()
    assert flow.list_classes() == ["default"]
    definition = flow.get_class("default")
    flow.put_class("mine", definition)
    assert flow.get_class("mine") == definition
    flow.delete_class("mine")
    assert flow.list_classes() == ["default"]
    with pytest.raises(v1.ApplicationException):
        flow.get_class("mine")


def test_blueprints(two: v2.Api) -> None:
    flow = two.flow()
    definition = flow.get_blueprint("default")
    flow.put_blueprint("mine", definition)
    assert sorted(flow.list_blueprints()) == ["default", "mine"]
    flow.start("mine", "second", "for a test")
    flow.stop("second")
    flow.delete_blueprint("mine")
    assert flow.list_blueprints() == ["default"]


# --- collections ----------------------------------------------------------------------------------


def test_collections_of_1(one: v1.Api) -> None:
    collection = one.collection()
    made = collection.update_collection(USER, "c", "Name", "About it", ["tag"])
    assert made is not None
    assert (made.collection, made.name, made.description, made.tags) == ("c", "Name", "About it", ["tag"])
    assert [each.collection for each in collection.list_collections(USER, ["tag"])] == ["c"]
    assert collection.delete_collection(USER, "c") == {}
    assert collection.list_collections(USER) == []


def test_collections_of_2(two: v2.Api) -> None:
    collection = two.collection()
    made = collection.update_collection("c", "Name", "About it", ["tag"])
    assert made == v2.CollectionMetadata("c", "Name", "About it", ["tag"])
    assert collection.list_collections(["tag"]) == [made]
    assert collection.delete_collection("c") == {}
    assert "collections" in collection.request({"operation": "list-collections", "user": USER})


# --- metrics --------------------------------------------------------------------------------------


@pytest.mark.parametrize("package", [v1, v2])
def test_metrics(package: Any, running: RunningGateway) -> None:
    with package.Api(running.url, token=running.token) as api:
        assert json.loads(api.metrics().get())["status"] == "success"
        assert api.metrics() is api.metrics()

    async def use() -> str:
        async with package.Api(running.url, token=running.token) as api:
            found: str = await api.async_metrics().get()
            return found

    assert json.loads(asyncio.run(use()))["status"] == "success"


@pytest.mark.parametrize("package", [v1, v2])
def test_raw_doors(package: Any, running: RunningGateway) -> None:
    with package.Api(running.url, token=running.token) as api:
        documents = api.library().request({"operation": "list-documents", "user": USER})
        assert documents["document-metadatas"] == []
        found = api.collection().request({"operation": "list-collections", "user": USER})
        assert found["collections"] == []


# --- the library ----------------------------------------------------------------------------------


def test_the_library_of_1(one: v1.Api) -> None:
    library = one.library()
    about = knowledge.DigitalDocument("urn:d", name="Bridges")
    assert library.add_document(TEXT, "urn:d", about, USER, "Bridges", "Old ones", tags=["t"]) == {}
    [known] = [each for each in library.get_documents(USER) if each.id == "urn:d"]
    assert isinstance(known, v1.DocumentMetadata)
    assert (known.kind, known.title, known.comments, known.tags) == (
        "text/plain",
        "Bridges",
        "Old ones",
        ["t"],
    )
    assert abs(known.time - dt.datetime.now()) < dt.timedelta(minutes=5)
    assert v1.Triple("urn:d", knowledge.NAME, "Bridges") in known.metadata
    known.title = "Other"
    assert library.update_document(USER, "urn:d", known) is known
    assert library.get_document(USER, "urn:d").title == "Other"
    assert library.start_processing("p", "urn:d", tags=["q"]) == {}
    [processing] = library.get_processings()
    assert (processing.id, processing.document_id, processing.flow) == ("p", "urn:d", "default")
    assert library.stop_processing("p") == {}
    assert library.remove_document(USER, "urn:d") == {}
    with pytest.raises(v1.ApplicationException):
        library.get_document(USER, "urn:d")


def test_documents_without_an_id_are_named_by_their_content(one: v1.Api) -> None:
    library = one.library()
    library.add_document(TEXT, None, None, USER, "", "")
    assert knowledge.hash(TEXT) in [each.id for each in library.get_documents(USER)]
    with pytest.raises(RuntimeError):
        library.add_document(TEXT, None, knowledge.Organization("urn:o"), USER, "", "")


def test_the_library_of_2(two: v2.Api) -> None:
    library = two.library()
    about = [v2.Triple("urn:d", knowledge.NAME, "Bridges")]
    library.add_document(TEXT, "urn:d", about, "Bridges", "Old ones", tags=["t"])
    [known] = [each for each in library.get_documents() if each.id == "urn:d"]
    assert isinstance(known, v2.DocumentMetadata)
    assert known.metadata == about
    assert isinstance(known.metadata[0].s, v2.Uri)
    known.title = "Other"
    assert library.update_document("urn:d", known) is known
    assert library.get_document("urn:d").title == "Other"
    assert library.get_document_content("urn:d") == TEXT
    library.start_processing("p", "urn:d")
    assert [each.id for each in library.get_processings()] == ["p"]
    assert library.stop_processing("p") == {}
    assert library.remove_document("urn:d") == {}


def test_long_documents_and_their_parts(two2: v2.Api, tmp_path: Path) -> None:
    library = two2.library()
    content = bytes(range(256)) * 2**14  # 4 MiB
    done: list[tuple[int, int]] = []
    about = [v2.Triple("urn:d", knowledge.NAME, "Long")]
    added = library.add_document(
        content, "urn:d", about, "", "", "text/plain", [], lambda *counts: done.append(counts)
    )
    assert added["document-id"] == "urn:d"
    assert done[-1] == (len(content), len(content))
    assert library.get_document("urn:d").metadata == about
    assert library.get_pending_uploads() == []
    assert library.get_upload_status("nothing")["upload-state"] == "expired"
    with pytest.raises(RuntimeError, match="ended"):
        library.resume_upload("nothing", content)
    assert library.stream_document_to_file("urn:d", str(tmp_path / "d")) == len(content)
    assert (tmp_path / "d").read_bytes() == content
    library.add_child_document(b"page", "urn:d/1", "urn:d", "", "")
    assert [each.parent_id for each in library.list_children("urn:d")] == ["urn:d"]
    assert [each.id for each in library.get_documents(include_children=True)] != ["urn:d"]


def test_an_upload_is_resumed(two2: v2.Api) -> None:
    library = two2.library()
    content = bytes(2**20) * 5

    def stop(sent: int, total: int) -> None:
        if sent > 2**21:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        library.add_document(content, "urn:d", None, "", "", on_progress=stop)
    [upload] = library.get_pending_uploads()
    upload_id = str(upload["upload-id"])
    assert library.get_upload_status(upload_id)["upload-state"] == "in-progress"
    assert library.resume_upload(upload_id, content)["document-id"] == "urn:d"
    assert library.get_document_content("urn:d") == content
    with pytest.raises(KeyboardInterrupt):
        library.add_document(content, "urn:e", None, "", "", on_progress=stop)
    [upload] = library.get_pending_uploads()
    assert library.abort_upload(str(upload["upload-id"])) == {}
    assert library.get_pending_uploads() == []


@pytest.mark.parametrize("package", [v1, v2])
def test_flows_read_texts(package: Any, running: RunningGateway) -> None:
    with package.Api(running.url, token=running.token) as api:
        flow = api.flow().id()
        about = knowledge.DigitalDocument("urn:d", name="Bridges")
        assert flow.load_text(TEXT, "urn:d", about) == {}
        assert flow.load_document(b"%PDF-1.4", id="urn:p") == {}
        assert flow.load_text(TEXT) == {}
        with pytest.raises(RuntimeError):
            flow.load_text(TEXT, metadata=about)


# --- knowledge cores ------------------------------------------------------------------------------


@pytest.mark.parametrize("package", [v1, v2])
def test_cores(package: Any, running: RunningGateway) -> None:
    with package.Api(running.url, token=running.token) as api:
        cores = api.knowledge()
        assert cores.list_kg_cores() == []
        cores.delete_kg_core("nothing")
        with pytest.raises(ServiceError, match="not-implemented"):
            cores.unload_kg_core("nothing")
        assert cores.request({"operation": "list-kg-cores", "user": USER})["ids"] == []


def test_cores_over_the_socket(two2: v2.Api) -> None:
    socket, cores = two2.socket(), two2.knowledge()
    node = {"t": "i", "i": "urn:a"}
    triples = [{"s": node, "p": node, "o": {"t": "l", "v": "text"}}]
    batch = {"metadata": {"id": "c", "root": "", "collection": "default"}, "triples": triples}
    assert socket.put_kg_core("c", triples=batch) == {}
    assert cores.list_kg_cores() == ["c"]
    frames = socket.get_kg_core("c")
    first = next(frames)
    assert first["triples"]["triples"] == triples  # type: ignore[index, call-overload]
    cores.load_kg_core("c")
    chunks = [{"chunk_id": "urn:c", "vector": [0.5]}]
    batch = {"metadata": {"id": "e", "root": "", "collection": "default"}, "chunks": chunks}
    assert socket.put_de_core("e", batch) == {}
    assert cores.list_de_cores() == ["e"]
    [frame] = socket.get_de_core("e")
    assert frame["document-embeddings"]["chunks"] == chunks  # type: ignore[index, call-overload]
    cores.load_de_core("e")
    cores.delete_de_core("e")
    cores.delete_kg_core("c")
    assert cores.list_kg_cores() == cores.list_de_cores() == []


# --- how answers came about -----------------------------------------------------------------------


def test_traces(two2: v2.Api) -> None:
    flow = two2.socket().flow("default")
    for service, names in (
        (flow.graph_rag_explain, ["question", "grounding", "exploration", "focus", "synthesis"]),
        (flow.document_rag_explain, ["question", "grounding", "exploration", "synthesis"]),
    ):
        [event, *_] = [
            chunk
            for chunk in service("Who built Kestrel Bridge?", "default")
            if isinstance(chunk, v2.ProvenanceEvent)
        ]
        assert isinstance(event.entity, v2.Question)
        client = v2.ExplainabilityClient(flow, 0.01)
        kind = client.detect_session_type(event.explain_id)
        fetch = client.fetch_graphrag_trace if kind == "graphrag" else client.fetch_docrag_trace
        trace = fetch(event.explain_id, api=two2)
        assert list(trace) == names
        assert isinstance(trace["question"], v2.Question)
        assert trace["question"].query == "Who built Kestrel Bridge?"
        assert isinstance(trace["synthesis"], v2.Synthesis)
    assert {each.question_type for each in client.list_sessions()} == {"graph-rag", "document-rag"}
    question = client.fetch_entity(event.explain_id)
    assert isinstance(question, v2.Question)
    assert client.fetch_focus_with_edges(event.explain_id) is None


def test_what_an_agent_did(two2: v2.Api) -> None:
    flow = two2.socket().flow("default")
    events = [each for each in flow.agent_explain("Who?", "default") if isinstance(each, v2.ProvenanceEvent)]
    trace = v2.ExplainabilityClient(flow, 0.01).fetch_agent_trace(events[0].explain_id)
    assert isinstance(trace["question"], v2.Question)
    assert trace["steps"]
    assert isinstance(trace["steps"][-1], v2.Conclusion | v2.Synthesis)


def test_edges_and_labels(two2: v2.Api) -> None:
    flow = two2.socket().flow("default")
    bridge = "https://example.org/demo/kestrel-bridge"
    [event, *_] = [
        chunk
        for chunk in flow.graph_rag_explain("Who built Kestrel Bridge?", "default")
        if isinstance(chunk, v2.ProvenanceEvent)
    ]
    client = v2.ExplainabilityClient(two2.flow().id(), 0.01)
    focus = client.fetch_graphrag_trace(event.explain_id)["focus"]
    assert isinstance(focus, v2.Focus)
    [selection, *_] = focus.edge_selections
    assert isinstance(selection, v2.EdgeSelection)
    assert client.fetch_edge_selection(selection.uri) == selection
    assert selection.edge is not None
    assert selection.edge.keys() == {"s", "p", "o"}
    assert client.fetch_focus_with_edges(focus.uri) == focus
    assert client.resolve_label(bridge) == "Kestrel Bridge"
    assert client.resolve_edge_labels({"s": bridge, "p": "p", "o": "o"}) == ("Kestrel Bridge", "p", "o")
    assert client.fetch_document_content("", two2) == ""
    assert client.fetch_document_content("urn:nothing", two2).startswith("[Error fetching content: ")
    two2.library().add_document(TEXT, "urn:d", None, "", "")
    assert client.fetch_document_content("urn:d", two2, 7) == "Kestrel... [truncated]"


def test_entities_are_read_from_triples() -> None:
    tg, kind = "https://trustgraph.ai/ns/", knowledge.IS_A
    grounding = v2.ExplainEntity.from_triples(
        "urn:x", [("urn:x", kind, f"{tg}Grounding"), ("urn:x", f"{tg}concept", "c")]
    )
    assert grounding == v2.Grounding("urn:x", "grounding", ["c"])
    assert v2.Analysis.from_triples("urn:x", [("urn:x", f"{tg}action", "look")]).entity_type == "analysis"
    asked = v2.Question.from_triples("urn:x", [("urn:x", f"{tg}query", "why")], [f"{tg}AgentQuestion"])
    assert asked == v2.Question("urn:x", "question", "why", "", "agent")
    assert v2.ExplainEntity.from_triples("urn:x", [("urn:x", kind, "urn:other")]).entity_type == "unknown"
