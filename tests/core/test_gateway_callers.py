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
