"""Answers of the global service `iam`.

From 2.10.6 on a refusal is an answer without what was asked for; see ERR-012 in `conformance/SPEC.md`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias, TypeVar, cast

import msgspec

from tgproto.catalog.reader import Start
from tgproto.catalog.single import record, single
from tgproto.errors import SilentFailure
from tgproto.types.identities import ApiKeyRecord, Login, NewAdministrator, NewApiKey, WorkspaceRecord
from tgproto.types.records import UserRecord
from tgproto.types.wire import Json, Shape, encode

R = TypeVar("R")
V = TypeVar("V")

Users: TypeAlias = list[UserRecord]
"""Users."""
Workspaces: TypeAlias = list[WorkspaceRecord]
"""Workspaces."""
ApiKeys: TypeAlias = list[ApiKeyRecord]
"""What is known of API keys."""

_REFUSED = "it was refused, and the gateway lost the reason"


class IamFrame(msgspec.Struct, gc=False):
    """Whatever the service may answer. Empty members are left out."""

    user: dict[str, Any] | None = None
    users: list[dict[str, Any]] | None = None
    workspace: dict[str, Any] | None = None
    workspaces: list[dict[str, Any]] | None = None
    api_key: dict[str, Any] | None = None
    api_key_plaintext: str | None = None
    api_keys: list[dict[str, Any]] | None = None
    temporary_password: str | None = None
    jwt: str | None = None
    jwt_expires: str | None = None
    bootstrap_admin_user_id: str | None = None
    bootstrap_admin_api_key: str | None = None
    bootstrap_available: bool = False
    group_json: str | None = None
    groups_json: str | None = None
    members_json: str | None = None
    grants_json: str | None = None
    effective_permissions_json: str | None = None


class WireUser(msgspec.Struct, gc=False):
    """The members of a user; empty ones are left out."""

    id: str | None = None
    username: str | None = None
    default_workspace: str | None = None
    name: str | None = None
    email: str | None = None
    roles: list[str] | None = None
    enabled: bool | None = None
    must_change_password: bool | None = None
    created: str | None = None


class WireWorkspace(msgspec.Struct, gc=False):
    """The members of a workspace."""

    id: str | None = None
    name: str | None = None
    enabled: bool | None = None
    created: str | None = None


class WireApiKey(msgspec.Struct, gc=False):
    """The members of an API key."""

    id: str | None = None
    user_id: str | None = None
    name: str | None = None
    prefix: str | None = None
    expires: str | None = None
    created: str | None = None
    last_used: str | None = None


_FRAME: Final = Shape(IamFrame)
_USER: Final = Shape(WireUser)
_WORKSPACE: Final = Shape(WireWorkspace)
_API_KEY: Final = Shape(WireApiKey)
_JSON: Final = Shape(object)


def _user(value: dict[str, Any], path: str) -> UserRecord:
    wire = _USER.convert(value, path)
    return UserRecord(
        wire.id or "",
        wire.username or "",
        wire.default_workspace or "",
        wire.name or "",
        wire.email or "",
        tuple(wire.roles or ()),
        bool(wire.enabled),
        bool(wire.must_change_password),
        wire.created or "",
        encode(value),
    )


def _workspace(value: dict[str, Any], path: str) -> WorkspaceRecord:
    wire = _WORKSPACE.convert(value, path)
    return WorkspaceRecord(
        wire.id or "", wire.name or "", bool(wire.enabled), wire.created or "", encode(value)
    )


def _api_key(value: dict[str, Any], path: str) -> ApiKeyRecord:
    wire = _API_KEY.convert(value, path)
    return ApiKeyRecord(
        wire.id or "",
        wire.user_id or "",
        wire.name or "",
        wire.prefix or "",
        wire.expires or "",
        wire.created or "",
        wire.last_used or "",
        encode(value),
    )


def _needed(value: V | None, failure: str = _REFUSED) -> V:
    """Return what must be there."""
    if not value:
        raise SilentFailure(failure)
    return value


def _records(
    values: list[dict[str, Any]] | None, member: str, make: Callable[[dict[str, Any], str], R]
) -> list[R]:
    return [make(value, f"$.{member}[{i}]") for i, value in enumerate(values or ())]


def _users(frame: IamFrame) -> Users:
    return _records(frame.users, "users", _user)


def _workspaces(frame: IamFrame) -> Workspaces:
    return _records(_needed(frame.workspaces), "workspaces", _workspace)


def _api_keys(frame: IamFrame) -> ApiKeys:
    return _records(frame.api_keys, "api_keys", _api_key)


def _new_key(frame: IamFrame, payload: bytes) -> NewApiKey:
    plaintext = _needed(frame.api_key_plaintext)
    return NewApiKey(_api_key(frame.api_key or {}, "$.api_key"), plaintext, payload)


def _login(frame: IamFrame, payload: bytes) -> Login:
    jwt = _needed(frame.jwt)
    return Login(frame.jwt_expires or "", jwt, payload)


def _administrator(frame: IamFrame, payload: bytes) -> NewAdministrator:
    key = _needed(frame.bootstrap_admin_api_key)
    return NewAdministrator(frame.bootstrap_admin_user_id or "", key, payload)


USER: Final = single(
    _FRAME,
    lambda frame: _user(_needed(frame.user, "the answer names nobody: the gateway lost the error"), "$.user"),
)
"""Makes the readers of answers that are a user."""

ALL_USERS: Final = single(_FRAME, lambda frame: _needed(_users(frame)))
"""Makes the readers of answers that are users, one at least."""

SOME_USERS: Final = single(_FRAME, _users)
"""Makes the readers of answers that are users, if any."""

WORKSPACE: Final = single(_FRAME, lambda frame: _workspace(_needed(frame.workspace), "$.workspace"))
"""Makes the readers of answers that are a workspace."""

WORKSPACES: Final = single(_FRAME, _workspaces)
"""Makes the readers of answers that are workspaces, one at least."""

API_KEYS: Final = single(_FRAME, _api_keys)
"""Makes the readers of answers of `list-api-keys`."""

NEW_API_KEY: Final = record(_FRAME, _new_key)
"""Makes the readers of answers of `create-api-key`."""

PASSWORD: Final = single(_FRAME, lambda frame: _needed(frame.temporary_password))
"""Makes the readers of answers of `reset-password`."""

LOGIN: Final = record(_FRAME, _login)
"""Makes the readers of answers that are a token."""

ADMINISTRATOR: Final = record(_FRAME, _administrator)
"""Makes the readers of answers of `bootstrap`."""

BOOTSTRAP_STATUS: Final = single(_FRAME, lambda frame: frame.bootstrap_available)
"""Makes the readers of answers of `bootstrap-status`."""


def user_of(user_id: str) -> Start[UserRecord, UserRecord]:
    """Make the readers of answers that are a user of one id. A gateway without users answers another one."""
    return _certain(
        lambda user: user.id == user_id, f"there is no user {user_id!r}, or the gateway lost the error"
    )


def user_named(username: str) -> Start[UserRecord, UserRecord]:
    """Make the readers of answers that are a new user. A gateway without users answers another one."""
    return _certain(
        lambda user: user.username == username,
        f"nobody called {username!r} was added, and the gateway lost the reason: there may be such a user, "
        "no such workspace, or no users at all on this gateway",
    )


def _certain(is_meant: Callable[[UserRecord], bool], failure: str) -> Start[UserRecord, UserRecord]:
    def convert(frame: IamFrame) -> UserRecord:
        user = _user(_needed(frame.user, failure), "$.user")
        if not is_meant(user):
            raise SilentFailure(failure)
        return user

    return single(_FRAME, convert)


def workspace_of(workspace_id: str) -> Start[WorkspaceRecord, WorkspaceRecord]:
    """Make the readers of answers that are one certain workspace."""
    nothing = f"there is no workspace {workspace_id!r}, or the gateway lost the error"
    return single(_FRAME, lambda frame: _workspace(_needed(frame.workspace, nothing), "$.workspace"))


def _text_in(member: Callable[[IamFrame], str | None]) -> Start[Json, Json]:
    """Make the readers of answers of the enterprise service: JSON text within JSON."""

    def convert(frame: IamFrame) -> Json:
        text = _needed(
            member(frame),
            "this gateway's service for users and keys knows no groups and grants; or it refused, and the "
            "gateway lost the reason",
        )
        return cast("Json", _JSON.decode(text.encode("utf-8", "surrogatepass")))

    return single(_FRAME, convert)


GROUP: Final = _text_in(lambda frame: frame.group_json)
"""Makes the readers of answers that are a group."""

GROUPS: Final = _text_in(lambda frame: frame.groups_json)
"""Makes the readers of answers of `list-groups`."""

MEMBERS: Final = _text_in(lambda frame: frame.members_json)
"""Makes the readers of answers of `list-group-members`."""

GRANTS: Final = _text_in(lambda frame: frame.grants_json)
"""Makes the readers of answers that are grants."""

PERMISSIONS: Final = _text_in(lambda frame: frame.effective_permissions_json)
"""Makes the readers of answers of `resolve-effective-permissions`."""
