"""Stores in memory under the names of upstream's, so that its services run unchanged and need no drivers."""

import sys
from types import ModuleType

from .blobs import MemoryBlobs
from .config import MemoryConfig
from .iam import MemoryIam
from .knowledge import MemoryKnowledge
from .library import MemoryLibrary

STORES = (
    ("trustgraph.tables.config", "ConfigTableStore", MemoryConfig),
    ("trustgraph.tables.iam", "IamTableStore", MemoryIam),
    ("trustgraph.tables.library", "LibraryTableStore", MemoryLibrary),
    ("trustgraph.tables.knowledge", "KnowledgeTableStore", MemoryKnowledge),
    ("trustgraph.librarian.blob_store", "BlobStore", MemoryBlobs),
)


def install() -> None:
    """Take the place of upstream's store modules; to be called before its services are imported."""
    for module_name, class_name, store in STORES:
        module = ModuleType(module_name)
        setattr(module, class_name, store)
        sys.modules[module_name] = module
