"""What all groups of operations of `iam` share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from tgproto.catalog import arguments as check
from tgproto.catalog.call import Call
from tgproto.catalog.global_scope import GlobalScope
from tgproto.catalog.identities import USER, user_of
from tgproto.catalog.reader import Start
from tgproto.errors import SilentFailure
from tgproto.types.records import UserRecord

T = TypeVar("T")


@dataclass(frozen=True)
class IamScope(GlobalScope):
    """Users, workspaces and keys; gateways 2.4.5 and later."""

    service = "iam"
    of_workspaces = False

    def _who(self) -> Call[UserRecord]:
        """Return the question who the caller is."""
        return self._call("whoami", {}, USER)

    def _user(self, user_id: str, workspace: str | None) -> Call[UserRecord]:
        """Return the question what is known of a user."""
        return self._about("get-user", user_id, workspace, user_of(user_id))

    def _about(self, operation: str, user_id: str, workspace: str | None, start: Start[object, T]) -> Call[T]:
        """Return a call about a user, who is in a workspace if one is named."""
        home = check.optional(check.name_of, "workspace", workspace)
        return self._call(operation, {"user_id": user_id, "workspace": home}, start)


def undone(call: Call[Any], what: str) -> SilentFailure:
    """Return the error for a change that is not there when it is read back.

    Args:
        call: What asked for it.
        what: What was not done.
    """
    return SilentFailure(f"{what}, and the gateway lost the error", context=call.context)
