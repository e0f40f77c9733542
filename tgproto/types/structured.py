"""What services for structured data return."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tgproto.types.matches import Matches
from tgproto.types.record import Record
from tgproto.types.wire import Json


@dataclass(frozen=True, slots=True)
class QueryFault(Record):
    """What was wrong with a part of a query; the rest of the answer stands.

    Attributes:
        message: What was wrong.
        path: Where in the answer: names of fields, and positions in lists.
        extensions: More about it, as the service names it.
        payload: JSON text of the fault.
    """

    message: str
    path: tuple[Json, ...] = ()
    extensions: Mapping[str, Json] = field(default_factory=dict[str, Json])
    payload: bytes = field(default=b"{}", repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class RowsAnswer(Record):
    """The answer to a GraphQL query.

    Attributes:
        data: What was found, in the shape of the query; None if there is nothing.
        errors: What was wrong with parts of the query.
        extensions: More about the answer, as the service names it.
        payload: JSON text of the answer.
    """

    data: Json
    errors: tuple[QueryFault, ...] = ()
    extensions: Mapping[str, Json] = field(default_factory=dict[str, Json])
    payload: bytes = field(default=b"{}", repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class NLPQuery(Record):
    """A GraphQL query made of a question.

    Attributes:
        graphql_query: The query.
        variables: Its variables by name.
        detected_schemas: Names of the schemas that it is about.
        confidence: How sure the service is, 0 to 1.
        payload: JSON text of the answer.
    """

    graphql_query: str
    variables: Mapping[str, Json] = field(default_factory=dict[str, Json])
    detected_schemas: tuple[str, ...] = ()
    confidence: float = 0.0
    payload: bytes = field(default=b"{}", repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class StructuredAnswer(Record):
    """The answer to a question about structured data.

    Attributes:
        data: What was found; None if there is nothing.
        errors: What was wrong with parts of the query that was made of the question.
        payload: JSON text of the answer.
    """

    data: Json
    errors: tuple[str, ...] = ()
    payload: bytes = field(default=b"{}", repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Diagnosis(Record):
    """What a sample of data seems to be. `str(diagnosis)` is its type.

    Attributes:
        type: `csv`, `json` or `xml`; empty if it was not asked for or not found.
        confidence: How sure the service is, 0 to 1; None if it does not say.
        descriptor: How to read the data: usually an object; None if it was not asked for.
        metadata: More about it, as the service names it: texts, and booleans from 2.x gateways.
        payload: JSON text of the answer.
    """

    type: str = ""
    confidence: float | None = None
    descriptor: Json = None
    metadata: Mapping[str, Json] = field(default_factory=dict[str, Json])
    payload: bytes = field(default=b"{}", repr=False, compare=False)

    def __str__(self) -> str:
        return self.type


class SchemaMatches(Matches[str]):
    """Names of the schemas that fit a sample of data. Subscription with a name reaches the answer."""

    __slots__ = ()
