"""Requests of a batch: checked, named, encoded, and cut into runs. Nothing is sent here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, cast
from urllib.parse import parse_qsl, unquote

from tgproto.assistant.outcomes import BatchItem
from tgproto.catalog import arguments as check
from tgproto.errors import LocalProtocolError
from tgproto.web.requests import json_of, part_of

METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
BATCH_PATH: Final = "/api/batch"

_PATH = re.compile(r"/(?!/)[^#\x00-\x20\x7f]*")
_FRAME: Final = len('{"requests":[]}')


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """One request of a batch.

    Attributes:
        path: Path on the server, with a query or without, such as `/api/agent/chat`.
        body: What is sent, a JSON value; None for no body.
        method: GET, POST, PUT, PATCH or DELETE.
        id: Names it among the requests of the batch; None for a name such as `r0001`.
        idempotent: Whether running it twice does no harm. Of a GET that is known.
    """

    path: str
    body: object = None
    method: str = "POST"
    id: str | int | None = None
    idempotent: bool = False

    @property
    def safe(self) -> bool:
        """Whether it may be sent again though it may have run."""
        return self.idempotent or self.method.upper() == "GET"


def chat_request(
    message: str,
    agent_id: str = "default",
    *,
    id: str | int | None = None,  # noqa: A002
) -> BatchRequest:
    """Return a chat as a request of a batch.

    Args:
        message: What to say.
        agent_id: Whom to say it to.
        id: Its name; see `BatchRequest`.
    """
    return BatchRequest("/api/agent/chat", {"message": message, "agent_id": agent_id}, id=id)


def tool_request(
    name: str,
    parameters: Mapping[str, object] | None = None,
    *,
    id: str | int | None = None,  # noqa: A002
    idempotent: bool = False,
) -> BatchRequest:
    """Return the execution of a tool as a request of a batch.

    Args:
        name: Name of the tool.
        parameters: Its parameters.
        id: Its name; see `BatchRequest`.
        idempotent: Whether running it twice does no harm.
    """
    path = f"/api/tools/{part_of('name', name)}/execute"
    return BatchRequest(path, {"parameters": dict(parameters or {})}, id=id, idempotent=idempotent)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request that can be sent.

    Attributes:
        id: Its name, of which there is no other.
        place: Its place among all requests, counted from 0.
        data: It as JSON.
        safe: Whether it may be sent again though it may have run.
    """

    id: str
    place: int
    data: bytes = field(repr=False)
    safe: bool


def prepared(requests: Iterable[BatchRequest | Mapping[str, object]]) -> list[Prepared]:
    """Check requests, and name those that have no name.

    Args:
        requests: Each a `BatchRequest`, or a mapping as it stands in the documentation of the service, which
            may have `idempotent` beside the rest.

    Raises:
        TypeError: One is neither, or a part of one is of the wrong type.
        ValueError: An id is there twice; a method is none; a path is none on this server, or that of a
            batch, or asks for a stream; a number is infinite or NaN.
    """
    given = [_request(f"requests[{place}]", request) for place, request in enumerate(requests)]
    ids: dict[str, int] = {}
    for place, request in enumerate(given):
        if request.id is not None and ids.setdefault(str(request.id), place) != place:
            raise ValueError(f"requests[{place}] has the id of requests[{ids[str(request.id)]}]")
    result: list[Prepared] = []
    number = 0
    for place, request in enumerate(given):
        name = str(request.id)
        while request.id is None and (name in ids or name == "None"):
            number += 1
            name = f"r{number:04}"
        ids.setdefault(name, place)
        result.append(Prepared(name, place, _encoded(f"requests[{place}]", request, name), request.safe))
    return result


