"""`text-completion`, with frames captured from gateways 1.7.1 and 2.11.1."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tgproto.catalog.text import TextReader
from tgproto.errors import CallContext, DecodeError, SilentFailure
from tgproto.types import TextChunk, TextCompletion

ANSWERS: dict[str, list[str]] = json.loads(
    (Path(__file__).parents[1] / "data/answers.json").read_text("utf-8")
)
CALL = CallContext("text-completion", "default")


def read(name: str) -> tuple[list[TextChunk | None], TextCompletion]:
    reader = TextReader(CALL)
    *before, final = ANSWERS[name]
    chunks = [reader.read(payload.encode()) for payload in before]
    return [*chunks, reader.read(final.encode(), last=True)], reader.result()


@pytest.mark.parametrize("release", ["1.7.1", "2.11.1"])
@pytest.mark.parametrize("mode", ["whole", "streamed"])
def test_captured_answers(release: str, mode: str) -> None:
    chunks, result = read(f"{release} text-completion {mode}")
    assert result == "chunk-0 chunk-1 "
    assert type(result) is TextCompletion
    assert (result.in_token, result.out_token, result.model) == (11, 22, "standin-model")
    assert result["model"] == "standin-model"
    assert result["response"] == result.text
    assert "".join(str(chunk) for chunk in chunks) == result
    assert all(type(chunk) is TextChunk for chunk in chunks)


def test_flags_and_counts_of_chunks() -> None:
    chunks, _ = read("2.11.1 text-completion streamed")
    assert chunks == [
        TextChunk("chunk-0 "),
        TextChunk("chunk-1 "),
        TextChunk("", True, 11, 22, "standin-model"),
    ]
    chunks, _ = read("1.7.1 text-completion streamed")
    assert chunks == [
        TextChunk("chunk-0 "),
        TextChunk("chunk-1 "),
        TextChunk("", True, 11, 22, "standin-model"),
    ]


@pytest.mark.parametrize(("mode", "partial"), [("streamed", "chunk-0 chunk-1 "), ("whole", None)])
def test_captured_failures_that_the_gateway_hid(mode: str, partial: str | None) -> None:
    *before, last = ANSWERS[f"2.11.1 text-completion {mode} failed"]
    reader = TextReader(CALL)
    for payload in before:
        reader.read(payload.encode())
    with pytest.raises(
        SilentFailure, match="text-completion in flow 'default': the language model"
    ) as caught:
        reader.read(last.encode())
    assert caught.value.partial == partial


def test_empty_text_is_no_failure_and_missing_text_is() -> None:
    reader = TextReader(CALL)
    reader.read(b'{"response":"","end_of_stream":true}')
    assert reader.result() == ""
    with pytest.raises(SilentFailure):
        TextReader(CALL).read(b'{"end_of_stream":true}')


def test_wrong_shapes() -> None:
    with pytest.raises(DecodeError, match=r"`\$\.response`"):
        TextReader(CALL).read(b'{"response":["a"]}')
