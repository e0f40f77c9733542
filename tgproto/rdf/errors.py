"""What can go wrong between our terms and other forms of RDF."""

from __future__ import annotations

from tgproto.errors import LocalProtocolError, TrustGraphError


class NTriplesError(TrustGraphError, ValueError):
    """A line is no statement of N-Triples or N-Quads.

    Attributes:
        line: Number of the line, from 1.
        column: Where in it reading ended, in characters, from 1.
        expected: What could have stood there.
        found: What stands there: the first characters of it, or empty at the end of the line.
    """

    def __init__(self, line: int, column: int, expected: str, found: str) -> None:
        self.line = line
        self.column = column
        self.expected = expected
        self.found = found
        super().__init__(line, column, expected, found)

    def __str__(self) -> str:
        return f"line {self.line}, {self.reason}"

    @property
    def reason(self) -> str:
        """What is wrong, without the number of the line."""
        found = repr(self.found) if self.found else "the end of the line"
        return f"column {self.column}: expected {self.expected}, found {found}"


class NotExpressible(LocalProtocolError, ValueError):
    """The other form of RDF has no way to say this; it would have become something else, or nothing."""
