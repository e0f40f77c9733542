"""Users: what is sent, and that changes are read back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.catalogue import AsyncScript, body, payloads, run
from tests.core.identity_service import WithoutUsers, service
from tgproto.catalog import AsyncIam, Iam, IamCalls
from tgproto.dialect import GENERATION_2
from tgproto.errors import DuplicateError, NotFoundError, OperationNotPermitted, ServiceError, SilentFailure
from tgproto.secrets import Secret
from tgproto.types import UserRecord

CALLS = IamCalls()
CHANGES: dict[str, dict[str, Any]] = {
    "create_user": {"username": "ben", "password": "hush-hush"},
    "update_user": {"user_id": "anna-id", "name": "Anne"},
    "disable_user": {"user_id": "anna-id"},
    "enable_user": {"user_id": "anna-id"},
    "delete_user": {"user_id": "anna-id"},
}


def test_reading() -> None:
    iam, _ = service()
    assert iam.whoami() == iam.get_user("root-id")
    assert [user.username for user in iam.list_users()] == ["root", "anna"]
    assert [user.username for user in iam.list_users("acme")] == ["root", "anna"]
    assert iam.list_users("other") == []
    assert iam.get_user("anna-id", workspace="acme") == UserRecord(
        "anna-id", "anna", "acme", "Anna", "", ("reader",), enabled=True, must_change_password=True
    )


def test_readings_as_data() -> None:
    assert body(CALLS.whoami()) == {"operation": "whoami"}
    assert body(CALLS.list_users()) == {"operation": "list-users"}
    assert body(CALLS.list_users("w")) == {"operation": "list-users", "workspace": "w"}
    assert body(CALLS.get_user("u")) == {"operation": "get-user", "user_id": "u"}


@pytest.mark.parametrize("hides", [True, False])
def test_somebody_who_is_not_there(hides: bool) -> None:
    iam, there = service(hides=hides)
    for operation in ("get_user", "update_user", "disable_user", "enable_user", "delete_user"):
        with pytest.raises(SilentFailure if hides else NotFoundError):
            getattr(iam, operation)("nobody")
        with pytest.raises(SilentFailure if hides else OperationNotPermitted):
            getattr(iam, operation)("anna-id", workspace="other")
    assert len(there.users) == 2
    assert there.users["anna-id"]["enabled"]


def test_a_list_without_anybody_is_a_failure() -> None:
    iam, _ = service(deaf="list-users")
    with pytest.raises(SilentFailure):
        iam.list_users()


# --- create ---------------------------------------------------------------------------------------


def test_create_tells_everything() -> None:
    iam, there = service()
    made = iam.create_user(
        "ben",
        Secret("hush"),
        workspace="acme",
        name="Ben",
        email="ben@example.org",
        roles=["writer"],
        enabled=False,
        must_change_password=True,
    )
    assert made == UserRecord("ben-id", "ben", "acme", "Ben", "ben@example.org", ("writer",), False, True)
    assert there.passwords["ben-id"] == "hush"
    assert [call["operation"] for call in there.calls] == ["create-user"]


@pytest.mark.parametrize("options", [{}, {"workspace": "other"}])
def test_the_home_of_a_new_user(options: dict[str, str]) -> None:
    iam, there = service()
    there.workspaces["other"] = {"id": "other"}
    made = iam.with_options(**options).create_user("ben", "hush")
    assert (made.default_workspace, made.name) == (options.get("workspace", "acme"), "ben")
    assert there.calls[-1]["user"] == {
        "username": "ben",
        "password": "hush",
        "roles": [],
        "enabled": True,
        "must_change_password": False,
    }


@pytest.mark.parametrize(
    ("arguments", "error"),
    [({"username": "anna"}, DuplicateError), ({"username": "ben", "workspace": "nowhere"}, NotFoundError)],
)
def test_a_user_who_cannot_be_added(arguments: dict[str, Any], error: type[ServiceError]) -> None:
    for hides, kind in ((True, SilentFailure), (False, error)):
        iam, there = service(hides=hides)
        with pytest.raises(kind) as failed:
            iam.create_user(password="hush-hush", **arguments)
        assert "hush" not in f"{failed.value} {failed.value!r}"
        assert len(there.users) == 2


def test_the_password_is_not_shown() -> None:
    step = next(CALLS.with_options(workspace="w").create_user("ben", "hush-hush"))
    assert "hush" not in repr(step)
    assert body(step)["user"]["password"] == "hush-hush"  # type: ignore[arg-type]


# --- update ---------------------------------------------------------------------------------------


@settings(max_examples=40)
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "name": st.text(min_size=1, max_size=3),
            "email": st.text(min_size=1, max_size=3),
            "roles": st.lists(st.sampled_from(["reader", "writer"]), min_size=1, max_size=3),
            "enabled": st.booleans(),
            "must_change_password": st.booleans(),
        },
    ),
    st.booleans(),
    st.booleans(),
)
def test_what_is_not_given_stays(changes: dict[str, Any], enabled: bool, must: bool) -> None:
    iam, there = service()
    before = there.users["anna-id"]
    before.update(enabled=enabled, must_change_password=must)
    expected = {**before, **changes}
    changed = iam.update_user("anna-id", **changes)
    assert there.users["anna-id"] == expected
    assert changed.members() == expected


def test_roles_may_come_back_in_another_order() -> None:
    iam, there = service()
    there.do_update_user = lambda request: {  # type: ignore[method-assign]
        "user": {**there.users["anna-id"], "roles": ["b", "a"]}
    }
    assert iam.update_user("anna-id", roles=["a", "b", "a"]).roles == ("b", "a")
    with pytest.raises(SilentFailure, match="`roles` of the user 'anna-id' was not changed"):
        iam.update_user("anna-id", roles=["a"])
    with pytest.raises(SilentFailure, match="`name` of the user 'anna-id' was not changed"):
        iam.update_user("anna-id", name="Anne")


# --- changes that are read back -------------------------------------------------------------------


def test_changes() -> None:
    iam, there = service()
    iam.disable_user("anna-id")
    assert there.users["anna-id"]["enabled"] is False
    iam.enable_user("anna-id", workspace="acme")
    assert there.users["anna-id"]["enabled"] is True
    iam.delete_user("anna-id")
    assert [*there.users] == ["root-id"]
    assert [call["operation"] for call in there.calls] == [
        "disable-user",
        "get-user",
        "enable-user",
        "get-user",
        "get-user",
        "delete-user",
        "list-users",
    ]


def test_the_last_user_of_a_workspace_can_be_deleted() -> None:
    iam, there = service()
    there.users["anna-id"]["default_workspace"] = "other"
    iam.delete_user("anna-id", workspace="other")
    assert [*there.users] == ["root-id"]


@pytest.mark.parametrize("operation", CHANGES)
def test_a_change_that_is_not_done(operation: str) -> None:
    iam, there = service(deaf=operation.replace("_", "-"))
    there.users["anna-id"]["enabled"] = operation != "enable_user"
    with pytest.raises(SilentFailure, match=r"^iam: .*the gateway lost the") as failed:
        getattr(iam, operation)(**CHANGES[operation])
    assert "hush" not in str(failed.value)


@pytest.mark.parametrize("operation", CHANGES)
def test_a_gateway_without_users(operation: str) -> None:
    iam = Iam(WithoutUsers(GENERATION_2, []))
    with pytest.raises(SilentFailure):
        getattr(iam, operation)(**CHANGES[operation])
    assert iam.whoami().username == "anonymous"


# --- wrong arguments, and the other colour ---------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "arguments", "kind", "said"),
    [
        ("list_users", {"workspace": ""}, ValueError, "workspace must not be empty"),
        ("get_user", {"user_id": ""}, ValueError, "user_id must not be empty"),
        ("get_user", {"user_id": "u", "workspace": 1}, TypeError, "workspace must be a str"),
        ("create_user", {"username": "", "password": "p"}, ValueError, "username must not be empty"),
        ("create_user", {"username": "u", "password": ""}, ValueError, "password must not be empty"),
        (
            "create_user",
            {"username": "u", "password": b"hush"},
            TypeError,
            "password must be a str, not bytes",
        ),
        (
            "create_user",
            {"username": "u", "password": "p", "roles": "admin"},
            TypeError,
            "roles must be a list",
        ),
        (
            "create_user",
            {"username": "u", "password": "p", "enabled": "no"},
            TypeError,
            "enabled must be a bool",
        ),
        (
            "create_user",
            {"username": "u", "password": "p", "workspace": ""},
            ValueError,
            "workspace must not",
        ),
        ("update_user", {"user_id": "u", "name": ""}, ValueError, "name must not be empty"),
        ("update_user", {"user_id": "u", "email": ""}, ValueError, "email must not be empty"),
        ("update_user", {"user_id": "u", "roles": []}, ValueError, "roles must not be empty: the service"),
        ("update_user", {"user_id": "u", "enabled": 0}, TypeError, "enabled must be a bool"),
        ("update_user", {"user_id": "u", "workspace": ""}, ValueError, "workspace must not be empty"),
        ("disable_user", {"user_id": 5}, TypeError, "user_id must be a str"),
        ("enable_user", {"user_id": ""}, ValueError, "user_id must not be empty"),
        ("delete_user", {"user_id": "u", "workspace": ""}, ValueError, "workspace must not be empty"),
    ],
)
def test_wrong_arguments(operation: str, arguments: dict[str, Any], kind: type[Exception], said: str) -> None:
    iam, there = service()
    with pytest.raises(kind, match=f"^{said}"):
        getattr(iam, operation)(**arguments)
    assert there.calls == []


def test_awaited() -> None:
    who = payloads("2.11.1 iam whoami")[0]
    iam = AsyncIam(AsyncScript(GENERATION_2, [who, b"{}", who]))
    assert run(iam.whoami()).username == "admin"
    run(iam.enable_user("e6a1614d-90e7-452d-8a4e-c99844932cdf"))
