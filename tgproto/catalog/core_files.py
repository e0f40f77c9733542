"""Knowledge cores as files, over HTTP: bytes in, bytes out, as gateways have them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tgproto.catalog import arguments as check
from tgproto.catalog.bind import operation, stream_operation
from tgproto.catalog.call import Call, StreamCall
from tgproto.catalog.global_scope import DEFAULT_USER, GlobalScope
from tgproto.catalog.plain import BytesReader
from tgproto.dialect import Dialect, Tenancy
from tgproto.session.request import Answer, Form


@dataclass(frozen=True)
class CoreFileOps(GlobalScope):
    """Core files, wire-true. `Knowledge.import_kg_core` and `export_kg_core` work with more gateways."""

    entries: ClassVar = {"import-core": "import_core", "export-core": "export_core"}

    @operation
    def import_core(self, id: str, data: bytes, *, user: str | None = None) -> Call[bytes]:  # noqa: A002
        """Send a core file to a gateway, which stores it. It goes over HTTP.

        Gateways answer with nothing, whether it worked or not, and 2.x up to 2.11.1 cannot do it at all: they
        ask a queue that nobody serves, for 120 s a record (`gateway/dispatch/core_import.py`).

        Args:
            id: Id of the core; it replaces the ids in the file. The collection becomes `default`.
            data: The file, at most 256 MiB; see `tgproto.cores`.
            user: Whose core it is, on gateways before 2.4.0; None for `trustgraph`.

        Returns:
            What the gateway says: nothing.

        Raises:
            ServiceError: The gateway refused the request.
            AccessDenied: The caller is no administrator (2.x).
            TypeError: An argument is of the wrong type.
            ValueError: The id is empty.
        """
        if not isinstance(data, bytes):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"data must be bytes, not {type(data).__name__}")
        ident, owner = check.name_of("id", id), check.optional(check.text, "user", user)

        def form(dialect: Dialect) -> Form:
            return Form(
                path="api/v1/import-core",
                query=_query(ident, owner, dialect),
                body=data,
                content_type="application/octet-stream",
                answer=Answer.TEXT,
                tenant=True,
            )

        return Call(
            service="import-core",
            arguments={},
            start=BytesReader,
            form=form,
            workspace=self.options.workspace,
            user=owner,
            repeatable=self.options.retry,
            on_ignored=self.options.on_ignored,
        )

    @stream_operation
    def export_core(self, id: str, *, user: str | None = None) -> StreamCall[bytes, bytes]:  # noqa: A002
        """Fetch a core file from a gateway, piece by piece. It goes over HTTP.

        A failure looks like a short file, and gateways 2.x up to 2.11.1 cannot do it at all: after 120 s they
        send an empty one (`gateway/dispatch/core_export.py`).

        Args:
            id: Id of the core.
            user: Whose core it is, on gateways before 2.4.0; None for `trustgraph`.

        Returns:
            A stream of pieces; its result is the whole file.

        Raises:
            ServiceError: The gateway refused the request.
            ConnectionLost: The connection ended before the file did.
            AccessDenied: The caller is no administrator (2.x).
            TypeError: An argument is of the wrong type.
            ValueError: The id is empty.
        """
        ident, owner = check.name_of("id", id), check.optional(check.text, "user", user)

        def form(dialect: Dialect) -> Form:
            query = _query(ident, owner, dialect)
            return Form(
                path="api/v1/export-core", method="GET", query=query, answer=Answer.BYTES, tenant=True
            )

        return StreamCall(
            service="export-core",
            arguments={},
            start=BytesReader,
            form=form,
            workspace=self.options.workspace,
            user=owner,
            repeatable=self.options.retry,
            on_ignored=self.options.on_ignored,
            streaming=True,
        )


def _query(ident: str, user: str | None, dialect: Dialect) -> tuple[tuple[str, str], ...]:
    """Return who and what is meant; 1.x insists on a user."""
    if dialect.tenancy is Tenancy.USER:
        return ("id", ident), ("user", user or DEFAULT_USER)
    return (("id", ident),)
