"""Errors of calls: of the connection, of the gateway, and of each service.

They arrive as the outcome of a stream, built for that one stream, for the driver to raise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from tgproto.closing import CloseCause, CloseKind, DialFault
from tgproto.errors.base import TrustGraphError


@dataclass(frozen=True, slots=True)
class CallContext:
    """What was being done when an error happened.

    Attributes:
        service: Name of the gateway service, for instance `graph-rag`; empty if unknown.
        flow: Flow the service was called in, or None for a global service.
        workspace: Workspace sent with the call, or None if none was sent.
    """

    service: str = ""
    flow: str | None = None
    workspace: str | None = None

    def __str__(self) -> str:
        if not self.service:
            return "the connection"
        return f"{self.service} in flow {self.flow!r}" if self.flow else self.service


class CallError(TrustGraphError):
    """A call failed.

    Attributes:
        context: Which service and flow it was.
        summary: What happened, in one sentence without a final full stop.
        message: The same; of a service's error, the service's own text.
        status: HTTP status of a plain HTTP service's refusal; None for all other errors.
        code: That service's own word for it; empty for all other errors.
        hint: What to try, in one sentence; empty if there is nothing to say.
        partial: What had been received before the failure; filled in by folding calls only.
    """

    default_hint: ClassVar[str] = ""
    status: int | None = None
    code: str = ""

    def __init__(self, summary: str, context: CallContext | None = None, hint: str | None = None) -> None:
        self.summary = self.message = summary
        self.context = context if context is not None else CallContext()
        self.hint = self.default_hint if hint is None else hint
        self.partial: object = None
        super().__init__(summary)

    def __str__(self) -> str:
        text = f"{self.context}: {self.summary}"
        return f"{text}. {self.hint}" if self.hint else text

    def __reduce__(self) -> tuple[object, ...]:
        return _restore, (type(self), self.args), self.__dict__

    def with_context(self, context: CallContext) -> Self:
        """Return this error after noting which call it belongs to."""
        self.context = context
        return self


def _restore(cls: type[CallError], args: tuple[object, ...]) -> CallError:
    """Make an error anew when it is unpickled or copied; its attributes are set afterwards."""
    error = cls.__new__(cls)
    error.args = args
    return error


class ServiceError(CallError):
    """The gateway, or a service behind it, answered with an error.

    Attributes:
        type: The error type as the gateway sent it, for instance `graph-rag-error`; an open set.
        message: The gateway's own text, possibly empty.
    """

    wire_types: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self, message: str, error_type: str = "", context: CallContext | None = None, hint: str | None = None
    ) -> None:
        self.type = error_type
        said = message or "no message was given"
        plain = error_type in ("", "error")  # the gateway's word for no particular type
        super().__init__(said if plain else f"{error_type}: {said}", context, hint)
        self.message = message

    @property
    def error_type(self) -> str:
        """The same as `type`, by the name that the gateway's own client uses."""
        return self.type


TrustGraphException = ApplicationException = ServiceError
"""The names that the gateway's own client uses."""


class AgentError(ServiceError):
    """The agent service failed (`agent-error`)."""

    wire_types = ("agent-error",)


class LLMError(ServiceError):
    """The language model failed (`llm-error`)."""

    wire_types = ("llm-error",)


class GraphRagError(ServiceError):
    """The graph RAG service failed (`graph-rag-error`)."""

    wire_types = ("graph-rag-error",)


class DocumentRagError(ServiceError):
    """The document RAG service failed (`document-rag-error`)."""

    wire_types = ("document-rag-error",)


class EmbeddingsError(ServiceError):
    """The embeddings service failed (`embeddings-error`)."""

    wire_types = ("embeddings-error",)


class TriplesQueryError(ServiceError):
    """The triples query failed (`triples-query-error`)."""

    wire_types = ("triples-query-error",)


class FlowError(ServiceError):
    """A flow cannot be started, stopped or described (`flow-error`)."""

    wire_types = ("flow-error",)


class BadOperationError(ServiceError):
    """The service has no such operation, or not for callers outside (`bad-operation`)."""

    wire_types = ("bad-operation",)


class ConfigError(ServiceError):
    """The configuration cannot be read or written (`config-error`)."""

    wire_types = ("config-error",)


