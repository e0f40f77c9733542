"""Graphs as text: what the W3C's grammar allows, what it does not, and anything at all."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tgproto.gateway.ntriples import parse_ntriples
from tgproto.types.terms import IRI, BlankNode, Literal, Term, Triple

S, P, END = IRI("http://e/s"), IRI("http://e/p"), IRI("http://e/o")


@pytest.mark.parametrize(
    ("line", "triple"),
    [
        ("<http://e/s> <http://e/p> <http://e/o> .", Triple(S, P, END)),
        ("<http://e/s><http://e/p><http://e/o>.", Triple(S, P, END)),
        ("\t<http://e/s>  <http://e/p>\t<http://e/o> . # said <a> .", Triple(S, P, END)),
        ('<http://e/s> <http://e/p> "o" .', Triple(S, P, Literal("o"))),
        ('<http://e/s> <http://e/p> "" .', Triple(S, P, Literal(""))),
        ('<http://e/s> <http://e/p> "http://not.an/iri" .', Triple(S, P, Literal("http://not.an/iri"))),
        ('<http://e/s> <http://e/p> "salut"@fr-CA .', Triple(S, P, Literal("salut", language="fr-CA"))),
        ('<http://e/s> <http://e/p> "1"^^<http://e/int> .', Triple(S, P, Literal("1", "http://e/int"))),
        ("_:a <http://e/p> _:b.2-c .", Triple(BlankNode("a"), P, BlankNode("b.2-c"))),
        ("<http://e/s> <http://e/p> _:bé .", Triple(S, P, BlankNode("bé"))),
        ("<http://e/s> <http://e/p> _:b.", Triple(S, P, BlankNode("b"))),
        ("<http://e/s> <http://e/p> <http://e/o> <http://e/g> .", Triple(S, P, END, "http://e/g")),
        ('<http://e/s> <http://e/p> "a.b . # \\"c\\"" .', Triple(S, P, Literal('a.b . # "c"'))),
        ('<http://e/s> <http://e/p> "\\t\\b\\n\\r\\f\\\'\\\\" .', Triple(S, P, Literal("\t\b\n\r\f'\\"))),
        ('<http://e/s> <http://e/p> "\\u00e9\\U0001F309" .', Triple(S, P, Literal("é\U0001f309"))),
        ('<http://e/s> <http://e/p> "\\\\u00e9" .', Triple(S, P, Literal("\\u00e9"))),
        ("<http://e/\\u0073> <http://e/p> <http://e/o> .", Triple(S, P, END)),
        ('<http://e/s> <http://e/p> "1"^^<http://e/\\u0069nt> .', Triple(S, P, Literal("1", "http://e/int"))),
        ('<http://e/s> <http://e/p> "line\u2028separator" .', Triple(S, P, Literal("line\u2028separator"))),
    ],
)
def test_a_statement(line: str, triple: Triple) -> None:
    assert parse_ntriples(line) == [triple]


def test_lines_may_be_empty_or_comments_and_end_in_any_way() -> None:
    line = "<http://e/s> <http://e/p> <http://e/o> ."
    assert parse_ntriples(f"# a\r\n{line}\r\r\n \t \n{line} # b\n\t# c") == [Triple(S, P, END)] * 2
    assert parse_ntriples("") == []


@pytest.mark.parametrize(
    "line",
    [
        "<http://e/s> <http://e/p> <http://e/o>",
        "<http://e/s> <http://e/p> .",
        "<http://e/s> <http://e/p> <http://e/o> . <http://e/s>",
        '"s" <http://e/p> <http://e/o> .',
        "<http://e/s> _:p <http://e/o> .",
        "<http://e/s> <http://e/p> <http://e/o> _:g .",
        '<http://e/s> <http://e/p> <http://e/o> "g" .',
        "<http://e/s> <http://e/p> <http://e/o> <http://e/g> <http://e/h> .",
        "<> <http://e/p> <http://e/o> .",
        "<http://e/ s> <http://e/p> <http://e/o> .",
        '<http://e/s> <http://e/p> "o .',
        '<http://e/s> <http://e/p> "o"^^int .',
        '<http://e/s> <http://e/p> "\\x" .',
        '<http://e/s> <http://e/p> "\\uD8" .',
        '<http://e/s> <http://e/p> "\\U00110000" .',
        "word",
        ".",
    ],
)
def test_no_statement(line: str) -> None:
    with pytest.raises(ValueError, match=r"^line 2 is no statement"):
        parse_ntriples(f"\n{line}")


names = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1)
iris = names.map(lambda name: IRI(f"http://e/{name}"))
texts = st.text(st.characters(codec="utf-8"))
literals = st.one_of(
    st.builds(Literal, texts),
    st.builds(Literal, texts, language=st.sampled_from(["en", "de-CH"])),
    st.builds(Literal, texts, iris.map(str)),
)
nodes = st.one_of(iris, names.map(BlankNode))
triples = st.builds(Triple, nodes, iris, st.one_of(nodes, literals), st.one_of(st.just(""), iris.map(str)))


def written(term: Term) -> str:
    if isinstance(term, Literal):
        text = "".join(f"\\U{ord(one):08x}" if one in '"\\\n\r' else one for one in term.value)
        kind = f"@{term.language}" if term.language else f"^^<{term.datatype}>" if term.datatype else ""
        return f'"{text}"{kind}'
    return f"<{term}>" if isinstance(term, IRI) else str(term)


def line(triple: Triple) -> str:
    graph = f"<{triple.g}> " if triple.g else ""
    return f"{written(triple.s)} {written(triple.p)} {written(triple.o)} {graph}."


@given(st.lists(triples))
@settings(max_examples=60, deadline=None)
def test_what_is_written_is_read(graph: list[Triple]) -> None:
    assert parse_ntriples("\n".join(map(line, graph))) == graph


def attempt(text: str) -> list[Triple] | str:
    try:
        return parse_ntriples(text)
    except ValueError as error:
        return str(error)


@given(st.text(st.sampled_from('<>_:"\\@^.# \t\nau0/é')))
@settings(max_examples=200, deadline=None)
def test_anything_is_read_or_refused(text: str) -> None:
    result = attempt(text)
    assert isinstance(result, list) or "is no statement" in result


def test_reading_takes_linear_time() -> None:
    with pytest.raises(ValueError, match="line 1 "):
        parse_ntriples('<http://e/s> <http://e/p> "' + "\\u00e9" * 200_000)
    with pytest.raises(ValueError, match="line 1 "):
        parse_ntriples("<http://e/s> <http://e/p> _:" + "a." * 200_000 + "?")
