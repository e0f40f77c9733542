"""The ways in to a gateway that has users, over HTTP: logging in, and setting the first user up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypeVar

from tgproto.catalog import arguments as check
from tgproto.catalog.administration import NOTHING
from tgproto.catalog.bind import operation
from tgproto.catalog.body import encode_body
from tgproto.catalog.call import Call
from tgproto.catalog.identities import ADMINISTRATOR, BOOTSTRAP_STATUS, LOGIN
from tgproto.catalog.reader import Start
from tgproto.catalog.scopes import AsyncScope, PureScope, Scope, SyncScope
from tgproto.dialect import GENERATION_2
from tgproto.secrets import Secret
from tgproto.session.request import Form
from tgproto.types.identities import Login, NewAdministrator

T = TypeVar("T")


@dataclass(frozen=True)
class AuthOps(Scope):
    """Ways in; gateways 2.4.5 and later, over HTTP only. Passwords are not shown by `repr`, nor by any error.

    Source: gateway `endpoint/auth_endpoints.py`, 2.4.5 to 2.11.1.
    """

    entries: ClassVar = {
        "auth/login": "login",
        "auth/bootstrap": "bootstrap",
        "auth/bootstrap-status": "bootstrap_status",
        "auth/change-password": "change_password",
    }

    @operation
    def login(self, username: str, password: str | Secret, *, workspace: str | None = None) -> Call[Login]:
        """Get a token for a user. Anybody may ask.

        Args:
            username: Name to log in with.
            password: Password of the user.
            workspace: Workspace of requests that name none and are made with the token; None for the user's
                home.

        Returns:
            The token, good for an hour; pass it as `token=` of another `Api`.

        Raises:
            AuthenticationError: The gateway refuses name or password; up to 2.10.5.
            SilentFailure: The same from later gateways.
            ServiceError: The gateway is too old to have users.
            TypeError: An argument is of the wrong type.
            ValueError: An argument is empty.
        """
        return self._post(
            "login",
            {
                "username": check.name_of("username", username),
                "password": check.secret("password", password),
                "workspace": check.optional(check.name_of, "workspace", workspace),
            },
            LOGIN,
        )

    @operation
    def bootstrap(self) -> Call[NewAdministrator]:
        """Make the first user, workspace and signing key of a gateway that has none. Anybody may ask, once.

        Returns:
            The first user, with an API key that the gateway does not show again.

        Raises:
            AuthenticationError: It was done before, or the gateway was not started for it; up to 2.10.5.
            SilentFailure: The same from later gateways.
            ServiceError: The gateway is too old to have users.
        """
        return self._post("bootstrap", {}, ADMINISTRATOR)

    @operation
    def bootstrap_status(self) -> Call[bool]:
        """Ask whether `bootstrap` can be done; gateways 2.4.7 and later. Anybody may ask; nothing changes.

        Returns:
            Whether it can. Gateways from 2.10.6 on also say False if they cannot tell.

        Raises:
            AuthenticationError: The gateway cannot tell; up to 2.10.5.
            ServiceError: The gateway is older than 2.4.7.
        """
        return self._post("bootstrap-status", {}, BOOTSTRAP_STATUS)

    @operation
    def change_password(self, current_password: str | Secret, new_password: str | Secret) -> Call[None]:
        """Change the caller's own password. The caller is who the `Api` has a token of.

        Gateways from 2.10.6 on say the same whether it worked or not: log in to see, or use
        `Iam.change_password`, which does so.

        Args:
            current_password: The present password.
            new_password: The password to have from now on.

        Raises:
            AuthenticationError: The token, or the present password, is wrong; gateways up to 2.10.5.
            ServiceError: The new password is refused; gateways up to 2.10.5.
            TypeError: An argument is of the wrong type.
            ValueError: An argument is empty.
        """
        return self._post(
            "change-password",
            {
                "current_password": check.secret("current_password", current_password),
                "new_password": check.secret("new_password", new_password),
            },
            NOTHING,
            public=False,
        )

    def _post(
        self, name: str, arguments: dict[str, object], start: Start[object, T], *, public: bool = True
    ) -> Call[T]:
        form = Form(
            path=f"api/v1/auth/{name}",
            body=encode_body(arguments, GENERATION_2),
            content_type="application/json",
            public=public,
        )
        return Call(
            service=f"auth/{name}",
            arguments={},
            start=start,
            form=lambda _: form,
            anybody=public,
            repeatable=self.options.retry,
        )


@dataclass(frozen=True)
class AuthCalls(PureScope, AuthOps):
    """Ways in, as calls that somebody else carries out."""


@dataclass(frozen=True)
class Auth(SyncScope, AuthOps):
    """Ways in, blocking."""


@dataclass(frozen=True)
class AsyncAuth(AsyncScope, AuthOps):
    """Ways in, awaited."""
