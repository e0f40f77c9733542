"""Terms as 1.7.1 writes them."""

from trustgraph.schema import Value


def iri(value: str) -> Value:
    """An IRI as a term."""
    return Value(value=value, is_uri=True)


def literal(value: str) -> Value:
    """A literal as a term; it has neither type nor language."""
    return Value(value=value, is_uri=False)
