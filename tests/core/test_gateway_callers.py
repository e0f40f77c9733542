"""What a caller may do, and how IAM describes one."""

from __future__ import annotations

from tgproto.gateway.callers import EVERYWHERE, Caller


def test_an_ordinary_caller() -> None:
    caller = Caller("ann", ("acme", "attic"))
    assert caller.default_workspace == "acme"
    assert caller.may_use("acme")
    assert caller.may_use("attic")
    assert not caller.may_use("other")
    assert caller.record()["roles"] == ["writer"]


def test_an_administrator() -> None:
    caller = Caller("root", ("acme", EVERYWHERE))
    assert caller.may_use("other")
    record = caller.record()
    assert record["roles"] == ["admin"]
    assert (record["username"], record["default_workspace"]) == ("root", "acme")
    # The members of a UserRecord, all of them, in a gateway's order.
    assert list(record) == [
        "id",
        "default_workspace",
        "username",
        "name",
        "email",
        "roles",
        "enabled",
        "must_change_password",
        "created",
    ]


def test_a_caller_with_a_role() -> None:
    reader = Caller("ann", ("acme",), ("reader",))
    assert reader.record()["roles"] == ["reader"]
    assert reader.may("config:read", "acme")
    assert reader.may("config:read")
    assert not reader.may("config:read", "attic")
    assert not reader.may("config:write")
    assert Caller("bob", ("acme",)).may("config:write", "acme")
    assert not Caller("bob", ("acme",)).may("users:admin")
    assert Caller("root", ("acme", EVERYWHERE)).may("users:admin", "attic")


def test_a_token_may_be_bound_to_another_workspace() -> None:
    caller = Caller("ann", ("acme",), bound="attic")
    assert caller.id == "user-ann"
    assert caller.default_workspace == "attic"
    assert caller.record()["default_workspace"] == "acme"
    assert not caller.may_use("attic")
