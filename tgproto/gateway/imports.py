"""The messages of imports: what each generation demands of them, and what becomes of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from tgproto.errors import DecodeError
from tgproto.gateway.bulk import BulkSocket, Malformed
from tgproto.gateway.graph import DEFAULT, GraphStore
from tgproto.types.terms import IRI, Literal, Term, Triple, WireTriple
from tgproto.types.wire import Shape

USER = "trustgraph"


class _Metadata1(msgspec.Struct):
    id: str
    metadata: list[dict[str, Any]]
    user: str
    collection: str


class _Lax1(msgspec.Struct):
    id: str = ""
    metadata: list[dict[str, Any]] = []
    user: str = USER
    collection: str = DEFAULT


class _Metadata2(msgspec.Struct):
    id: str
    collection: str
    root: str = ""


class _Lax2(msgspec.Struct):
    id: str = ""
    collection: str = DEFAULT
    root: str = ""


class Message(msgspec.Struct):
    """A message of an import, whatever it holds."""

    metadata: Any

    @property
    def triples_of(self) -> Sequence[Triple]:
        """The triples in it."""
        return ()


class _Value(msgspec.Struct):
    v: str
    e: bool

    def term(self) -> Term:
        return IRI(self.v) if self.e else Literal(self.v)


class _Triple1(msgspec.Struct):
    s: _Value
    p: _Value
    o: _Value


class _Triples1(Message):
    metadata: _Metadata1
    triples: list[_Triple1]

    @property
    def triples_of(self) -> Sequence[Triple]:
        return [Triple(triple.s.term(), triple.p.term(), triple.o.term()) for triple in self.triples]


class _Triples2(Message):
    metadata: _Metadata2
    triples: list[WireTriple]

    @property
    def triples_of(self) -> Sequence[Triple]:
        return [wire.triple() for wire in self.triples]


class _Entity1(msgspec.Struct):
    entity: _Value
    vectors: list[list[float]]


class _Entity2(msgspec.Struct):
    entity: dict[str, Any]
    vector: list[float]


class _GraphEmbeddings1(Message):
    metadata: _Metadata1
    entities: list[_Entity1]


class _GraphEmbeddings2(Message):
    metadata: _Metadata2
    entities: list[_Entity2]


class _Chunk1(msgspec.Struct):
    chunk: str
    vectors: list[list[float]]


class _Chunk2(msgspec.Struct):
    chunk_id: str
    vector: list[float]


class _DocumentEmbeddings1(Message, kw_only=True):
    metadata: _Lax1 = msgspec.field(default_factory=_Lax1)
    chunks: list[_Chunk1]


class _DocumentEmbeddings2(Message, kw_only=True):
    metadata: _Lax2 = msgspec.field(default_factory=_Lax2)
    chunks: list[_Chunk2]


class _Context1(msgspec.Struct):
    entity: _Value
    context: str


class _Context2(msgspec.Struct):
    entity: dict[str, Any]
    context: str


class _EntityContexts1(Message):
    metadata: _Metadata1
    entities: list[_Context1]


class _EntityContexts2(Message):
    metadata: _Metadata2
    entities: list[_Context2]


class _Rows1(Message):
    metadata: _Lax1
    schema_name: str
    values: list[dict[str, str]] | dict[str, str]


class _Rows2(Message):
    metadata: _Metadata2
    schema_name: str
    values: list[dict[str, str]] | dict[str, str]


KINDS_1: Mapping[str, type[Message]] = {
    "triples": _Triples1,
    "graph-embeddings": _GraphEmbeddings1,
    "document-embeddings": _DocumentEmbeddings1,
    "entity-contexts": _EntityContexts1,
    "objects": _Rows1,
}
"""What can be imported in 1.7.1, and the shapes of its messages."""

KINDS_2: Mapping[str, type[Message]] = {
    "triples": _Triples2,
    "graph-embeddings": _GraphEmbeddings2,
    "document-embeddings": _DocumentEmbeddings2,
    "entity-contexts": _EntityContexts2,
    "rows": _Rows2,
}
"""The same in 2.11.1."""

_SHAPES: Mapping[type[Message], Shape[Any]] = {
    shape: Shape(shape) for shape in (*KINDS_1.values(), *KINDS_2.values())
}
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])


class Importer(ABC):
    """Stores what is imported. Triples go to the graphs; of everything else, only exports are told.

    Args:
        graphs: Where triples go.
        kinds: The shapes of messages by kind of data.
    """

    def __init__(self, graphs: GraphStore, kinds: Mapping[str, type[Message]]) -> None:
        self._graphs = graphs
        self._kinds = kinds

    def handle(self, socket: BulkSocket, frame: bytes | str) -> bytes:
        """Store a message.

        Args:
            socket: Where it came in.
            frame: The message.

        Returns:
            What exports are told.

        Raises:
            Malformed: It cannot be read, or a triple in it is nested too deeply; those in front are stored.
        """
        text = frame.encode("utf-8", "surrogatepass") if isinstance(frame, str) else frame
        try:
            message = _SHAPES[self._kinds[socket.kind]].decode(text)
            members = _MEMBERS.decode(text)
            self._store(socket, message)
        except (DecodeError, ValueError, RecursionError) as error:
            raise Malformed from error
        return msgspec.json.encode({**members, "metadata": message.metadata})

    def _store(self, socket: BulkSocket, message: Message) -> None:
        if triples := message.triples_of:
            workspace = self.owner(socket, message)
            self._graphs.add(triples, workspace=workspace, collection=message.metadata.collection)

    @abstractmethod
    def owner(self, socket: BulkSocket, message: Message) -> str:
        """Return whose data a message is: a workspace, or a user in 1.x."""


class Importer1(Importer):
    """What 1.7.1 does."""

    def owner(self, socket: BulkSocket, message: Message) -> str:  # noqa: ARG002
        """Return the user whom the message names."""
        return str(message.metadata.user)


class Importer2(Importer):
    """What 2.11.1 does."""

    def owner(self, socket: BulkSocket, message: Message) -> str:  # noqa: ARG002
        """Return the workspace of the socket."""
        return socket.workspace
