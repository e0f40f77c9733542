"""The services that judge or describe, and the one that calls tools (gateway 2.11.1).

`cloze`, `decision-scoring` and `field-extraction` say their failures beside an empty answer; the other ones
answer as if there had been nothing to say.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec import UNSET, Struct, UnsetType, field

from tgproto.gateway.generation2.bodies import Scene, Service, reading, said
from tgproto.gateway.graph import DEFAULT
from tgproto.gateway.judging import (
    JudgingError,
    classifiers,
    classify,
    decide,
    extract,
    rank,
    text_of,
)
from tgproto.gateway.model import NAME
from tgproto.gateway.script import read_script
from tgproto.gateway.steps import Frame, Step
from tgproto.gateway.telling import at_once, complain, last
from tgproto.gateway.tools import ToolError, call_tool


class _ToolBody(Struct, gc=False):
    name: str = ""
    parameters: Any = UNSET


class _Query(Struct, gc=False):
    query_id: str
    query_text: str


class _Document(Struct, gc=False):
    document_id: str
    document_text: str


class _RerankerBody(Struct, gc=False):
    queries: list[_Query] = field(default_factory=list[_Query])
    documents: list[_Document] = field(default_factory=list[_Document])
    limit: int = 10


class _ImageBody(Struct, gc=False):
    image: str
    mime_type: str | UnsetType = UNSET
    prompt: str = ""
    system: str = ""


class _ClozeBody(Struct, gc=False):
    operation: str = "predict"
    model: str = ""
    query: str = ""


class _DecisionBody(Struct, gc=False):
    state: Any = None
    questions: dict[str, Any] = field(default_factory=dict[str, Any])


class _ExtractionBody(Struct, gc=False):
    state: Any = None
    fields: dict[str, Any] = field(default_factory=dict[str, Any])


def _mcp_tool(body: _ToolBody, scene: Scene) -> Iterator[Step]:
    parameters: object = {} if body.parameters is UNSET else body.parameters
    failed = last({})

    def answer() -> Iterator[Step]:
        try:
            result = call_tool(body.name, parameters, where=f" in workspace {scene.workspace}")
        except ToolError:
            yield failed
            return
        if isinstance(result, str):
            yield last({"text": result} if result else {})
        else:
            yield last({"object": result})

    return at_once(read_script(f"{body.name} {text_of(parameters)}"), failed, answer)


def _reranker(body: _RerankerBody, scene: Scene) -> Iterator[Step]:  # noqa: ARG001
    script = read_script(body.queries[0].query_text if body.queries else "")
    failed = last({"results": []})

    def answer() -> Iterator[Step]:
        texts = [document.document_text for document in body.documents]
        try:
            ranked = rank([query.query_text for query in body.queries], texts)
        except JudgingError:
            yield failed
            return
        results = [
            {"document_id": body.documents[index].document_id, "query_id": query.query_id, "score": score}
            for query, found in zip(body.queries, ranked, strict=True)
            for index, score in found[: max(body.limit, 0)]
        ]
        yield last({"results": results})

    return at_once(script, failed, answer)


def _image_to_text(body: _ImageBody, scene: Scene) -> Iterator[Step]:  # noqa: ARG001
    try:
        size = len(base64.b64decode(body.image, validate=True))
    except ValueError as error:
        return complain(str(error))
    if body.mime_type is UNSET:
        return complain("'mime_type'")
    script = read_script(body.prompt)

    def answer() -> Iterator[Step]:
        text = f"{body.mime_type} image of {size} bytes" if script.said is None else script.whole()
        usage = {"in_token": len(body.prompt.split()), "out_token": len(text.split()), "model": NAME}
        yield last({"description": text, **usage})

    return at_once(script, last({"description": ""}), answer)


def _cloze(body: _ClozeBody, scene: Scene) -> Iterator[Step]:
    script, graph = read_script(body.query), scene.graph(DEFAULT)

    def failed(message: str) -> Frame:
        return said("cloze-error", message, label="", confidence=0.0)

    def answer() -> Iterator[Step]:
        if body.operation == "list-models":
            yield last({"label": "", "confidence": 0.0, "models": classifiers(graph)})
            return
        try:
            label, confidence = classify(body.model, body.query, graph)
        except JudgingError as error:
            yield failed(str(error))
            return
        yield last({"label": label if script.said is None else script.whole(), "confidence": confidence})

    return at_once(script, failed(script.message), answer)


def _decision_scoring(body: _DecisionBody, scene: Scene) -> Iterator[Step]:  # noqa: ARG001
    return _of_state("decision-scoring-error", body.state, lambda: decide(body.state, body.questions))


def _field_extraction(body: _ExtractionBody, scene: Scene) -> Iterator[Step]:  # noqa: ARG001
    return _of_state("field-extraction-error", body.state, lambda: extract(body.state, body.fields))


def _of_state(error: str, state: object, judge: Callable[[], dict[str, object]]) -> Iterator[Step]:
    script = read_script(text_of(state))

    def failed(message: str) -> Frame:
        return said(error, message, answers={}, model="")

    def answer() -> Iterator[Step]:
        try:
            yield last({"answers": judge(), "model": NAME})
        except JudgingError as refusal:
            yield failed(str(refusal))

    return at_once(script, failed(script.message), answer)


SERVICES: Mapping[str, Service] = {
    "cloze": reading(_ClozeBody, _cloze),
    "decision-scoring": reading(_DecisionBody, _decision_scoring),
    "field-extraction": reading(_ExtractionBody, _field_extraction),
    "image-to-text": reading(_ImageBody, _image_to_text),
    "mcp-tool": reading(_ToolBody, _mcp_tool),
    "reranker": reading(_RerankerBody, _reranker),
}
"""The services of this module, by kind."""
