"""The parameters of operations with `streaming` once more, for type checkers.

A checker derives the type of a result from the value of `streaming` only if it sees the same
parameters with `Literal[True]` and with `bool`. Nothing here is ever called, and an operation whose
parameters differ from these cannot be imported.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Generic, Literal, TypeAlias, TypeVar

from tgproto.types.terms import IRI

F = TypeVar("F", bound=bool)


class Signatures(Generic[F]):
    """Each method stands for the operation of its name; `F` is the type of `streaming`."""

    def text_completion(
        self,
        system: str,
        prompt: str,
        *,
        streaming: F,
        response_format: str | None = None,
        schema: Mapping[str, object] | None = None,
    ) -> None:
        """See `TextOps.text_completion`."""

    def prompt(
        self,
        id: str,  # noqa: A002
        variables: Mapping[str, object],
        *,
        streaming: F,
    ) -> None:
        """See `TextOps.prompt`."""

    def agent(
        self,
        question: str,
        state: str | None = None,
        group: str | Sequence[str] | None = None,
        history: Sequence[Mapping[str, object]] | None = None,
        *,
        streaming: F,
        collection: str | None = None,
        session_id: str | None = None,
        conversation_id: str | None = None,
        pattern: str | None = None,
        task_type: str | None = None,
        framing: str | None = None,
        user: str | None = None,
    ) -> None:
        """See `AgentOps.agent`."""

    def graph_rag(
        self,
        query: str | None = None,
        collection: str = "default",
        entity_limit: int = 50,
        triple_limit: int = 30,
        max_subgraph_size: int = 150,
        max_path_length: int = 2,
        edge_score_limit: int = 30,
        edge_limit: int = 25,
        max_reranker_input: int = 350,
        user_context: Mapping[str, object] | None = None,
        grounding_seeds: Sequence[str] | None = None,
        graph_seeds: Sequence[str | IRI] | None = None,
        languages: Sequence[str] | None = None,
        traversal_instructions: Sequence[Mapping[str, Sequence[str]]] | None = None,
        *,
        streaming: F,
        graph: str | IRI | None = None,
        question: str | None = None,
        user: str | None = None,
    ) -> None:
        """See `RagOps.graph_rag`."""

    def document_rag(
        self,
        query: str | None = None,
        collection: str = "default",
        doc_limit: int = 10,
        fetch_limit: int = 0,
        *,
        streaming: F,
        question: str | None = None,
        user: str | None = None,
    ) -> None:
        """See `RagOps.document_rag`."""


Streamed: TypeAlias = Signatures[Literal[True]]
Either: TypeAlias = Signatures[bool]
