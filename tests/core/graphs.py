"""Terms and statements that every form of RDF can hold, for properties."""

from __future__ import annotations

from hypothesis import strategies as st

from tgproto.types import IRI, BlankNode, Literal, QuotedTriple, Triple

TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
TAGS = st.sampled_from(["en", "de-ch", "zh-hant-tw"])
XSD = "http://www.w3.org/2001/XMLSchema#"
DATATYPES = st.sampled_from([f"{XSD}integer", f"{XSD}string", f"{XSD}date", "urn:type"])

IRIS = st.builds(
    lambda scheme, rest: IRI(f"{scheme}:{rest}"),
    st.sampled_from(["http", "urn", "a+b-c.1"]),
    st.text(st.characters(codec="utf-8", exclude_characters='<>"{}|^`\\', min_codepoint=0x21), max_size=12),
)
BLANKS = st.from_regex(r"[A-Za-z0-9_é][A-Za-z0-9_é-]{0,3}(\.{1,2}[a-z0-9-]{1,2})?", fullmatch=True).map(
    BlankNode
)
LITERALS = st.one_of(
    st.builds(Literal, TEXTS),
    st.builds(Literal, TEXTS, language=TAGS),
    st.builds(Literal, TEXTS, datatype=DATATYPES),
)
GRAPHS = st.one_of(st.just(""), IRIS.map(str))
NODES = IRIS | BLANKS
TRIPLES = st.builds(Triple, NODES, IRIS, NODES | LITERALS, GRAPHS)
QUOTED = st.recursive(
    st.builds(Triple, NODES, IRIS, NODES | LITERALS),
    lambda inner: st.builds(
        Triple, NODES | inner.map(QuotedTriple), IRIS, NODES | LITERALS | inner.map(QuotedTriple)
    ),
    max_leaves=6,
).map(QuotedTriple)
TERMS = NODES | LITERALS | QUOTED
STARRED = st.builds(Triple, NODES | QUOTED, IRIS, TERMS, GRAPHS)
