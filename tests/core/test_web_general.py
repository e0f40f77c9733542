"""The door to every endpoint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.core.edgequake_wire import event, feed, form, head, read
from tgproto.catalog import CallOptions
from tgproto.catalog.call import StreamCall
from tgproto.catalog.scopes import PureScope
from tgproto.session.request import Answer
from tgproto.web.general import GeneralOps


@dataclass(frozen=True)
class Calls(PureScope, GeneralOps):
    """A service without operations of its own."""


SERVICE = Calls()
ANY: Any = SERVICE


def test_any_request() -> None:
    call = SERVICE.request("delete", ["api", "v1", "documents", "a/b"], query={"force": True})
    assert (form(call).method, form(call).path) == ("DELETE", "api/v1/documents/a%2Fb")
    assert (form(call).query, form(call).headers) == ((("force", "true"),), ())
    assert (form(call).answer, call.service) == (Answer.TEXT, "DELETE api/v1/documents/a%2Fb")
    reader = call.reader()
    reader.read(b"[1]")
    assert reader.result() == [1]
    posted = SERVICE.request("POST", "/x", json=[1], headers={"Accept": "text/csv"})
    assert (form(posted).body, form(posted).headers) == (b"[1]", (("Accept", "text/csv"),))
    put = SERVICE.request("PUT", "/x", body=b"a,b", content_type="text/csv")
    assert (form(put).body, form(put).content_type) == (b"a,b", "text/csv")


def test_any_stream() -> None:
    call = SERVICE.stream("POST", "/api/v1/graph/stream", query={"max_nodes": 2}, json={"a": 1})
    assert isinstance(call, StreamCall)
    assert (form(call).answer, form(call).query) == (Answer.EVENTS, (("max_nodes", "2"),))
    assert (form(call).body, form(call).content_type) == (b'{"a":1}', "application/json")
    events, result = read(call, {"type": "nodes", "nodes": []}, {"type": "done"})
    assert (len(events), result) == (2, {"type": "done"})
    reader = SERVICE.stream("GET", "/ticks", open_ended=True).reader()
    feed(reader, head(), event({"type": "tick"}))
    reader.check()


@pytest.mark.parametrize(
    ("method", "options", "retry", "again"),
    [
        ("GET", {}, False, True),
        ("head", {}, False, True),
        ("POST", {}, False, False),
        ("POST", {}, True, True),
        ("POST", {"idempotent": True}, False, True),
        ("GET", {"idempotent": False}, True, False),
    ],
)
def test_what_may_be_repeated(method: str, options: Any, retry: bool, again: bool) -> None:
    service = Calls(options=CallOptions(retry=retry))
    assert service.request(method, "/x", **options).repeatable is again
    assert service.stream(method, "/x", **options).repeatable is again


@pytest.mark.parametrize(
    ("ask", "error", "said"),
    [
        (lambda: ANY.request("", "/x"), ValueError, "method must not be empty"),
        (lambda: ANY.request("GET", "/x", body="text"), TypeError, "body must be bytes"),
        (lambda: ANY.request("GET", "/x", idempotent=1), TypeError, "idempotent must be a bool"),
        (lambda: ANY.request("GET", "/x", json=object()), TypeError, "json is no JSON"),
        (lambda: ANY.stream("GET", "/x", open_ended=1), TypeError, "open_ended must be a bool"),
        (lambda: ANY.stream("GET", "/x", headers={"a": 1}), TypeError, "headers"),
    ],
)
def test_wrong_arguments(ask: Any, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        ask()
