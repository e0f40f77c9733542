"""Workspaces, API keys, and what a login gives; 2.x gateways only. `repr` shows none of the secrets."""

from __future__ import annotations

from dataclasses import dataclass, field

from tgproto.types.record import Record


@dataclass(frozen=True, slots=True)
class WorkspaceRecord(Record):
    """A workspace of a gateway.

    Attributes:
        id: Its id, the one that requests take.
        name: What to call it.
        enabled: Whether it may be used.
        created: When it was made, ISO 8601.
        payload: JSON text of the record, an object.
    """

    id: str = ""
    name: str = ""
    enabled: bool = False
    created: str = ""
    payload: bytes = field(default=b"{}", repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class ApiKeyRecord(Record):
    """What a gateway keeps about an API key; it does not keep the key itself.

    Attributes:
        id: Its id, by which it is revoked.
        user_id: Whose it is.
        name: What it was called when it was made.
        prefix: How it begins, to tell it from others.
        expires: When it expires, ISO 8601; empty if never.
        created: When it was made, ISO 8601.
        last_used: When it was last used, ISO 8601; empty if the gateway does not keep it.
        payload: JSON text of the record, an object.
    """

    id: str = ""
    user_id: str = ""
    name: str = ""
    prefix: str = ""
    expires: str = ""
    created: str = ""
    last_used: str = ""
    payload: bytes = field(default=b"{}", repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class NewApiKey(Record):
    """A new API key. This is the only time that the gateway shows it.

    Attributes:
        api_key: What the gateway keeps about it.
        plaintext: The key itself: a token.
        payload: JSON text of the answer, with the key in it.
    """

    api_key: ApiKeyRecord
    plaintext: str = field(repr=False)
    payload: bytes = field(default=b"{}", repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Login(Record):
    """A token for a user.

    Attributes:
        expires: When it expires, ISO 8601: an hour after it was made.
        jwt: The token.
        payload: JSON text of the answer, with the token in it.
    """

    expires: str
    jwt: str = field(repr=False)
    payload: bytes = field(default=b"{}", repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class NewAdministrator(Record):
    """The first user of a gateway. This is the only time that the gateway shows the key.

    Attributes:
        user_id: Id of the user, who has the role `admin`.
        api_key: An API key for it: a token.
        payload: JSON text of the answer, with the key in it.
    """

    user_id: str
    api_key: str = field(repr=False)
    payload: bytes = field(default=b"{}", repr=False, compare=False)
