"""A client behind channels: it is driven like any other, and its bytes go through tunnels and TLS.

So a driver only ever moves bytes of sockets. Where nothing stands between, there is no such client.
"""

from __future__ import annotations

from tgdrivers.channel import Channel, make_channel
from tgdrivers.network import Endpoint
from tgproto.closing import DialFault
from tgproto.driven import Driven, Transfer


def channelled(client: Driven, endpoint: Endpoint) -> Driven:
    """Return a client for whom an endpoint's channels are opened: the same one, if there is nothing to open.

    Args:
        client: What talks to the gateway.
        endpoint: Where the gateway is, and what leads there.
    """
    return client if make_channel(endpoint) is None else ChannelledClient(client, endpoint)


class ChannelledClient:
    """See `Driven`, which it implements. A connection is up for the client when its channel is.

    Args:
        client: What talks to the gateway.
        endpoint: Where the gateway is, and what leads there.
    """

    def __init__(self, client: Driven, endpoint: Endpoint) -> None:
        self._client = client
        self._endpoint = endpoint
        self._channels: dict[int, Channel] = {}
        self._changed: dict[int, None] = {}  # have something to say of their own
        # What channels have no part in:
        self.submit = client.submit
        self.take = client.take
        self.cancel = client.cancel
        self.authenticate = client.authenticate
        self.deny = client.deny
        self.close = client.close
        self.next_notice = client.next_notice
        self.next_deadline = client.next_deadline
        self.handle_timeout = client.handle_timeout

    @property
    def closing(self) -> bool:
        """Whether `close` was called."""
        return self._client.closing

    @property
    def has_work(self) -> bool:
        """Whether `next_transfer` or `next_notice` may have something."""
        return bool(self._changed) or self._client.has_work

    # --- the driver's reports -----------------------------------------------------------------

    def dialed(self, key: int, *, now: float) -> None:
        """A socket is connected, to the gateway or to the proxy."""
        channel = make_channel(self._endpoint)
        assert channel is not None
        self._channels[key] = channel
        self._receive(key, channel, b"", now)

    def receive_data(self, key: int, data: bytes, *, now: float) -> None:
        """Bytes were read from a socket."""
        channel = self._channels.get(key)
        if channel is not None:
            try:
                self._receive(key, channel, data, now)
            except BaseException:  # an interrupt, or a defect
                self.break_off(key, now=now)
                raise

    def receive_eof(self, key: int, *, now: float) -> None:
        """A peer will send no more."""
        channel = self._channels.get(key)
        if channel is not None and not channel.ended:
            self._end(key, channel, now)

    def connection_lost(self, key: int, detail: str, fault: DialFault | None = None, *, now: float) -> None:
        """A socket failed, or could not be connected; see `Driven.connection_lost`."""
        channel = self._channels.pop(key, None)
        if channel is not None:  # for the channel, this is as good as an end
            try:
                channel.receive_eof(detail)
            except OSError as error:
                self._fail(key, channel, error, now)
                return
        self._client.connection_lost(key, detail, fault, now=now)

    def break_off(self, key: int, *, now: float) -> None:
        """Give a connection up; see `Driven.break_off`."""
        self._channels.pop(key, None)
        self._client.break_off(key, now=now)

    # --- the driver's work --------------------------------------------------------------------

    def next_transfer(self, *, now: float) -> Transfer | None:
        """Return what to do for one of the connections that changed since they were served, or None."""
        transfer = self._client.next_transfer(now=now)
        if transfer is None:
            return self._next_own()
        channel = self._channels.get(transfer.key)
        if transfer.closed:
            self._channels.pop(transfer.key, None)
        if channel is None:  # never opened, or given up: what is left for it would go out as it is
            return Transfer(transfer.key, b"", transfer.wants_read, transfer.closed)
        channel.wants_read = transfer.wants_read
        sealed = channel.send(transfer.data) if channel.up else b""
        if transfer.closed:
            channel.close()
        wants_read = not transfer.closed and (transfer.wants_read or not channel.up)
        return Transfer(transfer.key, sealed + channel.send(), wants_read, transfer.closed)

    # --- inside -------------------------------------------------------------------------------

    def _next_own(self) -> Transfer | None:
        while self._changed:
            key, _ = self._changed.popitem()
            channel = self._channels.get(key)
            if channel is not None and (data := channel.send()):
                return Transfer(key, data, channel.wants_read or not channel.up, closed=False)
        return None

    def _receive(self, key: int, channel: Channel, data: bytes, now: float) -> None:
        was_up = channel.up
        self._changed[key] = None
        try:
            plaintext = channel.receive(data)
        except OSError as error:
            self._fail(key, channel, error, now)
            return
        if channel.up and not was_up:
            self._client.dialed(key, now=now)
        if plaintext:
            self._client.receive_data(key, plaintext, now=now)
        if channel.fault is not None:
            self._fail(key, channel, channel.fault, now)
        elif channel.ended:
            self._end(key, channel, now)

    def _end(self, key: int, channel: Channel, now: float) -> None:
        try:
            channel.receive_eof()
        except OSError as error:
            self._fail(key, channel, error, now)
        else:
            self._client.receive_eof(key, now=now)

    def _fail(self, key: int, channel: Channel, error: OSError, now: float) -> None:
        """A channel is broken, or could not be opened, even if it was open for this side."""
        loss = (str(error), None) if channel.proven else self._endpoint.loss(error)
        self._client.connection_lost(key, *loss, now=now)
