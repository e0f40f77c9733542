"""Graphs as text: what the W3C's grammar allows, what it does not, and anything at all."""

from __future__ import annotations

from itertools import islice, repeat

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.core.graphs import STARRED, TERMS
from tgproto.errors import LocalProtocolError
from tgproto.rdf import (
    MAX_DEPTH,
    NotExpressible,
    NTriplesError,
    format_term,
    format_triple,
    format_triples,
    parse,
    parse_line,
)
from tgproto.types import IRI, BlankNode, Literal, QuotedTriple, Term, TextCompletion, Triple, as_term

S, P, END = IRI("http://e/s"), IRI("http://e/p"), IRI("http://e/o")
SPO = "<http://e/s> <http://e/p> <http://e/o>"
SP = "<http://e/s> <http://e/p>"


# --- reading --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "triple"),
    [
        (f"{SPO} .", Triple(S, P, END)),
        ("<http://e/s><http://e/p><http://e/o>.", Triple(S, P, END)),
        ("\t<http://e/s>  <http://e/p>\t<http://e/o> . # said <a> .", Triple(S, P, END)),
        (f"{SPO} .#", Triple(S, P, END)),
        ("_:s<http://e/p>_:o.", Triple(BlankNode("s"), P, BlankNode("o"))),
        ("_:1a <http://e/p> _:b.2-c .", Triple(BlankNode("1a"), P, BlankNode("b.2-c"))),
        (f"{SP} _:bé·..x .", Triple(S, P, BlankNode("bé·..x"))),
        *(
            (f"{SP} _:{label} .", Triple(S, P, BlankNode(label)))
            for label in (
                "_",
                "é",
                "\u037f\u0300",
                "\u200d\u203f\u2040",
                "\u3001",
                "\ud7ff",
                "\U00010000",
                "\U000effff",
            )
        ),
        (f"{SP} _:b.", Triple(S, P, BlankNode("b"))),
        (f"{SPO} <http://e/g> .", Triple(S, P, END, "http://e/g")),
        (f"{SP} _:b<http://e/g>.", Triple(S, P, BlankNode("b"), "http://e/g")),
    ],
)
def test_a_statement(line: str, triple: Triple) -> None:
    assert parse_line(line) == triple
    assert parse_line(f"{line}\r\n") == triple


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("<http://e/\\u0073\\U00000073>", IRI("http://e/ss")),
        ("<http://e/ä\u00a0#?x=%20>", IRI("http://e/ä\u00a0#?x=%20")),
        ("<a-z+0.9:!$&'()*+,-./09:;=?@AZ_az~>", IRI("a-z+0.9:!$&'()*+,-./09:;=?@AZ_az~")),
        ("<urn:>", IRI("urn:")),
        ('"o"', Literal("o")),
        ('""', Literal("")),
        ('"http://not.an/iri"', Literal("http://not.an/iri")),
        ('"salut"@fr-CA', Literal("salut", language="fr-CA")),
        ('"hi"@en-1-x2', Literal("hi", language="en-1-x2")),
        ('"1"^^<http://e/\\u0069nt>', Literal("1", "http://e/int")),
        ('"1" ^^ <http://e/int>', Literal("1", "http://e/int")),
        ('"salut" @fr', Literal("salut", language="fr")),
        ('"a.b . # \\"c\\""', Literal('a.b . # "c"')),
        ('"\\t\\b\\n\\r\\f\\"\\\'\\\\"', Literal("\t\b\n\r\f\"'\\")),
        ('"\\u00E9\\u00e9\\U0001F309\\U0010ffff\\uD7FF"', Literal("éé\U0001f309\U0010ffff\ud7ff")),
        ('"\\\\u00e9"', Literal("\\u00e9")),
        ('"\\\\\\u00e9"', Literal("\\é")),
        ('"\\u0000\x00\x01\t\x0b\x0c\x1f\x7f\x85"', Literal("\x00\x00\x01\t\x0b\x0c\x1f\x7f\x85")),
        ('"line\u2028separator"', Literal("line\u2028separator")),
        ('"\'@^^<>_:{}|`"', Literal("'@^^<>_:{}|`")),
        (f"<< {SPO} >>", QuotedTriple(Triple(S, P, END))),
        ("<<<http://e/s><http://e/p>_:b>>", QuotedTriple(Triple(S, P, BlankNode("b")))),
        (
            f'<<<<{SPO}>><http://e/p>"x">>',
            QuotedTriple(Triple(QuotedTriple(Triple(S, P, END)), P, Literal("x"))),
        ),
    ],
)
def test_an_object(text: str, term: Term) -> None:
    assert parse_line(f"{SP} {text} .") == Triple(S, P, term)
    assert parse_line(f"{SP} {text}.") == Triple(S, P, term)


