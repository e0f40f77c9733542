"""Bootstrap and keys of the gateway as data; every operation of the service is there, and documented."""

from __future__ import annotations

import pytest

from tests.core.catalogue import answer, body, operations
from tgproto.catalog import REGISTRY, IamCalls, IamOps
from tgproto.dialect import dialect_of
from tgproto.errors import NotOffered, SilentFailure
from tgproto.types import NewAdministrator

CALLS = IamCalls()
REFUSED = b'{"bootstrap_available":false}'


def test_bootstrap() -> None:
    call = CALLS.bootstrap()
    assert body(call) == {"operation": "bootstrap"}
    frame = b'{"bootstrap_admin_user_id":"u","bootstrap_admin_api_key":"tg_a","bootstrap_available":false}'
    assert answer(call, [frame]) == NewAdministrator("u", "tg_a")
    with pytest.raises(SilentFailure):
        answer(call, [REFUSED])


def test_bootstrap_status() -> None:
    call = CALLS.bootstrap_status()
    assert body(call) == {"operation": "bootstrap-status"}
    assert (answer(call, [b'{"bootstrap_available":true}']), answer(call, [REFUSED])) == (True, False)
    with pytest.raises(NotOffered, match=r"iam bootstrap-status: .*2\.4\.7"):
        call.request(dialect_of("2.4.6"))


def test_rotate_signing_key() -> None:
    call = CALLS.rotate_signing_key()
    assert body(call) == {"operation": "rotate-signing-key"}
    assert answer(call, [REFUSED]) is None


def test_names_are_those_of_the_wire() -> None:
    entries = {entry.split()[1]: operation.name for entry, operation in REGISTRY.items() if "iam " in entry}
    assert len(entries) == 39
    assert {name.replace("_", "-") for name in entries.values()} == set(entries)
    assert {*entries.values()} == {*operations(IamOps)}
