"""Giving documents of the library to flows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from tgproto.catalog import arguments as check
from tgproto.catalog.administration import NOTHING
from tgproto.catalog.bind import operation, procedure
from tgproto.catalog.call import Call
from tgproto.catalog.library_answers import PROCESSINGS
from tgproto.catalog.library_scope import LibraryScope, processed
from tgproto.catalog.scopes import PureScope
from tgproto.catalog.steps import Steps, machine, step
from tgproto.types.library import ProcessingMetadata


@dataclass(frozen=True)
class AddProcessingOps(LibraryScope):
    """Giving documents to flows, message by message."""

    entries: ClassVar = {
        "librarian add-processing": "add_processing",
        "librarian remove-processing": "stop_processing",
        "librarian list-processing": "get_processings",
    }

    @operation
    def add_processing(self, processing: ProcessingMetadata, *, user: str | None = None) -> Call[None]:
        """Give a document to a flow, as it is described; `start_processing` describes it.

        Args:
            processing: The description. The collection is made if there is none of that name.
            user: Whose document it is, on gateways before 2.4.0; None for what the description says, or
                `trustgraph`.

        Raises:
            ServiceError: The service failed, there is no such document or flow, or the id is taken.
            TypeError: An argument is of the wrong type.
            ValueError: An id, the flow or the collection is empty.
        """
        processing = check.instance(ProcessingMetadata, "processing", processing)
        return self._call(
            "add-processing",
            {},
            NOTHING,
            processed(processing, check.optional(check.text, "user", user)),
            user=user,
        )

    @operation
    def stop_processing(self, id: str, *, user: str | None = None) -> Call[None]:  # noqa: A002
        """Remove the record of a processing. What is under way goes on, and what was made of it stays.

        It is also called `remove_processing`.

        Args:
            id: Id of the processing.
            user: Whose it is, on gateways before 2.4.0; None for `trustgraph`.

        Raises:
            ServiceError: The service failed, or there is no such processing.
            TypeError: An argument is of the wrong type.
            ValueError: The id is empty.
        """
        return self._call("remove-processing", {"processing-id": check.name_of("id", id)}, NOTHING, user=user)

    remove_processing = stop_processing

    @operation
    def get_processings(self, *, user: str | None = None) -> Call[list[ProcessingMetadata]]:
        """List what was given to flows. It is also called `list_processing`.

        Args:
            user: Whose documents, on gateways before 2.4.0; None for `trustgraph`.

        Returns:
            What is known about each. That it is listed does not say whether it is done.

        Raises:
            ServiceError: The service failed.
            TypeError: The user is no string.
        """
        return self._call("list-processing", {}, PROCESSINGS, user=user)

    list_processing = get_processings


@dataclass(frozen=True)
class ProcessingOps(AddProcessingOps):
    """Giving documents to flows."""

    @procedure
    def start_processing(
        self,
        id: str,  # noqa: A002
        document_id: str,
        flow: str = "default",
        collection: str = "default",
        tags: Sequence[str] = (),
        *,
        user: str | None = None,
    ) -> Steps[None]:
        """Give a document to a flow.

        It returns once the flow has it; what becomes of it there does not show here. Gateways put the whole
        document into memory (`librarian.py`, 1.7.1 to 2.11.1). If there is no such flow, they keep the record
        of the processing nevertheless.

        Args:
            id: Id of the processing, which must be new.
            document_id: Id of the document.
            flow: Id of the flow.
            collection: Collection that the results go into; it is made if there is none of that name.
            tags: Words to find the processing by.
            user: Whose document it is, on gateways before 2.4.0; None for `trustgraph`.

        Raises:
            ServiceError: The service failed, there is no such document or flow, or the id is taken.
            TypeError: An argument is of the wrong type.
            ValueError: An id, the flow or the collection is empty.
        """
        described = ProcessingMetadata(
            check.name_of("id", id),
            check.name_of("document_id", document_id),
            int((yield from machine()).time()),
            check.name_of("flow", flow),
            check.name_of("collection", collection),
            check.texts("tags", tags),
        )
        yield from step(_Messages(options=self.options).add_processing(described, user=user))


@dataclass(frozen=True)
class _Messages(PureScope, AddProcessingOps):
    """The single messages as data."""
