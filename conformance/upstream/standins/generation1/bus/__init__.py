"""A stand-in for Pulsar inside the process: no broker, no network.

Messages are encoded by Pulsar's own schemas, so what a broker would never see because it cannot be encoded is
refused here too. Kept from Pulsar is what can be seen from the gateway's outside:

- Every subscription gets its own copy of a message, and its consumers share it.
- A message for a topic without a subscription is gone; only the configuration's topic keeps its newest one.
- A message that is refused comes back after a minute if its topic is persistent, otherwise it is gone.
- Sending blocks the thread that sends, in the gateway that of its event loop.
- A second consumer of an exclusive subscription is refused.

Upstream's code sees it as `pulsar.Client` (client.py); the stand-ins use `Inbox` and `Outbox` (boxes.py).
"""

import pulsar

from .boxes import Inbox, Outbox
from .client import Client
from .topic import subscribed

__all__ = ["Inbox", "Outbox", "install", "subscribed"]


def install() -> None:
    """Take the place of Pulsar's client; to be called before anything connects."""
    pulsar.Client = Client
