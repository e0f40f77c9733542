"""The exceptions of `trustgraph.api` 2.11. Each is also the one that the core raises for the same cause."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from tgdrivers.compat.errors import ProtocolException as ProtocolException
from tgdrivers.compat.errors import translations
from tgproto import errors


class TrustGraphException(errors.ServiceError):
    """The gateway, or a service behind it, answered with an error.

    Attributes:
        message: What the gateway said.
    """

    def __init__(self, message: str, error_type: str | None = None) -> None:
        errors.ServiceError.__init__(self, message, error_type or "")
        self.args = (message,)

    @property
    def error_type(self) -> Any:
        """The type of the error as the gateway sent it, or None."""
        return self.type or None

    def __str__(self) -> str:
        return self.message


ApplicationException = TrustGraphException


class AgentError(TrustGraphException, errors.AgentError):
    """The agent service failed."""


class ConfigError(TrustGraphException, errors.ConfigError):
    """The configuration service failed."""


class DocumentRagError(TrustGraphException, errors.DocumentRagError):
    """The document RAG service failed."""


class FlowError(TrustGraphException, errors.FlowError):
    """Flow management failed."""


class GatewayError(TrustGraphException, errors.GatewayError):
    """The gateway failed."""


class GraphRagError(TrustGraphException, errors.GraphRagError):
    """The graph RAG service failed."""


class LLMError(TrustGraphException, errors.LLMError):
    """The language model failed."""


class LoadError(TrustGraphException, errors.LoadError):
    """Something could not be loaded."""


class LookupError(TrustGraphException, errors.LookupFailed):
    """Something was not found."""


class NLPQueryError(TrustGraphException, errors.NLPQueryError):
    """No query could be made of a question."""


class RowsQueryError(TrustGraphException, errors.RowsQueryError):
    """A query for rows failed."""


class RequestError(TrustGraphException, errors.RequestError):
    """The request was wrong."""


class StructuredQueryError(TrustGraphException, errors.StructuredQueryError):
    """A question about structured data could not be answered."""


class UnexpectedError(TrustGraphException):
    """Any other error."""


ERROR_TYPE_MAPPING: dict[str, type[TrustGraphException]] = {
    "agent-error": AgentError,
    "config-error": ConfigError,
    "document-rag-error": DocumentRagError,
    "flow-error": FlowError,
    "gateway-error": GatewayError,
    "graph-rag-error": GraphRagError,
    "llm-error": LLMError,
    "load-error": LoadError,
    "lookup-error": LookupError,
    "nlp-query-error": NLPQueryError,
    "rows-query-error": RowsQueryError,
    "request-error": RequestError,
    "structured-query-error": StructuredQueryError,
    "unexpected-error": UnexpectedError,
}


def raise_from_error_dict(error_dict: Mapping[str, Any] | str) -> NoReturn:
    """Raise the exception for an error as gateways send it.

    Args:
        error_dict: An object with `type` and `message`; or a text, which some releases send.

    Raises:
        TrustGraphException: Always; the subclass for the type.
    """
    members: Mapping[str, Any] = {"message": error_dict} if isinstance(error_dict, str) else error_dict
    error_type = members.get("type") or "unexpected-error"
    kind = ERROR_TYPE_MAPPING.get(error_type, UnexpectedError)
    raise kind(str(members.get("message") or "Unknown error"), error_type)


over_rest, over_socket = translations(
    TrustGraphException, lambda name: ERROR_TYPE_MAPPING.get(name, UnexpectedError)
)
"""Make upstream's exception of one of the core, as calls over REST raise it, or those over the socket."""
