"""The published gateways that `make interop` starts, as something other than our clients sees them."""

from __future__ import annotations

import asyncio
import json
import os
import time
import urllib.request
from abc import ABC, abstractmethod
from typing import Any, ClassVar

import pytest

from tests.interop.bulk import send_frames

PATIENCE = 10.0
"""Seconds that a gateway has for what it does at once."""

Members = dict[str, Any]

ITEMS = {
    "triples": "triples",
    "graph-embeddings": "entities",
    "document-embeddings": "chunks",
    "rows": "values",
    "objects": "values",
}
"""What is imported -> the member of a message that has it."""


def _variable(name: str) -> str:
    value = os.environ.get(name)
    if value is None:
        pytest.fail(f"{name} is not set: run `make interop`, which starts the gateways")
    return value


class Published(ABC):
    """Where a gateway is, and who may come in.

    Attributes:
        release: Its number.
        part: What its process is called in the harness.
        url: Its address.
        token: What opens it: an administrator's key, or the secret.
        control: Address of the server that tells what the services behind it have seen.
    """

    release: ClassVar[str]
    part: ClassVar[str]
    prefix: ClassVar[str]

    def __init__(self) -> None:
        self.url = _variable(f"{self.prefix}_URL")
        self.token = _variable(f"{self.prefix}_TOKEN")
        self.control = _variable(f"{self.prefix}_CONTROL")

    def __repr__(self) -> str:
        return self.release

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be shown."""
        return (self.token,)

    @property
    def is_old(self) -> bool:
        """Whether it is of the first generation."""
        return self.release.startswith("1.")

    def ask(self, path: str, **members: object) -> Any:
        """Return the gateway's answer to whoever may do everything, over REST."""
        request = urllib.request.Request(
            f"{self.url}/api/v1/{path}",
            json.dumps(members).encode(),
            {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)

    def requests(self, kind: str) -> list[Members]:
        """Return the requests that a service has received, with the flow of each."""
        return self._look(f"requests?kind={kind}&last=1000")

    def served(self) -> dict[str, int]:
        """Return how many requests each service has received."""
        return self._look("stats")["total"]

    def frame(self, kind: str, collection: str, items: list[Members]) -> Members:
        """Return a message that imports items; rows are of the schema `things`."""
        frame = {"metadata": self.metadata(collection), ITEMS[kind]: items}
        return frame | {"schema_name": "things"} if ITEMS[kind] == "values" else frame

    @abstractmethod
    def metadata(self, collection: str) -> Members:
        """Return what an import says of itself."""

    @abstractmethod
    def term(self, value: str, *, iri: bool) -> Members:
        """Return a term as it stands in messages."""

    @abstractmethod
    def embed(self, text: str) -> list[float]:
        """Return the vector of a text."""

    @abstractmethod
    def entity(self, iri: str, vector: list[float]) -> Members:
        """Return an item of an import of embeddings."""

    def import_all(self, kind: str, collection: str, items: list[Members]) -> None:
        """Import items, and wait until the service that is asked for them has them."""
        frame = json.dumps(self.frame(kind, collection, items)).encode()
        asyncio.run(send_frames(self.url, self.token, "default", kind, [frame]))
        end = time.monotonic() + PATIENCE
        while self.sunk(kind, collection) < len(items):
            assert time.monotonic() < end, f"the {kind} do not arrive"
            time.sleep(0.02)

    def sunk(self, kind: str, collection: str) -> int:
        """Return how many items of a kind have arrived behind the gateway."""
        return int(self._look(f"sink/{kind}?collection={collection}")["items"])

    def fill(self) -> str:
        """Make a collection: three triples; two entities, chunks and rows near to what they are called."""
        name, about = f"interop-{time.time_ns()}", "http://example.org/"
        s, p = (self.term(about + letter, iri=True) for letter in "sp")
        objects = [self.term("drei", iri=False), self.term("3", iri=False), self.term(f"{about}o", iri=True)]
        self.import_all("triples", name, [{"s": s, "p": p, "o": o} for o in self.particular(objects)])
        vectors = {text: self.embed(text) for text in ("alpha", "beta")}
        entities = [self.entity(about + text, vector) for text, vector in vectors.items()]
        self.import_all("graph-embeddings", name, entities)
        self.import_all("objects" if self.is_old else "rows", name, [{"name": text} for text in vectors])
        if not self.is_old:
            chunks = [{"chunk_id": f"urn:chunk:{text}", "vector": vector} for text, vector in vectors.items()]
            self.import_all("document-embeddings", name, chunks)
        return name

    def forget(self, collection: str, kind: str = "") -> None:
        """Undo imports into a collection, of one kind or of all."""
        address = f"{self.control}/sink/{kind}".rstrip("/")
        request = urllib.request.Request(f"{address}?collection={collection}", method="DELETE")
        with urllib.request.urlopen(request, timeout=PATIENCE):
            pass

    def particular(self, objects: list[Members]) -> list[Members]:
        """Give the first literal a language and the second one a type, where there are such."""
        return objects

    def _look(self, path: str) -> Any:
        with urllib.request.urlopen(f"{self.control}/{path}", timeout=PATIENCE) as answer:
            return json.load(answer)


class Published2(Published):
    """2.11.1.

    Attributes:
        reader: Key of somebody who may only read, in `default`.
    """

    release = "2.11.1"
    part = "gateway"
    prefix = "TGPROTO_GATEWAY"

    def __init__(self) -> None:
        super().__init__()
        self.reader = _variable("TGPROTO_GATEWAY_READER_TOKEN")

    @property
    def secrets(self) -> tuple[str, ...]:
        return self.token, self.reader

    def metadata(self, collection: str) -> Members:
        return {"id": "interop", "root": "", "collection": collection}

    def term(self, value: str, *, iri: bool) -> Members:
        return {"t": "i", "i": value} if iri else {"t": "l", "v": value}

    def particular(self, objects: list[Members]) -> list[Members]:
        objects[0]["ln"] = "de"
        objects[1]["dt"] = "http://www.w3.org/2001/XMLSchema#integer"
        return objects

    def embed(self, text: str) -> list[float]:
        return self.ask("flow/default/service/embeddings", texts=[text])["vectors"][0]

    def entity(self, iri: str, vector: list[float]) -> Members:
        return {"vector": vector, "entity": self.term(iri, iri=True)}

    def add_guest(self, *, expires: str = "") -> str:
        """Make a user whose workspace is `other`; return a key of theirs.

        Args:
            expires: When the key ends; empty for never.
        """
        user = {"username": f"guest-{time.time_ns()}", "password": "guest-password", "roles": ["reader"]}
        made = self.ask("iam", operation="create-user", workspace="other", user=user)
        key = {"user_id": made["user"]["id"], "name": "interop"} | ({"expires": expires} if expires else {})
        return self.ask("iam", operation="create-api-key", workspace="other", key=key)["api_key_plaintext"]

    def login(self) -> str:
        """Return a JWT of the reader."""
        return self.ask("auth/login", username="reader", password="interop-password")["jwt"]


class Published1(Published):
    """1.7.1: one secret, users instead of workspaces."""

    release = "1.7.1"
    part = "gateway1"
    prefix = "TGPROTO_GATEWAY_1"

    def metadata(self, collection: str) -> Members:
        return {"id": "interop", "metadata": [], "user": "trustgraph", "collection": collection}

    def term(self, value: str, *, iri: bool) -> Members:
        return {"v": value, "e": iri}

    def embed(self, text: str) -> list[float]:
        return self.ask("flow/default/service/embeddings", text=text)["vectors"][0]

    def entity(self, iri: str, vector: list[float]) -> Members:
        return {"vectors": [vector], "entity": self.term(iri, iri=True)}


RELEASES: dict[str, type[Published]] = {kind.release: kind for kind in (Published2, Published1)}