SUBJECT = "an IRI, a blank node or a quoted triple"
OBJECT = "an IRI, a blank node, a literal or a quoted triple"
GRAPH = "'.' or the IRI of a graph"
END_OF_LINE = "a comment or the end of the line"
IN_IRI = "a character of an IRI, or '>'"
ABSOLUTE = "an absolute IRI, with a scheme, of characters that it may have"
BLANK = "a blank node: '_:' and a label"
IN_TEXT = r"""'"', or an escape: \t \b \n \r \f \" \' \\ \uXXXX \UXXXXXXXX"""
LANGUAGE = "a language: '@' and a tag"


@pytest.mark.parametrize(
    ("line", "column", "expected"),
    [
        ("word", 1, SUBJECT),
        (".", 1, SUBJECT),
        ("@prefix e: <http://e/> .", 1, SUBJECT),
        ('"s" <http://e/p> <http://e/o> .', 1, SUBJECT),
        ("\ufeff# a mark of byte order", 1, SUBJECT),
        (f"\u00a0{SPO} .", 1, SUBJECT),
        ("<http://e/s> _:p <http://e/o> .", 14, "an IRI"),
        (f"<http://e/s> << {SPO} >> <http://e/o> .", 14, "an IRI"),
        (f"{SP} .", 27, OBJECT),
        (f"{SP} 1.0 .", 27, OBJECT),
        (f"{SP} 'o' .", 27, OBJECT),
        (SPO, 39, GRAPH),
        (f"{SPO}, <http://e/x> .", 39, GRAPH),
        (f"{SPO}; <http://e/x> _:b .", 39, GRAPH),
        (f"{SPO} _:g .", 40, GRAPH),
        (f'{SPO} "g" .', 40, GRAPH),
        (f"{SPO} <http://e/g> <http://e/h> .", 53, "'.'"),
        (f"{SPO} . {SPO} .", 42, END_OF_LINE),
        (f"{SPO} .\n{SPO} .", 41, END_OF_LINE),
        (f"{SPO} . # a\n{SPO} .", 42, END_OF_LINE),
        ("<http://e/ s> <http://e/p> _:b .", 11, IN_IRI),
        ("<http://e/s", 12, IN_IRI),
        ("<http://e/\\n> <http://e/p> _:b .", 11, IN_IRI),
        ("<http://e/\\u00ZZ> <http://e/p> _:b .", 11, IN_IRI),
        ("<http://e/\ud800> <http://e/p> _:b .", 11, IN_IRI),
        ("<> <http://e/p> _:b .", 1, ABSOLUTE),
        ("<s> <http://e/p> _:b .", 1, ABSOLUTE),
        ("<1:s> <http://e/p> _:b .", 1, ABSOLUTE),
        ("<http://e/\\u0020> <http://e/p> _:b .", 1, ABSOLUTE),
        (f'{SP} "o"^^<int> .', 32, ABSOLUTE),
        ("_::a <http://e/p> _:b .", 1, BLANK),
        ("_: a <http://e/p> _:b .", 1, BLANK),
        ("_:-a <http://e/p> _:b .", 1, BLANK),
        *(
            (f"_:{one} <http://e/p> _:b .", 1, BLANK)
            for one in ".·\u00d7\u00f7\u037e\u0300\u203f\u2040\ue000\ufffe"
        ),
        ("_:a:b <http://e/p> _:b .", 4, "an IRI"),
        (f'{SP} "o', 29, IN_TEXT),
        (f'{SP} "o\n" .', 29, IN_TEXT),
        (f'{SP} """o""" .', 29, GRAPH),
        (f'{SP} "o"@1 .', 30, LANGUAGE),
        (f'{SP} "o"@ en .', 30, LANGUAGE),
        (f'{SP} "o"@en- .', 33, GRAPH),
        (f'{SP} "o"@en--ltr .', 33, GRAPH),
        (f'{SP} "o"^^int .', 32, "the IRI of a datatype"),
        (f'{SP} "o"^<http://e/int> .', 30, GRAPH),
        (f"{SP} <<( {SPO} )>> .", 29, SUBJECT),
        (f"{SP} << {SPO} <http://e/g> >> .", 69, "'>>'"),
        (f"{SP} << {SPO} .", 69, "'>>'"),
    ],
)
def test_no_statement(line: str, column: int, expected: str) -> None:
    with pytest.raises(NTriplesError) as refused:
        parse_line(f"{line}\n", 7)
    error = refused.value
    assert (error.line, error.column, error.expected) == (7, column, expected)
    assert error.found == line[column - 1 : column + 15]