def _request(name: str, value: object) -> BatchRequest:
    """Return a request whose parts are of the right types, and mean something."""
    if isinstance(value, Mapping):
        members = dict(cast("Mapping[str, object]", value))
        if unknown := members.keys() - {"id", "method", "path", "body", "idempotent"}:
            raise ValueError(f"{name} has what a request has not: {', '.join(sorted(map(str, unknown)))}")
        request = BatchRequest(
            check.text(f"{name}: path", members.get("path")),
            members.get("body"),
            check.text(f"{name}: method", members.get("method", "POST")),
            cast("str | int | None", members.get("id")),
            check.flag(f"{name}: idempotent", members.get("idempotent", False)),
        )
    else:
        request = check.instance(BatchRequest, name, value)
    if isinstance(request.id, bool) or not isinstance(cast("object", request.id), str | int | None):
        raise TypeError(f"{name}: id must be a str, an int or None, not {type(request.id).__name__}")
    if request.id == "":
        raise ValueError(f"{name}: id must not be empty")
    if check.text(f"{name}: method", request.method).upper() not in METHODS:
        raise ValueError(f"{name}: method must be one of {', '.join(METHODS)}")
    check.flag(f"{name}: idempotent", request.idempotent)
    _check_path(f"{name}: path", check.text(f"{name}: path", request.path))
    return request


def _check_path(name: str, path: str) -> None:
    if not _PATH.fullmatch(path):
        raise ValueError(
            f"{name} must begin with one slash, and have neither host, fragment nor blanks, as in "
            "/api/agent/chat"
        )
    place, _, query = path.partition("?")
    if unquote(place).rstrip("/") == BATCH_PATH:
        raise ValueError(f"{name}: a batch cannot be in a batch")
    if ("stream", "true") in [(key, value.lower()) for key, value in parse_qsl(query)]:
        raise ValueError(f"{name}: a stream cannot be in a batch; leave stream=true out")


def _encoded(name: str, request: BatchRequest, ident: str) -> bytes:
    members: dict[str, object] = {"id": ident, "method": request.method.upper(), "path": request.path}
    if request.body is not None:
        members["body"] = request.body
    return json_of(f"{name}: body", members)


def cut(
    requests: Sequence[Prepared], max_size: int, max_bytes: int | None = None
) -> list[tuple[Prepared, ...]]:
    """Cut requests into runs, in their order.

    Args:
        requests: The requests.
        max_size: How many a run has at most; at least 1.
        max_bytes: How long the body of a run is at most; None for any length. A request that is longer goes
            alone.
    """
    runs: list[tuple[Prepared, ...]] = []
    run: list[Prepared] = []
    size = _FRAME
    for request in requests:
        longer = size + len(request.data) + bool(run)
        if run and (len(run) == max_size or (max_bytes is not None and longer > max_bytes)):
            runs.append(tuple(run))
            run, longer = [], _FRAME + len(request.data)
        run.append(request)
        size = longer
    return [*runs, tuple(run)] if run else runs


def body_of(run: Sequence[Prepared]) -> bytes:
    """Return what is sent for a run."""
    return b'{"requests":[' + b",".join(request.data for request in run) + b"]}"


@dataclass(frozen=True, slots=True)
class BatchPolicy:
    """How a batch is sent.

    Attributes:
        max_size: Requests of a run, at most.
        max_bytes: Bytes of a run, at most; None for any number.
        concurrency: Runs that are under way at once, at most.
        halve: Whether a run that is refused as too large is cut in two.
        stop_on_error: Whether nothing more is sent once a request has failed.
        item_retries: How often a safe request goes again that failed for now (408, 429, 502, 503, 504).
        strict: Whether answers that nobody asked for are an error in the end.

    Raises:
        TypeError: An option is of the wrong type.
        ValueError: A number is out of its range.
    """

    max_size: int = 10
    max_bytes: int | None = None
    concurrency: int = 1
    halve: bool = True
    stop_on_error: bool = False
    item_retries: int = 0
    strict: bool = False

    def __post_init__(self) -> None:
        check.positive("max_size", self.max_size)
        check.optional(check.positive, "max_bytes", self.max_bytes)
        check.positive("concurrency", self.concurrency)
        check.count("item_retries", self.item_retries)
        for name in ("halve", "stop_on_error", "strict"):
            check.flag(name, getattr(self, name))


class NotSent(LocalProtocolError):
    """A request of a batch was not sent, because one before it failed, or because time ran out."""


def not_sent(request: Prepared, why: str) -> BatchItem:
    """Return what became of a request that was not sent."""
    return BatchItem(
        request.id, error=NotSent(f"{request.id} was not sent: {why}"), not_sent=True, attempts=0
    )
