"""What type checkers see of what goes over HTTP. Never run: `tests/meta/test_types.py` has it checked."""

# pyright: reportUnnecessaryTypeIgnoreComment=true

from typing import assert_type

from tgproto.catalog import (
    AsyncAuth,
    AsyncI18n,
    AsyncKnowledge,
    AsyncLibrary,
    AsyncMetrics,
    AsyncStream,
    Auth,
    AuthCalls,
    Call,
    I18n,
    Knowledge,
    Library,
    Metrics,
    Stream,
)
from tgproto.secrets import Secret
from tgproto.types import Json, Login, NewAdministrator


def ways_in(auth: Auth, secret: Secret) -> None:
    assert_type(auth.login("anna", secret, workspace="w"), Login)
    assert_type(auth.login("anna", "password").jwt, str)
    assert_type(auth.bootstrap(), NewAdministrator)
    assert_type(auth.bootstrap_status(), bool)
    assert_type(auth.change_password("old", secret), None)
    auth.login("anna", b"password")  # type: ignore[arg-type]


async def awaited_ways_in(auth: AsyncAuth) -> None:
    assert_type(await auth.login("anna", "password"), Login)
    assert_type(await auth.bootstrap(), NewAdministrator)
    assert_type(await auth.bootstrap_status(), bool)
    assert_type(await auth.change_password("old", "new"), None)


def ways_in_as_data(auth: AuthCalls) -> None:
    assert_type(auth.login("anna", "password"), Call[Login])


async def texts(metrics: Metrics, later: AsyncMetrics, i18n: I18n, other: AsyncI18n) -> None:
    assert_type(metrics.get(), str)
    assert_type(metrics.get("query", {"query": "up"}), str)
    assert_type(await later.get("labels"), str)
    assert_type(i18n.pack(), dict[str, Json])
    assert_type(await other.pack(lang="de"), dict[str, Json])
    metrics.get("query", {"time": 5})  # type: ignore[dict-item]


async def core_files(cores: Knowledge, later: AsyncKnowledge) -> None:
    assert_type(cores.import_core("c", b"file"), bytes)
    assert_type(cores.export_core("c"), Stream[bytes, bytes])
    assert_type(await later.import_core("c", b"file"), bytes)
    assert_type(later.export_core("c"), AsyncStream[bytes, bytes])
    cores.import_core("c", "file")  # type: ignore[arg-type]


def documents(library: Library, later: AsyncLibrary) -> None:
    assert_type(library.document_stream("d", 4096), Stream[bytes, bytes])
    assert_type(later.document_stream("d"), AsyncStream[bytes, bytes])
