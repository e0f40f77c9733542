"""Knowledge cores: what was extracted from documents, kept apart from flows."""

from __future__ import annotations

from dataclasses import dataclass

from tgproto.catalog.core_files import CoreFileOps
from tgproto.catalog.knowledge_files import KnowledgeFileOps
from tgproto.catalog.scopes import AsyncScope, PureScope, SyncScope


@dataclass(frozen=True)
class KnowledgeOps(KnowledgeFileOps, CoreFileOps):
    """Knowledge cores: what was extracted from documents, kept apart from flows."""


@dataclass(frozen=True)
class KnowledgeCalls(PureScope, KnowledgeOps):
    """Knowledge cores, as calls that somebody else carries out."""


@dataclass(frozen=True)
class Knowledge(SyncScope, KnowledgeOps):
    """Knowledge cores, blocking."""


@dataclass(frozen=True)
class AsyncKnowledge(AsyncScope, KnowledgeOps):
    """Knowledge cores, awaited."""
