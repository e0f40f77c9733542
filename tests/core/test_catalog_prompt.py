"""`prompt`, with frames captured from gateways 1.7.1 and 2.11.1."""

from __future__ import annotations

import pytest

from tests.core.catalogue import ANSWERS
from tgproto.catalog.kept import MAX_KEPT
from tgproto.catalog.prompt import PromptAnswer, PromptReader
from tgproto.errors import CallContext, DecodeError, LocalProtocolError, SilentFailure
from tgproto.types import PromptReply, TextChunk

CALL = CallContext("prompt", "default")


def read(frames: list[str]) -> tuple[list[TextChunk | None], PromptAnswer]:
    reader = PromptReader(CALL)
    *before, final = frames
    chunks = [reader.read(frame.encode()) for frame in before]
    return [*chunks, reader.read(final.encode(), last=True)], reader.result()


@pytest.mark.parametrize("mode", ["whole", "streamed"])
@pytest.mark.parametrize("release", ["1.7.1", "2.11.1"])
def test_captured_text(release: str, mode: str) -> None:
    chunks, reply = read(ANSWERS[f"{release} prompt {mode}"])
    assert reply == "".join(str(chunk) for chunk in chunks) == "chunk-0 chunk-1 "
    assert type(reply) is PromptReply
    assert reply["response"] == reply.text
    assert [chunk.end_of_stream for chunk in chunks if chunk] == [False] * (len(chunks) - 1) + [True]
    if release == "2.11.1":
        assert (reply.in_token, reply.out_token, reply.model) == (11, 22, "standin-model")
        assert chunks[-1] == TextChunk(chunks[-1].content, True, 11, 22, "standin-model")


@pytest.mark.parametrize(("release", "term"), [("1.7.1", "x"), ("2.11.1", "hi")])
def test_captured_objects(release: str, term: str) -> None:
    chunks, value = read(ANSWERS[f"{release} prompt object"])
    assert value == {"id": "object", "terms": {"q": term}}
    assert len(chunks) == 1


@pytest.mark.parametrize(
    ("text", "value"), [("[1]", [1]), ("null", None), ("false", False), (r"\"a\"", "a"), ("-1.5", -1.5)]
)
def test_objects_of_any_kind(text: str, value: object) -> None:
    assert read([f'{{"object":"{text}","text":null,"end_of_stream":true}}'])[1] == value


def test_an_object_that_is_no_json() -> None:
    reader = PromptReader(CALL)
    reader.read(b'{"object":"{"}')
    with pytest.raises(DecodeError, match="prompt in flow 'default': the object in the answer") as caught:
        reader.result()
    assert caught.value.partial == "{"
    with pytest.raises(DecodeError, match="the object in the answer"):
        reader.check()


def test_what_can_be_read_is_found_good() -> None:
    for frame in (b'{"object":"{}"}', b'{"text":"{"}'):
        reader = PromptReader(CALL)
        reader.read(frame)
        reader.check()


def test_a_long_object_that_somebody_has_is_not_read_again() -> None:
    reader = PromptReader(CALL)
    reader.read(b'{"object":"%s"}' % (b"[" * (MAX_KEPT + 1)))
    reader.release()
    reader.check()
    with pytest.raises(LocalProtocolError, match="not kept"):
        reader.result()


@pytest.mark.parametrize(("mode", "partial"), [("streamed", "chunk-0 chunk-1 "), ("whole", None)])
def test_captured_failures_that_the_gateway_hid(mode: str, partial: str | None) -> None:
    *before, last = ANSWERS[f"2.11.1 prompt {mode} failed"]
    reader = PromptReader(CALL)
    for payload in before:
        reader.read(payload.encode())
    with pytest.raises(SilentFailure, match=r"prompt in flow 'default': .*no such template") as caught:
        reader.read(last.encode())
    assert caught.value.partial == partial


def test_empty_text_is_no_failure() -> None:
    assert read(["{}"]) == ([TextChunk("", True)], "")
    assert read(['{"text":"","end_of_stream":true}']) == ([TextChunk("", True)], "")
    assert read(['{"text":"","object":"","end_of_stream":true}'])[1] == ""


def test_wrong_shapes() -> None:
    with pytest.raises(DecodeError, match=r"`\$\.object`"):
        PromptReader(CALL).read(b'{"object":{"a":1}}')
