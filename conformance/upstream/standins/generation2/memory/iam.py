"""The identities' store: workspaces, users, API keys and signing keys."""
# The methods are those that upstream's service calls, by these names and parameters.
# ruff: noqa: A002, ARG002, D102

import base64
import datetime as dt
import hashlib
from typing import NamedTuple

from ..settings import READER_KEY, READER_NAME, READER_PASSWORD, WORKSPACES

READER_ID = "reader-id"


class Workspace(NamedTuple):
    """A row of workspaces; like the others in the order of columns that upstream's service unpacks."""

    id: str
    name: str
    enabled: bool
    created: dt.datetime


class User(NamedTuple):
    """A row of users."""

    id: str
    workspace: str
    username: str
    name: str
    email: str
    password_hash: str
    roles: frozenset[str]
    enabled: bool
    must_change_password: bool
    created: dt.datetime


class ApiKey(NamedTuple):
    """A row of API keys."""

    key_hash: str
    id: str
    user_id: str
    name: str
    prefix: str
    expires: dt.datetime | None
    created: dt.datetime
    last_used: dt.datetime | None


class SigningKey(NamedTuple):
    """A row of signing keys."""

    kid: str
    private_pem: str
    public_pem: str
    created: dt.datetime
    retired: dt.datetime | None


def hash_password(password: str) -> str:
    """The form in which upstream stores a password; with few rounds, as this one protects nothing."""
    salt = b"interop-salt-16b"
    digest = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, 1000)
    return f"pbkdf2-sha256$1000${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


class MemoryIam:
    """Identities: the workspaces and one user who may only read; upstream itself adds an administrator."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        now = dt.datetime.now(dt.UTC)
        self.workspaces = {name: Workspace(name, name, True, now) for name in WORKSPACES}
        self.users: dict[str, User] = {}
        self.names: dict[str, str] = {}
        self.keys: dict[str, ApiKey] = {}
        self.signing: dict[str, SigningKey] = {}
        self._add_reader(now)

    def _add_reader(self, now: dt.datetime) -> None:
        roles = frozenset({"reader"})
        password = hash_password(READER_PASSWORD)
        self.users[READER_ID] = User(
            READER_ID, WORKSPACES[0], READER_NAME, "Reader", "", password, roles, True, False, now
        )
        self.names[READER_NAME] = READER_ID
        digest = hashlib.sha256(READER_KEY.encode()).hexdigest()
        self.keys[digest] = ApiKey(digest, "reader-key", READER_ID, "reader", READER_KEY[:7], None, now, None)

    async def put_workspace(self, id, name, enabled, created):
        self.workspaces[id] = Workspace(id, name, enabled, created)

    async def get_workspace(self, id):
        return self.workspaces.get(id)

    async def list_workspaces(self):
        return list(self.workspaces.values())

    async def update_workspace(self, id, name, enabled):
        self.workspaces[id] = self.workspaces[id]._replace(name=name, enabled=enabled)

    async def put_user(
        self,
        id,
        workspace,
        username,
        name,
        email,
        password_hash,
        roles,
        enabled,
        must_change_password,
        created,
    ):
        roles = frozenset(roles or ())
        self.users[id] = User(
            id, workspace, username, name, email, password_hash, roles, enabled, must_change_password, created
        )
        self.names[username] = id

    async def get_user(self, id):
        return self.users.get(id)

    async def get_user_id_by_username(self, username):
        return self.names.get(username)

    async def list_users_by_workspace(self, workspace):
        return [user for user in self.users.values() if user.workspace == workspace]

    async def list_users(self):
        return list(self.users.values())

    async def delete_user(self, id):
        self.users.pop(id, None)

    async def delete_username_lookup(self, username):
        self.names.pop(username, None)

    async def update_user_profile(self, id, name, email, roles, enabled, must_change_password):
        self.users[id] = self.users[id]._replace(
            name=name,
            email=email,
            roles=frozenset(roles or ()),
            enabled=enabled,
            must_change_password=must_change_password,
        )

    async def update_user_password(self, id, password_hash, must_change_password):
        self.users[id] = self.users[id]._replace(
            password_hash=password_hash, must_change_password=must_change_password
        )

    async def update_user_enabled(self, id, enabled):
        self.users[id] = self.users[id]._replace(enabled=enabled)

    async def put_api_key(self, key_hash, id, user_id, name, prefix, expires, created, last_used):
        self.keys[key_hash] = ApiKey(key_hash, id, user_id, name, prefix, expires, created, last_used)

    async def get_api_key_by_hash(self, key_hash):
        return self.keys.get(key_hash)

    async def get_api_key_by_id(self, id):
        return next((key for key in self.keys.values() if key.id == id), None)

    async def list_api_keys_by_user(self, user_id):
        return [key for key in self.keys.values() if key.user_id == user_id]

    async def delete_api_key(self, key_hash):
        self.keys.pop(key_hash, None)

    async def put_signing_key(self, kid, private_pem, public_pem, created, retired):
        self.signing[kid] = SigningKey(kid, private_pem, public_pem, created, retired)

    async def list_signing_keys(self):
        return list(self.signing.values())

    async def retire_signing_key(self, kid, retired):
        self.signing[kid] = self.signing[kid]._replace(retired=retired)

    async def any_signing_key_exists(self):
        return bool(self.signing)
