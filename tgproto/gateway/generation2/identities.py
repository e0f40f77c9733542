"""The global service `iam`: users, workspaces, keys and tokens (gateway 2.11.1).

Its failures are invisible, as since 2.10.6; only what the gateway cannot translate is said.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from tgproto.gateway.callers import EVERYWHERE, Caller, user_id
from tgproto.gateway.generation2 import skeletons
from tgproto.gateway.managed import Asked, Members, Operation, Service
from tgproto.gateway.roles import ADMIN
from tgproto.gateway.stores.failures import GATEWAY_ERROR, ServiceFailure
from tgproto.gateway.stores.iam import Iam, User, Workspace
from tgproto.secrets import Secret

PUBLIC = "public"
"""Stands in the place of a capability where not even a token is needed, over REST."""

_GROUPS = (
    "add-group-grant",
    "add-group-member",
    "add-user-grant",
    "create-group",
    "delete-group",
    "get-group",
    "list-group-grants",
    "list-group-members",
    "list-groups",
    "list-user-grants",
    "remove-group-grant",
    "remove-group-member",
    "remove-user-grant",
    "resolve-effective-permissions",
    "update-group",
)
"""Operations that only another IAM can do."""


def _iam(asked: Asked) -> Iam:
    return asked.world.iam


def _text(asked: Asked, member: str) -> str:
    return str(asked.body.get(member) or "")


def _required(asked: Asked, member: str) -> str:
    return str(_demand(_text(asked, member), f"{member} required"))


def _demand(value: Any, message: str) -> Any:
    if not value:
        raise ServiceFailure("invalid-argument", message)
    return value


def _input(asked: Asked, member: str) -> Any:
    """Return a member that has members of its own."""
    found = asked.body.get(member)
    if found is None:
        raise ServiceFailure("invalid-argument", f"{member} required")
    if not isinstance(found, dict):
        kind = type(found).__name__
        raise ServiceFailure(GATEWAY_ERROR, f"'{kind}' object has no attribute 'get'")
    return cast("Any", found)


def _user(asked: Asked, name: str) -> User:
    """Return a user; a workspace that is given has to be the user's."""
    user = _iam(asked).user(name)
    if _text(asked, "workspace") not in ("", user.home):
        raise ServiceFailure("operation-not-permitted", "user is in a different workspace")
    return user


def _own(asked: Asked) -> User:
    """Return the user who asks."""
    return _iam(asked).user(asked.caller.id if asked.caller is not None else "")


def _named(asked: Asked) -> User:
    return _user(asked, _required(asked, "user_id"))


def _change(asked: Asked, user: User) -> User:
    _iam(asked).users[user.caller.id] = user
    return user


# --- users ----------------------------------------------------------------------------------------


def _whoami(asked: Asked) -> Members:
    return {"user": _own(asked).record()}


def _create_user(asked: Asked) -> Members:
    home, given, iam = _required(asked, "workspace"), _input(asked, "user"), _iam(asked)
    name = str(_demand(given.get("username"), "user.username required"))
    password = str(_demand(given.get("password"), "user.password required"))
    if not iam.knows(home):
        raise ServiceFailure("not-found", "workspace not found or disabled")
    if user_id(name) in iam.users:
        raise ServiceFailure("duplicate", "username already exists")
    user = User(
        _made(name, home, given.get("roles") or ()),
        given.get("name") or name,
        given.get("email") or "",
        Secret(password),
        bool(given.get("enabled", True)),
        bool(given.get("must_change_password", False)),
        iam.calendar.stamp(),
    )
    return {"user": iam.add_user(user).record()}


def _made(name: str, home: str, roles: Any) -> Caller:
    """Return who has these roles; one without any may do nothing."""
    named = tuple(sorted(map(str, roles))) or ("",)
    return Caller(name, (home, EVERYWHERE) if ADMIN in named else (home,), named)


def _list_users(asked: Asked) -> Members:
    home = _text(asked, "workspace")
    found = [user.record() for user in _iam(asked).users.values() if home in ("", user.home)]
    return {"users": found} if found else {}


def _get_user(asked: Asked) -> Members:
    return {"user": _named(asked).record()}


