"""Answers of one frame: converted, or refused."""

from __future__ import annotations

import weakref

import msgspec
import pytest

from tgproto.catalog.reader import Reader
from tgproto.catalog.single import record, single
from tgproto.errors import CallContext, DecodeError, SilentFailure
from tgproto.types.wire import Shape

CALL = CallContext("a-service", "a-flow")


class Frame(msgspec.Struct):
    number: int


def half(frame: Frame) -> int:
    if frame.number % 2:
        raise SilentFailure("odd")
    return frame.number // 2


def reader() -> Reader[int, int]:
    return single(Shape(Frame), half)(CALL)


def test_the_frame_becomes_the_result() -> None:
    one = reader()
    assert one.read(b'{"number":4}') == 2
    assert (one.result(), one.partial) == (2, None)
    one.read(b'{"number":8}')
    assert one.result() == 4


def test_failures_say_which_call() -> None:
    for frame, kind, said in (
        (b'{"number":3}', SilentFailure, "odd"),
        (b"{}", DecodeError, "not of the documented shape"),
    ):
        with pytest.raises(kind, match=f"a-service in flow 'a-flow': .*{said}") as caught:
            reader().read(frame)
        assert caught.value.partial is None
    with pytest.raises(DecodeError, match="a-service in flow 'a-flow': the answer has no frames"):
        reader().result()


def test_a_record_keeps_the_text() -> None:
    start = record(Shape(Frame), lambda frame, payload: (frame.number, payload))
    one = start(CALL)
    one.read(b'{"number":4,"more":1}')
    assert one.result() == (4, b'{"number":4,"more":1}')


def test_of_many_frames_the_newest_result_is_kept() -> None:
    start = single(Shape(Frame), lambda frame: {frame.number})
    one = start(CALL)
    first = weakref.ref(one.read(b'{"number":1}') or set())
    assert first() == {1}
    one.read(b'{"number":2}')
    assert first() is None
    assert one.result() == {2}


def test_a_result_may_be_none() -> None:
    one = single(Shape(Frame), lambda _: None)(CALL)
    one.read(b'{"number":1}')
    one.check()
    assert one.result() is None
