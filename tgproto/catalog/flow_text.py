"""A flow's language model: free text, and prompt templates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from tgproto.catalog import arguments as check
from tgproto.catalog.bind import dual_operation
from tgproto.catalog.call import StreamCall
from tgproto.catalog.flow_scope import FlowScope
from tgproto.catalog.prompt import PromptAnswer, PromptReader
from tgproto.catalog.streaming import Either, Streamed
from tgproto.catalog.text import TextReader
from tgproto.types.chunks import TextChunk
from tgproto.types.results import TextCompletion


@dataclass(frozen=True)
class TextOps(FlowScope):
    """The language model of a flow."""

    entries: ClassVar = {"text-completion": "text_completion", "prompt": "prompt"}

    @dual_operation(Streamed.text_completion, Either.text_completion)
    def text_completion(
        self,
        system: str,
        prompt: str,
        *,
        streaming: Literal[False] = False,
        response_format: str | None = None,
        schema: Mapping[str, object] | None = None,
    ) -> StreamCall[TextChunk, TextCompletion]:
        """Let the flow's language model complete a prompt.

        Args:
            system: What the model is told about its task.
            prompt: What it is asked.
            streaming: Whether to return a stream of `TextChunk` instead of the whole text.
            response_format: Form of the answer, as the model names it; 2.x.
            schema: JSON schema of the answer; 2.x.

        Returns:
            The text, with token counts and the name of the model as far as they are reported.

        Raises:
            LLMError: The model failed.
            SilentFailure: The model failed, and the gateway (2.10.6 and later) lost the error.
            TypeError: An argument is of the wrong type.
        """
        return self._stream_call(
            "text-completion",
            {
                "system": check.text("system", system),
                "prompt": check.text("prompt", prompt),
                "response_format": check.optional(check.text, "response_format", response_format),
                "schema": check.optional(check.mapping, "schema", schema),
            },
            TextReader,
            streaming=streaming,
        )

    @dual_operation(Streamed.prompt, Either.prompt)
    def prompt(
        self,
        id: str,  # noqa: A002
        variables: Mapping[str, object],
        *,
        streaming: Literal[False] = False,
    ) -> StreamCall[TextChunk, PromptAnswer]:
        """Let the flow's language model answer a prompt template.

        Args:
            id: Id of the template, as the configuration names it.
            variables: Values for the template by name.
            streaming: Whether to return a stream of `TextChunk` instead of the whole answer.

        Returns:
            The text, a `PromptReply`. From a template with structured output, the decoded JSON value: a
            dict, a list, or whatever else the model wrote.

        Raises:
            LLMError: The model failed.
            SilentFailure: The model failed or there is no such template, and the gateway (2.10.6 and later)
                lost the error.
            DecodeError: The object in the answer is no JSON.
            TypeError: An argument is of the wrong type.
        """
        return self._stream_call(
            "prompt",
            {"id": check.text("id", id), "variables": check.mapping("variables", variables)},
            PromptReader,
            streaming=streaming,
        )
