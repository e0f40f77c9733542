"""The global service `iam`, which knows users and workspaces (2.x)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tgproto.catalog.administration import NOTHING
from tgproto.catalog.bind import operation
from tgproto.catalog.call import Call
from tgproto.catalog.iam_credentials import CredentialOps
from tgproto.catalog.iam_groups import GroupOps
from tgproto.catalog.iam_users import UserOps
from tgproto.catalog.iam_workspaces import WorkspaceOps
from tgproto.catalog.identities import ADMINISTRATOR, BOOTSTRAP_STATUS
from tgproto.catalog.scopes import AsyncScope, PureScope, SyncScope
from tgproto.types.identities import NewAdministrator


@dataclass(frozen=True)
class IamOps(UserOps, WorkspaceOps, CredentialOps, GroupOps):
    """Users, workspaces, keys; gateways 2.4.5 and later.

    All of it belongs to the gateway, not to one workspace: the workspace of the options is not told, but for
    the home of a new user. Gateways from 2.10.6 on lose the errors of this service, so what was changed is
    read back where it can be read.
    """

    entries: ClassVar = {
        "iam bootstrap": "bootstrap",
        "iam bootstrap-status": "bootstrap_status",
        "iam rotate-signing-key": "rotate_signing_key",
    }

    @operation
    def bootstrap(self) -> Call[NewAdministrator]:
        """Make the first user, workspace and signing key of a gateway that has none.

        Over REST anybody may ask, once; a socket must be authenticated already. Without a token, the `Api`
        must be told `dialect=`; `Auth` need not be. The gateway must have been started for it.

        Returns:
            The first user, with an API key that the gateway does not show again.

        Raises:
            AuthenticationError: It was done before, or the gateway was not started for it; up to 2.10.5.
            SilentFailure: The same from later gateways.
        """
        return self._call("bootstrap", {}, ADMINISTRATOR)

    @operation
    def bootstrap_status(self) -> Call[bool]:
        """Ask whether `bootstrap` can be done; gateways 2.4.7 and later.

        Over REST anybody may ask; a socket must be authenticated already. Without a token, the `Api` must be
        told `dialect=`; `Auth` need not be.

        Returns:
            Whether it can. Gateways from 2.10.6 on also say False if the service failed.

        Raises:
            NotOffered: The gateway is older than 2.4.7.
        """
        return self._call("bootstrap-status", {}, BOOTSTRAP_STATUS)

    @operation
    def rotate_signing_key(self) -> Call[None]:
        """Have new tokens signed with a new key. It takes the role `admin`.

        A gateway reads the key when it starts and keeps it: until it is started again, it refuses new tokens
        and takes old ones. There is nothing to read back: a failure does not show on gateways from 2.10.6 on.

        Raises:
            AccessDenied: The caller may not.
            InternalError: The service failed; gateways up to 2.10.5.
        """
        return self._call("rotate-signing-key", {}, NOTHING)


@dataclass(frozen=True)
class IamCalls(PureScope, IamOps):
    """Users, workspaces, keys; as calls that somebody else carries out."""


@dataclass(frozen=True)
class Iam(SyncScope, IamOps):
    """Users, workspaces, keys; blocking."""


@dataclass(frozen=True)
class AsyncIam(AsyncScope, IamOps):
    """Users, workspaces, keys; awaited."""
