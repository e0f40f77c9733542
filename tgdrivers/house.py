"""What houses pumps, whatever the colour and the gateway: one pump for each place where a client is used."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from typing import ClassVar, Generic, TypeAlias, TypeVar

from tgdrivers.certificates import Cert, Verify
from tgdrivers.channelled import channelled
from tgdrivers.clock import Clock
from tgdrivers.credentials import TokenSource, check_source
from tgdrivers.network import endpoint
from tgdrivers.proxies import ProxyChoice
from tgproto.address import Address
from tgproto.driven import Driven
from tgproto.secrets import Secret

PumpT = TypeVar("PumpT")
"""What drives a client in a colour."""
KindT = TypeVar("KindT")
"""What connections are for; a `Literal` of strings."""

Place: TypeAlias = tuple[object, int, KindT]
"""Where a client is used: the event loop or the like, the process (one may be forked), and for what."""


class House(ABC, Generic[PumpT, KindT]):
    """Keeps what drives the clients of one gateway. Nothing is connected before the first call.

    A class for users is made of two: the house of a colour, which drives and closes, and one for the gateway,
    which says what a client is (`_client`). What carries a call is `partial(self._here, kind)`.

    Args:
        address: Where the gateway is.
        token: The token, empty for anonymous access; or a function that returns one, which may be `async`
            unless calls block.
        verify: How the gateway proves who it is, if the connection is encrypted; a proxy with TLS, too.
        cert: How this side proves who it is; None for not at all.
        proxy: Which proxy leads there; see `choose_proxy`.
        clock: Source of time for tests; None for the runtime's own.

    Raises:
        OSError: `verify` or `cert` names a file without certificates.
        TypeError: An argument is none of the possible types.
        ValueError: The token has a control character, `proxy` is no URL of a proxy, or `cert` is given where
            it has no effect.
    """

    _blocking: ClassVar[bool] = False
    """Whether calls block, so that nothing of the user's can be awaited."""
    _called: ClassVar[str] = ""
    """What users call it; the name of its class, if this is empty."""

    def __init__(
        self,
        address: Address,
        *,
        token: str | TokenSource,
        verify: Verify,
        cert: Cert | None,
        proxy: ProxyChoice,
        clock: Clock | None,
    ) -> None:
        check_source(token, blocking=self._blocking, owner=self._name)
        self._secret = Secret(token) if isinstance(token, str) else None
        self._token_source = None if isinstance(token, str) else token
        self._endpoint = endpoint(address, verify, cert, proxy)
        self._clock = clock
        self._pumps: dict[Place[KindT], PumpT] = {}

    def __repr__(self) -> str:
        scheme = "https" if self._endpoint.tls else "http"
        address = self._endpoint.address
        return f"{type(self).__module__}.{self._name}('{scheme}://{address.authority}{address.path}')"

    @property
    def _name(self) -> str:
        return self._called or type(self).__name__

    @abstractmethod
    def _client(self, kind: KindT) -> Driven:
        """Return a new client."""

    @abstractmethod
    def _here(self, kind: KindT) -> PumpT:
        """Return what carries the requests of the running program."""

    @abstractmethod
    def _make_pump(self, client: Driven) -> PumpT:
        """Return what drives a client here; nothing is opened yet."""

    def _pump(self, place: object, kind: KindT) -> PumpT:
        """Return the pump of a place, made when it is first asked for."""
        key = (place, os.getpid(), kind)
        pump = self._pumps.get(key)
        if pump is None:  # one that another thread makes at the same time is dropped unused
            pump = self._pumps.setdefault(
                key, self._make_pump(channelled(self._client(kind), self._endpoint))
            )
        return pump
