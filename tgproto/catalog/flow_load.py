"""Giving a flow something to read: directly, or through the library where flows take nothing directly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from tgproto.catalog import arguments as check
from tgproto.catalog.administration import NOTHING
from tgproto.catalog.bind import operation, procedure
from tgproto.catalog.call import Call
from tgproto.catalog.content import content_id, encoded, part_of
from tgproto.catalog.flow_scope import FlowScope
from tgproto.catalog.habits import dialect_of_gateway
from tgproto.catalog.library import LibraryCalls
from tgproto.catalog.machine import BytesSource, Document, Machine, Source, source_of
from tgproto.catalog.scopes import PureScope
from tgproto.catalog.steps import Steps, machine, step, worked
from tgproto.errors import CallError, GatewayError, ServiceError
from tgproto.types.terms import Triple


@dataclass(frozen=True)
class DirectLoadOps(FlowScope):
    """What flows of older gateways take directly."""

    entries: ClassVar = {"text-load": "text_load", "document-load": "document_load"}

    @operation
    def text_load(
        self,
        text: str | bytes,
        id: str | None = None,  # noqa: A002
        metadata: Sequence[Triple] | None = None,
        charset: str = "utf-8",
        collection: str | None = None,
        *,
        user: str | None = None,
    ) -> Call[None]:
        """Give the flow a text, directly; up to 2.4.4. `load_text` works with every gateway.

        Args:
            text: The text, or its bytes in that charset.
            id: Id of the document that it is.
            metadata: Triples about it.
            charset: How it is encoded.
            collection: Collection that the results go into; None for `default`.
            user: Whose data it is, on gateways before 2.4.0; None for `trustgraph`.

        Raises:
            ServiceError: The flow has no such service. That the text cannot be read does not show.
            NotOffered: The gateway takes texts only through the library.
            LocalProtocolError: The gateway's dialect cannot express a triple.
            TypeError: An argument is of the wrong type.
            ValueError: There is no such charset, or it cannot express the text.
        """
        return self._call(
            "text-load",
            {
                "text": encoded(text, charset),
                "id": check.optional(check.name_of, "id", id),
                "charset": charset,
                "metadata": check.optional(check.triples, "metadata", metadata),
                "collection": check.optional(check.name_of, "collection", collection),
            },
            NOTHING,
            user=user,
        )

    @operation
    def document_load(
        self,
        document: bytes,
        id: str | None = None,  # noqa: A002
        metadata: Sequence[Triple] | None = None,
        collection: str | None = None,
        *,
        user: str | None = None,
    ) -> Call[None]:
        """Give the flow a PDF document, directly; up to 2.4.4. `load_document` works with every gateway.

        Args:
            document: The document.
            id: Its id.
            metadata: Triples about it.
            collection: Collection that the results go into; None for `default`.
            user: Whose data it is, on gateways before 2.4.0; None for `trustgraph`.

        Raises:
            ServiceError: The flow has no such service. That the document cannot be read does not show.
            NotOffered: The gateway takes documents only through the library.
            LocalProtocolError: It is too long, or the gateway's dialect cannot express a triple.
            TypeError: An argument is of the wrong type.
            ValueError: An argument is empty.
        """
        return self._call(
            "document-load",
            {
                "data": check.content("document", document),
                "id": check.optional(check.name_of, "id", id),
                "metadata": check.optional(check.triples, "metadata", metadata),
                "collection": check.optional(check.name_of, "collection", collection),
            },
            NOTHING,
            user=user,
        )


@dataclass(frozen=True)
class LoadOps(DirectLoadOps):
    """What flows read."""

    @procedure
    def load_text(
        self,
        text: str | bytes,
        id: str | None = None,  # noqa: A002
        metadata: Sequence[Triple] | None = None,
        charset: str = "utf-8",
        collection: str | None = None,
        *,
        user: str | None = None,
    ) -> Steps[str]:
        """Give the flow a text.

        Gateways up to 2.4.4 take it directly. For later ones it is added to the library, in UTF-8, and
        processed from there; then it stays in the library. What becomes of it in the flow does not show here.

        Args:
            text: The text, or its bytes in that charset.
            id: Id of the document that it is; None for `urn:sha256:` and the hash of its bytes; then the same
                text may be given again.
            metadata: Triples about it. The library keeps only IRIs and plain texts.
            charset: How bytes are encoded.
            collection: Collection that the results go into; None for `default`.
            user: Whose data it is, on gateways before 2.4.0; None for `trustgraph`.

        Returns:
            Id of the document.

        Raises:
            ServiceError: The library has another document of this id, or there is no such flow. Nothing is
                left in the library then, unless the error says so.
            GatewayError: The gateway took too long. The document is in the library, and the flow may have it.
            UploadInterrupted: The text is long, and its upload cannot go on.
            LocalProtocolError: The gateway's dialect cannot express a triple.
            TypeError: An argument is of the wrong type.
            ValueError: There is no such charset, or it cannot express or decode the text.
        """
        content = encoded(text, charset)

        def direct(content: bytes, name: str) -> Call[None]:
            return self._messages().text_load(content, name, metadata, charset, collection, user=user)

        utf8 = content.decode(charset).encode("utf-8")
        return (yield from self._load(content, utf8, id, metadata, "text/plain", collection, user, direct))

    @procedure
    def load_document(
        self,
        document: Document,
        id: str | None = None,  # noqa: A002
        metadata: Sequence[Triple] | None = None,
        collection: str | None = None,
        *,
        user: str | None = None,
    ) -> Steps[str]:
        """Give the flow a PDF document.

        Gateways up to 2.4.4 take it directly, in one message. For later ones it is added to the library as
        `add_document` does it, and processed from there; then it stays in the library. What becomes of it in
        the flow does not show here.

        Args:
            document: The document: bytes, a `pathlib.Path`, or a file open for reading bytes.
            id: Its id; None for `urn:sha256:` and the hash of its content; then the same document may be
                given again.
            metadata: Triples about it. The library keeps only IRIs and plain texts.
            collection: Collection that the results go into; None for `default`.
            user: Whose data it is, on gateways before 2.4.0; None for `trustgraph`.

        Returns:
            Its id.

        Raises:
            ServiceError: The library has another document of this id, or there is no such flow. Nothing is
                left in the library then, unless the error says so.
            GatewayError: The gateway took too long. The document is in the library, and the flow may have it.
            UploadInterrupted: The document is long, and its upload cannot go on.
            LocalProtocolError: It is too long for one message and the gateway takes no chunks, or its dialect
                cannot express a triple.
            OSError: It cannot be read.
            TypeError: An argument is of the wrong type.
            ValueError: An argument is empty.
        """

        def direct(content: bytes, name: str) -> Call[None]:
            return self._messages().document_load(content, name, metadata, collection, user=user)

        kind = "application/pdf"
        return (yield from self._load(document, document, id, metadata, kind, collection, user, direct))

    def _load(
        self,
        document: Document,
        stored: Document,
        id: str | None,  # noqa: A002
        metadata: Sequence[Triple] | None,
        kind: str,
        collection: str | None,
        user: str | None,
        direct: Callable[[bytes, str], Call[None]],
    ) -> Steps[str]:
        """Give the flow a document, directly or, as it is to be stored, through the library."""
        here = yield from machine()
        source = source_of("document", document, here)
        name = check.optional(check.name_of, "id", id)
        directly = self._directly(source, name, direct)
        through_library = self._through_library(stored, name, metadata, kind, collection, user, here)
        asking = dialect_of_gateway("document-load", self.flow, self.options)
        return (yield from directly if (yield from asking).direct_load else through_library)

    def _directly(
        self, source: Source, name: str | None, direct: Callable[[bytes, str], Call[None]]
    ) -> Steps[str]:
        """Give the flow a document in one message."""
        try:
            size = yield from worked(source.open)
            content = yield from worked(partial(part_of, source, 0, size))
        finally:
            source.close()
        name = name or content_id(BytesSource(content), size)
        yield from step(direct(content, name))
        return name

    def _through_library(
        self,
        document: Document,
        name: str | None,
        metadata: Sequence[Triple] | None,
        kind: str,
        collection: str | None,
        user: str | None,
        here: Machine,
    ) -> Steps[str]:
        """Add a document to the library, and give it to this flow from there."""
        into = "default" if collection is None else check.name_of("collection", collection)
        library = LibraryCalls(options=self.options)
        document_id = name or (yield from self._named(source_of("document", document, here)))
        added = True
        try:
            yield from library.add_document(document, document_id, metadata, "", "", kind, user=user)
        except ServiceError as error:
            if name is not None or "already exists" not in error.message:
                raise
            added = False  # the same content under the same name is there already
        processing = f"{document_id}/{self.flow}/{into}/{int(here.time() * 1e6)}"
        try:
            yield from library.start_processing(processing, document_id, self.flow, into, user=user)
        except GatewayError as error:  # the flow may have taken it
            error.hint = f"The document {document_id!r} is in the library; the flow may have it, or not"
            raise
        except ServiceError as error:
            calls = [library.stop_processing(processing, user=user)]
            calls += [library.remove_document(document_id, user=user)] if added else []
            if not (yield from _undone(calls)):
                error.hint = f"The document {document_id!r} or its processing may be left in the library"
            raise
        return document_id

    def _named(self, source: Source) -> Steps[str]:
        """Make an id of the content of a document."""
        try:
            size = yield from worked(source.open)
            return (yield from worked(partial(content_id, source, size)))
        finally:
            source.close()

    def _messages(self) -> _Messages:
        """Return the single messages as data."""
        return _Messages(self.flow, options=self.options)


def _undone(calls: Sequence[Call[None]]) -> Steps[bool]:
    """Have calls carried out, and tell whether all succeeded."""
    done = True
    for call in calls:
        try:
            yield from step(call)
        except CallError:
            done = False
    return done


@dataclass(frozen=True)
class _Messages(PureScope, DirectLoadOps):
    """The single messages as data."""
