"""Terms and triples as bulk sockets write them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tgproto.bulk import wire
from tgproto.bulk.wire import LANGUAGE_STRING, TermWriter, check_iri, parsed_term, parsed_triple, term_writer
from tgproto.dialect import TermCodec
from tgproto.errors import LocalProtocolError
from tgproto.types.terms import (
    IRI,
    BlankNode,
    Literal,
    QuotedTriple,
    Term,
    Triple,
    WireTerm,
    WireTriple,
    encode_triple,
)

S, P = IRI("urn:s"), IRI("urn:p")


class Text(str):
    """A string of another class, as results are."""

    __slots__ = ()


def written(triple: Triple, codec: TermCodec = TermCodec.TERM) -> Any:
    return msgspec.json.decode(term_writer(codec).triples([triple]))


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
iris = st.builds(IRI, st.sampled_from(["urn:a", "http://example.org/x?y#z", "mailto:a@b", "urn:ä"]))
some_literals = st.one_of(
    st.builds(Literal, texts),
    st.builds(Literal, texts, st.just("urn:datatype")),
    st.builds(Literal, texts, st.none(), st.sampled_from(["fr", "pt-BR"])),
)
blanks = st.builds(BlankNode, st.text("abc0", min_size=1))
terms = st.recursive(
    st.one_of(iris, some_literals, blanks),
    lambda inner: st.builds(QuotedTriple, st.builds(Triple, inner, inner, inner)),
    max_leaves=4,
)


@given(st.builds(Triple, terms, terms, terms, st.sampled_from(["", "urn:g"])))
def test_it_writes_what_requests_write(triple: Triple) -> None:
    assert written(triple) == encode_triple(triple, TermCodec.TERM)
    assert parsed_triple(msgspec.convert(written(triple), WireTriple)) == triple


@given(st.builds(Triple, iris, iris, st.one_of(iris, st.builds(Literal, texts))))
def test_it_writes_the_terms_of_1x(triple: Triple) -> None:
    assert written(triple, TermCodec.VALUE) == encode_triple(triple, TermCodec.VALUE)
    assert parsed_triple(msgspec.convert(written(triple, TermCodec.VALUE), WireTriple)) == triple


@pytest.mark.parametrize(
    "term",
    [
        Literal("x", "urn:t"),
        Literal("x", None, "fr"),
        BlankNode("b"),
        QuotedTriple(Triple(S, P, BlankNode("b"))),
    ],
)
def test_every_kind_of_term(term: Term) -> None:
    triple = Triple(S, P, term)
    assert written(triple) == encode_triple(triple, TermCodec.TERM)
    assert parsed_triple(msgspec.convert(written(triple), WireTriple)) == triple


def test_the_terms_of_1x() -> None:
    triple = Triple(S, P, Literal("x"))
    assert written(triple, TermCodec.VALUE) == encode_triple(triple, TermCodec.VALUE)
    assert parsed_triple(msgspec.convert(written(triple, TermCodec.VALUE), WireTriple)) == triple


def test_strings_of_other_classes() -> None:
    triple = Triple(IRI(Text("urn:s")), P, Literal(Text("x"), None, Text("fr")), Text("urn:g"))
    assert written(triple) == {
        "s": {"t": "i", "i": "urn:s"},
        "p": {"t": "i", "i": "urn:p"},
        "o": {"t": "l", "v": "x", "ln": "fr"},
        "g": "urn:g",
    }


class Special(IRI):
    """An IRI of another class."""


def test_terms_of_other_classes() -> None:
    assert written(Triple(Special("urn:s"), P, S))["s"] == {"t": "i", "i": "urn:s"}


@pytest.mark.parametrize("codec", TermCodec)
@pytest.mark.parametrize(
    "text", ["", "x", "a b:c", "urn:", "urn:a b", "urn:<", "http://x/\n", ":x", "1:x", "a:b\nc:d"]
)
def test_what_is_no_iri(codec: TermCodec, text: str) -> None:
    with pytest.raises(ValueError, match="is no absolute IRI"):
        term_writer(codec).term(IRI(text))
    with pytest.raises(ValueError, match="is no absolute IRI"):
        check_iri(text)


@pytest.mark.parametrize(
    ("term", "reason"),
    [
        (BlankNode(""), "a blank node needs a label"),
        (Literal("x", "integer"), "'integer' is no absolute IRI"),
        (Literal("x", None, "fr_FR"), "'fr_FR' is no language tag"),
        (Literal("x", "urn:x", "fr"), "a datatype or a language, not both"),
    ],
)
def test_what_is_no_term(term: Term, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        term_writer(TermCodec.TERM).term(term)


def test_a_language_string() -> None:
    assert term_writer(TermCodec.TERM).term(Literal("x", LANGUAGE_STRING, "fr"))


def test_what_is_no_string() -> None:
    wrong: Any = 5
    for term in (
        IRI(wrong),
        Literal(wrong),
        Literal("x", wrong),
        Literal("x", None, wrong),
        BlankNode(wrong),
        QuotedTriple(wrong),
    ):
        with pytest.raises(TypeError):
            term_writer(TermCodec.TERM).term(term)


@pytest.mark.parametrize(
    "triple", [Triple(S, P, S, "urn:g"), Triple(S, P, BlankNode("b")), Triple(S, P, Literal("x", None, "fr"))]
)
def test_what_1x_cannot_express(triple: Triple) -> None:
    with pytest.raises(LocalProtocolError, match="cannot be sent to this gateway"):
        term_writer(TermCodec.VALUE).triples([triple])


def test_what_is_no_graph() -> None:
    with pytest.raises(ValueError, match="'x' is no absolute IRI"):
        term_writer(TermCodec.TERM).triples([Triple(S, P, S, "x")])
    nothing: Any = None
    with pytest.raises(TypeError):
        term_writer(TermCodec.TERM).triples([Triple(S, P, S, nothing)])


def outcome(writer: TermWriter, triples: list[Triple]) -> tuple[str | None, str]:
    """Return the kind of error, or None, and what is written."""
    try:
        return None, writer.triples(triples)
    except (LocalProtocolError, ValueError, TypeError) as error:
        return type(error).__name__, ""


anything = st.one_of(
    terms,
    st.builds(
        IRI, st.sampled_from(["urn:a", "", "x", "urn:a b", "urn:a\nurn:b", Text("urn:c"), 'urn:"', "urn:\\"])
    ),
    st.builds(
        Literal, st.one_of(st.text(max_size=5), texts.map(Text)), st.sampled_from([None, "", "urn:t", "t"])
    ),
    st.just(BlankNode("")),
)
any_triples = st.builds(
    Triple, anything, anything, anything, st.sampled_from(["", "urn:g", "g", Text("urn:g")])
)


@given(st.sampled_from(TermCodec), st.lists(st.lists(any_triples, min_size=1, max_size=4), max_size=3))
def test_many_are_written_and_refused_like_each_by_itself(
    codec: TermCodec, batches: list[list[Triple]]
) -> None:
    """Also by a writer that has seen, and refused, others before."""
    writer = term_writer(codec)
    for batch in batches:
        singly = [outcome(term_writer(codec), [triple]) for triple in batch]
        wrong = {error for error, _ in singly if error}
        error, text = outcome(writer, batch)
        if wrong:
            assert error in wrong
        else:
            assert text == ",".join(text for _, text in singly)


@given(any_triples)
def test_it_writes_as_encoders_of_json_do(triple: Triple) -> None:
    error, text = outcome(term_writer(TermCodec.TERM), [triple])
    if not error and not any("\ud800" <= character <= "\udfff" for character in text):
        expected = msgspec.json.encode(encode_triple(triple, TermCodec.TERM))
        assert text.encode() == expected.replace(b',"g":""', b"")


@pytest.mark.parametrize("text", ['"', "\\", "\n", "\x00", "\x1f", "é", "\U0001f600", "\x7f", '",'])
@pytest.mark.parametrize("codec", TermCodec)
def test_one_text_that_needs_escapes_changes_no_other(codec: TermCodec, text: str) -> None:
    triples = [Triple(S, P, Literal("plain")), Triple(S, P, Literal(text)), Triple(S, P, S)]
    whole = term_writer(codec).triples(triples)
    assert msgspec.json.decode(f"[{whole}]") == [encode_triple(triple, codec) for triple in triples]


def test_nothing_is_remembered_of_what_was_refused() -> None:
    writer = term_writer(TermCodec.TERM)
    for _ in range(2):
        with pytest.raises(ValueError, match="'no' is no absolute IRI"):
            writer.triples([Triple(S, IRI("no"), S)])
        with pytest.raises(ValueError, match="a blank node needs a label"):
            writer.triples([Triple(IRI("no"), P, BlankNode(""))])
    assert writer.triples([]) == ""
    assert writer.term(IRI("urn:x")) == '{"t":"i","i":"urn:x"}'


def test_what_is_known_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "KNOWN", 2)
    writer = term_writer(TermCodec.TERM)
    for number in range(5):
        for graph in (f"urn:g{number}", ""):
            triple = Triple(IRI(f"urn:{number}"), P, S, graph)
            assert msgspec.json.decode(writer.triples([triple])) == encode_triple(triple, TermCodec.TERM)


@pytest.mark.parametrize(
    "members",
    [{}, {"t": "i"}, {"t": "l"}, {"t": "b"}, {"t": "t"}, {"v": "x"}, {"t": "", "i": "urn:x"}, {"e": True}],
)
def test_objects_that_are_no_terms(members: Any) -> None:
    with pytest.raises(ValueError, match="no term"):
        parsed_term(msgspec.convert(members, WireTerm))


@pytest.mark.parametrize("missing", ["s", "p", "o"])
def test_objects_that_are_no_triples(missing: str) -> None:
    members = {name: {"t": "i", "i": "urn:x"} for name in "spo" if name != missing}
    with pytest.raises(ValueError, match="needs s, p and o"):
        parsed_triple(msgspec.convert(members, WireTriple))
