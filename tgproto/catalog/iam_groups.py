"""Groups of users, and grants; the enterprise service for users and keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from tgproto.catalog import arguments as check
from tgproto.catalog.administration import NOTHING
from tgproto.catalog.bind import operation, procedure
from tgproto.catalog.call import Call
from tgproto.catalog.iam_scope import IamScope
from tgproto.catalog.identities import GRANTS, GROUP, GROUPS, MEMBERS, PERMISSIONS
from tgproto.catalog.steps import Steps, step
from tgproto.types.wire import Json


@dataclass(frozen=True)
class GroupOps(IamScope):
    """Groups and grants, on gateways with the enterprise service for users and keys.

    The open-source service refuses all of it with `invalid-argument`, which gateways from 2.10.6 on do not
    show: there each operation raises `SilentFailure`. What the enterprise service answers is its own, and not
    described in public: JSON that is returned decoded. It takes the capability `iam:admin`.
    """

    entries: ClassVar = {
        "iam create-group": "create_group",
        "iam get-group": "get_group",
        "iam list-groups": "list_groups",
        "iam update-group": "update_group",
        "iam delete-group": "delete_group",
        "iam add-group-member": "add_group_member",
        "iam remove-group-member": "remove_group_member",
        "iam list-group-members": "list_group_members",
        "iam add-group-grant": "add_group_grant",
        "iam remove-group-grant": "remove_group_grant",
        "iam list-group-grants": "list_group_grants",
        "iam add-user-grant": "add_user_grant",
        "iam remove-user-grant": "remove_user_grant",
        "iam list-user-grants": "list_user_grants",
        "iam resolve-effective-permissions": "resolve_effective_permissions",
    }

    @operation
    def create_group(
        self, name: str, description: str = "", *, enabled: bool = True, group_id: str | None = None
    ) -> Call[Json]:
        """Make a group.

        Args:
            name: What to call it.
            description: What people are to read about it.
            enabled: Whether it counts.
            group_id: Its id; None if the service is to choose one.

        Returns:
            What the service says of the group.

        Raises:
            InvalidArgumentError: The service knows no groups; gateways up to 2.10.5.
            SilentFailure: The same from later gateways, or the service refused.
            TypeError: An argument is of the wrong type.
            ValueError: The name or the id is empty.
        """
        told = {"group": _group(name, description, enabled)}
        return self._call(
            "create-group", {"group_id": check.optional(check.name_of, "group_id", group_id), **told}, GROUP
        )

    @operation
    def get_group(self, group_id: str) -> Call[Json]:
        """Look up a group.

        Args:
            group_id: Its id.

        Returns:
            What the service says of the group.

        Raises:
            InvalidArgumentError: The service knows no groups; gateways up to 2.10.5.
            SilentFailure: The same from later gateways, or the service refused.
            TypeError: The id is no string.
            ValueError: The id is empty.
        """
        return self._call("get-group", _of_group(group_id), GROUP)

    @operation
    def list_groups(self) -> Call[Json]:
        """List the groups.

        Returns:
            What the service says of the groups.

        Raises:
            InvalidArgumentError: The service knows no groups; gateways up to 2.10.5.
            SilentFailure: The same from later gateways, or the service refused.
        """
        return self._call("list-groups", {}, GROUPS)

    @operation
    def update_group(
        self, group_id: str, name: str, description: str = "", *, enabled: bool = True
    ) -> Call[Json]:
        """Describe a group anew. The gateway passes on all of it: what is not given becomes its default.

        Args:
            group_id: Its id.
            name: What to call it.
            description: What people are to read about it.
            enabled: Whether it counts.

        Returns:
            What the service says of the group.

        Raises:
            InvalidArgumentError: The service knows no groups; gateways up to 2.10.5.
            SilentFailure: The same from later gateways, or the service refused.
            TypeError: An argument is of the wrong type.
            ValueError: The name or the id is empty.
        """
        told = {**_of_group(group_id), "group": _group(name, description, enabled)}
        return self._call("update-group", told, GROUP)

    @procedure
    def delete_group(self, group_id: str) -> Steps[Json]:
        """Delete a group, and list those that are left.

        Args:
            group_id: Its id.

        Returns:
            What the service says of the groups afterwards: see whether it is gone.

        Raises:
            InvalidArgumentError: The service knows no groups; gateways up to 2.10.5.
            SilentFailure: The same from later gateways.
            TypeError: The id is no string.
            ValueError: The id is empty.
        """
        yield from step(self._call("delete-group", _of_group(group_id), NOTHING))
        return (yield from step(self._call("list-groups", {}, GROUPS)))

    @procedure
    def add_group_member(self, group_id: str, member_type: str, member_id: str) -> Steps[Json]:
        """Put a member into a group, and list the members.

        Args:
            group_id: Id of the group.
            member_type: What kind of member it is, as the service calls it.
            member_id: Its id.

        Returns:
            What the service says of the members afterwards: see whether it is there.

        Raises:
            InvalidArgumentError: The service knows no groups; gateways up to 2.10.5.
            SilentFailure: The same from later gateways.
            TypeError: An argument is no string.
            ValueError: An argument is empty.
        """
        return (yield from self._change_member("add", group_id, member_type, member_id))

    @procedure
    def remove_group_member(self, group_id: str, member_type: str, member_id: str) -> Steps[Json]:
        """Take a member out of a group, and list the members.

        Args:
            group_id: Id of the group.
            member_type: What kind of member it is, as the service calls it.
            member_id: Its id.

        Returns:
            What the service says of the members afterwards: see whether it is gone.

        Raises:
            InvalidArgumentError: The service knows no groups; gateways up to 2.10.5.
            SilentFailure: The same from later gateways.
            TypeError: An argument is no string.
            ValueError: An argument is empty.
        """
        return (yield from self._change_member("remove", group_id, member_type, member_id))

    @operation
    def list_group_members(self, group_id: str) -> Call[Json]:
        """List the members of a group.

        Args:
            group_id: Id of the group.

        Returns:
            What the service says of the members.

        Raises:
            InvalidArgumentError: The service knows no groups; gateways up to 2.10.5.
            SilentFailure: The same from later gateways, or the service refused.
            TypeError: The id is no string.
            ValueError: The id is empty.
        """
        return self._call("list-group-members", _of_group(group_id), MEMBERS)

    @procedure
    def add_group_grant(self, group_id: str, capability: str, workspace: str | None = None) -> Steps[Json]:
        """Grant a capability to a group, and list its grants.

        Args:
            group_id: Id of the group.
            capability: What its members may do, for instance `config:read`.
            workspace: Where they may; None leaves that to the service.

        Returns:
            What the service says of the grants afterwards: see whether it is there.

        Raises:
            InvalidArgumentError: The service knows no grants; gateways up to 2.10.5.
            SilentFailure: The same from later gateways.
            TypeError: An argument is no string.
            ValueError: An argument is empty.
        """
        whose, grant = _of_group(group_id), _grant(capability, workspace)
        return (yield from self._change_grant("add", whose, grant))

    @procedure
    def remove_group_grant(self, group_id: str, capability: str, workspace: str | None = None) -> Steps[Json]:
        """Take a capability from a group, and list its grants.

        Args:
            group_id: Id of the group.
            capability: What its members may do no longer.
            workspace: Where they may not; None leaves that to the service.

        Returns:
            What the service says of the grants afterwards: see whether it is gone.

        Raises:
            InvalidArgumentError: The service knows no grants; gateways up to 2.10.5.
            SilentFailure: The same from later gateways.
            TypeError: An argument is no string.
            ValueError: An argument is empty.
        """
        whose, grant = _of_group(group_id), _grant(capability, workspace)
        return (yield from self._change_grant("remove", whose, grant))

    @operation
    def list_group_grants(self, group_id: str) -> Call[Json]:
        """List the grants of a group.

        Args:
            group_id: Id of the group.

        Returns:
            What the service says of the grants.

        Raises:
            InvalidArgumentError: The service knows no grants; gateways up to 2.10.5.
            SilentFailure: The same from later gateways, or the service refused.
            TypeError: The id is no string.
            ValueError: The id is empty.
        """
        return self._call("list-group-grants", _of_group(group_id), GRANTS)

    @procedure
    def add_user_grant(self, user_id: str, capability: str, workspace: str | None = None) -> Steps[Json]:
        """Grant a capability to a user, and list the user's grants.

        Args:
            user_id: Id of the user.
            capability: What the user may do, for instance `config:read`.
            workspace: Where the user may; None leaves that to the service.

        Returns:
            What the service says of the grants afterwards: see whether it is there.

        Raises:
            InvalidArgumentError: The service knows no grants; gateways up to 2.10.5.
            SilentFailure: The same from later gateways.
            TypeError: An argument is no string.
            ValueError: An argument is empty.
        """
        whose, grant = _of_user(user_id), _grant(capability, workspace)
        return (yield from self._change_grant("add", whose, grant))

    @procedure
    def remove_user_grant(self, user_id: str, capability: str, workspace: str | None = None) -> Steps[Json]:
        """Take a capability from a user, and list the user's grants.

        Args:
            user_id: Id of the user.
            capability: What the user may do no longer.
            workspace: Where the user may not; None leaves that to the service.

        Returns:
            What the service says of the grants afterwards: see whether it is gone.

        Raises:
            InvalidArgumentError: The service knows no grants; gateways up to 2.10.5.
            SilentFailure: The same from later gateways.
            TypeError: An argument is no string.
            ValueError: An argument is empty.
        """
        whose, grant = _of_user(user_id), _grant(capability, workspace)
        return (yield from self._change_grant("remove", whose, grant))

    @operation
    def list_user_grants(self, user_id: str) -> Call[Json]:
        """List the grants of a user.

        Args:
            user_id: Id of the user.

        Returns:
            What the service says of the grants.

        Raises:
            InvalidArgumentError: The service knows no grants; gateways up to 2.10.5.
            SilentFailure: The same from later gateways, or the service refused.
            TypeError: The id is no string.
            ValueError: The id is empty.
        """
        return self._call("list-user-grants", _of_user(user_id), GRANTS)

    @operation
    def resolve_effective_permissions(self, user_id: str) -> Call[Json]:
        """Ask what a user may do, all in all.

        Args:
            user_id: Id of the user.

        Returns:
            What the service says of it.

        Raises:
            InvalidArgumentError: The service knows no grants; gateways up to 2.10.5.
            SilentFailure: The same from later gateways, or the service refused.
            TypeError: The id is no string.
            ValueError: The id is empty.
        """
        return self._call("resolve-effective-permissions", _of_user(user_id), PERMISSIONS)

    def _change_member(self, verb: str, group_id: str, member_type: str, member_id: str) -> Steps[Json]:
        member = {
            "member_type": check.name_of("member_type", member_type),
            "member_id": check.name_of("member_id", member_id),
        }
        group = _of_group(group_id)
        yield from step(self._call(f"{verb}-group-member", {**group, **member}, NOTHING))
        return (yield from step(self._call("list-group-members", group, MEMBERS)))

    def _change_grant(
        self, verb: str, whose: Mapping[str, object], grant: Mapping[str, object]
    ) -> Steps[Json]:
        kind = "group" if "group_id" in whose else "user"
        yield from step(self._call(f"{verb}-{kind}-grant", {**whose, **grant}, NOTHING))
        return (yield from step(self._call(f"list-{kind}-grants", whose, GRANTS)))


def _of_group(group_id: str) -> dict[str, object]:
    return {"group_id": check.name_of("group_id", group_id)}


def _of_user(user_id: str) -> dict[str, object]:
    return {"user_id": check.name_of("user_id", user_id)}


def _group(name: str, description: str, enabled: bool) -> dict[str, object]:
    return {
        "name": check.name_of("name", name),
        "description": check.text("description", description),
        "enabled": check.flag("enabled", enabled),
    }


def _grant(capability: str, workspace: str | None) -> dict[str, object]:
    grant = {"capability": check.name_of("capability", capability)}
    if workspace is not None:
        grant["workspace"] = check.name_of("workspace", workspace)
    return {"grant": grant}
