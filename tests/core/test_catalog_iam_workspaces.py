"""Workspaces: what is sent, and that changes are read back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.catalogue import AsyncScript, body, run
from tests.core.identity_service import service
from tgproto.catalog import AsyncIam, IamCalls
from tgproto.dialect import GENERATION_2
from tgproto.errors import NotFoundError, SilentFailure
from tgproto.types import WorkspaceRecord

CALLS = IamCalls()
ACME = WorkspaceRecord("acme", "Acme", True)


def test_reading() -> None:
    iam, there = service()
    assert iam.get_workspace("acme") == ACME
    assert iam.list_workspaces() == iam.list_my_workspaces() == [ACME]
    assert there.calls == [
        {"operation": "get-workspace", "workspace_record": {"id": "acme"}},
        {"operation": "list-workspaces"},
        {"operation": "list-my-workspaces"},
    ]


@pytest.mark.parametrize("operation", ["list_workspaces", "list_my_workspaces"])
def test_there_is_always_one(operation: str) -> None:
    iam, _ = service(deaf=operation.replace("_", "-"))
    with pytest.raises(SilentFailure):
        getattr(iam, operation)()


@pytest.mark.parametrize("hides", [True, False])
@pytest.mark.parametrize("operation", ["get_workspace", "update_workspace", "disable_workspace"])
def test_one_that_is_not_there(operation: str, hides: bool) -> None:
    iam, _ = service(hides=hides)
    with pytest.raises(SilentFailure if hides else NotFoundError):
        getattr(iam, operation)("nowhere")


def test_create() -> None:
    iam, there = service()
    assert iam.create_workspace("new") == WorkspaceRecord("new", "new", True)
    assert iam.create_workspace("other", "Other", enabled=False) == WorkspaceRecord("other", "Other", False)
    assert iam.create_workspace("acme", "Renamed") == ACME
    assert [call["workspace_record"] for call in there.calls] == [
        {"id": "new", "enabled": True},
        {"id": "other", "enabled": False, "name": "Other"},
        {"id": "acme", "enabled": True, "name": "Renamed"},
    ]
    with pytest.raises(SilentFailure, match=r"^iam: there is no workspace 'new', or the gateway lost"):
        service(deaf="create-workspace")[0].create_workspace("new")


def test_update_tells_everything() -> None:
    iam, there = service()
    there.workspaces["acme"]["enabled"] = False
    assert iam.update_workspace("acme", "Acme Ltd") == WorkspaceRecord("acme", "Acme Ltd", False)
    told = {"id": "acme", "name": "Acme Ltd", "enabled": False}
    assert there.calls == [
        {"operation": "get-workspace", "workspace_record": {"id": "acme"}},
        {"operation": "update-workspace", "workspace_record": told},
    ]


@settings(max_examples=30)
@given(
    st.fixed_dictionaries(
        {},
        optional={"name": st.none() | st.text(min_size=1, max_size=3), "enabled": st.none() | st.booleans()},
    ),
    st.booleans(),
)
def test_what_is_not_given_stays(changes: dict[str, Any], enabled: bool) -> None:
    iam, there = service()
    there.workspaces["acme"]["enabled"] = enabled
    given = {name: value for name, value in changes.items() if value is not None}
    expected = {**there.workspaces["acme"], **given}
    assert iam.update_workspace("acme", **changes).members() == expected == there.workspaces["acme"]


@pytest.mark.parametrize("changes", [{"name": "New"}, {"enabled": False}])
def test_an_update_that_is_not_done(changes: dict[str, Any]) -> None:
    iam, there = service()
    there.do_update_workspace = there.do_get_workspace  # type: ignore[method-assign]
    with pytest.raises(SilentFailure, match=r"^iam: the workspace 'acme' was not changed, and the gateway"):
        iam.update_workspace("acme", **changes)


def test_disable_is_read_back() -> None:
    iam, there = service()
    iam.disable_workspace("acme")
    assert there.workspaces["acme"]["enabled"] is False
    assert [call["operation"] for call in there.calls] == ["disable-workspace", "get-workspace"]
    with pytest.raises(SilentFailure, match=r"^iam: the workspace 'acme' was not disabled, and the gateway"):
        service(deaf="disable-workspace")[0].disable_workspace("acme")


@pytest.mark.parametrize(
    ("operation", "arguments", "kind", "said"),
    [
        ("get_workspace", {"id": ""}, ValueError, "id must not be empty"),
        ("create_workspace", {"id": 5}, TypeError, "id must be a str, not int"),
        ("create_workspace", {"id": "_x"}, ValueError, "id must not begin with _"),
        ("create_workspace", {"id": "x", "name": 5}, TypeError, "name must be a str"),
        ("create_workspace", {"id": "x", "enabled": None}, TypeError, "enabled must be a bool"),
        ("update_workspace", {"id": ""}, ValueError, "id must not be empty"),
        ("update_workspace", {"id": "x", "name": ""}, ValueError, "name must not be empty"),
        ("update_workspace", {"id": "x", "enabled": 1}, TypeError, "enabled must be a bool"),
        ("disable_workspace", {"id": None}, TypeError, "id must be a str"),
    ],
)
def test_wrong_arguments(operation: str, arguments: dict[str, Any], kind: type[Exception], said: str) -> None:
    iam, there = service()
    with pytest.raises(kind, match=f"^{said}"):
        getattr(iam, operation)(**arguments)
    assert there.calls == []


def test_awaited() -> None:
    there, gone = (b'{"workspace":{"id":"w","enabled":%b}}' % flag for flag in (b"true", b"false"))
    iam = AsyncIam(AsyncScript(GENERATION_2, [there, b"{}", gone]))
    assert run(iam.create_workspace("w")).enabled
    run(iam.disable_workspace("w"))
    assert body(CALLS.list_workspaces()) == {"operation": "list-workspaces"}