class DuplicateError(ServiceError):
    """There is such a thing already, for instance a user of this name (`duplicate`)."""

    wire_types = ("duplicate",)


class EmbeddingsQueryError(ServiceError):
    """A search by meaning failed (`graph-embeddings-query-error` and the like)."""

    wire_types = (
        "graph-embeddings-query-error",
        "document-embeddings-query-error",
        "row-embeddings-query-error",
    )


class ImageToTextError(ServiceError):
    """The image service failed (`image-to-text-error`)."""

    wire_types = ("image-to-text-error",)


class InternalError(ServiceError):
    """The service failed, and says no more of it (`internal-error`)."""

    wire_types = ("internal-error",)


class InvalidArgumentError(ServiceError):
    """The service refuses an argument (`invalid-argument`)."""

    wire_types = ("invalid-argument",)


class LibrarianError(ServiceError):
    """The documents of a knowledge core cannot be read (`librarian-error`)."""

    wire_types = ("librarian-error",)
    default_hint = (
        "Graph data that came before is complete; export_kg_core(…, allow_missing_documents=True) keeps it. "
        "If none came, there may be no such core"
    )


class LoadError(ServiceError):
    """A document or core cannot be loaded (`load-error`)."""

    wire_types = ("load-error",)


class LookupFailed(ServiceError, LookupError):
    """Something cannot be looked up (`lookup-error`)."""

    wire_types = ("lookup-error",)


LookupError = LookupFailed  # noqa: A001
"""The name that the gateway's own client uses. It is not in `__all__`, so as not to hide the builtin."""


class NLPQueryError(ServiceError):
    """A question could not be made a query (`nlp-query-error`)."""

    wire_types = ("nlp-query-error",)


class NotFoundError(ServiceError):
    """There is no such thing, for instance no such user (`not-found`)."""

    wire_types = ("not-found",)


class NotImplementedByService(ServiceError, NotImplementedError):
    """The service does not do this, whatever is asked (`not-implemented`)."""

    wire_types = ("not-implemented",)


class OperationNotPermitted(ServiceError):
    """The service does not let this happen (`operation-not-permitted`)."""

    wire_types = ("operation-not-permitted",)


class RequestError(ServiceError):
    """The service refuses the request (`request-error`)."""

    wire_types = ("request-error",)


class RerankerError(ServiceError):
    """The ranking failed (`reranker-error`)."""

    wire_types = ("reranker-error",)


class RowsQueryError(ServiceError):
    """The query of structured data failed (`rows-query-error`; `objects-query-error` on 1.x)."""

    wire_types = ("rows-query-error", "objects-query-error")


class SparqlError(ServiceError):
    """The SPARQL query failed, or cannot be read (`sparql-query-error` and the like)."""

    wire_types = ("sparql-query-error", "sparql-parse-error", "sparql-evaluation-error", "sparql-unsupported")


class StructuredQueryError(ServiceError):
    """The question about structured data failed (`structured-query-error`)."""

    wire_types = ("structured-query-error",)


class ToolError(ServiceError):
    """The tool failed (`tool-error`)."""

    wire_types = ("tool-error",)


class UnexpectedError(ServiceError):
    """The service failed in a way that it does not know (`unexpected-error`)."""

    wire_types = ("unexpected-error",)


class GatewayError(ServiceError):
    """The gateway could not translate or forward the request, or its back end was silent for too long."""

    wire_types = ("gateway-error", "error")
    default_hint = "Check the arguments and that the flow is running"


class UnknownServiceError(ServiceError):
    """The gateway does not know this service, or the service lacks this operation (`unknown-service`)."""

    wire_types = ("unknown-service",)
    default_hint = "Check the spelling, and whether this gateway release has the service"


class WorkspaceNotFound(ServiceError):
    """The gateway does not know the workspace (`workspace-not-found`)."""

    wire_types = ("workspace-not-found",)
    default_hint = "Check the workspace name"


class AccessDenied(ServiceError):
    """The caller lacks a capability (`access-denied`)."""

    wire_types = ("access-denied",)
    default_hint = "Ask an administrator for the capability; a change takes up to a minute to show"


class AuthenticationError(ServiceError):
    """The gateway refused the credential (`auth-required`, `auth-failed`, HTTP 401)."""

    wire_types = ("auth-required", "auth-failed")
    default_hint = "Check the token: an API key starts with tg_, a JWT expires after an hour"


