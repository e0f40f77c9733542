"""Judgements without a model: by the words that texts share, and always the same."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from itertools import islice
from typing import cast

from tgproto.gateway.graph import Graph
from tgproto.gateway.nlp import translate
from tgproto.gateway.script import MAX_TEXT
from tgproto.gateway.tables import tables
from tgproto.types.wire import encode

MAX_PAIRS = 100_000
"""Pairs of a query and a document that one request may have ranked."""

MAX_QUESTIONS = 1000
"""Questions, or fields, that one request may have."""

MAX_WORDS = 512
"""Words of a text that count."""

READY, TRAINING = "kinds", "drafts"
"""The classifiers: one tells which kind of thing a text is about; the other one is not ready."""

_WORD = re.compile(r"\w+")
_DIGITS = 4


class JudgingError(Exception):
    """A judgement cannot be made; the message says why."""


# --- which document is the best ---------------------------------------------------------------


def rank(queries: Sequence[str], documents: Sequence[str]) -> list[list[tuple[int, float]]]:
    """Return the documents for each query, the best first: those with the most of its words.

    Args:
        queries: What is looked for.
        documents: Their texts.

    Returns:
        For each query: indexes into `documents`, each with a score, the share of the query's words that it
        has. Equal ones keep their order.

    Raises:
        JudgingError: There are more than `MAX_PAIRS` pairs.
    """
    if len(queries) * len(documents) > MAX_PAIRS:
        raise JudgingError(f"more than {MAX_PAIRS} pairs of a query and a document")
    words = [_words(document) for document in documents]
    ranked: list[list[tuple[int, float]]] = []
    for query in queries:
        wanted = _words(query)
        scores = enumerate(_share(wanted, known) for known in words)
        ranked.append(sorted(scores, key=lambda item: -item[1]))
    return ranked


# --- which label fits --------------------------------------------------------------------------


def classify(model: str, text: str, graph: Graph) -> tuple[str, float]:
    """Return the label of a text, and how sure that is.

    Args:
        model: Name of a classifier; empty for the one that is ready.
        text: What to classify.
        graph: What the classifier knows.

    Raises:
        JudgingError: There is no such classifier, it is still being trained, or it has no labels.
    """
    if model not in ("", READY, TRAINING):
        raise JudgingError(f"there is no model {model!r}")
    labels = list(tables(graph)) if model != TRAINING else []
    if not labels:
        raise JudgingError(f"model {model or READY!r} is not ready")
    found = translate(text, graph, 1)
    if found.schemas:
        return found.schemas[0], found.confidence
    return labels[0], round(1 / len(labels), _DIGITS)


def classifiers(graph: Graph) -> list[dict[str, object]]:
    """Return the classifiers as the service `cloze` lists them."""
    known = tables(graph)
    size = sum(len(table.rows) for table in known.values())
    return [
        {
            "name": READY,
            "state": "ready" if known else "training",
            "labels": list(known),
            "accuracy": 0.875,
            "train_size": size,
            "test_size": 8,
        },
        {
            "name": TRAINING,
            "state": "training",
            "labels": [],
            "accuracy": None,
            "train_size": None,
            "test_size": None,
        },
    ]


# --- what to decide ---------------------------------------------------------------------------


def decide(state: object, questions: Mapping[str, object]) -> dict[str, object]:
    """Return what the answers to questions are, in view of a state.

    Args:
        state: What is known, any JSON value.
        questions: Name of a question -> how to answer it: `{"type": "choice", "options": [text]}` for one of
            several, `{"type": "score"}` for a number.

    Returns:
        Name of a question -> `{"choice": text, "score": number}`, `{"score": number}`, or None if it is of no
        such form. A score is 0 … 1.

    Raises:
        JudgingError: There are more than `MAX_QUESTIONS` questions.
    """
    _require_few(questions)
    known = _words(text_of(state))
    return {name: _decide(question, known) for name, question in questions.items()}


def _decide(question: object, known: set[str]) -> object:
    if not isinstance(question, dict):
        return None
    asked = cast("Mapping[str, object]", question)
    match asked.get("type"):
        case "choice":
            return _choose(asked.get("options"), known)
        case "score":
            return {"score": _share(_words(text_of(asked)) - {"type", "score"}, known)}
        case _:
            return None


def _choose(options: object, known: set[str]) -> object:
    """Return the option that has most in common with what is known; None if there is none."""
    listed = cast("list[object]", options) if isinstance(options, list) else []
    scored = [(_share(_words(text), known), text) for text in listed if isinstance(text, str)]
    if not scored:
        return None
    score, text = max(scored, key=lambda option: option[0])
    return {"choice": text, "score": score}


# --- what stands in a text --------------------------------------------------------------------


def extract(state: object, fields: Collection[str]) -> dict[str, object]:
    """Return fields of a state: the members of an object, or what is behind `field:` in a text.

    Args:
        state: An object, or a text.
        fields: Names of the fields; capitals do not matter in a text.

    Returns:
        Name of a field -> its value; None if there is none.

    Raises:
        JudgingError: There are more than `MAX_QUESTIONS` fields.
    """
    _require_few(fields)
    if isinstance(state, dict):
        members = cast("Mapping[str, object]", state)
        return {field: members.get(field) for field in fields}
    text = text_of(state)
    return {field: _behind(field, text) for field in fields}


def _behind(field: str, text: str) -> str | None:
    found = re.search(rf"(?i)\b{re.escape(field)}[ \t]*[:=][ \t]*([^\n;,]*)", text)
    return found[1].strip() or None if found else None


def _require_few(questions: Collection[str]) -> None:
    if len(questions) > MAX_QUESTIONS:
        raise JudgingError(f"more than {MAX_QUESTIONS} questions")


def text_of(value: object) -> str:
    """Return the beginning of a JSON value as a text: itself, if it is one."""
    return (value if isinstance(value, str) else encode(value).decode())[:MAX_TEXT]


def _words(text: str) -> set[str]:
    return {match[0].casefold() for match in islice(_WORD.finditer(text), MAX_WORDS)}


def _share(wanted: set[str], words: set[str]) -> float:
    return round(len(wanted & words) / (len(wanted) or 1), _DIGITS)
