"""Texts in pieces, events and lines."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from tgproto.link.sse import SSEDecoder, SSEEvent
from tgproto.serving.messages import EVENTS
from tgproto.serving.streams import NDJSON, event, lines, stream, words


@given(st.text())
def test_words_are_the_text(text: str) -> None:
    assert "".join(words(text)) == text


def test_words_keep_their_blanks() -> None:
    assert words(" a  b\nc ") == [" a", "  b", "\nc", " "]


@given(st.text(), st.sampled_from(["message", "progress"]))
def test_events(text: str, name: str) -> None:
    [found] = SSEDecoder().feed(event({"a": text}, name))
    assert isinstance(found, SSEEvent)
    assert (found.type, json.loads(found.data)) == (name, {"a": text})


def test_streams() -> None:
    answer = stream([b"1", b"2"])
    assert answer.pieces is not None
    assert (answer.status, answer.content_type, list(answer.pieces)) == (200, EVENTS, [b"1", b"2"])
    answer = lines([1, {"a": "\n"}])
    assert answer.pieces is not None
    assert (answer.content_type, list(answer.pieces)) == (NDJSON, [b"1\n", b'{"a":"\\n"}\n'])
