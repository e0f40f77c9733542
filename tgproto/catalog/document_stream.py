"""Documents over HTTP, as gateways have them: plain bytes, without a word about how many there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tgproto.catalog import arguments as check
from tgproto.catalog.bind import stream_operation
from tgproto.catalog.call import StreamCall
from tgproto.catalog.global_scope import GlobalScope
from tgproto.catalog.plain import BytesReader
from tgproto.session.request import Answer, Form


@dataclass(frozen=True)
class DocumentStreamOps(GlobalScope):
    """Documents over HTTP, wire-true."""

    entries: ClassVar = {"document-stream": "document_stream"}

    @stream_operation
    def document_stream(self, id: str, chunk_size: int = 2**20) -> StreamCall[bytes, bytes]:  # noqa: A002
        """Fetch a document piece by piece over HTTP; gateways 2.1.7 and later.

        Whether it is whole cannot be seen: documents that do not exist, and failures halfway, look like short
        ones, and an empty one takes 120 s (`gateway/dispatch/document_stream.py`, up to 2.11.1). `download`
        knows.

        Args:
            id: Id of the document.
            chunk_size: Bytes that the gateway fetches at a time, at least 1.

        Returns:
            A stream of pieces of any size; its result is the whole document.

        Raises:
            ServiceError: The gateway refused the request.
            ConnectionLost: The connection ended before the document did.
            NotOffered: The gateway is too old.
            TypeError: An argument is of the wrong type.
            ValueError: The id is empty, or the size is below 1.
        """
        query = (
            ("document-id", check.name_of("id", id)),
            ("chunk-size", str(check.positive("chunk_size", chunk_size))),
        )
        form = Form(
            path="api/v1/document-stream", method="GET", query=query, answer=Answer.BYTES, tenant=True
        )
        return StreamCall(
            service="document-stream",
            arguments={},
            start=BytesReader,
            form=lambda _: form,
            workspace=self.options.workspace,
            repeatable=self.options.retry,
            streaming=True,
        )
