"""Types of upstream's classes, checked by mypy; see `tests/meta/test_types.py`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, assert_type

from tgdrivers.compat import v1, v2


def one(api: v1.Api) -> None:
    flow = api.flow().id()
    assert_type(flow, v1.FlowInstance)
    assert_type(flow.graph_rag("q"), str)
    assert_type(flow.triples_query(), list[v1.Triple])
    assert_type(flow.embeddings("a"), list[list[float]])
    assert_type(api.flow().list(), list[str])
    stream = api.socket().flow("f").text_completion("", "q", streaming=True)
    assert_type(stream, str | Iterator[str])
    assert_type(api.library().get_documents("u"), list[v1.DocumentMetadata])
    assert_type(api.bulk().export_triples("f"), Iterator[v1.Triple])
    assert_type(api.metrics().get(), str)


def two(api: v2.Api) -> None:
    flow = api.flow().id()
    assert_type(flow, v2.FlowInstance)
    assert_type(flow.graph_rag("q"), v2.TextCompletionResult)
    assert_type(flow.agent("q"), str)
    assert_type(flow.triples_query(g="urn:g"), list[v2.Triple])
    assert_type(api.socket().flow("f").agent("q"), Iterator[v2.StreamingChunk])
    assert_type(api.config().get([v2.ConfigKey("t", "k")]), list[v2.ConfigValue])
    assert_type(api.collection().update_collection("c"), v2.CollectionMetadata | None)
    assert_type(api.library().get_document_content("d"), bytes)
    assert_type(v2.build_term("x"), dict[str, Any] | None)
    assert_type(v2.ExplainabilityClient(flow).list_sessions(), list[v2.Question])


async def awaited(api: v2.Api) -> None:
    flow = api.async_socket().flow("f")
    stream = await flow.text_completion("", "q", streaming=True)
    assert_type(stream, v2.TextCompletionResult | AsyncIterator[v2.RAGChunk])
    assert_type(await flow.image_to_text(b"", "image/png"), v2.ImageToTextResult)
    assert_type(await api.async_flow().list(), list[str])
    assert_type(api.async_bulk().export_triples("f"), AsyncIterator[v2.Triple])
