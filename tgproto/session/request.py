"""What a session is asked to send: one request, already encoded for the gateway's dialect."""

from __future__ import annotations

import enum
import re
from functools import lru_cache
from typing import Protocol

import msgspec

from tgproto import lenient
from tgproto.dialect import Dialect
from tgproto.errors import LocalProtocolError

MAX_BODY_BYTES = 50 * 2**20 - 2**12
"""Longest body of a request. A gateway closes the socket behind a message of more than 50 MiB, envelope
included, and every request on it is lost."""


class _Object(msgspec.Struct):
    """Any JSON object."""


_check_object = msgspec.json.Decoder(_Object).decode


def _is_object(body: bytes) -> bool:
    try:
        _check_object(body)
        return body.isascii() or bool(body.decode("utf-8"))
    except (ValueError, RecursionError):
        pass  # or it has what only gateways written in Python take, such as a lone surrogate
    try:
        return isinstance(lenient.loads(body), dict)
    except lenient.JSONRefused:
        return False


@lru_cache(maxsize=256)
def _is_address(service: str, flow: str | None, workspace: str | None) -> bool:
    """Whether UTF-8 can carry the names: the same few again and again."""
    try:
        return bool(f"{service}{flow}{workspace}".encode())
    except UnicodeEncodeError:
        return False


class Answer(enum.Enum):
    """How the answer to a `Form` is read where it is good (status 2xx); all others are read for an error."""

    JSON = "json"
    """One payload, as any service's: a JSON object, which may hold an error."""
    TEXT = "text"
    """One payload: the body as it is, possibly empty. It may be anything."""
    BYTES = "bytes"
    """At least one payload: the body as it comes, in pieces of any size, so that it may have any length."""
    EVENTS = "events"
    """The head, then each event as it comes: Server-Sent Events, or lines of JSON. The first payload is an
    object: `status`, `headers` (a list of names in lower case and values), and whether `events` follow, each
    as its name, a line feed and its data. If they do not, the body follows as it is."""


_PATH = re.compile(r"[-!$%&'()*+,./0-9:;=@A-Z_a-z~]+")


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """How a request looks over HTTP that is no call of a service.

    Attributes:
        path: Path below the gateway's, percent-encoded, for instance `api/v1/auth/login`.
        method: HTTP method.
        query: Names and values behind the path, as they are.
        body: The body, possibly empty.
        content_type: What the body is; empty if that is not said.
        headers: More header fields, as names and values. They replace those that would be sent otherwise.
        answer: How the answer is read.
        public: Whether anybody may ask: no token is sent or waited for, every gateway is asked alike, and
            status 401 is about something else than the token.
        tenant: Whether it concerns one workspace, which is added to the query as `workspace`. Where gateways
            keep data apart by workspace, the caller's default is found out and sent: they would use the one
            named `default` (gateway `dispatch/core_export.py`, `dispatch/core_import.py`, to 2.11.1).

    Raises:
        LocalProtocolError: A path that is empty, begins with a slash, has `.` or `..` among its parts, or
            holds what is to be percent-encoded; or text in the query that UTF-8 cannot carry.
    """

    path: str
    method: str = "POST"
    query: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    content_type: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    answer: Answer = Answer.JSON
    public: bool = False
    tenant: bool = False

    def __post_init__(self) -> None:
        parts = self.path.split("/")
        if not _PATH.fullmatch(self.path) or not parts[0] or "." in parts or ".." in parts:
            raise LocalProtocolError(f"{self.path!r} is no percent-encoded path below the gateway's")
        try:
            "".join(map("".join, self.query)).encode()
        except UnicodeEncodeError:
            raise LocalProtocolError(f"the query of {self.path} has a lone surrogate") from None

    def __repr__(self) -> str:
        return f"Form({self.method} {self.path}, body=<{len(self.body)} bytes>)"  # it may hold a password


