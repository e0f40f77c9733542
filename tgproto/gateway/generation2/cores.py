"""The global service `knowledge`: knowledge cores (gateway 2.11.1, where they are broken: `broken_cores`).

No error of this service says that it is the end (2.10.6 and later).
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from tgproto.dialect import TermCodec
from tgproto.gateway.generation2 import skeletons
from tgproto.gateway.graph import DEFAULT
from tgproto.gateway.managed import Asked, Members, Operation, Service, Streamed
from tgproto.gateway.steps import Frame
from tgproto.gateway.stores.failures import (
    GATEWAY_ERROR,
    ServiceFailure,
    Unexpected,
    in_pythons_words,
    keep,
)
from tgproto.gateway.stores.knowledge import Cores, Metadata, bare_term
from tgproto.gateway.stores.library import Document
from tgproto.gateway.telling import last
from tgproto.types.terms import Triple, WireTerm, WireTriple, encode_term, encode_triple
from tgproto.types.wire import encode

BROKEN = "'dict' object has no attribute 'metadata'"
"""What releases 2.10.0 to 2.11.1 say of every triple and embedding in a core."""

_EOS = last({"eos": True})


def _cores(asked: Asked) -> Cores:
    return asked.world.cores(asked.owner)


def _name(batch: Any) -> Any:
    """Return the id of the core that a batch is for: what it says itself counts."""
    _ = batch["metadata"]["collection"]
    name = batch["metadata"]["id"]
    return batch["metadata"].get("root", "") or name


def _triples(batch: Any) -> Sequence[Triple]:
    found = msgspec.convert(batch["triples"], list[WireTriple], strict=False)
    return [triple.triple() for triple in found]


def _entities(batch: Any) -> list[Mapping[str, object]]:
    rows: list[Mapping[str, object]] = []
    for row in batch["entities"]:
        term = bare_term(msgspec.convert(row["entity"], WireTerm, strict=False).term())
        rows.append({"vector": row["vector"], "entity": encode_term(term, TermCodec.TERM)})
    return rows


def _chunks(batch: Any) -> list[Mapping[str, object]]:
    return [{"chunk_id": row["chunk_id"], "vector": row["vector"]} for row in batch["chunks"]]


def _about(name: str) -> Metadata:
    """Return what a batch says about itself when it is given back; its collection is lost."""
    return {"id": name, "root": "", "collection": DEFAULT}


# --- of graphs ------------------------------------------------------------------------------------


def _list_kg_cores(asked: Asked) -> Members:
    return {"ids": _cores(asked).names()}


def _put_kg_core(asked: Asked) -> Members:
    cores, body = _cores(asked), asked.body
    triples, entities = body.get("triples"), body.get("graph-embeddings")
    with in_pythons_words(GATEWAY_ERROR):
        found = None if "triples" not in body else (_name(triples), _triples(triples))
        embedded = None if "graph-embeddings" not in body else (_name(entities), _entities(entities))
        document = body["library-metadata"].get("id", "") if "library-metadata" in body else None
        blob = body["library-blob"].get("id", "") if "library-blob" in body else None
    if asked.world.broken_cores and (found or embedded):
        raise Unexpected(BROKEN)
    if found is not None:
        cores.add_triples(found[0], _about(found[0]), found[1])
    if embedded is not None:
        cores.add_entities(embedded[0], _about(embedded[0]), embedded[1])
    if document is not None:
        keep(cores.announced, document, body["library-metadata"])
    if blob is not None:
        _put_blob(asked, cores.announced.pop(blob, None))
    return {}


def _put_blob(asked: Asked, about: Any) -> None:
    """Make a document of its content. What cannot be one is passed over, as by a real gateway."""
    if about is None:
        return
    library, parent, kind = (
        asked.world.library(asked.owner),
        about.get("parent-id", ""),
        about.get("kind", ""),
    )
    usable = library.has(parent) if parent else bool(kind)
    if not usable or library.has(about.get("id", "")):
        return
    document = Document(
        about.get("id", ""),
        0,
        kind,
        about.get("title", ""),
        about.get("comments", ""),
        metadata=(),
        tags=about.get("tags") or [],
        parent=parent,
        type=about.get("document-type") or ("extracted" if parent else "source"),
    )
    library.add(document, b64decode(asked.body["library-blob"].get("data", b"")))


def _get_kg_core(asked: Asked) -> Iterator[Frame]:
    name = asked.body.get("id")
    core = _cores(asked).core(name)
    if asked.world.broken_cores and (core.triples or core.entities):
        raise ServiceFailure(GATEWAY_ERROR, BROKEN)
    for metadata, triples in core.triples:
        wire = [encode_triple(triple, TermCodec.TERM) for triple in triples]
        yield Frame(encode({"triples": {"metadata": metadata, "triples": wire}}))
    for metadata, entities in core.entities:
        yield Frame(encode({"graph-embeddings": {"metadata": metadata, "entities": entities}}))
    library = asked.world.library(asked.owner)
    if not library.has(name):
        raise ServiceFailure("librarian-error", "Librarian error: unexpected-error: No such document row?")
    yield from _documents(asked, library.document(name))
    yield _EOS


def _documents(asked: Asked, document: Document) -> Iterator[Frame]:
    """Yield a document and those that are parts of it, depth first."""
    library = asked.world.library(asked.owner)
    about: Members = {
        "id": document.id,
        "kind": document.kind,
        "title": document.title,
        "parent-id": document.parent,
        "document-type": document.type,
        "comments": document.comments,
        "tags": document.tags or [],
    }
    yield Frame(encode({"library-metadata": about}))
    data = b64encode(library.content(document.id)).decode()
    yield Frame(encode({"library-blob": {"id": document.id, "data": data}}))
    for child in library.children(document.id):
        yield from _documents(asked, child)


def _delete_kg_core(asked: Asked) -> Members:
    _cores(asked).delete(asked.body.get("id"))
    return {}


def _load_kg_core(asked: Asked) -> Members:
    name = _loaded(asked)
    collection = asked.body.get("collection") or DEFAULT
    triples = _cores(asked).core(name).all_triples()
    asked.world.graphs.add(triples, workspace=asked.owner, collection=collection)
    return {}


def _loaded(asked: Asked) -> Any:
    """Return what is to be loaded, if there is a flow to do it."""
    name, flow = asked.body.get("id"), asked.body.get("flow")
    if name is None:
        raise ServiceFailure("load-error", "Core ID must be specified")
    if flow is None:
        raise ServiceFailure("load-error", "Flow ID must be specified")
    if asked.world.flows(asked.owner).services(flow) is None:
        raise ServiceFailure("load-error", f"Invalid flow {flow} for workspace {asked.owner}")
    return name


def _unload_kg_core(asked: Asked) -> Members:  # noqa: ARG001
    raise ServiceFailure("not-implemented", "Not implemented")


# --- of documents ---------------------------------------------------------------------------------


def _list_de_cores(asked: Asked) -> Members:
    return {"ids": _cores(asked).chunk_names()}


def _put_de_core(asked: Asked) -> Members:
    batch = asked.body.get("document-embeddings")
    with in_pythons_words(GATEWAY_ERROR):
        found = None if "document-embeddings" not in asked.body else (_name(batch), _chunks(batch))
    if found is not None:
        if asked.world.broken_cores:
            raise Unexpected(BROKEN)
        _cores(asked).add_chunks(found[0], _about(found[0]), found[1])
    return {}


def _get_de_core(asked: Asked) -> Iterator[Frame]:
    batches = _cores(asked).chunks(asked.body.get("id"))
    if asked.world.broken_cores and batches:
        raise ServiceFailure(GATEWAY_ERROR, BROKEN)
    for metadata, chunks in batches:
        yield Frame(encode({"document-embeddings": {"metadata": metadata, "chunks": chunks}}))
    yield _EOS


def _delete_de_core(asked: Asked) -> Members:
    _cores(asked).delete_chunks(asked.body.get("id"))
    return {}


def _load_de_core(asked: Asked) -> Members:
    _loaded(asked)  # embeddings of documents are looked up nowhere in this gateway
    return {}


_READ, _WRITE = "knowledge:read", "knowledge:write"

SERVICE = Service(
    operations={
        "delete-de-core": Operation(_delete_de_core, _WRITE),
        "delete-kg-core": Operation(_delete_kg_core, _WRITE),
        "get-de-core": Streamed(_get_de_core, _READ),
        "get-kg-core": Streamed(_get_kg_core, _READ),
        "list-de-cores": Operation(_list_de_cores, _READ),
        "list-kg-cores": Operation(_list_kg_cores, _READ),
        "load-de-core": Operation(_load_de_core, _WRITE),
        "load-kg-core": Operation(_load_kg_core, _WRITE),
        "put-de-core": Operation(_put_de_core, _WRITE),
        "put-kg-core": Operation(_put_kg_core, _WRITE),
        "unload-kg-core": Operation(_unload_kg_core, _WRITE),
    },
    trouble="unexpected-error",
    scripted="request-error",
    say=dict,
    fail=skeletons.unfinished,
)
"""The service."""
