"""What sessions say: plain values that compare, cannot be changed, and hide tokens."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import msgspec
import pytest

from tgproto.closing import CloseCause, CloseKind
from tgproto.dialect import GENERATION_2
from tgproto.errors import CallError
from tgproto.secrets import Secret
from tgproto.session import events

EXAMPLES: list[Any] = [
    events.Completed(),
    events.Failed(CallError("it failed")),
    events.Authenticated("acme", GENERATION_2),
    events.AuthenticationFailed("auth failure"),
    events.CredentialWanted("expired"),
    events.StreamReadable(1),
    events.UnmatchedMessage("an answer to no request"),
    events.ConnectionClosed(CloseCause(CloseKind.LOCAL)),
    events.AuthenticationReceived(Secret("tg_secret")),
    events.RequestReceived(1, "config", None, "acme", msgspec.Raw(b"{}")),
    events.MalformedMessage("Bad message"),
    events.ItemsConfirmed(5),
    events.SendingEnded(5, 2, complete=False),
    events.FramesReadable(),
    events.SendPing(b"alive?"),
    events.CloseCarrier(1002, "unreadable message", failure=True),
]


def test_there_is_an_example_of_each() -> None:
    defined = {
        value for value in vars(events).values() if getattr(value, "__module__", "") == events.__name__
    }
    assert {type(example) for example in EXAMPLES} == defined


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: type(event).__name__)
def test_an_event_is_a_value(event: Any) -> None:
    struct = isinstance(event, msgspec.Struct)
    names = event.__struct_fields__ if struct else [field.name for field in fields(event)]
    members = {name: getattr(event, name) for name in names}
    assert type(event)(**members) == event
    assert not hasattr(event, "__dict__")
    with pytest.raises((AttributeError, TypeError)):  # TypeError: slots, and no such member
        event.anything = 1
    for name in members:
        with pytest.raises(AttributeError):
            setattr(event, name, None)


def test_a_received_token_is_not_shown() -> None:
    assert "tg_secret" not in repr(events.AuthenticationReceived(Secret("tg_secret")))


def test_an_ordinary_close() -> None:
    assert events.CloseCarrier() == events.CloseCarrier(1000, "", failure=False)


def test_a_payload_is_its_text() -> None:
    payload = events.Payload(b'{"a":1}')
    assert bytes(payload) == b'{"a":1}'
    assert msgspec.json.decode(payload) == {"a": 1}
