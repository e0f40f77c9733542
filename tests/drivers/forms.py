"""Calls that are none of services, as data, and how the drivers carry them."""

from __future__ import annotations

from functools import partial
from typing import Any

from tests.drivers.contract.drivers import BlockingStream, Driver
from tgproto.catalog import Call, CallOptions, StreamCall
from tgproto.catalog.reader import BaseReader
from tgproto.catalog.streams import AsyncStream, Stream
from tgproto.errors import CallContext
from tgproto.session.request import Answer, Form
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


class Pieces(BaseReader):
    """Reads bytes; the result is how many there were, or all of them if they are wanted."""

    def __init__(self, context: CallContext, *, keep: bool) -> None:
        super().__init__(context)
        self._keep = keep
        self._pieces: list[bytes] = []
        self._count = 0

    def read(self, payload: Payload, *, last: bool = False) -> bytes | None:
        data = bytes(payload)
        self._count += len(data)
        if self._keep:
            self._pieces.append(data)
        return data or None

    def result(self) -> Any:
        return b"".join(self._pieces) if self._keep else self._count

    @property
    def partial(self) -> object:
        return None


def call_of(form: Form, **members: Any) -> Call[bytes]:
    """Return a call whose answer is wanted whole."""
    start = partial(Pieces, keep=True)
    members = {"form": lambda _: form, "anybody": form.public} | members
    return Call(service="it", arguments={}, start=start, **members)


def download_of(form: Form, **members: Any) -> StreamCall[bytes, int]:
    """Return a call whose answer is bytes that are counted."""
    start = partial(Pieces, keep=False)
    return StreamCall(service="it", arguments={}, start=start, form=lambda _: form, streaming=True, **members)


def runner_of(driver: Driver, api: Any) -> Any:
    """Return what carries calls out over REST."""
    return (api._it if driver.name == "threaded" else api)._runner("rest")


async def ask(driver: Driver, api: Any, form: Form, **members: Any) -> bytes:
    """Carry a call out, however the `Api` does that."""
    answer = runner_of(driver, api).call(call_of(form, **members), CallOptions(timeout=10))
    return answer if driver.name == "threaded" else await answer  # type: ignore[no-any-return]


def fetch(driver: Driver, api: Any, form: Form, options: CallOptions | None = None, **members: Any) -> Any:
    """Return a stream of bytes."""
    call, options = download_of(form, **members), options or CallOptions(timeout=10)
    begin = partial(runner_of(driver, api).open, call, options)
    return BlockingStream(begin) if driver.name == "threaded" else begin()


def fetch_over_socket(driver: Driver, api: Any, form: Form) -> Any:
    """Return a stream over what only carries calls of services."""
    call, options = download_of(form), CallOptions(timeout=10)
    if driver.name == "threaded":
        return BlockingStream(partial(Stream, api._it._pump(None, "websocket"), call, options))
    return AsyncStream(api._here("websocket"), call, options)
