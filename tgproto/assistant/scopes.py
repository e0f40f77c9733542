"""The operations of the AI Assistant System API, each defined once, in every colour."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Generic, Literal, TypeAlias, TypedDict, TypeVar, Unpack

from tgproto.assistant.batch import BatchPolicy, BatchRequest, Prepared, body_of, prepared
from tgproto.assistant.chat import ChatReader
from tgproto.assistant.events import ChatAnswer, ChatEvent
from tgproto.assistant.outcomes import BatchItem, BatchResult
from tgproto.assistant.plan import Plan, Run
from tgproto.assistant.sending import send
from tgproto.assistant.settings import AssistantSettings
from tgproto.assistant.tools import TOOL, TOOL_RESULT, TOOLS, Tool, ToolResult
from tgproto.catalog import arguments as check
from tgproto.catalog.bind import dual_operation, operation, procedure, telling_procedure
from tgproto.catalog.call import Call, StreamCall
from tgproto.catalog.reader import Start
from tgproto.catalog.scopes import AsyncScope, PureScope, Scope, SyncScope
from tgproto.catalog.steps import Steps, Telling
from tgproto.catalog.through import LAST
from tgproto.errors import NotOffered
from tgproto.session.request import Answer, Form
from tgproto.types.wire import Json
from tgproto.web.general import GeneralOps
from tgproto.web.openai import ChatChunk, ChatCompletion
from tgproto.web.openai import ChatReader as CompletionReader
from tgproto.web.requests import json_of, object_of, part_of, turns_of

C = TypeVar("C")
T = TypeVar("T")
F = TypeVar("F", bound=bool)

_JSON: Final = "application/json"
Requests: TypeAlias = Iterable[BatchRequest | Mapping[str, object]]
"""What a batch is made of."""


class _Signature(Generic[F]):
    """The parameters of what may stream once more, for type checkers; see `catalog.streaming`."""

    def chat(self, message: str, agent_id: str = "default", *, stream: F) -> None:
        """See `AssistantOps.chat`."""

    def completions(
        self,
        messages: Sequence[Mapping[str, object]],
        *,
        stream: F,
        model: str | None = None,
        agent_name: str | None = None,
        conversation_id: str | None = None,
        context: Mapping[str, object] | None = None,
        extra: Mapping[str, object] | None = None,
    ) -> None:
        """See `AssistantOps.completions`."""


Streamed: TypeAlias = _Signature[Literal[True]]
Either: TypeAlias = _Signature[bool]


class BatchOptions(TypedDict, total=False):
    """How a batch is sent; what is left out is as the client was told.

    Attributes:
        max_size: Requests of a run, at most; at least 1.
        max_bytes: Bytes of the body of a run, at most; a longer request goes alone. None for any number.
        concurrency: Runs that are under way at once, at most; 1 if left out.
        halve: Whether a run that is refused as too large is cut in two; so it is, if left out.
        stop_on_error: Whether nothing more is sent once a request has failed; so it is not, if left out.
        item_retries: How often a request goes again that failed with 408, 429, 502, 503 or 504 and is safe;
            0 if left out.
    """

    max_size: int
    max_bytes: int | None
    concurrency: int
    halve: bool
    stop_on_error: bool
    item_retries: int


@dataclass(frozen=True)
class AssistantScope(Scope):
    """What all groups have in common.

    Attributes:
        settings: What the service is known to allow.
        strict: Whether what is not as documented is an error, though it could be read.
    """

    settings: AssistantSettings = field(default=AssistantSettings(), kw_only=True)
    strict: bool = field(default=False, kw_only=True)


@dataclass(frozen=True)
class ToolOps(AssistantScope):
    """The tools of the service."""

    @operation
    def list(self) -> Call[list[Tool]]:
        """List the tools.

        Returns:
            The tools.

        Raises:
            HttpError: The service refuses it, or fails; its class says how.
            TransportError: The connection cannot be made, or is lost.
            RequestTimeout: There was no answer in time.
            DecodeError: The answer is no list of tools.
        """
        return _call("tools", TOOLS, _form("GET", "api/tools"), repeatable=True)

    @operation
    def get(self, name: str) -> Call[Tool]:
        """Describe a tool.

        Args:
            name: Its name; any text.

        Returns:
            The tool, with examples.

        Raises:
            NotFoundError: There is no such tool.
            HttpError: The service refuses it, or fails; its class says how.
            TransportError: The connection cannot be made, or is lost.
            RequestTimeout: There was no answer in time.
            DecodeError: The answer is no tool.
            TypeError: The name is no text.
            ValueError: The name is empty, or nothing that a path can hold.
        """
        return _call("tools", TOOL, _form("GET", f"api/tools/{part_of('name', name)}"), repeatable=True)

    @operation
    def execute(
        self, name: str, parameters: Mapping[str, object] | None = None, *, idempotent: bool = False
    ) -> Call[ToolResult]:
        """Execute a tool.

        Args:
            name: Its name; any text.
            parameters: Its parameters; None for none.
            idempotent: Whether it does no harm if the tool runs twice, so that the request may be sent again
                though it may have run.

        Returns:
            What the tool returned.

        Raises:
            NotFoundError: There is no such tool.
            HttpError: The service refuses it, or fails; its class says how.
            TransportError: The connection cannot be made, or is lost.
            RequestTimeout: There was no answer in time.
            DecodeError: The answer has no result.
            TypeError: An argument is of the wrong type, or nothing that JSON can carry.
            ValueError: The name is empty, or nothing that a path can hold; or a number is infinite or NaN.
        """
        given = {"parameters": dict(check.optional(check.mapping, "parameters", parameters) or {})}
        form = _form("POST", f"api/tools/{part_of('name', name)}/execute", body=json_of("parameters", given))
        safe = check.flag("idempotent", idempotent) or self.options.retry
        return _call("tool", TOOL_RESULT, form, repeatable=safe)


@dataclass(frozen=True)
class AssistantOps(AssistantScope, GeneralOps):
    """Chat, completions and batches, and any other endpoint."""

    @dual_operation(Streamed.chat, Either.chat)
    def chat(
        self, message: str, agent_id: str = "default", *, stream: Literal[False] = False
    ) -> StreamCall[ChatEvent, ChatAnswer]:
        """Say something to an agent. It is never sent again once it may have been heard.

        Args:
            message: What to say.
            agent_id: Whom to say it to.
            stream: Whether to return a stream of events instead of the whole answer: `ChatStart`, `ChatToken`
                and `ChatEnd`. The text of each is `event.content`.

        Returns:
            The answer: a text that knows its `message_id` and more.

        Raises:
            StreamError: The service says in the stream that it failed, and gives no number; with a number,
                it is the `HttpError` for that status. `partial` is the text before that.
            IncompleteStreamError: The stream ended too early. `partial` is the text that came.
            HttpError: The service refuses it, or fails; its class says how.
            TransportError: The connection cannot be made, or is lost.
            RequestTimeout: The service was silent for too long. `partial` is the text that came.
            DecodeError: The answer has no text, or is not as documented.
            TypeError: An argument is of the wrong type.
            ValueError: An argument is empty.
        """
        said = {"message": check.name_of("message", message), "agent_id": check.name_of("agent_id", agent_id)}
        streamed = check.flag("stream", stream)
        asked = streamed and self.settings.stream_enabled
        form = _form(
            "POST",
            "api/agent/chat",
            body=json_of("message", said),
            answer=Answer.EVENTS,
            query={"stream": "true"} if asked else {},
            headers={} if asked else {"Accept": _JSON},
        )
        return self._heard("chat", form, partial(ChatReader, strict=self.strict), streamed=streamed)

    @dual_operation(Streamed.completions, Either.completions)
    def completions(
        self,
        messages: Sequence[Mapping[str, object]],
        *,
        stream: Literal[False] = False,
        model: str | None = None,
        agent_name: str | None = None,
        conversation_id: str | None = None,
        context: Mapping[str, object] | None = None,
        extra: Mapping[str, object] | None = None,
    ) -> StreamCall[ChatChunk, ChatCompletion]:
        """Go on with a conversation as OpenAI has it. It is never sent again once it may have been heard.

        This is what the server of the project has at `/v1/chat/completions`. With its agents at work it does
        not stream: then the whole answer comes as one chunk.

        Args:
            messages: The conversation so far: turns with `role` and `content`.
            stream: Whether to return a stream of chunks instead of the whole answer. The text of each is
                `chunk.content`.
            model: The model that answers; None for what the service chooses.
            agent_name: The agent that answers; None for what the service chooses.
            conversation_id: Which conversation it is, for the memory of agents.
            context: What else an agent shall know.
            extra: More members of the request, such as `temperature`; they count more.

        Returns:
            The answer; `answer.more` has what is not of OpenAI, such as `conversation_id` and `tool_results`.

        Raises:
            StreamError: The service says in the stream that it failed. `partial` is the text before that.
            IncompleteStreamError: The stream ended too early. `partial` is the text that came.
            HttpError: The service refuses it, or fails; its class says how.
            TransportError: The connection cannot be made, or is lost.
            RequestTimeout: The service was silent for too long. `partial` is the text that came.
            DecodeError: The answer is no chat completion.
            TypeError: An argument is of the wrong type, or nothing that JSON can carry.
            ValueError: An argument is empty, or a number is infinite or NaN.
        """
        streamed = check.flag("stream", stream)
        asked = streamed and self.settings.stream_enabled
        given = {
            "stream": asked or None,
            "model": check.optional(check.name_of, "model", model),
            "agent_name": check.optional(check.name_of, "agent_name", agent_name),
            "conversation_id": check.optional(check.name_of, "conversation_id", conversation_id),
            "context": check.optional(check.mapping, "context", context),
        }
        said: dict[str, object] = {"messages": turns_of("messages", messages)}
        said.update((name, value) for name, value in given.items() if value is not None)
        said.update(check.optional(check.mapping, "extra", extra) or {})
        return self._heard(
            "completions",
            _form(
                "POST",
                "v1/chat/completions",
                body=object_of(said),
                answer=Answer.EVENTS,
                headers={} if asked else {"Accept": _JSON},
            ),
            CompletionReader,
            streamed=streamed,
        )

    @procedure
    def batch(self, requests: Requests, **options: Unpack[BatchOptions]) -> Steps[BatchResult]:
        """Send any number of requests in batches, and wait for all of them.

        What fails never raises here: each request has an item of its own that says what became of it. A run
        that may have been executed is not sent again, unless all its requests are safe; `total_timeout` of
        the options is the limit for all runs together.

        Args:
            requests: The requests, each a `BatchRequest` or a mapping as in the documentation of the service.
            options: See `BatchOptions`.

        Returns:
            What became of each request, in their order.

        Raises:
            RequestTimeout: `total_timeout` is over; `partial` is the result so far.
            DecodeError: The client is strict, and there were answers that nobody asked for; `partial` is the
                result.
            NotOffered: The settings say that there are no batches.
            TypeError: A request or an option is of the wrong type.
            ValueError: A request or an option is none; see `BatchRequest`.
        """
        return (yield from self._sent(*self._checked(requests, options)))

    @telling_procedure
    def as_completed(
        self, requests: Requests, **options: Unpack[BatchOptions]
    ) -> Telling[BatchItem, BatchResult]:
        """Do the same as `batch`, and tell what became of each request once its run is over.

        Runs are heard in their order, even if one ends before another that was sent first.
        Whoever leaves the loop early closes the connections of what is under way, and nothing more is sent.

        Args:
            requests: The requests; see `batch`.
            options: See `BatchOptions`.

        Returns:
            A loop over items; its result is what `batch` returns.

        Raises:
            RequestTimeout: `total_timeout` is over; `partial` is the result so far.
            DecodeError: The client is strict, and there were answers that nobody asked for.
            NotOffered: The settings say that there are no batches.
            TypeError: A request or an option is of the wrong type.
            ValueError: A request or an option is none; see `BatchRequest`.
        """
        checked, policy = self._checked(requests, options)
        return Telling(lambda: self._sent(checked, policy))

    def _heard(self, service: str, form: Form, start: Start[C, T], *, streamed: bool) -> StreamCall[C, T]:
        """Return a call of something that is said, whose answer may be a stream."""
        return StreamCall(
            service=service,
            arguments={},
            start=start,
            form=lambda _: form,
            repeatable=self.options.retry,
            total_timeout=self.settings.stream_limit if self.options.total_timeout is None else None,
            streaming=streamed,
        )

    def _checked(self, requests: Requests, options: BatchOptions) -> tuple[list[Prepared], BatchPolicy]:
        """Check what is asked for before anything is sent."""
        if not self.settings.batch_enabled:
            raise NotOffered("batch: the settings say that this service has none (BATCH_ENABLED)")
        given: BatchOptions = {"max_size": self.settings.batch_max_size, **options}
        return prepared(requests), BatchPolicy(strict=self.strict, **given)

    def _sent(self, requests: Sequence[Prepared], policy: BatchPolicy) -> Steps[BatchResult]:
        return send(Plan(requests, policy), policy.concurrency, self._run, self.options.total_timeout)

    def _run(self, run: Run) -> StreamCall[dict[str, Json], dict[str, Json]]:
        form = _form("POST", "api/batch", body=body_of(run))
        return StreamCall(
            service="batch",
            arguments={},
            start=LAST,
            form=lambda _: form,
            repeatable=self.options.retry or all(request.safe for request in run),
            total_timeout=self.settings.batch_limit,
            streaming=True,
        )


def _call(service: str, start: Start[object, T], form: Form, *, repeatable: bool) -> Call[T]:
    return Call(service=service, arguments={}, start=start, form=lambda _: form, repeatable=repeatable)


def _form(
    method: str,
    path: str,
    *,
    body: bytes = b"",
    answer: Answer = Answer.TEXT,
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Form:
    accepted = {} if answer is Answer.EVENTS else {"Accept": _JSON}
    return Form(
        path=path,
        method=method,
        query=tuple((query or {}).items()),
        body=body,
        content_type=_JSON if body else "",
        headers=tuple({**accepted, **(headers or {})}.items()),
        answer=answer,
    )


@dataclass(frozen=True)
class ToolsCalls(PureScope, ToolOps):
    """Tools, as calls that somebody else carries out."""


@dataclass(frozen=True)
class Tools(SyncScope, ToolOps):
    """Tools, blocking."""


@dataclass(frozen=True)
class AsyncTools(AsyncScope, ToolOps):
    """Tools, awaited."""


@dataclass(frozen=True)
class AssistantCalls(PureScope, AssistantOps):
    """The service, as calls that somebody else carries out."""

    @property
    def tools(self) -> ToolsCalls:
        """Tools."""
        return ToolsCalls(options=self.options, settings=self.settings, strict=self.strict)


@dataclass(frozen=True)
class Assistant(SyncScope, AssistantOps):
    """The service, blocking."""

    @property
    def tools(self) -> Tools:
        """Tools."""
        return Tools(self.runner, options=self.options, settings=self.settings, strict=self.strict)


@dataclass(frozen=True)
class AsyncAssistant(AsyncScope, AssistantOps):
    """The service, awaited."""

    @property
    def tools(self) -> AsyncTools:
        """Tools."""
        return AsyncTools(self.runner, options=self.options, settings=self.settings, strict=self.strict)