def _update_user(asked: Asked) -> Members:
    name, given = _required(asked, "user_id"), _input(asked, "user")
    if given.get("password"):
        raise ServiceFailure("invalid-argument", "password cannot be changed via update-user")
    user = _user(asked, name)
    if given.get("username") not in (None, "", user.caller.name):
        raise ServiceFailure("invalid-argument", "username is immutable; create a new user instead")
    roles = given.get("roles")
    changed = replace(
        user,
        caller=_made(user.caller.name, user.home, roles) if roles else user.caller,
        name=given.get("name") or user.name,
        email=given.get("email") or user.email,
        enabled=bool(given.get("enabled", True)),
        must_change_password=bool(given.get("must_change_password", False)),
    )
    return {"user": _change(asked, changed).record()}


def _disable_user(asked: Asked) -> Members:
    _iam(asked).close(_named(asked))
    return {}


def _enable_user(asked: Asked) -> Members:
    _change(asked, replace(_named(asked), enabled=True))
    return {}


def _delete_user(asked: Asked) -> Members:
    user = _named(asked)
    _iam(asked).revoke_keys(user)
    del _iam(asked).users[user.caller.id]
    return {}


def _reset_password(asked: Asked) -> Members:
    user, password = _named(asked), _iam(asked).password()
    _change(asked, replace(user, password=Secret(password), must_change_password=True))
    return {"temporary_password": password}


def _change_password(asked: Asked) -> Members:
    name = _required(asked, "user_id")
    password, new = _required(asked, "password"), _required(asked, "new_password")
    user = _proven(asked, name, password)
    _change(asked, replace(user, password=Secret(new), must_change_password=False))
    return {}


def _proven(asked: Asked, name: str, password: str) -> User:
    """Return a user who knows the password."""
    user = _iam(asked).users.get(name)
    if user is None or not user.enabled or not user.password or user.password != Secret(password):
        raise ServiceFailure("auth-failed", "bad credentials")
    return user


# --- keys and tokens ------------------------------------------------------------------------------


def _create_api_key(asked: Asked) -> Members:
    given = _input(asked, "key")
    name = _demand(given.get("user_id"), "key.user_id required")
    title = _demand(given.get("name"), "key.name required")
    user = _user(asked, str(name))
    plain, record = _iam(asked).add_key(user, str(title), _moment(given.get("expires")))
    return {"api_key_plaintext": plain, "api_key": record.record()}


def _moment(text: Any) -> datetime | None:
    """Return a time; None, which is never, if that cannot be read."""
    try:
        return datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None


def _list_api_keys(asked: Asked) -> Members:
    found = [key.record() for key in _iam(asked).keys(_named(asked))]
    return {"api_keys": found} if found else {}


def _revoke_api_key(asked: Asked) -> Members:
    key = _iam(asked).key(_required(asked, "key_id"))
    _user(asked, key.user_id)
    _iam(asked).revoke(key)
    return {}


def _login(asked: Asked) -> Members:
    name, password = _text(asked, "username"), _text(asked, "password")
    user = _proven(asked, user_id(name), password)
    bound = _text(asked, "workspace") or user.home
    if not _iam(asked).knows(bound):
        raise ServiceFailure("auth-failed", "workspace disabled")
    return _iam(asked).token(user, bound)


def _mint_token(asked: Asked) -> Members:
    iam, workspace = _iam(asked), _required(asked, "workspace")
    text, name, username = (
        _required(asked, "user_context_json"),
        _text(asked, "user_id"),
        _text(asked, "username"),
    )
    if name and username:
        raise ServiceFailure("invalid-argument", "supply user_id or username, not both")
    found = name or (user_id(username) if username else "")
    user = iam.user(found) if found else _own(asked)
    if not user.enabled:
        raise ServiceFailure("operation-not-permitted", "user is disabled")
    context = json.loads(text)
    if not iam.knows(workspace):
        raise ServiceFailure("not-found", "workspace not found or disabled")
    return iam.token(user, workspace, user_context=context)


def _rotate_signing_key(asked: Asked) -> Members:
    _iam(asked).signer.rotate()
    return {}


def _bootstrap(asked: Asked) -> Members:
    return _iam(asked).bootstrap()


