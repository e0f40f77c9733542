"""Who may use the embedded EdgeQuake: an API key, and users who log in."""

from __future__ import annotations

from collections.abc import Mapping

from tgproto.serving.kept import make_room
from tgproto.serving.messages import WebRequest

LIFETIME = 3600
"""Seconds that an access token is said to last. It does until `Accounts.expire` is called."""


class Accounts:
    """Keys and tokens. Without any key and user, everybody is let in.

    Args:
        api_key: The API key; empty for none.
        users: Name -> password.
    """

    def __init__(self, api_key: str, users: Mapping[str, str]) -> None:
        self._api_key = api_key
        self._users = dict(users)
        self._access: dict[str, str] = {}
        self._refresh: dict[str, str] = {}
        self._made = 0

    def admit(self, request: WebRequest) -> str | None:
        """Return who asks; empty for who has the key, and where everybody is let in; None to refuse.

        The bearer token is looked at first, and X-API-Key where there is none, as the server does it.
        """
        if not self._api_key and not self._users:
            return ""
        kind, _, token = request.authorization.partition(" ")
        shown = token if kind.lower() == "bearer" else request.header("X-API-Key")
        return "" if shown and shown == self._api_key else self._access.get(shown or "")

    def login(self, name: object, password: object) -> dict[str, object] | None:
        """Return the tokens of a user; None if the password is another one."""
        if not isinstance(name, str) or name not in self._users or self._users[name] != password:
            return None
        tokens = self._renewed(name)
        make_room(self._refresh)[f"eq_refresh_{self._made}"] = name
        return {**tokens, "refresh_token": f"eq_refresh_{self._made}", "user": user(name)}

    def refresh(self, token: object) -> dict[str, object] | None:
        """Return a new access token, without a new refresh token; None if this one is not known."""
        name = self._refresh.get(token) if isinstance(token, str) else None
        return None if name is None else self._renewed(name)

    def expire(self) -> None:
        """Let every access token be too old from now on. Any thread may call it."""
        self._access.clear()

    def _renewed(self, name: str) -> dict[str, object]:
        self._made += 1
        access = f"eq_access_{self._made}"
        make_room(self._access)[access] = name
        return {"access_token": access, "token_type": "Bearer", "expires_in": LIFETIME}


def user(name: str) -> dict[str, str]:
    """Return what is known of a user."""
    return {"user_id": f"user-{name}", "username": name, "email": f"{name}@example.org", "role": "user"}
