"""The store of knowledge cores."""
# The methods are those that upstream's service calls, by these names and parameters.
# ruff: noqa: ARG002, D102

import dataclasses
from collections import defaultdict

from trustgraph.schema import (
    ChunkEmbeddings,
    DocumentEmbeddings,
    EntityEmbeddings,
    GraphEmbeddings,
    Metadata,
    Term,
    Triples,
)


class MemoryKnowledge:
    """Cores by workspace and document; like upstream's tables without metadata and literals' kinds."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        self.triples = defaultdict(list)
        self.graph_embeddings = defaultdict(list)
        self.document_embeddings = defaultdict(list)

    async def add_triples(self, workspace, m):
        self.triples[_core(workspace, m)].append(
            [dataclasses.replace(t, s=_bare(t.s), p=_bare(t.p), o=_bare(t.o)) for t in m.triples]
        )

    async def add_graph_embeddings(self, workspace, m):
        self.graph_embeddings[_core(workspace, m)].append([(_bare(e.entity), e.vector) for e in m.entities])

    async def add_document_embeddings(self, workspace, m):
        self.document_embeddings[_core(workspace, m)].append([(c.chunk_id, c.vector) for c in m.chunks])

    async def list_kg_cores(self, workspace):
        return [document for owner, document in self.triples if owner == workspace]

    async def list_de_cores(self, workspace):
        return [document for owner, document in self.document_embeddings if owner == workspace]

    async def delete_kg_core(self, workspace, document_id):
        for table in (self.triples, self.graph_embeddings, self.document_embeddings):
            table.pop((workspace, document_id), None)

    async def delete_document_embeddings(self, workspace, document_id):
        self.document_embeddings.pop((workspace, document_id), None)

    async def get_triples(self, workspace, document_id, receiver):
        for row in self.triples.get((workspace, document_id), []):
            await receiver(Triples(metadata=_metadata(document_id), triples=list(row)))

    async def get_graph_embeddings(self, workspace, document_id, receiver):
        for row in self.graph_embeddings.get((workspace, document_id), []):
            entities = [EntityEmbeddings(entity=entity, vector=vector) for entity, vector in row]
            await receiver(GraphEmbeddings(metadata=_metadata(document_id), entities=entities))

    async def get_document_embeddings(self, workspace, document_id, receiver):
        for row in self.document_embeddings.get((workspace, document_id), []):
            chunks = [ChunkEmbeddings(chunk_id=chunk, vector=vector) for chunk, vector in row]
            await receiver(DocumentEmbeddings(metadata=_metadata(document_id), chunks=chunks))


def _core(workspace, message) -> tuple[str, str]:
    return workspace, message.metadata.root or message.metadata.id


def _metadata(document_id: str) -> Metadata:
    return Metadata(id=document_id, collection="default")


def _bare(term: Term | None) -> Term | None:
    if term is None or term.type != "l":
        return term
    return dataclasses.replace(term, datatype="", language="")
