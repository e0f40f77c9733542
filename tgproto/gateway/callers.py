"""Who asks: what a token stands for, and what that caller may do."""

from __future__ import annotations

from dataclasses import dataclass

EVERYWHERE = "*"
"""Stands for every workspace, which is what an administrator's key opens."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody whose token was accepted.

    Attributes:
        name: User name, as `whoami` says it.
        workspaces: What the caller may use: the default workspace first; perhaps `EVERYWHERE` behind it.
    """

    name: str
    workspaces: tuple[str, ...]

    @property
    def default_workspace(self) -> str:
        """The workspace that is meant where a request names none."""
        return self.workspaces[0]

    def may_use(self, workspace: str) -> bool:
        """Return whether this caller has access to a workspace."""
        return workspace in self.workspaces or EVERYWHERE in self.workspaces

    def record(self) -> dict[str, object]:
        """Return the user as IAM describes one. The time of creation is made up: there is no clock here."""
        return {
            "id": f"user-{self.name}",
            "default_workspace": self.default_workspace,
            "username": self.name,
            "name": self.name,
            "email": "",
            "roles": ["admin" if EVERYWHERE in self.workspaces else "writer"],
            "enabled": True,
            "must_change_password": False,
            "created": "2026-01-01T00:00:00+00:00",
        }
