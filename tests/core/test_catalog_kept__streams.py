"""How much of a stream that is read the readers keep: those of every operation that streams."""

from __future__ import annotations

import base64
import gc
import inspect
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType, MethodType, ModuleType
from typing import Any

import msgspec
import pytest

from tests.core.catalogue import operations
from tgproto.catalog.bind import DualOperation, stream_operation
from tgproto.catalog.call import StreamCall
from tgproto.catalog.core_answers import PACKED_CORE
from tgproto.catalog.flow import FlowCalls
from tgproto.catalog.knowledge import KnowledgeCalls
from tgproto.catalog.library import LibraryCalls
from tgproto.catalog.receipt import Receipt
from tgproto.catalog.registry import GROUPS
from tgproto.errors import LocalProtocolError
from tgproto.session.events import Completed

TEXT = "x" * 4000
LONG = 100
"""Frames of `TEXT` that are more than any reader keeps."""
END = 10**6
"""Number of the last frame, of answers that have one with nothing in it."""

Frame = Callable[[int], dict[str, Any]]
"""Returns the frame of a number."""


@dataclass
class Case:
    call: StreamCall[Any, Any]
    frame: Frame
    ends: bool = False


def core(record: dict[str, Any]) -> Frame:
    return lambda number: {"eos": True} if number == END else record


FLOW, LIBRARY, CORES = FlowCalls("f"), LibraryCalls(), KnowledgeCalls()
LITERAL = {"t": "l", "v": TEXT}
META = {"id": "c", "root": "", "collection": "default"}
BLOB = {"library-blob": {"id": "d", "data": base64.b64encode(TEXT.encode()).decode()}}
CHUNKS = [{"chunk_id": "k", "vector": [0.5] * 1000}]


def response(_: int) -> dict[str, Any]:
    return {"response": TEXT}


def piece(number: int) -> dict[str, Any]:
    return {"content": base64.b64encode(TEXT.encode()).decode(), "chunk-index": number}


def answered(_: int) -> dict[str, Any]:
    return {"message_type": "answer", "content": TEXT}


def triples(_: int) -> dict[str, Any]:
    return {"response": [{"s": LITERAL, "p": LITERAL, "o": LITERAL}]}


def solutions(_: int) -> dict[str, Any]:
    return {"query-type": "select", "variables": ["v"], "bindings": [{"values": [LITERAL]}]}


KNOWLEDGE = CORES.get_kg_core("c")
CASES = {
    "agent": Case(FLOW.agent("?", streaming=True), answered),
    "agent_explain": Case(FLOW.agent_explain("?"), answered),
    "document_rag": Case(FLOW.document_rag("?", streaming=True), response),
    "document_rag_explain": Case(FLOW.document_rag_explain("?"), response),
    "graph_rag": Case(FLOW.graph_rag("?", streaming=True), response),
    "graph_rag_explain": Case(FLOW.graph_rag_explain("?"), response),
    "prompt": Case(FLOW.prompt("p", {}, streaming=True), lambda _: {"text": TEXT}),
    "text_completion": Case(FLOW.text_completion("s", "p", streaming=True), response),
    "thru_stream": Case(FLOW.thru_stream("a", {}), lambda number: {"a": TEXT, "number": number}),
    "triples_query_stream": Case(FLOW.triples_query_stream(), triples),
    "sparql_query_stream": Case(FLOW.sparql_query_stream("SELECT"), solutions),
    "document_stream": Case(LIBRARY.document_stream("d"), response),
    "download": Case(LIBRARY.download("d"), piece),
    "stream_document": Case(LIBRARY.stream_document("d"), piece),
    "export_core": Case(CORES.export_core("c"), response),
    "get_kg_core": Case(KNOWLEDGE, core(BLOB), ends=True),
    "get_de_core": Case(
        CORES.get_de_core("c"),
        core({"document-embeddings": {"metadata": META, "chunks": CHUNKS}}),
        ends=True,
    ),
    "packed core": Case(msgspec.structs.replace(KNOWLEDGE, start=PACKED_CORE), core(BLOB), ends=True),
}


def reading(case: Case) -> tuple[Receipt[Any, Any], Callable[[int], None]]:
    """Return an answer, and what feeds it up to a number of frames, all of which are read."""
    receipt: Receipt[Any, Any] = Receipt(case.call)
    numbers = iter(range(END))

    def read(count: int) -> None:
        for _ in range(count):
            receipt.feed([payload(case, next(numbers))], None)
            assert receipt.next_chunk() is not None
            assert receipt.next_chunk() is None

    return receipt, read


def payload(case: Case, number: int) -> msgspec.Raw:
    return msgspec.Raw(json.dumps(case.frame(number)).encode())


def end(case: Case, receipt: Receipt[Any, Any]) -> None:
    receipt.feed([payload(case, END)] if case.ends else [], Completed())
    assert receipt.next_chunk() is None
    receipt.check()


def size(thing: object) -> int:
    """Return how many bytes an object takes, with all that it alone holds."""
    seen: dict[int, object] = {}
    ahead = [thing]
    while ahead:
        found = ahead.pop()
        if id(found) not in seen and not isinstance(found, type | ModuleType | FunctionType | MethodType):
            seen[id(found)] = found
            ahead += gc.get_referents(found)
    return sum(map(sys.getsizeof, seen.values()))


def test_every_operation_that_streams_is_here() -> None:
    streaming = {
        name
        for group in GROUPS
        for name in operations(group)
        if isinstance(inspect.getattr_static(group, name), stream_operation | DualOperation)
    }
    assert streaming == set(CASES) - {"packed core"}


@pytest.mark.parametrize("name", CASES)
def test_a_stream_without_end_takes_no_more_and_more_memory(name: str) -> None:
    receipt, read = reading(CASES[name])
    read(LONG)
    before = size(receipt)
    read(LONG)
    assert size(receipt) <= before + 100  # numbers and their digits


@pytest.mark.parametrize("name", CASES)
def test_the_result_of_a_long_stream_that_was_read_is_refused(name: str) -> None:
    case = CASES[name]
    receipt, read = reading(case)
    read(LONG)
    end(case, receipt)
    with pytest.raises(LocalProtocolError, match=rf"^{case.call.service}.*: an? .* of more than .* not kept"):
        receipt.result()


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("count", [1, 3])
def test_the_result_of_a_short_stream_that_was_read_is_there(name: str, count: int) -> None:
    case = CASES[name]
    receipt, read = reading(case)
    read(count)
    end(case, receipt)
    assert receipt.result() == unread(case, count)


@pytest.mark.parametrize("name", CASES)
def test_the_result_of_a_long_stream_that_was_not_read_is_there(name: str) -> None:
    whole, short = unread(CASES[name], LONG), unread(CASES[name], 1)
    assert size(whole) > 10 * size(short) or len(whole) == LONG


def unread(case: Case, count: int) -> Any:
    """Return the result of an answer of which nobody took a chunk."""
    receipt: Receipt[Any, Any] = Receipt(case.call)
    for number in range(count):
        receipt.feed([payload(case, number)], None)
    receipt.feed([payload(case, END)] if case.ends else [], Completed())
    return receipt.result()