@pytest.mark.parametrize(
    "escape",
    ["\\x", "\\a", "\\/", "\\u00ZZ", "\\uD8", "\\uD800", "\\udfff", "\\u 041", "\\U00ZZ1111", "\\U00110000",
     "\\U0000D800", "\\U01000000", "\\U0001F30", "\\", "\ud800"],
)  # fmt: skip
def test_no_character(escape: str) -> None:
    with pytest.raises(NTriplesError, match="column 29: expected '\"', or an escape"):
        parse_line(f'{SP} "o{escape}')


@pytest.mark.parametrize("line", ["", " \t", "#", "# a", "\t# <a> .", "\n", "# a\r\n", "\r\r\n"])
def test_lines_without_a_statement(line: str) -> None:
    assert parse_line(line) is None


def test_lines_of_a_text_end_in_any_way() -> None:
    text = f"# a\r\n{SPO} .\r\r\n \t \n{SPO} . # b\n\t# c"
    assert list(parse(text)) == [Triple(S, P, END)] * 2
    assert list(parse("")) == []
    assert list(parse([])) == []


@pytest.mark.parametrize(
    "lines",
    [f"\n#\r{SPO} .\r\nbad", ["", "#", f"{SPO} .", "bad"], iter(["\n", "#\r\n", f"{SPO} .\n", "bad\n"])],
)
def test_lines_are_counted(lines: list[str] | str) -> None:
    statements = parse(lines)
    assert next(statements) == Triple(S, P, END)
    with pytest.raises(NTriplesError, match=r"^line 4, column 1: expected an IRI"):
        next(statements)
    assert list(statements) == []


def test_lines_are_read_one_by_one() -> None:
    assert len(list(islice(parse(repeat(f"{SPO} .\n")), 1000))) == 1000


def test_texts_of_subclasses_become_exact() -> None:
    read = parse_line(TextCompletion(f'{SP} "o" .'))
    assert read is not None
    assert type(read.o.value) is str  # type: ignore[union-attr]


@pytest.mark.parametrize("wrong", [None, 5, b"# a"])
def test_what_is_no_text_is_refused(wrong: object) -> None:
    with pytest.raises(TypeError, match=type(wrong).__name__):
        parse_line(wrong)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=type(wrong).__name__):
        next(parse([wrong]))  # type: ignore[list-item]
    with pytest.raises(TypeError):
        next(parse(wrong))  # type: ignore[arg-type]


def nested(depth: int) -> Term:
    term: Term = END
    for _ in range(depth):
        term = QuotedTriple(Triple(S, P, term))
    return term


