"""A librarian that answers as those of gateways 2.11.1 and 1.7.1 do, as far as the library's tests need it.

It is what carries the requests of a runner, in both colours, and fails when a test says so.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec

from tests.core.carriers import turn
from tgproto.catalog.machine import BytesSource, Path
from tgproto.catalog.runners import AwaitedRunner, BlockingRunner
from tgproto.dialect import GENERATION_2, Dialect, Tenancy
from tgproto.errors import service_error
from tgproto.session.events import Completed, Failed, Outcome
from tgproto.session.request import Submission
from tgproto.types.wire import Payload

T = TypeVar("T")

NOW = 1_700_000_000
SKELETON: dict[str, Any] = {"document-metadatas": [], "processing-metadatas": []}


class Refused(Exception):
    """The librarian answers with an error."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(kind, message)


@dataclass
class Fault:
    """What a request fails with; after it was carried out, if `done`."""

    operation: str
    error: Exception
    done: bool
    times: int


@dataclass
class Memory:
    """A machine whose files are in memory. A file that is being written has another name."""

    files: dict[str, bytes] = field(default_factory=dict)

    def time(self) -> float:
        return NOW + 0.9

    def source(self, path: Path) -> BytesSource:
        return BytesSource(self.files[str(path)])

    def sink(self, path: Path) -> MemorySink:
        return MemorySink(self.files, str(path))


@dataclass
class MemorySink:
    """A file of `Memory`."""

    files: dict[str, bytes]
    path: str

    def open(self) -> None:
        self.files[f"{self.path}.part"] = b""

    def write(self, data: bytes) -> None:
        self.files[f"{self.path}.part"] += data

    def commit(self) -> None:
        self.files[self.path] = self.files.pop(f"{self.path}.part")

    def discard(self) -> None:
        self.files.pop(f"{self.path}.part", None)


