"""What carries the requests of a case: our core as far as the bytes, and the case as the gateway."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, Final, TypeVar, cast
from urllib.parse import parse_qsl

from tgconformance.match import Mismatch, match, show
from tgconformance.members import JSON, CaseError, JSONObject, Members
from tgconformance.model import Step, StepKind
from tgconformance.operations.words import argument, shown
from tgproto.dialect import Dialect, SocketAuth, Tenancy
from tgproto.errors import CallContext, CallError
from tgproto.link.http_types import HttpRequest
from tgproto.rest.config import RestOptions
from tgproto.rest.messages import encode, read_answer
from tgproto.secrets import Secret
from tgproto.session.client import ClientSession
from tgproto.session.config import ClientConfig, KeepaliveConfig
from tgproto.session.events import Completed, Failed, Outcome, Payload
from tgproto.session.request import Request, Submission

T = TypeVar("T")

TOKEN: Final = Secret("tg_key")
WORKSPACE: Final = "default"
"""The caller's default workspace, which the gateway of a case tells."""

Taken = tuple[list[Payload], Outcome | None]


class Script:
    """The steps of one call, taken one after the other.

    Args:
        steps: The steps after the call itself.
        transport: `rest` or `socket`; steps that are meant for the other one are left out.
    """

    def __init__(self, steps: list[Step], transport: str) -> None:
        self._steps = [step for step in steps if step.arguments.get("over", transport) == transport]
        self._at = 0

    @property
    def next(self) -> Step | None:
        """The step that is due; None behind the last one."""
        return self._steps[self._at] if self._at < len(self._steps) else None

    def take(self, kind: StepKind) -> Step:
        """Take the step that is due.

        Raises:
            Mismatch: It is of another kind.
        """
        step = self.next
        if step is None or step.kind is not kind:
            raise Mismatch(f"{kind.value!r} came where {'the end' if step is None else step} was due")
        self._at += 1
        return step

    def answers(self) -> Iterator[Step]:
        """Take the frames of one answer; an error may end it although its frame does not say so."""
        complete = False
        while not complete:
            step = self.take(StepKind.IN)
            yield step
            following = self.next
            complete = bool(step.arguments.get("complete", True))
            complete = complete or following is None or following.kind is not StepKind.IN


class Wire:
    """A carrier whose callers block for nothing.

    Args:
        script: What the gateway gets and says.
        dialect: Its habits.
        flow: The flow that requests are to name, where they name one.
    """

    def __init__(self, script: Script, dialect: Dialect, flow: str) -> None:
        self._script = script
        self._dialect = dialect
        self._flow = flow

    def cancel(self, stream_id: int) -> None:
        """Forget a stream: there is nothing to forget."""

    def cancel_later(self, stream_id: int) -> None:
        """Forget a stream: there is nothing to forget."""

    def pause(self, seconds: float) -> None:
        """Let no time pass."""

    def submit(self, submission: Submission, *, timeout: float | None, total_timeout: float | None) -> int:
        """Compare a request with what the gateway is to get."""
        raise NotImplementedError

    def receive(self, stream_id: int) -> Taken:
        """Take the answer."""
        raise NotImplementedError

    def _compare(self, request: JSONObject) -> None:
        step = self._script.take(StepKind.OUT)
        try:
            match(step.value, request, {})
        except Mismatch as mismatch:
            raise Mismatch(f"{step}: {mismatch}") from None


class SocketWire(Wire):
    """The multiplexed socket, message by message."""

    def __init__(self, script: Script, dialect: Dialect, flow: str) -> None:
        super().__init__(script, dialect, flow)
        keepalive = KeepaliveConfig(interval=None)
        self._session = ClientSession(ClientConfig(token=TOKEN, dialect=dialect, keepalive=keepalive))
        self._session.carrier_opened(now=0.0)
        if dialect.socket_auth is SocketAuth.FRAME:
            list(self._messages())  # the token
            self._tell({"type": "auth-ok", "default_workspace": WORKSPACE})
        self._ids: dict[int, JSON] = {}

    def submit(self, submission: Submission, *, timeout: float | None, total_timeout: float | None) -> int:
        """Compare a request with what the gateway is to get."""
        stream_id = self._session.send_request(
            submission, now=0.0, timeout=timeout, total_timeout=total_timeout
        )
        for message in self._messages():
            members = Members(message, "the message")
            self._ids[stream_id] = members.value("id")
            members.optional_text("workspace")
            self._compare(members.rest())
        return stream_id

    def receive(self, stream_id: int) -> Taken:
        """Take the whole answer."""
        for step in self._script.answers():
            self._tell(self._message(step, self._ids[stream_id]))
        return self._session.take(stream_id, now=0.0)

    def _message(self, step: Step, ident: JSON) -> JSONObject:
        complete = step.arguments.get("complete", True)
        match step.arguments.get("as"):
            case None:
                return {"id": ident, "response": step.value, "complete": complete}
            case "refusal" if isinstance(step.value, dict):
                return {"id": ident, **step.value, "complete": True}
            case "bare" if isinstance(step.value, dict):
                return step.value
            case other:
                raise CaseError(f"{step}: over a socket there is no {show(other)}")

    def _tell(self, message: JSONObject) -> None:
        self._session.receive_messages([json.dumps(message)], now=0.0)

    def _messages(self) -> Iterator[JSONObject]:
        while (output := self._session.next_output()) is not None:
            if isinstance(output, bytes):
                yield cast("JSONObject", json.loads(output))


