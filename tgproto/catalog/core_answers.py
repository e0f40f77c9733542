"""Answers of `knowledge`: ids, and the contents of cores."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from tgproto.catalog.kept import Kept
from tgproto.catalog.reader import C, F, FrameReader, Start
from tgproto.catalog.single import single
from tgproto.cores.wire import (
    WireDocumentEmbeddings,
    WireGraphEmbeddings,
    WireLibraryBlob,
    WireLibraryMetadata,
    WireTriples,
)
from tgproto.cores.writer import pack
from tgproto.errors import CallContext, DecodeError
from tgproto.types.cores import CoreRecord, DocumentEmbeddingsBatch
from tgproto.types.wire import Shape

MAX_KEPT: Final = 16
"""Records that are kept for the result although somebody has them already."""

_LET_GO: Final = f"a core of more than {MAX_KEPT} records is not kept once they are read"


class IdsFrame(msgspec.Struct, gc=False):
    """Ids of cores."""

    ids: list[str] | None = None


class GraphFrame(msgspec.Struct, gc=False, rename="kebab"):
    """A record of a graph core, or its end."""

    triples: WireTriples | None = None
    graph_embeddings: WireGraphEmbeddings | None = None
    library_metadata: WireLibraryMetadata | None = None
    library_blob: WireLibraryBlob | None = None
    eos: bool = False


class DocumentFrame(msgspec.Struct, gc=False, rename="kebab"):
    """A record of a core of document embeddings, or its end."""

    document_embeddings: WireDocumentEmbeddings | None = None
    eos: bool = False


class CoreAnswer(FrameReader[F, C]):
    """Reads the records of a core, one frame each, up to its end.

    Args:
        context: Which call it is, for errors.
        shape: Shape of the frames.
        look: Returns the record of a frame, None if there is none, and whether the frame is the end.
    """

    def __init__(
        self,
        context: CallContext,
        shape: Shape[F],
        look: Callable[[F], tuple[C | None, bool]],
    ) -> None:
        super().__init__(context, shape)
        self._look = look
        self._kept: Kept[C] = Kept(context, MAX_KEPT, _LET_GO)
        self._over = False

    @property
    def partial(self) -> list[C] | None:
        """The records so far; None if there are none, or if they were not kept."""
        return self._kept.partial or None

    def release(self) -> None:
        """Let a long core go; see `Reader.release`."""
        self._kept.release()

    def _take(self, frame: F) -> C | None:
        record, ends = self._look(frame)
        if ends:
            self._over = True
            return None
        if record is None:
            raise DecodeError("a record of the core is of no kind that is known - at `$`")
        self._kept.add(record)
        return record

    def check(self) -> None:
        """See that the end of the core has come; see `Reader.check`."""
        if not self._over:
            raise self._failed(DecodeError("the core broke off: its end has not come"))

    def result(self) -> list[C]:
        """Return all records; see `Reader.result`."""
        self.check()
        return self._kept.whole()


def _graph(frame: GraphFrame) -> tuple[CoreRecord | None, bool]:
    wire = frame.triples or frame.graph_embeddings or frame.library_metadata or frame.library_blob
    return None if wire is None else wire.read(), frame.eos


def _document(frame: DocumentFrame) -> tuple[DocumentEmbeddingsBatch | None, bool]:
    wire = frame.document_embeddings
    return None if wire is None else wire.read(), frame.eos


def _packed(frame: dict[str, Any]) -> tuple[bytes | None, bool]:
    """Pack a frame as it came, and not what its shape kept of it."""
    ends = _GRAPH.convert(frame).eos
    return pack(frame) or None, ends


_GRAPH: Final = Shape(GraphFrame)
_DOCUMENTS: Final = Shape(DocumentFrame)
_OBJECT: Final = Shape(dict[str, Any])

IDS: Final = single(Shape(IdsFrame), lambda frame: frame.ids or [])
"""Makes the readers of answers of `list-kg-cores` and `list-de-cores`."""


def _graph_core(context: CallContext) -> CoreAnswer[GraphFrame, CoreRecord]:
    return CoreAnswer(context, _GRAPH, _graph)


def _document_core(context: CallContext) -> CoreAnswer[DocumentFrame, DocumentEmbeddingsBatch]:
    return CoreAnswer(context, _DOCUMENTS, _document)


def _packed_core(context: CallContext) -> CoreAnswer[dict[str, Any], bytes]:
    return CoreAnswer(context, _OBJECT, _packed)


GRAPH_CORE: Final[Start[CoreRecord, list[CoreRecord]]] = _graph_core
"""Makes the readers of graph cores."""

DOCUMENT_CORE: Final[Start[DocumentEmbeddingsBatch, list[DocumentEmbeddingsBatch]]] = _document_core
"""Makes the readers of cores of document embeddings."""

PACKED_CORE: Final[Start[bytes, list[bytes]]] = _packed_core
"""Makes the readers of graph cores whose records are to stand in a file."""
