"""Who asks: what a token stands for, and what that caller may do."""

from __future__ import annotations

from dataclasses import dataclass

from tgproto.gateway.roles import ADMIN, OWNER, allow

EVERYWHERE = "*"
"""Stands for every workspace, which is what an administrator's key opens."""

_SHOWN = {OWNER: "writer"}
"""Roles that have another name in records, since there are no such real ones."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody whose token was accepted.

    Attributes:
        name: User name, as `whoami` says it.
        workspaces: What the caller may use: the own workspace first; perhaps `EVERYWHERE` behind it.
        roles: Names of the roles; none stands for `admin` if `EVERYWHERE` is there, else for `owner`.
        bound: The workspace that a token is bound to instead of the own one; empty for none.
    """

    name: str
    workspaces: tuple[str, ...]
    roles: tuple[str, ...] = ()
    bound: str = ""

    @property
    def id(self) -> str:
        """The id of the user."""
        return user_id(self.name)

    @property
    def default_workspace(self) -> str:
        """The workspace that is meant where a request names none."""
        return self.bound or self.workspaces[0]

    def may_use(self, workspace: str) -> bool:
        """Return whether this caller has access to a workspace."""
        return workspace in self.workspaces or EVERYWHERE in self.workspaces

    def may(self, capability: str, workspace: str | None = None) -> bool:
        """Return whether this caller may do something.

        Args:
            capability: What is needed, such as `config:write`.
            workspace: Where; None for anywhere.
        """
        return allow(self._roles, capability) and (workspace is None or self.may_use(workspace))

    @property
    def _roles(self) -> tuple[str, ...]:
        return self.roles or (ADMIN if EVERYWHERE in self.workspaces else OWNER,)

    def record(self) -> dict[str, object]:
        """Return the user as IAM describes one. The time of creation is made up: there is no clock here."""
        return {
            "id": self.id,
            "default_workspace": self.workspaces[0],
            "username": self.name,
            "name": self.name,
            "email": "",
            "roles": [_SHOWN.get(role, role) for role in self._roles if role],
            "enabled": True,
            "must_change_password": False,
            "created": "2026-01-01T00:00:00+00:00",
        }


def user_id(name: str) -> str:
    """Return the id of the user of a name."""
    return f"user-{name}"
