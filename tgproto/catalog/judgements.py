"""Answers of the services that use tools, look at images, rank, classify, and extract."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from tgproto.catalog.answer import AnswerFrame
from tgproto.catalog.single import record, single
from tgproto.errors import SilentFailure
from tgproto.types.judgements import Answers, Classification, ClozeModel, ImageDescription, ModelInfo
from tgproto.types.matches import Matches, RerankMatch
from tgproto.types.wire import Json, Shape, encode


class ToolFrame(msgspec.Struct, gc=False):
    """What a tool returned. An empty text is left out, as is what an error was made of (2.10.6+)."""

    text: str | None = None
    object: Any = None


class ImageFrame(AnswerFrame, gc=False):
    """What a model sees."""

    description: str | None = None


class RerankFrame(msgspec.Struct, gc=False):
    """The ranking."""

    results: list[dict[str, Any]]


class WireRank(msgspec.Struct, gc=False):
    """A document in it."""

    document_id: str
    query_id: str | None = None
    score: float | None = None


class ClassFrame(msgspec.Struct, gc=False):
    """The class of a text."""

    label: str
    confidence: float | None = None


class ModelsFrame(msgspec.Struct, gc=False):
    """Models; left out if there are none."""

    models: list[dict[str, Any]] | None = None


class WireCloze(msgspec.Struct, gc=False):
    """A model that classifies."""

    name: str
    state: str | None = None
    labels: list[str] | None = None
    accuracy: float | None = None
    train_size: int | None = None
    test_size: int | None = None


class WireModel(msgspec.Struct, gc=False):
    """A language model."""

    id: str
    name: str | None = None
    context_length: int | None = None
    max_output_length: int | None = None


class AnswersFrame(msgspec.Struct, gc=False):
    """Answers by question."""

    answers: dict[str, Any]
    model: str | None = None


_TOOL: Final = Shape(ToolFrame)
_IMAGE: Final = Shape(ImageFrame)
_RERANK: Final = Shape(RerankFrame)
_RANK: Final = Shape(WireRank)
_CLASS: Final = Shape(ClassFrame)
_MODELS: Final = Shape(ModelsFrame)
_CLOZE: Final = Shape(WireCloze)
_MODEL: Final = Shape(WireModel)
_ANSWERS: Final = Shape(AnswersFrame)


def _tool(frame: ToolFrame) -> Json:
    if frame.text is None and frame.object is not None:
        structure: Json = frame.object
        return structure
    return frame.text or ""


def _image(frame: ImageFrame, payload: bytes) -> ImageDescription:
    if not frame.description and frame.model is None and frame.out_token is None:
        raise SilentFailure("the image could not be described, and the gateway lost the error")
    return ImageDescription(
        frame.description or "",
        in_token=frame.in_token,
        out_token=frame.out_token,
        model=frame.model,
        payload=payload,
    )


def _ranking(frame: RerankFrame, payload: bytes) -> Matches[RerankMatch]:
    return Matches(
        (_rank(value, f"$.results[{number}]") for number, value in enumerate(frame.results)), payload=payload
    )


def _rank(value: dict[str, Any], path: str) -> RerankMatch:
    wire = _RANK.convert(value, path)
    return RerankMatch(wire.document_id, wire.query_id or "", wire.score, encode(value))


def _class(frame: ClassFrame, payload: bytes) -> Classification:
    return Classification(frame.label, frame.confidence or 0.0, payload)


def _cloze_models(frame: ModelsFrame, payload: bytes) -> Matches[ClozeModel]:
    models = enumerate(frame.models or ())
    return Matches((_cloze(value, f"$.models[{number}]") for number, value in models), payload=payload)


def _cloze(value: dict[str, Any], path: str) -> ClozeModel:
    wire = _CLOZE.convert(value, path)
    return ClozeModel(
        wire.name,
        wire.state or "",
        tuple(wire.labels or ()),
        wire.accuracy,
        wire.train_size,
        wire.test_size,
        encode(value),
    )


def _models(frame: ModelsFrame, payload: bytes) -> Matches[ModelInfo]:
    models = enumerate(frame.models or ())
    return Matches((_model(value, f"$.models[{number}]") for number, value in models), payload=payload)


def _model(value: dict[str, Any], path: str) -> ModelInfo:
    wire = _MODEL.convert(value, path)
    return ModelInfo(wire.id, wire.name or "", wire.context_length, wire.max_output_length, encode(value))


def _answers(frame: AnswersFrame, payload: bytes) -> Answers:
    return Answers(frame.answers, frame.model or "", payload)


TOOL: Final = single(_TOOL, _tool)
"""Makes the readers of answers of `mcp-tool`."""

IMAGE: Final = record(_IMAGE, _image)
"""Makes the readers of answers of `image-to-text`."""

RANKING: Final = record(_RERANK, _ranking)
"""Makes the readers of answers of `reranker`."""

CLASS: Final = record(_CLASS, _class)
"""Makes the readers of answers of `cloze`."""

CLOZE_MODELS: Final = record(_MODELS, _cloze_models)
"""Makes the readers of the models of `cloze`."""

MODELS: Final = record(_MODELS, _models)
"""Makes the readers of the models of `text-completion`."""

ANSWERS: Final = record(_ANSWERS, _answers)
"""Makes the readers of answers of `decision-scoring` and `field-extraction`."""
