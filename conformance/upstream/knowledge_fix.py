"""Make knowledge cores work in trustgraph-base 2.11.1, if asked to.

Its module `schema.documents` lacks three names that its type hints use, so the messages inside a core message
are never decoded. That is how the release behaves, and therefore the default here.
"""

import os

from trustgraph import schema
from trustgraph.schema import documents


def install() -> None:
    """Add the names if TGW_FIX_KNOWLEDGE is set; the gateway and the back ends must agree about it."""
    if os.environ.get("TGW_FIX_KNOWLEDGE"):
        for name in ("Triples", "GraphEmbeddings", "DocumentEmbeddings"):
            setattr(documents, name, getattr(schema, name))
