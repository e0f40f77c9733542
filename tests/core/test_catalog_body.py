"""Arguments into bodies, in both dialects."""

from __future__ import annotations

import enum
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tgproto.catalog.body import encode_body, json_text
from tgproto.catalog.spelling import Refusal
from tgproto.dialect import GENERATION_1, GENERATION_2
from tgproto.errors import LocalProtocolError
from tgproto.secrets import Secret
from tgproto.types import IRI, BlankNode, Literal, QuotedTriple, TextCompletion, Triple
from tgproto.types.terms import GraphName


def body(arguments: dict[str, object], dialect: object = GENERATION_2) -> object:
    return json.loads(encode_body(arguments, dialect))  # type: ignore[arg-type]


def test_none_leaves_a_member_out_but_not_inside() -> None:
    assert body({"a": None, "b": {"c": None}, "d": [None]}) == {"b": {"c": None}, "d": [None]}


def test_json_values_stay() -> None:
    value = {
        "text": "ä",
        "yes": True,
        "no": False,
        "n": -3,
        "x": 0.5,
        "list": [1, [2]],
        "map": {"a": {"b": 1}},
    }
    assert body(value) == value
    assert body({"t": (1, "a")}) == {"t": [1, "a"]}


def test_vectors() -> None:
    assert body({"v": [0.5, -1.0], "w": [1e308, 1e308], "m": [0.5, 1]}) == {
        "v": [0.5, -1.0],
        "w": [1e308, 1e308],
        "m": [0.5, 1],
    }
    with pytest.raises(ValueError, match=r"^v\[1\] must be a finite number"):
        body({"v": [0.5, float("nan")]})


def test_bytes_become_base64() -> None:
    assert body({"a": b"hello", "b": [b""], "c": {"d": b"\xff"}}) == {
        "a": "aGVsbG8=",
        "b": [""],
        "c": {"d": "/w=="},
    }


def test_subclasses_become_what_they_are_based_on() -> None:
    class Number(enum.IntEnum):
        ONE = 1

    class Share(float):
        pass

    text = TextCompletion("t")
    assert body({text: text, "n": Number.ONE, "x": Share(0.5), "m": {text: [text]}}) == {
        "t": "t",
        "n": 1,
        "x": 0.5,
        "m": {"t": ["t"]},
    }


def test_terms_follow_the_dialect() -> None:
    arguments: dict[str, object] = {
        "s": IRI("urn:s"),
        "o": Literal("x"),
        "list": [Triple("urn:s", "urn:p", "x")],
    }
    assert body(arguments) == {
        "s": {"t": "i", "i": "urn:s"},
        "o": {"t": "l", "v": "x"},
        "list": [{"s": {"t": "i", "i": "urn:s"}, "p": {"t": "i", "i": "urn:p"}, "o": {"t": "l", "v": "x"}}],
    }
    assert body({"s": IRI("urn:s"), "o": Literal("x")}, GENERATION_1) == {
        "s": {"v": "urn:s", "e": True},
        "o": {"v": "x", "e": False},
    }


def test_graphs_follow_the_dialect() -> None:
    assert body({"g": GraphName("urn:g")}) == {"g": "urn:g"}
    assert body({"g": GraphName("")}) == {"g": ""}
    assert body({"g": GraphName("")}, GENERATION_1) == {}


@pytest.mark.parametrize(
    "value",
    [
        Literal("x", language="fr"),
        BlankNode("b"),
        QuotedTriple(Triple("urn:s", "urn:p", "o")),
        GraphName("urn:g"),
        [Triple("urn:s", "urn:p", "o", "urn:g")],
    ],
)
def test_what_a_dialect_cannot_express_is_refused_by_name(value: object) -> None:
    with pytest.raises(LocalProtocolError, match=r"^member: .* 1\.x"):
        encode_body({"member": value}, GENERATION_1)


@pytest.mark.parametrize(
    ("value", "error", "said"),
    [
        ({"deep": [1, {2}]}, TypeError, r"member\.deep\[1\] must be .*, not set"),
        (object(), TypeError, "member must be a JSON value or a term, not object"),
        (bytearray(b"bytes"), TypeError, "not bytearray"),
        ({5: 1}, TypeError, "member must have str as keys, not int"),
        (float("nan"), ValueError, "member must be a finite number"),
        ([float("inf")], ValueError, r"member\[0\] must be a finite number"),
    ],
)
def test_what_json_cannot_carry_is_refused_with_its_place(
    value: object, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        encode_body({"member": value}, GENERATION_2)


@given(
    st.dictionaries(
        st.text(max_size=4),
        st.recursive(
            st.booleans()
            | st.integers()
            | st.floats(allow_nan=False, allow_infinity=False)
            | st.text(max_size=4),
            lambda inner: (
                st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
            ),
            max_leaves=6,
        ),
        max_size=3,
    )
)
@settings(max_examples=100)
def test_any_json_object_is_carried(arguments: dict[str, object]) -> None:
    assert body(arguments) == arguments


def test_a_refusal_says_why() -> None:
    with pytest.raises(LocalProtocolError, match=r"^text: one at a time$"):
        body({"text": Refusal("one at a time")})
    with pytest.raises(LocalProtocolError, match=r"^a: no$"):
        body({"a": [{"b": Refusal("no")}]})


def test_secrets_are_revealed() -> None:
    assert body({"a": Secret("hush"), "b": [{"c": Secret("hush")}]}) == {"a": "hush", "b": [{"c": "hush"}]}


def test_json_within_json() -> None:
    assert json_text("a", {"b": [1, TextCompletion("ä")]}) == '{"b":[1,"ä"]}'
    assert json.loads(json_text("a", "\ud800")) == "\ud800"
    with pytest.raises(TypeError, match=r"^a\.b must be a JSON value"):
        json_text("a", {"b": object()})
    with pytest.raises(ValueError, match=r"^a must be a finite number"):
        json_text("a", float("nan"))
