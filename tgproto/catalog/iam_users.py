"""Users: who may use the gateway, and as what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, cast

from tgproto.catalog import arguments as check
from tgproto.catalog.administration import NOTHING
from tgproto.catalog.bind import operation, procedure
from tgproto.catalog.call import Call, leading_to
from tgproto.catalog.iam_scope import IamScope, undone
from tgproto.catalog.identities import ALL_USERS, SOME_USERS, Users, user_named, user_of
from tgproto.catalog.steps import Steps, step
from tgproto.secrets import Secret
from tgproto.types.records import UserRecord


@dataclass(frozen=True)
class UserOps(IamScope):
    """Users, who belong to the gateway; each has a home, the workspace of requests that name none.

    Where an operation takes `workspace`, it is a check: the service refuses if the user's home is elsewhere.
    """

    entries: ClassVar = {
        "iam whoami": "whoami",
        "iam list-users": "list_users",
        "iam get-user": "get_user",
        "iam create-user": "create_user",
        "iam update-user": "update_user",
        "iam disable-user": "disable_user",
        "iam enable-user": "enable_user",
        "iam delete-user": "delete_user",
    }

    @operation
    def whoami(self) -> Call[UserRecord]:
        """Ask who the caller is, and so for the caller's default workspace.

        Returns:
            The user, with the `default_workspace`, possibly empty.

        Raises:
            SilentFailure: There is nobody to name, as on a gateway without authentication, or the gateway
                lost an error.
        """
        return self._who()

    @operation
    def list_users(self, workspace: str | None = None) -> Call[Users]:
        """List the users. It takes the role `admin`.

        Args:
            workspace: Only those whose home it is; None for all.

        Returns:
            The users. With a workspace possibly none, also if the gateway (2.10.6 and later) lost an error.

        Raises:
            AccessDenied: The caller may not.
            SilentFailure: Without a workspace: there are none, so the gateway lost an error.
            TypeError: The workspace is no string.
            ValueError: The workspace is empty.
        """
        return self._list(workspace)

    @operation
    def get_user(self, user_id: str, *, workspace: str | None = None) -> Call[UserRecord]:
        """Look up a user. It takes the role `admin`.

        Args:
            user_id: Id of the user, not the name to log in with.
            workspace: Where the user must be at home; None for anywhere.

        Returns:
            What is known of the user.

        Raises:
            AccessDenied: The caller may not.
            NotFoundError: There is no such user; gateways up to 2.10.5.
            OperationNotPermitted: The user is at home elsewhere; gateways up to 2.10.5.
            SilentFailure: The same from later gateways; or there are no users at all on this one.
            TypeError: An argument is of the wrong type.
            ValueError: An argument is empty.
        """
        return self._user(check.name_of("user_id", user_id), workspace)

    @procedure
    def create_user(
        self,
        username: str,
        password: str | Secret,
        *,
        workspace: str | None = None,
        name: str | None = None,
        email: str | None = None,
        roles: Sequence[str] = (),
        enabled: bool = True,
        must_change_password: bool = False,
    ) -> Steps[UserRecord]:
        """Add a user. It takes the role `admin`.

        Args:
            username: Name to log in with; there must be no other of this name.
            password: Password to log in with.
            workspace: The user's home, which must exist. None for the workspace of the options, or else that
                of the caller.
            name: What to call the user; None for the name to log in with.
            email: Address.
            roles: Names of the roles; those of the open-source service are `reader`, `writer` and `admin`. A
                user without a role may do nothing.
            enabled: Whether the user may use the gateway.
            must_change_password: Whether the password is to be changed; the gateway only keeps that.

        Returns:
            The new user, with its id.

        Raises:
            AccessDenied: The caller may not.
            DuplicateError: There is a user of this name; gateways up to 2.10.5.
            NotFoundError: There is no such workspace, or it is disabled; gateways up to 2.10.5.
            SilentFailure: The same from later gateways; or there are no users on this one.
            TypeError: An argument is of the wrong type.
            ValueError: The name to log in with, the password, or the workspace is empty.
        """
        name_to_log_in = check.name_of("username", username)
        user: dict[str, object] = {
            "username": name_to_log_in,
            "password": check.secret("password", password),
            "name": check.optional(check.text, "name", name),
            "email": check.optional(check.text, "email", email),
            "roles": check.texts("roles", roles),
            "enabled": check.flag("enabled", enabled),
            "must_change_password": check.flag("must_change_password", must_change_password),
        }
        home = check.optional(check.name_of, "workspace", workspace) or self.options.workspace
        if home is None:
            home = (yield from step(leading_to("iam create-user", self._who()))).default_workspace
        create = self._call(
            "create-user", {"workspace": home, "user": _given(user)}, user_named(name_to_log_in)
        )
        return (yield from step(create))

    @procedure
    def update_user(
        self,
        user_id: str,
        *,
        name: str | None = None,
        email: str | None = None,
        roles: Sequence[str] | None = None,
        enabled: bool | None = None,
        must_change_password: bool | None = None,
        workspace: str | None = None,
    ) -> Steps[UserRecord]:
        """Change what is known of a user. What is not given stays. It takes the role `admin`.

        The user is read first: the gateway takes a missing `enabled` for true, and a missing
        `must_change_password` for false. The service keeps what is empty, so nothing can be emptied (gateway
        `iam/service/iam.py`, 2.11.1). The name to log in with cannot be changed.

        Args:
            user_id: Id of the user.
            name: What to call the user.
            email: Address.
            roles: Names of the roles, one at least.
            enabled: Whether the user may use the gateway.
            must_change_password: Whether the password is to be changed.
            workspace: Where the user must be at home; None for anywhere.

        Returns:
            What is known of the user now.

        Raises:
            AccessDenied: The caller may not.
            NotFoundError: There is no such user; gateways up to 2.10.5.
            SilentFailure: The same from later gateways; or it was not changed, and the error is lost.
            TypeError: An argument is of the wrong type.
            ValueError: An argument is empty.
        """
        user_id = check.name_of("user_id", user_id)
        wanted: dict[str, object] = {
            "name": check.optional(check.name_of, "name", name),
            "email": check.optional(check.name_of, "email", email),
            "roles": check.optional(_roles, "roles", roles),
            "enabled": check.optional(check.flag, "enabled", enabled),
            "must_change_password": check.optional(check.flag, "must_change_password", must_change_password),
        }
        there = yield from step(leading_to("iam update-user", self._user(user_id, workspace)))
        kept = {"enabled": there.enabled, "must_change_password": there.must_change_password}
        update = self._call(
            "update-user",
            {"user_id": user_id, "workspace": workspace, "user": {**kept, **_given(wanted)}},
            user_of(user_id),
        )
        changed = yield from step(update)
        for member, value in _given(wanted).items():
            now = getattr(changed, member)
            if now != value and not (isinstance(value, list) and set(now) == set(cast("list[str]", value))):
                raise undone(update, f"`{member}` of the user {user_id!r} was not changed")
        return changed

    @procedure
    def disable_user(self, user_id: str, *, workspace: str | None = None) -> Steps[None]:
        """Lock a user out, and see that it is so. It takes the role `admin`.

        The service also deletes the user's API keys. Gateways forget them within a minute.

        Args:
            user_id: Id of the user.
            workspace: Where the user must be at home; None for anywhere.

        Raises:
            AccessDenied: The caller may not.
            NotFoundError: There is no such user; gateways up to 2.10.5.
            SilentFailure: The same from later gateways; or the user is not disabled afterwards.
            TypeError: An argument is of the wrong type.
            ValueError: An argument is empty.
        """
        yield from self._enable(check.name_of("user_id", user_id), workspace, enabled=False)

    @procedure
    def enable_user(self, user_id: str, *, workspace: str | None = None) -> Steps[None]:
        """Let a user in again, and see that it is so. It takes the role `admin`.

        The service does not bring the user's API keys back.

        Args:
            user_id: Id of the user.
            workspace: Where the user must be at home; None for anywhere.

        Raises:
            AccessDenied: The caller may not.
            NotFoundError: There is no such user; gateways up to 2.10.5.
            SilentFailure: The same from later gateways; or the user is not enabled afterwards.
            TypeError: An argument is of the wrong type.
            ValueError: An argument is empty.
        """
        yield from self._enable(check.name_of("user_id", user_id), workspace, enabled=True)

    @procedure
    def delete_user(self, user_id: str, *, workspace: str | None = None) -> Steps[None]:
        """Delete a user with all API keys, and see that it is so. It takes the role `admin`.

        Args:
            user_id: Id of the user.
            workspace: Where the user must be at home; None for anywhere.

        Raises:
            AccessDenied: The caller may not.
            NotFoundError: There is no such user; gateways up to 2.10.5.
            SilentFailure: The same from later gateways; or the user is still there afterwards.
            TypeError: An argument is of the wrong type.
            ValueError: An argument is empty.
        """
        user_id = check.name_of("user_id", user_id)
        delete = self._about("delete-user", user_id, workspace, NOTHING)
        yield from step(leading_to("iam delete-user", self._user(user_id, workspace)))
        yield from step(delete)
        left = yield from step(self._list(workspace))
        if any(user.id == user_id for user in left):
            raise undone(delete, f"the user {user_id!r} was not deleted")

    def _enable(self, user_id: str, workspace: str | None, *, enabled: bool) -> Steps[None]:
        """Let a user in, or lock out, and see that it is so."""
        verb = "enable" if enabled else "disable"
        change = self._about(f"{verb}-user", user_id, workspace, NOTHING)
        yield from step(change)
        there = yield from step(self._user(user_id, workspace))
        if there.enabled is not enabled:
            raise undone(change, f"the user {user_id!r} was not {verb}d")

    def _list(self, workspace: str | None) -> Call[Users]:
        home = check.optional(check.name_of, "workspace", workspace)
        return self._call("list-users", {"workspace": home}, SOME_USERS if home else ALL_USERS)


def _given(members: Mapping[str, object]) -> dict[str, object]:
    """Return what is given: the gateway takes no null there."""
    return {member: value for member, value in members.items() if value is not None}


def _roles(name: str, value: object) -> list[str]:
    roles = check.texts(name, value)
    if not roles:
        raise ValueError(f"{name} must not be empty: the service would keep the old ones")
    return roles
