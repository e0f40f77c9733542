"""Users, workspaces and API keys, and whom a token stands for."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import cast

from tgproto.gateway.callers import EVERYWHERE, Caller
from tgproto.gateway.graph import GraphStore
from tgproto.gateway.roles import ADMIN
from tgproto.gateway.stores.calendar import Calendar
from tgproto.gateway.stores.failures import ServiceFailure, keep
from tgproto.gateway.stores.tokens import ISSUER, LIFETIME, Signer
from tgproto.secrets import NO_TOKEN, Secret

KEY_PREFIX = "tg_"
"""What an API key begins with."""

_SHOWN = len(KEY_PREFIX) + 4


def is_signed(token: Secret) -> bool:
    """Return whether a token is taken for a signed one, a JWT, rather than for an API key."""
    return token.reveal().count(".") == 2


@dataclass(frozen=True, slots=True)
class User:
    """A user.

    Attributes:
        caller: Name, workspaces and roles.
        name: What people call the user.
        email: An address.
        password: The password; empty for none, which nobody knows.
        enabled: Whether the user may come in.
        must_change_password: What is said about that; nothing depends on it.
        created: When, as text.
    """

    caller: Caller
    name: str
    email: str
    password: Secret
    enabled: bool
    must_change_password: bool
    created: str

    @property
    def home(self) -> str:
        """The workspace that the user belongs to."""
        return self.caller.workspaces[0]

    def record(self) -> dict[str, object]:
        """Return the user as it is answered."""
        changed = {
            "name": self.name,
            "email": self.email,
            "enabled": self.enabled,
            "must_change_password": self.must_change_password,
            "created": self.created,
        }
        return {**self.caller.record(), **changed}


@dataclass(frozen=True, slots=True)
class Workspace:
    """A workspace.

    Attributes:
        id: Its name in requests.
        name: What people call it.
        enabled: Whether it is used.
        created: When, as text.
    """

    id: str
    name: str
    enabled: bool
    created: str

    def record(self) -> dict[str, object]:
        """Return it as it is answered."""
        return {"id": self.id, "name": self.name, "enabled": self.enabled, "created": self.created}


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key.

    Attributes:
        id: Its name; not the key itself.
        user_id: Whose it is.
        name: What people call it.
        prefix: What it begins with.
        expires: When it ends; None for never.
        created: When, as text.
    """

    id: str
    user_id: str
    name: str
    prefix: str
    expires: datetime | None
    created: str

    def record(self) -> dict[str, object]:
        """Return it as it is answered."""
        return {
            "id": self.id,
            "user_id": self.user_id,
            "name": self.name,
            "prefix": self.prefix,
            "expires": "" if self.expires is None else self.expires.isoformat(),
            "created": self.created,
            "last_used": "",
        }


