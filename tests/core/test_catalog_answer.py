"""What all services that answer in text have in common: text, counts, and the text so far in errors."""

from __future__ import annotations

import pytest

from tgproto.catalog.answer import AnswerFrame, AnswerReader
from tgproto.catalog.kept import MAX_KEPT
from tgproto.errors import CallContext, LocalProtocolError, SilentFailure
from tgproto.types.wire import Shape

CALL = CallContext("a-service", "a-flow")


class Frame(AnswerFrame):
    text: str | None = None


class Reader(AnswerReader[Frame, str]):
    def __init__(self) -> None:
        super().__init__(CALL, Shape(Frame))

    def _take(self, frame: Frame) -> str:
        if frame.text is None:
            raise SilentFailure("no text")
        self._collect(frame.text, frame)
        return frame.text

    def result(self) -> str:
        return self._text()


def test_text_is_joined() -> None:
    reader = Reader()
    assert reader.partial is None
    reader.read(b'{"text":""}')
    assert reader.partial is None
    reader.read(b'{"text":"a"}')
    reader.read(b'{"text":"b"}')
    assert (reader.partial, reader.result()) == ("ab", "ab")


def test_a_long_text_that_somebody_has_is_not_kept() -> None:
    reader = Reader()
    reader.read(b'{"text":"%s"}' % (b"a" * MAX_KEPT))
    reader.release()
    assert len(reader.result()) == MAX_KEPT
    reader.read(b'{"text":"b","model":"m"}')
    assert len(reader.result()) == MAX_KEPT + 1
    reader.release()
    assert (reader.partial, reader.model) == (None, "m")
    with pytest.raises(LocalProtocolError, match=r"a-service in flow 'a-flow': .*call result\(\)"):
        reader.result()


def test_of_what_comes_after_a_long_text_was_let_go_nothing_is_kept() -> None:
    reader = Reader()
    reader.read(b'{"text":"%s"}' % (b"a" * (MAX_KEPT + 1)))
    reader.release()
    assert reader.read(b'{"text":"b"}') == "b"
    reader.release()
    assert reader.partial is None
    with pytest.raises(SilentFailure) as caught:
        reader.read(b"{}")
    assert caught.value.partial is None


def test_the_last_report_of_each_count_is_kept() -> None:
    reader = Reader()
    reader.read(b'{"text":"a"}')
    assert (reader.in_token, reader.out_token, reader.model) == (None, None, None)
    reader.read(b'{"text":"b","in_token":1,"out_token":2,"model":"m"}')
    reader.read(b'{"text":"c","in_token":0}')
    reader.read(b'{"text":"d","out_token":null}')
    assert (reader.in_token, reader.out_token, reader.model) == (0, 2, "m")


def test_an_error_has_the_text_so_far() -> None:
    reader = Reader()
    reader.read(b'{"text":"so far"}')
    with pytest.raises(SilentFailure, match="a-service in flow 'a-flow': no text") as caught:
        reader.read(b"{}")
    assert caught.value.partial == "so far"
    assert caught.value.context == CALL
