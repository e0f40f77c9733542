"""The exceptions of `trustgraph.api` 1.7. Each is also the one that the core raises for the same cause."""

from __future__ import annotations

from tgdrivers.compat.errors import ProtocolException as ProtocolException
from tgdrivers.compat.errors import translations
from tgproto import errors


class ApplicationException(errors.ServiceError):
    """The gateway, or a service behind it, answered with an error."""

    def __str__(self) -> str:
        return self.message


over_rest, over_socket = translations(ApplicationException, lambda _: ApplicationException)
"""Make upstream's exception of one of the core, as calls over REST raise it, or those over the socket."""
