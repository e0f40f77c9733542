"""What a client has to know before it asks anything over REST: the gateway's dialect, the caller's workspace.

One question tells both where there is access control (2.4.5 and later): who am I? Others are asked one more.
"""

from __future__ import annotations

from copy import copy
from typing import cast

from tgproto import lenient
from tgproto.dialect import GENERATION_1, GENERATION_2, MIXED_2_2, Dialect, Tenancy
from tgproto.errors import (
    AuthenticationError,
    CallError,
    ConnectionLost,
    GatewayError,
    ServiceError,
    TransportError,
    UnknownServiceError,
)
from tgproto.session.events import Payload
from tgproto.session.request import Request

WHOAMI = Request("iam", b'{"operation":"whoami"}', repeatable=True)
"""Asks for the caller's record: flow services do not know the caller's default workspace (2.x)."""

LIST_BLUEPRINTS = Request("flow", b'{"operation":"list-blueprints"}', repeatable=True)
"""Has an answer from 1.8.13 on; before, there were classes instead."""

DEFAULT_WORKSPACE = "default"
"""What flow services use if they are told nothing."""

_NO_IAM = "'iam'"
"""What gateways before 2.4.5 say about a global service that they do not know: Python's words for a missing
key (1.7.1, `gateway/dispatch/manager.py`)."""

_WHOAMI_HINT = "The gateway was asked first which workspace is yours; pass workspace=, and it is not asked"
_DIALECT_HINT = "The gateway was asked first which release it is; pass dialect=, and it is not asked"


class Introduction:
    """Finds out what is missing, one question after the other. No I/O.

    Args:
        dialect: The gateway's habits, or None to find out.

    Attributes:
        dialect: The habits, once they are known.
        workspace: The caller's default workspace, once it is known.
    """

    def __init__(self, dialect: Dialect | None) -> None:
        self.dialect = dialect
        self.workspace: str | None = None
        self._told = dialect is not None
        self._old = False  # there is no access control

    def missing(self, request: Request | None) -> Request | None:
        """Return what to ask next before a request can be sent; None if nothing.

        Args:
            request: The request; None for one that cannot be encoded before the dialect is known.
        """
        if request is not None and request.public:
            return None
        if self.dialect is None:
            return LIST_BLUEPRINTS if self._old else WHOAMI
        wanted = request is not None and needs_workspace(request, self.dialect) and self.workspace is None
        return WHOAMI if wanted else None

    def learn(self, question: Request, answer: Payload | CallError) -> CallError | None:
        """Take an answer, or how a question failed.

        Args:
            question: From `missing`.
            answer: What `read_answer` returned for it, or how it failed.

        Returns:
            None if the next question, or the request, can be sent; or why the calls that wait were not sent,
            to be given the context of each.
        """
        if isinstance(answer, TransportError):
            return (
                ConnectionLost(answer.cause, sent=False)
                if isinstance(answer, ConnectionLost)
                else copy(answer)
            )
        if isinstance(answer, AuthenticationError):
            return copy(answer)
        if question is LIST_BLUEPRINTS:
            return self._learn_age(answer)
        return self._learn_who(answer)

    def _learn_age(self, answer: Payload | CallError) -> CallError | None:
        untold = isinstance(answer, GatewayError) or not isinstance(answer, ServiceError)
        if isinstance(answer, CallError) and untold:
            return self._fail(answer)
        self.dialect = GENERATION_1 if isinstance(answer, CallError) else MIXED_2_2
        return None

    def _learn_who(self, answer: Payload | CallError) -> CallError | None:
        if not self._told and isinstance(answer, ServiceError) and answer.message == _NO_IAM:
            self._old = True  # known already, perhaps: several may have asked at once
            return None
        if isinstance(answer, UnknownServiceError):  # what does not know the question has one workspace
            workspace = DEFAULT_WORKSPACE
        elif isinstance(answer, CallError):
            return self._fail(answer)  # a guess could be wrong
        else:
            workspace = _default_workspace(answer)
        self.dialect = self.dialect or GENERATION_2
        self.workspace = workspace
        return None

    def _fail(self, answer: CallError) -> CallError:
        error = copy(answer)
        error.hint = _WHOAMI_HINT if self._told else _DIALECT_HINT
        return error


def needs_workspace(request: Request, dialect: Dialect) -> bool:
    """Whether the caller's default workspace must be known before a request can be sent.

    Over REST, a flow service without `workspace` uses the one named `default`, not the caller's own; and so
    do some other requests, see `Request.tells_workspace`.
    """
    return not request.workspace and request.tells_workspace and dialect.tenancy is Tenancy.WORKSPACE


def _default_workspace(payload: Payload) -> str:
    """Return the workspace in the caller's record; `default` if it names none.

    Without access control, gateways answer with an empty record. Releases to 2.6.1 say `workspace`.
    """
    try:
        value = lenient.loads(payload)
    except lenient.JSONRefused:
        return DEFAULT_WORKSPACE
    user = cast("dict[str, object]", value).get("user") if isinstance(value, dict) else None
    record = cast("dict[str, object]", user) if isinstance(user, dict) else {}
    workspace = record.get("default_workspace") or record.get("workspace")
    return workspace if isinstance(workspace, str) and workspace else DEFAULT_WORKSPACE
