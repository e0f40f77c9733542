"""Turtle, read by rdflib. It keeps the text of a file in memory, and so does this; other formats do not.

Blank nodes are named anew, after the text and their order in it: so they are the same when an import is
resumed, and others than those of another file. Numbers without quotes are as rdflib writes them: 01 is 1.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Generator
from typing import Any, BinaryIO

from tgdrivers.item_files.extras import need
from tgproto.files import Numbered, UnreadableFile
from tgproto.rdf import from_rdflib
from tgproto.types.terms import BlankNode, Term, Triple


def read_turtle(file: BinaryIO) -> Generator[Numbered]:
    """Read triples, in the order in which they stand there.

    Args:
        file: The file.

    Yields:
        The triples, numbered.

    Raises:
        UnreadableFile: It is no Turtle.
        MissingExtra: rdflib is not installed.
    """
    text = file.read()
    mark = hashlib.sha256(text).hexdigest()[:12]
    names: dict[str, BlankNode] = {}

    def term(node: Any) -> Term:
        found = from_rdflib(node)
        if isinstance(found, BlankNode):
            return names.setdefault(found.id, BlankNode(f"t{mark}b{len(names)}"))
        return found

    for number, (s, p, o) in enumerate(_statements(text), 1):
        yield Numbered(number, Triple(term(s), term(p), term(o)))


def _statements(text: bytes) -> list[Any]:
    """Return the statements of a text, as nodes of rdflib."""
    rdflib = need("rdflib", "rdflib", "rdf", ".ttl")
    store: Any = need("rdflib.store", "rdflib", "rdf", ".ttl").Store
    found: list[Any] = []

    class Listed(store):  # type: ignore[misc]
        """Keeps the order, which a graph does not."""

        def add(self, triple: Any, context: Any, quoted: bool = False) -> None:  # noqa: ARG002
            found.append(triple)

        def bind(self, prefix: Any, namespace: Any, override: bool = True) -> None:
            pass

        def namespaces(self) -> Any:
            return iter(())

        def namespace(self, prefix: Any) -> Any:  # noqa: ARG002
            return None

        def prefix(self, namespace: Any) -> Any:  # noqa: ARG002
            return None

    logging.getLogger("rdflib").addHandler(logging.NullHandler())  # it warns of literals that are none
    normalized, rdflib.NORMALIZE_LITERALS = rdflib.NORMALIZE_LITERALS, False
    try:
        rdflib.Graph(Listed()).parse(data=text, format="turtle", publicID="")
    except UnicodeDecodeError:
        raise UnreadableFile("it is not UTF-8") from None
    except Exception as error:  # noqa: BLE001  # whatever its parser stumbles over
        raise UnreadableFile(f"it is no Turtle: {_reason(error)}") from None
    finally:
        rdflib.NORMALIZE_LITERALS = normalized
    return found


def _reason(error: Exception) -> str:
    line = getattr(error, "lines", None)
    why = getattr(error, "_why", None)
    return f"line {line + 1}: {why}" if isinstance(line, int) and why else str(error)[:300]
