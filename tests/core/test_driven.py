"""The interface of drivers: both clients have it, with the same arguments."""

from __future__ import annotations

import inspect

import pytest

from tgproto.client import Client
from tgproto.closing import CloseCause, CloseKind
from tgproto.driven import Dial, Driven, Lost, Transfer
from tgproto.rest.client import RestClient

METHODS = [name for name, value in vars(Driven).items() if inspect.isfunction(value) and name[0] != "_"]


@pytest.mark.parametrize("kind", [Client, RestClient])
@pytest.mark.parametrize("name", METHODS)
def test_both_clients_are_driven_alike(kind: type, name: str) -> None:
    asked = inspect.signature(getattr(Driven, name)).parameters
    given = inspect.signature(getattr(kind, name)).parameters
    assert list(given)[: len(asked)] == list(asked)
    for parameter, own in zip(asked.values(), given.values(), strict=False):
        assert (own.kind, own.default) == (parameter.kind, parameter.default)
    assert all(own.default is not own.empty for own in list(given.values())[len(asked) :])


def test_what_is_reported_is_a_value() -> None:
    cause = CloseCause(CloseKind.LOST, "reset")
    assert {Dial(1), Dial(1), Dial(2)} == {Dial(2), Dial(1)}
    assert Lost(1, cause, None) == Lost(1, cause, None) != Lost(1, cause, 2.0)
    assert Transfer(1, b"x", wants_read=True, closed=False) == Transfer(1, b"x", True, False)
