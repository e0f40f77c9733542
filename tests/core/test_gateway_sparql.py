"""The part of SPARQL that is read, what else there is, and what is no SPARQL."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tgproto.gateway.model import TYPE
from tgproto.gateway.sparql import (
    MAX_PATTERNS,
    MAX_TEXT,
    Form,
    Query,
    SyntaxRefused,
    Unsupported,
    Variable,
    parse_sparql,
)
from tgproto.types.terms import IRI, Literal, Term

A, B, P = (IRI(f"http://e/{name}") for name in "abp")
X, Y, Z = (Variable(name) for name in "xyz")
XSD = "http://www.w3.org/2001/XMLSchema#"


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("SELECT ?x WHERE { ?x ?y ?z }", Query(Form.SELECT, ((X, Y, Z),), ("x",))),
        ("select ?z $x{?x ?y ?z.}", Query(Form.SELECT, ((X, Y, Z),), ("z", "x"))),
        ("SELECT * { _:b ?y ?x . }", Query(Form.SELECT, ((Variable("_:b"), Y, X),), ("y", "x"))),
        (
            "SELECT DISTINCT ?x { } LIMIT 5 OFFSET 2",
            Query(Form.SELECT, (), ("x",), distinct=True, limit=5, offset=2),
        ),
        ("ASK { ?x a <http://e/a> }", Query(Form.ASK, ((X, TYPE, A),))),
        ("ASK WHERE {}", Query(Form.ASK, ())),
        (
            "CONSTRUCT { ?y ?y ?x } WHERE { ?x ?y ?z } LIMIT 1",
            Query(Form.CONSTRUCT, ((X, Y, Z),), template=((Y, Y, X),), limit=1),
        ),
        ("CONSTRUCT WHERE { ?x ?y ?z }", Query(Form.CONSTRUCT, ((X, Y, Z),), template=((X, Y, Z),))),
        ("DESCRIBE <http://e/a>", Query(Form.DESCRIBE, (), described=(A,))),
        ("DESCRIBE ?x <http://e/a> { ?x ?y ?z }", Query(Form.DESCRIBE, ((X, Y, Z),), described=(X, A))),
        ("DESCRIBE ?x WHERE { ?x ?y ?z }", Query(Form.DESCRIBE, ((X, Y, Z),), described=(X,))),
    ],
)
def test_queries(text: str, query: Query) -> None:
    assert parse_sparql(text) == query


def test_prefixes() -> None:
    text = """
        # where things are
        BASE <http://e/>
        PREFIX ex: <http://e/>
        PREFIX : <http://e/>
        ASK { ex:a <p> :b . <#x> ex: ?y }
    """
    assert parse_sparql(text).where == ((A, P, B), (IRI("http://e/#x"), IRI("http://e/"), Y))
    assert parse_sparql("PREFIX e.x: <http://e/> ASK { e.x:a e.x:p e.x:b.}").where == ((A, P, B),)


def test_several_of_one_subject() -> None:
    text = "ASK { ?x <http://e/p> ?y, ?z ; ; ?y <http://e/a> ; . ?y ?x ?z ; }"
    assert parse_sparql(text).where == ((X, P, Y), (X, P, Z), (X, Y, A), (Y, X, Z))


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ('"a \\"b\\" \\u00fc\\n"', Literal('a "b" ü\n')),
        ("'it''", None),
        ("'it\\'s'", Literal("it's")),
        ('"x"@de-AT', Literal("x", None, "de-AT")),
        ('"1"^^<http://e/a>', Literal("1", "http://e/a")),
        ("5", Literal("5", f"{XSD}integer")),
        ("-1.50", Literal("-1.50", f"{XSD}decimal")),
        ("true", Literal("true", f"{XSD}boolean")),
        ("<http://e/\\u0061>", A),
    ],
)
def test_terms(text: str, term: Term | None) -> None:
    if term is None:
        with pytest.raises(SyntaxRefused):
            parse_sparql(f"ASK {{ ?x ?y {text} }}")
    else:
        assert parse_sparql(f"ASK {{ ?x ?y {text} }}").where == ((X, Y, term),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected a query, found the end"),
        ("HELLO", "expected a query, found HELLO"),
        ("SELECT { ?x ?y ?z }", None),
        ("SELECT WHERE { }", "expected a variable, found WHERE"),
        ("ASK", "expected '{', found the end"),
        ("ASK {", "expected a term, found the end"),
        ("ASK { ?x ?y ?z", "expected '}', found the end"),
        ("ASK { ?x ?y }", "expected a term, found }"),
        ("ASK { ?x ?y ?z ?x ?y ?z }", "expected '}', found ?x"),
        ('ASK { "x" ?y ?z }', 'expected a variable or an IRI, found "x"'),
        ("ASK { ?x 5 ?z }", "expected a variable or an IRI, found 5"),
        ("ASK { ?x ex:p ?z }", "unknown prefix 'ex'"),
        ("ASK { ?x ?y 'a'^^'b' }", "expected a datatype, found 'b'"),
        ("ASK { } x", "expected the end, found x"),
        ("ASK { } LIMIT 1", "expected the end, found LIMIT"),
        ("DESCRIBE", "expected a variable or an IRI, found the end"),
        ("PREFIX ex:a <http://e/> ASK {}", "expected a prefix that ends in ':', found <http://e/>"),
        ("PREFIX <http://e/> ASK {}", "expected a prefix, found <http://e/>"),
        ("BASE ex ASK {}", "expected an IRI, found ex"),
        ("SELECT ?x {} LIMIT ?x", "expected a number, found ?x"),
        ("SELECT ?x {} LIMIT -1", "expected a whole number, found the end"),
        ("ASK { ?x ?y ~ }", "unexpected '~' at character 13"),
        ('ASK { ?x ?y "open }', "unexpected '\"' at character 13"),
    ],
)
def test_what_is_no_sparql(text: str, message: str | None) -> None:
    with pytest.raises(SyntaxRefused if message else Unsupported) as refused:
        parse_sparql(text)
    assert message in (None, str(refused.value))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("SELECT (COUNT(*) AS ?n) { ?x ?y ?z }", "("),
        ("SELECT ?x FROM <http://e/g> { ?x ?y ?z }", "FROM"),
        ("SELECT ?x { ?x ?y ?z . filter(?x = 5) }", "FILTER"),
        ("SELECT ?x { OPTIONAL { ?x ?y ?z } }", "OPTIONAL"),
        ("SELECT ?x { { ?x ?y ?z } UNION { ?x ?y ?z } }", "{"),
        ("SELECT ?x { GRAPH ?g { ?x ?y ?z } }", "GRAPH"),
        ("SELECT ?x { ?x ?y ?z } ORDER BY ?x", "ORDER"),
        ("SELECT ?x { ?x <http://e/p>/<http://e/p> ?z }", "/"),
        ("SELECT ?x { ?x ?y [] }", "["),
        ("DESCRIBE *", "*"),
        ("INSERT DATA { <a:a> <a:a> <a:a> }", "INSERT"),
        ("ASK {" + "?x ?y ?z ." * (MAX_PATTERNS + 1) + "}", "more than 100 triples in a pattern"),
        (" " * (MAX_TEXT + 1), "a query of more than 65536 characters"),
    ],
)
def test_what_is_not_read(text: str, what: str) -> None:
    with pytest.raises(Unsupported) as refused:
        parse_sparql(text)
    assert str(refused.value) == what


pieces = st.sampled_from(
    [
        *("SELECT", "ASK", "WHERE", "{", "}", "?x", "?y", "<a:b>", '"t"', ".", ";", ",", "a", "LIMIT", "5"),
        *("PREFIX", "ex:", "ex:a", "*", "_:b", "@en", "^^", "(", "FILTER", "CONSTRUCT", "DESCRIBE", "true"),
    ]
)


@given(st.lists(pieces, max_size=12).map(" ".join) | st.text())
@settings(max_examples=300)
def test_any_text_is_read_or_refused(text: str) -> None:
    def outcome(text: str) -> object:
        try:
            return parse_sparql(text)
        except (SyntaxRefused, Unsupported) as refused:
            return str(refused)

    assert outcome(text)
    assert outcome(text) == outcome(text + "\n# more")
