"""The door to every endpoint of a service, for those that no operation is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from tgproto.catalog import arguments as check
from tgproto.catalog.bind import operation, stream_operation
from tgproto.catalog.call import Call, StreamCall
from tgproto.catalog.scopes import Scope
from tgproto.session.request import Answer
from tgproto.types.wire import Json
from tgproto.web.replies import Event, EventsReader, ReplyReader
from tgproto.web.requests import Headers, request_form

SAFE: Final = frozenset({"GET", "HEAD"})
"""Methods that change nothing, so that asking twice does no harm."""


@dataclass(frozen=True)
class GeneralOps(Scope):
    """Any endpoint."""

    @property
    def _place(self) -> Headers:
        """Header fields that say what is addressed."""
        return ()

    @operation
    def request(
        self,
        method: str,
        path: str | Sequence[str],
        *,
        query: Mapping[str, object] | None = None,
        json: object = None,
        body: bytes | None = None,
        content_type: str | None = None,
        headers: Mapping[str, str] | None = None,
        idempotent: bool | None = None,
    ) -> Call[Json]:
        """Ask any endpoint for one answer.

        Args:
            method: HTTP method.
            path: Path below the base URL, such as `/api/v1/documents`, percent-encoded where it has to be; or
                its parts, such as `["api", "v1", "graph", "entities", name]`, which may hold anything.
            query: What to put into the query of the address: texts, numbers, booleans, lists of them.
            json: What to send as JSON; None for nothing.
            body: Instead, what to send as it is.
            content_type: What `body` is; `application/octet-stream` if left out.
            headers: Header fields.
            idempotent: Whether it does no harm if this runs twice, so that it may be sent again though it may
                have run; if left out, that is so with GET and HEAD, and with the option `retry`.

        Returns:
            What the answer is, if it is JSON; else its text; None if it is empty.

        Raises:
            HttpError: The service refuses it, or fails; its class says how.
            TransportError: The connection cannot be made, or is lost.
            RequestTimeout: There was no answer in time.
            DecodeError: The answer is no text.
            LocalProtocolError: HTTP does not allow the method, the path, or a header field.
            TypeError: An argument is of the wrong type, or nothing that JSON can carry.
            ValueError: An argument is empty, a number is not finite, or there are both `json` and `body`.
        """
        form = request_form(
            method,
            path,
            answer=Answer.TEXT,
            query=query,
            json=json,
            body=body,
            content_type=content_type,
            headers=headers,
            place=self._place,
        )
        return Call(
            service=f"{form.method} {form.path}",
            arguments={},
            start=ReplyReader,
            form=lambda _: form,
            repeatable=self._harmless(form.method, idempotent),
        )

    @stream_operation
    def stream(
        self,
        method: str,
        path: str | Sequence[str],
        *,
        open_ended: bool = False,
        query: Mapping[str, object] | None = None,
        json: object = None,
        body: bytes | None = None,
        content_type: str | None = None,
        headers: Mapping[str, str] | None = None,
        idempotent: bool | None = None,
    ) -> StreamCall[Event, Event | None]:
        """Ask any endpoint for a stream: Server-Sent Events, or lines of JSON.

        A stream is complete with an event of type `done` or `end` or with `"done": true`, with `[DONE]`, and
        with an event that is named `complete`, `error` or `timeout`, as in the progress of a document.

        Args:
            method: HTTP method.
            path: Path below the base URL; see `request`.
            open_ended: Whether the stream is complete wherever it ends.
            query: What to put into the query of the address; see `request`.
            json: What to send as JSON; None for nothing.
            body: Instead, what to send as it is.
            content_type: What `body` is; `application/octet-stream` if left out.
            headers: Header fields.
            idempotent: Whether it does no harm if this runs twice; see `request`.

        Returns:
            A stream of events, as they are. Its result is the last one; None if there was none.

        Raises:
            StreamError: An event without a name says that the service failed.
            IncompleteStreamError: The stream ended too early.
            HttpError: The service refuses it, or fails; its class says how.
            TransportError: The connection cannot be made, or is lost.
            RequestTimeout: The service was silent for too long, or sent nothing but signs of life.
            DecodeError: The answer is neither a stream of events nor a JSON object.
            LocalProtocolError: HTTP does not allow the method, the path, or a header field.
            TypeError: An argument is of the wrong type, or nothing that JSON can carry.
            ValueError: An argument is empty, a number is not finite, or there are both `json` and `body`.
        """
        form = request_form(
            method,
            path,
            answer=Answer.EVENTS,
            query=query,
            json=json,
            body=body,
            content_type=content_type,
            headers=headers,
            place=self._place,
        )
        return StreamCall(
            service=f"{form.method} {form.path}",
            arguments={},
            start=partial(EventsReader, open_ended=check.flag("open_ended", open_ended)),
            form=lambda _: form,
            repeatable=self._harmless(form.method, idempotent),
            streaming=True,
        )

    def _harmless(self, method: str, idempotent: bool | None) -> bool:
        said = check.optional(check.flag, "idempotent", idempotent)
        return self.options.retry or method in SAFE if said is None else said
