"""What the classes of both generations are made of: clients, rows, terms, descriptions of documents."""

from __future__ import annotations

import asyncio
import datetime as dt
import inspect
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tgdrivers.compat import documents, knowledge, terms, v1, v2
from tgdrivers.compat.clients import BlockingClient
from tgdrivers.compat.v1 import knowledge as knowledge_1
from tgdrivers.compat.v1 import results as results_1
from tgdrivers.compat.v2 import explainability
from tgdrivers.compat.v2 import knowledge as knowledge_2
from tgdrivers.compat.v2 import results as results_2
from tgdrivers.compat.v2.wire import extract_term_value, wire_triples_to_tuples
from tgproto import errors, types
from tgproto.types import IRI, BlankNode, DocumentMetadata, Literal, QuotedTriple, Triple, traces

GATEWAY = "https://gateway.example"


def test_who_does_not_ask_for_it_does_not_load_it() -> None:
    program = "import sys, tgdrivers, tgdrivers.asyncio; sys.exit('tgdrivers.compat' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)


# --- clients --------------------------------------------------------------------------------------


@pytest.mark.parametrize("package", [v1, v2])
def test_clients_can_be_made_directly(package: Any) -> None:
    socket = package.SocketClient(f"{GATEWAY}/base/", 7, "tg_x")
    assert (socket.url, socket.timeout, socket.token) == ("wss://gateway.example", 7, "tg_x")
    assert repr(socket._native) == "tgdrivers.threaded.api.Api('https://gateway.example/base/')"
    socket.close()
    socket.close()
    flows = package.AsyncFlow(f"{GATEWAY}/base/api/v1/", 7, None)
    assert flows.url == f"{GATEWAY}/base/api/v1/"
    assert repr(flows._native) == "tgdrivers.asyncio.api.Api('https://gateway.example/base/')"
    asyncio.run(flows.aclose())


@pytest.mark.parametrize("package", [v1, v2])
def test_the_environment_has_no_say(package: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUSTGRAPH_URL", "http://elsewhere.example/")
    monkeypatch.setenv("TRUSTGRAPH_TOKEN", "tg_wrong")
    monkeypatch.setenv("TRUSTGRAPH_WORKSPACE", "wrong")
    with package.Api(GATEWAY) as api:
        assert "gateway.example" in repr(api._native)
        assert api.flow()._operations.options.workspace is None
        assert api.socket().flow("default")._operations.options.workspace is None


def test_a_workspace_goes_with_every_call() -> None:
    with v2.Api(GATEWAY, workspace="mine") as api:
        groups: list[Any] = [api.flow(), api.flow().id(), api.config(), api.collection(), api.knowledge()]
        groups += [api.library(), api.socket().flow("f"), api.bulk(), api.async_flow(), api.async_bulk()]
        groups += [api.async_flow().id("f"), api.async_socket().flow("f")]
        assert {group._operations.options.workspace for group in groups} == {"mine"}
        assert api.async_socket().workspace == "mine"
        api.workspace = "default"
        assert api.flow()._operations.options.workspace is None


@pytest.mark.parametrize("package", [v1, v2])
@pytest.mark.parametrize("name", ["socket", "bulk", "async_flow", "async_socket"])
def test_threads_that_come_together_share_a_client(package: Any, name: str) -> None:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(50):
            api = package.Api(GATEWAY)
            assert len(set(together(getattr(api, name)))) == 1
            client = getattr(api, name)()
            assert len(set(together(lambda client=client: id(client._native)))) == 1
            api.close()
    finally:
        sys.setswitchinterval(interval)


def together(call: Callable[[], Any]) -> list[Any]:
    """Return what some threads get that call at the same time."""
    threads = 8
    barrier = threading.Barrier(threads)

    def wait_and_call(_: int) -> Any:
        barrier.wait(30)
        return call()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(wait_and_call, range(threads)))


def test_a_client_may_be_made_while_others_are_closed() -> None:
    class Closing(BlockingClient):
        def close(self) -> None:
            api.bulk()

    api = v2.Api(GATEWAY)
    api._keep(Closing)
    api.close()
    asyncio.run(api.aclose())


# --- rows -----------------------------------------------------------------------------------------


def methods(package: Any) -> list[Any]:
    return [
        method
        for kind in vars(package).values()
        if isinstance(kind, type) and kind.__module__.startswith("tgdrivers.compat")
        for name, method in vars(kind).items()
        if inspect.isfunction(method) and not name.startswith("_")
    ]


@pytest.mark.parametrize("package", [v1, v2])
def test_every_method_is_documented_and_annotated(package: Any) -> None:
    found = methods(package)
    assert len(found) > 100
    for method in found:
        assert method.__doc__, method.__qualname__
        signature = inspect.signature(method, eval_str=True)
        assert signature.return_annotation is not inspect.Signature.empty, method.__qualname__


