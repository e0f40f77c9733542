"""Arguments: what passes, and that a refusal names the parameter."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from tgproto.catalog import arguments as check
from tgproto.secrets import Secret
from tgproto.types import IRI, Literal, TextCompletion, Triple
from tgproto.types.terms import GraphName

TRIPLE = Triple("urn:a", "urn:b", "c")


async def awaited() -> None:
    """Do nothing, later."""


@pytest.mark.parametrize(
    ("checker", "value", "result"),
    [
        (check.text, "a", "a"),
        (check.text, "", ""),
        (check.name_of, "a", "a"),
        (check.iri, "urn:a", "urn:a"),
        (check.iri, IRI("urn:a"), "urn:a"),
        (check.count, 0, 0),
        (check.count, 5, 5),
        (check.flag, True, True),
        (check.texts, ["a", IRI("urn:b")], ["a", "urn:b"]),
        (check.texts, (), []),
        (check.text_or_texts, "a", ["a"]),
        (check.text_or_texts, ("a", "b"), ["a", "b"]),
        (check.mapping, {"a": 1}, {"a": 1}),
        (check.mappings, [{"a": 1}, {}], [{"a": 1}, {}]),
        (check.text_by_name, {"a": "b"}, {"a": "b"}),
        (check.attributes, {"a": "b", "c": ("d", "e")}, {"a": "b", "c": ["d", "e"]}),
        (check.term, "urn:a", IRI("urn:a")),
        (check.term, Literal("urn:a"), Literal("urn:a")),
        (check.graph, "urn:g", GraphName("urn:g")),
        (check.graph, IRI("urn:g"), GraphName("urn:g")),
        (check.graph, "", GraphName("")),
        (check.triples, [TRIPLE], [TRIPLE]),
        (check.triples, (), []),
        (partial(check.instance, Triple), TRIPLE, TRIPLE),
        (check.content, b"a", b"a"),
        (check.content, bytearray(b"a"), b"a"),
        (check.function, print, print),
        (check.function, None, None),
    ],
)
def test_what_passes(checker: Callable[[str, object], object], value: object, result: object) -> None:
    assert checker("name", value) == result
    assert check.optional(checker, "name", value) == result
    assert check.optional(checker, "name", None) is None


@pytest.mark.parametrize(
    ("checker", "value", "said"),
    [
        (check.text, 5, "name must be a str, not int"),
        (check.text, b"a", "name must be a str, not bytes"),
        (check.count, "default", "name must be an int, not str"),
        (check.count, 1.0, "name must be an int, not float"),
        (check.count, True, "name must be an int, not bool"),
        (check.flag, 1, "name must be a bool, not int"),
        (check.texts, "abc", "name must be a list, not str"),
        (check.texts, b"abc", "name must be a list, not bytes"),
        (check.texts, {"a"}, "name must be a list, not set"),
        (check.texts, ["a", 5], r"name\[1\] must be a str, not int"),
        (check.text_or_texts, 5, "name must be a list, not int"),
        (check.mapping, [1], "name must be a mapping, not list"),
        (check.mappings, {"a": 1}, "name must be a list, not dict"),
        (check.mappings, [1], r"name\[0\] must be a mapping, not int"),
        (check.name_of, None, "name must be a str, not NoneType"),
        (check.iri, 5, "name must be a str, not int"),
        (check.text_by_name, {"a": 5}, r"name\['a'\] must be a str, not int"),
        (check.text_by_name, {5: "a"}, "name must be a str, not int"),
        (check.text_by_name, "a", "name must be a mapping, not str"),
        (check.attributes, {"a": 5}, r"name\['a'\] must be a list, not int"),
        (check.attributes, {5: "a"}, "name must be a str, not int"),
        (check.graph, 5, "name must be a str, not int"),
        (check.triples, TRIPLE, "name must be a list, not Triple"),
        (check.triples, [TRIPLE, "a"], r"name\[1\] must be a Triple, not str"),
        (partial(check.instance, Triple), "a", "name must be a Triple, not str"),
        (check.content, "a", "name must be bytes, not str"),
        (check.function, 5, "name must be a function or None, not int"),
        (check.function, awaited, "name must be a plain function: it is called, and not awaited"),
    ],
)
def test_what_is_refused(checker: Callable[[str, object], object], value: object, said: str) -> None:
    with pytest.raises(TypeError, match=said) as caught:
        checker("name", value)
    in_doubt = "name must" in said and value is not awaited
    assert ("by keyword" in str(caught.value)) is in_doubt


def test_a_term_is_refused_by_name() -> None:
    with pytest.raises(TypeError, match=r"s: a term must be .* not int"):
        check.term("s", 5)


def test_impossible_values() -> None:
    with pytest.raises(ValueError, match="limit must not be negative"):
        check.count("limit", -1)
    with pytest.raises(ValueError, match="flow must not be empty"):
        check.name_of("flow", "")
    with pytest.raises(ValueError, match=r"g: 'trustgraph' is not the IRI of a graph.*user="):
        check.graph("g", "trustgraph")


def test_strings_become_exact() -> None:
    result = TextCompletion("a")
    assert type(check.text("name", result)) is str
    assert type(check.texts("name", [result])[0]) is str
    assert type(check.text_or_texts("name", result)[0]) is str
    assert type(check.name_of("name", result)) is str
    assert [type(text) for item in check.text_by_name("name", {result: result}).items() for text in item] == [
        str,
        str,
    ]
    assert type(check.attributes("name", {"a": result})["a"]) is str


def test_a_renamed_parameter_is_given_once() -> None:
    assert check.renamed(check.text, "query", "a", "question", None) == "a"
    assert check.renamed(check.text_or_texts, "texts", None, "text", "b") == ["b"]
    for values in ((None, None), ("a", "b")):
        with pytest.raises(TypeError, match="query is needed, once"):
            check.renamed(check.text, "query", values[0], "question", values[1])
    with pytest.raises(TypeError, match="question must be a str"):
        check.renamed(check.text, "query", None, "question", 5)


@pytest.mark.parametrize("value", ["hush", Secret("hush"), TextCompletion("hush")])
def test_secrets_are_not_shown(value: object) -> None:
    secret = check.secret("password", value)
    assert (type(secret), secret.reveal(), type(secret.reveal())) == (Secret, "hush", str)
    assert "hush" not in repr(secret)


@pytest.mark.parametrize(
    ("value", "error"), [("", ValueError), (Secret(""), ValueError), (b"hush", TypeError)]
)
def test_what_is_no_secret(value: object, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"^password must") as refused:
        check.secret("password", value)
    assert "hush" not in str(refused.value)


def test_positive() -> None:
    assert check.positive("n", 1) == 1
    for wrong, error, said in (
        (0, ValueError, "n must be at least 1"),
        (-1, ValueError, "negative"),
        ("1", TypeError, "an int"),
    ):
        with pytest.raises(error, match=said):
            check.positive("n", wrong)


def test_what_stands_in_a_path() -> None:
    assert check.quoted("name", "a b/ü") == "a%20b/%C3%BC"
    assert check.quoted("name", "a/b", "") == "a%2Fb"
    with pytest.raises(ValueError, match="name has a lone surrogate"):
        check.quoted("name", "\ud800")
