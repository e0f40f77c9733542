"""What each role may do, as data (IAM of 2.11.1, `iam/service/iam.py`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

FLOW_SERVICES: Mapping[str, str] = {
    "agent": "agent",
    "cloze": "cloze",
    "decision-scoring": "decision-scoring",
    "document-embeddings": "document-embeddings:read",
    "document-rag": "document-rag:read",
    "embeddings": "embeddings",
    "field-extraction": "field-extraction",
    "graph-embeddings": "graph-embeddings:read",
    "graph-rag": "graph-rag:read",
    "image-to-text": "image-to-text",
    "mcp-tool": "mcp",
    "nlp-query": "nlp-query:read",
    "prompt": "llm",
    "reranker": "reranker",
    "row-embeddings": "row-embeddings:read",
    "rows": "rows:read",
    "sparql": "sparql:read",
    "structured-diag": "structured-query:read",
    "structured-query": "structured-query:read",
    "text-completion": "llm",
    "triples": "triples:read",
}
"""The capability that each service of a flow needs."""

_READER = frozenset(FLOW_SERVICES.values()) | {
    "collections:read",
    "config:read",
    "documents:read",
    "entity-contexts:read",
    "flows:read",
    "graph:read",
    "keys:self",
    "knowledge:read",
}
_WRITER = _READER | {
    "collections:write",
    "document-embeddings:write",
    "documents:write",
    "entity-contexts:write",
    "graph-embeddings:write",
    "graph:write",
    "knowledge:write",
    "rows:write",
    "triples:write",
}
_OWNER = _WRITER | {"config:write", "flows:write"}
_ADMIN = _OWNER | {
    "iam:admin",
    "keys:admin",
    "metrics:read",
    "mint-token",
    "users:admin",
    "users:read",
    "users:write",
    "workspaces:admin",
}

ADMIN = "admin"
"""The role that reaches every workspace."""

OWNER = "owner"
"""What a key has that was given to the gateway without a role: a writer that manages its workspaces, too."""

ROLES: Mapping[str, frozenset[str]] = {
    "reader": _READER,
    "writer": _WRITER,
    OWNER: _OWNER,
    ADMIN: _ADMIN,
}
"""The capabilities of each role. All but `owner` are real ones."""


def allow(roles: Iterable[str], capability: str) -> bool:
    """Return whether one of some roles may do something; those that do not exist may do nothing."""
    return any(role in ROLES and capability in ROLES[role] for role in roles)
