"""Stores in memory for upstream's services of 1.7.1."""

from ...blobs import MemoryBlobs
from ...stores import replace_stores
from .config import MemoryConfig
from .knowledge import MemoryKnowledge
from .library import MemoryLibrary

__all__ = ["MemoryConfig", "MemoryLibrary", "install"]


def install() -> None:
    """Take the place of upstream's stores; to be called before its services are imported."""
    replace_stores(
        (
            ("ConfigTableStore", MemoryConfig),
            ("LibraryTableStore", MemoryLibrary),
            ("KnowledgeTableStore", MemoryKnowledge),
            ("BlobStore", MemoryBlobs),
        )
    )
