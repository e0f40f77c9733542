"""The library and knowledge cores with every driver, over real sockets, and over networks that break."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.drivers.contract.drivers import DRIVERS, Driver, TaskCancelled
from tgconformance.relay import Fault, Relay, Way
from tgdrivers.testing import gateway
from tgproto.errors import LibrarianError, ServiceError, TransportError, UploadInterrupted
from tgproto.gateway import Gateway, demo_graphs
from tgproto.types import (
    IRI,
    CoreMetadata,
    EntityVectors,
    GraphEmbeddingsBatch,
    LibraryBlob,
    LibraryMetadata,
    Triple,
    TriplesBatch,
)

MIB = 2**20
CONTENT = bytes(hashlib.shake_128(b"a document").digest(5 * MIB + 7))
LABEL = Triple(IRI("urn:d"), IRI("http://www.w3.org/2000/01/rdf-schema#label"), "A document")

pytestmark = pytest.mark.parametrize("driver", DRIVERS, ids=lambda driver: driver.name)


@pytest.fixture
def server() -> Iterator[Any]:
    with gateway() as server:
        yield server


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "document"
    path.write_bytes(CONTENT)
    return path


@pytest.mark.parametrize("transport", [None, "websocket"])
def test_a_document_goes_there_and_back(
    driver: Driver, server: Any, document: Path, transport: str | None
) -> None:
    told: list[tuple[int, int]] = []

    async def scenario() -> None:
        async with driver.api(server.url, token=server.token, transport=transport) as api:
            library = api.library()
            added = await library.add_document(
                document, "urn:d", [LABEL], "T", "C", on_progress=lambda *done: told.append(done)
            )
            assert (added, told[-1]) == ("urn:d", (len(CONTENT), len(CONTENT)))
            found = await library.get_document("urn:d")
            assert (found.title, found.metadata) == ("T", (LABEL,))
            fetched = await library.stream_document_to_file("urn:d", document.with_name("copy"))
            assert fetched == len(CONTENT)
            pieces = [piece async for piece in library.download("urn:d", 700_000)]
            assert b"".join(pieces) == CONTENT
            assert max(map(len, pieces)) == 700_000

    driver.run(scenario)
    assert document.with_name("copy").read_bytes() == CONTENT
    assert [done for done, _ in told] == [2 * MIB, 4 * MIB, len(CONTENT)]


def test_over_rest_alone_a_document_comes_whole(driver: Driver, server: Any, document: Path) -> None:
    async def scenario() -> None:
        async with driver.api(server.url, token=server.token, transport="rest") as api:
            await api.library().add_document(document, "urn:d", None, "", "")
            await api.library().stream_document_to_file("urn:d", document.with_name("copy"))

    driver.run(scenario)
    assert document.with_name("copy").read_bytes() == CONTENT


@pytest.mark.parametrize("transport", ["rest", "websocket"])
def test_an_upload_outlives_lost_connections(
    driver: Driver, server: Any, document: Path, transport: str
) -> None:
    async def scenario() -> None:
        with Relay(server.url) as relay:
            relay.plan(Fault.RESET, Way.UP, after=4 * MIB, times=1)
            async with driver.api(relay.url, token=server.token, transport=transport) as api:
                await api.library().add_document(document, "urn:d", None, "", "")
                assert relay.tripped == 1
                assert await api.library().get_document_content("urn:d") == CONTENT

    driver.run(scenario)


def test_an_upload_is_resumed_by_another_client(driver: Driver, server: Any, document: Path) -> None:
    async def scenario() -> None:
        with Relay(server.url) as relay:

            def leave(done: int, total: int) -> None:
                relay.cut()
                relay.refuse()

            async with driver.api(relay.url, token=server.token, timeout=0.3) as api:
                with pytest.raises(UploadInterrupted) as caught:
                    await api.library().add_document(document, "urn:d", None, "T", "", on_progress=leave)
        assert caught.value.sent_bytes == 2 * MIB
        told: list[int] = []
        async with driver.api(server.url, token=server.token) as api:
            library = api.library()
            (session,) = await library.get_pending_uploads()
            assert session.upload_id == caught.value.upload_id
            await library.resume_upload(session.upload_id, document, lambda done, _: told.append(done))
            assert await library.get_document_content("urn:d") == CONTENT
            assert await library.get_pending_uploads() == []
        assert told == [4 * MIB, len(CONTENT)]

    driver.run(scenario)


def test_a_download_that_breaks_leaves_nothing(driver: Driver, server: Any, tmp_path: Path) -> None:
    async def scenario() -> None:
        with Relay(server.url) as relay:
            async with driver.api(relay.url, token=server.token, transport="websocket") as api:
                await api.library().add_document(CONTENT, "urn:d", None, "", "")
                relay.plan(Fault.RESET, Way.DOWN, after=3 * MIB)
                with pytest.raises(TransportError):
                    await api.library().stream_document_to_file("urn:d", tmp_path / "copy")

    driver.run(scenario)
    assert list(tmp_path.iterdir()) == []


def test_a_download_that_is_cancelled_leaves_nothing(driver: Driver, server: Any, tmp_path: Path) -> None:
    if not driver.cancels:
        pytest.skip("threads are not cancelled")

    async def scenario() -> None:
        with Relay(server.url) as relay:
            async with driver.api(relay.url, token=server.token) as api:
                await api.library().add_document(CONTENT, "urn:d", None, "", "")
                relay.plan(Fault.STALL, Way.DOWN, after=3 * MIB)
                task = driver.start(api.library().stream_document_to_file, "urn:d", tmp_path / "copy")
                await driver.until(lambda: [path for path in tmp_path.iterdir() if path.stat().st_size])
                await driver.until(lambda: relay.tripped)
                task.cancel()
                with pytest.raises(TaskCancelled):
                    await task
                await driver.until(lambda: not list(tmp_path.iterdir()))
                relay.heal()

    driver.run(scenario)


@pytest.mark.parametrize("generation", [1, 2])
def test_flows_are_given_what_to_read(driver: Driver, generation: Any) -> None:
    async def scenario() -> None:
        with gateway(generation=generation) as server:
            async with driver.api(server.url, token=server.token) as api:
                flow = api.flow().id("default")
                assert await flow.load_text("A text.", "urn:t", [LABEL]) == "urn:t"
                assert (await flow.load_document(io.BytesIO(b"%PDF-1.7"))).startswith("urn:sha256:")
                documents = {found.id: found.kind for found in await api.library().get_documents()}
                assert len(documents) == (2 if generation == 2 else 0)

    driver.run(scenario)


@pytest.mark.parametrize("generation", [1, 2])
def test_a_core_goes_into_a_file_and_out_of_it(driver: Driver, generation: Any, tmp_path: Path) -> None:
    triples = TriplesBatch([LABEL], CoreMetadata("c"))
    vectors = GraphEmbeddingsBatch([EntityVectors(IRI("urn:d"), [[0.5, 1.0]])], CoreMetadata("c"))

    async def scenario() -> None:
        with gateway(generation=generation) as server:
            async with driver.api(server.url, token=server.token) as api:
                cores = api.knowledge()
                if generation == 2:
                    await api.library().add_document(b"hello", "c", None, "T", "")
                await cores.put_kg_core("c", triples)
                await cores.put_kg_core("c", graph_embeddings=vectors)
                written = await cores.export_kg_core("c", tmp_path / "c.core")
                assert written.size == (tmp_path / "c.core").stat().st_size
                await cores.delete_kg_core("c")
                assert await cores.import_kg_core("c", tmp_path / "c.core") == written
                found = [record async for record in cores.get_kg_core("c")]
                assert found[0].triples == [LABEL]
                assert found[1].entities == vectors.entities
                assert (
                    found[2:]
                    == [LibraryMetadata("c", "text/plain", "T"), LibraryBlob("c", b"hello")][
                        : 2 * generation - 2
                    ]
                )

    driver.run(scenario)


def test_missing_documents_are_told_from_missing_data(driver: Driver, server: Any, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with driver.api(server.url, token=server.token) as api:
            cores = api.knowledge()
            await cores.put_kg_core("c", TriplesBatch([LABEL]))
            with pytest.raises(LibrarianError):
                await cores.export_kg_core("c", tmp_path / "c.core")
            assert list(tmp_path.iterdir()) == []
            written = await cores.export_kg_core("c", tmp_path / "c.core", allow_missing_documents=True)
            assert written.records == 1

    driver.run(scenario)


def test_the_defect_of_2_11_1_is_explained(driver: Driver) -> None:
    async def scenario() -> None:
        served = Gateway(demo_graphs(), keys={"tg_key": "default"}, broken_cores=True)
        with gateway(served, token="tg_key") as server:
            async with driver.api(server.url, token=server.token) as api:
                with pytest.raises(ServiceError, match=r"2\.10\.0 to 2\.11\.1 can neither store nor"):
                    await api.knowledge().put_kg_core("c", TriplesBatch([LABEL]))

    driver.run(scenario)
