"""How each telling service frames its answer: members, their order, and what becomes of a failure.

The expected frames are those of a real gateway 2.11.1 with scripted services behind it, but for the texts
of provenance and the counts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from tgproto.gateway.generation2.tellers import (
    LOST,
    Agent,
    Completion,
    DocumentRag,
    GraphRag,
    Prompted,
)
from tgproto.gateway.graph import Graph
from tgproto.gateway.model import DERIVED, LABEL, NAME, Reading, read
from tgproto.gateway.steps import Failure, Frame, Pause, Step
from tgproto.gateway.telling import Teller, tell
from tgproto.session.envelope import WireError
from tgproto.types.terms import IRI, Literal, Triple

CAT, DOC = IRI("http://e/cat"), IRI("http://e/doc")
GRAPH = Graph(
    [
        Triple(CAT, LABEL, Literal("Cat")),
        Triple(CAT, IRI("http://e/isA"), Literal("pet")),
        Triple(CAT, DERIVED, DOC),
        Triple(DOC, LABEL, Literal("Notes")),
    ]
)
USAGE = {"in_token": 2, "out_token": 2, "model": NAME}
SOURCES = [{"uri": "http://e/doc", "title": "Notes"}]
SESSION = "5e55"
MAKE: dict[type[Teller], Callable[[Reading, bool], Teller]] = {
    Completion: lambda reading, streaming: Completion(reading, streaming=streaming),
    GraphRag: lambda reading, streaming: GraphRag(reading, SESSION, streaming=streaming),
    DocumentRag: lambda reading, streaming: DocumentRag(reading, SESSION, streaming=streaming),
    Agent: lambda reading, streaming: Agent(reading, SESSION, streaming=streaming),
}
TELLERS = list(MAKE)


def steps(kind: type[Teller], question: str, *, streaming: bool = True) -> Iterator[Step]:
    reading = read(question, GRAPH)
    return tell(MAKE[kind](reading, streaming))


def frames(kind: type[Teller], question: str, *, streaming: bool = True) -> list[Frame | Failure]:
    return [step for step in steps(kind, question, streaming=streaming) if not isinstance(step, Pause)]


def said(kind: type[Teller], question: str, *, streaming: bool = True) -> list[dict[str, object]]:
    """Return the payloads without provenance, after checking that the last one alone is final."""
    found = frames(kind, question, streaming=streaming)
    assert [frame.final for frame in found] == [False] * (len(found) - 1) + [True]
    payloads = [json.loads(frame.payload) for frame in found if isinstance(frame, Frame)]
    return [payload for payload in payloads if payload.get("message_type") != "explain"]


def exactly(found: list[dict[str, object]], expected: list[dict[str, object]]) -> None:
    """Compare with the order of members."""
    assert [list(payload.items()) for payload in found] == [list(payload.items()) for payload in expected]


def test_text_completion() -> None:
    exactly(
        said(Completion, "hi n=2"),
        [
            {"response": "chunk-0 ", "end_of_stream": False},
            {"response": "chunk-1 ", "end_of_stream": False},
            {"response": "", **USAGE, "end_of_stream": True},
        ],
    )
    exactly(
        said(Completion, "hi n=2", streaming=False),
        [{"response": "chunk-0 chunk-1 ", **USAGE, "end_of_stream": True}],
    )


def rag_chunk(text: str, *, end_of_stream: bool = False) -> dict[str, object]:
    return {
        "message_type": "chunk",
        "response": text,
        "end_of_stream": end_of_stream,
        "end_of_session": False,
    }


def test_graph_rag() -> None:
    exactly(
        said(GraphRag, "cat n=2"),
        [
            rag_chunk("chunk-0 "),
            rag_chunk("chunk-1 "),
            rag_chunk("", end_of_stream=True),
            {
                "message_type": "chunk",
                "response": "",
                "sources": SOURCES,
                "end_of_stream": False,
                "end_of_session": True,
                **USAGE,
            },
        ],
    )
    exactly(
        said(GraphRag, "cat n=2", streaming=False),
        [
            {
                "message_type": "chunk",
                "response": "chunk-0 chunk-1 ",
                "sources": SOURCES,
                "end_of_stream": True,
                "end_of_session": True,
                **USAGE,
            }
        ],
    )


def test_graph_rag_without_sources() -> None:
    assert "sources" not in said(GraphRag, "hi n=2")[-1]


def test_document_rag() -> None:
    exactly(
        said(DocumentRag, "cat n=2"),
        [
            rag_chunk("chunk-0 "),
            rag_chunk("chunk-1 "),
            rag_chunk("", end_of_stream=True),
            {"message_type": "end", "end_of_stream": False, "end_of_session": True, **USAGE},
        ],
    )
    exactly(
        said(DocumentRag, "cat n=2", streaming=False),
        [{"response": "chunk-0 chunk-1 ", "end_of_stream": True, "end_of_session": True, **USAGE}],
    )


@pytest.mark.parametrize("streaming", [False, True])
def test_rag_explains_before_the_text_and_after_it(streaming: bool) -> None:
    for kind, before in ((GraphRag, 4), (DocumentRag, 3)):
        found = frames(kind, "cat n=1", streaming=streaming)
        kinds = [json.loads(frame.payload).get("message_type") for frame in found if isinstance(frame, Frame)]
        assert kinds[:before] == ["explain"] * before
        assert kinds[-2] == "explain"
        assert kinds.count("explain") == before + 1


def test_what_an_explain_frame_has() -> None:
    provenance = ["explain_id", "explain_graph", "explain_triples"]
    flags = ["end_of_stream", "end_of_session"]
    for kind, members in (
        (GraphRag, ["message_type", "response", *provenance, *flags]),
        (DocumentRag, ["message_type", *provenance, *flags]),
        (Agent, ["message_type", "end_of_message", "end_of_dialog", *provenance]),
    ):
        first = frames(kind, "cat n=1")[0]
        assert isinstance(first, Frame)
        payload = json.loads(first.payload)
        assert list(payload) == members
        assert payload["message_type"] == "explain"
        assert payload["explain_graph"] == "urn:graph:retrieval"


IRI_OF_AGENT = "urn:trustgraph:agent:5e55"


def agent_frame(kind: str, content: str, name: str, *, end: bool, dialog: bool = False) -> dict[str, object]:
    return {
        "message_type": kind,
        **({"content": content} if content else {}),
        "end_of_message": end,
        "end_of_dialog": dialog,
        "message_id": f"{IRI_OF_AGENT}/{name}",
        **(USAGE if dialog else {}),
    }


def test_agent() -> None:
    exactly(
        said(Agent, "cat n=2", streaming=False),
        [
            agent_frame("thought", "I should look up Cat in the graph.", "i1/thought", end=True),
            agent_frame("observation", "It has 1 facts.", "i1/observation", end=True),
            agent_frame("thought", "I know what to say now.", "i2/thought", end=True),
            agent_frame("answer", "chunk-0 chunk-1 ", "final", end=True, dialog=True),
        ],
    )


def test_agent_in_pieces() -> None:
    found = said(Agent, "hm n=2")
    exactly(
        found[-3:],
        [
            agent_frame("answer", "chunk-0 ", "final", end=False),
            agent_frame("answer", "chunk-1 ", "final", end=False),
            agent_frame("answer", "", "final", end=True, dialog=True),
        ],
    )
    messages: dict[object, str] = {}
    for payload in found[:-3]:
        key = payload["message_id"]
        messages[key] = messages.get(key, "") + str(payload["content"])
        assert payload["end_of_message"] == messages[key].endswith(".")
    assert list(messages.values()) == [
        "I should look up it in the graph.",
        "It has 0 facts.",
        "I know what to say now.",
    ]


@pytest.mark.parametrize("streaming", [False, True])
def test_a_failure_of_text_completion_is_invisible(streaming: bool) -> None:
    last = frames(Completion, "n=4 fail=2", streaming=streaming)[-1]
    assert last == Frame(b'{"response":null,"end_of_stream":true}', final=True)


def test_a_failure_of_graph_rag_is_said_beside_the_usual_members() -> None:
    last = frames(GraphRag, "n=4 fail=2")[-1]
    assert isinstance(last, Frame)
    assert last.final
    assert list(json.loads(last.payload).items()) == [
        ("message_type", "chunk"),
        ("response", ""),
        ("end_of_stream", True),
        ("end_of_session", True),
        ("error", {"message": "scripted failure after 2 chunks", "type": "graph-rag-error"}),
    ]


def test_a_failure_of_document_rag_is_not_marked_as_the_end() -> None:
    error = WireError("document-rag-error", "scripted failure after 2 chunks")
    beside = {"end_of_stream": True, "end_of_session": False}
    assert frames(DocumentRag, "n=4 fail=2")[-1] == Failure(error, final=False, beside=beside)


def test_a_failure_of_an_agent_is_replaced() -> None:
    error = WireError("gateway-error", "'Error' object has no attribute 'code'")
    assert frames(Agent, "n=4 fail=2")[-1] == Failure(error, final=True)


@pytest.mark.parametrize("kind", TELLERS)
@pytest.mark.parametrize("streaming", [False, True])
def test_a_failure_comes_after_its_pieces(kind: type[Teller], streaming: bool) -> None:
    found = frames(kind, "n=4 fail=2", streaming=streaming)
    texts = [frame.payload for frame in found if isinstance(frame, Frame) and b"chunk-" in frame.payload]
    assert len(texts) == (2 if streaming else 0)


@pytest.mark.parametrize("kind", TELLERS)
@pytest.mark.parametrize("streaming", [False, True])
def test_a_service_that_falls_silent_never_ends(kind: type[Teller], streaming: bool) -> None:
    found = frames(kind, "n=4 drop=1", streaming=streaming)
    assert not any(frame.final for frame in found)
    texts = [frame.payload for frame in found if isinstance(frame, Frame) and b"chunk-" in frame.payload]
    assert len(texts) == int(streaming)
    assert frames(Completion, "hang=1") == []


@pytest.mark.parametrize("kind", TELLERS)
@pytest.mark.parametrize("streaming", [False, True])
def test_the_pieces_are_the_text(kind: type[Teller], streaming: bool) -> None:
    payloads = said(kind, "Tell me about the cat", streaming=streaming)
    answers = [p for p in payloads if p.get("message_type") not in ("thought", "observation")]
    text = "".join(str(p.get("response", p.get("content", ""))) for p in answers)
    assert text == "Cat is A pet."


# --- prompt -----------------------------------------------------------------------------------


def told(prompt: str, structure: str | None = None, *, streaming: bool) -> list[dict[str, object]]:
    steps = tell(Prompted(read(prompt, GRAPH), structure, streaming=streaming))
    frames = [step for step in steps if isinstance(step, Frame)]
    assert [frame.final for frame in frames] == [False] * (len(frames) - 1) + [True]
    return [json.loads(frame.payload) for frame in frames]


def usage(words: int, pieces: int) -> dict[str, object]:
    return {"in_token": words, "out_token": pieces, "model": NAME}


def test_a_prompt() -> None:
    assert told("hi n=2", streaming=False) == [
        {"text": "chunk-0 chunk-1 ", "end_of_stream": True, **usage(2, 2)}
    ]
    assert told("hi n=2", streaming=True) == [
        {"text": "chunk-0 ", "end_of_stream": False},
        {"text": "chunk-1 ", "end_of_stream": False},
        {"text": "", "end_of_stream": True, **usage(2, 2)},
    ]


def test_a_prompt_for_an_object() -> None:
    assert told("hi n=9", '{"a":1}', streaming=False) == [
        {"object": '{"a":1}', "end_of_stream": True, **usage(2, 3)}
    ]
    *pieces, last = told("hi", '{"a":1}', streaming=True)
    assert "".join(str(piece["text"]) for piece in pieces) == '{"a":1}'
    assert last["text"] == ""
    [said] = told("ANSWER<<[1]>>", '{"a":1}', streaming=False)
    assert said["object"] == "[1]"


@pytest.mark.parametrize("structure", [None, "{}"])
def test_a_failure_of_a_prompt_is_invisible(structure: str | None) -> None:
    assert told("fail=0", structure, streaming=False) == [{"end_of_stream": True}]
    assert told("n=2 fail=1", streaming=True)[1:] == [{"end_of_stream": True}]
    assert json.loads(LOST.payload) == {"end_of_stream": True}