class SilentFailure(ServiceError):
    """The gateway reported success with an answer that only a failed service produces.

    Gateways from 2.10.6 on lose the errors of several services; see ERR-012 in `conformance/SPEC.md`.
    """

    default_hint = "The gateway hides the cause; its log or the service's log has it"


class ProtocolException(CallError):
    """The peer broke the protocol."""


class DecodeError(ProtocolException):
    """An answer arrived whole but is not of the documented shape."""


class ProvenanceIncomplete(CallError):
    """What describes an answer was still being written when the client gave up reading it again.

    Services write provenance after they have answered. `partial` is what was there: an entity, or a list.
    """

    default_hint = "Ask again later, or give ExplainabilityClient a larger max_retries"


class TransportError(CallError, ConnectionError):
    """The connection could not be made, or ended."""


class ConnectionFailed(TransportError):
    """No connection could be made."""

    default_hint = "Check the address and port; gateways from 2.8.6 on listen on 8888, older ones on 8088"


class ConnectionRefused(ConnectionFailed, ConnectionRefusedError):
    """Nothing listens at the address."""

    default_hint = "Is the gateway running? From 2.8.6 on it listens on port 8888, older ones on 8088"


class HostNotFound(ConnectionFailed):
    """The name of the host is not known."""

    default_hint = "Check the spelling of the host in the URL, and that this machine can resolve it"


class TLSFailed(ConnectionFailed):
    """The peer cannot prove who it is, or does not speak TLS."""

    default_hint = (
        "If its certificate is from a private authority, pass verify= with the path of that authority's "
        "certificate; if the gateway wants a certificate of this side, pass cert=; if it has no TLS, the URL "
        "begins with http://"
    )


class ProxyFailed(ConnectionFailed):
    """The proxy cannot be reached, or does not open a tunnel to the gateway."""

    default_hint = (
        "Check the proxy's address, and the user and password in its URL; to connect without it, pass "
        "proxy=None, or name the gateway in NO_PROXY"
    )


class ConnectTimeout(ConnectionFailed, TimeoutError):
    """There was no connection within `connect_timeout`."""

    default_hint = (
        "Check the address, firewalls, and the proxy if there is one; raise connect_timeout if the network "
        "is slow"
    )


class NotAGateway(ConnectionFailed):
    """Something answers at the address, but not as a gateway does."""

    default_hint = (
        "Check host, port and path of the URL; something else, such as a proxy or another service, answers "
        "there. If the gateway uses TLS, the URL begins with https://"
    )


class ConnectionLost(TransportError):
    """The connection ended before the call did.

    Attributes:
        cause: Why the connection ended.
        delivered: How many answer frames had arrived for the call.
        sent: Whether the request may have reached the gateway. If False it certainly did not run.
    """

    def __init__(
        self, cause: CloseCause, *, sent: bool, delivered: int = 0, context: CallContext | None = None
    ) -> None:
        self.cause = cause
        self.sent = sent
        self.delivered = delivered
        frames = "1 frame" if delivered == 1 else f"{delivered} frames"
        state = f"after {frames} of the answer" if delivered else "before any answer"
        if not sent:
            state = "before the request was sent"
        hint = "The request may have been executed" if sent else "It is safe to try again"
        super().__init__(f"{cause} {state}", context, hint)


def connection_error(
    cause: CloseCause, *, opened: bool, sent: bool, delivered: int, context: CallContext
) -> CallError:
    """Build the exception for a call whose connection ended, or was never made.

    Args:
        cause: Why it ended.
        opened: Whether there ever was a connection.
        sent: Whether the request may have reached the gateway.
        delivered: Frames of the answer that had arrived.
        context: Which call it was.

    Returns:
        `AuthenticationError` or `AccessDenied` for HTTP 401 or 403, `ConnectionFailed` or the subclass for
        its cause if no connection was made, `ConnectionLost` otherwise.
    """
    status = cause.refused.status if cause.refused is not None else 0
    if status == 401:
        return AuthenticationError("the gateway refused the connection with HTTP 401", "", context)
    if status == 403:
        return AccessDenied("the gateway refused the connection with HTTP 403", "", context)
    if not opened and cause.kind is not CloseKind.LOCAL:
        lost = cause.kind is CloseKind.LOST and cause.detail
        return _unconnected(cause)(cause.detail if lost else str(cause), context)
    return ConnectionLost(cause, sent=sent, delivered=delivered, context=context)


