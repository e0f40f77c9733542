"""What `api.socket()` returns."""

from __future__ import annotations

import pytest

from tests.core.carriers import LAST, Awaited, Carried, drive
from tgproto.catalog import (
    AsyncAuth,
    AsyncCollection,
    AsyncConfig,
    AsyncFlowInstance,
    AsyncI18n,
    AsyncIam,
    AsyncKnowledge,
    AsyncLibrary,
    AsyncMetrics,
    Auth,
    CallOptions,
    Collection,
    Config,
    FlowInstance,
    I18n,
    Iam,
    Knowledge,
    Library,
    Metrics,
)
from tgproto.catalog.doors import AsyncSocketClient, SocketClient
from tgproto.catalog.runners import AwaitedRunner, BlockingRunner


def sockets(options: CallOptions) -> tuple[SocketClient, AsyncSocketClient]:
    blocking = BlockingRunner(lambda: Carried(LAST), streams=lambda: Carried(LAST))
    awaited = AwaitedRunner(lambda: Awaited(LAST), streams=lambda: Awaited(LAST))
    return SocketClient(runner=blocking, options=options), AsyncSocketClient(runner=awaited, options=options)


def test_the_way_to_a_flow() -> None:
    for socket, kind in zip(
        sockets(CallOptions(timeout=7.0)), (FlowInstance, AsyncFlowInstance), strict=True
    ):
        flow = socket.flow("f")
        assert isinstance(flow, kind)
        assert (flow.flow, flow.options.timeout) == ("f", 7.0)
        assert socket.flow().flow == "default"
        assert socket.with_options(timeout=8.0).flow().options.timeout == 8.0


def test_calls_go_through() -> None:
    blocking, awaited = sockets(CallOptions())
    assert blocking.flow().text_completion("", "hello") == "two"
    assert drive(awaited.flow().text_completion("", "hello")) == "two"
    assert [str(chunk) for chunk in blocking.flow().text_completion("", "hello", streaming=True)] == ["two"]


@pytest.mark.parametrize(("wrong", "error"), [("", ValueError), (7, TypeError), (None, TypeError)])
def test_a_flow_has_a_name(wrong: object, error: type[Exception]) -> None:
    for socket in sockets(CallOptions()):
        with pytest.raises(error):
            socket.flow(wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("library", (Library, AsyncLibrary)),
        ("knowledge", (Knowledge, AsyncKnowledge)),
        ("collection", (Collection, AsyncCollection)),
        ("config", (Config, AsyncConfig)),
        ("iam", (Iam, AsyncIam)),
        ("auth", (Auth, AsyncAuth)),
        ("metrics", (Metrics, AsyncMetrics)),
        ("i18n", (I18n, AsyncI18n)),
    ],
)
def test_the_ways_to_the_global_services(name: str, kinds: tuple[type, type]) -> None:
    for socket, kind in zip(sockets(CallOptions(timeout=7.0)), kinds, strict=True):
        group = getattr(socket, name)()
        assert type(group) is kind
        assert (group.runner, group.options) == (socket.runner, socket.options)
