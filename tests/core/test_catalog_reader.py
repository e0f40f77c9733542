"""What all readers share: frames of a shape, and errors that know their call."""

from __future__ import annotations

import msgspec
import pytest

from tgproto.catalog.reader import FrameReader
from tgproto.errors import CallContext, DecodeError, SilentFailure
from tgproto.types.wire import Shape

CALL = CallContext("a-service", "a-flow", "a-workspace")


class Frame(msgspec.Struct):
    depth: int


class DepthReader(FrameReader[Frame, str]):
    """Yields a text for a frame, by recursion."""

    def __init__(self) -> None:
        super().__init__(CALL, Shape(Frame))
        self.texts: list[str] = []

    @property
    def partial(self) -> object:
        return self.texts or None

    def _take(self, frame: Frame) -> str | None:
        if frame.depth < 0:
            raise SilentFailure("below zero")
        text = self._nest(frame.depth)
        self.texts.append(text)
        return text or None

    def _nest(self, depth: int) -> str:
        return f"({self._nest(depth - 1)})" if depth else ""


def test_frames_become_chunks() -> None:
    reader = DepthReader()
    assert reader.partial is None
    assert reader.read(b'{"depth":2}') == "(())"
    assert reader.read(msgspec.Raw(b'{"depth":0}')) is None
    assert reader.partial == ["(())", ""]


def test_errors_say_which_call_and_what_came_before() -> None:
    reader = DepthReader()
    reader.read(b'{"depth":1}')
    with pytest.raises(DecodeError, match=r"a-service in flow 'a-flow': .*`depth`") as caught:
        reader.read(b"{}")
    assert caught.value.context == CALL
    assert caught.value.partial == ["()"]


def test_so_do_errors_of_the_reader() -> None:
    reader = DepthReader()
    reader.read(b'{"depth":1}')
    with pytest.raises(SilentFailure, match="a-service in flow 'a-flow': below zero") as caught:
        reader.read(b'{"depth":-1}')
    assert caught.value.partial == ["()"]


def test_too_deep_is_an_error_like_any_other() -> None:
    with pytest.raises(DecodeError, match="nested too deeply") as caught:
        DepthReader().read(b'{"depth":100000}')
    assert caught.value.context == CALL
    assert caught.value.partial is None
