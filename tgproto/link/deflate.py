"""permessage-deflate (RFC 7692) as wsproto has it, with the peer's mistakes kept from raising."""

from __future__ import annotations

from wsproto.extensions import PerMessageDeflate
from wsproto.frame_protocol import CloseReason, FrameDecoder, FrameProtocol, Opcode, RsvBits
from wsproto.utilities import RemoteProtocolError

_NO_BITS = RsvBits(False, False, False)


class Deflate(PerMessageDeflate):
    """wsproto's extension, mended in three places.

    A control frame between two fragments does not end the compressed message; parameters that are no
    numbers do not raise; and of several offers the first that can be met is taken.
    """

    def __init__(self) -> None:
        super().__init__()
        self._control = False

    def accept(self, offer: str) -> bool | str | None:
        """Server: judge one offer; None declines it."""
        if self.enabled():
            return None
        try:
            return super().accept(offer)
        except (ValueError, IndexError):
            return None

    def finalize(self, offer: str) -> None:
        """Client: take the server's choice.

        Raises:
            RemoteProtocolError: Its parameters are not valid.
        """
        try:
            super().finalize(offer)
        except (ValueError, IndexError):
            raise RemoteProtocolError("bad parameters of permessage-deflate") from None

    def frame_inbound_header(
        self, proto: FrameDecoder | FrameProtocol, opcode: Opcode, rsv: RsvBits, payload_length: int
    ) -> CloseReason | RsvBits:
        """Look at the header of a frame; return the reserved bits that this extension explains."""
        self._control = opcode.iscontrol()
        if self._control:
            return _NO_BITS
        return super().frame_inbound_header(proto, opcode, rsv, payload_length)

    def frame_inbound_payload_data(
        self, proto: FrameDecoder | FrameProtocol, data: bytes
    ) -> bytes | CloseReason:
        """Expand a part of a payload."""
        return data if self._control else super().frame_inbound_payload_data(proto, data)

    def frame_inbound_complete(
        self, proto: FrameDecoder | FrameProtocol, fin: bool
    ) -> bytes | CloseReason | None:
        """Return what is left to expand at the end of a frame."""
        return None if self._control else super().frame_inbound_complete(proto, fin)
