"""Stores in memory for upstream's services of 2.11.1."""

from ...blobs import MemoryBlobs
from ...stores import replace_stores
from .config import MemoryConfig
from .iam import MemoryIam
from .knowledge import MemoryKnowledge
from .library import MemoryLibrary


def install() -> None:
    """Take the place of upstream's stores; to be called before its services are imported."""
    replace_stores(
        (
            ("ConfigTableStore", MemoryConfig),
            ("IamTableStore", MemoryIam),
            ("LibraryTableStore", MemoryLibrary),
            ("KnowledgeTableStore", MemoryKnowledge),
            ("BlobStore", MemoryBlobs),
        )
    )
