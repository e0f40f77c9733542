"""Reading provenance: how patiently, from where, and what is said if it does not come to rest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.core.catalogue import body, run
from tests.core.provenance import RETRIEVAL, AsyncStore, Store, edge, graph_rag, labelled, step
from tgproto.catalog import (
    AsyncExplainabilityClient,
    AsyncFlowInstance,
    ExplainabilityClient,
    ExplainCalls,
    FlowCalls,
    FlowInstance,
)
from tgproto.catalog.provenance_scope import MAX_LABELS, MAX_TRIPLES, Place, whole
from tgproto.catalog.survey import Look
from tgproto.dialect import GENERATION_1, GENERATION_2
from tgproto.errors import (
    AccessDenied,
    AuthenticationError,
    DecodeError,
    ProvenanceIncomplete,
    ServiceError,
    TriplesQueryError,
    UnknownServiceError,
    WorkspaceNotFound,
)
from tgproto.types import IRI, Focus, Grounding, Triple

GROUNDING = step("urn:g", "Grounding", concept=["a", "b"])
ROOT = "urn:trustgraph:question:1"


def client(store: Store, retries: int = 3, delay: float = 0.5) -> ExplainabilityClient:
    return ExplainabilityClient(FlowInstance("f", store), delay, retries)


# --- settings -------------------------------------------------------------------------------------


def test_it_is_made_from_a_flow() -> None:
    store, later = Store([]), AsyncStore([])
    flow = FlowInstance("f", store).with_options(timeout=5, workspace="w")
    made = ExplainabilityClient(flow)
    assert (made.flow, made.runner, made.options) == ("f", store, flow.options)
    assert (made.retry_delay, made.max_retries) == (0.2, 10)
    assert made == ExplainabilityClient(flow_instance=flow, retry_delay=0.2, max_retries=10)
    assert made != ExplainabilityClient(flow, max_retries=9)
    assert AsyncExplainabilityClient(AsyncFlowInstance("f", later)).runner is later
    assert "_labels" not in repr(ExplainCalls(FlowCalls("f")))


@pytest.mark.parametrize(
    ("arguments", "kind", "said"),
    [
        (["flow"], TypeError, "the flow must be a FlowInstance, not str"),
        (
            [AsyncFlowInstance("f", AsyncStore([]))],
            TypeError,
            "must be a FlowInstance, not AsyncFlowInstance",
        ),
        ([FlowInstance("f", Store([])), "1"], TypeError, "retry_delay must be a number of seconds, not str"),
        ([FlowInstance("f", Store([])), True], TypeError, "retry_delay must be a number"),
        ([FlowInstance("f", Store([])), -0.1], ValueError, "retry_delay must not be negative"),
        (
            [FlowInstance("f", Store([])), float("nan")],
            ValueError,
            "retry_delay must not be negative, and fin",
        ),
        (
            [FlowInstance("f", Store([])), float("inf")],
            ValueError,
            "retry_delay must not be negative, and fin",
        ),
        ([FlowInstance("f", Store([])), 0, 0], ValueError, "max_retries must be at least 1"),
        ([FlowInstance("f", Store([])), 0, 1.5], TypeError, "max_retries must be an int"),
    ],
)
def test_wrong_settings(arguments: list[Any], kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=said):
        ExplainabilityClient(*arguments)


def test_options_can_be_changed() -> None:
    store = Store([labelled("urn:s", "Label")])
    one = client(store)
    other = one.with_options(workspace="w", timeout=7)
    assert type(other) is ExplainabilityClient
    assert (other.options.workspace, other.options.timeout, one.options.workspace) == ("w", 7, None)
    assert (other.flow, other.runner, other.retry_delay, other.max_retries) == ("f", store, 0.5, 3)
    assert one.resolve_label("urn:s") == other.resolve_label("urn:s") == "Label"
    assert store.asked == 2  # another workspace has other labels
    call = next(ExplainCalls(FlowCalls("f")).with_options(workspace="w", retry=True).fetch_entity("urn:g"))
    (asked,) = call.calls  # type: ignore[union-attr]
    request = asked.request(GENERATION_2)
    assert (request.service, request.flow, request.workspace, request.repeatable) == (
        "triples",
        "f",
        "w",
        True,
    )


def test_where_to_look() -> None:
    assert Place.of(None, None) == Place()
    assert Place.of(IRI("urn:g"), "c") == Place("urn:g", "c")
    with pytest.raises(ValueError, match="graph: 'g' is not the IRI of a graph"):
        Place.of("g", None)
    with pytest.raises(TypeError, match="collection must be a str"):
        Place.of(None, 5)  # type: ignore[arg-type]


# --- coming to rest -------------------------------------------------------------------------------


def test_what_is_there_is_read_twice() -> None:
    store = Store(GROUNDING)
    assert client(store).fetch_entity("urn:g", RETRIEVAL, "c") == Grounding("urn:g", "grounding", ("a", "b"))
    assert (
        store.rounds
        == [[{"s": {"t": "i", "i": "urn:g"}, "g": RETRIEVAL, "collection": "c", "limit": MAX_TRIPLES}]] * 2
    )
    assert store.pauses == [0.5]


def test_what_comes_later_is_waited_for() -> None:
    store = Store([], GROUNDING[:1], GROUNDING)
    assert client(store).fetch_entity("urn:g") == Grounding("urn:g", "grounding", ("a", "b"))
    assert store.pauses == [0.5] * 3


def test_what_never_comes() -> None:
    store = Store([])
    assert client(store).fetch_entity("urn:g") is None
    assert (len(store.rounds), store.pauses) == (4, [0.5] * 3)
    assert client(Store([]), delay=0).fetch_entity("urn:g") is None


def test_what_goes_on_changing() -> None:
    growing: Iterator[list[Triple]] = (step("urn:g", "Grounding", concept=str(number)) for number in range(9))
    store = Store(GROUNDING, *growing)
    with pytest.raises(
        ProvenanceIncomplete, match=r"^triples in flow 'f': what is said about urn:g is inc"
    ) as f:
        client(store).fetch_entity("urn:g")
    assert "read again 3 times, 0.5 s apart. Ask again later" in str(f.value)
    assert f.value.partial == Grounding("urn:g", "grounding", ("a", "b", "0", "1", "2"))


def test_a_focus_without_its_edges() -> None:
    focus = step("urn:f", "Focus", selectedEdge=["urn:e1", "urn:e2"])
    store = Store([*focus, *edge("urn:e1")])
    with pytest.raises(ProvenanceIncomplete) as failed:
        client(store).fetch_focus_with_edges("urn:f")
    assert isinstance(failed.value.partial, Focus)
    assert [selection.uri for selection in failed.value.partial.edge_selections] == ["urn:e1"]
    later = Store([*focus, *edge("urn:e1")], [], edge("urn:e2"))
    found = client(later).fetch_focus_with_edges("urn:f")
    assert found is not None
    assert len(found.edge_selections) == 2


def test_an_answer_that_may_have_been_cut_short_is_not_whole() -> None:
    triples = [Triple("urn:x", "urn:p", str(number)) for number in range(3)]
    assert whole({Look("urn:x"): triples, Look("urn:x", derived=True): []})
    assert not whole({Look("urn:x"): []})
    assert not whole({Look("urn:x"): triples * (MAX_TRIPLES // 3 + 1)})


def test_a_trace_that_is_being_written() -> None:
    triples = graph_rag(edges=1)
    parts = [triples[:6], *([triple] for triple in triples[6:])]
    store = Store([], *parts)
    trace = client(store, retries=30).fetch_graphrag_trace(ROOT)
    assert trace.complete
    assert trace.synthesis is not None
    assert trace.synthesis.document == "urn:answer"
    assert len(store.pauses) == len(parts) + 1


def test_a_trace_that_is_not_written_to_its_end() -> None:
    store = Store(graph_rag(edges=1)[:9])
    trace = client(store).fetch_graphrag_trace(ROOT)
    assert (trace.complete, trace.question is None, trace.synthesis) == (False, False, None)
    assert store.pauses == [0.5] * 3


def test_a_trace_that_changes_in_the_end_is_not_complete() -> None:
    store = Store(graph_rag(), *(step(ROOT, "X", note=str(number)) for number in range(9)))
    trace = client(store).fetch_graphrag_trace(ROOT)
    assert trace.synthesis is not None
    assert not trace.complete


def test_errors_are_raised() -> None:
    store = Store(GROUNDING)
    store.answers["triples"] = [TriplesQueryError("broken")]
    with pytest.raises(TriplesQueryError):
        client(store).fetch_entity("urn:g")


# --- documents ------------------------------------------------------------------------------------

NOT_YET = ServiceError("no such document", "librarian-error")


def document(*answers: dict[str, Any] | BaseException) -> Store:
    store = Store([])
    store.answers["librarian"] = list(answers)
    return store


def test_a_document() -> None:
    store = document({"content": "YQ=="})
    assert client(store).fetch_document_content("urn:d") == "a"
    assert store.rounds == [[{"operation": "get-document-content", "document-id": "urn:d"}]]
    assert client(document({})).fetch_document_content("urn:d") == ""
    with pytest.raises(DecodeError, match=r"\$\.content"):
        client(document({"content": "?"})).fetch_document_content("urn:d")


def test_whose_document_it_is() -> None:
    call = next(ExplainCalls(FlowCalls("f")).fetch_document_content("urn:d"))
    assert body(call, GENERATION_1)["user"] == "trustgraph"  # type: ignore[arg-type]


def test_a_document_that_comes_later_is_waited_for() -> None:
    store = document(NOT_YET, NOT_YET, {"content": "YQ=="})
    assert client(store).fetch_document_content("urn:d") == "a"
    assert store.pauses == [0.5, 0.5]
    quick = document(NOT_YET, {"content": "YQ=="})
    assert client(quick, delay=0).fetch_document_content("urn:d") == "a"
    assert quick.pauses == []


def test_a_document_that_never_comes() -> None:
    store = document(*[NOT_YET] * 4)
    with pytest.raises(ServiceError, match="no such document"):
        client(store).fetch_document_content("urn:d")
    assert store.pauses == [0.5] * 3


@pytest.mark.parametrize(
    "kind", [AccessDenied, AuthenticationError, UnknownServiceError, WorkspaceNotFound, OSError]
)
def test_what_waiting_does_not_mend(kind: type[Exception]) -> None:
    store = document(kind("no"))
    with pytest.raises(kind):
        client(store).fetch_document_content("urn:d")
    assert store.pauses == []


# --- labels ---------------------------------------------------------------------------------------


def test_labels_are_asked_for_once() -> None:
    store = Store([labelled("urn:s", "Subject")])
    reader = client(store)
    for _ in range(2):
        assert reader.resolve_edge_labels({"s": "urn:s", "p": "urn:p", "o": "urn:s"}) == (
            "Subject",
            "urn:p",
            "Subject",
        )
    assert [[asked["s"]["i"] for asked in asked_at_once] for asked_at_once in store.rounds] == [
        ["urn:s", "urn:p"],
        ["urn:p"],  # it may have got one
    ]
    assert store.rounds[0][0] == {
        "s": {"t": "i", "i": "urn:s"},
        "p": {"t": "i", "i": "http://www.w3.org/2000/01/rdf-schema#label"},
        "limit": 1,
    }
    assert reader.resolve_label("urn:s", "another") == "Subject"
    assert len(store.rounds) == 3


def test_labels_are_not_kept_for_ever() -> None:
    store = Store(labelled(f"urn:{number}", str(number)) for number in range(MAX_LABELS + 1))
    reader = client(store)
    for number in range(MAX_LABELS):
        assert reader.resolve_label(f"urn:{number}") == str(number)
    rounds = len(store.rounds)
    reader.resolve_label("urn:0")
    assert len(store.rounds) == rounds
    assert reader.resolve_label(f"urn:{MAX_LABELS}") == str(MAX_LABELS)
    assert reader.resolve_label("urn:1") == "1"
    assert reader.resolve_label("urn:0") == "0"  # was forgotten
    assert len(store.rounds) == rounds + 2


def test_awaited() -> None:
    store = AsyncStore([], GROUNDING)
    reader = AsyncExplainabilityClient(AsyncFlowInstance("f", store), 0.5, 3)
    assert run(reader.fetch_entity("urn:g")) == Grounding("urn:g", "grounding", ("a", "b"))
    assert store.pauses == [0.5, 0.5]
