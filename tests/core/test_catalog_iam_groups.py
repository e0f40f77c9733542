"""Groups and grants: what is sent, and that a service without them does not go unnoticed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.core.catalogue import AsyncScript, Script, run
from tests.core.identity_service import service
from tgproto.catalog import AsyncIam, Iam
from tgproto.catalog.iam_groups import GroupOps
from tgproto.dialect import GENERATION_2
from tgproto.errors import InvalidArgumentError, SilentFailure

ACK = b'{"bootstrap_available":false}'
GROUP = {"name": "Editors", "description": "", "enabled": True}
GRANT = {"capability": "config:read"}
MEMBER = {"group_id": "g", "member_type": "user", "member_id": "u"}

Said = tuple[str, tuple[Any, ...], dict[str, Any], str]
READINGS: dict[str, Said] = {
    "create_group": ("create-group", ("Editors",), {"group": GROUP}, "group_json"),
    "get_group": ("get-group", ("g",), {"group_id": "g"}, "group_json"),
    "list_groups": ("list-groups", (), {}, "groups_json"),
    "update_group": ("update-group", ("g", "Editors"), {"group_id": "g", "group": GROUP}, "group_json"),
    "list_group_members": ("list-group-members", ("g",), {"group_id": "g"}, "members_json"),
    "list_group_grants": ("list-group-grants", ("g",), {"group_id": "g"}, "grants_json"),
    "list_user_grants": ("list-user-grants", ("u",), {"user_id": "u"}, "grants_json"),
    "resolve_effective_permissions": (
        "resolve-effective-permissions",
        ("u",),
        {"user_id": "u"},
        "effective_permissions_json",
    ),
}
CHANGES: dict[str, tuple[Said, str]] = {
    "delete_group": (("delete-group", ("g",), {"group_id": "g"}, "groups_json"), "list-groups"),
    "add_group_member": (
        ("add-group-member", ("g", "user", "u"), MEMBER, "members_json"),
        "list-group-members",
    ),
    "remove_group_member": (
        ("remove-group-member", ("g", "user", "u"), MEMBER, "members_json"),
        "list-group-members",
    ),
}
for verb in ("add", "remove"):
    for kind in ("group", "user"):
        CHANGES[f"{verb}_{kind}_grant"] = (
            (
                f"{verb}-{kind}-grant",
                ("x", "config:read"),
                {f"{kind}_id": "x", "grant": GRANT},
                "grants_json",
            ),
            f"list-{kind}-grants",
        )


def sync(*replies: bytes) -> tuple[Iam, Script]:
    script = Script(GENERATION_2, list(replies))
    return Iam(script), script


def saying(member: str) -> bytes:
    return json.dumps({member: '[{"id":"g"}]', "bootstrap_available": False}).encode()


def test_all_of_them() -> None:
    assert {*GroupOps.entries.values()} == {*READINGS, *CHANGES}
    assert len(GroupOps.entries) == 15


@pytest.mark.parametrize("name", READINGS)
def test_what_is_read(name: str) -> None:
    operation, arguments, told, member = READINGS[name]
    iam, script = sync(saying(member))
    assert getattr(iam, name)(*arguments) == [{"id": "g"}]
    assert script.calls == [{"operation": operation, **told}]


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_changed_is_read_back(name: str) -> None:
    (operation, arguments, told, member), listing = CHANGES[name]
    iam, script = sync(ACK, saying(member))
    assert getattr(iam, name)(*arguments) == [{"id": "g"}]
    whose = {key: value for key, value in told.items() if key in ("group_id", "user_id")}
    change, reading = script.calls
    assert change == {"operation": operation, **told}
    assert reading == {"operation": listing, **(whose if name != "delete_group" else {})}


@pytest.mark.parametrize("name", [*READINGS, *CHANGES])
def test_a_service_without_groups(name: str) -> None:
    arguments = READINGS[name][1] if name in READINGS else CHANGES[name][0][1]
    with pytest.raises(SilentFailure, match=r"^iam: this gateway's service .* knows no groups and grants"):
        getattr(service(hides=True)[0], name)(*arguments)
    with pytest.raises(InvalidArgumentError):
        getattr(service(hides=False)[0], name)(*arguments)


def test_everything_can_be_told() -> None:
    iam, script = sync(saying("group_json"), ACK, saying("grants_json"))
    iam.create_group("Editors", "who edit", enabled=False, group_id="g")
    assert script.calls[0] == {
        "operation": "create-group",
        "group_id": "g",
        "group": {"name": "Editors", "description": "who edit", "enabled": False},
    }
    iam.add_user_grant("u", "config:read", "acme")
    assert script.calls[1]["grant"] == {"capability": "config:read", "workspace": "acme"}


@pytest.mark.parametrize("name", [*READINGS, *CHANGES])
def test_arguments_are_text_that_is_not_empty(name: str) -> None:
    arguments = READINGS[name][1] if name in READINGS else CHANGES[name][0][1]
    for position in range(len(arguments)):
        for wrong, error in (("", ValueError), (None, TypeError)):
            iam, script = sync()
            with pytest.raises(error, match=r"^\w+ must (not be empty|be a str, not NoneType)"):
                getattr(iam, name)(*arguments[:position], wrong, *arguments[position + 1 :])
            assert script.calls == []


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("create_group", {"name": "g", "group_id": ""}, "group_id must not be empty"),
        ("create_group", {"name": "g", "description": None}, "description must be a str"),
        ("update_group", {"group_id": "g", "name": "g", "enabled": 1}, "enabled must be a bool"),
        (
            "add_user_grant",
            {"user_id": "u", "capability": "c", "workspace": ""},
            "workspace must not be empty",
        ),
    ],
)
def test_wrong_arguments(name: str, arguments: dict[str, Any], said: str) -> None:
    with pytest.raises((TypeError, ValueError), match=f"^{said}"):
        getattr(sync()[0], name)(**arguments)


def test_awaited() -> None:
    iam = AsyncIam(AsyncScript(GENERATION_2, [saying("groups_json"), ACK, saying("groups_json")]))
    assert run(iam.list_groups()) == run(iam.delete_group("g")) == [{"id": "g"}]
