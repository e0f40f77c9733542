"""Workspaces, keys and tokens as values that do not show what is secret."""

from __future__ import annotations

import copy
import dataclasses
import pickle

import pytest

from tgproto.types import ApiKeyRecord, Login, NewAdministrator, NewApiKey, WorkspaceRecord

KEY = NewApiKey(ApiKeyRecord("k", "u", "ci", "tg_abcd"), "tg_abcdef", b'{"api_key_plaintext":"tg_abcdef"}')
LOGIN = Login("2030-01-01T00:00:00+00:00", "tg_abcdef", b'{"jwt":"tg_abcdef"}')
ADMIN = NewAdministrator("u", "tg_abcdef", b'{"bootstrap_admin_api_key":"tg_abcdef"}')
WORKSPACE = WorkspaceRecord("w", "W", enabled=True, payload=b'{"id":"w","extra":1}')


def test_defaults() -> None:
    assert WorkspaceRecord() == WorkspaceRecord("", "", False, "")
    assert ApiKeyRecord() == ApiKeyRecord("", "", "", "", "", "", "")
    assert (WORKSPACE["extra"], ApiKeyRecord().members()) == (1, {})


@pytest.mark.parametrize("record", [KEY, LOGIN, ADMIN])
def test_secrets_are_reached_but_not_shown(record: NewApiKey | Login | NewAdministrator) -> None:
    assert "tg_abcdef" not in f"{record!r} {record} {[record]}"
    assert list(record.members().values()) == ["tg_abcdef"]


def test_secrets_by_attribute() -> None:
    assert KEY.plaintext == LOGIN.jwt == ADMIN.api_key == "tg_abcdef"
    assert KEY.api_key.prefix in repr(KEY)
    assert LOGIN.expires in repr(LOGIN)


@pytest.mark.parametrize("record", [KEY, LOGIN, ADMIN, WORKSPACE])
def test_they_are_values(record: NewApiKey | WorkspaceRecord) -> None:
    for twin in (copy.deepcopy(record), pickle.loads(pickle.dumps(record))):
        assert (twin, twin.payload) == (record, record.payload)
    with pytest.raises(dataclasses.FrozenInstanceError):
        record.payload = b""  # type: ignore[misc]
