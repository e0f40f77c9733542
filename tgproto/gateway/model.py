"""A language model without a language model: it looks up in a graph what a question names, and says so.

It is deterministic: one graph and one question give one answer, in the same pieces. Directives in the
question come first, see `read_script`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tgproto.gateway.graph import Graph
from tgproto.gateway.script import MAX_TEXT, Script, read_script, words_of
from tgproto.types.chunks import Source
from tgproto.types.terms import IRI, Literal, Term, Triple

NAME = "graph-teller"
"""What the model calls itself."""

LABEL = IRI("http://www.w3.org/2000/01/rdf-schema#label")
TYPE = IRI("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
DERIVED = IRI("http://www.w3.org/ns/prov#wasDerivedFrom")
"""Leads from a thing to the document that told of it, which an answer names as a source."""

MAX_ENTITIES = 8
MAX_FACTS = 12

_SILENT = (LABEL, DERIVED)
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|[_-]+")


@dataclass(frozen=True, slots=True)
class Focus:
    """Where to look for an answer, if not only for what a question names.

    Attributes:
        concepts: Names to look for in place of those in the question; empty for those.
        entities: Things to start from, whatever is named; empty for none.
        languages: A fact with a text counts only if the text has one of these languages, where an empty one
            means a text without any; empty for all.
        graph: IRI of the named graph that facts are in, empty for the default graph, None for any.
    """

    concepts: tuple[str, ...] = ()
    entities: tuple[Term, ...] = ()
    languages: tuple[str, ...] = ()
    graph: str | None = None

    def admits(self, fact: Triple) -> bool:
        """Return whether a fact counts."""
        if self.graph is not None and fact.g != self.graph:
            return False
        texts = [term for term in (fact.s, fact.o) if isinstance(term, Literal)]
        languages = self.languages
        return not (languages and texts) or any((text.language or "") in languages for text in texts)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the model makes of a question.

    Attributes:
        question: The question.
        concepts: The names that were recognised in it, as the graph writes them, in order.
        entities: What they stand for.
        facts: What the graph says about those.
        sources: The documents that this comes from.
        script: How to tell the answer.
    """

    question: str
    concepts: tuple[str, ...]
    entities: tuple[Term, ...]
    facts: tuple[Triple, ...]
    sources: tuple[Source, ...]
    script: Script

    @property
    def usage(self) -> dict[str, object]:
        """The members that a final frame has about the model; words stand for tokens."""
        return {
            "in_token": len(self.question[:MAX_TEXT].split()),
            "out_token": self.script.count,
            "model": NAME,
        }


def read(question: str, graph: Graph, focus: Focus | None = None) -> Reading:
    """Find what a question names, and prepare an answer.

    Args:
        question: Any text. What is behind `MAX_TEXT` characters is not looked at.
        graph: What the model knows.
        focus: Where to look; by default for what the question names.
    """
    focus = focus or Focus()
    named = _started(question[:MAX_TEXT], graph, focus)
    entities = tuple(named)
    facts = _facts(entities, graph, focus)
    script = read_script(question)
    if not script.scripted:
        script = script.saying(words_of(_compose(entities, facts, graph)))
    sources = {triple.o: None for entity in entities for triple in graph.find(s=entity, p=DERIVED)}
    return Reading(
        question,
        tuple(named.values()),
        entities,
        facts,
        tuple(Source(str(source), _title(source, graph)) for source in sources),
        script,
    )


def name_of(term: Term, graph: Graph) -> str:
    """Return what people call a term: its label, or the last part of its IRI, or the literal itself."""
    if title := _title(term, graph):
        return title
    text = str(term)
    return _HUMP.sub(" ", re.split(r"[/#:]", text)[-1]) if isinstance(term, IRI) else text


def describe(fact: Triple, graph: Graph) -> str:
    """Return a fact as a sentence."""
    return f"{name_of(fact.s, graph)} {name_of(fact.p, graph)} {name_of(fact.o, graph)}."


def _title(term: Term, graph: Graph) -> str:
    labels = graph.find(s=term, p=LABEL, limit=1)
    return str(labels[0].o) if labels else ""


def _started(question: str, graph: Graph, focus: Focus) -> dict[Term, str]:
    if focus.entities:
        return {entity: name_of(entity, graph) for entity in focus.entities[:MAX_ENTITIES]}
    return _named("\n".join(focus.concepts)[:MAX_TEXT] if focus.concepts else question, graph)


def _named(text: str, graph: Graph) -> dict[Term, str]:
    """Return the things whose labels occur in a text as whole words, in order, the longest label first."""
    folded = text.casefold()
    mentions: list[tuple[int, int, Triple]] = []
    for labelled in graph.find(p=LABEL):
        label = str(labelled.o).casefold()
        at = find_words(label, folded)
        # Predicates have labels too, for sentences; but nobody asks about a verb.
        if at >= 0 and not graph.find(p=labelled.s, limit=1):
            mentions.append((at, -len(label), labelled))
    named: dict[Term, str] = {}
    end = 0
    for at, negative, labelled in sorted(mentions, key=lambda mention: mention[:2]):
        if at >= end and len(named) < MAX_ENTITIES:
            named.setdefault(labelled.s, str(labelled.o))
            end = at - negative
    return named


def find_words(words: str, text: str) -> int:
    """Return where words stand in a text, not inside of other ones; -1 if nowhere.

    Args:
        words: What to look for; nothing is nowhere.
        text: Where to look.
    """
    if not words:
        return -1
    at = text.find(words)
    while at >= 0:
        around = text[max(at - 1, 0) : at] + text[at + len(words) : at + len(words) + 1]
        if not any(character.isalnum() for character in around):
            return at
        at = text.find(words, at + 1)
    return -1


def _facts(entities: tuple[Term, ...], graph: Graph, focus: Focus) -> tuple[Triple, ...]:
    """Return what the graph says about things: about each first what it does, then what is done to it."""
    facts: dict[Triple, None] = {}
    for entity in entities:
        for triple in (*graph.find(s=entity), *graph.find(o=entity)):
            if triple.p not in _SILENT and len(facts) < MAX_FACTS and focus.admits(triple):
                facts[triple] = None
    return tuple(facts)


def _compose(entities: tuple[Term, ...], facts: tuple[Triple, ...], graph: Graph) -> str:
    if not entities:
        return "The graph has nothing under the names in this question."
    if not facts:
        return f"The graph knows {' and '.join(name_of(entity, graph) for entity in entities)} by name only."
    return " ".join(describe(fact, graph) for fact in facts)
