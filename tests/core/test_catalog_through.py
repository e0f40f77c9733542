"""Answers of services that nobody here knows."""

from __future__ import annotations

import pytest

from tgproto.catalog.kept import MAX_KEPT
from tgproto.catalog.through import LAST, ThroughReader
from tgproto.errors import CallContext, LocalProtocolError


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


def test_a_long_answer_is_not_kept_once_it_is_read() -> None:
    reader = ThroughReader(CallContext("thru/a"))
    reader.read(b'{"a":"%s"}' % (b"x" * MAX_KEPT))
    assert reader.result() == reader.partial == [{"a": "x" * MAX_KEPT}]
    reader.release()
    assert reader.read(b'{"b":1}') == {"b": 1}
    assert reader.partial is None
    with pytest.raises(LocalProtocolError, match=r"^thru/a: .* bytes is not kept once its frames are read"):
        reader.result()
