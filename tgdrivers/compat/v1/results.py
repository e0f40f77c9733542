"""What methods of 1.7 return, made of the results of operations; on any gateway in the form of 1.7."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias, cast

from tgdrivers.compat.rows import Arguments, Rows
from tgdrivers.compat.terms import as_core, from_core, wire_term_1, wire_triple_1
from tgdrivers.compat.v1.exceptions import over_rest, over_socket
from tgdrivers.compat.v1.types import (
    AgentAnswer,
    AgentObservation,
    AgentThought,
    CollectionMetadata,
    ConfigValue,
    RAGChunk,
    StreamingChunk,
    Triple,
)
from tgproto import types
from tgproto.types import AgentReply, EntityMatches, Json

rest = Rows(over_rest)
"""Declares a method that stands for an operation over REST."""
socket = Rows(over_socket)
"""Declares a method that stands for an operation over the socket."""


def terms(arguments: Arguments) -> Arguments:
    """Make terms of `s`, `p` and `o`."""
    return {
        name: as_core(value, position=name) if name in ("s", "p", "o") else value
        for name, value in arguments.items()
    }


def triples(result: list[types.Triple]) -> list[Triple]:
    """Return triples of `Uri` and `Literal`; a quoted triple, which 1.7 does not know, as text."""
    return [triple(each) for each in result]


def triple(result: types.Triple) -> Triple:
    """Return a triple."""
    return Triple(*(_text(term) for term in (result.s, result.p, result.o)))


def _text(term: types.Term) -> str:
    known = from_core(term)
    return known if isinstance(known, str) else str(known)


def triples_response(result: list[types.Triple]) -> dict[str, Json]:
    """Return triples in an answer of 1.7."""
    return {"response": [wire_triple_1(each) for each in result]}


def entities(result: EntityMatches) -> dict[str, Json]:
    """Return entities in an answer of 1.7."""
    return {"entities": [wire_term_1(each.entity) for each in result]}


def answer(result: AgentReply) -> dict[str, Json]:
    """Return an agent's answer in an answer of 1.7."""
    return {"answer": result.text}


def agent_chunk(chunk: Any) -> StreamingChunk:
    """Return a piece of what an agent says."""
    match chunk:
        case types.AgentThought():
            return AgentThought(chunk.content, chunk.end_of_message)
        case types.AgentObservation():
            return AgentObservation(chunk.content, chunk.end_of_message)
        case types.AgentAnswer():
            return AgentAnswer(chunk.content, chunk.end_of_message, end_of_dialog=chunk.end_of_dialog)
        case _:
            return RAGChunk(chunk.content, chunk.end_of_message)


ConfigValues: TypeAlias = list[ConfigValue]


def config_values(result: Iterable[types.ConfigValue]) -> ConfigValues:
    """Return values of the configuration; None where nothing is."""
    return [ConfigValue(each.type, each.key, cast("str", each.value)) for each in result]


def collections(result: Iterable[types.CollectionMetadata]) -> list[CollectionMetadata]:
    """Return collections."""
    return [_collection(each) for each in result]


def collection(result: types.CollectionMetadata | None) -> CollectionMetadata | None:
    """Return a collection, if the gateway said something about it."""
    return None if result is None else _collection(result)


def _collection(result: types.CollectionMetadata) -> CollectionMetadata:
    return CollectionMetadata(
        result.user,
        result.collection,
        result.name,
        result.description,
        list(result.tags),
        result.created_at,
        result.updated_at,
    )
