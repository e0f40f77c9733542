"""A flow's tools and judges: MCP tools, images, ranking, classification, decisions, extraction."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from tgproto.catalog import arguments as check
from tgproto.catalog.bind import operation
from tgproto.catalog.call import Call
from tgproto.catalog.flow_scope import FlowScope
from tgproto.catalog.judgements import ANSWERS, CLASS, CLOZE_MODELS, IMAGE, MODELS, RANKING, TOOL
from tgproto.types.judgements import Answers, Classification, ClozeModel, ImageDescription, ModelInfo
from tgproto.types.matches import Matches, RerankMatch
from tgproto.types.wire import Json


@dataclass(frozen=True)
class ToolOps(FlowScope):
    """The tools and judges of a flow."""

    entries: ClassVar = {
        "mcp-tool": "mcp_tool",
        "image-to-text": "image_to_text",
        "reranker": "rerank",
        "cloze": "cloze",
        "decision-scoring": "decision_scoring",
        "field-extraction": "field_extraction",
    }

    @operation
    def mcp_tool(self, name: str, parameters: Mapping[str, object] | None = None) -> Call[Json]:
        """Run a tool that the gateway reaches by the Model Context Protocol.

        Args:
            name: Name of the tool.
            parameters: Its arguments by name; None for none.

        Returns:
            Its text, or a decoded JSON value if it returns structured content. Gateways from 2.10.6 on also
            return an empty text if it failed: they lose the error, and cannot be told from a tool that says
            nothing.

        Raises:
            ToolError: The tool failed.
            TypeError: An argument is of the wrong type.
            ValueError: The name is empty.
        """
        arguments = {
            "name": check.name_of("name", name),
            "parameters": check.optional(check.mapping, "parameters", parameters),
        }
        return self._call("mcp-tool", arguments, TOOL)

    @operation
    def image_to_text(
        self, image: bytes | str, mime_type: str, prompt: str | None = None, system: str | None = None
    ) -> Call[ImageDescription]:
        """Let a model describe an image; gateways 2.7.5 and later.

        Args:
            image: The bytes of the image, or their base64 text.
            mime_type: Its type, such as `image/png`.
            prompt: What the model is asked about it; None for a description.
            system: What the model is told about its task.

        Returns:
            The text, with token counts and the name of the model as far as they are reported.

        Raises:
            ImageToTextError: The model failed.
            SilentFailure: It failed, and the gateway (2.10.6 and later) lost the error.
            NotOffered: The gateway is too old.
            TypeError: An argument is of the wrong type.
            ValueError: The image is a text that is no base64.
        """
        arguments = {
            "image": _base64(image),
            "mime_type": check.name_of("mime_type", mime_type),
            "prompt": check.optional(check.text, "prompt", prompt),
            "system": check.optional(check.text, "system", system),
        }
        return self._call("image-to-text", arguments, IMAGE)

    @operation
    def rerank(
        self,
        queries: Sequence[str | Mapping[str, object]],
        documents: Sequence[str | Mapping[str, object]],
        limit: int = 10,
    ) -> Call[Matches[RerankMatch]]:
        """Rank documents by how well they answer queries; gateways 2.6.4 and later.

        Args:
            queries: Texts, whose ids are their positions, `"0"`, `"1"` and so on; or objects with `query_id`
                and `query_text`.
            documents: Texts likewise; or objects with `document_id` and `document_text`.
            limit: Most results to return.

        Returns:
            Documents with the query they answer and a score, best first. Gateways from 2.10.6 on also return
            none if the service failed.

        Raises:
            RerankerError: The service failed.
            NotOffered: The gateway is too old.
            TypeError: An argument is of the wrong type.
            ValueError: The limit is negative.
        """
        arguments = {
            "queries": _numbered("queries", queries, "query"),
            "documents": _numbered("documents", documents, "document"),
            "limit": check.count("limit", limit),
        }
        return self._call("reranker", arguments, RANKING)

    @operation
    def list_models(self) -> Call[Matches[ModelInfo]]:
        """List the language models that the flow's provider has; gateways 2.10.8 and later.

        Returns:
            The models. None at all also means that the provider cannot tell: the gateway loses the error.

        Raises:
            NotOffered: The gateway is too old.
        """
        return self._call("text-completion", {"system": "", "prompt": ""}, MODELS, operation="list-models")

    @operation
    def cloze(self, model: str, query: str) -> Call[Classification]:
        """Let a trained model classify a text; gateways 2.10.14 and later.

        Args:
            model: Name of the model.
            query: The text.

        Returns:
            The class, and how sure the model is.

        Raises:
            ServiceError: The service failed, or there is no such model.
            NotOffered: The gateway is too old.
            TypeError: An argument is of the wrong type.
            ValueError: The name of the model is empty.
        """
        arguments = {"model": check.name_of("model", model), "query": check.text("query", query)}
        return self._call("cloze", arguments, CLASS, operation="predict")

    @operation
    def cloze_list_models(self) -> Call[Matches[ClozeModel]]:
        """List the models that `cloze` can use; gateways 2.10.14 and later.

        Returns:
            The models; empty if there are none.

        Raises:
            ServiceError: The service failed.
            NotOffered: The gateway is too old.
        """
        return self._call("cloze", {}, CLOZE_MODELS, operation="list-models")

    @operation
    def decision_scoring(
        self, state: Mapping[str, object], questions: Mapping[str, Mapping[str, object]]
    ) -> Call[Answers]:
        """Answer questions about a situation; gateways 2.10.14 and later.

        Args:
            state: Facts that describe the situation.
            questions: By name what is to be decided, such as `{"type": "choice", "options": ["a", "b"]}`.

        Returns:
            The answers, by name of the question.

        Raises:
            ServiceError: The service failed.
            NotOffered: The gateway is too old.
            TypeError: An argument is of the wrong type.
        """
        asked = {
            name: check.mapping(f"questions[{name!r}]", value)
            for name, value in check.mapping("questions", questions).items()
        }
        arguments = {"state": check.mapping("state", state), "questions": asked}
        return self._call("decision-scoring", arguments, ANSWERS)

    @operation
    def field_extraction(self, state: str | Mapping[str, object], fields: Mapping[str, str]) -> Call[Answers]:
        """Extract fields from a text or from data; gateways 2.11.0 and later.

        Args:
            state: The text, or data by name.
            fields: By name what is to be extracted, in words.

        Returns:
            What was extracted, by name of the field.

        Raises:
            ServiceError: The service failed.
            NotOffered: The gateway is too old.
            TypeError: An argument is of the wrong type.
        """
        arguments = {
            "state": check.text("state", state) if isinstance(state, str) else check.mapping("state", state),
            "fields": check.text_by_name("fields", fields),
        }
        return self._call("field-extraction", arguments, ANSWERS)


def _base64(image: object) -> str:
    if isinstance(image, bytes):
        return base64.b64encode(image).decode()
    text = check.text("image", image)
    try:
        base64.b64decode(text, validate=True)
    except ValueError:
        raise ValueError("image must be bytes, or their base64 text") from None
    return text


def _numbered(
    name: str, values: Sequence[str | Mapping[str, object]], kind: str
) -> list[Mapping[str, object]]:
    """Return objects with an id and a text."""
    return [
        {f"{kind}_id": str(number), f"{kind}_text": check.text(f"{name}[{number}]", value)}
        if isinstance(value, str)
        else check.mapping(f"{name}[{number}]", value)
        for number, value in check.items(name, values)
    ]
