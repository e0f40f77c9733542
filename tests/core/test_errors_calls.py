"""The exceptions: which class stands for what, what they say, and that they survive copying."""

from __future__ import annotations

import builtins
import copy
import pickle

import pytest

from tgproto import errors
from tgproto.closing import CloseCause, CloseKind, DialFault, RefusedUpgrade
from tgproto.errors import (
    SERVICE_ERRORS,
    CallContext,
    CallError,
    ConnectionLost,
    RequestTimeout,
    ServiceError,
    connection_error,
    service_error,
)

CALL = CallContext("graph-rag", "default", "acme")
LOST = CloseCause(CloseKind.LOST, "reset by peer")

WIRE_TYPES = {
    "agent-error": errors.AgentError,
    "llm-error": errors.LLMError,
    "graph-rag-error": errors.GraphRagError,
    "document-rag-error": errors.DocumentRagError,
    "embeddings-error": errors.EmbeddingsError,
    "triples-query-error": errors.TriplesQueryError,
    "flow-error": errors.FlowError,
    "gateway-error": errors.GatewayError,
    "error": errors.GatewayError,
    "unknown-service": errors.UnknownServiceError,
    "workspace-not-found": errors.WorkspaceNotFound,
    "access-denied": errors.AccessDenied,
    "auth-required": errors.AuthenticationError,
    "auth-failed": errors.AuthenticationError,
    "bad-operation": errors.BadOperationError,
    "config-error": errors.ConfigError,
    "duplicate": errors.DuplicateError,
    "graph-embeddings-query-error": errors.EmbeddingsQueryError,
    "document-embeddings-query-error": errors.EmbeddingsQueryError,
    "row-embeddings-query-error": errors.EmbeddingsQueryError,
    "image-to-text-error": errors.ImageToTextError,
    "internal-error": errors.InternalError,
    "invalid-argument": errors.InvalidArgumentError,
    "librarian-error": errors.LibrarianError,
    "load-error": errors.LoadError,
    "lookup-error": errors.LookupFailed,
    "nlp-query-error": errors.NLPQueryError,
    "not-found": errors.NotFoundError,
    "not-implemented": errors.NotImplementedByService,
    "objects-query-error": errors.RowsQueryError,
    "operation-not-permitted": errors.OperationNotPermitted,
    "request-error": errors.RequestError,
    "reranker-error": errors.RerankerError,
    "rows-query-error": errors.RowsQueryError,
    "sparql-evaluation-error": errors.SparqlError,
    "sparql-parse-error": errors.SparqlError,
    "sparql-query-error": errors.SparqlError,
    "sparql-unsupported": errors.SparqlError,
    "structured-query-error": errors.StructuredQueryError,
    "tool-error": errors.ToolError,
    "unexpected-error": errors.UnexpectedError,
}

SAMPLES: list[CallError] = [
    CallError("it failed", CALL, "try harder"),
    *(cls("it failed", "some-error", CALL) for cls in (ServiceError, *dict.fromkeys(WIRE_TYPES.values()))),
    errors.SilentFailure("an empty answer", "", CALL),
    errors.ProtocolException("nonsense"),
    errors.DecodeError("not an object", CALL),
    errors.ProvenanceIncomplete("it went on changing", CALL),
    errors.TransportError("broken", CALL),
    errors.ConnectionFailed("refused", CALL),
    errors.ConnectionRefused("refused", CALL),
    errors.HostNotFound("no such host", CALL),
    errors.TLSFailed("no certificate", CALL),
    errors.ProxyFailed("no tunnel", CALL),
    errors.ConnectTimeout("too slow", CALL),
    errors.NotAGateway("a mail server", CALL),
    ConnectionLost(LOST, sent=True, delivered=3, context=CALL),
    RequestTimeout("timeout", 60.0, CALL),
    errors.StreamStalled("nobody read it", CALL),
    errors.CallCancelled("cancelled", CALL),
    errors.UploadInterrupted("u-1", 10, 24, OSError("no such file"), CALL),
]


def test_every_type_on_the_wire_has_its_class() -> None:
    assert SERVICE_ERRORS == WIRE_TYPES


@pytest.mark.parametrize(("wire_type", "cls"), WIRE_TYPES.items())
def test_an_error_of_the_gateway_becomes_its_class(wire_type: str, cls: type[ServiceError]) -> None:
    error = service_error(wire_type, "no luck", CALL)
    assert type(error) is cls
    assert (error.type, error.error_type) == (wire_type, wire_type)
    assert (error.message, error.context) == ("no luck", CALL)
    assert ("no luck" if wire_type == "error" else f"{wire_type}: no luck") in str(error)


@pytest.mark.parametrize("wire_type", ["policy-enforcement-error", "storage_creation_error"])
def test_any_other_type_is_a_plain_service_error(wire_type: str) -> None:
    error = service_error(wire_type, "no luck")
    assert type(error) is ServiceError
    assert error.type == wire_type
    assert error.context == CallContext()


