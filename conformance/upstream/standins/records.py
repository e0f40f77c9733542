"""What the stand-ins have seen, for the services that query it and for the control server."""

import dataclasses
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from trustgraph import schema

KEPT_REQUESTS = 20_000


@dataclass(frozen=True, slots=True)
class SinkKind:
    """One kind of message that a flow stores or loads.

    Attributes:
        interface: The flow's interface that takes it.
        schema: The message's class.
        member: The message's list of items; None when a message is one item.
    """

    interface: str
    schema: type
    member: str | None = None


COMMON_SINKS = {
    "triples": SinkKind("triples-store", schema.Triples, "triples"),
    "graph-embeddings": SinkKind("graph-embeddings-store", schema.GraphEmbeddings, "entities"),
    "document-embeddings": SinkKind("document-embeddings-store", schema.DocumentEmbeddings, "chunks"),
    "entity-contexts": SinkKind("entity-contexts-load", schema.EntityContexts, "entities"),
    "text-load": SinkKind("text-load", schema.TextDocument),
    "document-load": SinkKind("document-load", schema.Document),
}


@dataclass(frozen=True, slots=True)
class Place:
    """A flow of a workspace; 1.7.1 has no workspaces, there it is the user that a message names."""

    workspace: str
    flow: str


@dataclass(frozen=True, slots=True)
class Stored:
    """A message that reached a sink."""

    place: Place
    collection: str
    message: Any
    items: int
    t: float


class Records:
    """Everything seen since the start or the last reset.

    Args:
        kinds: The sinks.
    """

    def __init__(self, kinds: Mapping[str, SinkKind]) -> None:
        self.kinds = kinds
        self.inflight: Counter[str] = Counter()
        self.max_inflight: Counter[str] = Counter()
        self.total: Counter[str] = Counter()
        self.replayed: Counter[str] = Counter()
        self.requests: deque[dict[str, Any]] = deque(maxlen=KEPT_REQUESTS)
        self.sinks: dict[str, list[Stored]] = {kind: [] for kind in kinds}
        self.sink_delay = 0.0

    def request_began(self, kind: str, place: Place, ident: str | None, request: object) -> None:
        """Count a request and keep it."""
        self.total[kind] += 1
        self.inflight[kind] += 1
        self.max_inflight[kind] = max(self.max_inflight[kind], self.inflight[kind])
        where = {"workspace": place.workspace, "flow": place.flow}
        self.requests.append({"kind": kind, **where, "id": ident, "t": time.time(), "request": request})

    def request_ended(self, kind: str) -> None:
        """Count the end of a request."""
        self.inflight[kind] -= 1

    def store(self, kind: str, place: Place, message: Any) -> None:
        """Keep a message that reached a sink, behind those before it."""
        member = self.kinds[kind].member
        collection = message.metadata.collection if message.metadata else ""
        items = len(getattr(message, member)) if member else 1
        self.sinks[kind].append(Stored(place, collection, message, items, time.time()))

    def stored(self, kind: str, place: Place, collection: str) -> Iterator[Any]:
        """Yield the messages of a sink that belong to a collection of a flow."""
        for record in self.sinks[kind]:
            if record.place == place and record.collection == collection:
                yield record.message

    def forget_requests(self) -> None:
        """Start counting anew; what is in flight stays in flight."""
        for seen in (self.max_inflight, self.total, self.replayed, self.requests):
            seen.clear()


def plain(value: Any) -> Any:
    """Turn a message into what JSON can say."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, list | tuple | set):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    members = _members(value)
    return value if members is None else {name: plain(getattr(value, name)) for name in members}


def _members(value: object) -> Iterable[str] | None:
    """The members of a message; those of 2.11.1 are dataclasses, those of 1.7.1 Pulsar's records."""
    if dataclasses.is_dataclass(value):
        return [field.name for field in dataclasses.fields(value)]
    return getattr(type(value), "_fields", None)
