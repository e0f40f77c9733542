"""The operations of EdgeQuake, each defined once, in every colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Unpack, cast

from tgproto.catalog import arguments as check
from tgproto.catalog.bind import operation, stream_operation, telling_procedure
from tgproto.catalog.call import Call, StreamCall
from tgproto.catalog.scopes import AsyncScope, PureScope, Scope, SyncScope
from tgproto.catalog.steps import Telling
from tgproto.catalog.through import LAST
from tgproto.edgequake.answers import ChatAnswer, QueryAnswer
from tgproto.edgequake.bodies import conversation, form_of
from tgproto.edgequake.chunks import ChatChunk, Chunk
from tgproto.edgequake.dialects import SERVER, EdgequakeDialect, Endpoint
from tgproto.edgequake.options import CHAT, QUERY, ChatOptions, QueryOptions, checked
from tgproto.edgequake.readers import ChatReader, QueryReader
from tgproto.edgequake.restarting import restarting
from tgproto.session.request import Answer, Form
from tgproto.types.wire import Json
from tgproto.web.general import GeneralOps
from tgproto.web.requests import Headers

_WHOLE: Final = (("Accept", "application/json"),)


@dataclass(frozen=True)
class EdgequakeScope(Scope):
    """What all groups have in common.

    Attributes:
        dialect: How the service is talked to.
    """

    dialect: EdgequakeDialect = field(default=SERVER, kw_only=True)

    @property
    def _place(self) -> Headers:
        workspace = self.options.workspace
        return () if workspace is None else (("X-Workspace-ID", workspace),)


@dataclass(frozen=True)
class QueryOps(EdgequakeScope):
    """Questions about the documents of a workspace.

    A query changes nothing: as long as nothing of the answer has come, it is asked again after a lost
    connection.
    """

    @operation
    def execute(
        self, query: str, *, extra: Mapping[str, object] | None = None, **options: Unpack[QueryOptions]
    ) -> Call[QueryAnswer]:
        """Ask, and take the answer as a whole.

        Args:
            query: The question.
            extra: More members of the request, by the names of the service, such as `response_type`.
            options: See `QueryOptions`.

        Returns:
            The answer: `answer["answer"]`, `answer.sources` and so on.

        Raises:
            HttpError: The service refuses it, or fails; its class says how.
            TransportError: The connection cannot be made, or is lost.
            RequestTimeout: There was no answer in time.
            DecodeError: The answer has no text.
            TypeError: An argument is of the wrong type, or was given by two names.
            ValueError: An argument is empty, or the dialect has no word for it.
        """
        return self._asked(self.dialect.query, query, extra, options, "query.execute", _WHOLE)

    @stream_operation
    def stream(
        self, query: str, *, extra: Mapping[str, object] | None = None, **options: Unpack[QueryOptions]
    ) -> StreamCall[Chunk, QueryAnswer]:
        """Ask, and take the answer chunk by chunk.

        Args:
            query: The question.
            extra: More members of the request, by the names of the service, such as `stream_format`.
            options: See `QueryOptions`.

        Returns:
            A stream of chunks; its result is the answer as a whole.

        Raises:
            StreamError: The service says within the stream that it failed. `partial` is the text before that.
            IncompleteStreamError: The stream ended too early. `partial` is the text that came.
            HttpError: The service refuses it, or fails; its class says how.
            TransportError: The connection cannot be made.
            RequestTimeout: The service was silent for too long, or sent nothing but signs of life.
            DecodeError: An event cannot be read.
            TypeError: An argument is of the wrong type, or was given by two names.
            ValueError: An argument is empty, or the dialect has no word for it.
        """
        return self._asked(self.dialect.query_stream, query, extra, options, "query.stream")

    @telling_procedure
    def restarting_stream(
        self,
        query: str,
        *,
        restarts: int = 1,
        fallback: bool = False,
        extra: Mapping[str, object] | None = None,
        **options: Unpack[QueryOptions],
    ) -> Telling[Chunk, Chunk]:
        """Ask, take the answer chunk by chunk, and ask anew if the stream breaks.

        A chunk of type `restarted` says that all text before it is void: the answer begins again, and need
        not be the same. `stream` never begins anew once a chunk was handed out.

        Args:
            query: The question.
            restarts: How often to begin anew; at least 0.
            fallback: Whether to ask for the whole answer after that, which comes as a single token.
            extra: More members of the request, by the names of the service.
            options: See `QueryOptions`.

        Returns:
            What there is to loop over; its result is the last chunk.

        Raises:
            StreamError: The service says within the stream that it failed, too often.
            IncompleteStreamError: The stream ended too early, too often.
            HttpError: The service refuses it, or fails; its class says how.
            TransportError: The connection cannot be made.
            RequestTimeout: The service was silent for too long, too often.
            DecodeError: An event cannot be read.
            TypeError: An argument is of the wrong type, or was given by two names.
            ValueError: An argument is empty, or the dialect has no word for it.
        """
        stream = self._asked(self.dialect.query_stream, query, extra, options, "query.stream")
        whole = self._asked(self.dialect.query, query, None, options, "query.execute", _WHOLE)
        more = whole if check.flag("fallback", fallback) else None
        return Telling(partial(restarting, stream, check.count("restarts", restarts), more))

    def _asked(
        self,
        endpoint: Endpoint,
        query: str,
        extra: Mapping[str, object] | None,
        options: QueryOptions,
        service: str,
        headers: Headers = (),
    ) -> StreamCall[Chunk, QueryAnswer]:
        arguments = {
            "query": check.name_of("query", query),
            **checked(QUERY, cast("Mapping[str, object]", options)),
        }
        form = form_of(endpoint, arguments, extra, (*headers, *self._place))
        return StreamCall(
            service=service,
            arguments={},
            start=partial(QueryReader, endpoint=endpoint),
            form=lambda _: form,
            repeatable=True,
            streaming=True,
        )


@dataclass(frozen=True)
class ChatOps(EdgequakeScope):
    """Conversations.

    With the dialects `server` and `raw`, the service keeps them: pass the `conversation_id` of an answer to
    go on. With the others, pass the whole conversation each time. Nothing is said twice by itself.
    """

    @operation
    def completions(
        self,
        message: str | None = None,
        *,
        messages: Sequence[Mapping[str, object]] | None = None,
        extra: Mapping[str, object] | None = None,
        **options: Unpack[ChatOptions],
    ) -> Call[ChatAnswer]:
        """Say something, and take the answer as a whole.

        Args:
            message: What the user says.
            messages: Instead, the conversation so far: turns with `role` and `content`. Where the service
                keeps conversations, that is one turn of the user, perhaps behind one of the system.
            extra: More members of the request, by the names of the service, such as `images`.
            options: See `ChatOptions`.

        Returns:
            The answer: `answer.content`, which is `answer["choices"][0]["message"]["content"]`, too.

        Raises:
            HttpError: The service refuses it, or fails; its class says how.
            TransportError: The connection cannot be made, or is lost.
            RequestTimeout: There was no answer in time.
            DecodeError: The answer has no text.
            TypeError: An argument is of the wrong type, or there is neither message nor messages.
            ValueError: An argument is empty, or the dialect cannot say it.
        """
        return self._said(self.dialect.chat, message, messages, extra, options, "chat.completions", _WHOLE)

    @stream_operation
    def stream(
        self,
        message: str | None = None,
        *,
        messages: Sequence[Mapping[str, object]] | None = None,
        extra: Mapping[str, object] | None = None,
        **options: Unpack[ChatOptions],
    ) -> StreamCall[ChatChunk, ChatAnswer]:
        """Say something, and take the answer chunk by chunk.

        The answer is complete with the chunk that is `done`. The title of a new conversation may come behind
        it, for which the stream stays open; whoever does not want it leaves the loop there.

        Args:
            message: What the user says.
            messages: Instead, the conversation so far: turns with `role` and `content`. Where the service
                keeps conversations, that is one turn of the user, perhaps behind one of the system.
            extra: More members of the request, by the names of the service, such as `images`.
            options: See `ChatOptions`.

        Returns:
            A stream of chunks; its result is the answer as a whole.

        Raises:
            StreamError: The service says within the stream that it failed. `partial` is the text before that.
            IncompleteStreamError: The stream ended too early. `partial` is the text that came; what the
                service kept of it is at `/api/v1/conversations/{id}/messages`.
            HttpError: The service refuses it, or fails; its class says how.
            TransportError: The connection cannot be made, or is lost.
            RequestTimeout: The service was silent for too long, or sent nothing but signs of life.
            DecodeError: An event cannot be read.
            TypeError: An argument is of the wrong type, or there is neither message nor messages.
            ValueError: An argument is empty, or the dialect cannot say it.
        """
        return self._said(self.dialect.chat_stream, message, messages, extra, options, "chat.stream")

    def _said(
        self,
        endpoint: Endpoint,
        message: str | None,
        messages: object,
        extra: Mapping[str, object] | None,
        options: ChatOptions,
        service: str,
        headers: Headers = (),
    ) -> StreamCall[ChatChunk, ChatAnswer]:
        given = checked(CHAT, cast("Mapping[str, object]", options))
        form = form_of(
            endpoint, conversation(endpoint, message, messages, given), extra, (*headers, *self._place)
        )
        return StreamCall(
            service=service,
            arguments={},
            start=partial(ChatReader, endpoint=endpoint),
            form=lambda _: form,
            streaming=True,
        )


@dataclass(frozen=True)
class EdgequakeOps(EdgequakeScope, GeneralOps):
    """The service as a whole."""

    @operation
    def health(self) -> Call[dict[str, Json]]:
        """Ask how the service is. Everybody may.

        Returns:
            `status`, `version` and what else it says.

        Raises:
            HttpError: It is not well.
            TransportError: The connection cannot be made, or is lost.
            RequestTimeout: There was no answer in time.
            DecodeError: The answer is no JSON object.
        """
        form = Form(path="health", method="GET", headers=_WHOLE, answer=Answer.TEXT, public=True)
        return Call(service="health", arguments={}, start=LAST, form=lambda _: form, repeatable=True)


@dataclass(frozen=True)
class QueryCalls(PureScope, QueryOps):
    """Questions, as calls that somebody else carries out."""


@dataclass(frozen=True)
class Query(SyncScope, QueryOps):
    """Questions, blocking."""


@dataclass(frozen=True)
class AsyncQuery(AsyncScope, QueryOps):
    """Questions, awaited."""


@dataclass(frozen=True)
class ChatCalls(PureScope, ChatOps):
    """Conversations, as calls that somebody else carries out."""


@dataclass(frozen=True)
class Chat(SyncScope, ChatOps):
    """Conversations, blocking."""


@dataclass(frozen=True)
class AsyncChat(AsyncScope, ChatOps):
    """Conversations, awaited."""


@dataclass(frozen=True)
class EdgequakeCalls(PureScope, EdgequakeOps):
    """The service, as calls that somebody else carries out."""

    @property
    def query(self) -> QueryCalls:
        """Questions."""
        return QueryCalls(options=self.options, dialect=self.dialect)

    @property
    def chat(self) -> ChatCalls:
        """Conversations."""
        return ChatCalls(options=self.options, dialect=self.dialect)


@dataclass(frozen=True)
class Edgequake(SyncScope, EdgequakeOps):
    """The service, blocking."""

    @property
    def query(self) -> Query:
        """Questions."""
        return Query(self.runner, options=self.options, dialect=self.dialect)

    @property
    def chat(self) -> Chat:
        """Conversations."""
        return Chat(self.runner, options=self.options, dialect=self.dialect)


@dataclass(frozen=True)
class AsyncEdgequake(AsyncScope, EdgequakeOps):
    """The service, awaited."""

    @property
    def query(self) -> AsyncQuery:
        """Questions."""
        return AsyncQuery(self.runner, options=self.options, dialect=self.dialect)

    @property
    def chat(self) -> AsyncChat:
        """Conversations."""
        return AsyncChat(self.runner, options=self.options, dialect=self.dialect)