class Iam:
    """Everybody who may come in, and where to.

    Args:
        calendar: The time.
        graphs: A workspace that has a graph exists, unless it is disabled.
        signer: Makes tokens and keys.
        empty: Whether nobody is here yet, so that an administrator may be made.
    """

    def __init__(self, calendar: Calendar, graphs: GraphStore, signer: Signer, *, empty: bool) -> None:
        self.calendar = calendar
        self.signer = signer
        self.bootstrap_available = empty
        self.users: dict[str, User] = {}
        self._graphs = graphs
        self._workspaces: dict[str, Workspace] = {}
        self._keys: dict[Secret, ApiKey] = {}
        self._numbers = itertools.count(1)

    # --- workspaces ---------------------------------------------------------------------------

    def workspaces(self) -> Mapping[str, Workspace]:
        """Return all workspaces by name."""
        for name in sorted(self._graphs.workspaces):
            self.open_workspace(name)
        return self._workspaces

    def open_workspace(self, name: str, title: str = "", *, enabled: bool = True) -> Workspace:
        """Make a workspace, unless it exists, and return it."""
        if name not in self._workspaces:
            record = Workspace(name, title or name, enabled, self.calendar.stamp())
            keep(self._workspaces, name, record)
        return self._workspaces[name]

    def change_workspace(self, workspace: Workspace) -> None:
        """Put another record in the place of a workspace's."""
        self._workspaces[workspace.id] = workspace

    def knows(self, workspace: str) -> bool:
        """Return whether a workspace exists and is used."""
        known = self._workspaces.get(workspace)
        return workspace in self._graphs.workspaces if known is None else known.enabled

    # --- users --------------------------------------------------------------------------------

    def add_user(self, user: User) -> User:
        """Keep a user."""
        keep(self.users, user.caller.id, user)
        return user

    def user(self, name: str) -> User:
        """Return a user by id."""
        if name not in self.users:
            raise ServiceFailure("not-found", "user not found")
        return self.users[name]

    def close(self, user: User) -> None:
        """Take a user's access, and all keys."""
        self.users[user.caller.id] = replace(user, enabled=False)
        self.revoke_keys(user)

    # --- keys ---------------------------------------------------------------------------------

    def add_key(self, user: User, name: str, expires: datetime | None, plain: str = "") -> tuple[str, ApiKey]:
        """Make a key; returns it and its record.

        Args:
            user: Whose it is.
            name: What people call it.
            expires: When it ends; None for never.
            plain: The key; empty to make one up.
        """
        number = next(self._numbers)
        plain = plain or KEY_PREFIX + self.signer.unpredictable(f"key {number}")
        shown, created = plain[:_SHOWN], self.calendar.stamp()
        record = ApiKey(f"key-{number}", user.caller.id, name, shown, expires, created)
        keep(self._keys, Secret(plain), record)
        return plain, record

    def keys(self, user: User) -> Sequence[ApiKey]:
        """Return the keys of a user."""
        return [key for key in self._keys.values() if key.user_id == user.caller.id]

    def key(self, name: str) -> ApiKey:
        """Return a key by id."""
        for key in self._keys.values():
            if key.id == name:
                return key
        raise ServiceFailure("not-found", "api key not found")

    def revoke(self, gone: ApiKey) -> None:
        """Forget a key."""
        self._keys = {plain: key for plain, key in self._keys.items() if key != gone}

    def revoke_keys(self, user: User) -> None:
        """Forget all keys of a user."""
        for key in self.keys(user):
            self.revoke(key)

    def password(self) -> str:
        """Make a password up."""
        return self.signer.unpredictable(f"password {next(self._numbers)}")[:16]

    # --- who comes in -------------------------------------------------------------------------

    def caller(self, token: Secret) -> Caller | None:
        """Return whom a token stands for, an empty one for anonymous callers; None if it is not accepted."""
        if is_signed(token):
            return self._bearer(token.reveal())
        key = self._keys.get(token)
        if key is None or (key.expires is not None and self.calendar.has_passed(key.expires)):
            return None
        return self._admitted(key.user_id, "")

    def admit_anonymous(self, user: User) -> None:
        """Let callers without a token in as a user."""
        self._keys[NO_TOKEN] = ApiKey("anonymous", user.caller.id, "", "", None, "")

    def token(self, user: User, workspace: str, **claims: object) -> Mapping[str, object]:
        """Make a token.

        Args:
            user: Whom it stands for.
            workspace: What it is bound to.
            **claims: What else it says.

        Returns:
            The members that an answer has.
        """
        end = self.calendar.after(LIFETIME)
        said = {
            "default_workspace": workspace,
            "exp": int(end.timestamp()),
            "iat": int(self.calendar.today().timestamp()),
            "iss": ISSUER,
            "sub": user.caller.id,
            **claims,
        }
        return {"jwt": self.signer.sign(said), "jwt_expires": end.isoformat()}

    def bootstrap(self) -> Mapping[str, object]:
        """Make the first administrator, once."""
        if not self.bootstrap_available:
            raise ServiceFailure("auth-failed", "auth failure")
        self.bootstrap_available = False
        caller = Caller("admin", ("default", EVERYWHERE), (ADMIN,))
        created, password = self.calendar.stamp(), Secret(self.password())
        user = self.add_user(User(caller, "Administrator", "", password, True, True, created))
        self.open_workspace("default")
        plain, _ = self.add_key(user, "bootstrap", None)
        return {"bootstrap_admin_user_id": caller.id, "bootstrap_admin_api_key": plain}

    def _bearer(self, token: str) -> Caller | None:
        claims = self.signer.claims(token)
        if claims is None:
            return None
        end = datetime.fromtimestamp(cast("int", claims["exp"]), UTC)
        if self.calendar.has_passed(end):
            return None
        return self._admitted(str(claims["sub"]), str(claims["default_workspace"]))

    def _admitted(self, user_id: str, bound: str) -> Caller | None:
        user = self.users.get(user_id)
        if user is None or not user.enabled or not self.knows(user.home):
            return None
        return replace(user.caller, bound=bound) if bound else user.caller
