"""What the service `prompt` has: a few templates."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from tgproto.gateway.graph import Graph
from tgproto.gateway.model import Reading, name_of
from tgproto.gateway.script import pieces_of
from tgproto.types.wire import encode

_PLACE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


@dataclass(frozen=True, slots=True)
class Template:
    """A prompt with places for variables.

    Attributes:
        text: What the model reads; `{{name}}` is replaced by a variable, or by nothing if there is none.
        structure: What to answer instead of a text: makes a JSON value of what the model found.
    """

    text: str
    structure: Callable[[Reading, Graph], object] | None = None

    def fill(self, variables: Mapping[str, object]) -> str:
        """Return the prompt for these variables; those that are no strings are written as JSON."""
        return _PLACE.sub(lambda place: _written(variables.get(place[1], "")), self.text)

    def shape(self, reading: Reading, graph: Graph) -> str | None:
        """Return the JSON text to answer with, or None if the answer is a text."""
        return None if self.structure is None else encode(self.structure(reading, graph)).decode()


def _written(value: object) -> str:
    return value if isinstance(value, str) else encode(value).decode()


def _concepts(reading: Reading, graph: Graph) -> object:  # noqa: ARG001
    return list(reading.concepts)


def _relationships(reading: Reading, graph: Graph) -> object:
    return [
        {name: name_of(term, graph) for name, term in (("subject", f.s), ("predicate", f.p), ("object", f.o))}
        for f in reading.facts
    ]


TEMPLATES: Mapping[str, Template] = {
    "question": Template("{{question}}"),
    "summarize": Template("Summarize what is known about this: {{text}}"),
    "extract-concepts": Template("{{text}}", _concepts),
    "extract-relationships": Template("{{text}}", _relationships),
}
"""The templates of this gateway, by id."""


def shaped(reading: Reading, structure: str | None) -> Reading:
    """Return what there is to tell once a template has its say.

    Args:
        reading: What the model found.
        structure: The JSON value to answer with, as text, unless the script says what to answer; None to
            answer with a text.
    """
    script = reading.script
    if structure is None or (script.scripted and script.said):
        return reading
    return replace(reading, script=script.saying(pieces_of(structure)))