@pytest.mark.parametrize("wire_type", ["", "error"])
def test_without_a_type_it_is_the_gateway_that_speaks(wire_type: str) -> None:
    error = service_error(wire_type, "no luck")
    assert type(error) is errors.GatewayError
    assert error.type == wire_type
    assert "no luck. Check" in str(error)


def test_what_a_user_catches() -> None:
    assert all(isinstance(error, errors.TrustGraphError) for error in SAMPLES)
    for cls in (errors.ConnectionFailed, ConnectionLost):
        assert issubclass(cls, errors.TransportError)
        assert issubclass(cls, ConnectionError)
    assert issubclass(RequestTimeout, TimeoutError)
    for cls in (errors.ConnectionRefused, errors.HostNotFound, errors.TLSFailed, errors.NotAGateway):
        assert issubclass(cls, errors.ConnectionFailed)
    assert issubclass(errors.ConnectionRefused, ConnectionRefusedError)
    assert issubclass(errors.ConnectTimeout, errors.ConnectionFailed)
    assert issubclass(errors.ConnectTimeout, TimeoutError)
    assert issubclass(errors.StreamingUnavailable, errors.LocalProtocolError)
    assert issubclass(errors.StreamingUnavailable, NotImplementedError)
    assert issubclass(errors.DecodeError, errors.ProtocolException)
    assert issubclass(errors.NotImplementedByService, NotImplementedError)
    assert issubclass(errors.LookupFailed, LookupError)
    assert not issubclass(errors.LocalProtocolError, CallError)


def test_importing_all_names_hides_no_builtin() -> None:
    assert errors.LookupError is errors.LookupFailed
    assert not set(errors.__all__) & set(dir(builtins))
    own = {
        name
        for name, value in vars(errors).items()
        if getattr(value, "__module__", "").startswith(errors.__name__)
    }
    constants = {"SERVICE_ERRORS"}
    assert set(errors.__all__) == {
        name for name in own | constants if not name.startswith("_") and name != "LookupError"
    }


@pytest.mark.parametrize(
    ("context", "text"),
    [
        (CallContext(), "the connection"),
        (CallContext("", "default"), "the connection"),
        (CallContext("config"), "config"),
        (CallContext("graph-rag", "default"), "graph-rag in flow 'default'"),
    ],
)
def test_the_context_of_a_message(context: CallContext, text: str) -> None:
    assert str(context) == text
    assert str(CallError("it failed", context)) == f"{text}: it failed"


def test_a_message_says_what_to_try() -> None:
    assert str(errors.WorkspaceNotFound("gone", "workspace-not-found", CALL)) == (
        "graph-rag in flow 'default': workspace-not-found: gone. Check the workspace name"
    )
    assert str(errors.WorkspaceNotFound("gone", hint="Ask Ann")) == "the connection: gone. Ask Ann"
    assert str(errors.WorkspaceNotFound("gone", hint="")) == "the connection: gone"


def test_a_gateway_that_says_nothing_is_quoted_so() -> None:
    assert ServiceError("").summary == "no message was given"
    assert ServiceError("", "llm-error").summary == "llm-error: no message was given"
    assert ServiceError("Invalid flow w/f", "error").summary == "Invalid flow w/f"
    assert errors.TrustGraphException is errors.ApplicationException is ServiceError
    assert ServiceError("").message == ""


def test_a_call_can_be_noted_later() -> None:
    error = errors.DecodeError("not an object")
    assert error.with_context(CALL) is error
    assert str(error) == "graph-rag in flow 'default': not an object"
    assert error.partial is None


@pytest.mark.parametrize(
    ("sent", "delivered", "text"),
    [
        (False, 0, "before the request was sent. It is safe to try again"),
        (True, 0, "before any answer. The request may have been executed"),
        (True, 1, "after 1 frame of the answer. The request may have been executed"),
        (True, 3, "after 3 frames of the answer. The request may have been executed"),
    ],
)
def test_a_lost_connection_says_how_far_the_call_was(sent: bool, delivered: int, text: str) -> None:
    error = ConnectionLost(LOST, sent=sent, delivered=delivered, context=CallContext("config"))
    assert str(error) == f"config: connection lost (reset by peer) {text}"
    assert (error.cause, error.sent, error.delivered) == (LOST, sent, delivered)


@pytest.mark.parametrize(
    ("option", "text"),
    [
        ("timeout", "no answer came within 2.5 s. Raise timeout if the service needs longer"),
        (
            "total_timeout",
            "the call was not over after 2.5 s. Raise total_timeout if the service needs longer",
        ),
    ],
)
def test_a_timeout_names_its_option(option: str, text: str) -> None:
    error = RequestTimeout(option, 2.5, CallContext("config"))
    assert str(error) == f"config: {text}"
    assert (error.option, error.seconds) == (option, 2.5)


