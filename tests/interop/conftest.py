"""Every test runs for every gateway and driver, over REST with and without httpx, and over the socket."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import pytest

from tests.drivers.contract.conftest import nothing_left, patience, pytest_pyfunc_call, quick_collection
from tests.interop.published import RELEASES, Published, Published1, Published2
from tests.interop.world import World, places

__all__ = ["nothing_left", "patience", "pytest_pyfunc_call", "quick_collection"]


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark what is about the older gateway, so that each gateway's tests can have a process of their own."""
    if Published1.release in item.name or item.path.stem.endswith("_1"):
        item.add_marker(pytest.mark.old_gateway)


@pytest.fixture(scope="session")
def published() -> Callable[[str], Published]:
    """Return a gateway by its release; there is one of each."""
    return cache(lambda release: RELEASES[release]())


@pytest.fixture(params=places("rest", "httpx", "websocket"))
def world(request: pytest.FixtureRequest, published: Callable[[str], Published]) -> World:
    release, driver, way = request.param
    return World(driver, published(release), way)


@pytest.fixture(scope="session")
def guest(published: Callable[[str], Published]) -> str:
    """The key of somebody whose workspace is `other`; only 2.x has such people."""
    gateway = published(Published2.release)
    assert isinstance(gateway, Published2)
    return gateway.add_guest()


@pytest.fixture(scope="session")
def collections(published: Callable[[str], Published]) -> Iterator[dict[str, str]]:
    """The collections that were made, by release."""
    made: dict[str, str] = {}
    yield made
    for release, collection in made.items():
        published(release).forget(collection)


@pytest.fixture
def collection(world: World, collections: dict[str, str]) -> str:
    """A collection with three triples; two entities, chunks and rows near to what they are called."""
    gateway = world.gateway
    if gateway.release not in collections:
        collections[gateway.release] = gateway.fill()
    return collections[gateway.release]
