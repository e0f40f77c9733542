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
    Api(token=b"tg_key")  # type: ignore[arg-type]
    Api(dialect=2)  # type: ignore[arg-type]
    Api(proxy=5)  # type: ignore[arg-type]
    Api(cert=("c", 5))  # type: ignore[arg-type]