class Librarian:
    """A librarian and its gateway; a carrier for blocking callers."""

    def __init__(self, dialect: Dialect = GENERATION_2, *, chunk_size: int = 4) -> None:
        self.dialect = dialect
        self.chunk_size = chunk_size
        self.documents: dict[str, dict[str, Any]] = {}
        self.contents: dict[str, bytes] = {}
        self.processings: dict[str, dict[str, Any]] = {}
        self.uploads: dict[str, dict[str, Any]] = {}
        self.loaded: list[dict[str, Any]] = []
        self.cores: dict[str, list[dict[str, Any]]] = {}
        self.requests: list[dict[str, Any]] = []
        self.paused: list[float] = []
        self.cancelled: list[int] = []
        self.cut = 0  # so many pieces of a document are not sent
        self.memory = Memory()
        self._faults: list[Fault] = []
        self._answers: dict[int, Iterator[tuple[list[Payload], Outcome | None]]] = {}

    @property
    def operations(self) -> list[str]:
        """What was asked so far."""
        return [request.get("operation", request["service"]) for request in self.requests]

    @property
    def runner(self) -> BlockingRunner:
        """What carries calls here, for blocking callers."""
        return BlockingRunner(lambda: self, streams=lambda: self, machine=self.memory)

    @property
    def awaited(self) -> AwaitedRunner:
        """What carries calls here, for callers that await."""
        later = Later(self)
        return AwaitedRunner(lambda: later, streams=lambda: later, machine=self.memory)

    def fail(self, operation: str, error: Exception, *, done: bool = False, times: int = 1) -> None:
        """Let the next requests of a kind fail."""
        self._faults.append(Fault(operation, error, done, times))

    # --- a carrier ----------------------------------------------------------------------------

    def submit(self, submission: Submission, *, timeout: float | None, total_timeout: float | None) -> int:
        """Submit a request."""
        request = submission.request(self.dialect)
        body = json.loads(request.body)
        self.requests.append({"service": request.service, **body})
        self._answers[len(self.requests)] = self._answer(request.service, body)
        return len(self.requests)

    def receive(self, stream_id: int) -> tuple[list[Payload], Outcome | None]:
        """Take what has come."""
        return next(self._answers[stream_id])

    def cancel(self, stream_id: int) -> None:
        """Forget a stream."""
        self.cancelled.append(stream_id)

    cancel_later = cancel

    def pause(self, seconds: float) -> None:
        """Note it."""
        self.paused.append(seconds)

    # --- a gateway ----------------------------------------------------------------------------

    def _answer(self, service: str, body: dict[str, Any]) -> Iterator[tuple[list[Payload], Outcome | None]]:
        operation = body.get("operation", service)
        fault = next((fault for fault in self._faults if fault.operation == operation), None)
        if fault is not None:
            fault.times -= 1
            if not fault.times:
                self._faults.remove(fault)
        if fault is not None and not fault.done:
            yield [], Failed(fault.error)
            return
        try:
            answer = self._work(operation, body)
        except Refused as refused:
            yield [], Failed(service_error(*refused.args))
            return
        if fault is not None:
            yield [], Failed(fault.error)
            return
        frames = answer if isinstance(answer, list) else [answer]
        for frame in frames:
            if isinstance(frame, Exception):
                yield [], Failed(frame)
                return
            yield [msgspec.Raw(json.dumps(frame).encode())], None
        yield [], Completed()

    def _work(self, operation: str, body: dict[str, Any]) -> dict[str, Any] | list[dict[str, Any]]:
        if self.dialect.tenancy is Tenancy.USER and "operation" in body:
            assert body["user"]
        method = getattr(self, "_" + operation.replace("-", "_"))
        answer = method(body) or {}
        plain = isinstance(answer, list) or not self.dialect.chunks or operation.endswith(("core", "cores"))
        return answer if plain else {**SKELETON, **answer}

    def _found(self, document_id: str) -> dict[str, Any]:
        if document_id not in self.documents:
            raise Refused("unexpected-error", "Document does not exist")
        return self.documents[document_id]

    def _new(self, record: dict[str, Any], error: str) -> None:
        if record["id"] in self.documents:
            raise Refused(error, "Document already exists")
        assert isinstance(record["time"], int)
        assert record["kind"]

    def _add_document(self, body: dict[str, Any]) -> None:
        record = body["document-metadata"]
        self._new(record, "unexpected-error")
        self.documents[record["id"]] = record
        self.contents[record["id"]] = base64.b64decode(body["content"], validate=True)

    def _update_document(self, body: dict[str, Any]) -> None:
        record = body["document-metadata"]
        found = self._found(record["id"])
        found.update({name: record[name] for name in ("time", "title", "comments", "metadata", "tags")})

    def _remove_document(self, body: dict[str, Any]) -> None:
        self._found(body["document-id"])
        del self.documents[body["document-id"]]

    def _get_document_metadata(self, body: dict[str, Any]) -> dict[str, Any]:
        found = self._found(body["document-id"])
        return {"document-metadata": {name: value for name, value in found.items() if value or value == []}}

    def _get_document_content(self, body: dict[str, Any]) -> dict[str, Any]:
        self._found(body["document-id"])
        content = self.contents[body["document-id"]]
        return {"content": base64.b64encode(content).decode()} if content else {}

    def _list_documents(self, body: dict[str, Any]) -> dict[str, Any]:
        everything = body.get("include-children")
        found = [record for record in self.documents.values() if everything or not record.get("parent-id")]
        return {"document-metadatas": found}

    def _stream_document(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        self._found(body["document-id"])
        content, size = self.contents[body["document-id"]], body.get("chunk-size", 2**20)
        total = math.ceil(len(content) / size)
        return [
            {
                **SKELETON,
                "content": base64.b64encode(content[index * size : (index + 1) * size]).decode(),
                **({"chunk-index": index} if index else {}),
                "total-chunks": total,
                "chunks-received": index + 1,
                "bytes-received": min((index + 1) * size, len(content)),
                "total-bytes": len(content),
            }
            for index in range(total - self.cut)
        ]

    def _begin_upload(self, body: dict[str, Any]) -> dict[str, Any]:
        record = body["document-metadata"]
        self._new(record, "request-error")
        size, total = body.get("chunk-size", self.chunk_size), body["total-size"]
        upload_id = f"u-{len(self.requests)}"
        kept = {name: record[name] for name in ("id", "time", "kind", "title", "comments", "tags")}
        self.uploads[upload_id] = {"document": kept, "size": size, "total": total, "chunks": {}}
        return {"upload-id": upload_id, "chunk-size": size, "total-chunks": math.ceil(total / size)}

    def _upload(self, body: dict[str, Any]) -> dict[str, Any]:
        if body["upload-id"] not in self.uploads:
            raise Refused("request-error", "Upload session not found or expired")
        return self.uploads[body["upload-id"]]

    def _upload_chunk(self, body: dict[str, Any]) -> dict[str, Any]:
        upload, index = self._upload(body), body["chunk-index"]
        upload["chunks"][index] = base64.b64decode(body["content"], validate=True)
        received = len(upload["chunks"]) + 1
        return {
            "upload-id": body["upload-id"],
            **({"chunk-index": index} if index else {}),
            "chunks-received": received,
            "total-chunks": math.ceil(upload["total"] / upload["size"]),
            "bytes-received": min(received * upload["size"], upload["total"]),
            "total-bytes": upload["total"],
        }

    def _missing(self, upload: dict[str, Any]) -> list[int]:
        return [i for i in range(math.ceil(upload["total"] / upload["size"])) if i not in upload["chunks"]]

    def _complete_upload(self, body: dict[str, Any]) -> dict[str, Any]:
        upload = self._upload(body)
        if missing := self._missing(upload):
            raise Refused("request-error", f"Missing chunks: {missing[:10]}")
        record = {**upload["document"], "metadata": [], "document-type": "source"}
        self.documents[record["id"]] = record
        self.contents[record["id"]] = b"".join(upload["chunks"][i] for i in sorted(upload["chunks"]))
        del self.uploads[body["upload-id"]]
        return {"document-id": record["id"], "object-id": "o-1"}

    def _abort_upload(self, body: dict[str, Any]) -> None:
        self._upload(body)
        del self.uploads[body["upload-id"]]

    def _get_upload_status(self, body: dict[str, Any]) -> dict[str, Any]:
        if body["upload-id"] not in self.uploads:
            return {"upload-id": body["upload-id"], "upload-state": "expired"}
        upload = self._upload(body)
        status = {
            "received-chunks": sorted(upload["chunks"]),
            "missing-chunks": self._missing(upload),
            "chunks-received": len(upload["chunks"]),
            "bytes-received": min(len(upload["chunks"]) * upload["size"], upload["total"]),
        }
        return {
            "upload-id": body["upload-id"],
            "upload-state": "in-progress",
            "total-chunks": math.ceil(upload["total"] / upload["size"]),
            "total-bytes": upload["total"],
            **{name: value for name, value in status.items() if value},
        }

    def _list_uploads(self, body: dict[str, Any]) -> dict[str, Any]:
        sessions = [
            {
                "upload-id": upload_id,
                "document-id": upload["document"]["id"],
                "document-metadata-json": json.dumps(upload["document"]),
                "total-size": upload["total"],
                "chunk-size": upload["size"],
                "total-chunks": math.ceil(upload["total"] / upload["size"]),
                "chunks-received": len(upload["chunks"]),
                "created-at": "2026-11-20 16:00:06.160024+00:00",
            }
            for upload_id, upload in self.uploads.items()
        ]
        return {"upload-sessions": sessions} if sessions else {}

    def _add_processing(self, body: dict[str, Any]) -> None:
        record = body["processing-metadata"]
        if record["id"] in self.processings:
            raise Refused("unexpected-error", "Processing already exists")
        self._found(record["document-id"])
        self.processings[record["id"]] = record
        if record["flow"] == "missing":
            raise Refused("unexpected-error", "Invalid flow ID missing for workspace default")

    def _remove_processing(self, body: dict[str, Any]) -> None:
        del self.processings[body["processing-id"]]

    def _list_processing(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"processing-metadatas": list(self.processings.values())}

    def _text_load(self, body: dict[str, Any]) -> None:
        self.loaded.append(body)

    _document_load = _text_load

    # --- cores --------------------------------------------------------------------------------

    def _list_kg_cores(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"ids": list(self.cores)}

    def _put_kg_core(self, body: dict[str, Any]) -> None:
        (member,) = set(body) - {"operation", "id", "user"}
        batch = body[member]
        core = batch["metadata"]["id"] if "metadata" in batch else body["id"]
        self.cores.setdefault(core, []).append({member: batch})

    def _get_kg_core(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        return [*self.cores.get(body["id"], []), {"eos": True}]

    def _delete_kg_core(self, body: dict[str, Any]) -> None:
        self.cores.pop(body["id"], None)

    def _load_kg_core(self, body: dict[str, Any]) -> None:
        self.loaded.append(body)

    def _unload_kg_core(self, body: dict[str, Any]) -> None:
        raise Refused("not-implemented", "Not implemented")

    _list_de_cores = _list_kg_cores
    _put_de_core = _put_kg_core
    _get_de_core = _get_kg_core
    _delete_de_core = _delete_kg_core
    _load_de_core = _load_kg_core


class Later:
    """The same librarian, for callers that await."""

    def __init__(self, librarian: Librarian) -> None:
        self._librarian = librarian
        self.submit = librarian.submit
        self.cancel = librarian.cancel
        self.cancel_later = librarian.cancel_later

    async def receive(self, stream_id: int) -> tuple[list[Payload], Outcome | None]:
        """Wait once, and take what has come."""
        await turn()
        return self._librarian.receive(stream_id)

    async def pause(self, seconds: float) -> None:
        """Note it."""
        self._librarian.pause(seconds)

    async def in_thread(self, function: Callable[[], T]) -> T:
        """Wait once, and call."""
        await turn()
        return function()