class RestWire(Wire):
    """REST, request by request. Of an answer with several frames the last one alone arrives."""

    def __init__(self, script: Script, dialect: Dialect, flow: str) -> None:
        super().__init__(script, dialect, flow)
        self._options = RestOptions("gateway", token=TOKEN, dialect=dialect)
        self._requests: list[Request] = []

    def submit(
        self,
        submission: Submission,
        *,
        timeout: float | None,  # noqa: ARG002
        total_timeout: float | None,  # noqa: ARG002
    ) -> int:
        """Compare a request with what the gateway is to get."""
        request = submission.request(self._dialect)
        workspace = WORKSPACE if self._dialect.tenancy is Tenancy.WORKSPACE else None
        http = encode(request, self._options, workspace)
        self._compare(_described(request, http) if request.form is None else _form(http))
        self._requests.append(request)
        return len(self._requests)

    def receive(self, stream_id: int) -> Taken:
        """Take the last frame of the answer, or all pieces of one that is bytes."""
        request, steps = self._requests[stream_id - 1], list(self._script.answers())
        context = CallContext(request.service, request.flow, request.workspace)
        payloads: list[Payload] = []
        for step in steps if request.form is not None else steps[-1:]:
            status = step.arguments.get("status", 200)
            assert isinstance(status, int)
            kind = b"application/json"
            answer = read_answer(status, kind, _body(step), self._options, context, request.form)
            if isinstance(answer, CallError):
                return payloads, Failed(answer)
            payloads.append(answer)
        return payloads, Completed()


def _described(request: Request, http: HttpRequest) -> JSONObject:
    """Return a request of a service in the words of the cases."""
    flow = f"flow/{request.flow}/service/" if request.flow else ""
    if (http.method, http.target) != ("POST", f"/api/v1/{flow}{request.service}"):
        raise Mismatch(f"the request is {http.method} {http.target}")
    body = cast("JSONObject", json.loads(http.body))
    if request.workspace is None and "workspace" not in json.loads(request.body):
        body.pop("workspace", None)  # it was added on the way
    address: JSONObject = {"flow": request.flow} if request.flow else {}
    return {"service": request.service, **address, "request": body}


def _form(http: HttpRequest) -> JSONObject:
    """Return any other request in the words of the cases."""
    path, _, query = http.target.partition("?")
    headers = {name.lower(): value for name, value in http.headers}
    described: JSONObject = {"method": http.method, "path": path, "token": "authorization" in headers}
    if query:
        described["query"] = dict(parse_qsl(query, keep_blank_values=True))
    if http.body:
        json_body = headers.get("content-type") == "application/json"
        described["body"] = json.loads(http.body) if json_body else shown(http.body)
    return described


def _body(step: Step) -> bytes:
    """Return what an answer over HTTP consists of: text and bytes as they are, anything else as JSON."""
    if isinstance(step.value, str):
        return step.value.encode()
    given = argument(step.value) if isinstance(step.value, dict) and "@bytes" in step.value else None
    return given if isinstance(given, bytes) else json.dumps(step.value).encode()


WIRES: Final = {"socket": SocketWire, "rest": RestWire, "http": RestWire}
"""By transport."""


class Later:
    """The same for callers who await. Nothing waits.

    Args:
        wire: The other one.
    """

    def __init__(self, wire: Wire) -> None:
        self.submit = wire.submit
        self.cancel = wire.cancel
        self.cancel_later = wire.cancel_later
        self._wire = wire

    async def receive(self, stream_id: int) -> Taken:
        """Take the answer."""
        return self._wire.receive(stream_id)

    async def pause(self, seconds: float) -> None:
        """Let no time pass."""

    async def in_thread(self, function: Callable[[], T]) -> T:
        """Call it here."""
        return function()


def finished(coroutine: Coroutine[Any, Any, T]) -> T:
    """Return what a coroutine returns that waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return cast("T", done.value)
    raise AssertionError("it waits")
