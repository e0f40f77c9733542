"""The library's documents: which there are, what is known about them, and their content in one piece."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

from tgproto.catalog import arguments as check
from tgproto.catalog.administration import NOTHING
from tgproto.catalog.bind import operation
from tgproto.catalog.call import Call
from tgproto.catalog.library_answers import CONTENT, DOCUMENT, DOCUMENTS, children_of
from tgproto.catalog.library_scope import LibraryScope, described
from tgproto.types.library import DocumentMetadata


@dataclass(frozen=True)
class DocumentOps(LibraryScope):
    """The documents of the library."""

    entries: ClassVar = {
        "librarian add-document": "put_document",
        "librarian update-document": "update_document",
        "librarian remove-document": "remove_document",
        "librarian get-document-metadata": "get_document",
        "librarian get-document-content": "get_document_content",
        "librarian list-documents": "get_documents",
    }

    @operation
    def get_documents(
        self, include_children: bool = False, *, user: str | None = None
    ) -> Call[list[DocumentMetadata]]:
        """List the documents. It is also called `list_documents`.

        Args:
            include_children: Whether to list those that were made from another document, too, and answers
                that gateways keep as documents; 2.1.1 and later.
            user: Whose documents, on gateways before 2.4.0; None for `trustgraph`.

        Returns:
            What is known about each.

        Raises:
            ServiceError: The service failed.
            NotOffered: Children are wanted of a gateway that knows of none.
            TypeError: An argument is of the wrong type.
        """
        wanted = check.flag("include_children", include_children)
        return self._call("list-documents", {"include-children": wanted or None}, DOCUMENTS, user=user)

    list_documents = get_documents

    @operation
    def list_children(self, document_id: str, *, user: str | None = None) -> Call[list[DocumentMetadata]]:
        """List the documents that were made from one.

        Gateways have an operation of this name, but refuse it; so all documents are listed, and those of
        other parents are left out here (gateway `registry.py`, 2.4.6 to 2.11.1).

        Args:
            document_id: Id of the document.
            user: Whose documents, on gateways before 2.4.0; None for `trustgraph`.

        Returns:
            What is known about each; none, if there is no such document.

        Raises:
            ServiceError: The service failed.
            NotOffered: The gateway knows of no children.
            TypeError: An argument is of the wrong type.
            ValueError: The id is empty.
        """
        parent = check.name_of("document_id", document_id)
        return self._call("list-documents", {"include-children": True}, children_of(parent), user=user)

    @operation
    def get_document(self, id: str, *, user: str | None = None) -> Call[DocumentMetadata]:  # noqa: A002
        """Look a document up. It is also called `get_document_metadata`.

        Args:
            id: Its id.
            user: Whose document it is, on gateways before 2.4.0; None for `trustgraph`.

        Returns:
            What is known about it.

        Raises:
            ServiceError: The service failed, or there is no such document.
            TypeError: An argument is of the wrong type.
            ValueError: The id is empty.
        """
        return self._call(
            "get-document-metadata", {"document-id": check.name_of("id", id)}, DOCUMENT, user=user
        )

    get_document_metadata = get_document

    @operation
    def get_document_content(self, id: str, *, user: str | None = None) -> Call[bytes]:  # noqa: A002
        """Fetch the content of a document, in one message.

        It has to fit: `max_message_bytes` of the `Api` is for its base64, which is a third longer. For longer
        ones there are `download` and `stream_document_to_file`.

        Args:
            id: Its id.
            user: Whose document it is, on gateways before 2.4.0; None for `trustgraph`.

        Returns:
            The bytes.

        Raises:
            ServiceError: The service failed, or there is no such document.
            TypeError: An argument is of the wrong type.
            ValueError: The id is empty.
        """
        return self._call(
            "get-document-content", {"document-id": check.name_of("id", id)}, CONTENT, user=user
        )

    @operation
    def put_document(
        self, document: DocumentMetadata, content: bytes, *, user: str | None = None
    ) -> Call[None]:
        """Add a document in one message, as it is described; `add_document` is for documents of any size.

        Args:
            document: Its description. Gateways want id and kind; 1.x takes the kinds `text/plain` and
                `application/pdf` only.
            content: The bytes. Sockets take up to 37 MiB; over REST, `max_message_bytes` of the `Api` is the
                limit, for the base64 of it, which is a third longer.
            user: Whose document it is, on gateways before 2.4.0; None for what the description says, or
                `trustgraph`.

        Raises:
            ServiceError: The service failed, or there is such a document already.
            LocalProtocolError: It is too long, or the gateway's dialect cannot express a triple.
            NotOffered: It has a parent, and the gateway knows of none.
            TypeError: An argument is of the wrong type.
            ValueError: Id or kind is empty.
        """
        document = check.instance(DocumentMetadata, "document", document)
        return self._call(
            "add-document",
            {"content": check.content("content", content)},
            NOTHING,
            described(document, check.optional(check.text, "user", user)),
            user=user,
        )

    @operation
    def update_document(
        self,
        id: str,  # noqa: A002
        metadata: DocumentMetadata,
        *,
        user: str | None = None,
    ) -> Call[None]:
        """Change what is known about a document: title, comments, tags, triples and time, all at once.

        Kind, content, parent and type stay as they are (gateway `tables/library.py`, 1.7.1 and 2.11.1). Take
        what `get_document` returns, and change it with `dataclasses.replace`.

        Args:
            id: Its id; that in the description does not count.
            metadata: The new description. Without a time, 1970 is written, which reads as None.
            user: Whose document it is, on gateways before 2.4.0; None for what the description says, or
                `trustgraph`.

        Raises:
            ServiceError: The service failed, or there is no such document.
            LocalProtocolError: The gateway's dialect cannot express a triple.
            NotOffered: It has a parent, and the gateway knows of none.
            TypeError: An argument is of the wrong type.
            ValueError: Id or kind is empty.
        """
        document = dataclasses.replace(
            check.instance(DocumentMetadata, "metadata", metadata), id=check.name_of("id", id)
        )
        return self._call(
            "update-document",
            {},
            NOTHING,
            described(document, check.optional(check.text, "user", user)),
            user=user,
        )

    @operation
    def remove_document(self, id: str, *, user: str | None = None) -> Call[None]:  # noqa: A002
        """Remove a document; on 2.x with everything that was made from it in the library.

        What flows have made of it stays.

        Args:
            id: Its id.
            user: Whose document it is, on gateways before 2.4.0; None for `trustgraph`.

        Raises:
            ServiceError: The service failed, or there is no such document.
            TypeError: An argument is of the wrong type.
            ValueError: The id is empty.
        """
        return self._call("remove-document", {"document-id": check.name_of("id", id)}, NOTHING, user=user)
