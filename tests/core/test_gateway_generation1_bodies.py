"""What gateway 1.7.1 takes, and how it says that it does not, in many a case as a real one was heard."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tgproto.gateway.generation1.bodies import Body, Refused, Value, reading, sending
from tgproto.gateway.steps import Failure, Frame, Step
from tgproto.gateway.telling import complain
from tgproto.session.envelope import WireError
from tgproto.session.events import Payload

Read = Callable[[Body], object]


def refusal(value: object, read: Read) -> str:
    with pytest.raises(Refused) as refused:
        read(Body(value))
    return str(refused.value)


def needed(body: Body) -> str:
    return body.needed_text("text")


def optional(body: Body) -> str:
    return body.text("flow-id", "default")


def test_strings() -> None:
    assert needed(Body({"text": "x"})) == "x"
    assert needed(Body({"text": None})) == ""
    assert optional(Body({})) == "default"
    assert optional(Body({"flow-id": "x"})) == "x"
    assert optional(Body({"flow-id": None})) == ""
    assert Body({}).optional_text("text") is Body({"text": None}).optional_text("text") is None
    assert Body({"text": "x"}).optional_text("text") == "x"


@pytest.mark.parametrize(
    ("value", "read", "message"),
    [
        ({}, needed, "'text'"),
        ("x", needed, "string indices must be integers, not 'str'"),
        ([], needed, "list indices must be integers or slices, not str"),
        (None, needed, "'NoneType' object is not subscriptable"),
        ({"text": 5}, needed, "Invalid type '<class 'int'>' for field 'text'. Expected a string"),
        ("x", optional, "'str' object has no attribute 'get'"),
        ({"flow-id": []}, optional, "Invalid type '<class 'list'>' for field 'flow_id'. Expected a string"),
    ],
)
def test_what_is_no_string(value: object, read: Read, message: str) -> None:
    assert refusal(value, read) == message


def test_flags() -> None:
    def read(body: Body) -> bool:
        return body.flag("streaming")

    assert [read(Body({"streaming": value})) for value in (True, False, None)] == [True, False, False]
    assert read(Body({})) is False
    assert refusal({"streaming": 1}, read) == (
        "Invalid type '<class 'int'>' for field 'streaming'. Expected: bool"
    )
    assert "has no attribute 'get'" in refusal([], read)


def test_numbers() -> None:
    def read(body: Body) -> int:
        return body.count("limit", 10)

    assert [read(Body({"limit": value})) for value in (3, 2.9, "7", True)] == [3, 2, 7, 1]
    assert read(Body({})) == 10
    assert refusal({"limit": "many"}, read) == "invalid literal for int() with base 10: 'many'"
    assert "not 'NoneType'" in refusal({"limit": None}, read)
    assert refusal({"limit": float("inf")}, read) == "cannot convert float infinity to integer"


def test_terms() -> None:
    def read(body: Body) -> Value | None:
        return body.term("s")

    assert read(Body({})) is None
    assert read(Body({"s": {"v": "urn:x", "e": True, "type": 5}})) == Value("urn:x", True)
    assert read(Body({"s": {"v": None, "e": None}})) == Value("", False)
    for term, message in [
        ({}, "'v'"),
        ({"t": "i", "i": "urn:x"}, "'v'"),
        ({"v": "x"}, "'e'"),
        (None, "'NoneType' object is not subscriptable"),
        ("urn:x", "string indices must be integers, not 'str'"),
        ({"v": 5, "e": True}, "Invalid type '<class 'int'>' for field 'value'. Expected a string"),
        ({"v": "x", "e": 1}, "Invalid type '<class 'int'>' for field 'is_uri'. Expected: bool"),
    ]:
        assert refusal({"s": term}, read) == message
    assert refusal(5, read) == "argument of type 'int' is not iterable"


def test_arrays_of_strings() -> None:
    def read(body: Body) -> list[str]:
        return body.texts("group")

    assert read(Body({})) == read(Body({"group": None})) == read(Body({"group": []})) == []
    assert read(Body({"group": ["a"]})) == ["a"]
    assert refusal({"group": "a"}, read) == "Invalid type '<class 'str'>' for field 'group'. Expected: list"
    assert refusal({"group": [1]}, read) == "Array field group items should all be of type string"


def test_objects_of_strings() -> None:
    def read(body: Body) -> dict[str, str]:
        return body.named_texts("terms")

    assert read(Body({})) == read(Body({"terms": None})) == {}
    assert read(Body({"terms": {"a": "x"}})) == {"a": "x"}
    assert refusal({"terms": "a"}, read) == "Invalid type '<class 'str'>' for field 'terms'. Expected: dict"
    assert refusal({"terms": {"a": 1}}, read) == (
        "Map values for field terms should all be of type (<class 'str'>, <class 'bytes'>)"
    )


def test_the_steps_of_an_agent() -> None:
    def read(body: Body) -> None:
        body.steps("history")

    for fine in (None, [], [{}, {"thought": "t", "arguments": {"a": "x"}, "unknown": 5}]):
        read(Body({"history": fine}))
    read(Body({}))
    kind = "pulsar.schema.definition.Record"
    for steps, message in [
        ("h", "Invalid type '<class 'str'>' for field 'history'. Expected: list"),
        (["h"], "Array field history items should all be of type AgentStep"),
        ([{}, 5], f"{kind}.__init__() argument after ** must be a mapping, not int"),
        ([{"user": 5}], "Invalid type '<class 'int'>' for field 'user'. Expected a string"),
        ([{"arguments": []}], "Invalid type '<class 'list'>' for field 'arguments'. Expected: dict"),
    ]:
        assert refusal({"history": steps}, read) == message


def test_what_has_to_be_there() -> None:
    Body({"query": None}).require("query")
    assert refusal({}, lambda body: body.require("query")) == "'query'"
    assert refusal(None, lambda body: body.require("query")) == "'NoneType' object is not subscriptable"


def test_objects() -> None:
    def read(body: Body) -> dict[str, object] | None:
        return body.named_values("variables")

    assert read(Body({})) is None
    assert read(Body({"variables": {"a": [1]}})) == {"a": [1]}
    assert refusal({"variables": None}, read) == "'NoneType' object has no attribute 'items'"


def test_vectors() -> None:
    def read(body: Body) -> list[list[float]]:
        return body.needed_vectors("vectors")

    assert read(Body({"vectors": [[1, 0.5], []]})) == [[1.0, 0.5], []]
    assert read(Body({"vectors": None})) == []
    assert refusal({"vector": [1.0]}, read) == "'vectors'"
    assert "Expected: list" in refusal({"vectors": "x"}, read)
    assert refusal({"vectors": [1.0]}, read) == "Array field vectors items should all be of type array"
    assert refusal({"vectors": [["x"]]}, read) == "could not convert string to float: 'x'"
    assert refusal({"vectors": [[10**400]]}, read) == "int too large to convert to float"


def echo(body: Body, known: list[str]) -> Iterator[Step]:
    known.append(body.needed_text("text"))
    return iter((Frame(b"1", final=True),))


def test_a_service_that_has_its_body_read() -> None:
    known: list[str] = []
    serve = reading(echo)
    assert list(serve(Payload(b'{"text":"\\ud800"}'), known)) == [Frame(b"1", final=True)]
    assert known == ["\ud800"]

    def said(body: Any) -> list[Step]:
        return list(serve(Payload(body if isinstance(body, bytes) else json.dumps(body).encode()), known))

    assert said({}) == list(complain("'text'")) == [Failure(WireError("gateway-error", "'text'"))]
    [failure] = said(b"[" * 100_000)
    assert isinstance(failure, Failure)
    assert known == ["\ud800"]


def test_a_service_that_only_hands_on() -> None:
    known: list[str] = []
    serve = sending(echo)
    assert list(serve(Payload(b'{"text":"x"}'), known)) == [Frame(b"1", final=True)]
    assert list(serve(Payload(b"{}"), known)) == [Frame(b'{"error":"\'text\'"}', final=True)]
    [frame] = serve(Payload(b"["), known)
    assert isinstance(frame, Frame)
    assert frame.final
    assert known == ["x"]


def test_whole_numbers() -> None:
    def read(body: Body) -> int | None:
        return body.whole("max_results")

    assert read(Body({"max_results": 5})) == 5
    assert read(Body({})) is read(Body({"max_results": None})) is None
    expected = "Invalid type '<class 'float'>' for field 'max_results'. Expected: int"
    assert refusal({"max_results": 5.0}, read) == expected


def test_anything() -> None:
    def read(body: Body) -> object:
        return body.value("parameters")

    assert read(Body({"parameters": [5]})) == [5]
    assert read(Body({"parameters": None})) is None
    assert read(Body({})) == {}
    assert refusal("x", read) == "'str' object has no attribute 'get'"


def test_base64() -> None:
    def data(body: Body) -> bytes:
        return body.needed_bytes("data")

    def text(body: Body) -> str:
        return body.decoded("data", "charset")

    assert data(Body({"data": "/w=="})) == b"\xff"
    assert text(Body({"data": "/w==", "charset": "latin-1"})) == "ÿ"
    assert text(Body({"data": ""})) == ""
    assert "can't decode byte 0xff" in refusal({"data": "/w=="}, text)
    assert refusal({"data": "YQ==", "charset": "nope"}, text) == "unknown encoding: nope"
    for read in (data, text):
        assert refusal({}, read) == "'data'"
        assert refusal({"data": "a"}, read).startswith("Invalid base64-encoded string")
        assert refusal([], read) == "'list' object has no attribute 'get'"


def test_triples() -> None:
    def read(body: Body) -> object:
        return body.triples("metadata")

    iri, text = {"v": "urn:x", "e": True}, {"v": "x", "e": False}
    triple = (Value("urn:x", True), Value("urn:x", True), Value("x", False))
    assert read(Body({"metadata": [{"s": iri, "p": iri, "o": text}]})) == [triple]
    assert read(Body({})) == read(Body({"metadata": None})) == []
    assert refusal({"metadata": [{"s": iri, "p": iri}]}, read) == "'o'"
    assert refusal({"metadata": [{"s": {"v": "x"}}]}, read) == "'e'"
    assert refusal({"metadata": 5}, read) == "'int' object is not iterable"


def test_bodies_in_bodies() -> None:
    body = Body({"one": {"text": "x"}, "many": [{"text": "y"}], "null": None, "number": 5})
    one, many = body.child("one"), body.children("many")
    assert one is not None
    assert many is not None
    assert needed(one) == needed(body.needed_child("one")) == "x"
    assert [needed(item) for item in many] == [needed(item) for item in body.needed_children("many")] == ["y"]
    assert body.child("nope") is body.children("nope") is None
    assert body.filled("one")
    assert not body.filled("null")
    assert not body.filled("nope")
    assert body.whole("number") == 5
    assert body.whole("null") is body.whole("nope") is None
    assert Body({"tags": ["a"]}).optional_texts("tags") == ["a"]
    assert Body({"tags": None}).optional_texts("tags") is Body({}).optional_texts("tags") is None
    assert Body({"s": {"v": "x", "e": True}}).needed_term("s") == Value("x", True)
    assert Body({"content": "aGk="}).encoded("content") == b"hi"
    assert Body({"content": "a?Gk="}).encoded("content") == b"hi"
    assert Body({}).encoded("content") is None


@pytest.mark.parametrize(
    ("value", "read", "message"),
    [
        ({}, lambda body: body.needed_child("one"), "'one'"),
        ({}, lambda body: body.needed_children("many"), "'many'"),
        ({}, lambda body: body.needed_term("s"), "'s'"),
        ({"s": {"v": "x"}}, lambda body: body.needed_term("s"), "'e'"),
        ({"many": None}, lambda body: body.children("many"), "'NoneType' object is not iterable"),
        ({"content": "a"}, lambda body: body.encoded("content"), None),
        (
            {"content": None},
            lambda body: body.encoded("content"),
            "'NoneType' object has no attribute 'encode'",
        ),
        (
            {"n": "5"},
            lambda body: body.whole("n"),
            "Invalid type '<class 'str'>' for field 'n'. Expected: int",
        ),
        (5, lambda body: body.filled("x"), "'int' object has no attribute 'get'"),
    ],
)
def test_bodies_that_cannot_be(value: object, read: Read, message: str | None) -> None:
    assert message in (None, refusal(value, read))
