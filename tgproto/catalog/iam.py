"""The global service `iam`, which knows users and workspaces (2.x)."""

from __future__ import annotations

from tgproto.catalog.administration import USER
from tgproto.catalog.call import Call
from tgproto.types.records import UserRecord


def whoami() -> Call[UserRecord]:
    """Ask who the caller is, and so for the caller's default workspace.

    Returns:
        The call. Its result has the `default_workspace`, possibly empty. Where there is nobody to name, as on
        a gateway without authentication, or where the gateway lost an error, it fails with `SilentFailure`.
    """
    return Call(service="iam", arguments={"operation": "whoami"}, start=USER, repeatable=True)
