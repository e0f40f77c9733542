"""Reads the part of SPARQL 1.1 that the embedded gateway answers: basic graph patterns.

`SELECT`, `ASK`, `CONSTRUCT` and `DESCRIBE` with `PREFIX`, `BASE`, `DISTINCT`, `LIMIT` and `OFFSET`. What
else the language has is told from what is no SPARQL at all.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass, field
from typing import TypeAlias

from tgproto.gateway.model import TYPE
from tgproto.rdf.escapes import unescape
from tgproto.types.terms import IRI, Literal, Term

MAX_TEXT = 2**16
"""Longest query, in characters."""

MAX_PATTERNS = 100
"""Triples that patterns and templates may have."""

_XSD = "http://www.w3.org/2001/XMLSchema#"
_CODE_POINT = r"\\u[0-9A-Fa-f]{4}|\\U00(?:0[0-9A-Fa-f]|10)[0-9A-Fa-f]{4}"
_INSIDE = rf"\\[tbnrf\"'\\]|{_CODE_POINT}"
_PART = r"[^\W\d_][\w.-]*(?<!\.)"
_TOKEN = re.compile(
    rf"""\s+|\#[^\n]*
    |(?P<iri><(?:[^\x00-\x20<>"{{}}|^`\\]|{_CODE_POINT})*>)
    |(?P<text>"(?:[^"\\\n\r]|{_INSIDE})*"|'(?:[^'\\\n\r]|{_INSIDE})*')
    |(?P<language>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
    |(?P<variable>[?$]\w+)
    |(?P<blank>_:\w+(?:[.-]+\w+)*)
    |(?P<name>(?:{_PART})?:(?:\w+(?:[.-]+\w+)*)?)
    |(?P<number>[+-]?[0-9]+(?:\.[0-9]+)?)
    |(?P<word>[A-Za-z]+)
    |(?P<sign>\^\^|[{{}}.;,*])
    |(?P<other>[()\[\]<>=!&|/+^?-])""",
    re.VERBOSE,
)


class Form(enum.Enum):
    """What a query asks for."""

    SELECT = "SELECT"
    ASK = "ASK"
    CONSTRUCT = "CONSTRUCT"
    DESCRIBE = "DESCRIBE"


class SyntaxRefused(Exception):
    """It is no SPARQL; the message says why."""


class Unsupported(Exception):
    """It is SPARQL that this gateway does not have; the message says what."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A place that is to be filled.

    Attributes:
        name: Its name, without a mark; that of a blank node begins with `_:`.
    """

    name: str


Node: TypeAlias = Term | Variable
Pattern: TypeAlias = tuple[Node, Node, Node]


@dataclass(frozen=True, slots=True)
class Query:
    """A query.

    Attributes:
        form: What it asks for.
        where: What must be there.
        variables: What SELECT returns, in order.
        template: What CONSTRUCT makes.
        described: What DESCRIBE is about.
        distinct: Whether equal rows count once.
        limit: Most solutions; None for all.
        offset: How many solutions are left out at first.
    """

    form: Form
    where: tuple[Pattern, ...]
    variables: tuple[str, ...] = ()
    template: tuple[Pattern, ...] = ()
    described: tuple[Node, ...] = ()
    distinct: bool = False
    limit: int | None = None
    offset: int = 0


def parse_sparql(text: str) -> Query:
    """Read a query.

    Args:
        text: SPARQL 1.1.

    Raises:
        SyntaxRefused: It is none.
        Unsupported: It has more than is read here.
    """
    return _Parser(_tokens(text)).query()


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str

    @property
    def word(self) -> str:
        return self.text.upper() if self.kind == "word" else ""


_END = _Token("end", "the end")
_BEYOND = {
    *("FILTER", "OPTIONAL", "UNION", "GRAPH", "MINUS", "BIND", "VALUES", "SERVICE", "SELECT", "EXISTS"),
    *("ORDER", "GROUP", "HAVING", "FROM", "REDUCED", "AS", "NOT"),
    *("INSERT", "DELETE", "LOAD", "CLEAR", "CREATE", "DROP", "COPY", "MOVE", "ADD", "WITH"),
}
"""Words of the language that are not read here."""


def _tokens(text: str) -> list[_Token]:
    if len(text) > MAX_TEXT:
        raise Unsupported(f"a query of more than {MAX_TEXT} characters")
    tokens: list[_Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise SyntaxRefused(f"unexpected {text[at]!r} at character {at + 1}")
        if match.lastgroup is not None:
            tokens.append(_Token(match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return [*tokens, _END]


@dataclass(slots=True)
class _Parser:
    tokens: list[_Token]
    at: int = 0
    base: str = ""
    prefixes: dict[str, str] = field(default_factory=dict[str, str])
    blanks: int = 0

    # --- the whole --------------------------------------------------------------------------------

    def query(self) -> Query:
        self._prologue()
        if self._next.word not in Form.__members__:
            raise self._refused("a query")
        match Form(self._take().word):
            case Form.SELECT:
                query = self._select()
            case Form.ASK:
                query = Query(Form.ASK, self._where())
            case Form.CONSTRUCT:
                query = self._construct()
            case _:
                query = self._describe()
        if self._next != _END:
            raise self._refused("the end")
        return query

    def _prologue(self) -> None:
        while (word := self._next.word) in ("PREFIX", "BASE"):
            self._take()
            if word == "BASE":
                self.base = self._iri("an IRI")
                continue
            name = self._expect("name", "a prefix")
            if not name.endswith(":"):
                raise self._refused("a prefix that ends in ':'")
            self.prefixes[name] = self._iri("an IRI")

    def _select(self) -> Query:
        distinct = self._skip_word("DISTINCT")
        named: list[str] = []
        everything = self._skip_sign("*")
        while not everything and self._next.kind == "variable":
            named.append(self._take().text[1:])
        if not everything and not named:
            raise self._refused("a variable")
        where = self._where()
        names = dict.fromkeys(
            node.name for pattern in where for node in pattern if isinstance(node, Variable)
        )
        variables = [name for name in names if not name.startswith("_:")] if everything else named
        limit, offset = self._modifiers()
        return Query(Form.SELECT, where, tuple(variables), distinct=distinct, limit=limit, offset=offset)

    def _construct(self) -> Query:
        short = self._next.word == "WHERE"  # what is found is what is made
        template = () if short else self._patterns()
        where = self._where()
        limit, offset = self._modifiers()
        return Query(Form.CONSTRUCT, where, template=where if short else template, limit=limit, offset=offset)

    def _describe(self) -> Query:
        described: list[Node] = []
        while self._next.kind in ("variable", "iri", "name"):
            described.append(self._node())
        if not described:
            raise self._refused("a variable or an IRI")
        where = self._where() if self._next.word == "WHERE" or self._next.text == "{" else ()
        limit, offset = self._modifiers()
        return Query(Form.DESCRIBE, where, described=tuple(described), limit=limit, offset=offset)

    def _modifiers(self) -> tuple[int | None, int]:
        limit, offset = None, 0
        while (word := self._next.word) in ("LIMIT", "OFFSET"):
            self._take()
            number = self._expect("number", "a number")
            if not number.isdigit():
                raise self._refused("a whole number")
            count = int(number[:18])
            limit, offset = (count, offset) if word == "LIMIT" else (limit, count)
        return limit, offset

    # --- patterns ---------------------------------------------------------------------------------

    def _where(self) -> tuple[Pattern, ...]:
        self._skip_word("WHERE")
        return self._patterns()

    def _patterns(self) -> tuple[Pattern, ...]:
        self._expect_sign("{")
        patterns: list[Pattern] = []
        while not self._skip_sign("}"):
            self._of_one_subject(patterns)
            if not self._skip_sign("."):
                self._expect_sign("}")
                break
        return tuple(patterns)

    def _of_one_subject(self, patterns: list[Pattern]) -> None:
        subject = self._resource()
        while True:
            predicate = self._resource()
            patterns.append((subject, predicate, self._node()))
            while self._skip_sign(","):
                patterns.append((subject, predicate, self._node()))
            if len(patterns) > MAX_PATTERNS:
                raise Unsupported(f"more than {MAX_PATTERNS} triples in a pattern")
            if not self._skip_sign(";"):
                return
            while self._skip_sign(";"):
                pass
            if self._next.text in (".", "}"):
                return

    def _resource(self) -> Node:
        at = self.at
        node = self._node()
        if isinstance(node, Literal):
            self.at = at
            raise self._refused("a variable or an IRI")
        return node

    def _node(self) -> Node:
        token = self._next
        match token.kind:
            case "variable":
                return Variable(self._take().text[1:])
            case "blank":
                return Variable(self._take().text)
            case "iri" | "name":
                return IRI(self._iri("a term"))
            case "text":
                return self._literal()
            case "number":
                kind = "decimal" if "." in token.text else "integer"
                return Literal(self._take().text, _XSD + kind)
            case "word" if token.text == "a":
                self._take()
                return TYPE
            case "word" if token.text in ("true", "false"):
                return Literal(self._take().text, f"{_XSD}boolean")
            case _:
                raise self._refused("a term")

    def _literal(self) -> Literal:
        text = unescape(self._take().text[1:-1])
        if self._next.kind == "language":
            return Literal(text, None, self._take().text[1:])
        if self._skip_sign("^^"):
            return Literal(text, self._iri("a datatype"))
        return Literal(text)

    def _iri(self, wanted: str) -> str:
        token = self._next
        if token.kind == "iri":
            iri = unescape(self._take().text[1:-1])
            return iri if ":" in iri else self.base + iri
        name = self._expect("name", wanted)
        prefix, _, local = name.partition(":")
        if f"{prefix}:" not in self.prefixes:
            raise SyntaxRefused(f"unknown prefix {prefix!r}")
        return self.prefixes[f"{prefix}:"] + local

    # --- tokens -----------------------------------------------------------------------------------

    @property
    def _next(self) -> _Token:
        return self.tokens[self.at]

    def _take(self) -> _Token:
        token = self._next
        self.at += token != _END
        return token

    def _skip_word(self, word: str) -> bool:
        found = self._next.word == word
        self.at += found
        return found

    def _skip_sign(self, sign: str) -> bool:
        found = self._next == _Token("sign", sign)
        self.at += found
        return found

    def _expect(self, kind: str, wanted: str) -> str:
        if self._next.kind != kind:
            raise self._refused(wanted)
        return self._take().text

    def _expect_sign(self, sign: str) -> None:
        if not self._skip_sign(sign):
            raise self._refused(repr(sign))

    def _refused(self, wanted: str) -> SyntaxRefused | Unsupported:
        token = self._next
        if token.kind == "other" or token.word in _BEYOND or token.text in ("{", "*"):
            return Unsupported(token.word or token.text)
        return SyntaxRefused(f"expected {wanted}, found {token.text}")
