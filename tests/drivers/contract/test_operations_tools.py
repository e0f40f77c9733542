"""Flows: tools, judgements about texts, and services of one's own."""

from __future__ import annotations

import base64

from tests.drivers.contract.errors import failure
from tests.drivers.contract.place import Place, read, story, streams_not
from tgproto.catalog import FlowOps
from tgproto.errors import AccessDenied, GatewayError, ServiceError, SilentFailure, ToolError


@story(FlowOps, "mcp_tool")
async def test_tools_return_texts_and_objects(place: Place) -> None:
    run = place.flow.mcp_tool
    assert await run("echo", {"text": "Brücke"}) == "Brücke"
    assert await run("add", {"a": 1, "b": 2}) == {"sum": 3}
    if place.generation == 1:
        await failure(run("nope"), ToolError, "nope")
    else:
        assert await run("nope") == ""  # the gateway loses the error


@story(FlowOps, "image_to_text", generation=2)
async def test_an_image_is_described(place: Place) -> None:
    image = bytes(range(256))
    described = await place.flow.image_to_text(image, "image/png")
    assert described == "image/png image of 256 bytes"
    assert await place.flow.image_to_text(base64.b64encode(image).decode(), "image/png") == described
    assert await place.flow.image_to_text(image, "image/png", "ANSWER<<a bridge>>") == "a bridge"
    await failure(place.flow.image_to_text(image, "image/png", "fail=0"), SilentFailure)


@story(FlowOps, "rerank", generation=2)
async def test_documents_are_ranked(place: Place) -> None:
    documents = ["a river", "a bridge of iron", {"document_id": "oak", "document_text": "a bridge of oak"}]
    ranked = await place.flow.rerank(["iron bridge"], documents)
    assert [(match.document_id, match.score) for match in ranked] == [("1", 1.0), ("oak", 0.5), ("0", 0.0)]
    assert len(await place.flow.rerank(["iron bridge"], documents, limit=1)) == 1
    assert await place.flow.rerank(["fail=0"], documents) == []  # the gateway loses the error


@story(FlowOps, "cloze", "cloze_list_models", generation=2)
async def test_texts_are_classified(place: Place) -> None:
    models = {model.name: model for model in await place.flow.cloze_list_models()}
    ready = next(name for name, model in models.items() if model.state == "ready")
    found = await place.flow.cloze(ready, "Which bridge?")
    assert str(found) == "bridge"
    assert found.label in models[ready].labels
    training = next(name for name, model in models.items() if model.state == "training")
    await failure(place.flow.cloze(training, "Which bridge?"), ServiceError, "not ready")
    await failure(place.flow.cloze("nope", "Which bridge?"), ServiceError, "no model 'nope'")


@story(FlowOps, "decision_scoring", "field_extraction", generation=2)
async def test_questions_about_a_state(place: Place) -> None:
    question = {"type": "choice", "options": ["oak bridge", "iron bridge"]}
    decided = await place.flow.decision_scoring({"thing": "bridge", "of": "iron"}, {"which": question})
    assert decided.answers == {"which": {"choice": "iron bridge", "score": 1.0}}
    await failure(place.flow.decision_scoring({"fail=0": 1}, {}), ServiceError, "scripted failure")
    text = "name: Kestrel Bridge; opened: 1887"
    extracted = await place.flow.field_extraction(text, {"name": "its name", "opened": "the year", "x": "?"})
    assert extracted.answers == {"name": "Kestrel Bridge", "opened": "1887", "x": None}
    assert (await place.flow.field_extraction({"name": 5}, {"name": ""})).answers == {"name": 5}
    await failure(place.flow.field_extraction("fail=0", {}), ServiceError, "scripted failure")


@story(FlowOps, "thru", "thru_stream", generation=2)
async def test_a_service_of_ones_own(place: Place) -> None:
    request = {"text": "n=2", "any": [{"thing": None}]}
    if await streams_not(place, "thru_stream", "echo", request):
        await failure(place.flow.thru("echo", request), AccessDenied)
        return
    assert await place.flow.thru("echo", request) == {"echo": request}
    frames, whole = await read(place.flow.thru_stream("echo", {**request, "stream": True}))
    assert [frame.get("chunk") for frame in frames] == ["chunk-0 ", "chunk-1 ", None]
    assert whole == frames
    assert frames[-1] == {"echo": {**request, "stream": True}}
    await failure(place.flow.thru("nope", {}), GatewayError, "not supported")
