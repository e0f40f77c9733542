"""JSON as gateways write it, against the standard library; and what is refused, in linear time."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tgproto.lenient import MAX_DEPTH, JSONRefused, TooDeep, dumps, loads, outline

TEXTS = st.text(st.characters(exclude_categories=()), max_size=8)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(TEXTS, inner, max_size=4),
    ),
    max_leaves=12,
)


def nested(depth: int, inside: str = "1") -> str:
    return "[" * depth + inside + "]" * depth


def far_down(frames: int, act: Callable[[], Any]) -> Any:
    """Call `act` with that many calls around it."""
    return act() if frames == 0 else far_down(frames - 1, act)


@given(VALUES, st.booleans())
@settings(max_examples=200)
def test_it_reads_whatever_the_standard_library_writes(value: object, ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only)
    assert json.dumps(loads(text)) == json.dumps(value)
    if ascii_only:
        assert json.dumps(loads(text.encode())) == json.dumps(value)


@given(VALUES)
@settings(max_examples=100)
def test_it_writes_what_it_reads(value: object) -> None:
    text = dumps(value)
    assert text.isascii()
    assert dumps(loads(text)) == text


@pytest.mark.parametrize("text", ["", "plain", 'a "quoted" \\ \n\x00\x7f', "ü", "\ud800"])
def test_it_writes_texts_as_the_standard_library_reads_them(text: str) -> None:
    assert json.loads(dumps(text)) == text
    assert dumps(text).isascii()


def test_it_writes_compactly() -> None:
    assert dumps({"a": [1, "ü"], "b": float("inf")}) == b'{"a":[1,"\\u00fc"],"b":Infinity}'


@given(st.text('[]{}",:\\ 1aNu"', max_size=40))
@settings(max_examples=300)
def test_it_judges_as_the_standard_library_does(text: str) -> None:
    try:
        expected = json.loads(text)
    except ValueError:
        with pytest.raises(JSONRefused):
            loads(text)
    else:
        assert json.dumps(loads(text)) == json.dumps(expected)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b"-Infinity", float("-inf")),
        (b"1e999", float("inf")),
        (b'"\\ud800"', "\ud800"),
        (b'{"\\udc00":"\\ud83d\\ude00"}', {"\udc00": "\U0001f600"}),
        ('"\ud800"', "\ud800"),
        (b'{"a":1,"a":NaN,"a":2}', {"a": 2}),
        (b"123456789012345678901234567890", 123456789012345678901234567890),
        (msgspec.Raw(b'["ok"]'), ["ok"]),
        (msgspec.Raw(b'["\\ud800"]'), ["\ud800"]),
    ],
)
def test_what_one_decoder_alone_would_refuse(text: bytes | str | msgspec.Raw, value: object) -> None:
    assert loads(text) == value


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"", "it is not JSON: Expecting value (character 0)"),
        (b'"abc', "it is not JSON: Unterminated string starting at (character 0)"),
        (b'{"a":1,}', "it is not JSON: Expecting property name enclosed in double quotes (character 7)"),
        (b'"\xff"', "it is not UTF-8"),
        (b'"\xed\xa0\x80"', "it is not UTF-8"),
        (b"[NaN," + b"9" * 5000 + b"]", "it has a number that is too long"),
        (nested(MAX_DEPTH + 1, "NaN"), "it is nested deeper than 500 levels"),
        ('{"a":' * (MAX_DEPTH + 1), "it is nested deeper than 500 levels"),
        ("[" * 1_000_000, "it is nested too deeply"),
    ],
)
def test_what_is_refused_and_why(text: bytes | str, why: str) -> None:
    with pytest.raises(JSONRefused) as caught:
        loads(text)
    assert str(caught.value) == why
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize("frames", [0, 400, 800])
@pytest.mark.parametrize("inside", ["1", "NaN"])
@pytest.mark.parametrize("depth", [100, 450])
def test_any_depth_is_read_or_refused_however_deep_the_caller_is(
    frames: int, inside: str, depth: int
) -> None:
    def act() -> str:
        try:
            loads(nested(depth, inside))
        except JSONRefused as refusal:
            return str(refusal)
        return "read"

    said = far_down(frames, act)
    assert said == "read" or (said == "it is nested too deeply" and frames + depth > 500)


def test_brackets_in_strings_are_no_depth() -> None:
    text = '["' + "[{" * MAX_DEPTH + '\\"[\\\\",NaN]'
    assert loads(text)[0] == json.loads(text)[0]  # type: ignore[index]


def test_the_deepest_text_that_is_read() -> None:
    assert loads(nested(MAX_DEPTH - 1, '{"a":NaN}')) is not None


def test_width_is_no_depth() -> None:
    text = "[" + "[{}]," * (2 * MAX_DEPTH) + "NaN]"
    assert len(loads(text)) == 2 * MAX_DEPTH + 1  # type: ignore[arg-type]


def test_a_value_too_deep_to_write_is_refused() -> None:
    value: list[object] = []
    for _ in range(300_000):
        value = [value]
    with pytest.raises(JSONRefused, match="nested too deeply"):
        dumps(value)


@pytest.mark.parametrize(
    "text", ['"' + '\\"' * 1_000_000, '"\\', "[" + '"a",' * 300_000 + "NaN", '""' * 500_000]
)
def test_garbage_takes_linear_time(text: str) -> None:
    """Hours, not milliseconds, if anything were looked at again and again."""
    with pytest.raises(JSONRefused):
        loads(text)


@given(st.dictionaries(TEXTS, VALUES, max_size=4), st.booleans())
@settings(max_examples=200)
def test_an_outline_has_the_members_but_not_what_is_in_them(value: dict[str, Any], ascii_only: bool) -> None:
    shallow = {name: None if isinstance(member, list | dict) else member for name, member in value.items()}
    text = json.dumps(value, ensure_ascii=ascii_only)
    assert json.dumps(loads(outline(text))) == json.dumps(shallow)
    if ascii_only:
        assert outline(text.encode()) == outline(text)


@given(st.one_of(st.text('[]{}",:\\ 1aNu"', max_size=40), st.binary(max_size=20)))
@settings(max_examples=300)
def test_anything_has_an_outline_that_is_not_deep(text: str | bytes) -> None:
    try:
        assert not any(isinstance(part, list | dict) for part in parts(loads(outline(text))))
    except TooDeep:
        raise
    except JSONRefused:
        pass


def parts(value: object) -> list[object]:
    return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []


def test_no_depth_is_too_much_for_an_outline() -> None:
    deep = nested(100_000)
    with pytest.raises(TooDeep):
        loads(f'{{"a":{deep}}}')
    assert outline(f'{{"a":{deep},"b":[{deep},"]"],"c":3}}') == '{"a":null,"b":null,"c":3}'
    assert outline('{"a":[[' + "[" * 9) == '{"a":null'