# --- knowledge ------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", [knowledge_1, knowledge_2])
def test_a_document_is_described(place: Any) -> None:
    publication = place.PublicationEvent(
        "urn:event",
        organization=place.Organization("urn:org", name="Press", description="A press"),
        name="Event",
        start_date="2020-01-01",
        end_date="2020-12-31",
    )
    document = place.DigitalDocument(
        "urn:doc",
        name="Title",
        identifier="isbn",
        copyright_year=1931,
        publication=publication,
        url="https://doc.example",
        keywords=["a", "b"],
    )
    told: list[dict[str, Any]] = []
    document.emit(told.append)
    said = {(triple["s"], triple["p"]): triple["o"] for triple in told}
    assert said["urn:doc", place.IS_A] == place.DIGITAL_DOCUMENT
    assert said["urn:doc", place.LABEL] == said["urn:doc", place.NAME] == "Title"
    assert said["urn:doc", place.IDENTIFIER] == "isbn"  # upstream says it of something else
    assert said["urn:doc", place.COPYRIGHT_YEAR] == "1931"
    assert said["urn:doc", place.PUBLICATION] == "urn:event"
    assert said["urn:event", place.PUBLISHED_BY] == "urn:org"
    assert said["urn:event", place.END_DATE] == "2020-12-31"
    assert said["urn:org", place.DESCRIPTION] == "A press"
    assert [triple["o"] for triple in told if triple["p"] == place.KEYWORD] == ["a", "b"]
    assert said["urn:doc", place.URL].is_uri()
    assert said["urn:doc", place.NAME].is_literal()
    assert all(triple["s"].is_uri() and not triple["p"].is_literal() for triple in told)


def test_terms_are_strings_that_know_what_they_are() -> None:
    text = knowledge.Literal("chat", language="fr")
    assert (text, text.datatype, text.language) == ("chat", None, "fr")
    assert not text.is_uri()
    assert not text.is_triple()
    assert not knowledge.Uri("urn:a").is_triple()
    copy = pickle.loads(pickle.dumps(text))
    assert (copy, type(copy)) == ("chat", knowledge.Literal)
    quoted = knowledge.QuotedTriple(knowledge.Uri("urn:a"), knowledge.Uri("urn:b"), text)
    assert not quoted.is_uri()
    assert not quoted.is_literal()
    assert repr(quoted) == "QuotedTriple('urn:a', 'urn:b', 'chat')"
    assert knowledge.hash(b"data") == knowledge.hash("data")


# --- terms ----------------------------------------------------------------------------------------

TERMS = [
    IRI("mailto:a@example.org"),
    Literal("http://text.example"),
    Literal("5", datatype="urn:integer"),
    Literal("chat", language="fr"),
    BlankNode("b0"),
    QuotedTriple(Triple(IRI("urn:a"), IRI("urn:b"), Literal("c"))),
]


@pytest.mark.parametrize("term", TERMS)
def test_terms_go_both_ways(term: Any) -> None:
    assert terms.as_core(terms.from_core(term)) == term
    assert terms.as_core(terms.wire_term_2(term)) == term
    assert terms.as_core(term) is term


def test_strings_are_judged_by_where_they_stand() -> None:
    assert terms.as_core(None) is None
    assert terms.as_core("mailto:a@example.org", position="p") == IRI("mailto:a@example.org")
    assert terms.as_core("a text") == Literal("a text")
    assert terms.as_core("<mailto:a@example.org>") == IRI("mailto:a@example.org")
    assert terms.as_core({"v": "urn:a", "e": True}) == IRI("urn:a")
    with pytest.raises(RuntimeError, match="o must be"):
        terms.as_core(5)


def test_in_bulk_strings_with_a_scheme_are_iris() -> None:
    assert terms.bulk_triple(v1.Triple("urn:a", "urn:b", "ftp://c")).o == IRI("ftp://c")
    assert terms.bulk_triple(v1.Triple("urn:a", "urn:b", "see ftp://c")).o == Literal("see ftp://c")
    assert terms.bulk_triple(v1.Triple("urn:a", "urn:b", "urn:c")).o == IRI("urn:c")
    members = {"s": "urn:a", "p": "urn:b", "o": "ftp://c", "g": "urn:g"}
    assert terms.bulk_triple(members) == Triple(IRI("urn:a"), IRI("urn:b"), IRI("ftp://c"), "urn:g")
    literal = v2.Triple("urn:a", "urn:b", v2.Literal("ftp://c"), "urn:g")
    assert terms.bulk_triple(literal) == Triple(IRI("urn:a"), IRI("urn:b"), Literal("ftp://c"), "urn:g")


def test_metadata_is_triples() -> None:
    [kind] = terms.triples_as_core(knowledge.Organization("urn:org"))
    assert kind == Triple(IRI("urn:org"), IRI(knowledge.IS_A), IRI(knowledge.ORGANIZATION))
    assert terms.triples_as_core([v1.Triple("urn:a", "urn:b", "c")]) == [Triple("urn:a", "urn:b", "c")]
    assert terms.triples_as_core(None) == []
    for wrong in (5, "text", [v1.Triple("urn:a", "urn:b", None)]):  # type: ignore[arg-type]
        with pytest.raises(RuntimeError):
            terms.triples_as_core(wrong)


