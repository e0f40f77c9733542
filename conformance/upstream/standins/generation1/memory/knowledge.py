"""The store of knowledge cores."""
# The methods are those that upstream's service calls, by these names and parameters.
# ruff: noqa: ARG002, D102

from collections import defaultdict

from trustgraph.schema import EntityEmbeddings, GraphEmbeddings, Metadata, Triple, Triples, Value


class MemoryKnowledge:
    """Cores by user and document; like upstream's tables they keep values without types and no collection."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        self.triples = defaultdict(list)
        self.graph_embeddings = defaultdict(list)

    async def add_triples(self, m):
        row = _copies(m.metadata.metadata), _copies(m.triples)
        self.triples[m.metadata.user, m.metadata.id].append(row)

    async def add_graph_embeddings(self, m):
        row = _copies(m.metadata.metadata), [(_bare(e.entity), e.vectors) for e in m.entities]
        self.graph_embeddings[m.metadata.user, m.metadata.id].append(row)

    async def list_kg_cores(self, user):
        return [document for owner, document in self.triples if owner == user]

    async def delete_kg_core(self, user, document_id):
        for table in (self.triples, self.graph_embeddings):
            table.pop((user, document_id), None)

    async def get_triples(self, user, document_id, receiver):
        for about, triples in self.triples.get((user, document_id), []):
            metadata = _metadata(user, document_id, about)
            await receiver(Triples(metadata=metadata, triples=list(triples)))

    async def get_graph_embeddings(self, user, document_id, receiver):
        for about, row in self.graph_embeddings.get((user, document_id), []):
            entities = [EntityEmbeddings(entity=entity, vectors=vectors) for entity, vectors in row]
            metadata = _metadata(user, document_id, about)
            await receiver(GraphEmbeddings(metadata=metadata, entities=entities))


def _metadata(user: str, document_id: str, about: list[Triple]) -> Metadata:
    return Metadata(id=document_id, user=user, collection="default", metadata=list(about))


def _copies(triples: list[Triple] | None) -> list[Triple]:
    return [Triple(s=_bare(t.s), p=_bare(t.p), o=_bare(t.o)) for t in triples or ()]


def _bare(value: Value) -> Value:
    return Value(value=value.value, is_uri=value.is_uri)
