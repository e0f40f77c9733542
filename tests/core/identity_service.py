"""A service for users and keys, in memory: as gateways show it, as later ones hide it, and a deaf one."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tests.core.catalogue import Script, answer
from tgproto.catalog import CallOptions, Iam
from tgproto.catalog.call import Call
from tgproto.dialect import GENERATION_2
from tgproto.errors import service_error

Object: TypeAlias = dict[str, Any]


class Refused(Exception):
    """The service refuses. The first argument is the type of the error."""


@dataclass
class Service(Script):
    """A runner that answers as the open-source service does.

    Attributes:
        hides: Whether refusals are hidden, as from 2.10.6 on.
        deaf: Operations that are acknowledged, but not done.
        caller: Id of the user who calls.
    """

    hides: bool = True
    deaf: set[str] = field(default_factory=set)
    caller: str = "root-id"
    users: dict[str, Object] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)
    keys: dict[str, Object] = field(default_factory=dict)
    workspaces: dict[str, Object] = field(default_factory=dict)

    def call(self, call: Call[Any], options: CallOptions) -> Any:
        request = json.loads(call.request(self.dialect).body)
        self.calls.append(request)
        self.options.append(options)
        name = request["operation"]
        method: Callable[[Object], Object] = getattr(self, "do_" + name.replace("-", "_"), self.unknown)
        try:
            said = {} if name in self.deaf else method(request)
        except Refused as refusal:
            if not self.hides:
                raise service_error(str(refusal), "no", call.context) from None
            said = {}
        full = {name: value for name, value in said.items() if value}
        return answer(call, [json.dumps({**full, "bootstrap_available": False}).encode()])

    def unknown(self, request: Object) -> Object:
        raise Refused("invalid-argument")

    def user(self, request: Object) -> Object:
        user = self.users.get(request["user_id"])
        if user is None:
            raise Refused("not-found")
        if request.get("workspace") not in (None, user["default_workspace"]):
            raise Refused("operation-not-permitted")
        return user

    def workspace(self, request: Object) -> Object:
        workspace = self.workspaces.get(request["workspace_record"]["id"])
        if workspace is None:
            raise Refused("not-found")
        return workspace

    def do_whoami(self, request: Object) -> Object:
        return {"user": self.users[self.caller]}

    def do_list_users(self, request: Object) -> Object:
        home = request.get("workspace")
        return {"users": [user for user in self.users.values() if home in (None, user["default_workspace"])]}

    def do_get_user(self, request: Object) -> Object:
        return {"user": self.user(request)}

    def do_create_user(self, request: Object) -> Object:
        told = request["user"]
        if any(user["username"] == told["username"] for user in self.users.values()):
            raise Refused("duplicate")
        if request["workspace"] not in self.workspaces:
            raise Refused("not-found")
        made = {"id": f"{told['username']}-id", "default_workspace": request["workspace"], **told}
        self.passwords[made["id"]] = made.pop("password")
        self.users[made["id"]] = {"name": told["username"], **made}
        return {"user": self.users[made["id"]]}

    def do_update_user(self, request: Object) -> Object:
        told = {"enabled": True, "must_change_password": False, **request["user"]}
        self.user(request).update(told)
        return self.do_get_user(request)

    def do_disable_user(self, request: Object) -> Object:
        self.user(request)["enabled"] = False
        return {}

    def do_enable_user(self, request: Object) -> Object:
        self.user(request)["enabled"] = True
        return {}

    def do_delete_user(self, request: Object) -> Object:
        del self.users[self.user(request)["id"]]
        return {}

    def do_login(self, request: Object) -> Object:
        for user in self.users.values():
            proof = (user["username"], self.passwords[user["id"]])
            if user["enabled"] and proof == (request["username"], request["password"]):
                return {"jwt": f"jwt.of.{user['id']}", "jwt_expires": "2030-01-01T00:00:00+00:00"}
        raise Refused("auth-failed")

    def do_change_password(self, request: Object) -> Object:
        if self.passwords[self.user(request)["id"]] != request["password"]:
            raise Refused("auth-failed")
        self.passwords[request["user_id"]] = request["new_password"]
        return {}

    def do_reset_password(self, request: Object) -> Object:
        self.passwords[self.user(request)["id"]] = "temporary"
        return {"temporary_password": "temporary"}

    def do_mint_token(self, request: Object) -> Object:
        if request["workspace"] not in self.workspaces:
            raise Refused("not-found")
        return {"jwt": f"jwt.{request.get('user_id', self.caller)}.x", "jwt_expires": "e"}

    def do_create_api_key(self, request: Object) -> Object:
        key = request["key"]
        self.user({**request, "user_id": key["user_id"]})
        made = {"id": f"{key['name']}-id", "prefix": "tg_k", **key}
        self.keys[made["id"]] = made
        return {"api_key": made, "api_key_plaintext": "tg_key"}

    def do_list_api_keys(self, request: Object) -> Object:
        owner = self.user(request)["id"]
        return {"api_keys": [key for key in self.keys.values() if key["user_id"] == owner]}

    def do_revoke_api_key(self, request: Object) -> Object:
        if request["key_id"] not in self.keys:
            raise Refused("not-found")
        del self.keys[request["key_id"]]
        return {}

    def do_list_workspaces(self, request: Object) -> Object:
        return {"workspaces": [*self.workspaces.values()]}

    do_list_my_workspaces = do_list_workspaces

    def do_get_workspace(self, request: Object) -> Object:
        return {"workspace": self.workspace(request)}

    def do_create_workspace(self, request: Object) -> Object:
        told = request["workspace_record"]
        self.workspaces.setdefault(told["id"], {"name": told["id"], **told})
        return self.do_get_workspace(request)

    def do_update_workspace(self, request: Object) -> Object:
        self.workspace(request).update(request["workspace_record"])
        return self.do_get_workspace(request)

    def do_disable_workspace(self, request: Object) -> Object:
        self.workspace(request)["enabled"] = False
        return {}


def service(*, hides: bool = True, deaf: str = "") -> tuple[Iam, Service]:
    """Return a service with an administrator `root` and a user `anna`, both at home in `acme`."""
    there = Service(GENERATION_2, [], hides=hides, deaf={deaf})
    there.workspaces["acme"] = {"id": "acme", "name": "Acme", "enabled": True}
    for name, role in (("root", "admin"), ("anna", "reader")):
        there.users[f"{name}-id"] = {
            "id": f"{name}-id",
            "default_workspace": "acme",
            "username": name,
            "name": name.title(),
            "roles": [role],
            "enabled": True,
            "must_change_password": name == "anna",
        }
        there.passwords[f"{name}-id"] = f"{name}-old"
        there.keys[f"{name}-key"] = {"id": f"{name}-key", "user_id": f"{name}-id", "prefix": "tg_a"}
    return Iam(there), there


class WithoutUsers(Service):
    """A runner that answers as the service without authentication does: one user, whoever is meant."""

    def do_get_user(self, request: Object) -> Object:
        return {"user": {"id": "anonymous", "username": "anonymous", "enabled": True}}

    do_whoami = do_create_user = do_update_user = do_disable_user = do_enable_user = do_get_user
