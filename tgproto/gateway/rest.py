"""The gateway's plain HTTP interface: whole requests in, whole answers out, those of gateway 2.11.1.

Status and body of every refusal are the real ones. Anything that a service says has status 200, whatever
it means; of a stream only the last frame is left.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import cast
from urllib.parse import unquote

from tgproto.gateway.answers import Answers, size_of
from tgproto.gateway.callers import Caller
from tgproto.gateway.flows import Members
from tgproto.gateway.gateway import GLOBAL_SERVICES, PASS_THROUGH, SOCKET_PATH, Gateway, knows_kind
from tgproto.gateway.graph import DEFAULT
from tgproto.gateway.steps import Failure, Step
from tgproto.secrets import Secret
from tgproto.session.envelope import WireError, encode_failure
from tgproto.session.events import Payload
from tgproto.types.wire import encode

MAX_BODY_BYTES = 256 * 2**20
"""Longest body of a request that a gateway accepts."""

_JSON = "application/json; charset=utf-8"
_TEXT = "text/plain; charset=utf-8"
_FLOW_SERVICE = re.compile(r"/api/v1/flow/([^/{}]+)/service/(thru/.+|[^/{}]+)", re.DOTALL)
_GLOBAL_SERVICE = re.compile(r"/api/v1/([^/{}]+)")
_BEARER = "Bearer "
_ONLY = 0
"""The key of the answer under way: there is one at a time."""


@dataclass(frozen=True, slots=True, repr=False)
class RestRequest:
    """A request. Its `repr` shows no token.

    Attributes:
        method: The method, as sent.
        target: Path and query, percent-encoded as sent.
        authorization: Value of the header Authorization; empty if there is none.
        body: The body; None if it was longer than `MAX_BODY_BYTES`, and not read to its end.
    """

    method: str
    target: str
    authorization: str = ""
    body: bytes | None = b""


@dataclass(frozen=True, slots=True)
class RestAnswer:
    """An answer.

    Attributes:
        status: Status code.
        body: The body.
        content_type: Value of the header Content-Type.
        allow: Value of the header Allow; empty for none.
    """

    status: int
    body: bytes
    content_type: str = _JSON
    allow: str = ""

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """Its header fields, without Content-Length."""
        fields = (("Content-Type", self.content_type),)
        return (*fields, ("Allow", self.allow)) if self.allow else fields


class Rest:
    """Answers the plain requests of one connection, one after the other.

    Its owner hands a request in, and calls `pull` then, at `next_deadline`, and when there is room to write
    again, until it gets the answer.

    Args:
        gateway: The gateway that the connection belongs to.
    """

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._answers = Answers()
        self._ready: RestAnswer | None = None
        self._deadline: float | None = None  # of the answer that is ready, or of the service's silence

    def receive(self, request: RestRequest, *, now: float) -> None:
        """Take a request up.

        Args:
            request: What is asked for. An earlier request that is not answered yet is forgotten.
            now: Current time in seconds.
        """
        self.forget()
        verdict = self._judge(request)
        if isinstance(verdict, RestAnswer):
            self._ready = verdict
            self._deadline = now
        else:
            self._answers.begin(_ONLY, verdict, now=now)
            self._wait(now)

    def pull(self, *, now: float, room: int) -> RestAnswer | None:
        """Return the answer when its time has come, once.

        Args:
            now: Current time in seconds.
            room: Bytes that may be worked out in this call, those included that are then thrown away. The
                answer itself may be longer. 0 works nothing out.
        """
        if room <= 0:
            return None
        answer = self._ready or self._work(now, room)
        if answer is not None:
            self.forget()
        return answer

    def next_deadline(self) -> float | None:
        """Return when `pull` has something to do, in the seconds of `now`; None for never.

        It is in the past if the last `pull` ran out of room.
        """
        dues = (self._answers.next_deadline(), self._deadline)
        return min((due for due in dues if due is not None), default=None)

    def forget(self) -> None:
        """Give the request up: nobody waits for its answer. Idempotent."""
        self._answers.clear()
        self._ready = self._deadline = None

    # --- inside -------------------------------------------------------------------------------

    def _work(self, now: float, room: int) -> RestAnswer | None:
        for _, step in self._answers.due(now=now):
            if isinstance(step, Failure):
                return RestAnswer(200, encode_failure(step.error, step.beside))
            if step.final:
                return RestAnswer(200, step.payload)
            self._wait(now)
            room -= size_of(step)
            if room <= 0:
                return None
        if self._deadline is None or now < self._deadline:
            return None
        return RestAnswer(200, encode_failure(WireError("gateway-error", "")))

    def _wait(self, now: float) -> None:
        self._deadline = now + self._gateway.session.answer_timeout

    def _judge(self, request: RestRequest) -> RestAnswer | Iterator[Step]:
        path = request.target.partition("?")[0]
        if found := _FLOW_SERVICE.fullmatch(path):
            answer = partial(self._flow_service, request, unquote(found[1]), unquote(found[2]))
        elif found := _GLOBAL_SERVICE.fullmatch(path):
            answer = partial(self._global_service, request, unquote(found[1]))
        else:
            return RestAnswer(404, b"404: Not Found", _TEXT)
        if request.method == "POST":
            return answer()
        if path == SOCKET_PATH and request.method in ("GET", "HEAD"):
            return RestAnswer(400, b"400: only a WebSocket can be opened here", _TEXT)
        allow = "GET,HEAD,POST" if path == SOCKET_PATH else "POST"
        return RestAnswer(405, b"405: Method Not Allowed", _TEXT, allow)

    def _flow_service(self, request: RestRequest, flow: str, kind: str) -> RestAnswer | Iterator[Step]:
        if not knows_kind(kind):
            return _refuse(404, "unknown kind")
        if self._identify(request) is None:
            return _refuse(401, "auth failure")
        if request.body is None:
            return RestAnswer(413, b"413: the body is longer than 256 MiB", _TEXT)
        try:
            value = _parse(request.body)
        except (ValueError, RecursionError) as error:
            return _refuse(200, str(error))
        if kind.startswith(PASS_THROUGH):
            return _refuse(403, "access denied")
        named = cast("Members", value).get("workspace") if isinstance(value, dict) else None
        if isinstance(named, list | dict):
            return _refuse(200, f"unhashable type: {type(cast('object', named)).__name__!r}")
        # Neither is the caller's own workspace the default one, nor is this one checked against the key.
        steps = self._gateway.flow_service(kind, flow, str(named or DEFAULT), Payload(request.body))
        return _refuse(200, steps.message) if isinstance(steps, WireError) else steps

    def _global_service(self, request: RestRequest, kind: str) -> RestAnswer | Iterator[Step]:
        try:
            body = _parse(request.body or b"")
        except (ValueError, RecursionError):
            return _refuse(400, "invalid json")
        if not isinstance(body, dict):
            return _refuse(400, "body must be an object")
        members = cast("Members", body)
        operation = members.get("operation")
        if not operation and kind != "iam":
            return _refuse(400, "missing operation")
        if not isinstance(operation, str) or operation not in GLOBAL_SERVICES.get(kind, ()):
            return _refuse(400, "unknown operation")
        caller = self._identify(request)
        if caller is None:
            return _refuse(401, "auth failure")
        workspace = str(members.get("workspace") or caller.default_workspace)
        if kind != "iam":
            if not caller.may_use(workspace):
                return _refuse(403, "access denied")
            if not self._gateway.has_workspace(workspace):
                return _refuse(404, "workspace not found")
        return self._gateway.global_service(kind, workspace, caller, members)

    def _identify(self, request: RestRequest) -> Caller | None:
        header = request.authorization
        token = header.removeprefix(_BEARER).strip() if header.startswith(_BEARER) else ""
        return self._gateway.identify(Secret(token))


def _parse(body: bytes) -> object:
    """Read JSON as a gateway does, in whose words the error is.

    Raises:
        ValueError: It is none.
        RecursionError: It is nested too deeply.
    """
    return json.loads(body.decode())


def _refuse(status: int, message: str) -> RestAnswer:
    return RestAnswer(status, encode({"error": message}))
