"""Where the token goes when a socket is opened, and what a refusal with 401 means. For `tgproto.client`."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from tgproto.closing import CloseCause, RefusedUpgrade
from tgproto.credentials import Credentials
from tgproto.dialect import SocketAuth
from tgproto.session.config import ClientConfig

UNAUTHORIZED = 401


class Admission:
    """Keeps the round of the token that the URL of each connection's upgrade showed, if it showed one.

    Gateways before 2.4.5 turn away an upgrade without a token in its URL, and are found out by that; others
    take no notice of such a token, but somebody's log might.

    Args:
        credentials: Knows which token was refused.
    """

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self._found_out = False
        self._shown: dict[int, int] = {}

    def lacks_token(self, config: ClientConfig) -> bool:
        """Return whether no upgrade can succeed before the owner has supplied a token.

        Args:
            config: The sessions' options, with the token of the moment.
        """
        return self._in_url(config) and self._credentials.lacks(config.token)

    def target(self, key: int, path: str, config: ClientConfig) -> str:
        """Return path and query for an upgrade.

        Args:
            key: Names the connection.
            path: Path of the socket.
            config: As above.
        """
        if not (config.token and self._in_url(config)):
            return path
        self._shown[key] = self._credentials.round
        return f"{path}?token={quote(config.token.reveal(), '', errors='replace')}"

    def forget(self, key: int) -> None:
        """A connection is over."""
        self._shown.pop(key, None)

    def may_go_on(
        self, key: int, cause: CloseCause, config: ClientConfig, renew: Callable[[int], bool]
    ) -> bool:
        """Return whether a request may be tried again, with a token in the URL or a fresh one.

        Args:
            key: The connection that was refused.
            cause: How.
            config: As above.
            renew: Lets the request wait for a fresh token in a round; returns whether it may.
        """
        if cause.refused is None or cause.refused.status != UNAUTHORIZED:
            return False
        shown = self._shown.get(key)
        if shown is None:
            legacy = config.dialect is None and _speaks_plainly(cause.refused)
            showable = config.token is None or bool(config.token)  # an empty one is never in the URL
            self._found_out = self._found_out or (legacy and showable)
            return self._found_out and showable
        return config.renewable and self._credentials.may_go_on(shown, renew)

    def _in_url(self, config: ClientConfig) -> bool:
        """Whether the gateway wants the token in the URL."""
        dialect = config.dialect
        return self._found_out or (dialect is not None and dialect.socket_auth is SocketAuth.QUERY)


def _speaks_plainly(refused: RefusedUpgrade) -> bool:
    """Whether a refusal is in the words of gateways before 2.4.5, and not of something in front of one."""
    kind = refused.header(b"content-type") or b""
    return kind.startswith(b"text/plain") and refused.body.startswith(b"401: Unauthorized")
