"""What upstream's methods return, made of the results of operations; what both generations share."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, cast

from tgdrivers.compat.rows import Arguments
from tgproto import lenient
from tgproto.types import (
    Diagnosis,
    Json,
    Matches,
    NLPQuery,
    RowsAnswer,
    SchemaMatches,
    StructuredAnswer,
    TextResult,
)
from tgproto.types.record import Members


def wire(result: Members) -> dict[str, Json]:
    """Return an answer as the gateway sent it."""
    return cast("dict[str, Json]", lenient.loads(result.payload))


def wires(results: Matches[Any]) -> list[dict[str, Json]]:
    """Return each of the records found as the gateway sent it."""
    return [wire(each) for each in results]


def text(result: TextResult) -> str:
    """Return the text alone."""
    return result.text


def text_or_value(result: Json | TextResult) -> Json:
    """Return the text alone, or what else a template with structured output gives."""
    return result.text if isinstance(result, TextResult) else result


def text_or_json(result: Json | TextResult) -> str:
    """Return the text alone; of structured output its JSON."""
    return result.text if isinstance(result, TextResult) else json.dumps(result, ensure_ascii=False)


def piece(chunk: Any) -> str | None:
    """Return the text of a chunk, None if it has none."""
    return chunk.content or None


def unless_last(frame: dict[str, Json]) -> dict[str, Json] | None:
    """Return a frame of a core, None if it is the one that ends it."""
    return None if frame.get("eos") else frame


def empty(_: object) -> dict[str, Json]:
    """Return an empty answer."""
    return {}


def vectors(result: list[list[float]]) -> dict[str, list[list[float]]]:
    """Return vectors as gateways send them."""
    return {"vectors": result}


def rows(result: RowsAnswer) -> dict[str, Json]:
    """Return the answer to a GraphQL query: the data, and what else there is."""
    found = wire(result)
    more = {name: found[name] for name in ("errors", "extensions") if found.get(name)}
    return {"data": result.data, **more}


def nlp(result: NLPQuery) -> dict[str, Json]:
    """Return the query that was made of a question."""
    return {
        "graphql_query": result.graphql_query,
        "variables": dict(result.variables),
        "detected_schemas": list(result.detected_schemas),
        "confidence": result.confidence,
    }


def structured(result: StructuredAnswer) -> dict[str, Json]:
    """Return the answer to a question about structured data."""
    return {"data": result.data, "errors": list(result.errors)}


def data_type(result: Diagnosis) -> str:
    """Return the type of a sample."""
    return result.type


def descriptor(result: Diagnosis) -> Json:
    """Return how a sample is to be read."""
    return result.descriptor


def names(result: SchemaMatches | list[str]) -> list[str]:
    """Return plain strings in a plain list."""
    return [str(name) for name in result]


def tool(result: Json) -> dict[str, Json]:
    """Return what a tool said in an answer of either generation."""
    return {"text": result} if isinstance(result, str) else {"object": result}


def ids(result: Iterable[Any]) -> list[str]:
    """Return the id of each record."""
    return [each.id for each in result]


def config_keys(arguments: Arguments) -> Arguments:
    """Make tuples of keys and values of the configuration, whose classes the core does not know."""

    def parts(given: Any) -> Any:
        if isinstance(given, Mapping):
            return cast("Mapping[str, Any]", given)
        place = (given.type, given.key)
        return (*place, given.value) if "values" in arguments else place

    return {name: [parts(each) for each in given] for name, given in arguments.items()}
