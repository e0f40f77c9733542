"""The global service `iam`, which knows users and workspaces (2.x)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tgproto.catalog.administration import USER
from tgproto.catalog.bind import operation
from tgproto.catalog.call import Call
from tgproto.catalog.global_scope import GlobalScope
from tgproto.catalog.scopes import AsyncScope, PureScope, SyncScope
from tgproto.types.records import UserRecord


@dataclass(frozen=True)
class IamOps(GlobalScope):
    """Users, workspaces, keys; gateways 2.4.5 and later."""

    service = "iam"
    entries: ClassVar = {"iam whoami": "whoami"}

    @operation
    def whoami(self) -> Call[UserRecord]:
        """Ask who the caller is, and so for the caller's default workspace.

        Returns:
            The user, with the `default_workspace`, possibly empty.

        Raises:
            SilentFailure: There is nobody to name, as on a gateway without authentication, or the gateway
                lost an error.
        """
        return self._call("whoami", {}, USER)


@dataclass(frozen=True)
class IamCalls(PureScope, IamOps):
    """Users, workspaces, keys; as calls that somebody else carries out."""


@dataclass(frozen=True)
class Iam(SyncScope, IamOps):
    """Users, workspaces, keys; blocking."""


@dataclass(frozen=True)
class AsyncIam(AsyncScope, IamOps):
    """Users, workspaces, keys; awaited."""
