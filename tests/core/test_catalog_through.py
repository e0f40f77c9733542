"""Answers of services that nobody here knows."""

from __future__ import annotations

from tgproto.catalog.through import LAST, ThroughReader
from tgproto.errors import CallContext


def test_every_frame_is_a_chunk() -> None:
    reader = ThroughReader(CallContext("thru/a"))
    assert reader.partial is None
    assert [reader.read(b'{"a":1}'), reader.read(b"{}")] == [{"a": 1}, {}]
    assert reader.partial == reader.result() == [{"a": 1}, {}]


def test_the_last_frame_is_the_answer() -> None:
    reader = LAST(CallContext("thru/a"))
    reader.read(b'{"a":1}')
    reader.read(b'{"b":[null]}')
    assert reader.result() == {"b": [None]}
