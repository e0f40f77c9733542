"""The two kinds of stream are alike, and a driver's class can be either."""

from __future__ import annotations

import inspect

from tgproto.catalog import AsyncStream, Stream


def members(protocol: type) -> set[str]:
    return {name for name, value in vars(protocol).items() if inspect.isfunction(value)} - {"__init__"}


def test_both_have_the_same_verbs() -> None:
    public = {name for name in members(Stream) if not name.startswith("_")}
    assert public == {"result", "close"}
    assert {name for name in members(AsyncStream) if not name.startswith("_")} == {"result", "aclose"}


def test_both_iterate_and_are_context_managers() -> None:
    assert {"__iter__", "__next__", "__enter__", "__exit__"} <= members(Stream)
    assert {"__aiter__", "__anext__", "__aenter__", "__aexit__", "__await__"} <= members(AsyncStream)


def test_all_members_are_documented() -> None:
    for protocol in (Stream, AsyncStream):
        assert all(getattr(protocol, name).__doc__ for name in members(protocol) if "subclass" not in name)