class Request(msgspec.Struct, frozen=True):
    """One request: a call of a service, over the multiplexed socket or HTTP, or another one over HTTP.

    Attributes:
        service: Service name on the wire, for instance `graph-rag`; with a form, a name for errors alone.
        body: The inner request, a JSON object as UTF-8 text; with a form `{}`.
        flow: Flow id for a flow service; None for a global service.
        workspace: Workspace to address, or None for the caller's default.
        repeatable: Whether the caller declared that running it twice does no harm.
        form: How it looks over HTTP if it is no call of a service; None if it is one.

    Raises:
        LocalProtocolError: No service name, a body that is no JSON object, or text that UTF-8 cannot carry;
            or, with a form, a body that is not `{}`, or a workspace that the form has no place for.
    """

    service: str
    body: bytes
    flow: str | None = None
    workspace: str | None = None
    repeatable: bool = False
    form: Form | None = None

    def __post_init__(self) -> None:
        if not self.service:
            raise LocalProtocolError("a request needs the name of a service")
        if not _is_object(self.body):
            raise LocalProtocolError(
                f"{self.service!r}: the body of a request must be a JSON object in UTF-8"
            )
        if not _is_address(self.service, self.flow, self.workspace):
            raise LocalProtocolError(f"{self.service!r}: a name has a lone surrogate")
        if self.form is not None:
            self._check_form(self.form)

    def __repr__(self) -> str:
        flow = "" if self.flow is None else f", flow={self.flow!r}"
        workspace = "" if self.workspace is None else f", workspace={self.workspace!r}"
        what = f"<{len(self.body)} bytes>" if self.form is None else repr(self.form)  # it may hold a password
        return f"Request({self.service!r}, {what}{flow}{workspace})"

    def _check_form(self, form: Form) -> None:
        if self.body != b"{}":
            raise LocalProtocolError(f"{self.service!r}: the body belongs into the form")
        if self.workspace and not form.tenant:
            raise LocalProtocolError(f"{self.service!r}: this concerns no workspace; leave workspace out")

    @property
    def public(self) -> bool:
        """Whether anybody may ask; see `Submission.public`."""
        return self.form is not None and self.form.public

    @property
    def tells_workspace(self) -> bool:
        """Whether over HTTP it has to name its workspace, lest gateways 2.x use the one named `default`."""
        return bool(self.flow) if self.form is None else self.form.tenant

    def request(self, dialect: Dialect) -> Request:  # noqa: ARG002
        """Return itself: it is already encoded."""
        return self


def check_limits(timeout: float | None, total_timeout: float | None) -> None:
    """Refuse time limits of a request that could never be kept.

    Raises:
        LocalProtocolError: One is not above 0 s; None is for no limit.
    """
    if not ((timeout is None or timeout > 0) and (total_timeout is None or total_timeout > 0)):
        raise LocalProtocolError("timeout and total_timeout must be above 0 s, or None")


class Submission(Protocol):
    """Anything that can become a `Request` once the gateway's dialect is known."""

    @property
    def service(self) -> str:
        """Service name on the wire."""
        ...

    @property
    def flow(self) -> str | None:
        """Flow id, or None for a global service."""
        ...

    @property
    def public(self) -> bool:
        """Whether anybody may ask any gateway alike, over HTTP: neither a token nor the dialect matters."""
        ...

    def request(self, dialect: Dialect) -> Request:
        """Encode for a dialect.

        Raises:
            TrustGraphError: An argument cannot be expressed in this dialect.
            TypeError: An argument is of the wrong type.
            ValueError: An argument has an impossible value.
        """
        ...


def for_socket(submission: Submission, dialect: Dialect | None) -> Submission:
    """Return what is to be sent over the multiplexed socket, encoded if that is possible yet.

    Args:
        submission: What is asked.
        dialect: The gateway's habits, if they are known.

    Raises:
        LocalProtocolError: It goes over HTTP only, or is longer than gateways take.
        TrustGraphError: Whatever `submission` raises because an argument cannot be expressed.
    """
    if dialect is not None:
        submission = submission.request(dialect)
    if isinstance(submission, Request) and submission.form is not None:
        raise LocalProtocolError(
            f"{submission.service}: this is no service of the multiplexed socket, and goes over HTTP only; "
            "use transport='rest'"
        )
    if isinstance(submission, Request) and len(submission.body) > MAX_BODY_BYTES:
        raise LocalProtocolError(
            f"{submission.service}: the request has {len(submission.body)} bytes; over a socket, gateways "
            f"take {MAX_BODY_BYTES} (over REST up to 256 MiB)"
        )
    return submission