def _bootstrap_status(asked: Asked) -> Members:
    return {"bootstrap_available": _iam(asked).bootstrap_available}


# --- workspaces -----------------------------------------------------------------------------------


def _list_my_workspaces(asked: Asked) -> Members:
    caller, known = _own(asked).caller, _iam(asked).workspaces()
    found = [record.record() for name, record in known.items() if caller.may_use(name)]
    return {"workspaces": found} if found else {}


def _list_workspaces(asked: Asked) -> Members:
    found = [record.record() for record in _iam(asked).workspaces().values()]
    return {"workspaces": found} if found else {}


def _workspace(asked: Asked) -> tuple[Workspace, Mapping[str, Any]]:
    given = _input(asked, "workspace_record")
    name = str(_demand(given.get("id"), "workspace_record.id required"))
    known = _iam(asked).workspaces()
    if name not in known:
        raise ServiceFailure("not-found", "workspace not found")
    return known[name], given


def _create_workspace(asked: Asked) -> Members:
    given = _input(asked, "workspace_record")
    name = str(_demand(given.get("id"), "workspace_record.id required for create-workspace"))
    if name.startswith("_"):
        raise ServiceFailure("invalid-argument", "workspace ids beginning with '_' are reserved")
    title, enabled = given.get("name") or name, bool(given.get("enabled", True))
    return {"workspace": _iam(asked).open_workspace(name, title, enabled=enabled).record()}


def _get_workspace(asked: Asked) -> Members:
    return {"workspace": _workspace(asked)[0].record()}


def _update_workspace(asked: Asked) -> Members:
    old, given = _workspace(asked)
    new = replace(old, name=given.get("name") or old.name, enabled=bool(given.get("enabled", True)))
    _iam(asked).change_workspace(new)
    return {"workspace": new.record()}


def _disable_workspace(asked: Asked) -> Members:
    old, _ = _workspace(asked)
    _iam(asked).change_workspace(replace(old, enabled=False))
    for user in tuple(_iam(asked).users.values()):
        if user.home == old.id:
            _iam(asked).close(user)
    return {}


def _impossible(asked: Asked) -> Members:
    operation = asked.body.get("operation")
    message = f"unknown or not-yet-implemented operation: {operation!r}"
    raise ServiceFailure("invalid-argument", message)


SERVICE = Service(
    operations={
        "bootstrap": Operation(_bootstrap, PUBLIC),
        "bootstrap-status": Operation(_bootstrap_status, PUBLIC),
        "change-password": Operation(_change_password),
        "create-api-key": Operation(_create_api_key, "keys:admin"),
        "create-user": Operation(_create_user, "users:admin"),
        "create-workspace": Operation(_create_workspace, "workspaces:admin"),
        "delete-user": Operation(_delete_user, "users:admin"),
        "disable-user": Operation(_disable_user, "users:admin"),
        "disable-workspace": Operation(_disable_workspace, "workspaces:admin"),
        "enable-user": Operation(_enable_user, "users:admin"),
        "get-user": Operation(_get_user, "users:read"),
        "get-workspace": Operation(_get_workspace, "workspaces:admin"),
        "list-api-keys": Operation(_list_api_keys, "keys:admin"),
        "list-my-workspaces": Operation(_list_my_workspaces),
        "list-users": Operation(_list_users, "users:read"),
        "list-workspaces": Operation(_list_workspaces, "workspaces:admin"),
        "login": Operation(_login, PUBLIC),
        "mint-token": Operation(_mint_token, "mint-token"),
        "reset-password": Operation(_reset_password, "users:admin"),
        "revoke-api-key": Operation(_revoke_api_key, "keys:admin"),
        "rotate-signing-key": Operation(_rotate_signing_key, "iam:admin"),
        "update-user": Operation(_update_user, "users:write"),
        "update-workspace": Operation(_update_workspace, "workspaces:admin"),
        "whoami": Operation(_whoami),
        **{name: Operation(_impossible, "iam:admin") for name in _GROUPS},
    },
    trouble="internal-error",
    scripted="internal-error",
    say=skeletons.around(skeletons.IAM),
    fail=skeletons.hidden(skeletons.IAM),
)
"""The service."""
