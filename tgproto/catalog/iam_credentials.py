"""What proves who somebody is: passwords, tokens, API keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from tgproto.catalog import arguments as check
from tgproto.catalog.administration import NOTHING
from tgproto.catalog.bind import operation, procedure
from tgproto.catalog.body import json_text
from tgproto.catalog.call import Call, leading_to
from tgproto.catalog.iam_scope import IamScope, undone
from tgproto.catalog.identities import ALL_USERS, API_KEYS, LOGIN, NEW_API_KEY, PASSWORD, ApiKeys
from tgproto.catalog.steps import Steps, step
from tgproto.errors import SilentFailure, service_error
from tgproto.secrets import Secret
from tgproto.types.identities import Login, NewApiKey


@dataclass(frozen=True)
class CredentialOps(IamScope):
    """Passwords, tokens and API keys. Passwords are not shown by `repr`, nor by any error.

    Where an operation takes `workspace`, it is a check, but for `login` and `mint_token`: the service refuses
    if the user's home is another one.
    """

    entries: ClassVar = {
        "iam login": "login",
        "iam change-password": "change_password",
        "iam reset-password": "reset_password",
        "iam mint-token": "mint_token",
        "iam create-api-key": "create_api_key",
        "iam list-api-keys": "list_api_keys",
        "iam revoke-api-key": "revoke_api_key",
    }

    @operation
    def login(self, username: str, password: str | Secret, *, workspace: str | None = None) -> Call[Login]:
        """Get a token for a user.

        Over REST anybody may ask; a socket must be authenticated already. Without a token, the `Api` must be
        told `dialect=`; `Auth` need not be.

        Args:
            username: Name to log in with.
            password: Password of the user.
            workspace: Workspace of requests that name none and are made with the token; None for the user's
                home.

        Returns:
            The token, good for an hour.

        Raises:
            AuthenticationError: The service refuses name or password; gateways up to 2.10.5.
            SilentFailure: The same from later gateways; or there are no users on this one.
            TypeError: An argument is of the wrong type.
            ValueError: An argument is empty.
        """
        home = check.optional(check.name_of, "workspace", workspace)
        return self._login(check.name_of("username", username), check.secret("password", password), home)

    @procedure
    def change_password(
        self, password: str | Secret, new_password: str | Secret, *, user_id: str | None = None
    ) -> Steps[None]:
        """Change a password, and see that the new one logs in.

        Args:
            password: The present password.
            new_password: The password to have from now on.
            user_id: Whose it is; None for the caller's own. For others it takes the role `admin`.

        Raises:
            AuthenticationError: The present password is wrong, or the user disabled; gateways up to 2.10.5.
            SilentFailure: The new password does not log in afterwards: the same from later gateways.
            TypeError: An argument is of the wrong type.
            ValueError: An argument is empty.
        """
        old, new = check.secret("password", password), check.secret("new_password", new_password)
        wanted = check.optional(check.name_of, "user_id", user_id)
        user = yield from step(leading_to("iam change-password", self._who()))
        if wanted is not None and wanted != user.id:
            user = yield from step(self._user(wanted, None))
        change = self._call(
            "change-password", {"user_id": user.id, "password": old, "new_password": new}, NOTHING
        )
        yield from step(change)
        try:
            yield from step(self._login(user.username, new, None))
        except SilentFailure:
            raise SilentFailure(
                f"the new password of {user.username!r} does not log in: it was not set, and the gateway "
                "lost the reason",
                context=change.context,
                hint="Check the present password, and that user and workspace are enabled",
            ) from None

    @operation
    def reset_password(self, user_id: str, *, workspace: str | None = None) -> Call[str]:
        """Replace a user's password by a new one. It takes the role `admin`.

        Args:
            user_id: Id of the user.
            workspace: Where the user must be at home; None for anywhere.

        Returns:
            The new password. It is to be changed, and the gateway does not show it again.

        Raises:
            AccessDenied: The caller may not.
            NotFoundError: There is no such user; gateways up to 2.10.5.
            SilentFailure: The same from later gateways; or there are no users on this one.
            TypeError: An argument is of the wrong type.
            ValueError: An argument is empty.
        """
        return self._about("reset-password", check.name_of("user_id", user_id), workspace, PASSWORD)

    @operation
    def mint_token(
        self,
        workspace: str,
        user_context: Mapping[str, object],
        *,
        user_id: str | None = None,
        username: str | None = None,
    ) -> Call[Login]:
        """Make a token for a user that carries a user context; gateways 2.10.4 and later.

        It acts as that user, with that user's roles. Gateways apply the context to what comes over a socket,
        but not to flow services over REST. It takes the role `admin`.

        Args:
            workspace: Workspace of requests that name none and are made with the token; it must exist.
            user_context: What policies look at, for instance `{"roles": ["auditor"], "purpose": "audit"}`.
            user_id: Id of the user; None for the caller, or by `username`.
            username: Name of the user; not together with `user_id`.

        Returns:
            The token, good for an hour.

        Raises:
            NotOffered: The gateway is older than 2.10.4.
            AccessDenied: The caller may not.
            NotFoundError: There is no such user or workspace; gateways up to 2.10.5.
            SilentFailure: The same from later gateways, or the user is disabled.
            TypeError: An argument is of the wrong type, or the user is named twice.
            ValueError: An argument is empty, or a number in the context is infinite or NaN.
        """
        if user_id is not None and username is not None:
            raise TypeError("the user must be named once, by user_id= or username=")
        return self._call(
            "mint-token",
            {
                "workspace": check.name_of("workspace", workspace),
                "user_context_json": json_text("user_context", check.mapping("user_context", user_context)),
                "user_id": check.optional(check.name_of, "user_id", user_id),
                "username": check.optional(check.name_of, "username", username),
            },
            LOGIN,
        )

    @operation
    def create_api_key(
        self, user_id: str, name: str, expires: datetime | str | None = None, *, workspace: str | None = None
    ) -> Call[NewApiKey]:
        """Make an API key for a user. It takes the role `admin`.

        Args:
            user_id: Id of the user.
            name: What to call the key.
            expires: When it expires: a `datetime` with a time zone, or the same as ISO 8601. None for never.
            workspace: Where the user must be at home; None for anywhere.

        Returns:
            The key, and what the gateway keeps about it. It does not show the key again.

        Raises:
            AccessDenied: The caller may not.
            NotFoundError: There is no such user; gateways up to 2.10.5.
            SilentFailure: The same from later gateways; or there are no users on this one.
            TypeError: An argument is of the wrong type.
            ValueError: An argument is empty, or the time is none, or without a time zone.
        """
        key = {"user_id": check.name_of("user_id", user_id), "name": check.name_of("name", name)}
        if expires is not None:
            key["expires"] = _moment("expires", expires)
        home = check.optional(check.name_of, "workspace", workspace)
        return self._call("create-api-key", {"key": key, "workspace": home}, NEW_API_KEY)

    @operation
    def list_api_keys(self, user_id: str, *, workspace: str | None = None) -> Call[ApiKeys]:
        """List a user's API keys. It takes the role `admin`.

        Args:
            user_id: Id of the user.
            workspace: Where the user must be at home; None for anywhere.

        Returns:
            What the gateway keeps about them, not the keys. Possibly none, also if the gateway (2.10.6 and
            later) lost an error: there is no such user, for instance.

        Raises:
            AccessDenied: The caller may not.
            NotFoundError: There is no such user; gateways up to 2.10.5.
            TypeError: An argument is of the wrong type.
            ValueError: An argument is empty.
        """
        return self._keys(check.name_of("user_id", user_id), workspace)

    @procedure
    def revoke_api_key(
        self, key_id: str, *, user_id: str | None = None, workspace: str | None = None
    ) -> Steps[None]:
        """Revoke an API key, and see that it is gone. It takes the role `admin`.

        Gateways forget the key within a minute.

        Args:
            key_id: Id of the key, not the key itself.
            user_id: Whose it is. None has the keys of all users searched, with a request for each.
            workspace: Where the user must be at home; None for anywhere.

        Raises:
            AccessDenied: The caller may not.
            NotFoundError: There is no such key.
            SilentFailure: The key is still there, and the gateway lost the error.
            TypeError: An argument is of the wrong type.
            ValueError: An argument is empty.
        """
        key_id = check.name_of("key_id", key_id)
        owner = check.optional(check.name_of, "user_id", user_id)
        home = check.optional(check.name_of, "workspace", workspace)
        revoke = self._call("revoke-api-key", {"key_id": key_id, "workspace": home}, NOTHING)
        if owner is None:
            users = yield from step(leading_to("iam revoke-api-key", self._call("list-users", {}, ALL_USERS)))
            owners = [user.id for user in users]
        else:
            owners = [owner]
        for each in owners:
            if (yield from self._has(each, key_id)):
                break
        else:
            raise service_error("not-found", f"there is no API key {key_id!r}", revoke.context)
        yield from step(revoke)
        if (yield from self._has(each, key_id)):
            raise undone(revoke, f"the API key {key_id!r} was not revoked")

    def _has(self, user_id: str, key_id: str) -> Steps[bool]:
        """Find out whether a user has an API key."""
        keys = yield from step(leading_to("iam revoke-api-key", self._keys(user_id, None)))
        return any(key.id == key_id for key in keys)

    def _keys(self, user_id: str, workspace: str | None) -> Call[ApiKeys]:
        return self._about("list-api-keys", user_id, workspace, API_KEYS)

    def _login(self, username: str, password: Secret, workspace: str | None) -> Call[Login]:
        return self._call(
            "login", {"username": username, "password": password, "workspace": workspace}, LOGIN
        )


def _moment(name: str, value: datetime | str) -> str:
    """Return a time in the form that every service reads: it takes any other for no time at all."""
    if not isinstance(value, datetime):
        text = check.name_of(name, value)
        try:
            value = datetime.fromisoformat(text)
        except ValueError:
            raise ValueError(
                f"{name} must be a time in ISO 8601, such as 2030-01-31T12:00:00+00:00"
            ) from None
    if value.tzinfo is None:
        raise ValueError(f"{name} must have a time zone, such as +00:00")
    return value.isoformat()