def test_wire_terms_are_texts() -> None:
    triple = {"s": {"t": "i", "i": "urn:a"}, "p": {"type": "i", "iri": "urn:b"}, "o": {"t": "l", "v": "c"}}
    quoted = {"s": triple["s"], "p": triple["p"], "o": {"t": "t", "tr": triple}}
    parts = {"s": "urn:a", "p": "urn:b", "o": "c"}
    assert wire_triples_to_tuples([triple, quoted]) == [tuple(parts.values()), ("urn:a", "urn:b", parts)]
    mine = v2.Triple(v2.Uri("urn:a"), v2.Uri("urn:b"), v2.Literal("c"))
    inner = knowledge.QuotedTriple(v2.Uri("urn:a"), v2.Uri("urn:b"), v2.Literal("c"))
    outer = v2.Triple(v2.Uri("urn:a"), v2.Uri("urn:b"), inner)
    assert wire_triples_to_tuples([mine, outer]) == [tuple(parts.values()), ("urn:a", "urn:b", parts)]
    assert wire_triples_to_tuples([{}]) == [("{}", "{}", "{}")]
    assert extract_term_value({"t": "l", "v": ""}) == ""
    assert extract_term_value({"t": "t", "triple": triple}) == parts
    assert extract_term_value({"value": "c"}) == "c"
    assert extract_term_value({"more": 1}) == "{'more': 1}"


# --- documents ------------------------------------------------------------------------------------


def test_times_are_those_of_this_machine() -> None:
    time = dt.datetime(2020, 5, 17, 12, 0, 5, tzinfo=dt.UTC)
    local = documents.local(time)
    assert local is not None
    assert local.tzinfo is None
    assert documents.moment(local) == time
    assert documents.local(None) is None
    assert documents.moment(1.5) == 1.5


def test_documents_are_named_by_their_content() -> None:
    takes = documents.described("text")
    assert takes({"text": b"data"})["id"] == knowledge.hash("data")
    with pytest.raises(RuntimeError, match="id"):
        takes({"text": b"data", "metadata": knowledge.Organization("urn:org")})
    described = takes({"text": b"data", "id": "urn:d", "metadata": knowledge.Organization("urn:org")})
    assert described["id"] == "urn:d"
    assert len(described["metadata"]) == 1


def test_descriptions_go_both_ways() -> None:
    given = v2.DocumentMetadata(
        "urn:d", dt.datetime(2020, 1, 1), "text/plain", "t", "c", [v2.Triple("urn:a", "urn:b", "x")], ["tag"]
    )
    known = documents.known(given)
    assert isinstance(known, DocumentMetadata)
    assert known.metadata == (Triple("urn:a", "urn:b", "x"),)
    assert documents.about(known, v2.Triple) == given.metadata


# --- results and errors ---------------------------------------------------------------------------


def test_structured_output_is_json_text() -> None:
    assert results_2.completion({"a": "é"}).text == '{"a": "é"}'


def test_what_an_agent_does_is_what_it_thinks() -> None:
    action = types.AgentMessage("look", kind="action")
    assert results_2.agent_chunk(action) == v2.AgentThought("look")
    assert results_2.agent_chunk(types.AgentMessage("x", kind="other")) == v2.RAGChunk("x")
    assert results_1.agent_chunk(action) == v1.RAGChunk("look")


def test_a_quoted_triple_is_text_in_1() -> None:
    quoted = QuotedTriple(Triple("urn:a", "urn:b", "c"))
    assert results_1.triple(Triple("urn:s", "urn:p", quoted)).o == "<<urn:a urn:b c>>"


def test_triples_know_what_they_are() -> None:
    triple = v2.Triple("urn:a", "urn:b", "c")
    assert (triple.is_uri(), triple.is_literal(), triple.is_triple()) == (False, False, True)
    assert v2.build_term(v2.Uri("mailto:a@example.org")) == {"t": "i", "i": "mailto:a@example.org"}


@pytest.mark.parametrize("package", [v1, v2])
def test_errors_become_those_of_upstream_once(package: Any) -> None:
    shape = package.exceptions.over_socket(errors.DecodeError("of another shape"))
    assert isinstance(shape, package.ProtocolException)
    assert isinstance(shape, errors.DecodeError)
    assert str(shape) == "of another shape"
    for translated in (package.exceptions.over_socket, package.exceptions.over_rest):
        assert translated(shape) is shape
        refused = errors.ConnectionRefused("nobody listens")
        assert translated(refused) is refused


def test_the_steps_of_an_agent() -> None:
    question = types.Question("urn:q", "question", "why", "", "graph-rag")
    inner = traces.GraphRagTrace(question)
    trace = explainability.trace(traces.AgentTrace(question, (traces.SubTrace(question, inner),)))
    [step] = trace["steps"]
    assert step["type"] == "sub-trace"
    assert step["question"] == trace["question"] == v2.Question("urn:q", "question", "why", "", "graph-rag")
    assert step["trace"]["question"] == trace["question"]
    assert step["trace"]["focus"] is None
