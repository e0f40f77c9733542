"""What all readers share: frames of a shape, and errors that know their call."""

from __future__ import annotations

import msgspec
import pytest

from tgproto.catalog.reader import FrameReader, Several
from tgproto.errors import CallContext, DecodeError, SilentFailure
from tgproto.types.wire import Payload, Shape

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


def test_what_a_reader_does_that_has_nothing_of_its_own_to_say() -> None:
    reader = DepthReader()
    reader.read(b'{"depth":1}')
    reader.release()
    reader.check()
    assert reader.partial == ["()"]
    for error in (DecodeError("no"), TypeError("no")):
        assert reader.failure(error) is error


class Steps(DepthReader):
    """Yields several texts for a frame."""

    def read(self, payload: Payload, *, last: bool = False) -> str | Several[str] | None:
        depth = self._shape.decode(payload).depth
        return Several(self._nest(n) for n in range(depth))


def test_the_chunks_of_one_frame_are_told_apart_from_a_chunk_that_is_a_tuple() -> None:
    several = Steps().read(b'{"depth":3}')
    assert several == ("", "()", "(())")
    assert isinstance(several, Several)
    assert not isinstance(("",), Several)