def test_quoted_triples_are_nested_up_to_a_limit() -> None:
    line = format_triple(Triple(nested(MAX_DEPTH), P, nested(MAX_DEPTH)))
    assert parse_line(line) == Triple(nested(MAX_DEPTH), P, nested(MAX_DEPTH))
    with pytest.raises(NTriplesError, match=f"expected no more than {MAX_DEPTH} quoted triples"):
        parse_line("<< " * 100_000)
    for depth in (MAX_DEPTH + 1, 5000):
        with pytest.raises(NotExpressible, match=f"more than {MAX_DEPTH} quoted triples"):
            format_term(nested(depth))


@pytest.mark.parametrize(
    "line",
    [
        f'{SP} "' + "\\u00e9" * 300_000,
        f"{SP} _:" + "a." * 300_000 + "?",
        f"{SP} _:a" + "." * 300_000,
        f'{SP} "o"@en' + "-a" * 300_000 + "-",
        "<a:" + "a" * 1_000_000,
        " " * 1_000_000 + "x",
    ],
    ids=lambda line: line[:40].strip(),
)
def test_reading_takes_linear_time(line: str) -> None:
    with pytest.raises(NTriplesError):
        parse_line(line)


# --- writing --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("term", "text"),
    [
        (IRI("http://e/ä"), "<http://e/ä>"),
        (BlankNode("b.1"), "_:b.1"),
        (Literal("a"), '"a"'),
        (Literal("a", "", ""), '"a"'),
        (
            Literal("a", "http://www.w3.org/2001/XMLSchema#string"),
            '"a"^^<http://www.w3.org/2001/XMLSchema#string>',
        ),
        (Literal("01", "urn:t"), '"01"^^<urn:t>'),
        (Literal("a", language="en-GB"), '"a"@en-GB'),
        (Literal("\"\\\n\r\t\b\f'\x00\x7fé\u2028"), '"\\"\\\\\\n\\r\t\b\f\'\x00\x7fé\u2028"'),
        (QuotedTriple(Triple(S, P, Literal("o"))), f'<< {SP} "o" >>'),
    ],
)
def test_terms_in_canonical_form(term: Term, text: str) -> None:
    assert format_term(term) == text


def test_statements_in_canonical_form() -> None:
    graph = [Triple(S, P, END), Triple(S, P, Literal("a"), "urn:g")]
    assert [format_triple(triple) for triple in graph] == [f"{SPO} .", f'{SP} "a" <urn:g> .']
    assert list(format_triples(graph)) == [f"{SPO} .\n", f'{SP} "a" <urn:g> .\n']


@pytest.mark.parametrize(
    ("term", "said"),
    [
        (IRI(""), "'' is no absolute IRI"),
        (IRI("word"), "'word' is no absolute IRI"),
        (IRI("http://e/a b"), "percent-encoded"),
        (IRI("http://e/\x00"), "percent-encoded"),
        (IRI("http://e/\ud800"), "percent-encoded"),
        *((IRI(f"http://e/{one}"), "percent-encoded") for one in '<>"{}|^`\\'),
        (Literal("a", "b c"), "'b c' is no absolute IRI"),
        (Literal("a", "urn:t", "en"), "'a' has both a datatype and a language"),
        (Literal("a", language="en us"), "'en us' is no language tag"),
        (Literal("a", language="en--ltr"), "is no language tag"),
        (Literal("a", language="en\n"), "is no language tag"),
        (Literal("\udfff"), "half of a surrogate pair"),
        (Literal("a" * 1000 + "\udfff"), f"'{'a' * 60}…' has"),
        (BlankNode(""), "'' is no label"),
        (BlankNode("a:b"), "'a:b' is no label"),
        (BlankNode("a."), "'a.' is no label"),
        (BlankNode("-a"), "'-a' is no label"),
        (QuotedTriple(Triple(S, P, END, "urn:g")), "a quoted triple is in the graph 'urn:g'"),
        (QuotedTriple(Triple(Literal("s"), P, END)), "the subject is a literal, 's'"),
        (QuotedTriple(Triple(S, BlankNode("p"), END)), "the predicate is no IRI, but a BlankNode"),
    ],
)
def test_what_cannot_be_written_is_refused(term: Term, said: str) -> None:
    for triple in (Triple(S, P, term), Triple(QuotedTriple(Triple(S, P, term)), P, END)):
        with pytest.raises(NotExpressible, match=r"^this cannot be written as N-Triples: ") as refused:
            format_triple(triple)
        assert said in str(refused.value)
        assert isinstance(refused.value, (ValueError, LocalProtocolError))
    with pytest.raises(NotExpressible):
        format_term(term)


