"""Put stores in memory in the place of upstream's, so that its services run unchanged and need no drivers."""

import sys
from collections.abc import Iterable
from types import ModuleType

STORES = {
    "ConfigTableStore": "trustgraph.tables.config",
    "IamTableStore": "trustgraph.tables.iam",
    "LibraryTableStore": "trustgraph.tables.library",
    "KnowledgeTableStore": "trustgraph.tables.knowledge",
    "BlobStore": "trustgraph.librarian.blob_store",
}


def replace_stores(replacements: Iterable[tuple[str, type]]) -> None:
    """Take the place of upstream's store modules; to be called before its services are imported.

    Args:
        replacements: The name of each store class, a key of STORES, and what takes its place.
    """
    for name, store in replacements:
        module = ModuleType(STORES[name])
        setattr(module, name, store)
        sys.modules[module.__name__] = module
