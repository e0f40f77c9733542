"""What type checkers must see of an `Api`'s arguments. `tests/meta/test_types.py` has it checked."""

# pyright: reportUnnecessaryTypeIgnoreComment=true

import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import assert_type

import tgdrivers.asyncio
import tgdrivers.trio
from tgdrivers import Api
from tgproto import Dialect, dialect_of
from tgproto.catalog import AsyncFlow, Flow
from tgproto.catalog.bulk_plans import ImportPlan
from tgproto.catalog.bulk_scopes import AsyncBulk, Bulk, BulkCalls
from tgproto.catalog.bulk_streams import AsyncExport, Export
from tgproto.types import Triple
from tgproto.types.bulk import Batch, ImportResult

Context = ssl.create_default_context()


def supply() -> str:
    return "tg_key"


async def supply_later() -> str:
    return "tg_key"


def arguments(source: Callable[[], str], later: Callable[[], Awaitable[str]], known: Dialect) -> None:
    assert_type(Api("http://h", 60, "tg_key", "w").flow(), Flow)
    assert_type(Api(token=supply, dialect="1.x", proxy=None).flow(), Flow)
    assert_type(Api(token=source, dialect=known, proxy="http://proxy:3128", cert="both.pem").flow(), Flow)
    assert_type(
        tgdrivers.asyncio.Api(token=supply_later, cert=(Path("c"), "k", "password")).flow(), AsyncFlow
    )
    assert_type(
        tgdrivers.trio.Api(token=later, verify=Context, dialect=dialect_of("2.3.1")).flow(), AsyncFlow
    )
    assert_type(Api().bulk(), Bulk)
    assert_type(tgdrivers.trio.Api().bulk(), AsyncBulk)
    assert_type(Api().async_bulk(), AsyncBulk)
    Api(token=b"tg_key")  # type: ignore[arg-type]
    Api(dialect=2)  # type: ignore[arg-type]
    Api(proxy=5)  # type: ignore[arg-type]
    Api(cert=("c", 5))  # type: ignore[arg-type]


async def bulk(pure: BulkCalls, blocking: Bulk, awaited: AsyncBulk, triple: Triple) -> None:
    assert_type(pure.import_triples("f", [triple]), ImportPlan)
    assert_type(blocking.import_triples("f", [triple, {"s": "urn:s"}], batch_size=5), ImportResult)
    assert_type(blocking.import_triples("f", [triple], connections=4, on_offset=print), ImportResult)
    assert_type(await awaited.import_triples("f", iter([triple]), on_invalid=print), ImportResult)
    assert_type(blocking.export_triples("f"), Export[Triple])
    assert_type(awaited.export_triples("f", limit=3), AsyncExport[Triple])
    for item in blocking.export_triples("f"):
        assert_type(item, Triple)
    async for batch in awaited.export_triples("f").batches():
        assert_type(batch, Batch[Triple])
    blocking.import_triples("f", 5)  # type: ignore[arg-type]
    blocking.import_triples(triples=[triple])  # type: ignore[call-arg]
    blocking.import_triples("f", [triple], confirm="pong")  # type: ignore[arg-type]
