"""The paths of gateway 2.11.1 beside those of its services: authentication, files, metrics, string tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from tgproto.gateway.callers import Caller
from tgproto.gateway.core_file import Tagged, packed, put_all
from tgproto.gateway.generation2 import cores, identities
from tgproto.gateway.generation2.strings import pack
from tgproto.gateway.graph import DEFAULT
from tgproto.gateway.managed import Asked, Members, serve
from tgproto.gateway.messages import parse_body, refuse
from tgproto.gateway.metrics import measure
from tgproto.gateway.steps import RestVerdict, Step
from tgproto.gateway.stores.world import World
from tgproto.serving.doors import GET, POST, Door, query_of
from tgproto.serving.messages import OCTETS, TEXT, WebAnswer, WebRequest
from tgproto.types.wire import encode

UNAUTHORIZED = refuse(401, "auth failure")
FORBIDDEN = refuse(403, "access denied")

_BROKEN = WebAnswer(500, b"500 Internal Server Error\n\nServer got itself in trouble", TEXT)
_NO_JSON = refuse(400, "invalid json")
_NOTHING = WebAnswer(200, b"", OCTETS)
_STREAM_CHUNK = 2**20
_PIECE = 2**16


class Endpoints:
    """What is behind these paths.

    Args:
        world: What there is.
        identify: Returns who sends a request; None if that is not accepted.
        paced: Lets an answer take the time that each one takes.
    """

    def __init__(
        self,
        world: World,
        identify: Callable[[WebRequest], Caller | None],
        paced: Callable[[Iterator[Step]], Iterator[Step]],
    ) -> None:
        self._world = world
        self._identify = identify
        self._paced = paced

    def doors(self) -> Sequence[Door[RestVerdict]]:
        """Return the paths."""
        files = {
            "import-core": (POST, self._import_core, "users:admin"),
            "export-core": (GET, self._export_core, "users:admin"),
            "document-stream": (GET, self._stream, "documents:read"),
        }
        auth = {
            "login": self._login,
            "bootstrap": self._bootstrap,
            "bootstrap-status": self._bootstrap_status,
            "change-password": self._change_password,
        }
        metrics = re.compile(r"/api/metrics/(.*)", re.DOTALL)
        return [
            *(Door(re.compile(f"/api/v1/auth/{name}"), POST, answer) for name, answer in auth.items()),
            Door(re.compile(r"/api/v1/i18n/packs/([^/{}]+)"), GET, self._strings),
            Door(metrics, GET, self._guarded(self._metrics, "metrics:read")),
            *(
                Door(re.compile(f"/api/v1/{name}"), methods, self._guarded(answer, capability))
                for name, (methods, answer, capability) in files.items()
            ),
        ]

    def _guarded(self, answer: Callable[..., RestVerdict], capability: str) -> Callable[..., RestVerdict]:
        """Return what answers those alone who may have it; nobody looks at a workspace here."""

        def judge(request: WebRequest, *groups: str) -> RestVerdict:
            caller = self._identify(request)
            if caller is None:
                return UNAUTHORIZED
            return answer(request, *groups) if caller.may(capability) else FORBIDDEN

        return judge

    # --- authentication -----------------------------------------------------------------------

    def _login(self, request: WebRequest) -> RestVerdict:
        return self._with_body(request, lambda body: self._ask("login", _members(body, _LOGIN)))

    def _bootstrap(self, request: WebRequest) -> RestVerdict:  # noqa: ARG002
        return self._ask("bootstrap", {})

    def _bootstrap_status(self, request: WebRequest) -> RestVerdict:  # noqa: ARG002
        return self._ask("bootstrap-status", {})

    def _change_password(self, request: WebRequest) -> RestVerdict:
        caller = self._identify(request)
        if caller is None:
            return UNAUTHORIZED
        own = {"user_id": caller.id}
        return self._with_body(
            request, lambda body: self._ask("change-password", {**_members(body, _CHANGE), **own})
        )

    def _with_body(self, request: WebRequest, ask: Callable[[Any], RestVerdict]) -> RestVerdict:
        try:
            body = parse_body(request.body or b"")
        except (ValueError, RecursionError):
            return _NO_JSON
        return ask(body) if isinstance(body, dict) else _BROKEN

    def _ask(self, operation: str, body: Members) -> Iterator[Step]:
        asked = Asked(self._world, "", {**body, "operation": operation})
        return self._paced(serve(identities.SERVICE, identities.SERVICE.operations[operation], asked))

    # --- files --------------------------------------------------------------------------------

    def _stream(self, request: WebRequest) -> WebAnswer:
        query = query_of(request)
        try:
            size = int(query.get("chunk-size", _STREAM_CHUNK))
        except ValueError as error:
            return refuse(200, str(error))
        name = query.get("document-id")
        if not name:
            return WebAnswer(500, b"Missing required parameter: document-id", TEXT)
        workspace = query.get("workspace", DEFAULT)
        if not self._world.iam.knows(workspace):
            return _NOTHING
        library = self._world.library(workspace)
        if not library.has(name):  # the status is sent before the document is looked up
            return _NOTHING
        pieces = (piece for piece, _ in library.chunks(name, min(size, _PIECE)))
        return WebAnswer(200, b"", OCTETS, pieces=pieces)

    def _import_core(self, request: WebRequest) -> WebAnswer:
        query = query_of(request)
        if "id" not in query:
            return refuse(200, "'id'")
        workspace = query.get("workspace", DEFAULT)
        if not self._world.broken_cores and self._world.iam.knows(workspace):
            put_all(
                self._world, workspace, cores.SERVICE, request.body, lambda value: _put(query["id"], value)
            )
        return _NOTHING

    def _export_core(self, request: WebRequest) -> WebAnswer:
        query = query_of(request)
        if "id" not in query:
            return refuse(200, "'id'")
        workspace = query.get("workspace", DEFAULT)
        if self._world.broken_cores or not self._world.iam.knows(workspace):
            return _NOTHING
        asked = Asked(self._world, workspace, {"id": query["id"]})
        frames = serve(cores.SERVICE, cores.SERVICE.operations["get-kg-core"], asked)
        return WebAnswer(200, b"", OCTETS, pieces=packed(frames, _tagged))

    # --- others -------------------------------------------------------------------------------

    def _metrics(self, request: WebRequest, path: str) -> WebAnswer:
        now = self._world.calendar.today().timestamp()
        return measure(path, query_of(request), now=now)

    def _strings(self, request: WebRequest, language: str) -> WebAnswer:  # noqa: ARG002
        if "/" in language or ".." in language:
            return WebAnswer(400, b"400: Invalid language code", TEXT)
        return WebAnswer(200, encode(pack(language)))


_LOGIN: Mapping[str, str] = {"username": "username", "password": "password", "workspace": "workspace"}
_CHANGE: Mapping[str, str] = {"current_password": "password", "new_password": "new_password"}


def _members(body: Mapping[str, object], names: Mapping[str, str]) -> Members:
    return {inner: body.get(outer, "") for outer, inner in names.items()}


def _tagged(frame: Any) -> Iterable[Tagged]:
    if "triples" in frame:
        batch = frame["triples"]
        yield "t", {"m": _about(batch), "t": batch["triples"]}
    elif "graph-embeddings" in frame:
        batch = frame["graph-embeddings"]
        rows = [{"e": row["entity"], "v": row["vector"]} for row in batch["entities"]]
        yield "ge", {"m": _about(batch), "e": rows}
    elif "library-metadata" in frame:
        yield "lm", {short: frame["library-metadata"][long] for short, long in _DOCUMENT.items()}
    elif "library-blob" in frame:
        yield "lb", {"i": frame["library-blob"]["id"], "d": frame["library-blob"]["data"]}


def _about(batch: Any) -> Mapping[str, object]:
    return {"i": batch["metadata"]["id"], "c": batch["metadata"]["collection"]}


_DOCUMENT: Mapping[str, str] = {
    "i": "id",
    "k": "kind",
    "t": "title",
    "p": "parent-id",
    "d": "document-type",
    "c": "comments",
    "g": "tags",
}


def _put(name: str, value: Tagged) -> Members | None:
    """Return the request that a value stands for; None if the gateway passes it over."""
    tag, found = value[0], cast("Any", value[1])
    metadata = {"id": name, "collection": DEFAULT}
    match tag:
        case "t":
            return {"triples": {"metadata": metadata, "triples": found["t"]}}
        case "ge":
            rows = [{"entity": row["e"], "vector": row["v"]} for row in found["e"]]
            return {"graph-embeddings": {"metadata": metadata, "entities": rows}}
        case "lm":
            about = {long: found[short] for short, long in _DOCUMENT.items() if short in found}
            return {"library-metadata": {**about, "id": found["i"]}}
        case "lb":
            return {"library-blob": {"id": found["i"], "data": found.get("d", b"")}}
        case _:
            return None
