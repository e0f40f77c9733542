"""`graph-rag` and `document-rag`, with captured frames of 1.7.1 and 2.11.1, and of releases between."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tgproto.catalog.rag import RagReader
from tgproto.errors import CallContext, DecodeError, SilentFailure
from tgproto.types import RagAnswer, RAGChunk, Source

ANSWERS: dict[str, list[str]] = json.loads(
    (Path(__file__).parents[1] / "data/answers.json").read_text("utf-8")
)
CALL = CallContext("graph-rag", "default")
SOURCES = (Source("urn:doc:1", "Document one"), Source("urn:doc:2", ""))


def read(payloads: list[str]) -> tuple[list[RAGChunk], RagAnswer]:
    reader = RagReader(CALL)
    *before, final = payloads
    chunks = [*(reader.read(payload.encode()) for payload in before), reader.read(final.encode(), last=True)]
    return [chunk for chunk in chunks if chunk is not None], reader.result()


@pytest.mark.parametrize("mode", ["whole", "streamed"])
@pytest.mark.parametrize("release", ["1.7.1", "2.11.1"])
def test_captured_answers(release: str, mode: str) -> None:
    chunks, answer = read(ANSWERS[f"{release} graph-rag {mode}"])
    assert answer == "chunk-0 chunk-1 "
    assert type(answer) is RagAnswer
    assert "".join(str(chunk) for chunk in chunks) == answer
    assert answer["response"] == answer.text
    if release == "2.11.1":
        assert (answer.in_token, answer.out_token, answer.model) == (11, 22, "standin-model")
        assert answer.sources == chunks[-1].sources == SOURCES


@pytest.mark.parametrize("mode", ["whole", "streamed"])
def test_captured_answers_from_documents(mode: str) -> None:
    chunks, answer = read(ANSWERS[f"2.11.1 document-rag {mode}"])
    assert answer == "".join(str(chunk) for chunk in chunks) == "chunk-0 chunk-1 "
    assert (answer.in_token, answer.out_token, answer.model) == (11, 22, "standin-model")
    assert (chunks[-1].end_of_session, answer.sources) == (True, ())
    if mode == "streamed":
        assert read(ANSWERS["1.7.1 document-rag streamed"])[1] == answer


def test_2x_chunks_and_their_flags() -> None:
    chunks, _ = read(ANSWERS["2.11.1 graph-rag streamed"])
    assert chunks == [
        RAGChunk("chunk-0 "),
        RAGChunk("chunk-1 "),
        RAGChunk("", end_of_stream=True),
        RAGChunk("", False, 11, 22, "standin-model", end_of_session=True, sources=SOURCES),
    ]


def test_the_text_that_1x_repeats_is_no_chunk() -> None:
    chunks, _ = read(ANSWERS["1.7.1 graph-rag streamed"])
    last = RAGChunk("", end_of_stream=True, end_of_session=True)
    assert chunks == [RAGChunk("chunk-0 "), RAGChunk("chunk-1 "), last]


def test_the_repeated_text_wins_if_a_stream_was_restarted() -> None:
    _, answer = read(['{"chunk":"one"}', '{"chunk":"two"}', '{"response":"two"}'])
    assert answer == "two"


def test_a_stream_of_1x_that_broke_off() -> None:
    reader = RagReader(CALL)
    for payload in ANSWERS["1.7.1 graph-rag streamed broken off"]:
        reader.read(payload.encode())
    with pytest.raises(SilentFailure, match="broke off") as caught:
        reader.result()
    assert caught.value.partial == "chunk-0 "
    assert caught.value.context == CALL


def test_between_the_generations() -> None:
    chunks, answer = read(
        [
            '{"response":"a","end_of_stream":false}',
            '{"response":"b","end_of_stream":false}',
            '{"response":"","end_of_stream":true}',
        ]
    )
    assert answer == "ab"
    assert [chunk.end_of_stream for chunk in chunks] == [False, False, True]
    assert [chunk.end_of_session for chunk in chunks] == [False, False, True]


def test_frames_that_carry_no_text() -> None:
    chunks, answer = read(['{"response":"a"}', '{"message_type":"end","end_of_session":true,"in_token":1}'])
    assert (answer, answer.in_token) == ("a", 1)
    assert chunks[-1] == RAGChunk("", in_token=1, end_of_session=True)


def test_provenance_alone_is_no_answer() -> None:
    with pytest.raises(SilentFailure) as caught:
        read(['{"explain_id":"urn:x","response":""}'])
    assert caught.value.partial is None
    assert read(['{"response":""}'])[1] == ""


def test_sources_may_be_incomplete() -> None:
    _, answer = read(
        ['{"response":"a","sources":[{},{"uri":null,"title":"T"}]}', '{"response":"","sources":[]}']
    )
    assert answer.sources == (Source("", ""), Source("", "T"))


def test_wrong_shapes() -> None:
    with pytest.raises(DecodeError, match=r"`\$\.sources\[0\]`"):
        RagReader(CALL).read(b'{"response":"a","sources":["urn:doc"]}')
