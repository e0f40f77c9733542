"""What methods of 2.11 return, made of the results of operations."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any, TypeAlias, cast

from tgdrivers.compat.results import text_or_json, wire
from tgdrivers.compat.rows import Arguments, Rows
from tgdrivers.compat.terms import as_core, from_core, wire_term_2, wire_triple_2
from tgdrivers.compat.v2.exceptions import over_rest, over_socket
from tgdrivers.compat.v2.types import (
    AgentAnswer,
    AgentObservation,
    AgentThought,
    CollectionMetadata,
    ConfigValue,
    ImageToTextResult,
    RAGChunk,
    StreamingChunk,
    TextCompletionResult,
    Triple,
)
from tgproto import types
from tgproto.types import EntityMatches, Json, RagAnswer, TextResult

rest = Rows(over_rest)
"""Declares a method that stands for an operation over REST."""
socket = Rows(over_socket)
"""Declares a method that stands for an operation over the socket."""


def takes(arguments: Arguments) -> Arguments:
    """Make terms of `s`, `p` and `o`, and a mapping of a `UserContext`."""
    return {name: _taken(name, value) for name, value in arguments.items()}


def _taken(name: str, value: Any) -> Any:
    if name in ("s", "p", "o"):
        return as_core(value, position=name)
    if name == "rdf_type":
        return value or None
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    return value


def completion(result: Json | TextResult) -> TextCompletionResult:
    """Return a text with its counts and, of graph RAG, sources; structured output as JSON text."""
    if not isinstance(result, TextResult):
        return TextCompletionResult(text_or_json(result))
    found = result.sources if isinstance(result, RagAnswer) else ()
    return TextCompletionResult(result.text, result.in_token, result.out_token, result.model, sources(found))


def image(result: TextResult) -> ImageToTextResult:
    """Return what is seen in an image, with its counts."""
    return ImageToTextResult(result.text, result.in_token, result.out_token, result.model)


def sources(found: Iterable[types.Source]) -> list[dict[str, str]]:
    """Return sources as gateways send them."""
    return [{"uri": each.uri, "title": each.title} for each in found]


def agent_frame(result: TextResult) -> dict[str, Json]:
    """Return the last frame of an agent's answer, with the whole answer in it."""
    return {**wire(result), "content": result.text}


def triples(result: Iterable[types.Triple]) -> list[Triple]:
    """Return triples of `Uri`, `Literal` and `QuotedTriple`."""
    return [triple(each) for each in result]


def triple(result: types.Triple) -> Triple:
    """Return a triple."""
    return Triple(from_core(result.s), from_core(result.p), from_core(result.o), result.g)


def entities(result: EntityMatches) -> dict[str, Any]:
    """Return entities in an answer of 2.x, with what else is known of each."""
    known = [wire(each) for each in result]
    return {
        "entities": [
            members if "entity" in members else {"entity": wire_term_2(each.entity)}
            for each, members in zip(result, known, strict=True)
        ]
    }


def wire_triples(result: Iterable[types.Triple]) -> list[dict[str, Any]]:
    """Return triples as gateways send them."""
    return [wire_triple_2(each) for each in result]


def triples_response(result: Iterable[types.Triple]) -> dict[str, Any]:
    """Return triples in an answer of 2.x."""
    return {"response": wire_triples(result)}


def rag_chunk(chunk: Any) -> RAGChunk:
    """Return a piece of generated text."""
    return RAGChunk(
        chunk.content,
        end_of_stream=chunk.end_of_stream,
        in_token=chunk.in_token,
        out_token=chunk.out_token,
        model=chunk.model,
        sources=sources(getattr(chunk, "sources", ())),
    )


def agent_chunk(chunk: Any) -> StreamingChunk:
    """Return a piece of what an agent says; what it does is among what it considers."""
    match chunk:
        case types.AgentObservation():
            return AgentObservation(chunk.content, chunk.end_of_message, message_id=chunk.message_id)
        case types.AgentAnswer():
            return AgentAnswer(
                chunk.content,
                chunk.end_of_message,
                end_of_dialog=chunk.end_of_dialog,
                message_id=chunk.message_id,
                in_token=chunk.in_token,
                out_token=chunk.out_token,
                model=chunk.model,
            )
        case types.AgentMessage() if chunk.kind != "action":
            return RAGChunk(chunk.content, chunk.end_of_message)
        case _:
            return AgentThought(chunk.content, chunk.end_of_message, message_id=chunk.message_id)


ConfigValues: TypeAlias = list[ConfigValue]


def config_values(result: Iterable[types.ConfigValue]) -> ConfigValues:
    """Return values of the configuration; None where nothing is."""
    return [ConfigValue(each.type, each.key, cast("str", each.value), each.workspace) for each in result]


def collections(result: Iterable[types.CollectionMetadata]) -> list[CollectionMetadata]:
    """Return collections."""
    return [_collection(each) for each in result]


def collection(result: types.CollectionMetadata | None) -> CollectionMetadata | None:
    """Return a collection, if the gateway said something about it."""
    return None if result is None else _collection(result)


def _collection(result: types.CollectionMetadata) -> CollectionMetadata:
    return CollectionMetadata(result.collection, result.name, result.description, list(result.tags))
