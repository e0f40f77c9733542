"""Every test runs for every driver, over REST with and without httpx, and over the socket."""

from __future__ import annotations

import time

import pytest

from tests.drivers.contract.conftest import nothing_left, patience, pytest_pyfunc_call, quick_collection
from tests.interop.published import Published
from tests.interop.world import World, places

__all__ = ["nothing_left", "patience", "pytest_pyfunc_call", "quick_collection"]


@pytest.fixture(scope="session")
def gateway() -> Published:
    return Published()


@pytest.fixture(params=places("rest", "httpx", "websocket"))
def world(request: pytest.FixtureRequest, gateway: Published) -> World:
    driver, way = request.param
    return World(driver, gateway, way)


@pytest.fixture(scope="session")
def guest(gateway: Published) -> str:
    """The key of somebody whose workspace is `other`."""
    return gateway.add_guest()


@pytest.fixture(scope="session")
def collection(gateway: Published) -> str:
    """A collection with three triples, and with two entities that are near to what they are called."""
    name = f"interop-{time.time_ns()}"
    about = "http://example.org/"
    s, p = {"t": "i", "i": f"{about}s"}, {"t": "i", "i": f"{about}p"}
    objects = [
        {"t": "l", "v": "drei", "ln": "de"},
        {"t": "l", "v": "3", "dt": "http://www.w3.org/2001/XMLSchema#integer"},
        {"t": "i", "i": f"{about}o"},
    ]
    gateway.import_all("triples", name, "triples", [{"s": s, "p": p, "o": o} for o in objects])
    texts = ["alpha", "beta"]
    vectors = gateway.ask("flow/default/service/embeddings", texts=texts)["vectors"]
    entities = [
        {"vector": vector, "entity": {"t": "i", "i": about + text}}
        for vector, text in zip(vectors, texts, strict=True)
    ]
    gateway.import_all("graph-embeddings", name, "entities", entities)
    return name
