"""What SPARQL queries return."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from tgproto.types.record import Record
from tgproto.types.terms import Term, Triple

Binding: TypeAlias = Mapping[str, Term]
"""A solution: term by name of the variable. A variable that is not bound is left out."""


@dataclass(frozen=True, slots=True)
class SparqlAnswer(Record):
    """The answer to a query, or one batch of it.

    Attributes:
        query_type: `select`, `ask`, `construct` or `describe`.
        variables: The variables of a `select`, in its order.
        bindings: The solutions of a `select`.
        ask_result: The answer to an `ask`; None for other queries.
        triples: What a `construct` or `describe` made.
        payload: JSON text of the answer, of the last batch if there are several.
    """

    query_type: str
    variables: tuple[str, ...] = ()
    bindings: tuple[Binding, ...] = ()
    ask_result: bool | None = None
    triples: tuple[Triple, ...] = ()
    payload: bytes = field(default=b"{}", repr=False, compare=False)

    def __bool__(self) -> bool:
        """The answer to an `ask`; for other queries, whether anything was found."""
        return bool(self.bindings or self.triples) if self.ask_result is None else self.ask_result
