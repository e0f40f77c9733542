"""Workspaces: which there are, and which may be used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tgproto.catalog import arguments as check
from tgproto.catalog.administration import NOTHING
from tgproto.catalog.bind import operation, procedure
from tgproto.catalog.call import Call, leading_to
from tgproto.catalog.iam_scope import IamScope, undone
from tgproto.catalog.identities import WORKSPACES, Workspaces, workspace_of
from tgproto.catalog.steps import Steps, step
from tgproto.types.identities import WorkspaceRecord


@dataclass(frozen=True)
class WorkspaceOps(IamScope):
    """The workspaces of a gateway. A gateway without authentication keeps no record of them."""

    entries: ClassVar = {
        "iam list-my-workspaces": "list_my_workspaces",
        "iam list-workspaces": "list_workspaces",
        "iam get-workspace": "get_workspace",
        "iam create-workspace": "create_workspace",
        "iam update-workspace": "update_workspace",
        "iam disable-workspace": "disable_workspace",
    }

    @operation
    def list_my_workspaces(self) -> Call[Workspaces]:
        """List the workspaces that the caller may use: its home, or all for the role `admin`.

        Returns:
            The workspaces, one at least.

        Raises:
            SilentFailure: The service failed, and the gateway (2.10.6 and later) lost the error; or there is
                no record of workspaces.
        """
        return self._call("list-my-workspaces", {}, WORKSPACES)

    @operation
    def list_workspaces(self) -> Call[Workspaces]:
        """List all workspaces. It takes the role `admin`.

        Returns:
            The workspaces, one at least.

        Raises:
            AccessDenied: The caller may not.
            SilentFailure: The service failed, and the gateway (2.10.6 and later) lost the error; or there is
                no record of workspaces.
        """
        return self._call("list-workspaces", {}, WORKSPACES)

    @operation
    def get_workspace(self, id: str) -> Call[WorkspaceRecord]:  # noqa: A002
        """Look up a workspace. It takes the role `admin`.

        Args:
            id: Its id.

        Returns:
            What is known of it.

        Raises:
            AccessDenied: The caller may not.
            NotFoundError: There is no such workspace; gateways up to 2.10.5.
            SilentFailure: The same from later gateways; or there is no record of workspaces.
            TypeError: The id is no string.
            ValueError: The id is empty.
        """
        return self._get(check.name_of("id", id))

    @operation
    def create_workspace(
        self,
        id: str,  # noqa: A002
        name: str | None = None,
        *,
        enabled: bool = True,
    ) -> Call[WorkspaceRecord]:
        """Make a workspace. One that is there already stays as it is. It takes the role `admin`.

        Gateways hear of it by a notification, a moment later.

        Args:
            id: Its id, which does not begin with `_`.
            name: What to call it; None for the id.
            enabled: Whether it may be used.

        Returns:
            What is known of it: look whether it is what was asked for.

        Raises:
            AccessDenied: The caller may not.
            SilentFailure: It was not made, and the gateway (2.10.6 and later) lost the error; or there is no
                record of workspaces, and it was made.
            TypeError: An argument is of the wrong type.
            ValueError: The id is empty, or begins with `_`.
        """
        workspace_id = check.name_of("id", id)
        if workspace_id.startswith("_"):
            raise ValueError("id must not begin with _: the gateway keeps such workspaces for itself")
        told: dict[str, object] = {"id": workspace_id, "enabled": check.flag("enabled", enabled)}
        if name is not None:
            told["name"] = check.text("name", name)
        return self._call("create-workspace", {"workspace_record": told}, workspace_of(workspace_id))

    @procedure
    def update_workspace(
        self,
        id: str,  # noqa: A002
        name: str | None = None,
        *,
        enabled: bool | None = None,
    ) -> Steps[WorkspaceRecord]:
        """Change what is known of a workspace. What is not given stays. It takes the role `admin`.

        The workspace is read first: the gateway takes a missing `enabled` for true.

        Args:
            id: Its id.
            name: What to call it.
            enabled: Whether it may be used.

        Returns:
            What is known of it now.

        Raises:
            AccessDenied: The caller may not.
            NotFoundError: There is no such workspace; gateways up to 2.10.5.
            SilentFailure: The same from later gateways; or it was not changed, and the error is lost.
            TypeError: An argument is of the wrong type.
            ValueError: The id or the name is empty.
        """
        workspace_id = check.name_of("id", id)
        new_name = check.optional(check.name_of, "name", name)
        usable = check.optional(check.flag, "enabled", enabled)
        there = yield from step(leading_to("iam update-workspace", self._get(workspace_id)))
        told: dict[str, object] = {
            "id": workspace_id,
            "name": there.name if new_name is None else new_name,
            "enabled": there.enabled if usable is None else usable,
        }
        update = self._call("update-workspace", {"workspace_record": told}, workspace_of(workspace_id))
        changed = yield from step(update)
        if (changed.name, changed.enabled) != (told["name"], told["enabled"]):
            raise undone(update, f"the workspace {workspace_id!r} was not changed")
        return changed

    @procedure
    def disable_workspace(self, id: str) -> Steps[None]:  # noqa: A002
        """Close a workspace, and see that it is so. It takes the role `admin`.

        The service also disables the users who are at home there, and deletes their API keys.

        Args:
            id: Its id.

        Raises:
            AccessDenied: The caller may not.
            NotFoundError: There is no such workspace; gateways up to 2.10.5.
            SilentFailure: The same from later gateways; or the workspace is not disabled afterwards.
            TypeError: The id is no string.
            ValueError: The id is empty.
        """
        workspace_id = check.name_of("id", id)
        disable = self._call("disable-workspace", {"workspace_record": {"id": workspace_id}}, NOTHING)
        yield from step(disable)
        if (yield from step(self._get(workspace_id))).enabled:
            raise undone(disable, f"the workspace {workspace_id!r} was not disabled")

    def _get(self, workspace_id: str) -> Call[WorkspaceRecord]:
        told = {"workspace_record": {"id": workspace_id}}
        return self._call("get-workspace", told, workspace_of(workspace_id))
