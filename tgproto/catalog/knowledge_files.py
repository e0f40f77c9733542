"""Graph cores into files, and out of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeAlias

from tgproto.catalog import arguments as check
from tgproto.catalog.bind import procedure
from tgproto.catalog.call import StreamCall
from tgproto.catalog.core_answers import PACKED_CORE
from tgproto.catalog.knowledge_cores import CoreOps
from tgproto.catalog.library_upload import Progress
from tgproto.catalog.machine import BinaryFile, FileSource, Path, PathLike, Sink
from tgproto.catalog.steps import Steps, machine, opened, step, taken, worked
from tgproto.cores import CoreReader
from tgproto.cores.wire import MEMBERS
from tgproto.errors import CallError, LibrarianError, service_error
from tgproto.types.cores import CoreRecord, CoreTransfer, LibraryBlob, LibraryMetadata

Written: TypeAlias = Callable[[int, int], object]
"""Told how many records are done, and how many bytes they have in the file."""

_READ_AT_ONCE: Final = 2**20

_DOCUMENTS: Final = (LibraryMetadata, LibraryBlob)


@dataclass(frozen=True)
class KnowledgeFileOps(CoreOps):
    """Files of graph cores: records of msgpack, as gateways' own exports have them."""

    @procedure
    def export_kg_core(
        self,
        id: str,  # noqa: A002
        file: Path,
        on_progress: Written | None = None,
        *,
        allow_missing_documents: bool = False,
        user: str | None = None,
    ) -> Steps[CoreTransfer]:
        """Write a graph core into a file, which is there under its name only once it is complete.

        The file is for gateways of the same generation, or for `import_kg_core`, which takes both. One record
        is in memory at a time. There are no files of cores of document embeddings. Left out, as files of
        gateways have no place for it (1.7.1 and 2.11.1, `core_export.py`), is `root` of `CoreMetadata`, and
        `chunk_id`, `rdf_type` and `attributes` of `EntityVectors`.

        Args:
            id: Id of the core.
            file: Where the file is to be. A file of that name is replaced, and keeps its permissions.
            on_progress: Called with the records and bytes that were written, after each record; where the
                caller is. What it raises ends the export.
            allow_missing_documents: Whether the file is to be kept although documents of the core are
                missing from the library. The graph data is complete then.
            user: Whose core it is, on gateways before 2.4.0; None for `trustgraph`.

        Returns:
            How much was written.

        Raises:
            LibrarianError: A document of the core is missing, or there is no such core.
            ServiceError: The service failed, or nothing is in the core.
            DecodeError: The core broke off, or has records that are not known or not of the documented shape.
            CoreFileError: A text or a number of the core cannot stand in a file.
            StreamingUnavailable: The `Api` is to use REST alone.
            OSError: The file cannot be written.
            TypeError: An argument is of the wrong type.
            ValueError: The id is empty.
        """
        call = self._stream_call("get-kg-core", {"id": check.name_of("id", id)}, PACKED_CORE, user=user)
        if not isinstance(file, str | PathLike):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"file must be a str or a pathlib.Path, not {type(file).__name__}")
        progress = check.function("on_progress", on_progress)
        enough = check.flag("allow_missing_documents", allow_missing_documents)
        sink = (yield from machine()).sink(file)
        try:
            yield from worked(sink.open)
            written = yield from self._written(call, sink, progress, enough)
            if not written.records:
                raise service_error("request-error", f"there is nothing in the core {id!r}", call.context)
            yield from worked(sink.commit)
        finally:
            sink.discard()
        return written

    @procedure
    def import_kg_core(
        self,
        id: str,  # noqa: A002
        file: Path | BinaryFile,
        on_progress: Progress | None = None,
        *,
        without_documents: bool = False,
        user: str | None = None,
    ) -> Steps[CoreTransfer]:
        """Put what is in a file into a graph core, which is made if there is none.

        Files of both generations can be put into gateways of both, as far as their dialects express the
        contents: 1.x has no documents in cores, which fails unless they are left out; 2.x has no triples
        about the document in each batch, which are left out there. One record is in memory at a time, and
        put by a call of its own.

        Args:
            id: Id of the core; that in the file does not count.
            file: Where the file is, or a file open for reading bytes, which is read from its beginning.
            on_progress: Called with the bytes of the file that are done, and with all it has, after each MiB;
                where the caller is. What it raises ends the import.
            without_documents: Whether to leave out the documents that the graph data is from.
            user: Whose core it is, on gateways before 2.4.0; None for what the file says, or `trustgraph`.

        Returns:
            How much was put.

        Raises:
            ServiceError: The service failed. What was put before stays: delete the core before another try.
            CoreFileError: It is no file of a core, or not a whole one.
            LocalProtocolError: The gateway's dialect cannot express a record, or it is too long.
            ImportError: The package `msgpack` is not there.
            OSError: The file cannot be read.
            TypeError: An argument is of the wrong type.
            ValueError: The id is empty.
        """
        core_id = check.name_of("id", id)
        check.optional(check.text, "user", user)
        progress = check.function("on_progress", on_progress)
        left_out = _DOCUMENTS if check.flag("without_documents", without_documents) else ()
        here = yield from machine()
        match file:
            case str() | PathLike():
                source = here.source(file)
            case BinaryFile():
                source = FileSource(file)
            case _:
                raise TypeError(
                    f"file must be a str, a pathlib.Path or a file open for reading bytes, not "
                    f"{type(file).__name__}"
                )
        reader = CoreReader()
        done = put = 0
        try:
            size = yield from worked(source.open)
            while piece := (yield from worked(partial(source.read_at, done, _READ_AT_ONCE))):
                for record in reader.feed(piece):
                    if not isinstance(record, left_out):
                        yield from self._put_record(core_id, record, user)
                        put += 1
                done += len(piece)
                if progress is not None:
                    progress(done, size)
            reader.end()
        finally:
            source.close()
        return CoreTransfer(put, done, reader.skipped + reader.records - put)

    def _written(
        self, call: StreamCall[bytes, list[bytes]], sink: Sink, on_progress: Written | None, enough: bool
    ) -> Steps[CoreTransfer]:
        """Fetch a core, and write it down."""
        records = size = 0
        stream = yield from opened(call)
        try:
            while (record := (yield from taken(stream))) is not None:
                yield from worked(partial(sink.write, record))
                records, size = records + 1, size + len(record)
                if on_progress is not None:
                    on_progress(records, size)
        except LibrarianError:
            if not (enough and records):
                raise
        finally:
            stream.cancel()
        return CoreTransfer(records, size)

    def _put_record(self, core_id: str, record: CoreRecord, user: str | None) -> Steps[None]:
        try:
            yield from step(self._put("put-kg-core", core_id, MEMBERS[type(record)], record, user))
        except CallError as error:
            error.hint = (
                f"{error.hint}. What was put before stays: delete_kg_core({core_id!r}), then import it again"
            ).removeprefix(". ")
            raise