def _unconnected(cause: CloseCause) -> type[ConnectionFailed]:
    """Return the class of the error for a connection that was never made."""
    if cause.fault is not None:
        return _FAULTS[cause.fault]
    foreign = cause.kind is CloseKind.PROTOCOL or (cause.refused is not None and not cause.retryable)
    return NotAGateway if foreign else ConnectionFailed


_FAULTS: dict[DialFault, type[ConnectionFailed]] = {
    DialFault.REFUSED: ConnectionRefused,
    DialFault.UNRESOLVED: HostNotFound,
    DialFault.TLS: TLSFailed,
    DialFault.TLS_ENDED: TLSFailed,
    DialFault.PROXY: ProxyFailed,
    DialFault.PROXY_REFUSED: ProxyFailed,
    DialFault.TIMEOUT: ConnectTimeout,
}


_OVERDUE: dict[str, str] = {
    "timeout": "no answer came within",
    "progress_timeout": "the stream brought no event within",
}
"""Option -> what did not happen in time; other limits are about the whole."""


class RequestTimeout(CallError, TimeoutError):
    """A limit was exceeded: of silence (`timeout`), without an event (`progress_timeout`), or of the whole.

    Attributes:
        option: Name of the option that set the limit.
        seconds: The limit.
    """

    def __init__(self, option: str, seconds: float, context: CallContext | None = None) -> None:
        self.option = option
        self.seconds = seconds
        super().__init__(
            f"{_OVERDUE.get(option, 'the call was not over after')} {seconds:g} s",
            context,
            f"Raise {option} if the service needs longer",
        )

    def blame(self, loss: CloseCause) -> None:
        """Say that the time ran out because there was no connection."""
        self.hint = f"The gateway cannot be reached: {loss}"


class StreamStalled(CallError):
    """A stream was given up because nobody took its chunks while other calls waited."""

    default_hint = "Read the stream, or close it; raise stall_timeout if the reader needs longer"


class CallCancelled(CallError):
    """The call was cancelled on this side."""


class UploadInterrupted(CallError):
    """An upload cannot go on. The gateway keeps what it has; `__cause__` is what went wrong.

    Attributes:
        upload_id: What to resume it by, with `resume_upload`, or to end it, with `abort_upload`.
        sent_bytes: How many bytes of the document the gateway has.
        total_bytes: How many bytes the document has.
    """

    def __init__(
        self, upload_id: str, sent: int, total: int, cause: Exception, context: CallContext | None = None
    ) -> None:
        self.upload_id = upload_id
        self.sent_bytes = sent
        self.total_bytes = total
        what = cause.summary if isinstance(cause, CallError) else f"{type(cause).__name__}: {cause}"
        super().__init__(
            f"the upload stopped after {sent} of {total} bytes: {what}",
            context,
            f"Go on with resume_upload({upload_id!r}, …), metadata included, or end it with abort_upload",
        )


SERVICE_ERRORS: dict[str, type[ServiceError]] = {
    wire_type: cls for cls in ServiceError.__subclasses__() for wire_type in cls.wire_types
}
"""Error type on the wire -> exception class. Anything else is a plain `ServiceError`."""


def service_error(error_type: str, message: str, context: CallContext | None = None) -> ServiceError:
    """Build the exception for an error that the gateway sent.

    Args:
        error_type: Error type as sent, possibly empty.
        message: Message as sent, possibly empty.
        context: Which call it answers.

    Returns:
        An instance of the subclass for `error_type`, or of `ServiceError`. Without a type it is the gateway
        itself that speaks.
    """
    return SERVICE_ERRORS.get(error_type or "error", ServiceError)(
        message, error_type, context, _EXPLAINED.get(message)
    )


_CORES = "Gateways 2.10.0 to 2.11.1 can neither store nor return what is in knowledge cores"
_EXPLAINED = {"'dict' object has no attribute 'metadata'": _CORES}
"""Message of a gateway that does not explain itself -> a better hint."""