def test_statements_that_are_none_are_refused() -> None:
    with pytest.raises(NotExpressible, match="the subject is a literal"):
        format_triple(Triple(Literal("s"), P, END))
    for predicate in (Literal("p"), BlankNode("p"), QuotedTriple(Triple(S, P, END))):
        with pytest.raises(NotExpressible, match="the predicate is no IRI"):
            format_triple(Triple(S, predicate, END))
    with pytest.raises(NotExpressible, match="'g' is no absolute IRI"):
        format_triple(Triple(S, P, END, "g"))


@pytest.mark.parametrize("wrong", [None, "http://e/s", 5])
def test_what_is_no_term_is_refused(wrong: object) -> None:
    with pytest.raises(TypeError, match=f"a term must be .*, not {type(wrong).__name__}"):
        format_term(wrong)  # type: ignore[arg-type]


# --- properties -----------------------------------------------------------------------------------


@given(st.lists(STARRED, max_size=5))
@settings(max_examples=150)
def test_what_is_written_is_read(graph: list[Triple]) -> None:
    lines = list(format_triples(graph))
    assert list(parse(lines)) == graph
    assert list(parse("".join(lines))) == graph


@given(TERMS, st.sampled_from(["", " ", "\t \t"]), st.sampled_from(["", "#", " # a"]))
@settings(max_examples=100)
def test_space_does_not_matter(term: Term, space: str, comment: str) -> None:
    line = f"{space}<a:s>{space}<a:p>{space}{format_term(term)}{space}.{space}{comment}"
    assert parse_line(line) == Triple(IRI("a:s"), IRI("a:p"), term)


def attempt(text: str) -> list[Triple] | NTriplesError:
    try:
        return list(parse(text))
    except NTriplesError as error:
        return error


@given(STARRED, st.data())
@settings(max_examples=150)
def test_what_is_read_from_a_damaged_line_can_be_written(triple: Triple, data: st.DataObject) -> None:
    line = format_triple(triple)
    at = data.draw(st.integers(0, len(line)))
    inserted = data.draw(st.text(st.sampled_from('<>_:"\\@^.# \tu0é\ud800'), max_size=2))
    damaged = line[:at] + inserted + line[at + data.draw(st.integers(0, 2)) :]
    match attempt(damaged):
        case NTriplesError() as error:
            assert error.line == 1
            assert 1 <= error.column <= len(damaged) + 1
        case graph:
            assert list(parse(format_triples(graph))) == graph


@given(st.text() | st.text(st.sampled_from('<>_:"\\@^.# \t\r\nau0/é')))
@example('<a:><a:>"')
@settings(max_examples=300)
def test_anything_is_read_or_refused(text: str) -> None:
    match attempt(text):
        case NTriplesError() as error:
            assert str(error).startswith(f"line {error.line}, column {error.column}: expected ")
        case graph:
            assert list(parse(format_triples(graph))) == graph


@given(st.text() | st.builds("{}{}".format, st.sampled_from(["urn:", "http://", "<a:"]), st.text()))
@settings(max_examples=200)
def test_every_iri_that_is_guessed_can_be_written(text: str) -> None:
    if isinstance(term := as_term(text), IRI):
        assert parse_line(f"<a:> <a:> {format_term(term)} .") == Triple(IRI("a:"), IRI("a:"), term)