@pytest.mark.parametrize(("status", "cls"), [(401, errors.AuthenticationError), (403, errors.AccessDenied)])
def test_a_refused_upgrade_is_told_as_what_it_means(status: int, cls: type[CallError]) -> None:
    cause = CloseCause(CloseKind.REJECTED, f"HTTP {status}", refused=RefusedUpgrade(status))
    error = connection_error(cause, opened=False, sent=False, delivered=0, context=CALL)
    assert type(error) is cls
    assert error.context == CALL
    assert str(status) in str(error)


@pytest.mark.parametrize("refused", [None, RefusedUpgrade(503)])
def test_no_connection_was_made(refused: RefusedUpgrade | None) -> None:
    cause = CloseCause(CloseKind.REJECTED, "busy", refused=refused)
    error = connection_error(cause, opened=False, sent=False, delivered=0, context=CALL)
    assert type(error) is errors.ConnectionFailed
    assert error.summary == "upgrade refused (busy)"


FAULTS = {
    DialFault.REFUSED: errors.ConnectionRefused,
    DialFault.UNRESOLVED: errors.HostNotFound,
    DialFault.TLS: errors.TLSFailed,
    DialFault.TLS_ENDED: errors.TLSFailed,
    DialFault.PROXY: errors.ProxyFailed,
    DialFault.PROXY_REFUSED: errors.ProxyFailed,
    DialFault.TIMEOUT: errors.ConnectTimeout,
}


@pytest.mark.parametrize("fault", list(DialFault))
def test_every_fault_has_its_class(fault: DialFault) -> None:
    cause = CloseCause(CloseKind.LOST, "no transport", fault=fault)
    error = connection_error(cause, opened=False, sent=False, delivered=0, context=CALL)
    assert type(error) is FAULTS[fault]
    assert str(error) == f"graph-rag in flow 'default': no transport. {error.default_hint}"


@pytest.mark.parametrize(
    "cause",
    [
        CloseCause(CloseKind.PROTOCOL, "not HTTP"),
        CloseCause(CloseKind.REJECTED, "HTTP status 404", refused=RefusedUpgrade(404)),
        CloseCause(CloseKind.REJECTED, "HTTP status 200", refused=RefusedUpgrade(200)),
    ],
)
def test_something_that_is_no_gateway_is_called_so(cause: CloseCause) -> None:
    error = connection_error(cause, opened=False, sent=False, delivered=0, context=CALL)
    assert type(error) is errors.NotAGateway


def test_a_connection_that_this_side_did_not_want_was_not_refused() -> None:
    cause = CloseCause(CloseKind.LOCAL)
    error = connection_error(cause, opened=False, sent=False, delivered=0, context=CALL)
    assert isinstance(error, ConnectionLost)
    assert not error.sent


def test_a_connection_that_was_made_is_lost() -> None:
    error = connection_error(LOST, opened=True, sent=True, delivered=2, context=CALL)
    assert isinstance(error, ConnectionLost)
    assert (error.cause, error.sent, error.delivered, error.context) == (LOST, True, 2, CALL)


@pytest.mark.parametrize("error", SAMPLES, ids=lambda error: type(error).__name__)
def test_an_error_survives_pickling_and_copying(error: CallError) -> None:
    error.partial = ["so far"]
    for other in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(other) is type(error)
        assert vars(other) == vars(error)
        assert (str(other), repr(other)) == (str(error), repr(error))


def test_a_time_limit_can_blame_the_want_of_a_connection() -> None:
    error = RequestTimeout("timeout", 60.0, CALL)
    error.blame(LOST)
    assert str(error).endswith(f". The gateway cannot be reached: {LOST}")


def test_an_upload_that_stopped_says_how_to_go_on() -> None:
    error = errors.UploadInterrupted("u-1", 10, 24, RequestTimeout("timeout", 60.0), CALL)
    assert str(error) == (
        "graph-rag in flow 'default': the upload stopped after 10 of 24 bytes: no answer came within 60 s. "
        "Go on with resume_upload('u-1', …), metadata included, or end it with abort_upload"
    )
    assert (error.upload_id, error.sent_bytes, error.total_bytes) == ("u-1", 10, 24)
    assert "24 bytes: OSError: gone." in str(errors.UploadInterrupted("u-1", 10, 24, OSError("gone")))


def test_a_defect_of_some_releases_is_explained() -> None:
    for wire_type in ("unexpected-error", "gateway-error"):
        error = service_error(wire_type, "'dict' object has no attribute 'metadata'", CALL)
        assert "2.10.0 to 2.11.1" in str(error)


def test_all_errors_have_what_those_of_http_services_have() -> None:
    late = RequestTimeout("timeout", 60.0, CALL)
    assert (late.message, late.status, late.code) == ("no answer came within 60 s", None, "")
    failed = service_error("llm-error", "out of memory", CALL)
    assert (failed.message, failed.summary) == ("out of memory", "llm-error: out of memory")
