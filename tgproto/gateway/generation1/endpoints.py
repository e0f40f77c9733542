"""The paths of gateway 1.7.1 beside those of its services: knowledge cores as files, and metrics."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

from tgproto.gateway.core_file import Tagged, packed, put_all
from tgproto.gateway.generation1 import cores
from tgproto.gateway.graph import DEFAULT
from tgproto.gateway.managed import Asked, Members, serve
from tgproto.gateway.messages import refuse
from tgproto.gateway.metrics import measure
from tgproto.gateway.steps import RestVerdict
from tgproto.gateway.stores.world import World
from tgproto.serving.doors import GET, POST, Door, query_of
from tgproto.serving.messages import OCTETS, TEXT, WebAnswer, WebRequest

UNAUTHORIZED = WebAnswer(401, b"401: Unauthorized", TEXT)


class Endpoints:
    """What is behind these paths.

    Args:
        world: What there is.
        lets_in: Judges the header Authorization.
    """

    def __init__(self, world: World, lets_in: Callable[[str], bool]) -> None:
        self._world = world
        self._lets_in = lets_in

    def doors(self) -> Sequence[Door[RestVerdict]]:
        """Return the paths."""
        return [
            Door(re.compile(r"/api/metrics/(.*)", re.DOTALL), GET, self._guarded(self._metrics)),
            Door(re.compile("/api/v1/import-core"), POST, self._guarded(self._import_core)),
            Door(re.compile("/api/v1/export-core"), GET, self._guarded(self._export_core)),
        ]

    def _guarded(self, answer: Callable[..., RestVerdict]) -> Callable[..., RestVerdict]:
        def judge(request: WebRequest, *groups: str) -> RestVerdict:
            return answer(request, *groups) if self._lets_in(request.authorization) else UNAUTHORIZED

        return judge

    def _import_core(self, request: WebRequest) -> WebAnswer:
        query = query_of(request)
        if missing := _missing(query):
            return missing
        user = query["user"]
        put_all(self._world, "", cores.SERVICE, request.body, lambda value: _put(query["id"], user, value))
        return WebAnswer(200, b"", OCTETS)

    def _export_core(self, request: WebRequest) -> WebAnswer:
        query = query_of(request)
        if missing := _missing(query):
            return missing
        asked = Asked(self._world, "", {"id": query["id"], "user": query["user"]})
        frames = serve(cores.SERVICE, cores.SERVICE.operations["get-kg-core"], asked)
        return WebAnswer(200, b"", OCTETS, pieces=packed(frames, _tagged))

    def _metrics(self, request: WebRequest, path: str) -> WebAnswer:
        now = self._world.calendar.today().timestamp()
        return measure(path, query_of(request), now=now)


def _missing(query: Mapping[str, str]) -> WebAnswer | None:
    """Return what is said of the first member that is missing: a key of Python's."""
    return next((refuse(200, repr(name)) for name in ("id", "user") if name not in query), None)


def _tagged(frame: Any) -> Iterable[Tagged]:
    if "triples" in frame:
        batch = frame["triples"]
        yield "t", {"m": _about(batch), "t": batch["triples"]}
    elif "graph-embeddings" in frame:
        batch = frame["graph-embeddings"]
        rows = [{"e": row["entity"], "v": row["vectors"]} for row in batch["entities"]]
        yield "ge", {"m": _about(batch), "e": rows}


def _about(batch: Any) -> Mapping[str, object]:
    metadata = batch["metadata"]
    return {
        short: metadata[long]
        for short, long in zip("imuc", ("id", "metadata", "user", "collection"), strict=True)
    }


def _put(name: str, user: str, value: Tagged) -> Members | None:
    """Return the request that a value stands for; None if the gateway passes it over."""
    tag, found = value[0], cast("Any", value[1])
    if tag not in ("t", "ge"):
        return None
    metadata = {"id": name, "metadata": found["m"]["m"], "user": user, "collection": DEFAULT}
    if tag == "t":
        return {"triples": {"metadata": metadata, "triples": found["t"]}}
    rows = [{"entity": row["e"], "vectors": row["v"]} for row in found["e"]]
    return {"graph-embeddings": {"metadata": metadata, "entities": rows}}
