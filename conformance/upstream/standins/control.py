"""The control server: lets a test read what the stand-ins have seen, and make them publish.

    GET    /ready                    200 when all flows are served
    GET    /stats                    counters; DELETE resets them and forgets the requests
    GET    /requests                 the requests last received, [kind=] [last=50]
    GET    /sink/KIND                how many messages and items, [items=1] themselves, [since=] the Nth
    DELETE /sink, /sink/KIND         forget them
    POST   /sink-delay?s=            seconds that a sink takes for each message
    POST   /publish/KIND             numbered items: [count=1] messages of [per=1], [rate=] messages/s, [id=]
    POST   /replay/KIND              publish again what the sink has
    GET    /api/v1/PATH              in the place of Prometheus: tells what it was asked, a word `fail` fails

The sinks are narrowed down by [collection=] [workspace=] [flow=]; /publish takes these as the destination.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from aiohttp import web

from .publish import Publisher
from .records import Place, Records, Stored, plain

N = TypeVar("N", int, float)


class Control:
    """The server's handlers.

    Args:
        records: What the stand-ins have seen.
        publisher: Publishes for it.
        ready: Tells whether all flows are served.
    """

    def __init__(self, records: Records, publisher: Publisher, ready: Callable[[], bool]) -> None:
        self.records = records
        self.publisher = publisher
        self.is_ready = ready

    def application(self) -> web.Application:
        """The server, to be run."""
        application = web.Application()
        application.add_routes(
            [
                web.get("/ready", self.ready),
                web.get("/stats", self.stats),
                web.delete("/stats", self.forget_stats),
                web.get("/requests", self.requests),
                web.get("/sink/{kind}", self.sink),
                web.delete("/sink", self.forget_sinks),
                web.delete("/sink/{kind}", self.forget_sinks),
                web.post("/sink-delay", self.delay_sinks),
                web.post("/publish/{kind}", self.publish),
                web.post("/replay/{kind}", self.replay),
                web.get("/{slash:/?}api/v1/{path:.*}", self.metrics),  # gateways ask with two slashes
            ]
        )
        return application

    async def ready(self, _: web.Request) -> web.Response:
        """Answer GET /ready."""
        ready = self.is_ready()
        return web.json_response({"ready": ready}, status=200 if ready else 503)

    async def stats(self, _: web.Request) -> web.Response:
        """Answer GET /stats."""
        seen = self.records
        return web.json_response(
            {
                "inflight": seen.inflight,
                "max_inflight": seen.max_inflight,
                "total": seen.total,
                "replayed": seen.replayed,
                "sinks": {kind: len(stored) for kind, stored in seen.sinks.items()},
            }
        )

    async def forget_stats(self, _: web.Request) -> web.Response:
        """Answer DELETE /stats."""
        self.records.forget_requests()
        return web.json_response({})

    async def requests(self, request: web.Request) -> web.Response:
        """Answer GET /requests."""
        kind = request.query.get("kind")
        found = [seen for seen in self.records.requests if kind in (None, seen["kind"])]
        last = _number(request, "last", 50)
        return web.json_response([plain(seen) for seen in found[-last:]])

    async def sink(self, request: web.Request) -> web.Response:
        """Answer GET /sink/KIND."""
        found = self._stored(_kind(request, self.records.sinks), request.query)
        answer = {"messages": len(found), "items": sum(record.items for record in found)}
        if request.query.get("items"):
            answer["records"] = [_readable(record) for record in found[_number(request, "since", 0) :]]
        return web.json_response(answer)

    async def forget_sinks(self, request: web.Request) -> web.Response:
        """Answer DELETE /sink and /sink/KIND."""
        sinks = self.records.sinks
        for kind in [_kind(request, sinks)] if "kind" in request.match_info else sinks:
            stored = sinks[kind]
            stored[:] = [record for record in stored if not _selected(record, request.query)]
        return web.json_response({})

    async def delay_sinks(self, request: web.Request) -> web.Response:
        """Answer POST /sink-delay."""
        self.records.sink_delay = _number(request, "s", 0.0)
        return web.json_response({"sink_delay": self.records.sink_delay})

    async def publish(self, request: web.Request) -> web.Response:
        """Answer POST /publish/KIND."""
        query, kind = request.query, _kind(request, self.publisher.makers)
        count, per = _number(request, "count", 1), _number(request, "per", 1)
        await self.publisher.publish(
            kind,
            Place(query.get("workspace", self.publisher.workspace), query.get("flow", "default")),
            count=count,
            per=per,
            rate=_number(request, "rate", 0.0),
            collection=query.get("collection", "default"),
            ident=query.get("id", "published"),
        )
        return web.json_response({"messages": count, "items": count * per})

    async def replay(self, request: web.Request) -> web.Response:
        """Answer POST /replay/KIND."""
        kind = _kind(request, self.records.sinks)
        sent = await self.publisher.replay(kind, self._stored(kind, request.query))
        return web.json_response({"messages": sent})

    async def metrics(self, request: web.Request) -> web.Response:
        """Answer GET /api/v1/PATH in the form of Prometheus."""
        if not request.match_info["path"]:
            return web.Response(text="404 page not found\n", status=404)
        if "fail" in request.query.values():
            error = {"status": "error", "errorType": "bad_data", "error": "scripted failure"}
            return web.json_response(error, status=400)
        asked = {"path": request.match_info["path"], "parameters": dict(request.query)}
        return web.json_response({"status": "success", "data": asked})

    def _stored(self, kind: str, query: Mapping[str, str]) -> list[Stored]:
        return [record for record in self.records.sinks[kind] if _selected(record, query)]


def _selected(record: Stored, query: Mapping[str, str]) -> bool:
    have = {
        "collection": record.collection,
        "workspace": record.place.workspace,
        "flow": record.place.flow,
    }
    return all(query.get(name, value) == value for name, value in have.items())


def _readable(record: Stored) -> dict[str, Any]:
    where = {"workspace": record.place.workspace, "flow": record.place.flow}
    return {**where, "t": record.t, "message": plain(record.message)}


def _kind(request: web.Request, known: Mapping[str, object]) -> str:
    kind = request.match_info["kind"]
    if kind not in known:
        raise web.HTTPNotFound(text=f"unknown kind {kind!r}, known are {', '.join(known)}\n")
    return kind


def _number(request: web.Request, name: str, default: N) -> N:
    text = request.query.get(name, default)
    try:
        return type(default)(text)
    except ValueError:
        raise web.HTTPBadRequest(text=f"{name} is no number: {text!r}\n") from None
