"""Calls that are none of services, as data, and how the drivers carry them while no operation does."""

from __future__ import annotations

from functools import partial
from typing import Any

from tests.drivers.contract.drivers import BlockingStream, Driver
from tgproto.catalog import Call, CallOptions, StreamCall
from tgproto.catalog.streams import AsyncStream, Stream
from tgproto.dialect import Dialect
from tgproto.errors import CallContext
from tgproto.session.request import Answer, Form, Request
from tgproto.types.wire import Payload

LOGIN = Form(
    path="api/v1/auth/login",
    body=b'{"username":"ada","password":"right"}',
    content_type="application/json",
    public=True,
)
WRONG_LOGIN = Form(
    path="api/v1/auth/login",
    body=b'{"username":"ada","password":"wrong"}',
    content_type="application/json",
    public=True,
)
PACK = Form(path="api/v1/i18n/packs/de", method="GET", public=True)
EXPORT = Form(path="api/v1/export-core", method="GET", query=(("id", "c"),), answer=Answer.BYTES, tenant=True)


def metrics(query: str) -> Form:
    return Form(path="api/metrics/query", method="GET", query=(("query", query),), answer=Answer.TEXT)


def imported(core: bytes) -> Form:
    query = (("id", "new core"),)
    kind = "application/octet-stream"
    return Form(
        path="api/v1/import-core", query=query, body=core, content_type=kind, answer=Answer.TEXT, tenant=True
    )


def document(name: str, size: int) -> Form:
    query = (("document-id", name), ("chunk-size", str(size)))
    return Form(path="api/v1/document-stream", method="GET", query=query, answer=Answer.BYTES, tenant=True)


class Pieces:
    """Reads bytes; the result is how many there were, or all of them if they are wanted."""

    def __init__(self, context: CallContext, *, keep: bool) -> None:
        self._keep = keep
        self._pieces: list[bytes] = []
        self._count = 0

    def read(self, payload: Payload, *, last: bool = False) -> bytes | None:
        data = bytes(payload)
        self._count += len(data)
        if self._keep:
            self._pieces.append(data)
        return data or None

    def release(self) -> None:
        pass

    def check(self) -> None:
        pass

    def result(self) -> Any:
        return b"".join(self._pieces) if self._keep else self._count

    @property
    def partial(self) -> object:
        return None


class Asking(Call[bytes], frozen=True, kw_only=True):
    """A call that has a form."""

    form: Form

    @property
    def public(self) -> bool:
        return self.form.public

    def request(self, dialect: Dialect) -> Request:
        return Request(
            self.service, b"{}", workspace=self.workspace, repeatable=self.repeatable, form=self.form
        )


class Fetching(StreamCall[bytes, int], frozen=True, kw_only=True):
    """A call whose answer is bytes."""

    form: Form

    def request(self, dialect: Dialect) -> Request:
        return Request(
            self.service, b"{}", workspace=self.workspace, repeatable=self.repeatable, form=self.form
        )


def call_of(form: Form, **members: Any) -> Call[bytes]:
    start = partial(Pieces, keep=True)
    return Asking(service="it", arguments={}, start=start, form=form, **members)


def download_of(form: Form, **members: Any) -> StreamCall[bytes, int]:
    start = partial(Pieces, keep=False)
    return Fetching(service="it", arguments={}, start=start, form=form, streaming=True, **members)


def runner_of(driver: Driver, api: Any, transport: str) -> Any:
    """Return what carries calls out over a transport."""
    return (api._it if driver.name == "threaded" else api)._runner(transport)


async def ask(driver: Driver, api: Any, form: Form, *, transport: str = "rest", **members: Any) -> bytes:
    """Carry a call out, however the `Api` does that."""
    answer = runner_of(driver, api, transport).call(call_of(form, **members), CallOptions(timeout=10))
    return answer if driver.name == "threaded" else await answer  # type: ignore[no-any-return]


def fetch(driver: Driver, api: Any, form: Form, options: CallOptions | None = None, **members: Any) -> Any:
    """Return a stream of bytes over the driver's pump."""
    call, options = download_of(form, **members), options or CallOptions(timeout=10)
    if driver.name == "threaded":
        return BlockingStream(partial(Stream, api._it._pump(None, "rest"), call, options))
    return AsyncStream(api._here("rest"), call, options)
