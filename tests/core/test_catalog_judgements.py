"""Answers of tools and judges, frame by frame."""

from __future__ import annotations

import pytest

from tgproto.catalog.judgements import ANSWERS, CLASS, CLOZE_MODELS, IMAGE, MODELS, RANKING, TOOL
from tgproto.catalog.reader import Start
from tgproto.errors import CallContext, DecodeError, SilentFailure
from tgproto.types import Answers, Classification, ClozeModel, ModelInfo, RerankMatch


def read(start: Start[object, object], frame: bytes) -> object:
    reader = start(CallContext("s"))
    reader.read(frame)
    return reader.result()


@pytest.mark.parametrize(
    ("frame", "result"),
    [
        (b'{"text":"x"}', "x"),
        (b'{"object":{"a":1}}', {"a": 1}),
        (b'{"object":[]}', []),
        (b'{"text":"","object":{"a":1}}', ""),
        (b"{}", ""),
    ],
)
def test_tools(frame: bytes, result: object) -> None:
    assert read(TOOL, frame) == result


@pytest.mark.parametrize(
    ("start", "frame", "result"),
    [
        (IMAGE, b'{"description":"a cat","in_token":1,"out_token":2,"model":"m"}', "a cat"),
        (IMAGE, b'{"description":"","out_token":0}', ""),
        (IMAGE, b'{"model":"m"}', ""),
        (RANKING, b'{"results":[]}', []),
        (
            RANKING,
            b'{"results":[{"document_id":"d","query_id":"q","score":0.5},{"document_id":"e"}]}',
            [RerankMatch("d", "q", 0.5), RerankMatch("e")],
        ),
        (CLASS, b'{"label":"l"}', Classification("l")),
        (CLOZE_MODELS, b'{"label":""}', []),
        (
            CLOZE_MODELS,
            b'{"models":[{"name":"m","state":"ready","labels":["l"],"accuracy":0.5,"train_size":1,"test_size":2},{"name":"n"}]}',
            [ClozeModel("m", "ready", ("l",), 0.5, 1, 2), ClozeModel("n")],
        ),
        (MODELS, b'{"response":""}', []),
        (
            MODELS,
            b'{"models":[{"id":"m","name":"M","context_length":1,"max_output_length":2},{"id":"n"}]}',
            [ModelInfo("m", "M", 1, 2), ModelInfo("n")],
        ),
        (ANSWERS, b'{"answers":{}}', Answers({})),
        (ANSWERS, b'{"answers":{"q":[1]},"model":"m"}', Answers({"q": [1]}, "m")),
    ],
)
def test_answers(start: Start[object, object], frame: bytes, result: object) -> None:
    found = read(start, frame)
    assert found == result
    assert found.payload == frame  # type: ignore[attr-defined]


def test_an_image_has_token_counts() -> None:
    found: object = read(IMAGE, b'{"description":"a","in_token":1,"out_token":2,"model":"m"}')
    assert (found.in_token, found.out_token, found.model) == (1, 2, "m")  # type: ignore[attr-defined]


@pytest.mark.parametrize("frame", [b"{}", b'{"description":""}', b'{"description":null}'])
def test_a_lost_error(frame: bytes) -> None:
    with pytest.raises(SilentFailure, match="s: the image could not be described"):
        read(IMAGE, frame)


@pytest.mark.parametrize(
    ("start", "frame", "place"),
    [
        (RANKING, b"{}", r"missing required field `results` - at `\$`"),
        (
            RANKING,
            b'{"results":[{"document_id":"a"},{}]}',
            r"missing .* `document_id` - at `\$.results\[1\]`",
        ),
        (CLASS, b"{}", r"missing required field `label` - at `\$`"),
        (CLOZE_MODELS, b'{"models":[{}]}', r"missing required field `name` - at `\$.models\[0\]`"),
        (MODELS, b'{"models":[{"id":5}]}', r"Expected `str`, got `int` - at `\$.models\[0\].id`"),
        (ANSWERS, b"{}", r"missing required field `answers` - at `\$`"),
    ],
)
def test_what_is_missing_is_named(start: Start[object, object], frame: bytes, place: str) -> None:
    with pytest.raises(DecodeError, match=place) as caught:
        read(start, frame)
    assert str(caught.value).startswith("s: ")
