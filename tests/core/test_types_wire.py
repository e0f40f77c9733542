"""Payloads into shapes, strictly first and leniently then; exact values out."""

from __future__ import annotations

import contextlib
import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tgproto.errors import DecodeError
from tgproto.types import TextCompletion
from tgproto.types.wire import Payload, Shape, encode, exact


class Frame(msgspec.Struct):
    text: str | None = None
    number: int | None = None
    share: float | None = None
    flag: bool = False
    items: list[str] = []


SHAPE = Shape(Frame)


@pytest.mark.parametrize("payload", [b'{"text":"a","other":[1]}', msgspec.Raw(b' {"text":"a"}')])
def test_it_decodes_bytes_and_raw_values(payload: Payload) -> None:
    assert SHAPE.decode(payload) == Frame(text="a")


@pytest.mark.parametrize(
    ("payload", "frame"),
    [
        (b'{"text":"\\ud800","number":1}', Frame(text="\ud800", number=1)),
        (b'{"text":"a","other":NaN}', Frame(text="a")),
        (b'{"text":"a","share":-Infinity}', Frame(text="a", share=float("-inf"))),
        (b'{"number":11.0}', Frame(number=11)),
        (b'{"number":"11","flag":"true"}', Frame(number=11, flag=True)),
        (b'{"number":' + b"9" * 30 + b"}", Frame(number=int("9" * 30))),
    ],
)
def test_what_gateways_may_write_is_let_through(payload: bytes, frame: Frame) -> None:
    assert SHAPE.decode(payload) == frame


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (b'{"text":5}', "`$.text`"),
        (b'{"number":NaN}', "`$.number`"),
        (b'{"items":["a",{}]}', "`$.items[1]`"),
        (b"null", "`$`"),
        (b"[]", "`$`"),
        (b'{"text":', "not JSON"),
        (b"", "not JSON"),
        (b'{"text":"\xff"}', "UTF-8"),
        (b'{"other":' + b"[" * 100_000, "nested"),
        (b'{"share":NaN,"other":' + b"[" * 600 + b"]" * 600 + b"}", "nested"),
    ],
)
def test_another_shape_is_refused_with_its_place(payload: bytes, said: str) -> None:
    with pytest.raises(DecodeError, match="the answer") as caught:
        SHAPE.decode(payload)
    assert said in str(caught.value)


@pytest.mark.parametrize("payload", [rb'{"\ud800":1}', rb'{"extra":NaN,"\ud800":{}}'])
def test_a_lone_surrogate_in_a_name_is_refused(payload: bytes) -> None:
    with pytest.raises(DecodeError, match=r"lone surrogate - at or below `\$`"):
        SHAPE.decode(payload)
    with pytest.raises(DecodeError, match=r"lone surrogate - at or below `\$\.a`"):
        SHAPE.convert({"\ud800": 1}, "$.a")


@given(st.binary(max_size=40) | st.text(alphabet='{}[]":,\\0ntflase "', max_size=40).map(str.encode))
@settings(max_examples=200)
def test_garbage_is_decoded_or_refused(payload: bytes) -> None:
    with contextlib.suppress(DecodeError):
        assert isinstance(SHAPE.decode(payload), Frame)


def test_exact_strips_subclasses_and_refuses_the_rest() -> None:
    assert type(exact(TextCompletion("a"))) is str
    with pytest.raises(TypeError, match="not int"):
        exact(5)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
@settings(max_examples=100)
def test_what_is_encoded_is_json(value: object) -> None:
    assert json.loads(encode(value)) == value


def test_lone_surrogates_are_escaped() -> None:
    assert encode({"a": "\ud800"}) == b'{"a":"\\ud800"}'
