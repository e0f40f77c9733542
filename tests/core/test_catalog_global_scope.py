"""Calls of global services as data."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tgproto.catalog import CallOptions
from tgproto.catalog.global_scope import GlobalScope
from tgproto.catalog.scopes import PureScope
from tgproto.catalog.text import TextReader
from tgproto.dialect import GENERATION_1, GENERATION_2
from tgproto.session.request import Request


@dataclass(frozen=True)
class Some(PureScope, GlobalScope):
    service = "some"


@dataclass(frozen=True)
class Owned(Some):
    needs_user = True


@dataclass(frozen=True)
class Everywhere(Some):
    of_workspaces = False


OPTIONS = CallOptions(workspace="w", retry=True, on_ignored=print)


def test_a_call_names_service_operation_and_options() -> None:
    call = Some(options=OPTIONS)._call("op", {"a": 1}, TextReader, lambda _: {"b": 2}, user="me")
    assert call.request(GENERATION_2) == Request("some", b'{"operation":"op","a":1,"b":2}', None, "w", True)
    assert (call.user, call.on_ignored) == ("me", print)
    stream = Some(options=OPTIONS)._stream_call("op", {"a": 1}, TextReader, lambda _: {"b": 2}, user="me")
    assert stream.request(GENERATION_2) == call.request(GENERATION_2)
    assert stream.streaming
    assert (stream.user, stream.on_ignored) == ("me", print)


def test_some_services_of_1x_insist_on_a_user() -> None:
    for scope, bodies in (
        (Some(), (b'{"operation":"op"}', b'{"operation":"op","user":"me"}')),
        (Owned(), (b'{"operation":"op","user":"trustgraph"}', b'{"operation":"op","user":"me"}')),
    ):
        for user, body in zip((None, "me"), bodies, strict=True):
            for call in (
                scope._call("op", {}, TextReader, user=user),
                scope._stream_call("op", {}, TextReader, user=user),
            ):
                assert call.request(GENERATION_1).body == body


def test_some_services_belong_to_no_workspace() -> None:
    for call in (
        Everywhere(options=OPTIONS)._call("op", {}, TextReader),
        Everywhere(options=OPTIONS)._stream_call("op", {}, TextReader),
    ):
        assert call.request(GENERATION_2) == Request("some", b'{"operation":"op"}', None, None, True)


@pytest.mark.parametrize("make", [Some()._call, Some()._stream_call])
def test_a_user_is_text(make: object) -> None:
    with pytest.raises(TypeError, match="user must be a str"):
        make("op", {}, TextReader, user=1)  # type: ignore[operator]
