"""The two sides of a connection."""

from __future__ import annotations

from tgproto.role import Role


def test_a_connection_has_two_sides() -> None:
    assert [role.value for role in Role] == ["client", "server"]
